"""Reading files: kinds by content, encodings, limits, and what hostile files get."""

import base64
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from imports import workbook
from imports.problems import UnreadableFile

from .sheets import SHEET_XML, ods, rewritten, xlsx

ROWS = [["企业名称", "联系电话"], ["示例光电有限公司", "10000000001"]]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return xlsx(tmp_path / "名单.xlsx", ROWS)


def code_of(path: Path, content: bytes | None = None) -> str:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableFile) as refusal:
        workbook.read(path)
    return refusal.value.code


def cells(path: Path) -> list[list[str]]:
    return [row for _number, row in workbook.read(path).sheet(None).rows]


def test_xlsx_cells_are_text_as_a_person_would_type_them(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["金额", 12, 12.5, 13800000000.0, True]])
    assert cells(path) == [["金额", "12", "12.5", "13800000000", "是"]]


def test_rows_keep_the_numbers_that_the_user_sees(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [[], ["标题"], [], ["企业名称"], ["示例"]])
    assert [number for number, _row in workbook.read(path).sheet(None).rows] == [2, 4, 5]


def test_cells_keep_their_columns(tmp_path):
    assert cells(xlsx(tmp_path / "a.xlsx", [["", "", "企业名称"], ["", "", "示例", "深圳"]])) == [
        ["", "", "企业名称"],
        ["", "", "示例", "深圳"],
    ]


def test_head_reads_only_the_first_filled_rows(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [[str(number)] for number in range(50)])
    assert len(workbook.read(path, head=5).sheet(None).rows) == 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_csv_in_every_common_encoding(tmp_path, encoding):
    path = tmp_path / "名单.csv"
    path.write_bytes("企业名称,城市\n示例㑇光电有限公司,深圳\n".encode(encoding, "replace"))
    assert cells(path)[0] == ["企业名称", "城市"]
    assert cells(path)[1][0].endswith("光电有限公司")


def test_gb18030_with_four_byte_characters(tmp_path):
    path = tmp_path / "名单.csv"
    path.write_bytes("企业名称,城市\n示例𠮷光电有限公司,深圳\n".encode("gb18030"))
    assert cells(path)[1][0] == "示例𠮷光电有限公司"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_csv_separators_and_line_ends(tmp_path, delimiter, line_end):
    path = tmp_path / "a.txt"
    path.write_bytes(line_end.join(delimiter.join(row) for row in ROWS).encode())
    assert cells(path) == ROWS


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('示例甲,5" 屏幕\n示例乙,"好\n', [["示例甲", '5" 屏幕'], ["示例乙", '"好']]),
        ('"示例"甲,"深圳"\n"示例乙","一\n二"\n', [["示例甲", "深圳"], ["示例乙", "一\n二"]]),
        ('"示例"甲,"深圳\n示例乙,x\n', [['"示例"甲', '"深圳'], ["示例乙", "x"]]),
        (
            '示例甲,="0760"\n示例乙,"=""0760"""\n示例丙,\'0760\n',
            [["示例甲", "0760"], ["示例乙", "0760"], ["示例丙", "0760"]],
        ),
        ("示例甲,=1+1\n'示例'乙,x\n", [["示例甲", "=1+1"], ["'示例'乙", "x"]]),
    ],
)
def test_a_stray_quote_swallows_no_row_and_marks_of_text_are_left_out(tmp_path, text, read):
    (tmp_path / "a.csv").write_text("名称,说明\n" + text, encoding="utf-8")
    assert cells(tmp_path / "a.csv")[1:] == read


def test_a_web_archive_named_xls(tmp_path):
    page = "<html><table><tr><th>企业名称</th></tr><tr><td>示例光电</td></tr></table></html>"
    head = 'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n\n--x\nContent-Type: text/html\n'
    body = f"Content-Transfer-Encoding: base64\n\n{base64.b64encode(page.encode()).decode()}\n--x--\n"
    (tmp_path / "a.xls").write_text(head + body)
    assert cells(tmp_path / "a.xls") == [["企业名称"], ["示例光电"]]


