"""Pages of the lists by which projects are judged. Everybody reads them, an administrator edits them."""

from typing import Any

from sqlalchemy import func, select

from crm.database import N_, db
from crm.landing.pages import Pages
from crm.pipeline.models import Criterion
from crm.pipeline.rule_entries import CRITERION, FULL_MARKS, LEVEL, REASON, VETO


class RulePages(Pages):
    """A list among the rules."""

    act = "chain.edit"
    home = ("pipeline.routes", N_("路径与规则"))


class ReasonPages(RulePages):
    """Reasons for the acts that ask for one."""

    noun = REASON
    icon = "list-check"
    columns = ("kind", "is_active", "ordinal")
    lead = N_("退回、改变路径、暂缓、流失、中止、恢复和退回交办时可选的原因。")


class CriterionPages(RulePages):
    """Criteria of 准入联审, with the sum of their full marks."""

    noun = CRITERION
    icon = "chart-bar"
    columns = ("weight", "note", "is_active", "ordinal")
    lead = N_("部门在准入联审里逐项打分；在用指标的满分合计应为 100。")
    list_template = "pipeline/criteria.html"

    def around(self, rows: Any) -> dict[str, Any]:
        """The sum of the full marks in use."""
        total = db.session.scalar(select(func.sum(Criterion.weight)).where(Criterion.is_active)) or 0
        return {"total": total, "full": FULL_MARKS}


class VetoPages(RulePages):
    """Vetoes."""

    noun = VETO
    icon = "ban"
    columns = ("basis", "is_active", "ordinal")
    lead = N_("任何部门提出否决项，项目就不能通过准入。")


class LevelPages(RulePages):
    """Who decides from which amount on."""

    noun = LEVEL
    icon = "gavel"
    columns = ("at_least_wan",)
    lead = N_("按投资总额决定由谁作准入决定；可以由更高一级决定。")


blueprints = tuple(pages().blueprint() for pages in (ReasonPages, CriterionPages, VetoPages, LevelPages))
