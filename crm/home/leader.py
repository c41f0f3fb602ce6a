"""What a leader looks at, put together for one person."""

from dataclasses import dataclass
from decimal import Decimal

from crm.accounts.models import User
from crm.database import db
from crm.home.day import Some, some
from crm.pipeline import board, instructions
from crm.pipeline import queries as pipeline
from crm.pipeline.board import Column
from crm.pipeline.filters import ProjectFilter
from crm.pipeline.models import Instruction, Project


@dataclass(frozen=True)
class Overview:
    """The ongoing projects by phase, and the rows that wait for a word or are worth one."""

    phases: list[Column]
    hidden: int
    #: Answered instructions of one's own: they wait for 办结.
    answered: Some[Instruction]
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


#: So many projects stand on each card: the page is read on a phone.
PROJECTS = 4


def overview_of(user: User) -> Overview:
    """Put a leader's page together."""
    ongoing = ProjectFilter()
    sponsored, stale = some(pipeline.sponsored(user), PROJECTS), some(pipeline.stale(user), PROJECTS)
    named = [*sponsored.rows, *stale.rows]
    largest = db.session.scalars(pipeline.largest(user, PROJECTS + len(named))).unique()
    return Overview(
        phases=board.totals(user, ongoing),
        hidden=ongoing.hidden_count(user),
        answered=some(instructions.answered_to(user)),
        late=some(instructions.late_below(user)),
        sponsored=sponsored,
        stale=stale,
        largest=[project for project in largest if project not in named][:PROJECTS],
    )
