"""The letter's facts about parks, policies, institutions and plans: in the database as they stand in letter-facts.md,
each with the quotation that it rests on, and nothing more."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.database import db
from crm.landing.dossiers.models import DossierNote, RosterEntry
from crm.landing.institutions.models import Figure, Institution, InstitutionKind, Partner
from crm.landing.parks.models import Park
from crm.landing.plans.models import Plan, Proposal
from crm.landing.policies.models import Fund, Policy, PolicyKind, Subject, Validity
from imports import samples
from tests.conftest import SHARED, application, clone

LETTER = SHARED / "seed-letter-2023-71.txt"


@pytest.fixture(scope="module")
def letter(template_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A database into which the letter's sheets were loaded, once: these tests only look."""
    app = application(clone(template_url, f"letter_{worker_id}"), tmp_path_factory.mktemp("letter"))
    with app.app_context():
        samples.load("letter")
        db.session.commit()
        yield db.session
        db.session.rollback()
        db.engine.dispose()


def test_two_parks_with_planned_area_and_no_free_land(letter: Session) -> None:
    parks = {park.name: park for park in letter.scalars(select(Park))}
    assert {name: (park.planned_mu, park.planned_is_about) for name, park in parks.items()} == {
        "深中合作创新区": (Decimal(150_000), True),
        "南部坦洲高端显示产业园区": (Decimal(5_550), True),
    }
    themes = {name: [theme.name for theme in park.themes] for name, park in parks.items()}
    assert themes["深中合作创新区"] == ["光电", "超高清显示", "激光", "智能终端", "半导体"]
    assert themes["南部坦洲高端显示产业园区"] == ["新一代信息技术", "高端显示"]
    assert [theme.chain.name for park in parks.values() for theme in park.themes if theme.chain] == ["激光"]
    for park in parks.values():
        assert (park.free_mu, park.free_floor_m2, park.min_intensity_wan, park.min_tax_wan) == (None,) * 4
        assert not park.parcels
        assert not park.buildings


def test_seven_kinds_of_support_that_nobody_has_verified(letter: Session) -> None:
    policies = letter.scalars(select(Policy).where(Policy.kind == PolicyKind.INDUSTRY).order_by(Policy.id)).all()
    assert [policy.name for policy in policies] == [
        "固定资产投资奖补", "技术改造奖补", "企业租金补贴", "项目研发补贴", "企业经营突破", "小升规奖补",
        "数字化转型奖补",
    ]  # fmt: skip
    for policy in policies:
        assert policy.validity is Validity.UNVERIFIED
        assert policy.subject is Subject.COMPANY
        assert (policy.doc_number, policy.amount_text, policy.formula, policy.cap_wan) == ("", "", "", None)
        assert (policy.valid_from, policy.valid_until, list(policy.themes)) == (None, None, [])


def test_what_people_get_is_apart_from_what_companies_get(letter: Session) -> None:
    talent = {policy.name: policy for policy in letter.scalars(select(Policy).where(Policy.subject == Subject.PERSON))}
    assert {grade.name: grade.amount_wan for grade in talent["香山特聘人才"].grades} == {
        "A档": 200, "B档": 100, "C档": 50, "D档": 20,
    }  # fmt: skip
    assert talent["青年后备人才"].grades == []
    assert {str(policy.issued_on) for policy in talent.values()} == {"2022-04-23"}
    assert len(talent["香山特聘人才"].departments.split("、")) == 7
    funds = {fund.name: (fund.yearly_wan, fund.yearly_is_minimum) for fund in letter.scalars(select(Fund))}
    assert funds == {"工业发展资金": (Decimal(60_000), True), "市人才发展专项资金": (None, False)}
    assert talent["香山特聘人才"].fund.name == "市人才发展专项资金"


