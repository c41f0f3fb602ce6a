"""Pages of policies and funds."""

from typing import Any

from flask import request

from crm.database import N_
from crm.errors import BadRequest
from crm.landing import queries
from crm.landing.pages import Pages
from crm.landing.policies.entries import FUND, FUND_YEAR, PARTS, PAYMENT, POLICY
from crm.landing.policies.models import Fund, Policy, ReviewKind, Subject
from crm.landing.policies.queries import with_parts, years_of
from crm.rules import today


class PolicyPages(Pages):
    """Policies; what is paid to people stands on a tab of its own."""

    noun = POLICY
    parts = PARTS
    icon = "file-text"
    list_template, show_template = "landing/policies/index.html", "landing/policies/show.html"
    lead = N_("只有已发布、在有效期内、审查通过的政策才会匹配给项目。")

    def query(self) -> Any:
        """The policies of a tab."""
        query = with_parts(queries.listed(POLICY, request.args.get("q", "")))
        if subject := request.args.get("subject"):
            if subject not in set(Subject):
                raise BadRequest(N_("不能按这个条件筛选。"))
            query = query.where(Policy.subject == subject)
        return query

    def around(self, rows: Any) -> dict[str, Any]:
        """The tabs."""
        return {"subjects": list(Subject), "subject": request.args.get("subject", ""), "day": today()}

    def shown(self, row: Policy) -> dict[str, Any]:
        """Whether it may be offered, and what is missing for that."""
        day = today()
        return {"day": day, "reviews": {kind: row.is_cleared(kind, day) for kind in ReviewKind}}


class FundPages(Pages):
    """Funds with their years."""

    noun = FUND
    parts = (FUND_YEAR, PAYMENT)
    icon = "coins"
    columns = ("yearly_wan", "note")
    show_template = "landing/fund.html"
    lead = N_("每年的预算、预计兑现、已兑现和余额。")

    def shown(self, row: Fund) -> dict[str, Any]:
        """The years' forecast, paid and free."""
        return {"years": years_of(row)}


blueprints = (PolicyPages().blueprint(), FundPages().blueprint())
