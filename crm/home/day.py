"""My day, put together for one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import N_, db
from crm.home import queries
from crm.home.lists import SHOWN, Some, several
from crm.interactions import queries as interactions
from crm.interactions.models import Interaction, Task
from crm.pagination import COUNT_UP_TO
from crm.pipeline import instructions
from crm.pipeline import queries as pipeline
from crm.pipeline.models import Instruction, Project
from crm.rules import SHANGHAI, today

#: So many of one's own tasks are shown at once.
SHOWN_TASKS = 12
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
    """Put a person's day together: what is read of one kind of row is read at once."""
    late, on_day = db.session.execute(queries.due_counts(user)).one()
    due, coming, done, others_late = tasks(user)
    own, sponsored, others_stale = projects(user)
    to_answer, answered = several(
        instructions.with_names, (instructions.open_for(user), SHOWN), (instructions.answered_to(user), SHOWN)
    )
    [quiet] = several(lambda query: query, (queries.quiet_companies(user), SHOWN))
    return MyDay(
        late_count=late,
        today_count=on_day,
        due=due,
        coming=coming,
        done=done.rows,
        instructions=to_answer,
        answered=answered,
        visits=db.session.scalars(interactions.logged_between(user, monday(), today())).unique().all(),
        quiet=quiet,
        projects=Some(sorted(own.rows, key=lambda project: not project.is_stale(today()))[:SHOWN], own.count),
        stale_count=sum(project.is_stale(today()) for project in own.rows),
        is_newcomer=not (own.rows or others_late.rows or others_stale.rows)
        and not db.session.scalar(queries.holds_anything(user)),
        sponsored=sponsored,
        office=office_day(user, others_late, others_stale) if queries.oversees(user) else None,
    )


def tasks(user: User) -> list[Some[Task]]:
    """One's own that are due, that are coming and that were done today; the late ones of those whom one oversees."""
    return several(
        interactions.with_company,
        (interactions.due_by(user, today()), SHOWN_TASKS),
        (queries.coming_tasks(user, today() + timedelta(days=COMING_DAYS)), SHOWN),
        (interactions.done_since(user, today()), COUNT_UP_TO),
        (queries.late_tasks_of_others(user), SHOWN),
    )


def projects(user: User) -> list[Some[Project]]:
    """One's own, all of them, since the stale ones come first; those one sponsors; the stale ones one oversees."""
    return several(
        pipeline.with_line,
        (pipeline.mine(user), COUNT_UP_TO),
        (pipeline.sponsored(user), SHOWN),
        (queries.stale_projects_of_others(user), SHOWN),
    )


def office_day(user: User, late: Some[Task], stale: Some[Project]) -> OfficeDay:
    """What a manager or leader sees of her offices."""
    return OfficeDay(late, stale, db.session.scalar(queries.visits_of_office(user, monday())) or 0)


def monday() -> date:
    """The first day of this week."""
    return today() - timedelta(days=today().weekday())


def greeting() -> str:
    """The message by which to greet at this hour in China."""
    hour = datetime.now(SHANGHAI).hour
    return next((words for since, words in reversed(GREETINGS) if hour >= since), GREETINGS[-1][1])
