"""Who could fill a segment: what a text says, the score and its reasons, what a viewer may know, one press."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.accounts.models import Role
from crm.chain.models import Segment, SegmentTerm
from crm.companies.models import ChosenBy, CompanySegment, CompanyTier, LocalCompany, TargetListEntry, Tier
from crm.gaps.ranking import queries, services, similar
from crm.gaps.ranking.fit import IN_NAME, USE, fit, pairs, plain, query_of, words_of
from crm.gaps.ranking.models import Part, RankingWeight
from crm.gaps.ranking.score import Candidate, Scale, Target, Weights, rank
from crm.history.models import HistoryRow
from crm.pipeline.models import Effect, Project
from tests import factories
from tests.statements import counted

POINTS = {Part.FIT: 45, Part.CAPABILITY: 20, Part.PLACE: 10, Part.WARMTH: 10, Part.EXPANSION: 15}
TODAY = date(2026, 11, 24)
SCALE = Scale(["非线性晶体", "激光晶体"], Weights(POINTS, {7: 100, None: 30}), Decimal(3), TODAY)

# What a text says


@pytest.mark.parametrize(
    ("products", "made", "used"),
    [
        ("非线性晶体；激光晶体", ["非线性晶体", "激光晶体"], []),
        ("为激光晶体厂商提供抛光设备", [], ["激光晶体"]),
        ("坩埚，主要应用于激光晶体生长", [], ["激光晶体"]),
        ("激光晶体行业的检测服务", [], ["激光晶体"]),
        ("ＮｏｎＬｉｎｅａｒ 激光 晶体", ["激光晶体"], []),
        ("激光切割", [], []),
        ("光学、晶体", [], []),
    ],
)
def test_a_mention_is_judged_by_its_clause(products, made, used):
    found = fit(SCALE.terms, "示例公司", products)
    assert (sorted(found.made), found.used) == (sorted(made), used)


def test_a_term_of_several_words_stands_in_one_clause_in_order():
    assert fit(["激光 设备"], "示例", "激光打标及焊接设备").made == ["激光 设备"]
    assert fit(["激光 设备"], "示例", "设备，激光").share == 0
    assert query_of(["激光 设备", "激光设备"]) == "('激光' & '设备') | ('激光' & '光设' & '设备')"


def test_a_name_speaks_and_a_use_hardly_does():
    assert fit(["激光晶体"], "示例激光晶体有限公司", "").mentions[0].strength == IN_NAME
    assert fit(["激光晶体"], "示例", "用于激光晶体").mentions[0].strength == USE


TEXTS = st.text(alphabet="激光晶体用于行业，。；ab ", max_size=40)


@given(TEXTS, TEXTS, st.lists(st.sampled_from(["激光", "晶体", "激光晶体", "光"]), max_size=4))
def test_a_fit_is_a_share_and_more_words_never_lower_it(name, products, terms):
    one = fit(terms, name, products).share
    assert 0 <= one <= 1
    assert fit([*terms, "光晶"], name, products).share >= one - 1e-9


@given(st.text(alphabet="激光晶体'\\&|!():* ab", min_size=2, max_size=12))
def test_a_query_asks_for_what_the_text_holds(term):
    asked = query_of([term])
    assert (asked is None) == all(len(word) < 2 for word in words_of(term))
    assert all(set(pairs(word)) <= set(pairs(plain(f"前{term}后"))) for word in words_of(term))


# The score


def candidate(**values) -> Candidate:
    known = {"id": 1, "name": "示例公司", "pinyin_key": "shi li", "city": "武汉市", "cluster_id": 7, "cluster": "华中"}
    return Candidate(**{**known, "products": "激光晶体", **values})


def only(found: list[Target]) -> Target:
    assert len(found) == 1
    return found[0]


def test_each_part_by_hand():
    one = candidate(
        tiers=["链主"],
        tier_weight=Decimal(3),
        is_main=True,
        chosen_by=ChosenBy.PERSON,
        capital_wan=Decimal(5_000),
        employees=500,
        last_contact_on=TODAY - timedelta(days=40),
        expansion_signal="现厂区满产",
    )
    target = only(rank([one], SCALE, Fraction(5, 2)))
    shares = {part.part: round(part.share, 4) for part in target.parts}
    assert shares == {Part.FIT: 1.0, Part.CAPABILITY: 0.9, Part.PLACE: 1.0, Part.WARMTH: 0.7, Part.EXPANSION: 1.0}
    assert target.score == 45 + 18 + 10 + 7 + 15
    assert target.value == 237.5  # 2.5 × 95


def test_what_fits_nothing_is_no_target():
    assert rank([candidate(products="瓷砖")], SCALE, Fraction(1)) == []


def test_a_segment_without_a_gap_ranks_by_score_alone():
    assert only(rank([candidate()], SCALE, None)).value is None


@given(
    st.lists(st.integers(0, 100), min_size=5, max_size=5),
    st.lists(st.builds(candidate, id=st.integers(1, 9), products=TEXTS, employees=st.integers(0, 9_999)), max_size=5),
)
def test_scores_stay_within_the_points_and_stand_in_order(points, candidates):
    scale = Scale(["激光"], Weights(dict(zip(Part, points, strict=True))), Decimal(3), TODAY)
    found = rank(candidates, scale, Fraction(3))
    assert all(-0.05 <= each.score <= sum(points) + 0.05 for each in found)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


# What the database brings


@pytest.fixture
def crystal(session: Session) -> Segment:
    segment = factories.Segment(name="激光晶体", importance=5, wanted=Decimal(3))
    segment.terms = [SegmentTerm(term="激光晶体"), SegmentTerm(term="非线性晶体")]
    session.flush()
    return segment


def named(segment: Segment, user) -> dict[str, Candidate]:
    return {each.name: each for each in queries.candidates(segment, user)}


def test_the_pool_is_found_by_products_names_and_segment(session, crystal):
    officer = factories.User()
    factories.Company(name="甲", products="ＢＢＯ 等 非线性晶体")
    services.companies.create_company({"name": "示例激光晶体有限公司"}, factories.User(), take=False)
    classified = factories.Company(name="丙", products="瓷砖")
    classified.segments = [CompanySegment(segment=crystal, is_main=True)]
    factories.Company(name="丁", products="瓷砖")
    local = factories.Company(name="戊", products="激光晶体")
    local.local = LocalCompany()
    factories.Company(name="己", products="激光晶体", is_demo=True)
    session.flush()
    assert set(named(crystal, officer)) == {"甲", "示例激光晶体有限公司", "丙"}


def test_of_another_offices_company_only_the_card_counts(session, crystal):
    """Neither do its products find it, nor does its place tell of contacts or signals (promise 15)."""
    values = {"products": "激光晶体", "last_contact_on": TODAY, "expansion_signal": "选址"}
    factories.Company(name="藏", owner=factories.User(), **values)
    shown = factories.Company(name="显", owner=factories.User(), **values)
    shown.segments = [CompanySegment(segment=crystal, is_main=True)]
    session.flush()
    found = named(crystal, factories.User())
    assert set(found) == {"显"}
    assert (found["显"].products, found["显"].last_contact_on, found["显"].expansion_signal) == ("", None, "")
    assert set(named(crystal, factories.User(role=Role.ADMIN))) == {"藏", "显"}


def test_no_statement_of_a_ranking_reads_people(session, crystal):
    factories.Contact(company=factories.Company(products="激光晶体"))
    with counted() as sent:
        queries.candidates(crystal, factories.User())
    assert sent
    assert not [statement for statement in sent if "contacts" in statement or "interaction" in statement]


def test_a_page_names_reasons_and_offers_presses(app, session, crystal):
    manager = factories.User(role=Role.MANAGER)
    factories.User(office=manager.office, display_name="小林")
    factories.TargetList(name="晶体清单", owner=manager, office_id=manager.office_id)
    strong = factories.Company(name="示例星火", products="非线性晶体", expansion_signal="<b>满产</b>")
    strong.tiers = [CompanyTier(tier=session.scalars(select(Tier).where(Tier.name == "链主")).one())]
    factories.Company(name="示例微光", products="为激光晶体厂商供货")
    session.flush()
    client = factories.signed_in(app, manager)
    url = f"/chains/{crystal.chain.slug}/segments/{crystal.id}/targets"
    with counted() as sent:
        text = client.get(url).text
    assert len(sent) <= 25
    assert text.index("示例星火") < text.index("示例微光")
    for words in ("主营含“非线性晶体”", "只在用途中提到“激光晶体”", "从未接触", "小林", "晶体清单", "&lt;b&gt;满产"):
        assert words in text
    assert client.get(url + "?scope=unlisted&n=50").status_code == 200
    assert client.get(url + "?scope=all").status_code == 400


def test_one_press_lists_assigns_and_starts(app, session, crystal):
    manager = factories.User(role=Role.MANAGER)
    officer = factories.User(office=manager.office)
    target_list = factories.TargetList(owner=manager, office_id=manager.office_id)
    company = factories.Company(name="示例星火", products="非线性晶体")
    client = factories.signed_in(app, manager)
    base, form = f"/segments/{crystal.id}", {"company_id": company.id}
    assert client.post(f"{base}/target-entries", data={**form, "list_id": target_list.id}).status_code == 302
    assert session.scalars(select(TargetListEntry.company_id)).all() == [company.id]
    assert client.post(f"{base}/target-holders", data={**form, "user_id": officer.id}).status_code == 302
    session.refresh(company)
    assert company.owner_id == officer.id
    assert client.post(f"{base}/target-projects", data=form).status_code == 302
    project = session.scalars(select(Project).where(Project.company_id == company.id)).one()
    assert (project.name, project.main_segment, project.owner_id) == ("示例星火激光晶体项目", crystal, manager.id)
    assert project.segments[0].effect is None  # nothing is classified yet, so nobody can say what it does


def test_a_project_takes_the_gaps_effect(session, crystal):
    company = factories.Company()
    project = services.start_project(company, crystal, Effect.FILL, factories.User())
    assert project.segments[0].effect is Effect.FILL


def test_an_officer_hands_nothing_to_others(app, session, crystal):
    officer = factories.User()
    colleague = factories.User(office=officer.office)
    form = {"company_id": factories.Company().id, "user_id": colleague.id}
    client = factories.signed_in(app, officer)
    assert client.post(f"/segments/{crystal.id}/target-holders", data=form).status_code == 403


# Weights


def weights_form(**values) -> dict[str, str]:
    data = {part.value: str(points) for part, points in POINTS.items()}
    return {**data, "cluster_none": "30", "segment_id": "", "version": str(services.edition()), **values}


def test_weights_show_their_effect_before_they_are_saved(app, session, crystal):
    factories.Company(name="强", products="激光晶体", capital_wan=Decimal(10_000))
    factories.Company(name="扩", products="激光晶体", expansion_signal="选址")
    client = factories.signed_in(app, factories.User(role=Role.MANAGER))
    form = weights_form(segment_id=str(crystal.id), capability="35", expansion="0")
    text = client.post("/ranking-weights", data={**form, "preview": "1"}).text
    assert "升 1" in text
    assert queries.weights().points[Part.EXPANSION] == 15
    assert client.post("/ranking-weights", data=form).status_code == 302
    assert queries.weights().points[Part.EXPANSION] == 0
    changed = session.scalars(select(HistoryRow.table_name).where(HistoryRow.operation == "update")).all()
    assert changed.count("ranking_weights") == 2


def test_weights_come_to_a_hundred_and_are_not_overtaken(app, session, crystal):
    client = factories.signed_in(app, factories.User(role=Role.MANAGER))
    form = weights_form(segment_id=str(crystal.id))
    wrong = client.post("/ranking-weights", data={**form, "fit": "46"})
    assert wrong.status_code == 422
    assert "现在是 101" in wrong.text
    session.scalars(select(RankingWeight)).first().points = 44
    session.flush()
    assert client.post("/ranking-weights", data=form).status_code == 409


# Others like it


def test_similar_companies_share_rare_words(session):
    officer = factories.User()
    one = factories.Company(name="源", products="掺镱光纤的研发、生产和销售；传能光纤")
    factories.Company(name="近", products="掺镱光纤，光纤器件的研发和销售")
    factories.Company(name="远", products="瓷砖的研发、生产和销售")
    factories.Company(name="藏", products="掺镱光纤", owner=factories.User())
    found = similar.similar_to(one, officer)
    assert [each.company.name for each in found] == ["近"]
    assert found[0].shared == ["掺镱光纤"]
    assert similar.similar_to(factories.Company(products=""), officer) == []


def test_products_words_in_sql_are_those_of_python(session):
    for text in ("ＢＢＯ 晶体", "a'b\\c 光", "", "光", "激光晶体；F-Theta 场镜"):
        found = session.scalar(select(func.tsvector_to_array(func.product_words(text))))
        assert set(found) == set(pairs(plain(text)))
