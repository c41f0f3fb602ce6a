"""What higher slices add to contacts and tasks. They register here; app.py wires them.

A subject is something besides companies that a contact may be about (pipeline: projects). A restriction is a condition
under which a row stays hidden from a user whatever else would let her read it (pipeline: 受限 projects).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from crm.accounts.models import User
from crm.companies.models import Company
from crm.interactions.models import Interaction, Task


@dataclass(frozen=True)
class Choice:
    """A row that a contact can be linked to, with the text by which a person tells it."""

    id: int
    text: str


@dataclass(frozen=True)
class Link:
    """A row that a contact is linked to, with the address of its page."""

    id: int
    text: str
    url: str


@dataclass(frozen=True)
class Subject:
    """A kind of row that a contact may be about.

    `choices(company, user)` are the rows of that company which the user may link. `attach(interaction, ids, user)`
    makes the links equal to `ids` and brings up to date what follows from them (the rows' last contact); it is called
    after each save, also when nothing but the day changed, and raises NotFound for an id that is neither among the
    choices nor linked already. `links(interactions, user)` are the linked rows which the user may see, by the contact's
    id, asked for a whole page at once.
    """

    key: str
    label: str
    choices: Callable[[Company, User], Sequence[Choice]]
    attach: Callable[[Interaction, Sequence[int], User], None]
    links: Callable[[Sequence[Interaction], User], Mapping[int, Sequence[Link]]]


@dataclass(frozen=True)
class Act:
    """A button on a contact's page beside what the company asks (诉求): its words, its icon and where it posts."""

    label: str
    icon: str
    url: str


subjects: list[Subject] = []


@dataclass(frozen=True)
class Origin:
    """A kind of row that a task may come of besides companies and contacts (pipeline: projects, instructions, demands).

    `find(row_id, user)` is the row as a link with the company that it is about, NotFound where the user may not know of
    it. `attach(task, row_id, user)` links them, likewise. `link(task, user)` is the row that a task came of, None where
    there is none that the user may know of. `carry_on(task, following)` links the next task of one that repeats to the
    same row, `detach(task)` takes a link away again.
    """

    key: str
    find: Callable[[int, User], tuple[Link, Company | None]]
    attach: Callable[[Task, int, User], None]
    link: Callable[[Task, User], Link | None]
    carry_on: Callable[[Task, Task], None]
    detach: Callable[[Task], None]


origins: list[Origin] = []

#: Each gives what the user may make of a contact's 诉求, or None.
demand_acts: list[Callable[[Interaction, User], Act | None]] = []


#: Each gives the condition on Interaction under which a row is hidden from the user.
hidden_interactions: list[Callable[[User], ColumnElement[bool]]] = []

#: Each gives the condition on Task under which a row is hidden from the user.
hidden_tasks: list[Callable[[User], ColumnElement[bool]]] = []

#: Called once after a contact was logged, within its transaction: who is to be told registers here.
after_logging: list[Callable[[Interaction], None]] = []

#: Each gives the companies whose visit the user has planned for today: the form offers them first.
planned_today: list[Callable[[User], Sequence[Company]]] = []
