"""Pages that all catalogues share, by the example of parks and policies; and the pages with more to them."""

from collections.abc import Callable
from io import BytesIO

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.models import Role
from crm.companies.models import LocalCompany
from crm.landing.events.entries import EVENT, GUEST
from crm.landing.experts.entries import EXPERT
from crm.landing.experts.models import Draw
from crm.landing.institutions.entries import FIGURE
from crm.landing.locals.entries import NEED
from crm.landing.parks.entries import PARCEL, PARK
from crm.landing.parks.models import Park
from crm.landing.plans.entries import ITEM, PLAN, PROGRESS, PROPOSAL, TASK
from crm.landing.policies.entries import POLICY
from crm.landing.policies.models import PolicyCondition, Subject
from crm.pipeline.models import Secrecy
from tests import factories
from tests.factories import landing
from tests.statements import counted


@pytest.fixture
def manager(session: Session, sign_in: Callable) -> FlaskClient:
    """A browser of a manager."""
    return sign_in(factories.User(role=Role.MANAGER))


def test_a_park_is_added_found_and_changed(session: Session, manager: FlaskClient) -> None:
    chain = factories.Chain(name="激光")
    form = {"name": "示例园", "themes": "激光、超高清", "planned_mu": "15000㎡", "free_mu": "20", "town": "示例镇"}
    assert manager.post("/parks/new", data=form).status_code == 302
    park = session.scalars(select(Park)).one()
    assert (str(park.planned_mu), str(park.free_mu)) == ("22.50", "20.00")
    assert [(theme.name, theme.chain) for theme in park.themes] == [("激光", chain), ("超高清", None)]
    page = manager.get("/parks?q=示例").get_data(as_text=True)
    assert "示例园" in page
    assert "示例园" not in manager.get("/parks?q=别处").get_data(as_text=True)
    changed = {**form, "themes": "激光", "version": str(park.version), "free_mu": "22"}
    assert manager.post(f"/parks/{park.id}/edit", data=changed).status_code == 302
    session.refresh(park)
    assert [theme.name for theme in park.themes] == ["激光"]


def test_a_change_of_words_alone_raises_the_version(session: Session, manager: FlaskClient) -> None:
    park = landing.row(PARK, name="示例园")
    session.refresh(park)
    before = park.version
    manager.post(f"/parks/{park.id}/edit", data={"name": "示例园", "themes": "激光", "version": str(before)})
    session.refresh(park)
    assert park.version == before + 1


def test_nobodys_change_is_overwritten_unseen(session: Session, manager: FlaskClient) -> None:
    park = landing.row(PARK, name="示例园")
    session.refresh(park)
    old = str(park.version)
    manager.post(f"/parks/{park.id}/edit", data={"name": "示例园", "town": "东镇", "version": old})
    answer = manager.post(f"/parks/{park.id}/edit", data={"name": "示例园", "town": "西镇", "version": old})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "东镇" in page
    assert "西镇" in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": ""}, "请填写“园区名称”"),
        ({"name": "示例园"}, "已有同样的记录"),
        ({"name": "甲园", "planned_mu": "10", "free_mu": "11"}, "可供用地不能超过规划面积"),
        ({"name": "甲园", "free_mu": "很多"}, "请填面积"),
        ({"name": "甲园", "counted_on": "2026-02-30"}, "没有这一天"),
    ],
)
def test_what_is_wrong_is_said(session: Session, manager: FlaskClient, form: dict[str, str], said: str) -> None:
    landing.row(PARK, name="示例园")
    session.commit()  # the view takes back what it was refused, not what stood there
    answer = manager.post("/parks/new", data=form)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert len(session.scalars(select(Park)).all()) == 1


def test_parts_belong_to_their_whole(session: Session, manager: FlaskClient) -> None:
    park = landing.row(PARK)
    form = {"name": "A-01", "area_mu": "60", "status": "free"}
    assert manager.post(f"/parks/{park.id}/parcels/new", data=form).status_code == 302
    session.expire_all()
    [parcel] = park.parcels
    page = manager.get(f"/parks/{park.id}").get_data(as_text=True)
    assert "A-01" in page
    assert manager.post(f"/parcels/{parcel.id}/deletion", data={"version": str(parcel.version)}).status_code == 302
    session.expire_all()
    assert park.parcels == []


