"""The rows that were left out come back in the layout that was uploaded, and can be uploaded again."""

import io

import openpyxl
import pytest

from crm.database import acting_as
from imports import apply, columns, rejects, services, workbook
from imports.feeds.projects import ProjectFeed
from imports.models import Batch
from tests import factories

from .ledgers import Group, Line, ledger

GROUPS = (
    Group("一组", [Line("示例激光装备项目", "示例激光装备有限公司"), Line("示例光纤项目", "示例光纤有限公司", "很多")]),
    Group("二组", [Line("", "示例光学镜头有限公司")]),
)


@pytest.fixture
def officer(session):
    return factories.User()


def checked(path, officer) -> Batch:
    with acting_as(officer.id):
        batch = services.take(path.read_bytes(), path.name, officer, feed="projects")
    with acting_as(officer.id, batch_id=batch.id):
        apply.check(batch, officer)
    return batch


@pytest.mark.parametrize("two_rows", [False, True])
def test_titles_merged_headers_and_sheets_come_along(tmp_path, officer, two_rows):
    batch = checked(ledger(tmp_path / "台账.xlsx", GROUPS, two_rows=two_rows), officer)
    assert (batch.read, batch.rejected) == (3, 2)
    book = openpyxl.load_workbook(io.BytesIO(rejects.build(batch)))
    assert book.sheetnames == ["一组", "二组"]
    page = book["一组"]
    assert "A1:L1" in {str(merged) for merged in page.merged_cells.ranges}
    assert page["A2"].value == "共上报在谈项目 2 个"
    head_row = 5 if two_rows else 4
    line = [cell.value for cell in page[head_row + 1]]
    assert line[:6] == ["2", "示例光纤项目", "示例光纤有限公司", "激光", "很多", "约30亩"]
    assert line[-1].startswith("投资总额：请填金额")
    assert page.cell(head_row + 1, 5).fill.start_color.rgb == "FFFDE2E2"
    assert page.cell(head_row + 1, 1).fill.fill_type is None
    assert page.max_row == head_row + 1


def test_many_rows_are_written_one_by_one_and_say_the_same(tmp_path, officer, monkeypatch):
    batch = checked(ledger(tmp_path / "台账.xlsx", GROUPS), officer)
    held = openpyxl.load_workbook(io.BytesIO(rejects.build(batch)))
    monkeypatch.setattr(rejects, "HELD_MAX", 0)
    written = openpyxl.load_workbook(io.BytesIO(rejects.build(batch)))
    for name in ("一组", "二组"):
        cells = [
            [[(cell.value, cell.fill.fill_type) for cell in row] for row in book[name]] for book in (held, written)
        ]
        assert cells[0] == cells[1]
        assert written[name].merged_cells.ranges == held[name].merged_cells.ranges


def test_what_was_corrected_is_understood_again(tmp_path, officer):
    path = tmp_path / "台账.xlsx"
    path.write_bytes(rejects.build(checked(ledger(path, GROUPS, two_rows=True), officer)))
    sheet = workbook.read(path).sheet("一组")
    head = columns.find_head(sheet, ProjectFeed.fields)
    assert (head.row, head.depth) == (4, 2)
    again = openpyxl.load_workbook(io.BytesIO(rejects.build(checked(path, officer))))["一组"]
    assert [cell.value for cell in again[4]].count("未采用原因") == 1