def test_figures_of_institutions_keep_their_words(letter: Session) -> None:
    found = letter.execute(
        select(Institution.name, Figure.label, Figure.qualifier, Figure.value, Figure.unit).join(Figure.institution)
    )
    assert {tuple(row) for row in found} == {
        ("长春理工大学中山学院", "科研实验室", "", 13, "个"),
        ("长春理工大学中山学院", "创新科研团队", "", 10, "个"),
        ("长春理工大学中山研究院", "技术委托、开发、咨询、服务等项目", "超", 60, "项"),
        ("长春理工大学中山研究院", "研究生联合培养实践基地协议", "超", 20, "个"),
        ("长春理工大学中山研究院", "在读研究生", "超", 510, "人"),
        ("广东省研究生联合培养基地（中山）", "运作年数", "超", 7, "年"),
        ("广东省研究生联合培养基地（中山）", "合作院校", "近", 10, "所"),
        ("广东省研究生联合培养基地（中山）", "累计培养硕士研究生", "余", 400, "人"),
        ("广东省研究生联合培养基地（中山）", "在企业联合培养年限", "不少于", 2, "年"),
    }
    kinds = {row.name: row.kind for row in letter.scalars(select(Institution))}
    assert len(kinds) == 7
    assert InstitutionKind.CONSULTING not in kinds.values(), "the letter does not name the consulting body"
    partners = {(row.institution.name, row.company.name) for row in letter.scalars(select(Partner))}
    assert {company for _institution, company in partners} == {"中山联合光电科技股份有限公司"}


def test_plans_tasks_and_recommendations(letter: Session) -> None:
    plans = {plan.name: plan for plan in letter.scalars(select(Plan))}
    assert len(plans) == 3
    tasks = plans["中山与深圳科技创新一体化发展行动方案"].tasks
    assert [task.title for task in tasks] == [
        "重点区域协同联动", "研发平台创新合作", "产业链和创新链精准对接", "科技成果转化应用", "科技服务资源互通",
        "科技金融创新合作", "科学仪器开放共享", "跨区域人才协同发展",
    ]  # fmt: skip
    assert {(task.lead, task.supporting, task.due_on) for task in tasks} == {("", "", None)}
    proposal = letter.scalars(select(Proposal)).one()
    assert (proposal.number, str(proposal.answered_on)) == ("132198", "2023-06-25")
    assert [item.title for item in proposal.items] == [
        "顶层规划与制度设计", "创新体系", "与深圳的产业融合和协同创新", "科技人员参与政府科技管理", "高校互动",
        "人才引培政策", "龙头企业引培",
    ]  # fmt: skip
    assert {item.opinion for item in proposal.items} == {"吸收采纳"}


def test_the_roster_and_the_six(letter: Session) -> None:
    roster = letter.scalars(select(RosterEntry)).all()
    assert len(roster) == 10
    tiers = [tier.tier.name for entry in roster for tier in entry.company.tiers]
    assert sorted(tiers) == ["重点"] * 9 + ["链主"]
    notes = letter.scalars(select(DossierNote).order_by(DossierNote.ordinal)).all()
    assert [note.ordinal for note in notes] == [1, 2, 3, 4, 5, 6]


@pytest.mark.real
def test_each_row_stands_on_words_of_the_letter(letter: Session) -> None:
    """Quotations are joined by …… where words between them are left out; spaces are the scanner's."""
    if not LETTER.exists():
        pytest.skip("../shared is absent")
    words = plain(LETTER.read_text("utf-8"))
    models = (Park, Policy, Fund, Institution, Figure, Partner, Plan, Proposal, DossierNote, RosterEntry)
    rows = [row for model in models for row in letter.scalars(select(model))]
    rows += [row for plan in letter.scalars(select(Plan)) for row in plan.tasks]
    rows += [row for proposal in letter.scalars(select(Proposal)) for row in proposal.items]
    lacking = [(row.source, part) for row in rows for part in parts_of(row.source) if part not in words]
    assert not lacking
    assert [row for row in rows if not row.source.startswith("中工信函〔2023〕71号\n“")] == []


def parts_of(source: str) -> list[str]:
    """The pieces of a source's quotation."""
    quote = source[source.index("“") + 1 : source.rindex("”\n") if "”\n" in source else source.rindex("”")]
    return [plain(part) for part in quote.split("……")]


def plain(text: str) -> str:
    return "".join(text.split())


def test_loading_again_changes_nothing(letter: Session) -> None:
    before = letter.scalars(select(Park.version)).all()
    assert samples.load("letter") == []
    assert letter.scalars(select(Park.version)).all() == before
