"""里程碑: acts on the dated events of a project."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage

from crm.accounts.models import User
from crm.database import N_, db
from crm.errors import RuleError
from crm.pipeline import documents
from crm.pipeline.models import Milestone, MilestoneKind, Project
from crm.pipeline.models.milestones import COUNTED
from crm.pipeline.permissions import require_editable


def record(
    project: Project,
    values: Mapping[str, Any],
    *,
    by: User,
    milestone: Milestone | None = None,
    file: FileStorage | None = None,
) -> Milestone:
    """Date a milestone with its evidence, or mend one; `values` are columns of Milestone, `file` is kept as evidence.

    RuleError for one without evidence, one that is there already, an amount or a 统计 date where none belongs, and as
    documents.attach raises it.
    """
    require_editable(by, project)
    require_sound(values)
    found = milestone or Milestone(by=by)
    for name in ("kind", "on_day", "counted_on", "amount_wan", "evidence"):
        setattr(found, name, values.get(name))
    try:
        with db.session.begin_nested():
            if milestone is None:
                project.milestones.append(found)
            db.session.flush()
    except IntegrityError:
        db.session.expire(project, ["milestones"])
        raise RuleError(N_("这个里程碑已经登记过，请修改原来的那条。")) from None
    if file is not None:
        documents.attach(project, file, by=by, milestone=found)
    return found


def require_sound(values: Mapping[str, Any]) -> None:
    """RuleError where the values do not go together."""
    kind = values["kind"]
    if not values.get("evidence"):
        raise RuleError(N_("请写明佐证，例如证照编号或文号。"))
    if (kind is MilestoneKind.FUNDED) != bool(values.get("amount_wan")):
        raise RuleError(N_("到资要填写金额；其他里程碑不填金额。"))
    if values.get("counted_on") and kind not in COUNTED:
        raise RuleError(N_("只有开工和投产有统计日期。"))


def remove(milestone: Milestone, *, by: User) -> None:
    """Take back one that was recorded by mistake; history keeps it, and its project the files."""
    require_editable(by, milestone.project)
    documents.detach(milestone)
    milestone.project.milestones.remove(milestone)
    db.session.delete(milestone)


def funded_wan(project: Project) -> Decimal:
    """到资 so far, 万元."""
    return sum((each.amount_wan or Decimal(0) for each in project.milestones), Decimal(0))


def day_of(project: Project, kind: MilestoneKind, *, counted: bool = False) -> date | None:
    """The day of a milestone: the bureau's, or with `counted` that of statistics; of 到资 the first."""
    found = next((each for each in project.milestones if each.kind is kind), None)
    return None if found is None else found.counted_on if counted else found.on_day
