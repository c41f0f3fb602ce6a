"""The entry page: what the city has to offer, as tiles with their counts."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select

from crm.accounts.access import needs
from crm.companies.models import LocalCompany
from crm.database import N_, db
from crm.landing.events.models import Event
from crm.landing.experts.models import Draw, Expert
from crm.landing.institutions.models import Institution
from crm.landing.parks.models import Park
from crm.landing.plans.models import Plan, PlanTask, Proposal
from crm.landing.policies.models import Fund, Policy, Validity

blueprint = Blueprint("landing", __name__)
blueprints = (blueprint,)


@dataclass(frozen=True)
class Tile:
    """A catalogue on the entry page; `hint` says what stands out."""

    label: str
    text: str
    icon: str
    url: str
    count: int
    hint: str = ""


#: (label, what it holds, icon, endpoint, counted model)
TILES: tuple[tuple[str, str, str, str, type[Any]], ...] = (
    (N_("园区"), N_("土地、厂房、门槛，为项目预留"), "map-pin", "parks.index", Park),
    (N_("政策"), N_("条件、标准、审查记录，按项目匹配"), "file-text", "policies.index", Policy),
    (N_("专项资金"), N_("预算、预计兑现、已兑现"), "coins", "funds.index", Fund),
    (N_("创新机构"), N_("高校、院所、平台、产学研"), "school", "institutions.index", Institution),
    (N_("专家库"), N_("按领域抽取，避开利益关系"), "user-check", "experts.index", Expert),
    (N_("专家抽取"), N_("种子公开，谁都能复算"), "rotate", "draws.index", Draw),
    (N_("本地企业服务"), N_("成长、诉求、扶持、想找的合作"), "heart-handshake", "locals.index", LocalCompany),
    (N_("行动方案"), N_("任务、责任部门、进展和佐证"), "checklist", "plans.index", Plan),
    (N_("提案答复"), N_("建议、办理意见、可引用的数据"), "gavel", "proposals.index", Proposal),
    (N_("招商活动"), N_("来宾、线索、后续项目"), "calendar-event", "events.index", Event),
)


@blueprint.get("/landing")
@needs("figures.read")
def index() -> ResponseReturnValue:
    """All catalogues."""
    hints = {"policies.index": policy_hint(), "plans.index": plan_hint()}
    tiles = [
        Tile(_(label), _(text), icon, url_for(endpoint), count_of(model), hints.get(endpoint, ""))
        for label, text, icon, endpoint, model in TILES
    ]
    return render_template("landing/index.html", tiles=tiles)


def count_of(model: type[Any]) -> int:
    """How many rows there are."""
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def policy_hint() -> str:
    """How many policies wait for somebody to verify them."""
    query = select(func.count()).select_from(Policy).where(Policy.validity == Validity.UNVERIFIED)
    count = db.session.scalar(query)
    return _("%(count)d 条现行有效性待核", count=count) if count else ""


def plan_hint() -> str:
    """How many tasks the plans have."""
    return _("%(count)d 项任务", count=count_of(PlanTask))
