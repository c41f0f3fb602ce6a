"""Forms of contacts and tasks."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import select
from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput

from crm.accounts.models import User
from crm.accounts.permissions import may
from crm.companies import rules as company_rules
from crm.companies.models import Company, Contact
from crm.database import N_, db
from crm.errors import BadRequest, RuleError
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.interactions import queries, rules
from crm.interactions.models import Intent, Interaction, InteractionKind
from crm.interactions.queries import InteractionFilter
from crm.interactions.services import NextStep, Record
from crm.rules import line, today, whole

Row = TypeVar("Row", User, Contact)

#: What the company's field holds when the typed name is to become a new company.
NEW = "new"
#: The value of the pill beside which another day is typed.
OTHER = "other"
LARGEST_ID = 2**63 - 1

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
        (today() + timedelta(days=3), _("3 天后")),
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


def blank_or(enum: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A coercion that lets nothing be chosen."""
    return lambda value: enum(value) if value else ""


def whole_or_none(value: Any) -> int | str:
    """A row's id, or '' for none; ValueError for anything else."""
    return int(value) if value else ""


class InteractionForm(Form):
    """Log a visit, or correct one. `company_id_q` is what was typed to find the company."""

    client_uuid = HiddenRuleField(rule=client_id, default=uuid.uuid4)
    version = VersionField()
    company_id = RuleField(lazy_pgettext("一家", "企业"), rule=company_choice)
    company_id_q = RuleField(_l("企业名称"), rule=line(200), default="")
    kind = RadioField(_l("方式"), coerce=InteractionKind, default=InteractionKind.VISIT)
    happened_on = DayField(_l("哪一天"), rule=rules.happened, offers=past_days, default=today, validators=[Required()])
    owner_id = SelectField(_l("谁的走访"), coerce=int)
    officer_ids = checkboxes(_l("我方同行"))
    contact_ids = checkboxes(_l("对方人员"))
    other_people = RuleField(_l("对方其他人员"), rule=rules.people)
    summary = RuleTextArea(_l("谈了什么"), rule=rules.summary, validators=[Required()])
    demands = RuleTextArea(_l("企业诉求"), rule=rules.demands)
    intent = RadioField(_l("企业意向"), coerce=blank_or(Intent), default="")
    next_step = RuleField(_l("下一步"), rule=rules.next_step)
    next_step_on = DayField(
        _l("什么时候之前"), rule=rules.due, offers=coming_days, default=lambda: today() + timedelta(days=3)
    )

    def offer(self, officers: Sequence[User], by: User) -> None:
        """Fill the choices; `officers` are those whose visits `by` may enter."""
        self.company_id.flags.required = True
        self.kind.choices = [(member.value, _(member.label)) for member in InteractionKind]
        self.intent.choices = [("", _("还没判断")), *((member.value, _(member.label)) for member in Intent)]
        self.owner_id.choices = [(user.id, name_for(user, by)) for user in officers]
        self.officer_ids.choices = [(user.id, user.display_name) for user in officers]
        if self.owner_id.data is None:
            self.owner_id.data = by.id

    def offer_people(self, people: Sequence[Contact]) -> None:
        """Fill the known people of the chosen company; those ticked for another company fall away."""
        self.contact_ids.choices = [(person.id, person_text(person)) for person in people]
        known = {person.id for person in people}
        self.contact_ids.data = [person_id for person_id in self.contact_ids.data or [] if person_id in known]

    def validate_company_id(self, field: RuleField) -> None:
        """A company must be chosen; a typed name alone might be any of several."""
        if field.data is None and not field.errors:
            typed = self.company_id_q.data
            raise ValidationError(_("请从查到的企业中选一家，或选“新建”。") if typed else _("请填写“企业”。"))

    def new_company(self) -> str:
        """The name for a new company, or '' with the name's errors at the field."""
        try:
            return company_rules.name(self.company_id_q.data or "")
        except RuleError as error:
            self.company_id.errors = [_(error.message, **error.details)]
            return ""

    def record(self, companies: Sequence[Company], about: Mapping[str, Sequence[int]], new_company: str = "") -> Record:
        """What was filled in, once the form is valid."""
        return Record(
            kind=self.kind.data,
            happened_on=self.happened_on.data,
            summary=self.summary.data,
            owner=rows(User, [self.owner_id.data])[0],
            companies=companies,
            new_company=new_company,
            officers=rows(User, self.officer_ids.data),
            contacts=rows(Contact, self.contact_ids.data),
            other_people=self.other_people.data or "",
            demands=self.demands.data or "",
            intent=self.intent.data or None,
            about=about,
        )

    def planned(self) -> NextStep | None:
        """The next step, if one was written."""
        return NextStep(self.next_step.data, self.next_step_on.data) if self.next_step.data else None


