"""Pages of users, offices and one's own account."""

import re

import pytest
from sqlalchemy import func, select

from crm.accounts.models import Office, Role, SignInSession, User
from crm.accounts.services import verify
from tests import factories

NEW = "Xin-mima-2026"


@pytest.fixture
def admin(session):
    return factories.User(role=Role.ADMIN, display_name="管理员甲")


@pytest.fixture
def officer(session):
    return factories.User(display_name="李明")


def values(user, **changed):
    """The form of a stored user, with changes."""
    return {
        "display_name": user.display_name,
        "role": user.role.value,
        "office_id": user.office_id,
        "version": user.version,
    } | changed


def secret_on(page: str) -> str:
    found = re.search(r'<code class="fs-2">([\w-]+)</code>', page)
    assert found
    return found[1]


def test_new_user_signs_in_with_the_password_shown_once_and_must_replace_it(session, admin, sign_in, client):
    form = {"name": "Wang.Li", "display_name": "王丽", "role": "officer", "office_id": admin.office_id}
    page = sign_in(admin).post("/users/new", data=form).get_data(as_text=True)
    secret = secret_on(page)
    client.post("/sign-in", data={"name": "wang.li", "password": secret})
    assert client.get("/companies").location == "/password"
    answer = client.post("/password", data={"current": secret, "new": NEW, "again": NEW})
    assert answer.status_code == 302
    assert client.get("/companies").status_code == 200
    assert secret not in sign_in(admin).get("/users").get_data(as_text=True)


def test_names_of_users_are_unique(session, admin, officer, sign_in):
    form = {"name": officer.name, "display_name": "另一个", "role": "officer", "office_id": admin.office_id}
    answer = sign_in(admin).post("/users/new", data=form)
    assert answer.status_code == 422
    assert "已经有人用了" in answer.get_data(as_text=True)


@pytest.mark.parametrize("name", ["a", "-dash", "有 空格", "x" * 65, "a/b", "<b>"])
def test_names_that_cannot_be_typed_are_refused(session, admin, sign_in, name):
    form = {"name": name, "display_name": "某人", "role": "officer", "office_id": admin.office_id}
    assert sign_in(admin).post("/users/new", data=form).status_code == 422


def test_list_is_narrowed_by_name_role_office_and_state(session, admin, officer, sign_in):
    elsewhere = factories.User(display_name="外人", role=Role.MANAGER)
    browser = sign_in(admin)
    for query in ({"q": "李明"}, {"role": "officer"}, {"office": officer.office_id}):
        page = browser.get("/users", query_string=query).get_data(as_text=True)
        assert officer.display_name in page
        assert elsewhere.display_name not in page
    page = browser.get("/users", query_string={"state": "disabled"}).get_data(as_text=True)
    assert officer.name not in page


def test_search_takes_wildcards_literally(session, admin, officer, sign_in):
    page = sign_in(admin).get("/users", query_string={"q": "%"}).get_data(as_text=True)
    assert officer.name not in page


def test_unknown_filter_is_a_bad_request(session, admin, sign_in):
    assert sign_in(admin).get("/users", query_string={"role": "emperor"}).status_code == 400


def test_manager_sees_own_office_alone(session, officer, sign_in):
    manager = factories.User(role=Role.MANAGER, office=officer.office)
    stranger = factories.User(display_name="外人")
    page = sign_in(manager).get("/users").get_data(as_text=True)
    assert officer.display_name in page
    assert stranger.display_name not in page


def test_role_change_ends_the_sessions(session, admin, officer, sign_in):
    hers = sign_in(officer)
    assert hers.get("/companies").status_code == 200
    assert sign_in(admin).post(f"/users/{officer.id}/edit", data=values(officer, role="manager")).status_code == 302
    assert hers.get("/companies").status_code == 401
    assert session.get_one(User, officer.id, populate_existing=True).role is Role.MANAGER


def test_renaming_keeps_the_sessions(session, admin, officer, sign_in):
    hers = sign_in(officer)
    sign_in(admin).post(f"/users/{officer.id}/edit", data=values(officer, display_name="李小明"))
    assert hers.get("/companies").status_code == 200


def test_disabling_ends_the_sessions_and_enabling_lets_in_again(session, admin, officer, sign_in, client):
    hers, browser = sign_in(officer), sign_in(admin)
    assert browser.post(f"/users/{officer.id}/disablement").status_code == 302
    assert hers.get("/companies").status_code == 401
    credentials = {"name": officer.name, "password": factories.PASSWORD}
    assert client.post("/sign-in", data=credentials).status_code == 401
    browser.post(f"/users/{officer.id}/enablement")
    assert client.post("/sign-in", data=credentials).status_code == 302


def test_reset_shows_a_password_once_and_ends_the_sessions(session, admin, officer, sign_in):
    hers = sign_in(officer)
    page = sign_in(admin).post(f"/users/{officer.id}/one-time-password").get_data(as_text=True)
    assert hers.get("/companies").status_code == 401
    stored = session.get_one(User, officer.id, populate_existing=True)
    assert verify(stored.password_hash, secret_on(page))
    assert stored.must_change_password


