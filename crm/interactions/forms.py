"""Forms of contacts."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import select
from wtforms import RadioField, SelectField
from wtforms.validators import ValidationError

from crm.accounts.models import User
from crm.accounts.permissions import may
from crm.calendar import add_working_days
from crm.companies import rules as company_rules
from crm.companies.models import Company, Contact
from crm.database import N_, db
from crm.errors import BadRequest, RuleError
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.interactions import queries, rules
from crm.interactions.fields import (
    LARGEST_ID,
    DayField,
    HiddenRuleField,
    checkboxes,
    client_id,
    coming_days,
    company_choice,
    past_days,
)
from crm.interactions.models import Intent, Interaction, InteractionKind
from crm.interactions.queries import InteractionFilter
from crm.interactions.services import NextStep, Record
from crm.rules import line, today, whole

Row = TypeVar("Row", User, Contact)


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
    happened_at = RuleField(_l("几点"), rule=rules.clock)
    owner_id = SelectField(_l("谁的走访"), coerce=int)
    officer_ids = checkboxes(_l("我方同行"))
    contact_ids = checkboxes(_l("对方人员"))
    other_people = RuleField(_l("对方其他人员"), rule=rules.people)
    #: Further companies: those ticked, and one that is being added.
    more_company_ids = checkboxes(_l("还涉及的企业"))
    more_company_id = RuleField(_l("再加一家企业"), rule=whole(1, LARGEST_ID))
    more_company_id_q = RuleField(_l("企业名称"), rule=line(200), default="")
    #: A paragraph from a chat, from which the rest is proposed.
    pasted = RuleTextArea(_l("聊天记录或一段话"), rule=rules.summary)
    summary = RuleTextArea(_l("谈了什么"), rule=rules.summary, validators=[Required()])
    demands = RuleTextArea(_l("企业诉求"), rule=rules.demands)
    intent = RadioField(_l("企业意向"), coerce=blank_or(Intent), default="")
    next_step = RuleField(_l("下一步"), rule=rules.next_step)
    next_step_on = DayField(
        _l("什么时候之前"), rule=rules.due, offers=coming_days, default=lambda: add_working_days(today(), 3)
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

    def offer_more(self, companies: Sequence[Company]) -> None:
        """Show the further companies, all of them ticked; the box for one more is empty again."""
        self.more_company_ids.choices = [(company.id, company.name) for company in companies]
        self.more_company_ids.data = [company.id for company in companies]
        self.more_company_id.data = self.more_company_id.text = None
        self.more_company_id_q.data = self.more_company_id_q.text = ""

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
            happened_at=self.happened_at.data,
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
        "happened_at": interaction.happened_at,
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
