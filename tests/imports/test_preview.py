"""The preview: cells typed over, profiles, several sheets, hidden rows, one rule for what is left out."""

import io

import pytest
from sqlalchemy import select

from crm.companies import personal
from crm.companies.models import Company, Contact
from crm.database import acting_as, db
from imports import apply, columns, profiles
from imports.feeds.companies import CompanyFeed
from imports.models import Batch, BatchStatus, CellEdit, Fate, Finding, PreviewRow, Profile, RowFate
from imports.workbook import Sheet
from tests import factories
from tests.imports.importing import Rows, content, fates, run
from tests.imports.ledgers import ledger

BAD: Rows = [
    ["企业名称", "统一社会信用代码", "城市", "联系人", "联系电话"],
    ["示例甲有限公司", "91000000DEM0000011", "深圳", "王示例", "10000000001"],
    ["", "", "东莞", "李示例", "1000000"],
    ["示例丙有限公司", "", "深圳", "", ""],
]


@pytest.fixture
def officer(session):
    return factories.User()


@pytest.fixture
def client(officer, sign_in):
    return sign_in(officer)


def newest() -> Batch:
    db.session.expire_all()
    return db.session.scalars(select(Batch).order_by(Batch.id.desc())).first()


def upload(client, body: bytes, name: str = "名单.csv") -> Batch:
    client.post("/imports", data={"file": (io.BytesIO(body), name)})
    return newest()


def chosen(batch: Batch) -> dict[str, str]:
    return {f"column-{index}": key for index, key in batch.mapping.items()} | {"list_name": "", "chain_id": "0"}


def confirm(client, batch: Batch, **fields: str) -> Batch:
    client.post(f"/imports/{batch.id}/columns", data=chosen(batch) | fields)
    apply.check_job(batch_id=batch.id, user_id=batch.owner_id)
    return newest()


def checked(client, rows: Rows = BAD, **fields: str) -> Batch:
    return confirm(client, upload(client, content(rows)), **fields)


