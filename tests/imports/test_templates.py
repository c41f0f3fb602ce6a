"""Templates: every kind of row that is offered has one, and its example is what the importer takes."""

import io
from pathlib import Path

import openpyxl
import pytest

from crm.accounts.models import Role
from imports import columns, feeds, reader, rows, templates, understanding, workbook
from tests import factories


@pytest.fixture
def manager(session):
    return factories.User(role=Role.MANAGER)


def test_each_example_is_understood_and_not_read(manager, tmp_path: Path):
    for feed in understanding.offered_to(manager):
        path = tmp_path / f"{feed.key}.xlsx"
        path.write_bytes(templates.build(feed, manager))
        # Within this process: what we made ourselves needs no limits, and a process for each takes its time.
        lines = reader.answer(path, workbook.LIMITS | {"sheets": ["填写"]})
        sheet = workbook.collect(lines, 0).sheet("填写")
        head = columns.find_head(sheet, feed.fields)
        assert set(head.mapping) == {field.key for field in feed.fields}, feed.key
        assert [row.message for row in rows.check(sheet, head, feed.fields).skipped] == [rows.EXAMPLE_ROW], (
            feed.key,
            head,
        )
        sheet.rows[1][1][0] = "1"
        checked = rows.check(sheet, head, feed.fields)
        assert [(trouble.key, trouble.text, trouble.message) for trouble in checked.troubles] == [], feed.key


def test_choices_are_lists_on_a_hidden_sheet(manager):
    book = openpyxl.load_workbook(io.BytesIO(templates.build(feeds.get("projects"), manager)))
    assert [book[name].sheet_state for name in book.sheetnames] == ["visible", "visible", "hidden"]
    assert book.worksheets[0].data_validations.count > 4
    offered = {cell.value for row in book.worksheets[2].iter_rows() for cell in row}
    assert {"推进", "公开", "补链", "拿地自建"} <= offered


def test_the_template_of_a_kind_that_one_may_not_import_is_not_there(session, sign_in):
    client = sign_in(factories.User())
    assert client.get("/imports/templates/companies.xlsx").status_code == 200
    assert client.get("/imports/templates/segments.xlsx").status_code == 404
    assert "企业名录" in client.get("/imports").get_data(as_text=True)
