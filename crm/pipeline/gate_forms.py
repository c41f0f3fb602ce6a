"""The form of a gate item."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField

from crm import rules as common
from crm.forms import Form, Required, RuleField, VersionField
from crm.pipeline import gates
from crm.pipeline.models import GateItem


class GateItemForm(Form):
    """What a gate asks, of which projects. Saved once its effect was shown (`confirmed`)."""

    NAMES = ("fact", "condition", "at_least_wan")
    fact = SelectField(_l("要有什么"), validators=[Required()])
    condition = SelectField(_l("对哪些项目"), default="always")
    at_least_wan = RuleField(
        _l("投资总额从多少起"), rule=common.wan, unit=_l("万元"), description=_l("不填表示不论金额")
    )
    confirmed = HiddenField()
    version = VersionField()

    def offer(self) -> "GateItemForm":
        """Fill the choices."""
        self.fact.choices = [(key, _(fact.label)) for key, fact in gates.FACTS.items()]
        self.condition.choices = [(key, _(condition.label)) for key, condition in gates.CONDITIONS.items()]
        return self

    @classmethod
    def stored(cls, item: GateItem, **options: Any) -> "GateItemForm":
        """The form as an item is stored."""
        data = {name: getattr(item, name) for name in cls.NAMES}
        return cls(data={**data, "version": item.version}, **options).offer()

    def values(self) -> dict[str, Any]:
        """Columns of GateItem; an amount of 0 is none."""
        return {**{name: self[name].data for name in self.NAMES}, "at_least_wan": self.at_least_wan.data or None}
