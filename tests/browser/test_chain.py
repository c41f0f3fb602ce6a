"""A manager's question on one screen: where the chain is broken, and the working behind each figure."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Site, examine, name_of
from tests.gaps.test_map_files import collection, region


def test_a_gap_opens_its_working_and_a_cell_its_list(open_page: OpenPage, site: Site) -> None:
    page = open_page(name_of(site, "示例陈科"))
    page.goto("/chains/demo-laser")
    examine(page)
    first = page.locator(".gap").first
    expect(first.locator("summary")).to_contain_text("激光晶体")
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(first.get_by_role("heading", name="供给")).to_be_visible()
    expect(first).to_contain_text("5 × (1 − 0%) = 5")
    examine(page)
    page.get_by_role("link", name="矩阵", exact=True).click()
    row = page.locator("#clusters tbody tr").filter(has=page.get_by_role("link", name="激光晶体", exact=True))
    cell = row.get_by_role("link").last
    count = int(cell.inner_text())
    cell.click()
    expect(page.locator("main table tbody tr")).to_have_count(count)
    walk_the_diagram(page)


def walk_the_diagram(page: Page) -> None:
    """Its nodes by keyboard: one step from the page's links, each told with its companies, Enter opens."""
    page.goto("/chains/demo-laser/map")
    examine(page)
    expect(page.locator("#diagram canvas")).to_be_visible()
    page.get_by_role("link", name="六个一", exact=True).focus()
    page.keyboard.press("Tab")
    diagram, told = page.get_by_role("application"), page.locator("[data-chart-told]")
    expect(diagram).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(told).to_contain_text("光学材料 · 基本具备")
    expect(told).to_contain_text("本地：示例五桂光学有限公司")
    page.keyboard.press("Tab")  # the same nodes as links, in the order of the chain
    drawn = "document.querySelector('#diagram canvas').toDataURL()"
    plain = page.evaluate(drawn)
    page.keyboard.press("Tab")
    expect(page.locator("[data-node='1']")).to_be_focused()
    page.wait_for_function(f"plain => {drawn} !== plain", arg=plain)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="激光晶体", exact=True)).to_be_visible()
    page.go_back()
    expect(page.locator("#diagram canvas")).to_be_visible()
    diagram.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="激光晶体", exact=True)).to_be_visible()


def test_the_letters_chain_says_what_to_do_first(open_page: OpenPage, site: Site) -> None:
    page = open_page(name_of(site, "示例管理员"))
    page.goto("/chains")
    examine(page)
    page.get_by_role("link", name="激光", exact=True).click()
    unassessed = page.locator("#unassessed")
    expect(unassessed).to_contain_text("中山新诺科技股份有限公司")
    expect(page.locator("#gaps")).to_have_count(0)
    examine(page)
    unassessed.get_by_role("link", name="设定 激光晶体").click()
    page.get_by_label("重要性").fill("5")
    page.get_by_label("目标数量").fill("2")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="激光晶体", exact=True)).to_be_visible()
    expect(page.locator("main")).to_contain_text("本地企业尚未归类")
    examine(page)
    add_a_map(page)


def add_a_map(page: Page) -> None:
    """A region of an added map opens what its cluster's tile opens."""
    page.goto("/settings/map")
    content = collection(region(100, name="示例方块", adcode="440300"))
    page.get_by_label("地图文件").set_input_files(
        {"name": "示例.geojson", "mimeType": "application/geo+json", "buffer": content}
    )
    page.get_by_label("审图号").fill("GS(2024)0001号")
    page.get_by_role("button", name="启用这份地图").click()
    expect(page.locator("main")).to_contain_text("每个区域都属于一个集群")
    examine(page)
    page.goto("/chains/laser/map")
    expect(page.locator("#tiles canvas")).to_be_visible()
    expect(page.locator("#tiles")).to_contain_text("审图号：GS(2024)0001号")
    page.locator("#tiles .chart").click()  # in its middle, where the square is
    page.wait_for_url("**/companies?chain=*&cluster=*")
