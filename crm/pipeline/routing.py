"""Acts on a project's way as a whole: another route, the archive and back."""

from datetime import UTC, date, datetime

from crm.accounts.models import User
from crm.database import N_
from crm.errors import RuleError
from crm.pipeline import gates, reservations
from crm.pipeline.models import GateItem, Project, Reason, Route, Stage, StageChange
from crm.pipeline.permissions import require_act
from crm.rules import today


def change_route(
    project: Project,
    route: Route,
    *,
    by: User,
    reason: str = "",
    listed: Reason | None = None,
    on_day: date | None = None,
) -> StageChange:
    """Go on along another route, at the stage that `landing_stage` finds; the past stays as it was.

    Raises ReasonMissing without a reason, RuleError where it does not move; Forbidden or NotFound by right.
    """
    require_act(by, "project.back", project)
    to = landing_stage(project, route)
    return project.reroute(to=to, by=by, on_day=on_day or today(), reason=reason, listed=listed)


def landing_stage(project: Project, route: Route) -> Stage:
    """Where a project would stand on another route: at the stage of its phase, of the same name if there is one.

    A change of route opens no gate: what the new route asks up to there, and the old one did not, must be known, else
    the project stands before the first gate that asks for it.
    """
    reached = [stage for stage in route.stages if not project.stage.phase.is_before(stage.phase)]
    same_phase = [stage for stage in reached if stage.phase is project.stage.phase]
    same_name = [stage for stage in same_phase if stage.name == project.stage.name]
    goal = next(iter(same_name or same_phase or reached[-1:]), route.stages[0])
    asked = {item.fact for item in passed_items(project)}
    stand = route.stages[0]
    for stage in route.stages[1 : goal.ordinal + 1]:
        if any(item.fact not in asked for item in gates.missing_at(project, [stage])):
            break
        stand = stage
    return stand


def passed_items(project: Project) -> list[GateItem]:
    """What the gates behind a project have asked of it."""
    behind = project.route.stages[: project.stage.ordinal + 1]
    items = (item for stage in behind for item in stage.gate_items)
    return [item for item in items if gates.asks(item, project, project.route)]


def archive(project: Project, *, by: User) -> None:
    """归档: off every list; what it holds of parks is free again. Once."""
    require_act(by, "project.archive", project)
    if project.archived_at is None:
        reservations.release_all(project, "项目归档")
        project.archive(datetime.now(UTC))


def restore(project: Project, *, by: User) -> None:
    """Take a project out of the archive. RuleError while its company is archived."""
    require_act(by, "project.restore", project)
    if project.company.archived_at is not None:
        raise RuleError(N_("企业已归档，请先恢复企业。"))
    project.restore()
