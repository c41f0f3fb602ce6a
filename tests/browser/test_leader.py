"""The leader's page: one sheet of A4, and instructions written and followed where it is read."""

from pathlib import Path

from playwright.sync_api import expect

from crm.database import SYSTEM, acting_as, db
from crm.pipeline.models import Instruction
from tests.browser.conftest import OpenPage, Site, examine, name_of


def late_instructions(site: Site) -> None:
    """Make the day as full as it gets: more late instructions than the page shows."""
    with site.app.app_context(), acting_as(SYSTEM):
        made = db.session.query(Instruction).first()
        for number in range(5):
            values = {"author_id": made.author_id, "owner_id": made.owner_id, "office_id": made.office_id}
            db.session.add(Instruction(body=f"请尽快落实第{number}件事，" * 6, due_on="2026-01-01", **values))
        db.session.commit()


def test_the_page_fits_one_sheet_and_takes_an_instruction(open_page: OpenPage, site: Site, tmp_path: Path) -> None:
    late_instructions(site)
    page = open_page(name_of(site, "示例周局"))
    page.goto("/leader")
    examine(page)
    expect(page.locator("main")).to_contain_text("挂点：示例周局")
    expect(page.locator("main")).to_contain_text("还有 2 条，看全部")
    sheet = page.pdf(path=tmp_path / "leader.pdf", prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") == 1
    page.get_by_label("批示内容").fill("示例批示：两周内拿出选址方案")
    page.get_by_label("承办人").select_option(index=0)
    page.locator("#write").get_by_role("button", name="批示").click()
    expect(page.locator("main")).to_contain_text("已批示给")
    page.goto("/instructions?scope=by_me")
    expect(page.locator("main")).to_contain_text("示例批示：两周内拿出选址方案")
