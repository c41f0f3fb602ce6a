"""Who could fill a gap, from the ranking to a project with one press; a meeting goes through a chain by keyboard."""

from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.chain.models import Chain, Segment
from crm.database import db
from crm.rules import today
from tests.browser.conftest import OpenPage, Site, examine, name_of


def crystal_of(site: Site) -> int:
    """The id of the demo chain's 激光晶体."""
    with site.app.app_context():
        found = select(Segment.id).join(Segment.chain).where(Chain.slug == "demo-laser", Segment.name == "激光晶体")
        return db.session.scalars(found).one()


def test_a_target_becomes_a_project_with_one_press(open_page: OpenPage, site: Site) -> None:
    page = open_page(name_of(site, "示例陈科"))
    page.goto(f"/chains/demo-laser/segments/{crystal_of(site)}")
    page.get_by_role("link", name="谁能补").click()
    first = page.locator(".target").first
    expect(first).to_contain_text("补“激光晶体”缺口：归在这个环节，主营含“非线性晶体”")
    first.locator("summary").click()
    expect(first.locator("table")).to_contain_text("契合度")
    examine(page)
    pooled = page.locator(".target").filter(has_text="示例碧落晶体有限公司")
    pooled.get_by_role("button", name="立项").click()
    expect(page.get_by_role("heading", name="示例碧落晶体有限公司激光晶体项目")).to_be_visible()
    page.goto("/ranking-weights")
    page.get_by_label("在这个环节上看效果").select_option(label="示例激光链 · 激光晶体")
    page.get_by_role("button", name="看效果").click()
    expect(page.locator("#effect tbody tr")).not_to_have_count(0)
    examine(page)


def press(page: Page, key: str, segment: str) -> None:
    """Press a key that leads to a segment, whose page then hears keys itself."""
    page.keyboard.press(key)
    expect(page.locator(".review-segment h2")).to_have_text(segment)
    page.wait_for_load_state("load")


def test_a_meeting_goes_through_the_chain_by_keyboard(open_page: OpenPage, site: Site) -> None:
    page = open_page(name_of(site, "示例陈科"))
    page.goto("/chains/demo-laser/review")
    examine(page)
    names = page.locator(".review-rail a > span:first-child").all_inner_texts()
    for key, place in (("j", 1), ("ArrowRight", 2), ("k", 1), ("k", 0)):
        press(page, key, names[place])
    expect(page.locator(".page-lead")).to_contain_text("第 1 个环节")
    for name in names[1:]:
        press(page, "j", name)
    press(page, "j", names[-1])
    page.keyboard.press("n")
    expect(page.get_by_label("记录或批示")).to_be_focused()
    page.keyboard.type("j 两周内送样")  # while one types, keys are text
    expect(page.get_by_label("记录或批示")).to_have_value("j 两周内送样")
    page.get_by_label("办理期限").fill((today() + timedelta(days=60)).isoformat())
    page.get_by_role("button", name="交办").click()
    expect(page.locator(".review-segment")).to_contain_text("两周内送样")
    page.goto("/chains/demo-laser/what-if")
    page.locator(".what-if-choices input").first.check()
    page.get_by_role("button", name="看前后对比").click()
    expect(page.locator(".what-if-changed").first).to_be_visible()
    examine(page)