def test_one_name_a_line_needs_no_separator(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("企业名称\n示例一有限公司\n示例二有限公司\n", encoding="utf-8")
    assert cells(path) == [["企业名称"], ["示例一有限公司"], ["示例二有限公司"]]


def test_type_goes_by_content_not_by_name(tmp_path, book):
    wrong = tmp_path / "b.csv"
    wrong.write_bytes(book.read_bytes())
    assert workbook.read(wrong).kind == "xlsx"
    wrong.with_suffix(".xlsx").write_text("企业名称,城市\n示例,深圳\n", encoding="utf-8")
    assert workbook.read(wrong.with_suffix(".xlsx")).kind == "csv"


def test_html_table_named_xls(tmp_path):
    path = tmp_path / "a.xls"
    page = "<html><table><tr><th>企业名称</th></tr><tr><td>示例&amp;光电</td></tr></table></html>"
    path.write_text(page, encoding="utf-8")
    assert (workbook.read(path).kind, cells(path)) == ("html", [["企业名称"], ["示例&光电"]])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n ", "empty"),
        (b"%PDF-1.7 ...", "not_a_sheet"),
        (b"PK\x03\x04 cut", "truncated"),
        (b"<?xml version='1.0'?><x/>", "not_a_sheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "not_a_sheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") + b"\xff" * 900, "broken"),
        ("名称,城市\n示\x00例,深圳\n".encode(), "binary"),
        (b"\x81\x30\xff\xff\xff,\xff\n", "encoding"),
        ('名称,城市\n"示例,深圳\n示例二\n'.encode(), "quote"),
        (b"MIME-Version: 1.0\n\nno page", "not_a_sheet"),
        (("名称,城市\n示例," + "长" * 40_000).encode(), "cell"),
        ((",".join("列" * 600) + "\n").encode(), "columns"),
    ],
)
def test_bad_files_are_refused_with_a_reason(tmp_path, content, code):
    assert code_of(tmp_path / "a.xlsx", content) == code


def test_cut_off_workbook(tmp_path, book):
    assert code_of(tmp_path / "b.xlsx", book.read_bytes()[:-400]) == "truncated"


@pytest.mark.parametrize("cell", ["XFD1048576", "C1048577", "ZZ5"])
def test_far_cell_ends_the_reader_not_the_service(tmp_path, book, cell):
    row = "".join(character for character in cell if character.isdigit())
    data = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{cell}"><v>1</v></c></row>'
    path = rewritten(book, tmp_path / "far.xlsx", "xl/worksheets/sheet1.xml", SHEET_XML.format(data))
    assert code_of(path) in ("memory", "columns", "rows", "broken")


def test_zip_bomb_is_not_unpacked(tmp_path, book):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(11):
                part.write(b" " * 100_000_000)
    assert code_of(path) == "unpacked"


def test_too_many_entries(tmp_path):
    path = tmp_path / "many.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(5_001):
            archive.writestr(f"xl/{number}", "")
    assert code_of(path) == "entries"


def test_entities_are_not_expanded(tmp_path, book):
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY e SYSTEM "file:///etc/passwd">]>'
    text = "<c r='A1' t='inlineStr'><is><t>&b;&e;</t></is></c>"
    sheet = laughs + SHEET_XML.format(f"<row r='1'>{text}</row>")
    path = rewritten(book, tmp_path / "laughs.xlsx", "xl/worksheets/sheet1.xml", sheet)
    try:
        held = str(cells(path))
    except UnreadableFile:
        held = ""
    assert "haha" not in held
    assert "root:" not in held


def test_sheet_choice(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [], ROWS, names=["空表", "名单"])
    assert workbook.read(path).sheet(None).name == "名单"
    assert len(workbook.read(path, sheets=["名单"]).sheet("名单").rows) == 2
    with pytest.raises(UnreadableFile) as refusal:
        workbook.read(path, sheets=["没有"])
    assert refusal.value.code == "no_such_sheet"


LIMITS_OF_ITS_OWN = """
import sys, json; sys.path.insert(0, sys.argv[1])
import resource; from imports import reader
reader.limit_resources(int(sys.argv[2]))
print(json.dumps([resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] for name in ("AS", "CPU", "CORE")]))
"""


