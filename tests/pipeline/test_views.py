"""The pages of projects: what they show, and what they answer."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from crm.accounts.models import Role
from crm.database import db
from crm.pipeline import gates, services
from crm.pipeline.models import Project, ProjectMember, ProjectSegment, Secrecy, Stage, Status
from crm.rules import today
from crm.tokens import index_text
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def officer():
    return factories.User()


@pytest.fixture
def manager(officer):
    return factories.User(role=Role.MANAGER, office=officer.office)


@pytest.fixture
def project(officer) -> Project:
    company = factories.Company(name="示例星火晶体有限公司", owner=officer)
    project = factories.Project(
        name="示例星火基地",
        search=index_text("示例星火基地"),
        owner=officer,
        company=company,
        investment_wan=Decimal(62000),
    )
    project.segments.append(ProjectSegment(segment=factories.Segment(name="激光晶体"), is_main=True))
    db.session.flush()
    db.session.refresh(project)
    return project


def stage(project: Project, name: str) -> Stage:
    return next(stage for stage in project.route.stages if stage.name == name)


def text(response) -> str:
    return response.get_data(as_text=True)


def form_of(project: Project, **changes) -> dict:
    """The fields of the edit form as its page has them."""
    return {
        "name": project.name,
        "secrecy": project.secrecy.value,
        "capital_kind": project.capital_kind.value,
        "owner_id": project.owner_id,
        "investment_wan": project.investment_wan or "",
        "main_segment_id": project.main_segment.id if project.main_segment else "",
        "version": project.version,
        **changes,
    }


def test_the_board_shows_cards_in_their_columns_with_figures(project, officer, sign_in) -> None:
    page = text(sign_in(officer).get("/pipeline"))
    assert "示例星火基地" in page
    assert "6.2 亿元" in page
    assert f'data-stage-id="{project.stage_id}"' in page
    assert f'data-version="{project.version}"' in page
    assert "缺 4 项" in page
    assert "激光晶体" in page


def test_the_board_of_all_routes_has_phases_and_no_dragging(project, officer, sign_in) -> None:
    page = text(sign_in(officer).get("/pipeline?route=all"))
    assert "示例星火基地" in page
    assert "data-stage-id" not in page
    assert "洽谈" in page


def test_filters_open_on_all_routes_and_narrow(project, officer, sign_in) -> None:
    client = sign_in(officer)
    assert "示例星火基地" in text(client.get(f"/pipeline?segment={project.main_segment.id}"))
    assert "示例星火基地" not in text(client.get("/pipeline?q=不存在"))
    assert client.get("/pipeline?route=nowhere").status_code == 400
    assert client.get("/pipeline?stage=abc").status_code == 400


@pytest.mark.parametrize(
    "sort", ["name", "-name", "investment", "-investment", "since", "-since", "contact", "-contact"]
)
def test_the_table_sorts_by_each_key(project, officer, sign_in, sort) -> None:
    other = factories.Project(owner=officer, name="示例乙", pinyin_key="aaa", stage_since=today())
    page = text(sign_in(officer).get(f"/pipeline?view=table&sort={sort}"))
    assert project.name in page
    assert other.name in page


def test_the_table_refuses_an_unknown_order(officer, sign_in) -> None:
    assert sign_in(officer).get("/pipeline?view=table&sort=secrecy").status_code == 400


def test_a_restricted_project_is_a_count_for_everybody_else(project, officer, manager, sign_in) -> None:
    project.secrecy = Secrecy.RESTRICTED
    admin = factories.User(role=Role.ADMIN)
    member = factories.User()
    project.members.append(ProjectMember(user=member, user_id=member.id))
    db.session.flush()
    paths = ["/pipeline", "/pipeline?route=all", "/pipeline?view=table", f"/companies/{project.company_id}"]
    for user in (manager, admin):
        client = sign_in(user)
        for path in paths:
            page = text(client.get(path))
            assert project.name not in page, path
            assert "另有 1 个受限或其他部门的项目" in page, path
        assert project.name not in text(client.get("/search?q=星火基地"))
        assert client.get(f"/projects/{project.id}").status_code == 404
        assert client.get(f"/projects/{project.id}/edit").status_code == 404
    for user in (officer, member):
        client = sign_in(user)
        assert project.name in text(client.get("/pipeline"))
        assert client.get(f"/projects/{project.id}").status_code == 200


def test_a_stranger_gets_404_for_page_form_and_act(project, sign_in) -> None:
    client = sign_in(factories.User())
    assert client.get(f"/projects/{project.id}").status_code == 404
    assert client.get(f"/projects/{project.id}/edit").status_code == 404
    data = {"to_stage_id": stage(project, "研判").id, "version": project.version}
    assert client.post(f"/projects/{project.id}/stage-changes", data=data).status_code == 404
    data = {"to_status": "paused", "reason": "x", "version": project.version}
    assert client.post(f"/projects/{project.id}/status-changes", data=data).status_code == 404


def test_a_colleague_reads_but_neither_edits_nor_moves(project, sign_in) -> None:
    client = sign_in(factories.User(office=project.office))
    page = client.get(f"/projects/{project.id}")
    assert page.status_code == 200
    assert "/edit" not in re.sub(r"/companies/\d+/edit", "", text(page))
    assert client.get(f"/projects/{project.id}/edit").status_code == 403
    data = {"to_stage_id": stage(project, "研判").id, "version": project.version}
    assert client.post(f"/projects/{project.id}/stage-changes", data=data).status_code == 403


def test_the_page_links_each_missing_item_to_its_field(project, officer, sign_in) -> None:
    client = sign_in(officer)
    page = text(client.get(f"/projects/{project.id}"))
    assert "进入“研判”还缺 4 项" in page
    assert f"/interactions/new?company={project.company_id}&amp;project={project.id}" in page
    form = text(client.get(f"/projects/{project.id}/edit"))
    fields = re.findall(rf'href="/projects/{project.id}/edit#([a-z_]+)"', page)
    assert fields == ["summary", "lead_source", "next_step"]
    for field in fields:
        assert f'id="{field}"' in form


def test_every_fact_of_the_gates_has_the_place_where_it_is_mended(project, officer, sign_in) -> None:
    client = sign_in(officer)
    form, page = text(client.get(f"/projects/{project.id}/edit")), text(client.get(f"/projects/{project.id}"))
    elsewhere = {gates.CONTACT, "#reservation"}
    for fact in gates.FACTS.values():
        place = page if fact.field.startswith("#") else form
        assert fact.field in elsewhere or f'id="{fact.field.removeprefix("#")}"' in place, fact.label


def test_the_page_shows_derived_figures(project, officer, sign_in) -> None:
    project.fixed_investment_wan, project.tax_wan, project.land_mu = Decimal(41000), Decimal(5200), Decimal(85)
    db.session.flush()
    page = text(sign_in(officer).get(f"/projects/{project.id}"))
    assert "482.4 万元/亩" in page
    assert "61.2 万元/亩" in page


def test_a_closed_gate_answers_422_with_the_missing_links(project, officer, sign_in) -> None:
    data = {"to_stage_id": stage(project, "研判").id, "version": project.version}
    response = sign_in(officer).post(f"/projects/{project.id}/stage-changes", data=data)
    assert response.status_code == 422
    assert "data-notice-part" in text(response)
    assert f'href="/projects/{project.id}/edit#summary"' in text(response)
    assert 'name="reason"' not in text(response)


def test_a_manager_passes_with_a_reason_that_stays_visible(project, officer, manager, sign_in) -> None:
    client = sign_in(manager)
    data = {"to_stage_id": stage(project, "研判").id, "version": project.version}
    refused = client.post(f"/projects/{project.id}/stage-changes", data=data)
    assert 'name="reason"' in text(refused)
    passed = client.post(f"/projects/{project.id}/stage-changes", data=data | {"reason": "市领导已定"})
    assert passed.status_code == 302
    page = text(sign_in(officer).get(f"/projects/{project.id}"))
    assert "带缺项放行" in page
    assert "市领导已定" in page
    assert "线索来源" in page


def test_a_move_from_an_old_page_answers_409_and_moves_nothing(project, officer, sign_in) -> None:
    complete(project, officer)
    data = {"to_stage_id": stage(project, "研判").id, "version": project.version - 1}
    assert sign_in(officer).post(f"/projects/{project.id}/stage-changes", data=data).status_code == 409
    db.session.refresh(project)
    assert project.stage.name == "线索"


def complete(project: Project, officer) -> None:
    """Let the project know what 研判 asks."""
    project.summary, project.lead_source = "二期", "展会"
    project.next_step, project.next_step_on = "看地", today()
    services.link_interaction(project, factories.Interaction(company=project.company, owner=officer))
    db.session.refresh(project)


def test_a_move_goes_back_to_the_page_that_asked(project, officer, sign_in) -> None:
    complete(project, officer)
    data = {"to_stage_id": stage(project, "研判").id, "version": project.version, "next": "/pipeline?route=greenfield"}
    response = sign_in(officer).post(f"/projects/{project.id}/stage-changes", data=data)
    assert response.location == "/pipeline?route=greenfield"
    db.session.refresh(project)
    assert project.stage.name == "研判"
    data |= {"version": project.version, "next": "//elsewhere.example", "to_stage_id": stage(project, "线索").id}
    back = sign_in(officer).post(f"/projects/{project.id}/stage-changes", data=data | {"reason": "再核实"})
    assert back.location == "/"


def test_a_dragged_card_leads_back_to_its_board(project, officer, sign_in) -> None:
    complete(project, officer)
    data = {"to_stage_id": stage(project, "研判").id, "version": project.version}
    referrer = {"Referer": "http://localhost/pipeline?route=greenfield&mine=1"}
    response = sign_in(officer).post(f"/projects/{project.id}/stage-changes", data=data, headers=referrer)
    assert response.location == "/pipeline?route=greenfield&mine=1"


#: Routes with stages and gates, choices of the filters, figures, cards with their rows, the session.
MOST_STATEMENTS = 24


def test_the_board_asks_the_same_number_of_statements_for_many_cards(officer, sign_in) -> None:
    client = sign_in(officer)

    def statements(path: str) -> int:
        seen: list[str] = []

        def note(_connection, _cursor, statement, *_rest) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        client.get(path)
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    for path in ("/pipeline", "/pipeline?route=all", "/pipeline?view=table"):
        new_card(officer)
        few = statements(path)
        for _ in range(5):
            new_card(officer)
        assert statements(path) <= few <= MOST_STATEMENTS, path


def new_card(officer) -> None:
    """A project with a segment and a member."""
    member = factories.User()
    project = factories.Project(owner=officer)
    project.segments.append(ProjectSegment(segment=factories.Segment(), is_main=True))
    project.members.append(ProjectMember(user=member, user_id=member.id))
    db.session.flush()
    db.session.expire_all()


def test_a_stage_of_another_route_is_refused(project, officer, sign_in) -> None:
    for value in (factories.route("premises").stages[1].id, "x", ""):
        data = {"to_stage_id": value, "version": project.version}
        assert sign_in(officer).post(f"/projects/{project.id}/stage-changes", data=data).status_code == 422


def test_pausing_asks_a_reason_and_shows_it(project, officer, sign_in) -> None:
    client = sign_in(officer)
    url = f"/projects/{project.id}/status-changes"
    empty = client.post(url, data={"to_status": "paused", "reason": "", "version": project.version})
    assert empty.status_code == 422
    done = client.post(url, data={"to_status": "paused", "reason": "董事会推迟", "version": project.version})
    assert done.status_code == 302
    page = text(client.get(f"/projects/{project.id}"))
    assert "暂缓" in page
    assert "董事会推迟" in page
    db.session.refresh(project)
    assert project.status is Status.PAUSED


def test_completing_in_the_middle_is_no_choice(project, officer, sign_in) -> None:
    data = {"to_status": "completed", "reason": "x", "version": project.version}
    assert sign_in(officer).post(f"/projects/{project.id}/status-changes", data=data).status_code == 422


def test_a_change_cannot_be_dated_tomorrow(project, officer, sign_in) -> None:
    data = {"to_status": "paused", "reason": "x", "version": project.version, "on_day": today() + timedelta(days=1)}
    assert sign_in(officer).post(f"/projects/{project.id}/status-changes", data=data).status_code == 422


def test_opening_a_project_from_a_company(officer, sign_in) -> None:
    segment = factories.Segment()
    company = factories.Company(owner=officer)
    client = sign_in(officer)
    assert company.name in text(client.get(f"/projects/new?company={company.id}"))
    data = {
        "company_id": company.id,
        "route_id": factories.route("premises").id,
        "name": "示例厂房",
        "investment_wan": "1.2亿",
        "floor_m2": "1.2万㎡",
        "main_segment_id": segment.id,
        "effect": "fill",
        "secrecy": "internal",
        "capital_kind": "domestic",
        "owner_id": officer.id,
        "next_step_on": "2026-12-01",
    }
    response = client.post("/projects", data=data)
    assert response.status_code == 302
    project = db.session.get_one(Project, int(response.location.rsplit("/", 1)[1]))
    assert (project.company, project.route.slug, project.stage.name) == (company, "premises", "线索")
    assert (project.investment_wan, project.floor_m2, project.next_step_on) == (12000, 12000, date(2026, 12, 1))


def test_opening_without_name_company_or_route_says_so(officer, sign_in) -> None:
    response = sign_in(officer).post("/projects", data={"name": " "})
    assert response.status_code == 422
    for label in ("项目名称", "企业", "路径"):
        assert label in text(response)


def test_a_company_is_found_without_scripts(officer, sign_in) -> None:
    company = factories.Company(
        name="示例大族激光", name_key="示例大族激光", owner=officer, search=index_text("示例大族激光")
    )
    data = {"find": "company_id", "company_id_q": "大族", "name": "示例厂房"}
    page = text(sign_in(officer).post("/projects", data=data))
    assert f'name="company_id" value="{company.id}"' in page
    assert "示例厂房" in page


def test_opening_for_a_company_of_others_is_refused(officer, sign_in) -> None:
    company = factories.Company(owner=factories.User())
    data = {"company_id": company.id, "route_id": factories.route().id, "name": "x", "owner_id": officer.id}
    data |= {"secrecy": "internal", "capital_kind": "domestic"}
    assert sign_in(officer).post("/projects", data=data).status_code == 403


def test_editing_saves_and_ignores_what_is_no_field(project, officer, sign_in) -> None:
    data = form_of(project, name="示例新名", land_mu="50亩", stage_id=99, office_id=99, is_demo="1", status="lost")
    response = sign_in(officer).post(f"/projects/{project.id}/edit", data=data)
    assert response.status_code == 302
    db.session.refresh(project)
    assert (project.name, project.land_mu, project.stage.name, project.status) == (
        "示例新名",
        50,
        "线索",
        Status.ONGOING,
    )


def test_an_amount_that_nobody_knows_is_said_to_be_missing(officer, sign_in) -> None:
    project = factories.Project(owner=officer)
    page = text(sign_in(officer).get(f"/projects/{project.id}"))
    for label in ("投资总额", "固定资产投资", "达产产值", "达产税收"):
        assert re.search(f"<dt[^>]*>{label}</dt>\\s*<dd[^>]*>[^/]*未填", page), label


def test_values_that_contradict_each_other_are_refused(project, officer, sign_in) -> None:
    data = form_of(project, investment_wan="100", fixed_investment_wan="200")
    response = sign_in(officer).post(f"/projects/{project.id}/edit", data=data)
    assert response.status_code == 422
    assert "固定资产投资不能大于投资总额" in text(response)


def test_an_old_form_gets_409_with_both_versions_and_can_insist(project, officer, manager, sign_in) -> None:
    old = form_of(project, name="示例甲方案", investment_wan="5000")
    assert (
        sign_in(manager).post(f"/projects/{project.id}/edit", data=form_of(project, name="示例乙方案")).status_code
        == 302
    )
    client = sign_in(officer)
    conflict = client.post(f"/projects/{project.id}/edit", data=old)
    assert conflict.status_code == 409
    assert "示例甲方案" in text(conflict)
    assert "示例乙方案" in text(conflict)
    db.session.refresh(project)
    assert project.name == "示例乙方案"
    [version] = re.findall(r'name="version"[^>]*value="(\d+)"', text(conflict))
    assert client.post(f"/projects/{project.id}/edit", data=old | {"version": version}).status_code == 302
    db.session.refresh(project)
    assert project.name == "示例甲方案"


@pytest.mark.parametrize("version", ["", "x", "-1", "0", str(2**64)])
def test_a_form_without_its_version_is_an_old_one(project, officer, sign_in, version) -> None:
    response = sign_in(officer).post(f"/projects/{project.id}/edit", data=form_of(project, name="乙", version=version))
    assert response.status_code == 409


def test_markup_in_a_name_is_shown_as_text(project, officer, sign_in) -> None:
    project.name = "<script>alert(1)</script>"
    db.session.flush()
    client = sign_in(officer)
    for path in ("/pipeline", "/pipeline?view=table", f"/projects/{project.id}", f"/projects/{project.id}/edit"):
        assert "<script>alert(1)" not in text(client.get(path))


@pytest.mark.parametrize(
    "path",
    ["/pipeline?segment=%s", "/pipeline?saved=%s", "/instructions/new?project=%s", "/weekly?scope=all&office=%s",
     "/demands/new?company=%s", "/reports?segment=%s"],
)  # fmt: skip
def test_endless_numbers_are_refused_not_computed(path, session, sign_in):
    manager = factories.User(role=Role.MANAGER)
    assert sign_in(manager).get(path % ("9" * 9_000)).status_code in (400, 404)


@pytest.mark.parametrize("path", ["triages/new", "milestones/new", "route-changes/new"])
def test_a_day_is_picked_from_a_calendar(sign_in, project, path: str) -> None:
    page = text(sign_in(project.owner).get(f"/projects/{project.id}/{path}"))
    field = re.search(r'<input[^>]*name="on_day"[^>]*>', page)
    assert field is not None
    assert 'type="date"' in field.group()
