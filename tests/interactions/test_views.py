"""Pages of contacts and tasks, with and without a script."""

import io
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select

from crm.companies.models import Company
from crm.database import db
from crm.files.models import Document
from crm.interactions.models import Interaction, Task
from crm.rules import today
from crm.tokens import index_text
from tests import factories
from tests.statements import MOST_STATEMENTS, counted


@pytest.fixture
def officer(session):
    return factories.User(display_name="李专员")


@pytest.fixture
def company(officer):
    name = "示例星河激光有限公司"
    return factories.Company(owner=officer, name=name, search=index_text(name))


@pytest.fixture
def client(sign_in, officer, company):
    return sign_in(officer)


def visit(company: Company | None = None, **values) -> dict:
    """What the form sends."""
    given = {
        "client_uuid": str(uuid.uuid4()),
        "kind": "visit",
        "happened_on": today().isoformat(),
        "summary": "参观车间，谈到二期扩产。",
        "next_step": "寄送供地方案",
        "next_step_on": (today() + timedelta(days=3)).isoformat(),
    }
    return {**given, **({"company_id": company.id} if company else {}), **values}


def logged(session) -> list[Interaction]:
    session.expire_all()
    return list(session.scalars(select(Interaction).order_by(Interaction.id)))


def test_the_page_offers_recent_companies_and_today(client, session, company, officer):
    factories.Interaction(owner=officer, company=company)
    session.commit()
    page = client.get("/interactions/new").text
    assert "示例星河激光" in page
    assert re.search(rf'value="{today().isoformat()}" checked', page)
    assert 'name="client_uuid"' in page


def test_the_address_names_the_company(client, company):
    known = factories.Contact(company=company, name="王经理", title="采购部")
    db.session.commit()
    page = client.get(f"/interactions/new?company={company.id}").text
    assert 'value="示例星河激光有限公司"' in page
    assert "王经理 · 采购部" in page
    assert f'name="contact_ids" type="checkbox" value="{known.id}"' in page


def test_logging_leads_to_what_was_logged(client, session, company):
    answer = client.post("/interactions", data=visit(company), follow_redirects=True)
    assert answer.status_code == 200
    assert "已记下" in answer.text
    assert "寄送供地方案" in answer.text
    [interaction] = logged(session)
    assert answer.request.path == f"/interactions/{interaction.id}"


def test_sending_again_leads_to_the_same(client, session, company):
    sent = visit(company)
    first, second = client.post("/interactions", data=sent), client.post("/interactions", data=sent)
    assert first.location == second.location
    assert len(logged(session)) == 1


def test_a_form_filled_in_anew_after_going_back_is_another_contact(client, session, company):
    sent = visit(company)
    client.post("/interactions", data=sent)
    answer = client.post("/interactions", data={**sent, "summary": "下午又谈了一次。"})
    assert answer.status_code == 409
    assert "这一页已经提交过一次" in answer.text
    assert "下午又谈了一次。" in answer.text
    fresh = re.search(r'name="client_uuid"[^>]*value="([^"]+)"', answer.text)
    assert fresh is not None
    assert fresh[1] != sent["client_uuid"]
    again = {**sent, "summary": "下午又谈了一次。", "client_uuid": fresh[1]}
    assert client.post("/interactions", data=again).status_code == 302
    assert [row.summary for row in logged(session)] == ["参观车间，谈到二期扩产。", "下午又谈了一次。"]


def test_a_new_company_sent_again_is_one_company(client, session):
    sent = visit(company_id="new", company_id_q="示例新光激光有限公司")
    first, second = client.post("/interactions", data=sent), client.post("/interactions", data=sent)
    assert first.status_code == second.status_code == 302
    assert session.scalar(select(func.count()).where(Company.name == "示例新光激光有限公司")) == 1


def test_ten_sendings_at_once_over_http(committed_app):
    with committed_app.app_context(), factories.acting():
        officer = factories.User()
        db.session.commit()
        clients = [factories.signed_in(committed_app, officer) for _ in range(10)]
    sent = visit(company_id="new", company_id_q="示例并发激光有限公司")
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda client: client.post("/interactions", data=sent), clients))
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.location for answer in answers}) == 1
    with committed_app.app_context():
        for model in (Interaction, Company, Task):
            assert db.session.scalar(select(func.count()).select_from(model)) == 1


