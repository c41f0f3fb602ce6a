"""Users, offices, one's own account and the record of acts, at a desk and on a phone: pages without barriers."""

from playwright.sync_api import expect
from sqlalchemy import select

from crm.accounts.models import User
from crm.database import SYSTEM, acting_as, db
from tests.browser.conftest import SIZES, OpenPage, Site, examine, name_of

PAGES = ("users", "users?role=officer", "users/new", "offices", "offices/new", "profile", "password", "history")


def make_auditor(site: Site, name: str) -> None:
    """Give an administrator the flag, which nobody gives herself."""
    with site.app.app_context(), acting_as(SYSTEM):
        db.session.scalars(select(User).where(User.name == name)).one().is_auditor = True
        db.session.commit()


def test_every_page_is_without_barriers(open_page: OpenPage, site: Site) -> None:
    admin = name_of(site, "示例管理员")
    make_auditor(site, admin)
    page = open_page(admin)
    for path in PAGES:
        page.goto(f"/{path}")
        examine(page, colours=tuple(SIZES))  # what a phone alone shows, its bar of tabs, stands on each page
    page.goto("/history?table=projects")
    examine(page)
    page.goto("/history/projects/1")
    expect(page.get_by_role("heading", name="变更记录")).to_be_visible()
    examine(page)


def test_a_new_colleague_gets_a_password_that_is_shown_once(open_page: OpenPage, site: Site) -> None:
    page = open_page(name_of(site, "示例管理员"))
    page.goto("/users")
    page.get_by_role("link", name="新增用户").click()
    page.get_by_label("用户名").fill("A B")
    page.get_by_label("姓名").fill("示例新人")
    page.get_by_role("button", name="新增并生成一次性密码").click()
    expect(page.get_by_role("alert")).to_contain_text("用户名用 2 到 64 个字母")
    examine(page)
    page.get_by_label("用户名").fill("shili.xinren")
    page.get_by_role("button", name="新增并生成一次性密码").click()
    expect(page.locator("main")).to_contain_text("只显示这一次")
    secret = page.locator("code.fs-2").inner_text()
    examine(page)
    page.get_by_role("link", name="我已告知本人").click()
    expect(page.locator("main")).to_contain_text("示例新人")
    expect(page.locator("main")).not_to_contain_text(secret)
    page.get_by_role("link", name="示例新人", exact=True).click()
    page.get_by_role("button", name="停用").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(page.locator("main")).to_contain_text("已停用“示例新人”")
    examine(page)
