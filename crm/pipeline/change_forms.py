"""Forms of a project's way: to another stage, to another status."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField

from crm import rules as common
from crm.database import N_
from crm.errors import RuleError
from crm.forms import Form, RuleField, RuleTextArea, VersionField
from crm.pipeline import rules
from crm.pipeline.forms import identifier, reason_choices, row
from crm.pipeline.models import Project, Reason, ReasonKind, Stage, Status
from crm.rules import today

STATUS_ACTS = {
    Status.ONGOING: N_("恢复推进"),
    Status.PAUSED: N_("暂缓"),
    Status.LOST: N_("标记流失"),
    Status.ABORTED: N_("中止"),
    Status.COMPLETED: N_("标记完成"),
}
#: Which reasons of the list belong to a status; 完成 needs none of them.
STATUS_REASONS = {
    Status.ONGOING: ReasonKind.REOPEN,
    Status.PAUSED: ReasonKind.PAUSE,
    Status.LOST: ReasonKind.LOSE,
    Status.ABORTED: ReasonKind.ABORT,
}


class StageChangeForm(Form):
    """Move a project to a stage; the reason where one goes back, or passes a gate."""

    to_stage_id = HiddenField(_l("阶段"))
    reason_id = SelectField(_l("退回原因"), coerce=identifier)
    reason = RuleTextArea(_l("理由"), rule=rules.reason, default="")
    on_day = RuleField(_l("日期"), rule=common.happened, default=today)
    version = VersionField()

    def offer(self) -> "StageChangeForm":
        """Fill the list of reasons for going back."""
        self.reason_id.choices = reason_choices(ReasonKind.BACK)
        return self

    @property
    def listed(self) -> Reason | None:
        """The chosen reason of the list."""
        return row(Reason, self.reason_id.data)

    def stage(self, project: Project) -> Stage:
        """The chosen stage of the project's route; RuleError where it is none."""
        found = next((stage for stage in project.route.stages if str(stage.id) == self.to_stage_id.data), None)
        if found is None:
            raise RuleError(N_("请从项目的路径中选择阶段。"))
        return found

    @property
    def day(self) -> date:
        """The day on which it took effect."""
        return self.on_day.data or today()


class StatusChangeForm(Form):
    """Pause, lose, abort, complete or reopen a project, with the reason."""

    to_status = SelectField(_l("改为"))
    reason_id = SelectField(_l("原因"), coerce=identifier)
    reason = RuleTextArea(_l("具体说明"), rule=rules.reason)
    on_day = RuleField(_l("日期"), rule=common.happened, default=today)
    version = VersionField()

    def offer(self, project: Project) -> "StatusChangeForm":
        """Offer what the rules of status allow."""
        acts = {status: _(STATUS_ACTS[status]) for status in Status if project.may_become(status)}
        self.to_status.choices = [(status.value, label) for status, label in acts.items()]
        kinds = [STATUS_REASONS[status] for status in acts if status in STATUS_REASONS]
        self.reason_id.choices = reason_choices(*kinds)
        return self

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """A reason of the list that fits the act, or one in words."""
        is_valid = bool(super().validate(*args, **kwargs))
        listed, status = self.listed, self.to_status.data
        if is_valid and listed is not None and listed.kind is not STATUS_REASONS.get(Status(status)):
            self.reason_id.errors = [_("这个原因不是“%(act)s”的原因。", act=_(STATUS_ACTS[Status(status)]))]
            return False
        if is_valid and listed is None and not self.reason.data:
            self.reason.errors = [_("请选择原因，或写明。")]
            return False
        return is_valid

    @property
    def listed(self) -> Reason | None:
        """The chosen reason of the list."""
        return row(Reason, self.reason_id.data)

    @property
    def day(self) -> date:
        """The day on which it took effect."""
        return self.on_day.data or today()