def test_a_whole_with_parts_is_not_deleted(session: Session, manager: FlaskClient) -> None:
    parcel = landing.row(PARCEL)
    session.refresh(parcel.park)
    answer = manager.post(f"/parks/{parcel.park_id}/deletion", data={"version": str(parcel.park.version)})
    assert answer.status_code == 422
    assert "还有别的记录在用它" in answer.get_data(as_text=True)


def test_a_red_line_is_refused_on_the_form(session: Session, manager: FlaskClient) -> None:
    policy = landing.row(POLICY)
    form = {"fact": "jobs", "operator": "at_least", "value": "10", "words": "上年度纳税 500 万元"}
    answer = manager.post(f"/policies/{policy.id}/policy-conditions/new", data=form)
    assert answer.status_code == 422
    assert "红线" in answer.get_data(as_text=True)
    assert session.scalars(select(PolicyCondition)).all() == []


def test_an_unverified_policy_says_so(session: Session, manager: FlaskClient) -> None:
    policy = landing.row(POLICY, name="示例奖补")
    assert "现行有效性待核" in manager.get("/policies").get_data(as_text=True)
    page = manager.get(f"/policies/{policy.id}").get_data(as_text=True)
    assert "现在不能匹配给项目" in page
    assert "公平竞争审查通过的记录" in page


def test_what_people_get_stands_apart(session: Session, manager: FlaskClient) -> None:
    landing.row(POLICY, name="给人的", subject=Subject.PERSON)
    landing.row(POLICY, name="给企业的奖")
    page = manager.get("/policies?subject=company").get_data(as_text=True)
    assert "给企业的奖" in page
    assert "给人的" not in page
    assert manager.get("/policies?subject=nobody").status_code == 400


def test_an_officer_reads_and_does_not_edit(session: Session, sign_in: Callable) -> None:
    officer = sign_in(factories.User())
    park = landing.row(PARK)
    page = officer.get(f"/parks/{park.id}").get_data(as_text=True)
    assert f"/parks/{park.id}/edit" not in page
    assert officer.post("/parks/new", data={"name": "x"}).status_code == 403


def test_a_draw_by_its_pages(session: Session, manager: FlaskClient) -> None:
    for _ in range(3):
        landing.row(EXPERT)
    assert manager.post("/draws/new", data={"purpose": "示例评审", "field": "", "wanted": "2"}).status_code == 302
    found = session.scalars(select(Draw)).one()
    page = manager.get(f"/draws/{found.id}").get_data(as_text=True)
    assert found.seed in page
    assert "复算一致" in page
    seat = found.seats[0]
    session.refresh(seat)
    refusal = {"state": "refused", "reason": "出差", "version": str(seat.version)}
    assert manager.post(f"/seats/{seat.id}/edit", data=refusal).status_code == 302
    session.expire_all()
    assert [each.state.value for each in found.seats] == ["refused", "invited", "invited"]
    sheet = manager.get(f"/draws/{found.id}/sheet").get_data(as_text=True)
    assert seat.expert.name not in sheet
    too_many = manager.post("/draws/new", data={"purpose": "示例评审", "field": "", "wanted": "9"})
    assert too_many.status_code == 422


def test_needs_of_a_local_company_are_written_by_who_holds_it(session: Session, sign_in: Callable) -> None:
    owner = factories.User()
    company = factories.Company(owner=owner, local=LocalCompany())
    form = {"kind": "land", "body": "缺 60 亩地", "raised_on": "2026-03-05"}
    assert sign_in(owner).post(f"/companies/{company.id}/needs/new", data=form).status_code == 302
    page = sign_in(owner).get(f"/companies/{company.id}").get_data(as_text=True)
    assert "缺 60 亩地" in page
    assert "缺 60 亩地" in sign_in(owner).get("/locals").get_data(as_text=True)
    stranger = sign_in(factories.User())
    assert stranger.post(f"/companies/{company.id}/needs/new", data=form).status_code == 403
    assert "缺 60 亩地" not in stranger.get("/locals").get_data(as_text=True)


def test_a_need_is_settled_with_an_answer(session: Session, sign_in: Callable) -> None:
    owner = factories.User()
    need = landing.row(NEED, company=factories.Company(owner=owner), body="缺工")
    session.refresh(need)
    form = {"kind": "other", "body": "缺工", "raised_on": "2026-03-05", "settled_on": "2026-03-06"}
    answer = sign_in(owner).post(f"/needs/{need.id}/edit", data={**form, "version": str(need.version)})
    assert answer.status_code == 422
    assert "办结时要写明办理情况" in answer.get_data(as_text=True)