def test_a_typed_name_alone_is_asked_about(client, session, company):
    answer = client.post("/interactions", data=visit(company_id_q="星河"))
    assert answer.status_code == 422
    assert f'<input type="radio" name="company_id" value="{company.id}"' in answer.text
    assert '<input type="radio" name="company_id" value="new"' in answer.text
    assert "参观车间，谈到二期扩产。" in answer.text
    assert logged(session) == []


def test_without_a_script_the_company_is_looked_up_and_chosen(client, session, company):
    known = factories.Contact(company=company, name="王经理")
    db.session.commit()
    sent = visit(company_id_q="星河")
    found = client.post("/interactions", data={**sent, "find": "company_id"})
    assert found.status_code == 200
    assert f'name="company_id" value="{company.id}"' in found.text
    assert "参观车间，谈到二期扩产。" in found.text
    assert sent["client_uuid"] in found.text
    chosen = client.post("/interactions", data={**sent, "find": str(company.id)})
    assert "王经理" in chosen.text
    answer = client.post("/interactions", data={**sent, "company_id": company.id, "contact_ids": known.id})
    assert answer.status_code == 302
    [interaction] = logged(session)
    assert [link.contact.name for link in interaction.contacts] == ["王经理"]


def test_another_day_is_typed_beside_its_pill(client, session, company):
    day = today() - timedelta(days=9)
    client.post(
        "/interactions",
        data=visit(
            company,
            happened_on="other",
            happened_on_date=day.isoformat(),
            next_step_on="other",
            next_step_on_date=(today() + timedelta(days=30)).isoformat(),
        ),
    )
    [interaction] = logged(session)
    assert interaction.happened_on == day
    assert session.scalar(select(Task.due_on)) == today() + timedelta(days=30)


def test_a_day_to_come_is_refused_and_shown_again(client, session, company):
    tomorrow = (today() + timedelta(days=1)).isoformat()
    answer = client.post("/interactions", data=visit(company, happened_on="other", happened_on_date=tomorrow))
    assert answer.status_code == 422
    assert "这一天还没有到" in answer.text
    assert f'value="{tomorrow}"' in answer.text
    assert logged(session) == []


def test_a_name_that_exists_is_not_created_twice(client, session, company):
    answer = client.post("/interactions", data=visit(company_id="new", company_id_q="示例 星河激光有限公司"))
    assert answer.status_code == 422
    assert "系统里已有" in answer.text
    assert session.scalar(select(func.count()).select_from(Company)) == 1


def test_another_offices_company_is_refused(client, session):
    theirs = factories.Company(owner=factories.User())
    db.session.commit()
    page = client.get(f"/interactions/new?company={theirs.id}")
    assert "您不能替他们记录" in page.text
    assert client.post("/interactions", data=visit(theirs)).status_code == 403
    assert logged(session) == []


def test_extra_fields_change_nothing(client, session, company, officer):
    stranger = factories.User()
    db.session.commit()
    extra = {"office_id": stranger.office_id, "entered_by_id": stranger.id, "version": 77, "search": "x"}
    client.post("/interactions", data=visit(company, **extra))
    [interaction] = logged(session)
    assert (interaction.office_id, interaction.entered_by_id) == (officer.office_id, officer.id)
    assert interaction.version == 1


def test_an_owner_of_another_office_is_refused(client, session, company):
    stranger = factories.User()
    db.session.commit()
    assert client.post("/interactions", data=visit(company, owner_id=stranger.id)).status_code == 422
    assert logged(session) == []


def test_logged_for_a_colleague_shows_both(client, session, company, officer):
    colleague = factories.User(display_name="王同事", office=officer.office)
    db.session.commit()
    answer = client.post("/interactions", data=visit(company, owner_id=colleague.id), follow_redirects=True)
    assert "王同事" in answer.text
    assert "李专员代录" in answer.text


def test_correcting_keeps_company_and_people(client, session, company, officer):
    known = factories.Contact(company=company, name="王经理")
    db.session.commit()
    client.post("/interactions", data=visit(company, contact_ids=known.id))
    [interaction] = logged(session)
    page = client.get(f"/interactions/{interaction.id}/edit")
    assert "checked" in page.text
    assert 'name="next_step"' not in page.text
    changed = visit(
        company, owner_id=officer.id, contact_ids=known.id, summary="只谈了一期。", version=interaction.version
    )
    assert client.post(f"/interactions/{interaction.id}/edit", data=changed).status_code == 302
    [interaction] = logged(session)
    assert interaction.summary == "只谈了一期。"
    assert [link.contact.name for link in interaction.contacts] == ["王经理"]


