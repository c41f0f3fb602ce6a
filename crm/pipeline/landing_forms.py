"""Forms of a project's landing page."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from crm import rules
from crm.forms import Form, Required, RuleField
from crm.landing.events.models import Event
from crm.landing.experts.draws import fields
from crm.landing.parks.models import Park


class ReservationForm(Form):
    """Land or floor to hold."""

    park_id = SelectField(_l("园区"), coerce=int)
    land_mu = RuleField(_l("预留用地"), rule=rules.mu, unit=_l("亩"))
    floor_m2 = RuleField(_l("预留厂房"), rule=rules.m2, unit="㎡")
    until = RuleField(_l("预留到"), rule=rules.day, validators=[Required()])
    note = RuleField(_l("备注"), rule=rules.line(300))

    def offer(self, parks: Sequence[Park]) -> "ReservationForm":
        """Offer these parks."""
        self.park_id.choices = [(park.id, park.name) for park in parks]
        return self


class ReleaseForm(Form):
    """Why land is released."""

    reason = RuleField(_l("释放原因"), rule=rules.line(300), validators=[Required()])


class ProjectDrawForm(Form):
    """Experts to draw for a project."""

    field = SelectField(_l("专业领域"), default="")
    wanted = RuleField(_l("人数"), rule=rules.whole(1, 50), default=5, validators=[Required()])

    def offer(self) -> "ProjectDrawForm":
        """Offer the register's fields."""
        self.field.choices = [("", _("不限领域")), *((name, name) for name in fields())]
        return self


class EventsForm(Form):
    """The events of which a project came."""

    event_ids = SelectMultipleField(
        _l("来自哪些活动"), coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def offer(self, events: Sequence[Event]) -> "EventsForm":
        """Offer these events."""
        self.event_ids.choices = [(event.id, f"{event.starts_on.isoformat()} {event.name}") for event in events]
        return self