def values_of(interaction: Interaction) -> dict[str, Any]:
    """A contact's values by the form's field names, to correct it."""
    return {
        "version": interaction.version,
        "company_id": interaction.company.id,
        "company_id_q": interaction.company.name,
        "kind": interaction.kind,
        "happened_on": interaction.happened_on,
        "owner_id": interaction.owner_id,
        "officer_ids": [link.user_id for link in interaction.officers if link.user_id != interaction.owner_id],
        "contact_ids": [link.contact_id for link in interaction.contacts],
        "other_people": interaction.other_people,
        "summary": interaction.summary,
        "demands": interaction.demands,
        "intent": interaction.intent or "",
    }


def rows(model: type[Row], ids: Sequence[int]) -> list[Row]:
    """The rows of some ids that the form has offered."""
    return list(db.session.scalars(select(model).where(model.id.in_(ids)).order_by(model.id)))


def name_for(user: User, by: User) -> str:
    """How a list of colleagues names somebody to `by`."""
    return _("我（%(name)s）", name=user.display_name) if user.id == by.id else user.display_name


def person_text(person: Contact) -> str:
    """A contact as one ticks it: 王经理 · 采购部."""
    return f"{person.name} · {person.title}" if person.title else person.name


def company_text(company: Company) -> str:
    """What tells a company apart from its namesakes: the place, and which office holds it."""
    place = company.division.name if company.division else ""
    holder = company.office.name if company.office else _("名录池")
    return " · ".join(filter(None, (place, holder)))


class InteractionFilterForm(Form):
    """What a list of contacts is narrowed to, from the address; a period is some months back or a pair of days."""

    class Meta(Form.Meta):
        """Reading changes nothing, so there is no token."""

        csrf = False

    scope = SelectField(_l("范围"), default="mine")
    owner_id = SelectField(_l("谁的走访"), coerce=whole_or_none, default="")
    kind = SelectField(_l("方式"), default="")
    since = RuleField(_l("从"), rule=rules.due)
    until = RuleField(_l("到"), rule=rules.due)

    @classmethod
    def of(cls, args: Any, user: User) -> "InteractionFilterForm":
        """The form of an address; BadRequest for a value that it does not offer."""
        form = cls(args)
        if "scope" not in args and not may(user, "interaction.create"):
            form.scope.data = "all"  # who only reads has none of her own
        form.scope.choices = [("mine", _("我的")), ("all", _("我能看到的全部"))]
        colleagues = db.session.scalars(queries.officers_for(user)).all()
        form.owner_id.choices = [("", _("所有人")), *((person.id, person.display_name) for person in colleagues)]
        form.kind.choices = [("", _("所有方式")), *((kind.value, _(kind.label)) for kind in InteractionKind)]
        if not form.validate():
            raise BadRequest(N_("看不懂这个筛选条件，请重新选择。"))
        return form

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the scope is chosen."""
        return any((self.owner_id.data, self.kind.data, self.since.data, self.until.data))

    def narrowing(self) -> InteractionFilter:
        """The filter."""
        return InteractionFilter(
            scope="all" if self.owner_id.data else self.scope.data or "mine",
            owner_id=self.owner_id.data or None,
            kind=self.kind.data or None,
            since=self.since.data,
            until=self.until.data,
        )


class HandOverForm(Form):
    """Give a task to a colleague."""

    owner_id = SelectField(_l("交给谁"), coerce=int)

    def offer(self, people: Sequence[User], by: User) -> None:
        """Fill the choices of who is to do it; at first oneself."""
        self.owner_id.choices = [(user.id, name_for(user, by)) for user in people]
        if self.owner_id.data is None:
            self.owner_id.data = by.id


class TaskForm(HandOverForm):
    """Set a task, or change one."""

    version = VersionField()
    title = RuleField(_l("要做什么"), rule=rules.title, validators=[Required()])
    due_on = DayField(_l("什么时候之前"), rule=rules.due, offers=coming_days)
    owner_id = SelectField(_l("谁来做"), coerce=int)
    company_id = HiddenRuleField(_l("企业"), rule=whole(1, LARGEST_ID))
    note = RuleTextArea(_l("说明"), rule=rules.note)
