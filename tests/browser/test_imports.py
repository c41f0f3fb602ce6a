"""A list from drop to undo: at a desk, and on a phone."""

import threading
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.database import db
from imports import apply, undo
from imports.models import Batch
from tests.browser.conftest import OpenPage, Site, examine
from tests.imports.ledgers import GROUPS, Group, Line, ledger
from tests.imports.sheets import xlsx

HEADER = ["序号", "企业名称", "统一社会信用代码", "所在地", "主营产品", "联系人", "联系电话"]
#: The whole list of 100,000 rows is walked through in bench/imports; here the page is what matters.
ROWS = 500


def test_a_list_from_drop_to_undo(site: Site, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("officer1")
    path = name_list(tmp_path / "示例协会名单.xlsx", ROWS)
    page.goto("/imports")
    page.get_by_text("要发给别人填？下载模板").click()
    examine(page)
    drop_a_file(page)
    a_wrong_file_is_told(page)
    page.get_by_label("表格文件").set_input_files(path)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("heading", name="确认每一列的含义")).to_be_visible()
    point_at_the_header(page)
    page.get_by_label("存为列映射方案").fill("示例协会名单")
    examine(page)
    page.get_by_role("button", name="检查", exact=True).click()
    watched(page, site, apply.check_job)
    mend(page, site)
    page.get_by_role("button", name="只写入好的").click()
    watched(page, site, apply.apply_job)
    expect(page.get_by_text("已写入，用时")).to_be_visible()
    examine(page)
    page.get_by_role("button", name="撤销这次导入").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    watched(page, site, undo.undo_job)
    expect(page.get_by_text("撤销。")).to_be_visible()
    page.goto("/imports/profiles")
    expect(page.get_by_role("cell", name="示例协会名单")).to_be_visible()
    examine(page)


def test_a_weekly_ledger_with_a_sheet_per_group(site: Site, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("officer1")
    groups = [*GROUPS, Group("三组", [Line("示例切割头项目", "示例切割头有限公司", "很多")])]
    path = ledger(tmp_path / "台账.xlsx", groups, two_rows=True)
    page.goto("/imports")
    page.get_by_label("表格文件").set_input_files(path)
    page.get_by_role("button", name="上传").click()
    for group in groups:
        expect(page.get_by_label(group.name, exact=True)).to_be_checked()
    examine(page)
    page.get_by_role("button", name="检查", exact=True).click()
    watched(page, site, apply.check_job)
    expect(page.get_by_role("main")).to_contain_text("三组 第 6 行")
    examine(page)
    page.get_by_role("button", name="只写入好的").click()
    watched(page, site, apply.apply_job)
    expect(page.get_by_role("main")).to_contain_text("这次导入的项目")
    page.get_by_role("link", name="台账对比和导出").click()
    expect(page.get_by_role("main")).to_contain_text("没有可比的上一份")
    examine(page)
    with page.expect_download() as found:
        page.get_by_role("link", name="按原表样导出最新台账").click()
    assert found.value.suggested_filename == "台账.xlsx"


def drop_a_file(page: Page) -> None:
    """A file that is dropped anywhere on the form is the chosen one."""
    page.locator("form[data-drop]").evaluate("""form => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(["x"], "拖来的名单.csv"));
        form.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    }""")
    assert page.get_by_label("表格文件").evaluate("input => input.files[0].name") == "拖来的名单.csv"


def a_wrong_file_is_told(page: Page) -> None:
    """What is no spreadsheet is refused in its place, and the next file is taken there."""
    page.get_by_label("表格文件").set_input_files({"name": "红头.pdf", "mimeType": "", "buffer": b"%PDF-1.7"})
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("main").get_by_role("alert")).to_contain_text("这不是表格文件")
    drop_a_file(page)


def name_list(path: Path, count: int) -> Path:
    """A title, a header, good rows, a row without a name, one with a wrong code, a sum."""
    good = [
        [n, f"示例第{n}有限公司", "", "广东省深圳市", "激光器", "王示例", "10000000001"] for n in range(1, count + 1)
    ]
    bad = [["", "", "", "东莞", "光纤"], ["", "示例错码有限公司", "91000000DEM0000011", "深圳", "镜头"]]
    return xlsx(path, [["示例协会会员名单"], [], HEADER, *good, *bad, ["合计", f"{count} 家"]])


def point_at_the_header(page: Page) -> None:
    """Any row can be the header by a press on it; a wrong one names nothing."""
    page.get_by_role("button", name="第 4 行").click()
    expect(page.get_by_role("button", name="第 4 行")).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="第 3 行").click()
    expect(page.get_by_label("企业名称", exact=True)).to_have_value("name")


def mend(page: Page, site: Site) -> None:
    """What is to do stands on top; a cell is typed over in its place, the row is checked again."""
    main = page.get_by_role("main")
    expect(main).to_contain_text("改正 1 行的统一社会信用代码")
    expect(main).to_contain_text("补全 1 行缺失的企业名称")
    expect(main).to_contain_text("没有读取的行")
    examine(page)
    page.get_by_role("textbox", name="统一社会信用代码").fill("91000000DEM0000019")
    page.get_by_role("button", name="保存改动并重新检查").click()
    watched(page, site, apply.check_job)
    expect(main).to_contain_text("在这里改过的格")
    examine(page)
    page.get_by_role("button", name="全部或全不").click()
    expect(page.get_by_role("alert")).to_contain_text("还有 1 行没有解决")


def watched(page: Page, site: Site, job: Callable[..., None]) -> None:
    """The progress is on the page while the job runs, and the result when it is done."""
    expect(page.locator("#import-progress")).to_be_visible()

    def work() -> None:
        with site.app.app_context():
            batch = db.session.scalars(select(Batch).order_by(Batch.id.desc())).first()
            assert batch is not None
            job(batch_id=batch.id, user_id=batch.owner_id)
            db.session.close()

    thread = threading.Thread(target=work)
    thread.start()
    expect(page.locator("#import-progress")).to_have_count(0, timeout=60_000)
    thread.join()
