"""What a city has to offer, at a desk and on a phone: every page without barriers, and a project's way to land."""

from datetime import timedelta

from playwright.sync_api import expect

from crm.rules import today
from tests.browser.conftest import OpenPage, Site, examine, name_of

LISTS = ("landing", "parks", "policies", "funds", "institutions", "experts", "draws", "plans", "proposals", "events")
PAGES = (*LISTS, "locals", "parks/new", "draws/new", "chains/demo-laser/dossier", "chains/laser/dossier")

NAMED = {"parks": "示例翠亨激光产业园", "policies": "示例租金补助", "plans": "示例激光产业链三年行动方案"}


def test_every_page_is_without_barriers(open_page: OpenPage, site: Site) -> None:
    page = open_page(name_of(site, "示例陈科"))
    for path in PAGES:
        page.goto(f"/{path}")
        examine(page)
    for path, title in (
        ("parks", "示例翠亨激光产业园"),
        ("policies", "示例租金补助"),
        ("plans", "示例激光产业链三年行动方案"),
    ):
        page.goto(f"/{path}")
        page.get_by_role("link", name=title, exact=True).click()
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        examine(page)


def test_a_project_gets_land_policies_and_experts(open_page: OpenPage, site: Site) -> None:
    page = open_page(name_of(site, "示例陈科"))
    page.goto("/pipeline?view=table&q=云锦")
    page.get_by_role("link", name="示例云锦器件封装线").click()
    page.get_by_role("link", name="落地服务").click()
    examine(page)
    expect(page.locator("#parks")).to_contain_text("厂房：要 12,000 ㎡，还可预留 68,000 ㎡")
    expect(page.locator("#policies")).to_contain_text("这里只是告知，不是承诺")
    expect(page.locator("#policies")).not_to_contain_text("示例卓越工程师津贴")
    page.locator("#reservations summary").click()
    page.get_by_label("预留厂房", exact=True).fill("999999")
    page.get_by_label("预留到").fill((today() + timedelta(days=90)).isoformat())
    page.get_by_role("button", name="预留", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("可供厂房不够")
    examine(page)
    page.get_by_label("预留厂房", exact=True).fill("12000")
    page.get_by_role("button", name="预留", exact=True).click()
    expect(page.locator("#reservations")).to_contain_text("12,000 ㎡")
    page.get_by_label("专业领域").select_option("激光器")
    page.get_by_label("人数").fill("3")
    page.get_by_role("button", name="随机抽取").click()
    expect(page.locator("main")).to_contain_text("复算一致")
    examine(page)