@pytest.mark.parametrize(("size", "seconds"), [(100_000, 5), (80_000_000, 15)])
def test_the_reader_holds_itself_to_512_mb_and_5_seconds_and_more_only_for_more_content(size, seconds):
    command = [sys.executable, "-I", "-c", LIMITS_OF_ITS_OWN, str(workbook.ROOT), str(size)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert found == [512 * 1024 * 1024, seconds, 0]


def test_ods_with_hidden_rows(tmp_path):
    sheet = workbook.read(ods(tmp_path / "名单.ods", [*ROWS, ["示例二有限公司"]], hidden_rows=[1])).sheet(None)
    assert sheet.name == "名单"
    assert sheet.hidden_numbers == {2}


def test_macros_are_left_alone(tmp_path, book):
    path = rewritten(book, tmp_path / "宏.xlsm", "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 not run")
    assert cells(path) == ROWS


def test_a_wps_sheet_is_told_by_its_content(tmp_path, book):
    path = tmp_path / "名单.et"
    path.write_bytes(book.read_bytes())
    assert (workbook.read(path).kind, cells(path)) == ("xlsx", ROWS)


def test_a_million_empty_formatted_rows_are_no_rows(tmp_path, book):
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>企业名称</t></is></c></row>'
    empty = "".join(f'<row r="{number}" s="1" customFormat="1"/>' for number in range(2, 1_048_577))
    path = rewritten(book, tmp_path / "空行.xlsx", "xl/worksheets/sheet1.xml", SHEET_XML.format(row + empty))
    assert cells(path) == [["企业名称"]]


def test_too_many_columns(tmp_path, book):
    row = "".join(f'<c r="{letters}1" t="n"><v>1</v></c>' for letters in ("A", "XFD"))
    path = rewritten(
        book, tmp_path / "宽.xlsx", "xl/worksheets/sheet1.xml", SHEET_XML.format(f'<row r="1">{row}</row>')
    )
    assert code_of(path) == "columns"


def test_a_formula_without_a_kept_value_is_empty(tmp_path, book):
    row = '<row r="1"><c r="A1"><f>1+1</f></c><c r="B1" t="inlineStr"><is><t>深圳</t></is></c></row>'
    path = rewritten(book, tmp_path / "公式.xlsx", "xl/worksheets/sheet1.xml", SHEET_XML.format(row))
    assert cells(path) == [["", "深圳"]]


def test_two_encodings_in_one_file_are_refused_with_the_line(tmp_path):
    path = tmp_path / "混.csv"
    path.write_bytes("企业名称,城市\n示例𠮷有限公司,深圳\n".encode() + b"\xff\xff,\xb6\xab\n")
    with pytest.raises(UnreadableFile) as refusal:
        workbook.read(path)
    assert (refusal.value.code, refusal.value.details["row"]) == ("encoding", 3)


def test_traditional_text_is_told_or_said_to_be_doubtful(tmp_path):
    path = tmp_path / "繁.csv"
    path.write_bytes(("企業名稱,城市\n" + "範例光電股份有限公司,臺北\n" * 20).encode("big5"))
    book = workbook.read(path)
    assert book.encoding == "big5" or "big5" in book.others
    assert workbook.read(path, encoding="big5").sheet(None).rows[0][1] == ["企業名稱", "城市"]


def test_ragged_rows_keep_their_cells(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("企业名称,城市,产品\n示例一\n示例二,深圳,激光器,多出,的\n", encoding="utf-8")
    assert [len(row) for row in cells(path)] == [3, 1, 5]


def test_cells_of_an_html_table_that_are_merged_stand_in_their_columns(tmp_path):
    path = tmp_path / "a.xls"
    rows = "<tr><th rowspan=2>企业名称</th><th colspan=2>联系方式</th></tr><tr><td>联系人</td><td>电话</td></tr>"
    path.write_text(f"<table>{rows}<tr><td>示例有限公司</td><td>王示例</td><td>1</td></tr></table>", encoding="utf-8")
    sheet = workbook.read(path).sheet(None)
    assert sheet.layout.merges == [[1, 0, 2, 0], [1, 1, 1, 2]]
    assert [row for _number, row in sheet.rows] == [
        ["企业名称", "联系方式"], ["", "联系人", "电话"], ["示例有限公司", "王示例", "1"],
    ]  # fmt: skip