def test_admin_changes_neither_own_role_nor_gives_herself_the_flag(session, admin, sign_in):
    factories.User(role=Role.ADMIN)  # so that she is not the last
    browser = sign_in(admin)
    for changed in ({"role": "officer"}, {"is_auditor": "y"}):
        assert browser.post(f"/users/{admin.id}/edit", data=values(admin, **changed)).status_code == 403
    stored = session.get_one(User, admin.id, populate_existing=True)
    assert (stored.role, stored.is_auditor) == (Role.ADMIN, False)


def test_admin_may_make_another_admin_an_auditor(session, admin, sign_in):
    other = factories.User(role=Role.ADMIN)
    sign_in(admin).post(f"/users/{other.id}/edit", data=values(other, is_auditor="y"))
    assert session.get_one(User, other.id, populate_existing=True).is_auditor


def test_only_an_admin_can_be_an_auditor(session, admin, officer, sign_in):
    sign_in(admin).post(f"/users/{officer.id}/edit", data=values(officer, is_auditor="y"))
    assert not session.get_one(User, officer.id, populate_existing=True).is_auditor


def test_old_version_is_a_conflict_that_shows_both(session, admin, officer, sign_in):
    answer = sign_in(admin).post(f"/users/{officer.id}/edit", data=values(officer, display_name="李二", version=77))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "<td>李明</td>" in page
    assert "<td>李二</td>" in page
    assert f'name="version" type="hidden" value="{officer.version}"' in page


def test_extra_fields_change_nothing(session, admin, officer, sign_in):
    """No mass assignment (promise 15): neither on one's own profile nor by an administrator's form."""
    extra = {"role": "admin", "is_auditor": "y", "office_id": admin.office_id, "password_hash": "x", "name": "root"}
    form = extra | {"display_name": "我", "locale": "en", "version": officer.version}
    assert sign_in(officer).post("/profile", data=form).status_code == 302
    stored = session.get_one(User, officer.id, populate_existing=True)
    assert (stored.role, stored.is_auditor, stored.office_id) == (Role.OFFICER, False, officer.office_id)
    assert (stored.display_name, stored.locale, stored.name) == ("我", "en", officer.name)
    form = values(stored, name="root", password_hash="x", disabled_at="2020-01-01", id="1")
    sign_in(admin).post(f"/users/{officer.id}/edit", data=form)
    stored = session.get_one(User, officer.id, populate_existing=True)
    assert stored.name == officer.name
    assert stored.is_active
    assert verify(stored.password_hash, factories.PASSWORD)


def test_offices_form_a_tree_that_has_no_circle(session, admin, sign_in):
    browser = sign_in(admin)
    browser.post("/offices/new", data={"name": "投资促进局", "parent_id": 0, "is_coordinating": "y"})
    bureau = session.scalars(select(Office).where(Office.name == "投资促进局")).one()
    assert bureau.is_coordinating
    browser.post("/offices/new", data={"name": "一科", "parent_id": bureau.id})
    below = session.scalars(select(Office).where(Office.name == "一科")).one()
    page = browser.get("/offices").get_data(as_text=True)
    assert page.index("投资促进局") < page.index("一科")
    form = {"name": "投资促进局", "parent_id": below.id, "version": bureau.version}
    assert browser.post(f"/offices/{bureau.id}/edit", data=form).status_code == 422
    form = {"name": "一科", "parent_id": 0, "version": bureau.version}
    assert browser.post(f"/offices/{bureau.id}/edit", data=form).status_code == 422
    assert session.get_one(Office, bureau.id, populate_existing=True).name == "投资促进局"


def test_password_change_ends_the_other_sessions(session, officer, sign_in):
    here, there = sign_in(officer), sign_in(officer)
    form = {"current": factories.PASSWORD, "new": NEW, "again": NEW}
    assert here.post("/password", data=form).status_code == 302
    assert here.get("/companies").status_code == 200
    assert there.get("/companies").status_code == 401
    assert session.scalar(select(func.count()).select_from(SignInSession)) == 1


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"current": "wrong", "new": NEW, "again": NEW}, "现在的密码不对"),
        ({"new": "Short-1", "again": "Short-1"}, "至少 10 个字符"),
        ({"new": "onlylowercase", "again": "onlylowercase"}, "至少 3 种"),
        ({"new": NEW, "again": "Another-2026"}, "两次输入的新密码不一样"),
        ({"new": factories.PASSWORD, "again": factories.PASSWORD}, "不能和最近用过的密码相同"),
    ],
)
def test_password_that_breaks_the_policy_is_refused(session, officer, sign_in, form, said):
    answer = sign_in(officer).post("/password", data={"current": factories.PASSWORD, **form})
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert verify(session.get_one(User, officer.id, populate_existing=True).password_hash, factories.PASSWORD)