def test_an_answer_takes_its_figures_from_the_plan(session: Session, manager: FlaskClient) -> None:
    plan = landing.row(PLAN, name="示例方案")
    for ordinal, percent in enumerate((100, 40), start=1):
        task = landing.row(TASK, plan=plan, ordinal=ordinal, title=f"任务{ordinal}")
        landing.row(PROGRESS, task=task, percent=percent, body=f"进展{percent}", evidence="示例纪要")
    proposal = landing.row(PROPOSAL, number="7")
    landing.row(ITEM, proposal=proposal, title="建平台", plan=plan, ordinal=1)
    session.expire_all()
    page = manager.get(f"/proposals/{proposal.id}").get_data(as_text=True)
    assert "任务 2 项，完成 1 项，逾期 0 项" in page
    text = text_of(manager.get(f"/proposals/{proposal.id}/answer.docx").data)
    assert "共 2 项任务，已完成 1 项，逾期 0 项，平均完成度为百分之 70。" in text
    assert "进展40" in text


def test_a_finished_task_has_its_evidence(session: Session, manager: FlaskClient) -> None:
    task = landing.row(TASK)
    form = {"on_day": "2026-03-05", "percent": "100", "body": "完成"}
    answer = manager.post(f"/plan-tasks/{task.id}/plan-progress/new", data=form)
    assert answer.status_code == 422
    assert "完成度为 100 时要写明佐证" in answer.get_data(as_text=True)


def test_an_event_shows_what_came_of_it(session: Session, manager: FlaskClient, sign_in: Callable) -> None:
    owner = factories.User()
    company = factories.Company(owner=owner, name="示例晶体有限公司")
    event = landing.row(EVENT, name="示例推介会")
    landing.row(GUEST, event=event, company=company, unit="", is_lead=True)
    project = factories.Project(owner=owner, company=company, name="示例晶体基地")
    mine = sign_in(owner)
    assert mine.post(f"/projects/{project.id}/events", data={"event_ids": [event.id]}).status_code == 302
    assert "示例晶体基地" in mine.get(f"/events/{event.id}").get_data(as_text=True)
    assert "示例晶体基地" not in manager.get(f"/events/{event.id}").get_data(as_text=True)
    assert mine.post(f"/projects/{project.id}/events", data={}).status_code == 302
    assert "示例晶体基地" not in mine.get(f"/events/{event.id}").get_data(as_text=True)


def text_of(content: bytes) -> str:
    """All that a document says."""
    document = Document(BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_what_is_sent_without_a_token_is_refused(app: Flask, session: Session, manager: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert manager.post("/parks/new", data={"name": "示例园"}).status_code == 400
        assert manager.get("/parks/new").status_code == 200
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert session.scalars(select(Park)).all() == []


def test_a_draw_for_a_project_is_known_to_whom_the_project_is(session: Session, sign_in: Callable) -> None:
    for _ in range(2):
        landing.row(EXPERT)
    manager = factories.User(role=Role.MANAGER)
    project = factories.Project(name="绝密晶体基地", owner=manager, secrecy=Secrecy.RESTRICTED)
    mine = sign_in(manager)
    assert mine.post(f"/projects/{project.id}/draws", data={"field": "", "wanted": "2"}).status_code == 302
    found = session.scalars(select(Draw)).one()
    assert "绝密晶体基地" in mine.get("/draws").get_data(as_text=True)
    stranger = sign_in(factories.User(role=Role.ADMIN))
    assert "绝密晶体基地" not in stranger.get("/draws").get_data(as_text=True)
    for path in (f"/draws/{found.id}", f"/draws/{found.id}/sheet", f"/seats/{found.seats[0].id}/edit"):
        assert mine.get(path).status_code == 200
        assert stranger.get(path).status_code == 404


def test_a_workbook_does_not_ask_once_per_row(session: Session, manager: FlaskClient) -> None:
    landing.row(FIGURE)
    session.expunge_all()
    with counted() as few:
        assert manager.get("/institutions.xlsx").status_code == 200
    for _ in range(5):
        landing.row(FIGURE)
    session.expunge_all()
    with counted() as many:
        assert manager.get("/institutions.xlsx").status_code == 200
    assert len(many) <= len(few)
