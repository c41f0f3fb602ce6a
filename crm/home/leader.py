"""What a leader looks at, put together for one person in few statements: the page is opened on a phone."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from crm.accounts.models import User
from crm.database import db
from crm.home.lists import Some, some
from crm.pagination import capped_count
from crm.pipeline import board, coordination, instructions
from crm.pipeline import queries as pipeline
from crm.pipeline.board import Column
from crm.pipeline.filters import ProjectFilter
from crm.pipeline.models import Instruction, Project
from crm.pipeline.models.weekly import CoordinationItem

#: So many rows stand on each card: printed, the page is one sheet of A4.
PROJECTS, WORDS = 4, 3


@dataclass(frozen=True)
class Overview:
    """The ongoing projects by phase, and the rows that wait for a word or are worth one."""

    phases: list[Column]
    hidden: int
    #: Answered instructions of one's own: they wait for 办结.
    answered: Some[Instruction]
    #: What projects ask of offices and nobody has answered.
    asked: Some[CoordinationItem]
    late: Some[Instruction]
    sponsored: Some[Project]
    stale: Some[Project]
    #: Those of the cards above left out.
    largest: list[Project]

    @property
    def count(self) -> int:
        """How many ongoing projects one may know of."""
        return sum(phase.count for phase in self.phases)

    @property
    def investment_wan(self) -> Decimal:
        """Their investment, 万元."""
        return sum((phase.investment_wan for phase in self.phases), Decimal(0))


def overview_of(user: User) -> Overview:
    """Put a leader's page together."""
    ongoing = ProjectFilter()
    sponsored, stale = first_ids(pipeline.sponsored(user)), first_ids(pipeline.stale(user))
    named = {*sponsored.rows, *stale.rows}
    largest = db.session.scalars(ids_of(pipeline.largest(user, PROJECTS + len(named)))).all()
    others = [row_id for row_id in largest if row_id not in named][:PROJECTS]
    project_of = {project.id: project for project in db.session.scalars(projects([*named, *others]))}
    return Overview(
        phases=board.totals(user, ongoing),
        hidden=ongoing.hidden_count(user),
        answered=some(instructions.answered_to(user), WORDS),
        asked=some(asked_of(user), WORDS),
        late=some(instructions.late_below(user), WORDS),
        sponsored=Some([project_of[row_id] for row_id in sponsored.rows], sponsored.count),
        stale=Some([project_of[row_id] for row_id in stale.rows], stale.count),
        largest=[project_of[row_id] for row_id in others],
    )


def first_ids(query: Select[Project]) -> Some[int]:
    """The ids of a query's first projects with its number, so that all cards' projects are read at once."""
    ids = db.session.scalars(ids_of(query).limit(PROJECTS + 1)).all()
    return Some(ids[:PROJECTS], len(ids) if len(ids) <= PROJECTS else capped_count(db.session, query))


def ids_of(query: Select[Project]) -> Select[int]:
    """The ids alone, in the query's order."""
    return query.with_only_columns(Project.id)


def projects(ids: Iterable[int]) -> Select[Project]:
    """Projects with what a line of the page shows."""
    return (
        select(Project)
        .where(Project.id.in_(list(ids)))
        .options(
            joinedload(Project.owner).raiseload(User.office),
            joinedload(Project.sponsor).raiseload(User.office),
            joinedload(Project.office),
            joinedload(Project.stage),
            selectinload(Project.segments),
        )
    )


def asked_of(user: User) -> Select[CoordinationItem]:
    """What projects ask of offices and nobody has answered, as far as `user` may read it: the longest due first."""
    query = select(CoordinationItem).where(coordination.readable(user), CoordinationItem.answered_at.is_(None))
    return query.order_by(CoordinationItem.due_on.nulls_first(), CoordinationItem.id).options(
        joinedload(CoordinationItem.project), joinedload(CoordinationItem.office)
    )
