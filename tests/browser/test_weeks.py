"""A Friday from weekly lines to what changed; two offices and their manager in a dispute up to the hand-over."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, Site, examine

PROGRESS = "示例进展：供电方案已送企业。"
ANSWER = "示例答复：双回路明年三月投运。"


def test_a_friday(site: Site, open_page: OpenPage) -> None:
    """An officer reports in place and asks an office; its manager answers; the meeting sees what changed."""
    officer = open_page("officer1")
    officer.goto("/weekly")
    examine(officer)
    line = officer.locator(".weekly-line").filter(has_text="示例北辰第二拉丝塔")
    line.get_by_label("本周进展").fill("")
    line.get_by_role("button", name=re.compile("提交|保存修改")).click()
    expect(line.get_by_role("alert")).to_contain_text("没有进展时写明原因")
    line.get_by_label("本周进展").fill(PROGRESS)
    line.locator("summary").click()
    line.get_by_label("需协调事项").fill("请明确供电投运时间。")
    line.get_by_label("请谁答复").select_option(label="示例市投资促进局")
    line.get_by_role("button", name=re.compile("提交|保存修改")).click()
    expect(line.get_by_role("status")).to_contain_text("已保存")
    manager = open_page("manager")
    manager.goto("/weekly?scope=all")
    examine(manager)
    expect(manager.get_by_text(PROGRESS)).to_be_visible()
    expect(manager.get_by_label("催报文字")).to_have_value(re.compile("周进展催报"))
    manager.get_by_role("link", name="请明确供电投运时间。").click()
    examine(manager)
    manager.get_by_role("textbox", name="答复", exact=True).fill(ANSWER)
    manager.get_by_role("button", name="提交答复").click()
    expect(manager.get_by_role("status").filter(has_text="已答复。")).to_be_visible()
    manager.goto("/weekly/news")
    examine(manager)
    expect(manager.get_by_role("main")).to_contain_text(ANSWER)


def test_a_dispute(site: Site, open_page: OpenPage) -> None:
    """二科 disputes what 深圳驻点 holds; the manager above both rules; 二科's manager takes it over."""
    asker = open_page("officer3")
    asker.goto("/claims?scope=live")
    examine(asker)
    asker.get_by_role("link", name="示例宏图激光股份有限公司").click()
    examine(asker)
    url = asker.url
    asker.get_by_role("radio", name="提出争议").check()
    asker.get_by_label("理由").fill("示例：我们去年先接触。")
    asker.get_by_role("button", name="提出申请").click()
    expect(asker.get_by_role("main")).to_contain_text("由 示例梁主任 裁定")
    above = open_page("manager")
    above.goto(url)
    above.get_by_role("radio", name="流转给申请部门").check()
    above.get_by_label("原部门保留业绩的百分比").fill("30")
    above.get_by_label("裁定理由").fill("示例：项目落在二科片区。")
    above.get_by_role("button", name="裁定").click()
    expect(above.get_by_role("main")).to_contain_text("待接收")
    receiver = open_page("manager2")
    receiver.goto(url)
    examine(receiver)
    receiver.get_by_role("button", name="接收项目").click()
    expect(receiver.get_by_role("main")).to_contain_text("已落实")
    expect(receiver.get_by_role("main")).to_contain_text("70 %")
    receiver.get_by_role("link", name="项目", exact=True).last.click()
    expect(receiver.locator("#people")).to_contain_text("招商二科")
    examine(receiver)
