"""Forms of routes and stages. Each is saved once its effect was shown (`confirmed`)."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField

from crm import rules as common
from crm.forms import Form, Required, RuleField, VersionField
from crm.pipeline.forms import identifier, labels
from crm.pipeline.models import Phase, Route, Stage


class RouteForm(Form):
    """A route's name and what it says of its projects."""

    NAMES = ("name", "makes_supply", "takes_land", "takes_premises", "is_active")
    name = RuleField(_l("路径名称"), rule=common.line(200), validators=[Required()])
    makes_supply = BooleanField(_l("形成本地供给"), default=True, description=_l("计入缺口的预期供给"))
    takes_land = BooleanField(_l("都要用地"), description=_l("关口里“用地的项目”的要求对全部项目检查"))
    takes_premises = BooleanField(_l("都租购厂房"), description=_l("关口里“租购厂房的项目”的要求对全部项目检查"))
    is_active = BooleanField(_l("在用"), default=True, description=_l("停用后不能再立项，在办项目照常推进"))
    confirmed = HiddenField()
    version = VersionField()

    @classmethod
    def stored(cls, route: Route, **options: Any) -> "RouteForm":
        """The form as a route is stored."""
        data = {name: getattr(route, name) for name in cls.NAMES}
        return cls(data={**data, "version": route.version}, **options)

    def values(self) -> dict[str, Any]:
        """Columns of Route."""
        return {name: self[name].data for name in self.NAMES}


class NewRouteForm(RouteForm):
    """A route that begins as a copy of another one."""

    like_id = SelectField(_l("阶段和关口照搬自"), coerce=identifier, validators=[Required()])

    def offer(self, routes: list[Route]) -> "NewRouteForm":
        """Fill the choices."""
        self.like_id.choices = [(route.id, _(route.name)) for route in routes]
        return self


def places(route: Route, stage: Stage | None = None) -> list[tuple[int, str]]:
    """Where a stage can stand on a route: how many others are before it, and how that is said."""
    others = [each for each in route.stages if each is not stage]
    behind = [(place, _("“%(stage)s”之后", stage=_(each.name))) for place, each in enumerate(others, start=1)]
    return [(0, _("最前面")), *behind]


class StageForm(Form):
    """A stage's name, place and figures."""

    NAMES = ("name", "phase", "probability", "clock_days", "stale_days")
    name = RuleField(_l("阶段名称"), rule=common.line(200), validators=[Required()])
    phase = SelectField(_l("阶段类别"), description=_l("统计按类别比较各条路径，要沿路径向前"))
    after = SelectField(_l("排在"), coerce=int)
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
    confirmed = HiddenField()
    version = VersionField()

    def offer(self, route: Route, stage: Stage | None = None) -> "StageForm":
        """Fill the choices: `after` is how many stages stand before it."""
        self.phase.choices = labels(Phase)
        self.after.choices = places(route, stage)
        return self

    @classmethod
    def stored(cls, stage: Stage, **options: Any) -> "StageForm":
        """The form as a stage is stored; the probability in percent."""
        data = {name: getattr(stage, name) for name in cls.NAMES}
        figures = {"probability": stage.probability * 100, "after": stage.ordinal, "version": stage.version}
        return cls(data={**data, **figures}, **options).offer(stage.route, stage)

    def values(self) -> dict[str, Any]:
        """Columns of Stage."""
        given = {name: self[name].data for name in self.NAMES}
        return {**given, "probability": given["probability"] / 100, "phase": Phase(given["phase"])}


class RetirementForm(Form):
    """To which stage the projects go."""

    target_id = SelectField(_l("项目移到"), coerce=identifier, validators=[Required()])
    confirmed = HiddenField()
    version = VersionField()

    def offer(self, stage: Stage) -> "RetirementForm":
        """Fill the choices; at first the stage before it."""
        others = [each for each in stage.route.stages if each is not stage]
        self.target_id.choices = [(each.id, _(each.name)) for each in others]
        return self


class RestorationForm(Form):
    """Where a retired stage comes back."""

    after = SelectField(_l("排在"), coerce=int)
    confirmed = HiddenField()
    version = VersionField()

    def offer(self, stage: Stage) -> "RestorationForm":
        """Fill the choices."""
        self.after.choices = places(stage.route)
        return self
