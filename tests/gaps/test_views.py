"""The chain pages: what is missing first, figures alike for all, names only for those who may know."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from crm.accounts.models import Role
from crm.chain.models import Cluster, ClusterDivision, Position
from crm.companies.models import Company, CompanySegment, LocalCompany, TargetList
from crm.gaps.analysis import GapStatus
from crm.gaps.models import GapOverride
from crm.pipeline.models import Effect, ProjectSegment, Secrecy
from crm.rules import today
from tests import factories


@pytest.fixture
def chain(session):
    return factories.Chain(slug="laser", name="激光")


@pytest.fixture
def crystal(chain):
    return factories.Segment(chain=chain, name="激光晶体", position=Position.UP, importance=5, wanted=Decimal(2))


@pytest.fixture
def fibre(chain):
    return factories.Segment(chain=chain, name="特种光纤", position=Position.UP, importance=4, wanted=None)


@pytest.fixture
def officer(session):
    return factories.User()


def local(segment=None, **values) -> Company:
    made = factories.Company(local=LocalCompany(), **values)
    made.segments = [CompanySegment(segment=segment, is_main=True)] if segment else []
    factories.db.session.flush()
    return made


def project(segment, **values):
    made = factories.Project(stage_name="在谈", **values)
    made.segments = [ProjectSegment(segment=segment, is_main=True)]
    factories.db.session.flush()
    return made


def section(page: str, section_id: str) -> str:
    """The text of a card without its markup."""
    found = re.search(
        rf'<section[^>]* id="{section_id}">(.*?)\n?</section>\s*(?=<section class="card|</main>)', page, re.S
    )
    assert found, section_id
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def read(client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_an_assessed_segment_is_ranked_and_another_says_what_it_lacks(officer, crystal, fibre, sign_in):
    local(crystal)
    page = read(sign_in(officer), "/chains/laser")
    gaps, unassessed = section(page, "gaps"), section(page, "unassessed")
    assert "激光晶体" in gaps
    assert "基本具备" in gaps
    assert "1 / 2" in gaps
    assert "特种光纤" not in gaps
    assert "特种光纤" in unassessed
    assert "目标数量未设定" in unassessed


def test_without_a_classified_company_the_page_names_those_to_classify(officer, crystal, fibre, sign_in):
    waiting = local(name="中山待归类激光有限公司")
    page = read(sign_in(officer), "/chains/laser")
    assert 'id="gaps"' not in page
    assert "中山待归类激光有限公司" in section(page, "unassessed")
    assert f"/companies/{waiting.id}" in page
    assert "由管理员设定" in section(page, "unassessed")


def test_an_administrator_is_led_to_what_is_missing(session, crystal, fibre, sign_in):
    admin = factories.User(role=Role.ADMIN)
    page = read(sign_in(admin), "/chains/laser")
    assert f"/segments/{fibre.id}/edit#wanted" in page


def test_what_a_segment_lacks_leads_to_where_it_is_mended(session, officer, fibre, sign_in):
    path = f"/chains/laser/segments/{fibre.id}"
    page = read(sign_in(officer), path)
    assert 'href="/chains/laser#unassessed"' in page
    assert "目标数量未设定（由管理员设定）" in page
    assert f'href="/segments/{fibre.id}/edit#wanted"' in read(sign_in(factories.User(role=Role.ADMIN)), path)


@pytest.mark.parametrize("page", ["", "/matrix", "/map", "/what-if", "/review", "/segments"])
def test_a_chain_without_segments_tells_the_next_step(session, chain, sign_in, page):
    shown = read(sign_in(factories.User(role=Role.ADMIN)), f"/chains/laser{page}")
    assert "这条链还没有环节" in shown
    assert 'href="/chains/laser/segments/new"' in shown
    assert 'href="/imports"' in shown


def test_without_a_chain_an_administrator_is_offered_to_add_one(session, officer, sign_in):
    assert "请管理员新增产业链" in read(sign_in(officer), "/chains")
    page = read(sign_in(factories.User(role=Role.ADMIN)), "/chains")
    assert page.count('href="/chains/new"') == 2


def test_each_cell_opens_its_list(officer, crystal, sign_in):
    delta = Cluster(name="珠三角", divisions=[ClusterDivision(division_code="4403")])
    factories.db.session.add(delta)
    company = factories.Company(city_code="4403", name="深圳示例晶体有限公司")
    elsewhere = factories.Company(city_code="5101", name="成都示例晶体有限公司")
    factories.Company(city_code="4403", name="深圳没有环节有限公司")
    for one in (company, elsewhere):
        one.segments = [CompanySegment(segment=crystal, is_main=True)]
    project(crystal, company=company, owner=officer, name="晶体项目")
    client = sign_in(officer)
    page = read(client, "/chains/laser/matrix")
    by_cluster = f"/companies?segment={crystal.id}&amp;cluster={delta.id}"
    nowhere = f"/companies?segment={crystal.id}&amp;cluster=0"
    by_phase = f"/pipeline?view=table&amp;route=all&amp;status=open&amp;segment={crystal.id}&amp;phase=negotiating"
    for link in (by_cluster, nowhere, by_phase):
        assert f'href="{link}"' in page
    behind = read(client, by_cluster.replace("&amp;", "&"))
    assert "深圳示例晶体有限公司" in behind
    assert "成都示例晶体有限公司" not in behind
    assert "没有环节" not in behind
    assert "成都示例晶体有限公司" in read(client, nowhere.replace("&amp;", "&"))
    assert "晶体项目" in read(client, by_phase.replace("&amp;", "&"))


def test_a_restricted_project_counts_but_is_not_named(officer, crystal, sign_in):
    local(crystal)
    insider = factories.User()
    project(crystal, owner=insider, name="绝密晶体项目", secrecy=Secrecy.RESTRICTED)
    pages = {}
    for user in (officer, insider):
        client = sign_in(user)
        paths = (f"/chains/laser/segments/{crystal.id}", "/chains/laser", "/chains/laser/matrix")
        pages[user.id] = [read(client, path) for path in paths]
    mine, my_chain, my_matrix = pages[officer.id]
    assert "绝密晶体项目" not in mine + my_chain + my_matrix
    assert "另有 1 个项目属其他部门或受限" in mine
    assert "+0.25" in mine
    theirs, their_chain, their_matrix = pages[insider.id]
    assert "绝密晶体项目" in theirs
    assert section(my_chain, "gaps") == section(their_chain, "gaps")
    assert section(my_matrix, "phases") == section(their_matrix, "phases")


def test_the_cell_equals_the_visible_rows_plus_the_others(officer, crystal, sign_in):
    stranger = factories.User()
    project(crystal, owner=officer)
    project(crystal, owner=stranger)
    project(crystal, owner=stranger, secrecy=Secrecy.RESTRICTED)
    client = sign_in(officer)
    assert re.search(r"phase=negotiating\"[^>]*>3<", read(client, "/chains/laser/matrix"))
    board = read(client, f"/pipeline?view=table&route=all&status=open&segment={crystal.id}&phase=negotiating")
    assert board.count("测试项目") >= 1
    assert "另有 2 个受限或其他部门的项目" in board


def test_htmx_gets_the_working_alone(officer, crystal, sign_in):
    local(crystal, name="中山示例晶体有限公司")
    client = sign_in(officer)
    part = client.get(f"/chains/laser/segments/{crystal.id}", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<html" not in part
    assert "中山示例晶体有限公司" in part
    assert "min(1, 1 ÷ 2)" in part
    assert "5 × (1 − 50%)" in part


def test_a_segment_of_another_chain_is_not_found(officer, crystal, sign_in):
    other = factories.Segment()
    read(sign_in(officer), f"/chains/laser/segments/{other.id}", 404)


def test_inferred_positions_are_marked_and_sources_quoted(officer, chain, sign_in):
    factories.Segment(
        chain=chain, name="激光照明", position=Position.DOWN, position_inferred=True, source="信〔2023〕71号"
    )
    factories.Segment(chain=chain, name="未定环节", position=None)
    client = sign_in(officer)
    diagram = section(read(client, "/chains/laser/map"), "diagram")
    assert "激光照明 推定" in diagram
    assert "位置未定" in diagram
    assert "信〔2023〕71号" in section(read(client, "/chains/laser"), "sources")


def test_an_archived_company_leaves_the_matrix(officer, crystal, sign_in):
    company = local(crystal)
    client = sign_in(officer)
    assert f"/companies?segment={crystal.id}&amp;cluster=0" in read(client, "/chains/laser/matrix")
    company.archived_at = datetime.now(UTC)
    factories.db.session.flush()
    assert f"/companies?segment={crystal.id}&amp;cluster=0" not in read(client, "/chains/laser/matrix")


def test_english_counts_one_and_many_apart(session, officer, chain, crystal, sign_in):
    officer.locale = "en"
    local(crystal)
    client = sign_in(officer)
    assert "1 local company<" in read(client, "/chains/laser")
    local(crystal)
    page = read(client, "/chains/laser")
    assert "2 local companies<" in page
    assert " items<" not in page


def test_a_judged_status_stands_wherever_the_segment_is_shown(session, officer, crystal, sign_in):
    local(crystal)
    session.add(GapOverride(segment=crystal, status=GapStatus.MISSING, reason="停产", on_day=today(), by=officer))
    session.flush()
    client = sign_in(officer)
    for path in ("/chains/laser/review", f"/chains/laser/segments/{crystal.id}/targets"):
        assert "人工判断；按计算是“基本具备”" in read(client, path)


def test_lists_of_the_chain_are_offered(officer, chain, crystal, sign_in):
    factories.TargetList(name="深圳优质激光企业名单", chain=chain)
    factories.db.session.flush()
    assert "深圳优质激光企业名单" in section(read(sign_in(officer), "/chains/laser"), "lists")
    assert factories.db.session.query(TargetList).count()


def test_the_index_tells_fictitious_chains_apart(officer, chain, crystal, sign_in):
    factories.Chain(slug="demo", name="示例链", is_demo=True)
    page = read(sign_in(officer), "/chains")
    assert page.index("激光") < page.index("示例链")
    assert ">示例<" in page.replace("</svg>", "")


def test_json_on_the_terminal(app, session, crystal, fibre):
    local(crystal)
    result = app.test_cli_runner().invoke(args=["gaps", "laser", "--json"])
    assert result.exit_code == 0, result.output
    assert '"segment": "激光晶体", "status": "基本具备"' in result.output
    assert '"status": "未评估"' in result.output
    table = app.test_cli_runner().invoke(args=["gaps", "laser"]).output.splitlines()
    assert len({line.count("\t") for line in table if "激光晶体" in line or "待补缺口" in line}) == 1
    assert app.test_cli_runner().invoke(args=["gaps", "nothing"]).exit_code == 1


def test_the_form_of_a_project_proposes_what_the_gap_asks_for(officer, crystal, fibre, sign_in):
    """补链 where nothing is, 强链 where too little is; a person may choose otherwise, and the working says so."""
    fibre.wanted = 3
    local(crystal)
    target = factories.Company(owner=officer)
    target.segments = [CompanySegment(segment=fibre, is_main=True)]
    factories.db.session.flush()
    made = project(fibre, company=target, owner=officer)
    made.segments[0].effect = Effect.EXTEND
    factories.db.session.flush()
    client = sign_in(officer)
    assert "记为延链，按缺口是补链" in read(client, f"/chains/laser/segments/{fibre.id}")
    form = read(client, f"/projects/new?company={target.id}")
    assert re.search(r'<option selected value="fill">', form)
    assert "按环节现在的缺口是“补链”" in form
