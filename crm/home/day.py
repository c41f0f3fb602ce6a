"""My day, put together for one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy import Select

from crm.accounts.models import Role, User
from crm.companies.models import Company
from crm.database import N_, db
from crm.home import queries
from crm.interactions import queries as interactions
from crm.interactions.models import Interaction, Task
from crm.pagination import capped_count
from crm.pipeline import instructions
from crm.pipeline import queries as pipeline
from crm.pipeline.models import Instruction, Project
from crm.rules import SHANGHAI, today

Row = TypeVar("Row")

#: So many rows a card shows; the page behind it has all.
SHOWN = 6
#: Tasks due within so many days are told beforehand.
COMING_DAYS = 7

#: From which hour on which greeting is due.
GREETINGS = (
    (5, N_("早上好，%(name)s")),
    (11, N_("中午好，%(name)s")),
    (13, N_("下午好，%(name)s")),
    (18, N_("晚上好，%(name)s")),
)


@dataclass(frozen=True)
class Some(Generic[Row]):
    """The first rows of a list, and how many it has (counting stops at pagination.COUNT_UP_TO)."""

    rows: Sequence[Row]
    count: int

    @property
    def rest(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


def some(query: Select[Row], shown: int = SHOWN) -> Some[Row]:
    """The first rows of a query with their number."""
    rows = db.session.scalars(query.limit(shown + 1)).unique().all()
    return Some(rows[:shown], len(rows) if len(rows) <= shown else capped_count(db.session, query))


@dataclass(frozen=True)
class MyDay:
    """What one person sees in the morning."""

    late_count: int
    today_count: int
    #: Late and due today, the longest late first.
    due: Some[Task]
    coming: Some[Task]
    done: Sequence[Task]
    instructions: Some[Instruction]
    #: Instructions of one's own that were answered and wait for 办结.
    answered: Some[Instruction]
    visits: Sequence[Interaction]
    quiet: Some[Company]
    projects: Some[Project]
    stale_count: int
    is_newcomer: bool
    #: Projects whose 挂点领导 she is.
    sponsored: Some[Project]
    office: "OfficeDay | None"

    @property
    def visits_today(self) -> int:
        """How many of the week's contacts happened today."""
        return sum(visit.happened_on == today() for visit in self.visits)


@dataclass(frozen=True)
class OfficeDay:
    """What a manager or leader sees of the others of her offices."""

    late: Some[Task]
    stale: Some[Project]
    visits: int


def day_of(user: User) -> MyDay:
    """Put a person's day together."""
    projects = db.session.scalars(pipeline.mine(user)).unique().all()
    late, on_day = db.session.execute(queries.due_counts(user)).one()
    return MyDay(
        late_count=late,
        today_count=on_day,
        due=some(interactions.due_by(user, today()), shown=12),
        coming=some(queries.coming_tasks(user, today() + timedelta(days=COMING_DAYS))),
        done=db.session.scalars(interactions.done_since(user, today())).unique().all(),
        instructions=some(instructions.open_for(user)),
        answered=some(instructions.answered_to(user)),
        visits=db.session.scalars(interactions.logged_between(user, monday(), today())).unique().all(),
        quiet=some(queries.quiet_companies(user)),
        projects=Some(sorted(projects, key=lambda project: not project.is_stale(today()))[:SHOWN], len(projects)),
        stale_count=sum(project.is_stale(today()) for project in projects),
        is_newcomer=not projects and not db.session.scalar(queries.holds_anything(user)),
        sponsored=some(pipeline.sponsored(user)),
        office=office_day(user) if user.role in (Role.MANAGER, Role.LEADER) else None,
    )


def office_day(user: User) -> OfficeDay:
    """What a manager or leader sees of her offices."""
    return OfficeDay(
        late=some(queries.late_tasks_of_others(user)),
        stale=some(queries.stale_projects_of_others(user)),
        visits=db.session.scalar(queries.visits_of_office(user, monday())) or 0,
    )


def monday() -> date:
    """The first day of this week."""
    return today() - timedelta(days=today().weekday())


def greeting() -> str:
    """The message by which to greet at this hour in China."""
    hour = datetime.now(SHANGHAI).hour
    return next((words for since, words in reversed(GREETINGS) if hour >= since), GREETINGS[-1][1])
