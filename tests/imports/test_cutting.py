"""A large workbook is read in pieces, a long sheet from the disk: what they say is what they say as a whole."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from imports.problems import UnreadableFile
from imports.reading import Refused, books, cutting
from imports.spool import Answer, ChosenRows, chosen
from imports.workbook import LIMITS, collect

from .sheets import SHEET_XML, rewritten


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "LARGE", 0)
    monkeypatch.setattr(cutting, "PIECE", 500)
    monkeypatch.setattr(cutting, "CHUNK", 1_000)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A workbook with all kinds of cell, gaps, merged and hidden rows, and strings that are shared."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as made:
        day, bold = made.add_format({"num_format": "yyyy-mm-dd"}), made.add_format({"bold": True})
        sheet = made.add_worksheet("名单 & 附表")
        sheet.merge_range("B2:D2", "标题")
        sheet.merge_range("A90:A92", "合并")
        for number in range(5, 90, 2):
            sheet.write_row(number, 1, [f"示例{number}有限公司", number + 0.5, number % 2 == 0, "", "深圳 <甲>&"])
            sheet.write_datetime(
                number, 7, datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(number), day
            )
            sheet.write_formula(number, 8, '="x"&"y"', None, "xy")
            sheet.write_formula(number, 9, "=1/0", None, "#DIV/0!")
        sheet.write_rich_string(40, 1, "前", bold, "中", " 后 ")
        sheet.set_row(11, None, None, {"hidden": True})
        sheet.set_column(2, 2, 10, None, {"hidden": True})
        made.add_worksheet("空表")
        made.add_worksheet("第二张").write_row(0, 0, ["企业名称", 1])
    return path


def everything(path: Path) -> list:
    parts = books.read(path, "xlsx", LIMITS)
    return [next(parts), *((name, layout, [row for row in rows if any(row[1])]) for name, layout, rows in parts)]


def test_pieces_say_what_the_whole_says(book, monkeypatch, request):
    whole = everything(book)
    request.getfixturevalue("small_pieces")
    asked = []
    monkeypatch.setattr(
        cutting, "small_workbook", lambda parts, make=cutting.small_workbook: asked.append(1) or make(parts)
    )
    assert everything(book) == whole
    assert len(asked) > 10
    assert whole[1][1].merges == [(2, 1, 2, 3), (90, 0, 92, 0)]


ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'
CELL = '<c t="inlineStr"><is><t>示例</t></is></c>'


@pytest.mark.parametrize(
    "data",
    [f"<row>{CELL}</row><row>{CELL}</row>", '<row r="1" spans="1:1">' + CELL + "</row><row>" + CELL + "</row>", ""],
)
def test_a_sheet_that_is_not_cut_is_read_as_a_whole(book, tmp_path, small_pieces, data):
    path = rewritten(book, tmp_path / "b.xlsx", "xl/worksheets/sheet3.xml", SHEET_XML.format(data))
    assert len(everything(path)[3][2]) == data.count("示例")


def test_broken_parts_are_refused(book, tmp_path, small_pieces):
    for data in (ROW + '<row r="2"><c r="A2" t="s"><v>99999</v></c></row>', ROW + "<row r='2'><c></row>"):
        path = rewritten(book, tmp_path / "b.xlsx", "xl/worksheets/sheet3.xml", SHEET_XML.format(data))
        with pytest.raises(Refused) as refusal:
            everything(path)
        assert refusal.value.code == "broken"


def test_rows_stay_on_the_disk_until_they_are_asked_for():
    answer = Answer()
    answer.file.write(b'{"sheets":[{"name":"","hidden":false}],"kind":"csv","encoding":"","others":[]}\n')
    answer.file.write(b'{"sheet":"","layout":{}}\n{"rows":2}\n[[1,["a"]],[3,["b"]]]\n{"rows":1}\n[[4,["c"]]]\n')
    answer.file.write(b'{"end":true}\n')
    rows = collect(answer.lines(), 0).sheet("").rows
    assert (len(rows), list(rows)) == (3, [(1, ["a"]), (3, ["b"]), (4, ["c"])])
    assert (rows[-1], rows[0:2], rows[1]) == ((4, ["c"]), [(1, ["a"]), (3, ["b"])], (3, ["b"]))
    odd = chosen(rows, lambda number: number != 3)
    assert isinstance(odd, ChosenRows)
    assert (list(odd), odd[1], len(odd)) == ([(1, ["a"]), (4, ["c"])], (4, ["c"]), 2)


def test_an_answer_that_is_cut_off_is_none():
    answer = Answer()
    answer.file.write(b'{"sheets":[{"name":"","hidden":false}],"kind":"csv","encoding":"","others":[]}\n[[1,')
    with pytest.raises(UnreadableFile):
        collect(answer.lines(), -9)
