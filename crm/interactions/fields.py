"""Fields of this slice's forms: a day by one tap, a row's id, rows to tick."""

import uuid
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from wtforms import HiddenField, SelectMultipleField
from wtforms.widgets import CheckboxInput

from crm.calendar import add_working_days
from crm.forms import RuleField
from crm.rules import LARGEST_ID, today, whole

#: What the company's field holds when the typed name is to become a new company.
NEW = "new"
#: The value of the pill beside which another day is typed.
OTHER = "other"

Offer = tuple[date, str]


class DayField(RuleField):
    """A day by one tap: a few days as pills with their dates, or any other in the date input `<name>_date`.

    A pill's value is a date, not a word: a form that waits offline over midnight keeps the day that was meant.
    """

    def __init__(self, label: Any, *, offers: Callable[[], Sequence[Offer]], **options: Any) -> None:
        super().__init__(label, **options)
        self.offers = offers

    @property
    def other_name(self) -> str:
        """The name of the date input."""
        return f"{self.name}_date"

    @property
    def is_other(self) -> bool:
        """Whether the value is none of the pills'."""
        days = [day for day, _label in self.offers()]
        return bool(self.text) if self.data is None else self.data not in days

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Take the date input where its pill was chosen, or where there was no pill."""
        if formdata and self.other_name in formdata and formdata.get(self.name, OTHER) == OTHER:
            formdata = type(formdata)({self.name: formdata.get(self.other_name)})
        super().process(formdata, *args, **kwargs)


def past_days() -> list[Offer]:
    """The days on which a contact mostly happened."""
    return [(today(), _("今天")), (today() - timedelta(days=1), _("昨天"))]


def coming_days() -> list[Offer]:
    """The days by which a next step is mostly due; of two names for one day the first stays."""
    monday = today() + timedelta(days=7 - today().weekday())
    offers = [
        (today() + timedelta(days=1), _("明天")),
        (add_working_days(today(), 3), _("3 个工作日后")),
        (monday, _("下周一")),
        (today() + timedelta(days=14), _("两周后")),
    ]
    return list({day: (day, name) for day, name in reversed(offers)}.values())[::-1]


def company_choice(text: str) -> int | str | None:
    """An id, or NEW."""
    return NEW if text == NEW else whole(1, LARGEST_ID)(text)


def client_id(text: str) -> uuid.UUID:
    """The id under which a page sends; a page that brought none gets one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


class HiddenRuleField(RuleField, HiddenField):
    """A rule's value that the page carries without showing it."""

    widget = HiddenField.widget


def checkboxes(label: Any) -> SelectMultipleField:
    """Rows to tick by their ids."""
    return SelectMultipleField(label, coerce=int, option_widget=CheckboxInput(), choices=[])
