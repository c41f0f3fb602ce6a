"""What higher slices add to a company's pages. They provide a function, app.py appends it here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Subquery

from crm.accounts.models import User
from crm.companies.models import Company, Contact


@dataclass(frozen=True)
class TimelineEntry:
    """Something that happened with a company, as macros/timeline.html shows it; texts are in the page's language."""

    day: date
    title: str
    #: Orders the entries of one day: the row's id, say.
    order: int = 0
    icon: str = "circle"
    tone: str = ""
    meta: str = ""
    body: str = ""
    url: str | None = None


@dataclass(frozen=True)
class Section:
    """A card on a company's page: its title, the template of its body, and what that finds as `context`.

    `count` stands beside the title, `tool` = (label, url) is a link at the header's end, `in_side` puts the card into
    the narrow column.
    """

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    icon: str = ""
    count: int | None = None
    tool: tuple[str, str] | None = None
    in_side: bool = False
    id: str = ""
    #: Whether it only says that there is nothing: 企业一页纸 leaves it out.
    is_empty: bool = False


@dataclass(frozen=True)
class Filter:
    """A filter of the list of companies by something that a higher slice knows.

    `condition(value, user)` is a condition on Company that looks at nothing which the user may not see (a subquery on
    company ids, say); it raises BadRequest for a value that is none of `choices()`: [(value, label), …].
    """

    label: str
    choices: Callable[[], Sequence[tuple[str, str]]]
    condition: Callable[[str, User], ColumnElement[bool]]


#: What happened with a company, as far as the user may see it; asked only for whom company.read is given.
timeline_sources: list[Callable[[Company, User], list[TimelineEntry]]] = []
#: Further cards; None where there is nothing to show to this user.
sections: list[Callable[[Company, User], Section | None]] = []
#: Cards that one does not need before walking in: they stand on the page, not on 企业一页纸.
asides: list[Callable[[Company, User], Section | None]] = []
#: By query parameter.
filters: dict[str, Filter] = {}
#: The stages (.name and .phase) of the ongoing projects that the user may see, by company, for a whole page at once.
stage_sources: list[Callable[[Sequence[int], User], Mapping[int, Sequence[Any]]]] = []
#: Subqueries of (company_id, day): when contacts with companies happened, for services.refresh_last_contact.
contact_days: list[Callable[[], Subquery]] = []
#: Where else a person is named: (day, sentence, address) of each place that the user may see.
contact_traces: list[Callable[[Contact, User], Sequence[tuple[date, str, str]]]] = []
#: In whose words a person's name stands, typed by somebody: (day, sentence, address), as far as the user may see them.
contact_mentions: list[Callable[[Contact, User], Sequence[tuple[date, str, str]]]] = []
#: What to know of segments before one walks into a company of theirs: {segment id: words}.
segment_notes: list[Callable[[Sequence[int]], Mapping[int, str]]] = []
#: Told when a contact is erased, with the number that was known (or None): copies elsewhere must go too.
erasures: list[Callable[[Contact, str | None], None]] = []
