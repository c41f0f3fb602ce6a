"""Promises of security.md that an import keeps: one fate for each row, nothing half-applied, cells that stay text."""

import io

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from crm.accounts.models import Role
from crm.companies.models import Company
from crm.companies.naming import name_key
from crm.database import acting_as, db
from imports import apply, rejects, running, services
from imports.models import Batch, BatchStatus, RowFate
from imports.problems import sentence
from imports.workbook import Sheet, Workbook
from tests import factories
from tests.imports.importing import check, company, content, run, said

HEADER = ["企业名称", "统一社会信用代码", "简称", "城市", "主营产品", "注册资本(亿元)", "归属人", "联系人", "联系电话"]
CODES = ["", "91000000DEM0000019", "91000000DEM000002C", "91000000DEM0000011", "不详", "1" * 400]
NAMES = [
    "示例甲有限公司", "示例甲有限责任公司", "示例（甲）有限公司", "示例乙有限公司", "示例乙", "金力光电",
    "属他人有限公司", "示例金力光电科技有限公司", "已归档有限公司", "", "  ", "—", "示" * 5000, "=1+1",
    "\u202e倒写有限公司",
]  # fmt: skip
CELLS = {
    "简称": ["", "示例甲", "示例乙", "属他人"],
    "城市": ["", "深圳", "火星", "广东"],
    "主营产品": ["", "激光器", "面议"],
    "注册资本(亿元)": ["", "3.5", "很多", "-1", "1e400"],
    "归属人": ["", "示例专员", "查无此人", "示例外人"],
    "联系人": ["", "王示例"],
    "联系电话": ["", "13800138000", "1380013"],
}
ROW = st.tuples(st.sampled_from(NAMES), st.sampled_from(CODES), *(st.sampled_from(texts) for texts in CELLS.values()))


@pytest.fixture
def officer(session):
    return factories.User(display_name="示例专员")


def sheet_of(rows: list[tuple[str, ...]]) -> Sheet:
    """The sheet as the reader gives it: empty rows are none."""
    numbered = enumerate([tuple(HEADER), *rows], 1)
    return Sheet("", rows=[(number, list(cells)) for number, cells in numbered if any(map(str.strip, cells))])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=25))
def test_each_row_has_one_fate_and_the_preview_says_which(officer, rows):
    sheet = sheet_of(rows)
    if len(sheet.rows) < 2:
        return
    with acting_as(officer.id), db.session.begin_nested() as savepoint:
        stranger = factories.User(display_name="示例外人")
        for name, values in {
            "属他人有限公司": {"owner": stranger},
            "已归档有限公司": {"archived_at": func.now()},
        }.items():
            factories.Company(name=name, name_key=name_key(name), **values)
        batch = services.take(b"", "名单.csv", officer, feed="companies", book=Workbook("csv", "utf-8", [], [sheet]))
        work = apply.apply(batch, officer, sheet=sheet)
        db.session.flush()
        counts = [batch.created, batch.updated, batch.unchanged, batch.duplicates, batch.ambiguous, batch.rejected]
        assert sum(counts) == batch.read == len(sheet.rows) - 1 == len(work.fates)
        assert None not in work.fates
        kept = select(RowFate.fate, func.count()).where(RowFate.batch_id == batch.id).group_by(RowFate.fate)
        assert sum(count for _fate, count in db.session.execute(kept)) == batch.read
        codes = db.session.scalars(select(Company.uscc).where(Company.uscc.isnot(None))).all()
        assert len(codes) == len(set(codes))
        savepoint.rollback()
    db.session.expire_all()


FAILING = """
create function fail_write() returns trigger language plpgsql as $$
begin raise exception 'could not extend file' using errcode = '{code}'; end $$;
create trigger fail_write before insert on import_rows for each statement execute function fail_write();
"""


@pytest.mark.parametrize(("code", "problem"), [("53100", "disk_full"), ("25006", "read_only")])
def test_where_nothing_can_be_written_nothing_is_and_the_page_says_why(officer, sign_in, code, problem):
    batch = check([["企业名称"], ["示例甲有限公司"]], officer)
    db.session.execute(text(FAILING.format(code=code)))  # as a full disk or a database that only reads answers
    services.start(batch, BatchStatus.APPLYING)
    db.session.commit()
    with pytest.raises(Exception, match="could not extend file"):
        apply.apply_job(batch_id=batch.id, user_id=officer.id)
    db.session.refresh(batch)
    assert (batch.status, batch.problem["code"]) == (BatchStatus.FAILED, problem)
    assert db.session.scalar(select(func.count()).select_from(Company)) == 0
    page = sign_in(officer).get(f"/imports/{batch.id}")
    assert sentence(problem, {}) in page.get_data(as_text=True)


def test_a_full_disk_refuses_an_upload_and_keeps_nothing(officer, sign_in, monkeypatch):
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    client = sign_in(officer)
    monkeypatch.setattr("crm.files.services.os.fsync", full)
    answer = client.post("/imports", data={"file": (io.BytesIO(content([["企业名称"], ["示例甲"]])), "名单.csv")})
    assert answer.status_code == 422
    assert "磁盘已满" in answer.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(Batch)) == 0


def test_a_batch_whose_job_is_gone_is_given_up_and_a_failed_undo_leaves_it_applied(officer):
    applied = run([["企业名称"], ["示例甲有限公司"]], officer)
    waiting = check([["企业名称"], ["示例乙有限公司"]], officer)
    services.start(applied, BatchStatus.UNDOING)
    services.start(waiting, BatchStatus.APPLYING)
    db.session.flush()
    assert running.release() == 2
    assert (applied.status, waiting.status) == (BatchStatus.APPLIED, BatchStatus.FAILED)
    assert waiting.problem["code"] == "interrupted"


@pytest.mark.parametrize(
    "cell", ["=1+1", "+86 755", "-5", "@sum(a1)", "＝1+1", "＋1", "－1", "＠a", "  =1+1", "http://示例"]
)
def test_what_was_left_out_is_typed_text_and_comes_back_the_same(officer, cell):
    rows = [["企业名称", "统一社会信用代码", "主营产品"], ["示例甲有限公司", "错码", cell]]
    batch = check(rows, officer)
    book = rejects.build(batch)
    typed = openpyxl.load_workbook(io.BytesIO(book)).active["C2"]
    assert (typed.value, typed.data_type, typed.hyperlink) == (cell, "s", None)
    with acting_as(officer.id):
        again = services.take(book, "改好.xlsx", officer, feed="companies")
        apply.check(again, officer)
    assert said(again) == said(batch)
    assert again.rejected == 1


def test_an_import_changes_no_company_that_the_importer_may_not_see(session):
    """Promise 14: what another office holds is neither changed nor told, in the preview or in the workbook."""
    importer, stranger = factories.User(), factories.User(role=Role.OFFICER)
    held = factories.Company(
        name="属他人有限公司",
        name_key=name_key("属他人有限公司"),
        owner=stranger,
        products="旧秘密",
        address="秘密地址",
    )
    rows = [["企业名称", "主营产品", "地址"], ["属他人有限公司", "新", "新地址"], ["", "", "无名"]]
    batch = run(rows, importer)
    db.session.refresh(held)
    assert (held.products, held.address) == ("旧秘密", "秘密地址")
    found = openpyxl.load_workbook(io.BytesIO(rejects.build(batch)))
    told = str([[cell.value for cell in row] for row in found.active.iter_rows()]) + str(said(batch))
    assert "秘密" not in told
    assert company("属他人有限公司").owner_id == stranger.id
