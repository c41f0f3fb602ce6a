"""Forms of draws."""

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField
from wtforms.validators import Optional

from crm import rules
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.landing.experts import draws
from crm.landing.experts.models import SeatState


class DrawForm(Form):
    """What is drawn for."""

    purpose = RuleField(_l("评审事项"), rule=rules.line(200), validators=[Required()])
    field = SelectField(_l("专业领域"), default="")
    wanted = RuleField(_l("人数"), rule=rules.whole(1, 50), validators=[Required()])
    company_id = IntegerField(_l("涉及企业"), validators=[Optional()])

    def offer(self) -> "DrawForm":
        """Offer the register's fields."""
        self.field.choices = [("", _("不限领域")), *((name, name) for name in draws.fields())]
        return self


class SeatForm(Form):
    """What a drawn expert answered, and her score."""

    state = SelectField(_l("答复"))
    reason = RuleField(_l("不能参加的原因"), rule=rules.line(300))
    score = RuleField(_l("评分"), rule=rules.number(2, Decimal(100)))
    comment = RuleTextArea(_l("评审意见"), rule=rules.prose(2_000))
    version = VersionField()

    def offer(self) -> "SeatForm":
        """Offer the answers."""
        self.state.choices = [(state.value, _(state.label)) for state in SeatState]
        return self
