"""The planned days of a project's stages, and its investment year by year."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from crm.accounts.models import User
from crm.database import N_, db
from crm.errors import RuleError
from crm.pipeline.models import InvestmentYear, Phase, Project, StagePlan
from crm.pipeline.permissions import require_act

#: From signing on money is asked for year by year.
SIGNED = (Phase.SIGNED, Phase.STARTED, Phase.OPERATING)


def set_plans(project: Project, wanted: Mapping[int, date | None], *, by: User) -> None:
    """Make the planned days of the stages ahead equal to `wanted` (by the stage's id; None: no plan).

    RuleError where a stage is planned before one that comes earlier on the route.
    """
    require_act(by, "project.edit", project)
    ahead = {stage.id: wanted[stage.id] for stage in project.later_stages if wanted.get(stage.id)}
    days = [day for day in ahead.values() if day]
    if days != sorted(days):
        raise RuleError(N_("计划日期要按阶段先后排列，后面的阶段不能早于前面的。"))
    stored = {plan.stage_id: plan for plan in project.stage_plans}
    for stage in project.later_stages:
        _set_plan(project, stage.id, ahead.get(stage.id), stored.get(stage.id))
    db.session.flush()


def _set_plan(project: Project, stage_id: int, day: date | None, plan: StagePlan | None) -> None:
    if day is None and plan is not None:
        project.stage_plans.remove(plan)
    elif day is not None and plan is None:
        project.stage_plans.append(StagePlan(stage_id=stage_id, planned_on=day))
    elif day is not None and plan is not None:
        plan.planned_on = day


def asks_for_years(project: Project) -> bool:
    """Whether investment is told year by year: from signing on."""
    return project.stage.phase in SIGNED


def set_year(project: Project, values: Mapping[str, Any], *, by: User) -> InvestmentYear:
    """Save a year's planned and actual investment (`year`, `planned_wan`, `actual_wan`, `as_of`, `note`).

    RuleError before signing, or for an actual amount without its day.
    """
    require_act(by, "project.edit", project)
    if not asks_for_years(project):
        raise RuleError(N_("项目签约以后再按年填报投资。"))
    if (values["actual_wan"] is None) != (values["as_of"] is None):
        raise RuleError(N_("到位资金要同时填金额和截至日期。"))
    if values["planned_wan"] is None and values["actual_wan"] is None:
        raise RuleError(N_("请填计划投资或到位资金。"))
    found = next((row for row in project.investment_years if row.year == values["year"]), None)
    if found is None:
        found = InvestmentYear(year=values["year"])
        project.investment_years.append(found)
    for name in ("planned_wan", "actual_wan", "as_of", "note"):
        setattr(found, name, values[name])
    db.session.flush()
    return found


def remove_year(year: InvestmentYear, *, by: User) -> None:
    """Throw a year's figures away; history keeps them."""
    require_act(by, "project.edit", year.project)
    db.session.delete(year)
    db.session.flush()


def paid_in(years: Sequence[InvestmentYear], until: int) -> tuple[Any, Any]:
    """(planned, actual) up to and with a year: what 资金到位率 divides."""
    counted = [row for row in years if row.year <= until]
    return sum(row.planned_wan or 0 for row in counted), sum(row.actual_wan or 0 for row in counted)
