"""Pages of institutions."""

from typing import Any

from flask import request
from sqlalchemy.orm import selectinload

from crm.database import N_
from crm.errors import BadRequest
from crm.landing import queries
from crm.landing.institutions.entries import INSTITUTION, PARTS
from crm.landing.institutions.models import Institution, InstitutionKind
from crm.landing.pages import Pages


class InstitutionPages(Pages):
    """Institutions with their latest figures."""

    noun = INSTITUTION
    parts = PARTS
    icon = "school"
    columns = ("kind", "themes", "town")
    list_template = "landing/institutions.html"
    lead = N_("数据都带截至日期和来源；平台向企业开放。")

    def query(self) -> Any:
        """The institutions of a kind."""
        query = queries.listed(INSTITUTION, request.args.get("q", ""))
        if kind := request.args.get("kind"):
            if kind not in set(InstitutionKind):
                raise BadRequest(N_("不能按这个条件筛选。"))
            query = query.where(Institution.kind == kind)
        return query.options(selectinload(Institution.figures), selectinload(Institution.platforms))

    def around(self, rows: Any) -> dict[str, Any]:
        """The kinds to choose from."""
        return {"kinds": list(InstitutionKind), "kind": request.args.get("kind", "")}


blueprints = (InstitutionPages().blueprint(),)
