"""六个一: a chain's dossier, live: each of the six with rows, count, change since a month ago and what is missing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, literal, select, union_all
from sqlalchemy.orm import joinedload, selectinload

from crm.accounts.models import User
from crm.chain.models import Chain
from crm.companies.models import Company
from crm.companies.places import full_name
from crm.companies.queries import with_card
from crm.database import N_, db
from crm.formatters import money, plain
from crm.gaps import six
from crm.landing.dossiers.models import DossierNote
from crm.landing.institutions.models import Figure, Institution
from crm.landing.policies.models import Policy, Validity
from crm.pipeline.models import Project
from crm.pipeline.queries import visible_to
from crm.rules import today

#: The change is counted over so many days; a figure of an institution is old after so many.
MONTH, OLD = 30, 365
#: So many rows of one of the six are listed.
LISTED = 5_000


@dataclass(frozen=True)
class Row:
    """A line: its cells in the order of the head, and where it leads."""

    cells: list[str]
    endpoint: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class One:
    """One of the six. `count` is the city's; `rows` are those that the viewer may see."""

    ordinal: int
    title: str
    icon: str
    head: list[str]
    count: int
    added: int
    removed: int
    rows: list[Row]
    missing: list[str]
    published: str

    @property
    def hidden(self) -> int:
        """How many the viewer may not see."""
        return self.count - len(self.rows) if self.count <= LISTED else 0

    @property
    def change(self) -> str:
        """The change since a month ago, in words."""
        if not (self.added or self.removed):
            return str(_("比 30 天前没有变化"))
        return str(_("比 30 天前增加 %(added)d、减少 %(removed)d", added=self.added, removed=self.removed))


Lines = tuple[list[Row], list[str]]


@dataclass(frozen=True)
class Kind:
    """How one of the six is made: who belongs to it, how the rows of several are read at once, as far as a viewer may
    know of them, and their lines with what is missing."""

    title: str
    icon: str
    members: Callable[[Chain, datetime | None], Select[int]]
    head: tuple[str, ...]
    load: Callable[[Collection[int], User], Sequence[Any]]
    lines: Callable[[Sequence[Any]], Lines]


def dossier(chain: Chain, user: User, now: datetime | None = None) -> list[One]:
    """The six of a chain for a viewer."""
    then = (now or datetime.now(UTC)) - timedelta(days=MONTH)
    notes = {
        note.ordinal: note.published for note in db.session.scalars(select(DossierNote).filter_by(chain_id=chain.id))
    }
    members = members_of(chain, then)
    rows = rows_of({number: members[number, True] for number in range(1, len(KINDS) + 1)}, user)
    return [
        one(number, kind, members[number, True], members[number, False], rows[number], notes.get(number, ""))
        for number, kind in enumerate(KINDS, start=1)
    ]


def members_of(chain: Chain, then: datetime) -> dict[tuple[int, bool], set[int]]:
    """The ids of each of the six, now (True) and then (False), in one statement."""
    found: dict[tuple[int, bool], set[int]] = {(n, at): set() for n in range(1, len(KINDS) + 1) for at in (True, False)}
    parts = []
    for number, is_now in found:
        each = KINDS[number - 1].members(chain, None if is_now else then).subquery()
        parts.append(select(literal(number), literal(is_now), next(iter(each.c))))
    for number, is_now, row_id in db.session.execute(union_all(*parts)):
        found[number, is_now].add(row_id)
    return found


def rows_of(ids: Mapping[int, set[int]], user: User) -> dict[int, list[Any]]:
    """The rows of each of the six; those of one table are read once for all that list them."""
    listed = {number: set(sorted(found)[:LISTED]) for number, found in ids.items()}
    rows: dict[int, list[Any]] = {}
    for load in {kind.load for kind in KINDS}:
        numbers = [number for number, kind in enumerate(KINDS, start=1) if kind.load is load]
        loaded = load(set().union(*(listed[number] for number in numbers)), user)
        rows |= {number: [row for row in loaded if row.id in listed[number]] for number in numbers}
    return rows


