"""Forms of catalogues, made from a noun's entries."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, IntegerField, SelectField
from wtforms.validators import Optional

from crm.database import db
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.landing.entries import CompanyLink, Entry, Kind, Noun


class NounForm(Form):
    """The form of a row; `noun` is set by form_of."""

    noun: Noun

    @classmethod
    def stored(cls, row: Any, **options: Any) -> "NounForm":
        """The form as a row is stored."""
        data = {entry.key: as_field_data(entry, row) for entry in cls.noun.editable}
        return cls(data={**data, "version": row.version}, **options).offer()

    @classmethod
    def empty(cls, **given: Any) -> "NounForm":
        """The form of a new row."""
        defaults = {e.key: getattr(e.default, "value", e.default) for e in cls.noun.editable if e.default is not None}
        return cls(data={**defaults, **given}).offer()

    def offer(self) -> "NounForm":
        """Fill the lists of choices, in the page's language and with the rows of now."""
        for entry in self.noun.editable:
            if entry.choices:
                words = [(member.value, _(member.label)) for member in entry.choices]
                self[entry.key].choices = words if entry.required or entry.default else [("", _("未填")), *words]
            elif entry.link and not isinstance(entry.link, CompanyLink):
                self[entry.key].choices = [(0, _("（无）")), *entry.link.offered()]
        return self

    def values(self) -> dict[str, Any]:
        """What was typed, by entry; links as rows."""
        return {entry.key: value_of(entry, self[entry.key]) for entry in self.noun.editable}


def form_of(noun: Noun) -> type[NounForm]:
    """The form class of a noun."""
    fields = {entry.key: field_of(entry) for entry in noun.editable}
    return type(f"{noun.model.__name__}Form", (NounForm,), {**fields, "version": VersionField(), "noun": noun})


def field_of(entry: Entry) -> Field:
    """The field of an entry."""
    options = {
        "description": _l(entry.hint) if entry.hint else "",
        "validators": [Required()] if entry.required else [],
    }
    label = _l(entry.label)
    if entry.kind is Kind.YES:
        return BooleanField(label, description=options["description"])
    if entry.choices:
        return SelectField(label, **options)
    if isinstance(entry.link, CompanyLink):
        return IntegerField(label, **{**options, "validators": options["validators"] or [Optional()]})
    if entry.link:
        return SelectField(label, coerce=int, default=0, **options)
    kind = RuleTextArea if entry.kind is Kind.PROSE else RuleField
    return kind(label, rule=entry.rule, unit=entry.unit, **options)


def as_field_data(entry: Entry, row: Any) -> Any:
    """A row's value as the entry's field holds it."""
    value = entry.read(row)
    if entry.link:
        return value.id if value is not None else 0 if not isinstance(entry.link, CompanyLink) else None
    if entry.kind is Kind.WORDS:
        return "、".join(value)
    return getattr(value, "value", value) if entry.choices else value


def value_of(entry: Entry, field: Field) -> Any:
    """The value that a field says; for words always a list."""
    if entry.choices:
        return entry.choices(field.data) if field.data else None
    if entry.link:
        return db.session.get(entry.link.model, field.data) if field.data and 0 < field.data < 2**63 else None
    if entry.kind is Kind.WORDS:
        return field.data if isinstance(field.data, list) else []
    return field.data
