"""Forms of leads, 研判, 交办, change of route and milestones."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField

from crm import rules as common
from crm.accounts.models import Office, Role, User
from crm.accounts.queries import ids_below, offices
from crm.accounts.queries import users as all_users
from crm.database import db
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.pipeline import queries, rules
from crm.pipeline.document_forms import evidence_file
from crm.pipeline.forms import identifier, labels, people, reason_choices, row
from crm.pipeline.models import (
    Decision,
    Dispatch,
    MilestoneKind,
    Project,
    Reason,
    ReasonKind,
    Route,
)
from crm.rules import today


def active_users() -> Sequence[User]:
    """Everybody who signs in, by office and name."""
    query = all_users().where(User.disabled_at.is_(None)).order_by(None)
    return db.session.scalars(query.order_by(User.office_id, User.display_name, User.id)).all()


def office_choices() -> list[tuple[int, str]]:
    """All offices."""
    return [(office.id, office.name) for office in db.session.scalars(offices())]


class LeadForm(Form):
    """When a lead came in, and who brought it."""

    received_on = RuleField(_l("收到线索的日期"), rule=common.happened, validators=[Required()])
    introducer_id = SelectField(_l("线索提供人（本单位同事）"), coerce=identifier)
    introducer_office_id = SelectField(_l("线索提供部门"), coerce=identifier)
    introducer = RuleField(
        _l("其他线索提供人"),
        rule=common.line(200),
        description=_l("单位或个人，例如协会、商会、校友；有提供人就要答复"),
    )
    version = VersionField()

    def offer(self) -> "LeadForm":
        """Fill the choices."""
        self.introducer_id.choices = [("", _("（无）")), *people(active_users())]
        self.introducer_office_id.choices = [("", _("（无）")), *office_choices()]
        return self

    def values(self) -> dict[str, Any]:
        """Columns of Lead."""
        names = ("received_on", "introducer_id", "introducer_office_id", "introducer")
        return {name: self[name].data for name in names}


class TriageForm(Form):
    """研判: the decision with its grounds."""

    decision = RadioField(_l("研判结论"), choices=[])
    grounds = RuleTextArea(
        _l("研判依据"),
        rule=common.prose(10_000),
        validators=[Required()],
        description=_l("为什么值得跟、风险在哪里、缺口环节是什么"),
    )
    on_day = RuleField(_l("研判日期"), rule=common.happened, default=today)

    def offer(self) -> "TriageForm":
        """Fill the choices."""
        self.decision.choices = labels(Decision)
        return self


class AnswerForm(Form):
    """Something said in writing."""

    text = RuleTextArea(_l("内容"), rule=common.prose(5_000), validators=[Required()])
    version = VersionField()


class DispatchForm(Form):
    """Hand a project to an office."""

    office_id = SelectField(_l("交办给"), coerce=identifier, validators=[Required()])
    note = RuleTextArea(_l("交办要求"), rule=common.prose(2_000), default="")

    def offer(self, project: Project) -> "DispatchForm":
        """Fill the choices: every office but the project's."""
        others = [choice for choice in office_choices() if choice[0] != project.office_id]
        self.office_id.choices = [("", _("请选择")), *others]
        return self

    @property
    def office(self) -> Office:
        """The chosen office."""
        return db.session.get_one(Office, self.office_id.data)


class DispatchAnswerForm(Form):
    """Accept what was handed on, in somebody's charge, or return it with a reason."""

    owner_id = SelectField(_l("由谁负责"), coerce=identifier)
    reason_id = SelectField(_l("退回原因"), coerce=identifier)
    reason = RuleTextArea(_l("具体说明"), rule=rules.reason, default="")
    version = VersionField()

    def offer(self, dispatch: Dispatch) -> "DispatchAnswerForm":
        """Fill the choices: the office's people; an administrator is in charge of nothing."""
        within = ids_below(dispatch.office_id)
        staff = [u for u in active_users() if u.office_id in within and u.role in (Role.OFFICER, Role.MANAGER)]
        self.owner_id.choices = [("", _("请选择")), *people(staff)]
        self.reason_id.choices = reason_choices(ReasonKind.RETURN)
        return self

    @property
    def owner(self) -> User | None:
        """Who would be in charge."""
        return row(User, self.owner_id.data)

    @property
    def listed(self) -> Reason | None:
        """The chosen reason of the list."""
        return row(Reason, self.reason_id.data)


class RouteChangeForm(Form):
    """Another route, with the reason."""

    route_id = RadioField(_l("改为哪条路径"), coerce=identifier)
    reason_id = SelectField(_l("原因"), coerce=identifier)
    reason = RuleTextArea(_l("具体说明"), rule=rules.reason, default="")
    on_day = RuleField(_l("日期"), rule=common.happened, default=today)
    version = VersionField()

    def offer(self, project: Project) -> "RouteChangeForm":
        """Fill the choices: every route in use but the project's."""
        others = db.session.scalars(queries.routes().where(Route.is_active, Route.id != project.route_id))
        self.route_id.choices = [(route.id, _(route.name)) for route in others]
        self.reason_id.choices = reason_choices(ReasonKind.REROUTE)
        return self

    @property
    def route(self) -> Route:
        """The chosen route with its stages and gates."""
        return db.session.scalars(queries.routes().where(Route.id == self.route_id.data)).one()

    @property
    def listed(self) -> Reason | None:
        """The chosen reason of the list."""
        return row(Reason, self.reason_id.data)


class MilestoneForm(Form):
    """A dated event with its evidence."""

    kind = SelectField(_l("里程碑"), coerce=MilestoneKind)
    on_day = RuleField(_l("日期（招商口径）"), rule=common.happened, validators=[Required()])
    counted_on = RuleField(
        _l("日期（统计口径）"), rule=common.happened, description=_l("只有开工和投产填：统计上认定的日期")
    )
    amount_wan = RuleField(_l("到资金额"), rule=common.wan, unit=_l("万元"), description=_l("只有到资填"))
    evidence = RuleField(
        _l("佐证"),
        rule=common.line(500),
        validators=[Required()],
        description=_l("证照编号、文号、银行回单号或照片说明"),
    )
    file = evidence_file()
    version = VersionField()

    def offer(self) -> "MilestoneForm":
        """Fill the choices."""
        self.kind.choices = labels(MilestoneKind)
        return self

    def values(self) -> dict[str, Any]:
        """Columns of Milestone."""
        names = ("kind", "on_day", "counted_on", "amount_wan", "evidence")
        return {name: self[name].data for name in names}
