"""The board and the table as people use them: dragging, keys, fingers; cells edited in place, pasted, undone."""

import re

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from crm.accounts.models import User
from crm.database import acting_as, db
from crm.pipeline.models import Project
from crm.pipeline.services import open_project
from tests import factories
from tests.browser.conftest import OpenPage, Site, at_both_sizes, examine, is_wide


def project_of(site: Site, name: str) -> Project:
    """A sample project as it is stored now."""
    with site.app.app_context():
        return db.session.scalars(select(Project).where(Project.name == name)).one()


def stage_of(site: Site, name: str) -> str:
    with site.app.app_context():
        return db.session.scalars(select(Project).where(Project.name == name)).one().stage.name


def ready_to_sign(site: Site) -> str:
    """A sample project of officer1 in talks, which lacks nothing for signing; its name."""
    with site.app.app_context():
        officer = db.session.scalars(select(User).where(User.name == "officer1")).one()
        of_hers = select(Project).where(Project.owner_id == officer.id).join(Project.stage)
        with acting_as(officer.id):
            project = next(each for each in db.session.scalars(of_hers) if each.stage.name == "在谈")
        db.session.commit()
        return project.name


def lead_of_a_colleague(site: Site) -> str:
    """A lead of officer2, whose card stands on the board of her colleague officer1, who may not move it; its name."""
    with site.app.app_context():
        colleague = db.session.scalars(select(User).where(User.name == "officer2")).one()
        with acting_as(colleague.id):
            company, route = factories.Company(owner=colleague), factories.route()
            project = open_project(company, route, {"name": "示例同事的线索"}, by=colleague)
            db.session.commit()
            return project.name


def drag_by_finger(page: Page, card: Locator, onto: Locator) -> None:
    """Press a card for a moment, draw it over another place, let go."""
    card.scroll_into_view_if_needed()
    start, touches = card.bounding_box(), page.context.new_cdp_session(page)
    assert start is not None
    at = [start["x"] + start["width"] / 2, start["y"] + start["height"] / 2]
    touches.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": at[0], "y": at[1]}]})
    expect(card).to_have_class(re.compile("sortable-chosen"))  # long enough
    end = onto.bounding_box()
    assert end is not None
    for share in (0.2, 0.5, 0.8, 1.0, 1.0):
        y = at[1] + (end["y"] + end["height"] / 2 - at[1]) * share
        touches.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": at[0], "y": y}]})
        page.wait_for_timeout(60)  # Sortable looks every 50 ms under the finger
    expect(page.locator(".drop-target", has=onto)).to_be_visible()
    touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@at_both_sizes
def test_cards_move_by_dragging_by_keys_and_by_their_menu(site: Site, open_page: OpenPage) -> None:
    name, colleagues = ready_to_sign(site), lead_of_a_colleague(site)
    page = open_page("officer1")
    page.goto("/pipeline")
    examine(page)
    card = page.locator(".board-card", has_text=name)
    back = "退回"
    if is_wide(page):
        # Dragged back: the server asks for the reason, and the card stands where it stood.
        # It may be dropped on whatever stands in the column, a card that one may not move oneself too.
        card.drag_to(page.locator(".board-card", has_text=colleagues))
    else:
        drag_by_finger(page, card, page.locator("[data-stage-name='研判']"))
        expect(page.locator("#notice-dialog")).to_contain_text(back)
        page.locator("#notice-dialog").get_by_role("button", name="关闭").tap()
        card.locator("summary").tap()
        card.get_by_label("移动到").select_option(label="研判")
        card.get_by_role("button", name="移动").tap()
    dialog = page.locator("#notice-dialog")
    expect(dialog).to_contain_text(back)
    examine(page)
    dialog.get_by_role("button", name="关闭").click()
    expect(page.locator("[data-stage-name='在谈'] .board-card", has_text=name)).to_be_visible()
    card.get_by_role("link", name=name).focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(dialog).to_contain_text(back)
    dialog.get_by_label("退回原因").select_option(index=1)
    dialog.get_by_label("具体说明").fill("示例：企业要再考虑")
    dialog.get_by_role("button", name=back).click()
    expect(page.locator("[data-stage-name='研判'] .board-card", has_text=name)).to_be_attached()
    assert stage_of(site, name) == "研判"


@at_both_sizes
def test_cells_are_edited_pasted_and_undone(site: Site, open_page: OpenPage) -> None:
    page = open_page("officer1")
    page.goto("/pipeline?view=table&mine=1&columns=park,jobs,next_step")
    examine(page)
    rows = page.locator("tr[data-project]")
    first = rows.nth(0).locator("td[data-cell='park']")
    name = rows.nth(0).locator(".cell-title").inner_text()
    if is_wide(page):
        first.focus()
        page.keyboard.press("Enter")
    else:
        first.tap()
        first.tap()
    editor = first.locator("input[name='park']")
    expect(editor).to_be_focused()
    editor.fill("示例园区二期")
    editor.press("Enter")
    expect(first).to_have_text("示例园区二期")
    assert project_of(site, name).park == "示例园区二期"
    paste(page, "示例园A\t120\r\n示例园B\t很多\r\n")
    expect(page.locator("#notice-dialog")).to_contain_text("没有保存任何内容")
    page.locator("#notice-dialog").get_by_role("button", name="知道了").click()
    paste(page, "示例园A\t120\r\n示例园B\t60\r\n")
    expect(page.get_by_role("status").filter(has_text="已修改 2 个项目")).to_be_visible()
    assert (project_of(site, name).park, project_of(site, name).jobs) == ("示例园A", 120)
    examine(page)
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_role("status").filter(has_text="已撤销")).to_be_visible()
    assert project_of(site, name).park == "示例园区二期"


def paste(page: Page, text: str) -> None:
    """Paste a text over the cells from the first one on, as a spreadsheet gives it."""
    page.locator("tr[data-project]").nth(0).locator("td[data-cell='park']").focus()
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
          document.activeElement.dispatchEvent(event);
        }""",
        text,
    )