def one(number: int, kind: Kind, now_ids: set[int], then_ids: set[int], found: list[Any], published: str) -> One:
    """One of them."""
    rows, missing = kind.lines(found)
    return One(
        ordinal=number,
        title=_(kind.title),
        icon=kind.icon,
        head=[_(word) for word in kind.head],
        count=len(now_ids),
        added=len(now_ids - then_ids),
        removed=len(then_ids - now_ids),
        rows=rows,
        missing=missing if now_ids else [_("一条也没有。")],
        published=published,
    )


def told(pairs: Sequence[tuple[int, str]]) -> list[str]:
    """The sentences of those that some rows lack: “%(count)d” stands for how many."""
    return [_(text, count=count) for count, text in pairs if count]


def companies_of(ids: Collection[int], _user: User) -> Sequence[Company]:
    """Companies with what a card shows, which is for everybody."""
    query = with_card(select(Company).where(Company.id.in_(ids)).order_by(Company.pinyin_key, Company.id))
    return db.session.scalars(query.options(joinedload(Company.local))).unique().all()


def leading_lines(found: Sequence[Company]) -> Lines:
    """Leading companies."""
    names = {tier.tier.name for company in found for tier in company.tiers}
    missing = told(
        [
            (sum(not company.segments for company in found), N_("%(count)d 家未归到环节")),
            (sum(company.uscc is None for company in found), N_("%(count)d 家缺统一社会信用代码")),
        ]
    )
    missing += [_("没有“%(tier)s”", tier=_(tier)) for tier in (N_("链主"), N_("隐形冠军")) if tier not in names]
    return [company_row(company, [company.local.town if company.local else ""]) for company in found], missing


def company_row(company: Company, more: list[str]) -> Row:
    """A company's line: name, tiers, segments, and what else its one of the six shows."""
    tiers = "、".join(_(tier.tier.name) for tier in company.tiers)
    segments = "、".join(link.segment.name for link in company.segments)
    return Row([company.name, tiers, segments, *more], "companies.show", {"company_id": company.id})


def target_lines(found: Sequence[Company]) -> Lines:
    """Targets."""
    missing = told(
        [
            (sum(company.in_pool for company in found), N_("%(count)d 家无人跟进")),
            (sum(company.uscc is None for company in found), N_("%(count)d 家缺统一社会信用代码")),
            (sum(not company.segments for company in found), N_("%(count)d 家未归到环节")),
        ]
    )
    rows = [company_row(company, [place_of(company), holder_of(company)]) for company in found]
    return rows, missing


def place_of(company: Company) -> str:
    """Where a company is."""
    return full_name(company.division_code) if company.division_code else ""


def holder_of(company: Company) -> str:
    """Which office holds a company."""
    return company.office.name if company.office else str(_("名录池"))


def projects_of(ids: Collection[int], user: User) -> Sequence[Project]:
    """Projects, as far as the viewer may know of them, the largest first."""
    query = visible_to(user).where(Project.id.in_(ids)).options(joinedload(Project.company), joinedload(Project.stage))
    return db.session.scalars(query.order_by(Project.investment_wan.desc().nulls_last(), Project.id)).all()


def project_lines(found: Sequence[Project]) -> Lines:
    """Projects."""
    day = today()
    missing = told(
        [
            (sum(not project.investment_wan for project in found), N_("%(count)d 个没有投资总额")),
            (sum(project.owner_id is None for project in found), N_("%(count)d 个没有负责人")),
            (sum(project.is_stale(day) for project in found), N_("%(count)d 个超过期限没有接触")),
        ]
    )
    rows = [
        Row(
            [
                project.name,
                project.company.name,
                _(project.stage.name),
                _(project.status.label),
                money(project.investment_wan),
            ],
            "pipeline.show",
            {"project_id": project.id},
        )
        for project in found
    ]
    return rows, missing


def institutions_of(ids: Collection[int], _user: User) -> Sequence[Institution]:
    """Institutions with their figures and platforms."""
    query = select(Institution).where(Institution.id.in_(ids)).order_by(Institution.kind, Institution.id)
    options = (selectinload(Institution.figures), selectinload(Institution.platforms))
    return db.session.scalars(query.options(*options)).all()