def page(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_what_is_to_do_stands_on_top_and_the_quiet_rows_are_counted(client):
    batch = checked(client)
    shown = page(client, f"/imports/{batch.id}")
    assert "改正 1 行的统一社会信用代码" in shown
    assert "其余 1 行没有要说的" in shown
    assert "示例丙有限公司" not in shown
    only = page(client, f"/imports/{batch.id}?kind=error&field=phone")
    assert "示例甲有限公司" not in only
    assert "1000000" not in only  # a wrong number is a number


def test_cells_are_typed_over_checked_again_and_remembered(client, officer):
    batch = checked(client)
    assert fates(batch) == {"created": 1, "rejected": 2}
    typed = {
        "cell-0-2-1": "91000000DEM0000019",
        "cell-0-3-0": "示例乙有限公司",
        "cell-0-3-4": "10000000002",
        "cell-0-3-3": "李示例",  # as it was
        "cell-0-4-0": "别人的公司",  # a row that is not shown
        "cell-9-9-9": "x",
        "cell-x": "x",
    }
    client.post(f"/imports/{batch.id}/choices", data=typed)
    apply.check_job(batch_id=batch.id, user_id=officer.id)
    assert fates(newest()) == {"created": 3}
    edits = db.session.scalars(select(CellEdit).order_by(CellEdit.id)).all()
    assert [(edit.number, edit.column, edit.before, edit.after) for edit in edits] == [
        (2, 1, "91000000DEM0000011", "91000000DEM0000019"),
        (3, 0, "", "示例乙有限公司"),
        (3, 4, "", "10000000002"),
    ]
    shown = page(client, f"/imports/{batch.id}")
    assert "在这里改过的格" in shown
    assert "10000000002" not in shown
    client.post(f"/imports/{batch.id}/application")
    apply.apply_job(batch_id=batch.id, user_id=officer.id)
    assert {row.name for row in db.session.scalars(select(Company))} == {
        "示例甲有限公司", "示例乙有限公司", "示例丙有限公司",
    }  # fmt: skip


def test_a_row_is_opened_to_be_edited_whole(client):
    batch = checked(client)
    shown = page(client, f"/imports/{batch.id}?edit=0-2")
    assert 'name="cell-0-2-0" value="示例甲有限公司"' in shown
    assert 'name="cell-0-3-2"' not in shown


def test_an_erased_contact_leaves_previews_and_edits(client, officer):
    batch = checked(client)
    client.post(f"/imports/{batch.id}/choices", data={"cell-0-3-0": "示例乙有限公司", "cell-0-3-4": "100-0000-0002"})
    apply.check_job(batch_id=batch.id, user_id=officer.id)
    client.post(f"/imports/{batch.id}/application")
    apply.apply_job(batch_id=batch.id, user_id=officer.id)
    contact = db.session.scalars(select(Contact).filter_by(name="李示例")).one()
    preview = PreviewRow(batch_id=batch.id, place=99, sheet=0, number=99, cells=["", None, "李示例", "深圳"])
    db.session.add(preview)
    db.session.flush()
    with acting_as(officer.id):
        personal.erase(contact)
    db.session.expire_all()
    assert preview.cells == ["", None, None, "深圳"]
    assert db.session.scalars(select(CellEdit.after).order_by(CellEdit.id)).all() == ["示例乙有限公司", ""]


def test_all_or_nothing_writes_nothing_as_long_as_a_row_is_left_out(client, officer):
    batch = checked(client)
    refused = client.post(f"/imports/{batch.id}/application", data={"rows": "all"})
    assert refused.status_code == 422
    assert "还有 2 行没有解决" in refused.get_data(as_text=True)
    assert newest().status is BatchStatus.CHECKED
    batch = newest()
    batch.all_or_nothing, batch.status = True, BatchStatus.APPLYING  # a row went bad after the check
    db.session.commit()
    apply.apply_job(batch_id=batch.id, user_id=officer.id)
    assert newest().status is BatchStatus.FAILED
    assert db.session.scalars(select(Company)).all() == []


def test_a_column_can_only_fill_what_is_empty(client, officer):
    run([["企业名称", "城市", "主营产品"], ["示例甲有限公司", "深圳", "激光器"], ["示例乙有限公司", "", ""]], officer)
    rows = [["企业名称", "城市", "主营产品"], ["示例甲有限公司", "东莞", "光纤"], ["示例乙有限公司", "东莞", ""]]
    batch = checked(client, rows, **{"policy-1": "fill"})
    changes = db.session.scalars(select(Finding).where(Finding.batch_id == batch.id).order_by(Finding.id)).all()
    assert [(change.number, change.field, change.details["before"], change.details["after"]) for change in changes] == [
        (2, "products", "激光器", "光纤"),
        (3, "division_code", "", "广东省东莞市"),
    ]


def test_a_mapping_is_kept_under_a_name_and_recognised(client, officer, sign_in):
    rows: Rows = [["甲", "乙"], ["示例甲有限公司", "深圳"]]
    batch = upload(client, content(rows))
    assert batch.head_row is None
    client.post(f"/imports/{batch.id}/sheet", data={"sheets": "", "feed": "companies", "head_row": "1"})
    batch = newest()
    form = {"column-0": "name", "column-1": "city", "policy-1": "fill", "profile_name": "示例协会名单"}
    client.post(f"/imports/{batch.id}/columns", data=form | {"list_name": "", "chain_id": "0"})
    profile = db.session.scalars(select(Profile)).one()
    assert (profile.columns, profile.fill_only) == ({"甲": "name", "乙": "city"}, ["city"])
    again = upload(client, content([["示例协会"], *rows]))
    assert (again.head_row, again.mapping, again.fill_only) == (2, {"0": "name", "1": "city"}, ["city"])
    assert "按列映射方案“示例协会名单”认出了表头" in page(client, f"/imports/{again.id}")
    colleague = sign_in(factories.User(office=officer.office))
    assert upload(colleague, content(rows)).head_row == 1
    assert "示例协会名单" in page(colleague, "/imports/profiles")
    assert colleague.post(f"/imports/profiles/{profile.id}/delete").status_code == 403
    assert sign_in(officer).post(f"/imports/profiles/{profile.id}/delete").status_code == 302
    assert db.session.scalars(select(Profile)).all() == []


def test_a_profile_that_somebody_else_changed_is_taken_over_only_within_the_office(officer):
    sheet = Sheet("", rows=[(1, ["甲"]), (2, ["示例甲有限公司"])])
    head = columns.mapped(columns.head_at(sheet, 1, CompanyFeed.fields), {0: "name"}, CompanyFeed.fields)
    batch = Batch(feed="companies", fill_only=[])
    with acting_as(officer.id):
        first = profiles.save(batch, head, "名单", officer)
        other = profiles.save(batch, head, "名单", factories.User())
        again = profiles.save(batch, head, "名单", officer)
    assert first is again
    assert other is not first


def test_sheets_of_one_layout_are_one_batch_with_their_own_row_numbers(client, officer, tmp_path):
    batch = upload(client, ledger(tmp_path / "台账.xlsx").read_bytes(), "台账.xlsx")
    assert (batch.feed, [part.sheet for part in batch.parts]) == ("projects", ["一组", "二组"])
    batch = confirm(client, batch)
    assert (batch.read, fates(batch)) == (3, {"created": 3})
    shown = page(client, f"/imports/{batch.id}")
    assert "二组 第 6 行" in shown  # the sum, which was not read
    client.post(f"/imports/{batch.id}/application")
    apply.apply_job(batch_id=batch.id, user_id=officer.id)
    found = db.session.scalars(select(RowFate).order_by(RowFate.sheet, RowFate.number)).all()
    assert [(row.sheet, row.number, row.fate) for row in found] == [
        (0, 5, Fate.CREATED), (0, 6, Fate.CREATED), (1, 5, Fate.CREATED),
    ]  # fmt: skip


def test_another_encoding_can_be_chosen(client):
    text = "企業名稱,城市\n範例有限公司,臺北\n".encode("big5")
    batch = upload(client, text)
    form = {"sheets": "", "feed": "companies", "head_row": "1"}
    client.post(f"/imports/{batch.id}/sheet", data=form | {"encoding": "big5"})
    assert "範例有限公司" in page(client, f"/imports/{newest().id}")
    assert client.post(f"/imports/{batch.id}/sheet", data=form | {"encoding": "utf-8"}).status_code == 422
    assert client.post(f"/imports/{batch.id}/sheet", data=form | {"encoding": "rot13"}).status_code == 400