def test_correcting_what_somebody_has_changed_shows_both(client, session, company, officer):
    client.post("/interactions", data=visit(company))
    [interaction] = logged(session)
    old = interaction.version
    address = f"/interactions/{interaction.id}/edit"
    mine = visit(company, owner_id=officer.id, version=old)
    assert client.post(address, data={**mine, "summary": "先改的"}).status_code == 302
    answer = client.post(address, data={**mine, "summary": "后改的"})
    assert answer.status_code == 409
    assert "先改的" in answer.text
    assert "后改的" in answer.text
    [interaction] = logged(session)
    assert interaction.summary == "先改的"
    version = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)
    assert version is not None
    assert client.post(address, data={**mine, "summary": "后改的", "version": version[1]}).status_code == 302


@pytest.mark.parametrize("query", ["scope=everything", "kind=telepathy", "owner_id=abc", "since=soon", "sort=summary"])
def test_unknown_filters_are_refused(client, query):
    assert client.get(f"/interactions?{query}").status_code == 400


def test_the_list_pages_through(client, session, company, officer):
    for number in range(55):
        factories.Interaction(owner=officer, company=company, happened_on=today(), summary=f"第{number}次")
    db.session.commit()
    first = client.get("/interactions").text
    assert "第54次" in first
    assert "第0次" not in first
    after = re.search(r'rel="next" href="([^"]+)"', first)
    assert after is not None
    assert "第0次" in client.get(after[1].replace("&amp;", "&")).text


def test_a_task_is_done_with_a_way_back(client, session, officer):
    task = factories.Task(owner=officer, title="联系园区")
    db.session.commit()
    done = client.post(f"/tasks/{task.id}/done", data={"next": "/tasks"}, follow_redirects=True)
    assert "已完成“联系园区”" in done.text
    assert f"/tasks/{task.id}/open" in done.text
    client.post(f"/tasks/{task.id}/open", data={"next": "/tasks"})
    session.expire_all()
    assert not task.is_done


