"""The pages of a week: saving a line in place, who is missing, what changed."""

import pytest

from crm.accounts.models import Role
from crm.pipeline.weeks import Week
from crm.rules import today
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def officer():
    return factories.User(display_name="示例林岚")


@pytest.fixture
def manager(officer):
    return factories.User(role=Role.MANAGER, office=officer.office)


@pytest.fixture
def project(officer):
    return factories.Project(owner=officer, name="示例星火基地", company=factories.Company(owner=officer))


def text(response) -> str:
    return response.get_data(as_text=True)


def test_the_page_of_my_week_saves_in_place(officer, project, sign_in):
    client = sign_in(officer)
    page = text(client.get("/weekly"))
    assert "已报 0 / 1" in page
    url = f"/projects/{project.id}/weekly-lines"
    empty = client.post(url, data={"week": Week.of(today()).key, "plan": "x"}, headers={"HX-Request": "true"})
    assert empty.status_code == 422
    assert "没有进展时写明原因" in text(empty)
    saved = client.post(
        url, data={"week": Week.of(today()).key, "progress": "已看地。"}, headers={"HX-Request": "true"}
    )
    assert "已保存" in text(saved)
    assert "<html" not in text(saved)
    assert client.post(url, data={"week": Week.of(today()).key, "progress": "二", "version": "1"}).status_code == 302
    assert "已报 1 / 1" in text(client.get("/weekly"))
    assert "二" in text(client.get(f"/projects/{project.id}"))


def test_the_office_page_names_who_is_missing(manager, officer, project, sign_in):
    client = sign_in(manager)
    page = text(client.get("/weekly?scope=all"))
    assert "催报文字" in page
    assert "示例林岚（1 个）" in page
    assert client.get("/weekly?scope=all&office=999999").status_code == 400
    assert client.get(f"/weekly?scope=all&office={manager.office_id}").status_code == 200
    assert client.get("/weekly/news").status_code == 200
    leader = factories.User(role=Role.LEADER, office=officer.office)
    page = text(sign_in(leader).get("/weekly"))
    assert "示例星火基地" in page
    assert "填写" not in page
