"""Forms of stages and gate items."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField

from crm import rules as common
from crm.forms import Form, Required, RuleField, VersionField
from crm.pipeline import gates
from crm.pipeline.models import GateItem, Stage


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


class StageForm(Form):
    """A stage's name and figures."""

    NAMES = ("name", "probability", "clock_days", "stale_days")
    name = RuleField(_l("阶段名称"), rule=common.line(200), validators=[Required()])
    probability = RuleField(
        _l("落地概率"), rule=common.number(1, Decimal(100)), validators=[Required()],
        description=_l("百分数，用于预测和缺口的预期供给"),
    )  # fmt: skip
    clock_days = RuleField(
        _l("办理时限"),
        rule=common.whole(1, 2_000),
        unit=_l("个工作日"),
        description=_l("在这个阶段最多停留多久；不填表示不限"),
    )
    stale_days = RuleField(
        _l("停滞天数"), rule=common.whole(1, 2_000), unit=_l("天"), description=_l("多少天没有接触算停滞；不填表示不算")
    )
    version = VersionField()

    @classmethod
    def stored(cls, stage: Stage, **options: Any) -> "StageForm":
        """The form as a stage is stored; the probability in percent."""
        data = {name: getattr(stage, name) for name in cls.NAMES}
        return cls(data={**data, "probability": stage.probability * 100, "version": stage.version}, **options)

    def values(self) -> dict[str, Any]:
        """Columns of Stage."""
        given = {name: self[name].data for name in self.NAMES}
        return {**given, "probability": given["probability"] / 100}
