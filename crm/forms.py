"""Forms: fields that judge by a slice's rule, and a base form that speaks the page's language."""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from wtforms import BooleanField, Field, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import Select

from crm.database import db
from crm.errors import Conflict, RuleError


class Options(Select):
    """A select of hundreds of options, of which WTForms would sort and format the attributes one by one."""

    @classmethod
    def render_option(cls, choice: Any, **attributes: Any) -> Markup:
        """One option."""
        if attributes or choice.render_kw:
            return super().render_option(choice, **attributes)
        chosen = " selected" if choice.selected else ""
        return Markup(f'<option{chosen} value="{escape(choice.value)}">{escape(choice.label)}</option>')  # noqa: S704 -- escaped


class Form(FlaskForm):
    """A form whose built-in messages come from our own catalogue."""

    class Meta(FlaskForm.Meta):
        """WTForms' own catalogues would bring Simplified Chinese in a second voice."""

        locales = ("zh",)

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            """Give plain selects the quick widget."""
            field = super().bind_field(form, unbound_field, options)
            if type(field.widget) is Select and not field.widget.multiple:
                field.widget = OPTIONS
            return field


OPTIONS = Options()


class RuleField(StringField):
    """A text field judged by a rule: `data` is the value that the rule made, `text` what was typed."""

    def __init__(self, label: Any = None, *, rule: Callable[[str], Any], unit: str = "", **options: Any) -> None:
        super().__init__(label, **options)
        self.rule = rule
        self.unit = unit
        self.text: str | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Judge what was sent; the sentence of a broken rule becomes the field's error."""
        if not valuelist:
            return
        self.text = str(valuelist[0])
        try:
            self.data = self.rule(self.text)
        except RuleError as error:
            self.data = None
            raise ValueError(gettext(error.message, **error.details)) from None

    def _value(self) -> str:
        return self.text if self.text is not None else shown(self.data)


class RuleTextArea(RuleField, TextAreaField):
    """The same over several lines."""

    widget = TextAreaField.widget


class VersionField(HiddenField):
    """The version that the form was made from; anything but a number counts as none."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the number."""
        text = str(valuelist[0]) if valuelist else ""
        self.data = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


class Required(InputRequired):
    """A value must be there after the rule has cleaned it."""

    def __init__(self) -> None:
        super().__init__()

    def __call__(self, form: Any, field: Field) -> None:
        """Stop with our own sentence."""
        if not field.errors and field.data in (None, "", []):
            self.message = gettext("请填写“%(field)s”。", field=field.label.text)
            field.errors = []
            DataRequired(self.message)(form, field)


def page_of(
    template: str, form: Form, stored: Callable[[], Form] | None = None, **context: Any
) -> Callable[..., ResponseReturnValue]:
    """A function that shows the form: again with the error that it is given, after a conflict with both versions.

    The form then carries the stored version, so that saving again is a decision made with both in view. `stored` makes
    the form as it would be of the stored row.
    """

    def show(error: RuleError | Conflict | None = None) -> ResponseReturnValue:
        versions: list[tuple[str, str, str]] = []
        if error is not None:
            form.form_errors.append(gettext(error.message, **error.details))
        if isinstance(error, Conflict) and stored is not None:
            versions = both_versions(stored(), form)
            form["version"].data = error.details["current"].version
        if error is not None:
            db.session.rollback()
        status = error.status if error else 422 if form.is_submitted() else 200
        return render_template(template, form=form, versions=versions, **context), status

    return show


def both_versions(stored: Form, typed: Form) -> list[tuple[str, str, str]]:
    """(label, stored, typed) of the fields that differ, as people read them: what conflict.html shows (promise 5)."""
    fields = [field for field in stored if not isinstance(field, HiddenField)]
    rows = [(field.label.text, read(field), read(typed[field.name])) for field in fields]
    return [(label, before, after) for label, before, after in rows if before != after]


def read(field: Field) -> str:
    """A field's value as people read it."""
    if isinstance(field, SelectField):
        return "、".join(str(label) for _value, label, is_chosen, *_rest in field.iter_choices() if is_chosen)
    if isinstance(field, BooleanField):
        return str(gettext("是") if field.data else gettext("否"))
    return str(field._value())


def shown(value: Any) -> str:
    """A value as a field shows it: dates ISO, numbers without trailing zeros."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, date) else str(value)