def institution_lines(found: Sequence[Institution]) -> Lines:
    """Institutions with their latest figures and open platforms."""
    old = today() - timedelta(days=OLD)
    missing = told(
        [
            (sum(not row.figures for row in found), N_("%(count)d 家尚无数据")),
            (sum(is_old(row, old) for row in found), N_("%(count)d 家的数据超过一年没有更新")),
            (sum(not row.platforms for row in found), N_("%(count)d 家未登记开放平台")),
        ]
    )
    rows = [
        Row(
            [
                row.name,
                _(row.kind.label),
                "；".join(map(figure_text, row.figures)),
                "、".join(p.name for p in row.platforms if p.is_open),
            ],
            "institutions.show",
            {"row_id": row.id},
        )
        for row in found
    ]
    return rows, missing


def is_old(row: Institution, day: Any) -> bool:
    """Whether all figures of an institution are older than a day."""
    return bool(row.figures) and all(figure.as_of < day for figure in row.figures)


def figure_text(figure: Figure) -> str:
    """科研实验室 超 13 个（2023-06-25）."""
    before, after = ("", figure.qualifier) if figure.qualifier == "余" else (figure.qualifier, "")
    return f"{figure.label} {before}{plain(figure.value)}{after}{figure.unit}（{figure.as_of.isoformat()}）"


def policies_of(ids: Collection[int], _user: User) -> Sequence[Policy]:
    """Policies with their reviews."""
    query = select(Policy).where(Policy.id.in_(ids)).order_by(Policy.kind, Policy.id)
    return db.session.scalars(query.options(selectinload(Policy.reviews))).all()


def policy_lines(found: Sequence[Policy]) -> Lines:
    """Policies; whether each may be matched today."""
    day = today()
    unverified = sum(policy.validity is Validity.UNVERIFIED for policy in found)
    blocked = sum(policy.is_in_force(day) and not policy.is_offered(day) for policy in found)
    missing = told(
        [
            (unverified, N_("%(count)d 项现行有效性待核")),
            (blocked, N_("%(count)d 项在有效期内，但缺审查记录")),
            (sum(not policy.amount_text for policy in found), N_("%(count)d 项没有写明标准")),
        ]
    )
    rows = [
        Row(
            [policy.name, _(policy.kind.label), _(policy.validity.label), policy.doc_number, policy.amount_text],
            "policies.show",
            {"row_id": policy.id},
        )
        for policy in found
    ]
    return rows, missing


KINDS = (
    Kind(
        N_("龙头骨干和隐形冠军企业清单"),
        "crown",
        six.leading,
        (N_("企业"), N_("梯队"), N_("环节"), N_("镇街")),
        companies_of,
        leading_lines,
    ),
    Kind(
        N_("招商引资清单"),
        "target-arrow",
        six.targets,
        (N_("企业"), N_("梯队"), N_("环节"), N_("所在地"), N_("部门")),
        companies_of,
        target_lines,
    ),
    Kind(
        N_("重点投资项目清单"),
        "briefcase",
        six.projects,
        (N_("项目"), N_("企业"), N_("阶段"), N_("状态"), N_("投资总额")),
        projects_of,
        project_lines,
    ),
    Kind(
        N_("创新体系"),
        "school",
        six.institutions,
        (N_("机构"), N_("类型"), N_("数据"), N_("开放平台")),
        institutions_of,
        institution_lines,
    ),
    Kind(
        N_("政策工具包"),
        "file-text",
        six.policies,
        (N_("政策"), N_("类别"), N_("现行有效性"), N_("文号"), N_("标准")),
        policies_of,
        policy_lines,
    ),
    Kind(
        N_("战略咨询支撑机构"),
        "bulb",
        six.consulting,
        (N_("机构"), N_("类型"), N_("数据"), N_("开放平台")),
        institutions_of,
        institution_lines,
    ),
)
