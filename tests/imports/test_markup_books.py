"""Workbooks that are text inside: XML spreadsheets of 2003, and web archives of several sheets."""

from pathlib import Path

import pytest

from imports import columns, rows, workbook
from imports.feeds.companies import CompanyFeed
from imports.problems import UnreadableFile
from imports.reading import Refused, archives, xmlbooks

XML_BOOK = """<?xml version="1.0" encoding="{encoding}"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:html="http://www.w3.org/TR/REC-html40">
 <Worksheet ss:Name="名单"><Table>
  <Column ss:Index="3" ss:Hidden="1" ss:Span="1"/>
  <Row><Cell ss:MergeAcross="5"><Data ss:Type="String">示例协会名单</Data></Cell></Row>
  <Row ss:Index="3"><Cell><Data ss:Type="String">序号</Data></Cell><Cell><Data ss:Type="String">企业名称</Data></Cell>
   <Cell ss:Index="5"><Data ss:Type="String">电话</Data></Cell><Cell><Data ss:Type="String">成立日期</Data></Cell></Row>
  <Row><Cell><Data ss:Type="Number">1</Data></Cell>
   <Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40"><B>示例</B>光电&amp;有限公司</ss:Data>
    <Comment><ss:Data><html:B>注：</html:B>不是名称</ss:Data></Comment></Cell>
   <Cell ss:Index="5"><Data ss:Type="Number">10000000001</Data></Cell>
   <Cell><Data ss:Type="DateTime">2024-03-05T00:00:00.000</Data></Cell></Row>
  <Row ss:Hidden="1"><Cell ss:Index="2"><Data ss:Type="String">示例隐藏有限公司</Data></Cell></Row>
 </Table></Worksheet>
 <Worksheet ss:Name="旧数据"><Table><Row><Cell><Data ss:Type="Boolean">1</Data></Cell></Row></Table>
  <WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible></WorksheetOptions>
 </Worksheet>
</Workbook>"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "名单.xls"


@pytest.mark.parametrize("encoding", ["UTF-8", "gb2312", "UTF-16"])
def test_an_xml_spreadsheet_is_read_like_any_workbook(path, encoding):
    path.write_bytes(XML_BOOK.format(encoding=encoding).encode(encoding))
    book = workbook.read(path)
    assert (book.kind, [(sheet.name, sheet.hidden) for sheet in book.sheets]) == (
        "xml",
        [("名单", False), ("旧数据", True)],
    )
    sheet = book.sheet("名单")
    assert list(sheet.rows) == [
        (1, ["示例协会名单"]),
        (3, ["序号", "企业名称", "", "", "电话", "成立日期"]),
        (4, ["1", "示例光电&有限公司", "", "", "10000000001", "2024-03-05"]),
        (5, ["", "示例隐藏有限公司"]),
    ]
    assert sheet.layout.merges == [[1, 0, 1, 5]]
    assert (sheet.hidden_numbers, sheet.layout.hidden_columns) == ({5}, [2, 3])
    assert list(book.sheet("旧数据").rows) == [(1, ["是"])]
    assert columns.find_head(sheet, CompanyFeed.fields).row == 3


def test_of_its_sheets_only_the_wanted_rows_are_given(path):
    path.write_text(XML_BOOK.format(encoding="UTF-8"), encoding="utf-8")
    assert [len(sheet.rows) for sheet in workbook.read(path, head=1).sheets] == [1, 1]
    assert [len(sheet.rows) for sheet in workbook.read(path, sheets=["旧数据"]).sheets] == [0, 1]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("<Table>", "<Table"), "broken"),
        (("</Workbook>", ""), "broken"),
        (('ss:Index="3">', 'ss:Index="many">'), "broken"),
        (('<Cell ss:Index="5">', '<Cell ss:Index="99999">'), "columns"),
        (("<Workbook", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<Workbook'), "broken"),
    ],
)
def test_a_hostile_one_is_refused(change, code):
    with pytest.raises(Refused) as refusal:
        xmlbooks.sheets([XML_BOOK.format(encoding="UTF-8").replace(*change, 1)])
    assert refusal.value.code == code


def test_the_limits_hold_for_it(path):
    far = XML_BOOK.format(encoding="UTF-8").replace('<Row ss:Index="3">', '<Row ss:Index="9999999">')
    path.write_text(far, encoding="utf-8")
    with pytest.raises(UnreadableFile) as refusal:
        workbook.read(path)
    assert refusal.value.code == "rows"


ARCHIVE = """From: <Saved by 示例>
MIME-Version: 1.0
Content-Type: multipart/related; boundary="----x"

------x
Content-Location: file:///C:/1/名单.htm
Content-Type: text/html; charset="utf-8"

<html xmlns:x="urn:schemas-microsoft-com:office:excel"><xml><x:ExcelWorkbook><x:ExcelWorksheets>
<x:ExcelWorksheet><x:Name>一组</x:Name><x:WorksheetSource HRef="1.files/sheet001.htm"/></x:ExcelWorksheet>
<x:ExcelWorksheet><x:Name>旧 &amp; 数据</x:Name><x:WorksheetSource HRef="1.files/sheet002.htm"/>
<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></x:ExcelWorksheet>
</x:ExcelWorksheets></x:ExcelWorkbook></xml><frameset><frame src="1.files/sheet001.htm"></frameset></html>
------x
Content-Location: file:///C:/1/1.files/tabstrip.htm
Content-Type: text/html; charset="utf-8"

<html><table><tr><td>一组</td><td>旧数据</td></tr></table></html>
------x
Content-Location: file:///C:/1/1.files/sheet001.htm
Content-Type: text/html; charset="utf-8"

<html><table><tr><td>企业名称</td></tr><tr><td>示例一有限公司</td></tr></table></html>
------x
Content-Location: file:///C:/1/1.files/sheet002.htm
Content-Type: text/html; charset="utf-8"

<html><table><tr><td>企业名称</td></tr><tr><td>示例二有限公司</td></tr></table></html>
------x--
"""


def test_a_web_archive_of_excel_keeps_its_sheets(path):
    path.write_text(ARCHIVE, encoding="utf-8")
    book = workbook.read(path)
    assert [(sheet.name, sheet.hidden, list(sheet.rows)[1][1]) for sheet in book.sheets] == [
        ("一组", False, ["示例一有限公司"]),
        ("旧 & 数据", True, ["示例二有限公司"]),
    ]
    checked = rows.check(book.sheets[0], columns.find_head(book.sheets[0], CompanyFeed.fields), CompanyFeed.fields)
    assert checked.values("name") == ["示例一有限公司"]


def test_a_web_archive_without_a_page_is_no_spreadsheet():
    with pytest.raises(Refused) as refusal:
        archives.sheets(b"MIME-Version: 1.0\nContent-Type: text/plain\n\nx", None)
    assert refusal.value.code == "not_a_sheet"