def test_a_part_is_answered_to_a_script(client, session, officer):
    task = factories.Task(owner=officer, title="联系园区")
    db.session.commit()
    part = client.post(f"/tasks/{task.id}/done", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<li")
    assert "撤销" in part.text


@pytest.mark.parametrize("company_id", ["9" * 30, "²", "-1", "abc", str(2**63)])
def test_ids_that_none_has_are_no_fault_of_ours(client, company_id):
    for address in (f"/interactions/new?company={company_id}", f"/tasks/new?company={company_id}"):
        assert client.get(address).status_code in (200, 404)
    assert client.post("/interactions", data=visit(company_id=company_id)).status_code in (404, 422)
    assert client.post("/interactions", data=visit(find=company_id)).status_code in (200, 404)


def test_where_one_came_from_is_of_this_site(client, officer):
    task = factories.Task(owner=officer)
    db.session.commit()
    page = client.get(f"/tasks/{task.id}/edit?next=javascript:alert(1)").text
    assert 'href="javascript:' not in page
    answer = client.post(f"/tasks/{task.id}/done", data={"next": "//elsewhere.example"})
    assert answer.location == "/"


def test_a_task_is_set_for_a_colleague_about_a_company(client, session, company, officer):
    colleague = factories.User(office=officer.office)
    db.session.commit()
    page = client.get(f"/tasks/new?company={company.id}").text
    assert "示例星河激光有限公司" in page
    sent = {"title": "寄样品", "owner_id": colleague.id, "company_id": company.id, "due_on": today().isoformat()}
    assert client.post("/tasks/new", data=sent).location == f"/companies/{company.id}"
    task = session.scalars(select(Task)).one()
    assert (task.owner_id, task.company_id, task.created_by_id) == (colleague.id, company.id, officer.id)
    assert "寄样品" in client.get("/tasks?scope=handed").text


def test_a_task_about_a_company_that_one_may_not_read_is_not_found(client, session):
    theirs = factories.Company(owner=factories.User())
    db.session.commit()
    assert client.get(f"/tasks/new?company={theirs.id}").status_code == 404
    assert client.post("/tasks/new", data={"title": "寄样品", "company_id": theirs.id}).status_code == 404


def test_a_task_is_moved_and_handed_on(client, session, officer):
    task = factories.Task(owner=officer, title="联系园区")
    colleague = factories.User(office=officer.office, display_name="王同事")
    db.session.commit()
    changed = {"title": "联系园区管委会", "due_on": today().isoformat(), "version": task.version}
    assert client.post(f"/tasks/{task.id}/edit", data=changed).status_code == 302
    assert client.post(f"/tasks/{task.id}/edit", data={**changed, "title": "别的"}).status_code == 409
    answer = client.post(f"/tasks/{task.id}/owner", data={"owner_id": colleague.id}, follow_redirects=True)
    assert "已交给王同事" in answer.text
    session.expire_all()
    assert (task.title, task.owner_id) == ("联系园区管委会", colleague.id)


def test_the_company_page_tells_contacts_and_tasks(client, session, company):
    client.post("/interactions", data=visit(company, demands="要 50 亩地"))
    page = client.get(f"/companies/{company.id}").text
    assert "参观车间，谈到二期扩产。" in page
    assert "诉求：要 50 亩地" in page
    assert "寄送供地方案" in page


def test_a_contact_with_several_companies_at_a_time(client, session, company, officer):
    second = factories.Company(owner=officer, name="示例北辰光纤有限公司")
    third = factories.Company(owner=officer, name="示例南斗光学有限公司")
    known = factories.Contact(company=second, name="杨女士")
    first, other = (factories.Project(owner=officer, company=each) for each in (company, second))
    session.commit()
    asked = {"company_id": company.id, "more_company_ids": [second.id], "more_company_id": third.id}
    part = client.get("/interactions/new/people", query_string=asked).text
    for name in ("示例北辰光纤有限公司", "示例南斗光学有限公司", "杨女士", first.name, other.name):
        assert name in part
    sent = visit(company, **asked, happened_at="下午3点半", contact_ids=[known.id], projects=[first.id, other.id])
    assert client.post("/interactions", data=sent).status_code == 302
    [interaction] = logged(session)
    assert [link.company.id for link in interaction.companies] == [company.id, second.id, third.id]
    assert f"{interaction.happened_at:%H:%M}" == "15:30"
    assert interaction.company == company
    page = client.get(f"/interactions/{interaction.id}").text
    assert first.name in page
    assert other.name in page
    correction = {**sent, "version": interaction.version, "more_company_id": ""}
    assert client.post(f"/interactions/{interaction.id}/edit", data=correction).status_code == 302
    session.expire_all()
    assert [link.company.id for link in interaction.companies] == [company.id, second.id]


def test_another_office_s_company_cannot_be_a_further_one(client, session, company):
    held = factories.Company(owner=factories.User())
    session.commit()
    answer = client.post("/interactions", data=visit(company, more_company_ids=[held.id]))
    assert answer.status_code == 403
    assert logged(session) == []


def test_a_planned_visit_s_address_fills_in_day_time_and_people(client, session, company, officer):
    colleague = factories.User(display_name="陈小明", office=officer.office)
    session.commit()
    yesterday = today() - timedelta(days=1)
    query = {
        "company": company.id,
        "day": yesterday.isoformat(),
        "at": "14:30",
        "officer": colleague.id,
        "kind": "meeting",
    }
    page = client.get("/interactions/new", query_string=query).text
    assert re.search(rf'value="{yesterday.isoformat()}" checked', page)
    assert 'value="14:30"' in page
    assert re.search(rf'checked[^>]*name="officer_ids"[^>]*value="{colleague.id}"', page)
    assert re.search(r'checked[^>]*value="meeting"', page)
    strange = {"day": "2026.13.45", "at": "abc", "officer": "x", "kind": "none"}
    assert client.get("/interactions/new", query_string=strange).status_code == 200


def test_a_pasted_paragraph_is_filled_in_for_confirmation(client, session, company):
    said = "昨天去了星河激光，见了刘工。下一步：寄送供电方案"
    sent = visit(None, summary="", next_step="", pasted=said, find="paste")
    page = client.post("/interactions", data=sent).text
    yesterday = today() - timedelta(days=1)
    assert "请核对后保存" in page
    assert f'name="company_id" value="{company.id}"' in page
    assert re.search(rf'value="{yesterday.isoformat()}" checked', page)
    assert 'value="刘工"' in page
    assert 'value="寄送供电方案"' in page
    assert sent["client_uuid"] in page
    assert logged(session) == []
    part = client.post("/interactions", data=sent, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "请核对后保存" in part


def test_a_paragraph_that_says_nothing_keeps_what_was_typed(client, company):
    page = client.post("/interactions", data=visit(company, pasted="嗯", find="paste")).text
    assert "没有看出" in page
    assert "参观车间，谈到二期扩产。" in page
    assert f'name="company_id" value="{company.id}"' in page


def photo(where: tuple[int, int] = (4000, 3000)) -> io.BytesIO:
    """A photo as a phone takes it: large, with the place and device noted."""
    picture = Image.new("RGB", where, "green")
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"
    content = io.BytesIO()
    picture.save(content, "JPEG", exif=exif)
    content.seek(0)
    return content


def test_photos_go_with_the_visit_without_place_and_device(client, session, company, sign_in):
    sent = visit(company, files=[(photo(), "车间.jpg"), (io.BytesIO(b"plan"), "方案.txt")])
    answer = client.post("/interactions", data=sent, follow_redirects=True)
    assert "车间.jpg" in answer.text
    assert "方案.txt" in answer.text
    found = session.scalars(select(Document).order_by(Document.id)).all()
    with client.get(f"/documents/{found[0].id}/versions/1") as download:
        kept = Image.open(io.BytesIO(download.data))
    assert max(kept.size) == 2560
    assert not kept.getexif()
    assert sign_in(factories.User()).get(f"/documents/{found[0].id}").status_code == 404


def test_what_is_no_document_leaves_no_half_visit(client, session, company):
    answer = client.post("/interactions", data=visit(company, files=[(io.BytesIO(b"MZ"), "virus.exe")]))
    assert answer.status_code == 422
    assert "不能保存这种文件" in answer.text
    assert "参观车间，谈到二期扩产。" in answer.text
    assert logged(session) == []
    assert session.scalars(select(Document)).all() == []


def test_photos_are_added_later_by_whoever_may_edit(client, session, company, officer, sign_in):
    interaction = factories.Interaction(owner=officer, company=company)
    colleague = factories.User(office=officer.office)
    session.commit()
    url = f"/interactions/{interaction.id}/documents"
    assert client.post(url, data={"file": (photo((20, 20)), "门口.jpg"), "title": "门口"}).status_code == 302
    assert "门口" in client.get(f"/interactions/{interaction.id}").text
    reading = sign_in(colleague)
    assert reading.post(url, data={"file": (photo((20, 20)), "a.jpg")}).status_code == 403
    found = session.scalars(select(Document)).one()
    assert reading.get(f"/documents/{found.id}").status_code == 200
    assert reading.post(f"/documents/{found.id}/removal").status_code == 403


def test_a_form_that_sends_itself_is_told_where_to_go_on(client, session, company):
    sent = visit(company)
    answers = [client.post("/interactions", data=sent, headers={"X-Waits": "1"}) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {204}
    assert len({answer.headers["X-Location"] for answer in answers}) == 1
    assert "Location" not in answers[0].headers
    assert "已记下" in client.get(answers[0].headers["X-Location"]).text
    assert len(logged(session)) == 1


def test_the_pages_of_a_day_s_work_ask_few_times(session, sign_in):
    officer = factories.User()
    company = factories.Company(owner=officer, name="示例星河激光有限公司", search=index_text("示例星河激光有限公司"))
    person = factories.Contact(company=company, name="王示例")
    visits = [factories.Interaction(owner=officer, company=company) for _ in range(3)]
    tasks = [factories.Task(owner=officer, company=company, interaction=visits[0]) for _ in range(3)]
    factories.Project(owner=officer, company=company)
    session.commit()
    visit, task, person_id = visits[0].id, tasks[0].id, person.id
    client = sign_in(officer)
    for path in (
        "/search?q=激光", "/search/suggestions?q=激光", "/tasks", f"/tasks/{task}", "/interactions",
        "/interactions/new", f"/interactions/{visit}", f"/interactions/{visit}/edit", "/trips", "/notices",
        "/companies", "/companies/duplicates", f"/contacts/{person_id}/record",
    ):  # fmt: skip
        session.expunge_all()
        with counted() as sent:
            assert client.get(path).status_code == 200, path
        assert len(sent) <= MOST_STATEMENTS, path
