"""A weekly 招商台账 as offices keep it; everything in it is invented.

A sheet per group: a merged title, a line with the count, a line with group and reporter, the header in row 4 (or in
rows 4 and 5 with merged cells), projects, a sum, foot notes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

TITLE = "示例市重点招商项目周报台账（{week}）"
HEADER = [
    "序号", "项目名称", "投资主体", "产业类别", "计划投资额\n（亿元）", "用地\n(亩)", "进展阶段", "本周进展情况",
    "下一步计划", "联系人", "联系电话", "备注",
]  # fmt: skip
#: The same in two rows; what stands under the same upper text is one merged cell.
TWO_ROWS = [
    ("序号", ""), ("项目名称", ""), ("投资主体", ""), ("产业类别", ""), ("项目规模", "计划投资额（亿元）"),
    ("项目规模", "用地（亩）"), ("推进情况", "进展阶段"), ("推进情况", "本周进展情况"), ("推进情况", "下一步计划"),
    ("企业联系方式", "联系人"), ("企业联系方式", "电话"), ("备注", ""),
]  # fmt: skip
NOTES = ["注：1.本表由各招商组每周五中午前报送；2.投资额以意向书为准。", "填表人：示例员    审核：示例审核"]


@dataclass
class Line:
    """A project's line in the ledger."""

    project: str
    company: str
    investment: str = "1.5"
    land: str = "约30亩"
    stage: str = "在谈"
    progress: str = "已实地考察示例园区。"
    next_step: str = "约谈用地"
    contact: str = "王示例"
    phone: str = "10000000001"


@dataclass
class Group:
    """A sheet: the group, who reports, its projects."""

    name: str
    lines: Sequence[Line] = field(default_factory=list)
    reporter: str = "示例员"


GROUPS = (
    Group(
        "一组", [Line("示例激光装备项目", "示例激光装备有限公司"), Line("示例光纤项目", "示例光纤有限公司", "3.5亿")]
    ),
    Group("二组", [Line("示例光学镜头项目", "示例光学镜头有限公司", "面议", "33335㎡", stage="研判")]),
)


def ledger(path: Path, groups: Sequence[Group] = GROUPS, week: str = "第47周", *, two_rows: bool = False) -> Path:
    """Write the workbook."""
    with xlsxwriter.Workbook(path) as book:
        for group in groups:
            write(book.add_worksheet(group.name), group, week, two_rows)
    return path


def write(page: Worksheet, group: Group, week: str, two_rows: bool) -> None:
    """One group's sheet."""
    last = len(HEADER) - 1
    page.merge_range(0, 0, 0, last, TITLE.format(week=week))
    page.merge_range(1, 0, 1, last, f"共上报在谈项目 {len(group.lines)} 个")
    page.merge_range(2, 0, 2, last, f"组别：{group.name}          填报人：{group.reporter}")
    row = write_two_rows(page) if two_rows else write_one_row(page)
    for number, line in enumerate(group.lines, 1):
        page.write_row(row, 0, [number, line.project, line.company, "激光", line.investment, line.land, line.stage])
        page.write_row(row, 7, [line.progress, line.next_step, line.contact, line.phone])
        row += 1
    page.write_row(row, 0, ["合计", "", "", "", "5", "80"])
    for offset, note in enumerate(NOTES, 1):
        page.merge_range(row + offset, 0, row + offset, last, note)


def write_one_row(page: Worksheet) -> int:
    """The header in row 4; the place below it."""
    page.write_row(3, 0, HEADER)
    return 4


def write_two_rows(page: Worksheet) -> int:
    """The header in rows 4 and 5; the place below it."""
    for index, (upper, lower) in enumerate(TWO_ROWS):
        if not lower:
            page.merge_range(3, index, 4, index, upper)
        else:
            page.write(4, index, lower)
    starts = [index for index, pair in enumerate(TWO_ROWS) if pair[1] and TWO_ROWS[index - 1][0] != pair[0]]
    for first in starts:
        upper = TWO_ROWS[first][0]
        wide = sum(pair[0] == upper for pair in TWO_ROWS)
        page.merge_range(3, first, 3, first + wide - 1, upper)
    return 5
