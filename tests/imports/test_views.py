"""The pages of the import, from the upload to the undo, with the jobs run as the queue would."""

import io

import openpyxl
import pytest
from sqlalchemy import func, select, text

from crm.accounts.models import Role
from crm.companies.models import Company
from crm.companies.naming import name_key
from crm.database import db
from imports import apply, undo
from imports.models import Batch, BatchStatus, RowFate
from tests import factories
from tests.imports.importing import Rows, content

ROWS: Rows = [
    ["企业名称", "统一社会信用代码", "城市", "联系人", "联系电话"],
    ["示例甲有限公司", "91000000DEM0000019", "深圳", "王示例", "13800138000"],
    ["示例乙有限公司", "91000000DEM0000011", "深圳", "=1+1", ""],
]


@pytest.fixture
def officer(session):
    return factories.User()


@pytest.fixture
def client(officer, sign_in):
    return sign_in(officer)


def upload(client, rows: Rows | bytes = ROWS, name: str = "名单.csv"):
    body = rows if isinstance(rows, bytes) else content(rows)
    return client.post("/imports", data={"file": (io.BytesIO(body), name)})


def newest() -> Batch:
    db.session.expire_all()
    return db.session.scalars(select(Batch).order_by(Batch.id.desc())).first()


def chosen(batch: Batch) -> dict[str, str]:
    """The columns form as the page offers it."""
    return {f"column-{index}": key for index, key in batch.mapping.items()} | {"list_name": "", "chain_id": "0"}


def checked(client, rows: Rows = ROWS) -> Batch:
    upload(client, rows)
    batch = newest()
    client.post(f"/imports/{batch.id}/columns", data=chosen(batch))
    apply.check_job(batch_id=batch.id, user_id=batch.owner_id)
    return newest()


def applied(client, rows: Rows = ROWS) -> Batch:
    batch = checked(client, rows)
    client.post(f"/imports/{batch.id}/application")
    apply.apply_job(batch_id=batch.id, user_id=batch.owner_id)
    return newest()


def page(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_an_empty_list_says_what_to_do(client):
    assert "还没有导入过" in page(client, "/imports")


def test_columns_are_offered_with_examples_but_without_numbers(client):
    assert upload(client).status_code == 302
    shown = page(client, f"/imports/{newest().id}")
    assert "示例甲有限公司" in shown
    assert "138****8000" in shown
    assert "13800138000" not in shown


def test_what_cannot_be_read_is_refused_beside_the_field_and_not_kept(client):
    answer = upload(client, b"%PDF-1.7", "名单.xlsx")
    assert answer.status_code == 422
    assert "这不是表格文件" in answer.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(Batch)) == 0


def test_without_a_file_the_page_asks_for_one(client):
    answer = client.post("/imports", data={})
    assert (answer.status_code, "请选择一个文件" in answer.get_data(as_text=True)) == (422, True)


def test_a_header_that_is_not_understood_can_be_pointed_at(client):
    upload(client, [["Ctlprtconm", "x"], ["示例甲有限公司", "深圳"]])
    batch = newest()
    assert "没有认出表头" in page(client, f"/imports/{batch.id}")
    form = {"sheets": "", "feed": "companies", "head_row": "1"}
    assert client.post(f"/imports/{batch.id}/sheet", data=form).status_code == 302
    refused = client.post(f"/imports/{batch.id}/columns", data={"column-1": "city", "list_name": "", "chain_id": "0"})
    assert refused.status_code == 422
    client.post(f"/imports/{batch.id}/columns", data={"column-0": "name", "list_name": "", "chain_id": "0"})
    assert newest().mapping == {"0": "name"}


def test_the_preview_shows_the_users_own_rows_and_writes_nothing(client):
    batch = checked(client)
    shown = page(client, f"/imports/{batch.id}")
    assert "第 3 行" in shown
    assert "信用代码的校验位不对" in shown
    assert "只写入好的 1 行，其余还给我" in shown
    assert "13800138000" not in shown
    assert db.session.scalars(select(Company).where(Company.name == "示例甲有限公司")).first() is None


def test_how_values_were_taken_is_told_once_for_all_rows(client):
    rows: Rows = [["企业名称", "产业链环节"], *([f"示例第{n}有限公司", "没有的环节"] for n in range(3))]
    batch = checked(client, rows)
    shown = page(client, f"/imports/{batch.id}")
    assert "这样处理，不影响写入" in shown
    assert "产业链环节：3 行" in shown
    assert "从第 2 行起" in shown
    only = page(client, f"/imports/{batch.id}?kind=note&field=segment")
    assert "示例第2有限公司" in only
    assert "写入 3 行" in shown


