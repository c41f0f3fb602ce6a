"""The pages of companies, contacts, lists and search at a desk and on a phone. Every page is examined."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Site, examine, viewport


def test_an_officer_works_with_companies(site: Site, open_page: OpenPage) -> None:
    page = open_page("officer1")
    narrow_the_list(page)
    find_as_one_types(page)
    page.goto("/search?q=示例星火")
    examine(page)
    page.get_by_role("main").get_by_role("link", name="示例星火晶体科技有限公司").first.click()
    examine(page)
    reveal_a_number(page)
    edit_with_two_versions(page)
    look_before_adding_one_more(page)
    fill_a_list(page)


def narrow_the_list(page: Page) -> None:
    """A filter takes effect at once, its chip takes it back, the address can be sent to a colleague."""
    wanted = page.get_by_label("本地企业", exact=True)
    page.set_viewport_size(viewport("phone"))
    page.goto("/companies")
    expect(wanted).to_be_hidden()
    page.locator(".filters-fold summary").click()
    expect(wanted).to_be_visible()
    page.set_viewport_size(viewport("desktop"))
    examine(page)
    wanted.select_option("1")
    chip = page.get_by_role("link", name="取消筛选：本地企业：只看本地企业")
    expect(chip).to_be_visible()
    assert "local=1" in page.url
    expect(page.get_by_role("link", name="大族激光", exact=True)).to_have_count(0)
    examine(page)
    chip.click()
    expect(page.get_by_role("link", name="大族激光", exact=True)).to_be_visible()


def find_as_one_types(page: Page) -> None:
    """The box at the top shows what it finds; arrows walk through it, Escape closes it."""
    box = page.get_by_role("searchbox", name="全站搜索")
    box.fill("slxh")
    hit = page.locator(".suggestions").get_by_role("link", name="示例星火晶体科技有限公司").first
    expect(hit).to_be_visible()
    examine(page, narrow=False)  # on a phone the box is not there
    box.press("ArrowDown")
    expect(hit).to_be_focused()
    page.keyboard.press("Escape")
    expect(hit).to_be_hidden()
    expect(box).to_be_focused()


def reveal_a_number(page: Page) -> None:
    """A number shows for a reason, in its place."""
    contacts = page.locator("#contacts")
    expect(contacts).to_contain_text("****")
    contacts.get_by_role("link", name="查看号码").click()
    contacts.get_by_label("查看理由").fill("约上门时间")
    examine(page)
    contacts.get_by_role("button", name="查看完整号码").click()
    expect(contacts.locator("a[href^='tel:']")).to_be_visible()
    expect(contacts).not_to_contain_text("****")


def edit_with_two_versions(page: Page) -> None:
    """Two windows on one company: the second to save sees both versions and decides."""
    page.get_by_role("main").get_by_role("link", name="编辑", exact=True).click()
    examine(page)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("主营产品").fill("先保存的产品")
    other.get_by_role("main").get_by_role("button", name="保存").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("示例星火晶体科技有限公司")
    other.close()
    page.get_by_label("主营产品").fill("后保存的产品")
    page.get_by_role("main").get_by_role("button", name="保存").click()
    expect(page.get_by_role("cell", name="先保存的产品")).to_be_visible()
    examine(page)
    page.get_by_role("main").get_by_role("button", name="仍按我填写的保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("示例星火晶体科技有限公司")
    expect(page.get_by_role("main").get_by_text("后保存的产品")).to_be_visible()


def look_before_adding_one_more(page: Page) -> None:
    """A company that may be known is shown before it is added again."""
    page.goto("/companies/new")
    page.get_by_label("企业名称").fill("大族 激光")
    page.get_by_label("统一社会信用代码").fill("123")
    page.get_by_role("main").get_by_role("button", name="新建").click()
    expect(page.get_by_role("alert")).to_contain_text("18 位")
    examine(page)
    page.get_by_label("统一社会信用代码").fill("")
    page.get_by_role("main").get_by_role("button", name="新建", exact=True).click()
    expect(page.get_by_role("button", name="不是同一家，仍要新建")).to_be_visible()
    examine(page)


def fill_a_list(page: Page) -> None:
    """A list is made, a company found by its initials is put on it and taken off again."""
    page.goto("/lists/new")
    page.get_by_label("清单名称").fill("示例走访清单")
    examine(page)
    page.get_by_role("main").get_by_role("button", name="保存").click()
    page.get_by_role("combobox", name="加入企业").press_sequentially("dzjg")
    page.get_by_role("option", name="大族激光").click()
    page.get_by_label("备注").fill("先打电话")
    page.get_by_role("main").get_by_role("button", name="加入清单").click()
    expect(page.get_by_role("main").get_by_role("link", name="大族激光", exact=True)).to_be_visible()
    examine(page)
    page.get_by_role("main").get_by_role("button", name="移出").click()
    expect(page.get_by_role("button", name="撤销")).to_be_visible()


def test_another_office_and_the_manager(site: Site, open_page: OpenPage) -> None:
    stranger = open_page("officer3")
    stranger.goto("/search?q=示例星火")
    stranger.get_by_role("main").get_by_role("link", name="示例星火晶体科技有限公司").first.click()
    expect(stranger.get_by_text("由招商一科跟进")).to_be_visible()
    examine(stranger)
    manager = open_page("manager1")
    manager.goto(stranger.url)
    manager.locator("#contacts").get_by_role("link", name="编辑联系人").first.click()
    examine(manager)
    manager.get_by_role("link", name="按要求删除").click()
    examine(manager)
    manager.get_by_role("button", name="确认删除").click()
    expect(manager.locator("#contacts")).to_contain_text("还没有联系人")
