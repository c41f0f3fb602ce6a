"""The acts of a ranking: saving its weights, and what one press does with a candidate. Callers commit."""

from collections.abc import Mapping

from sqlalchemy import select

from crm.accounts.models import User
from crm.accounts.permissions import may, office_ids, require, scopes
from crm.chain.models import Segment
from crm.companies import services as companies
from crm.companies.models import Company
from crm.database import N_, db
from crm.errors import Conflict, Forbidden, NotFound, RuleError
from crm.gaps.ranking.models import ClusterPreference, Part, RankingWeight
from crm.gaps.ranking.score import Weights
from crm.pipeline.models import Effect, Project, Route
from crm.pipeline.services import Relations, open_project

#: What all points together come to.
WHOLE = 100
LEAD_SOURCE = "缺口推荐"


def edition() -> int:
    """A number that grows with every change of the weights: the version of them all together."""
    rows = [*db.session.scalars(select(RankingWeight)), *db.session.scalars(select(ClusterPreference))]
    return sum(row.version for row in rows)


def save_weights(wanted: Weights, expected: int | None, by: User) -> None:
    """Store weights that were made from the edition `expected`.

    Raises RuleError where the points do not come to a hundred, Conflict where somebody was faster.
    """
    require(by, "terms.edit")
    require_whole(wanted.points)
    points = {row.part: row for row in db.session.scalars(select(RankingWeight).with_for_update())}
    clusters = {row.cluster_id: row for row in db.session.scalars(select(ClusterPreference).with_for_update())}
    if edition() != expected:
        raise Conflict(N_("权重刚被别人改过，您的修改还没有保存。"))
    for part, value in wanted.points.items():
        points[part].points = value
    for cluster_id, percent in wanted.clusters.items():
        if cluster_id in clusters:
            clusters[cluster_id].percent = percent
        else:
            db.session.add(ClusterPreference(cluster_id=cluster_id, percent=percent))
    db.session.flush()


def require_whole(points: Mapping[Part, int]) -> None:
    """Raise RuleError unless the points come to a hundred."""
    total = sum(points.values())
    if total != WHOLE:
        raise RuleError(N_("五项分值加起来要正好是 100，现在是 %(total)d。"), total=total)


def assign(company: Company, to: User, by: User) -> None:
    """Give a company of the pool to a colleague of one's offices (指派), or take it oneself.

    Raises Forbidden where it is held already, where `to` is not below `by`, or at the limit of held companies.
    """
    require(by, "company.take", company)
    if to.id != by.id and not may_assign(by, to):
        raise Forbidden(N_("只能指派给本部门及下属部门的同事。"))
    companies.take(company, to)


def may_assign(by: User, to: User) -> bool:
    """Whether `by` may hand companies of the pool to `to`: who edits an office's companies says who follows them."""
    edits_for_others = scopes(by, "company.edit") & {"office", "all"}
    return bool(edits_for_others) and to.is_active and to.office_id in office_ids(by) and may(to, "company.take")


def start_project(company: Company, segment: Segment, effect: Effect | None, by: User) -> Project:
    """立项 with one press: on the first route that makes supply, for this segment, held by who pressed."""
    route = db.session.scalars(
        select(Route).where(Route.makes_supply).order_by(Route.is_active.desc(), Route.ordinal)
    ).first()
    if route is None:
        raise NotFound(N_("没有能形成供给的路径，请先在路径设置里添加。"))
    values = {"name": f"{company.name}{segment.name}项目"[:200], "lead_source": LEAD_SOURCE}
    return open_project(company, route, values, Relations(main_segment=segment, effect=effect), by=by)