def test_progress_is_shown_while_a_job_waits(client):
    upload(client)
    batch = newest()
    client.post(f"/imports/{batch.id}/columns", data=chosen(batch))
    assert "排队中" in page(client, f"/imports/{batch.id}")
    assert client.get(f"/imports/{batch.id}/progress").headers.get("HX-Refresh") is None
    apply.check_job(batch_id=batch.id, user_id=batch.owner_id)
    assert client.get(f"/imports/{batch.id}/progress").headers["HX-Refresh"] == "true"


def test_applied_undone_and_listed(client):
    batch = applied(client)
    assert batch.status is BatchStatus.APPLIED
    assert "示例甲有限公司" in page(client, f"/imports/{batch.id}")
    assert "已应用" in page(client, "/imports")
    company_id = db.session.scalars(select(RowFate.company_id).where(RowFate.batch_id == batch.id)).first()
    assert "导入来源" in page(client, f"/companies/{company_id}")
    assert client.post(f"/imports/{batch.id}/undoing").status_code == 302
    undo.undo_job(batch_id=batch.id, user_id=batch.owner_id)
    assert newest().status is BatchStatus.UNDONE
    assert "已撤销" in page(client, f"/imports/{batch.id}")


def test_confirmed_twice_it_is_applied_once(client):
    batch = checked(client)
    assert client.post(f"/imports/{batch.id}/application").status_code == 302
    assert client.post(f"/imports/{batch.id}/application").status_code == 409
    apply.apply_job(batch_id=batch.id, user_id=batch.owner_id)
    apply.apply_job(batch_id=batch.id, user_id=batch.owner_id)
    assert db.session.scalar(select(func.count()).select_from(RowFate).where(RowFate.batch_id == batch.id)) == 2
    waiting = text("select count(*) from procrastinate_jobs where task_name = 'imports.apply'")
    assert db.session.scalar(waiting) == 1


def test_what_was_left_out_comes_back_to_be_corrected(client):
    batch = checked(client)
    answer = client.get(f"/imports/{batch.id}/rejects.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        [*ROWS[0], "未采用原因"],
        [
            "示例乙有限公司",
            "91000000DEM0000011",
            "深圳",
            "=1+1",
            None,
            "统一社会信用代码：信用代码的校验位不对，请核对是否抄错。",
        ],
    ]
    assert sheet["D2"].data_type == "s"
    assert upload(client, answer.data, "改好.xlsx").status_code == 302
    assert newest().mapping == {"0": "name", "1": "uscc", "2": "city", "3": "contact", "4": "phone"}


def test_a_person_decides_on_a_doubtful_row(client):
    factories.Company(name="示例光韵", name_key=name_key("示例光韵"))
    rows = [["公司全称", "简称"], ["示例光韵光电科技股份有限公司", "示例光韵"]]
    batch = checked(client, rows)
    assert batch.ambiguous == 1
    shown = page(client, f"/imports/{batch.id}?kind=ambiguous")
    assert "都不是，新建一家" in shown
    client.post(f"/imports/{batch.id}/choices", data={"row-0-2": "new"})
    apply.check_job(batch_id=batch.id, user_id=batch.owner_id)
    assert (newest().ambiguous, newest().created) == (0, 1)


def test_a_job_that_fails_leaves_its_reason_and_nothing_else(client):
    upload(client)
    batch = newest()
    client.post(f"/imports/{batch.id}/columns", data=chosen(batch))
    batch.mapping = {"2": "city"}
    db.session.commit()
    apply.check_job(batch_id=batch.id, user_id=batch.owner_id)
    assert newest().status is BatchStatus.FAILED
    assert "无法确定每一行是谁" in page(client, f"/imports/{batch.id}")


def test_an_officer_cannot_import_segments(client, officer, sign_in):
    upload(client, [["产业链", "环节"], ["激光", "示例环节"]])
    batch = newest()
    form = {"sheets": "", "feed": "segments", "head_row": "1"}
    assert client.post(f"/imports/{batch.id}/sheet", data=form).status_code == 400
    assert "产业链环节" not in page(client, f"/imports/{batch.id}").split("<form")[1].split("</form>")[0]
    admin = sign_in(factories.User(role=Role.ADMIN))
    assert client is not admin
    upload(admin, [["产业链", "环节", "位置"], ["激光", "示例环节", "上游"]])
    assert newest().feed == "segments"


def test_a_list_may_be_larger_than_other_uploads(client, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 20_000)
    large = ["示例甲有限公司" * 3, "", "深圳", "", ""]
    assert upload(client, [ROWS[0], *[large] * 1_000]).status_code == 302
    body = {"file": (io.BytesIO(b" " * 30_000), "名单.csv")}
    assert client.post("/imports/pasted", data=body).status_code == 413
    assert upload(app.test_client(), [ROWS[0], *[large] * 1_000]).status_code == 401
