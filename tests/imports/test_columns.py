"""Finding the header and what its words mean."""

import pytest

from imports import columns, headers
from imports.columns import Field
from imports.problems import HeadNotFound
from imports.workbook import Sheet

FIELDS = (
    Field("name", "企业名称", "企业名称 公司名称 公司全称", str, identity=True),
    Field("uscc", "统一社会信用代码", "统一社会信用代码 税号", str, identity=True),
    Field("phone", "联系电话", "联系电话 手机", str),
    Field("investment", "投资总额", "计划投资额 投资总额", str, takes_unit=True),
    Field("city", "城市", "城市", str),
)


def sheet(*rows: list[str]) -> Sheet:
    return Sheet("", rows=[(number, row) for number, row in enumerate(rows, 1) if any(row)])


def keys(head: columns.Head) -> dict[str, int]:
    return {key: column.index for key, column in head.mapping.items()}


@pytest.mark.parametrize(
    ("header", "word", "unit"),
    [
        ("城     市", "城市", ""),
        ("计划投资额（亿元）", "计划投资额", "亿元"),
        ("计划投资额(单位:万元)", "计划投资额", "万元"),
        ("*企业（集团）名称：", "企业名称", ""),
        ("行业\n［固定污染源排污许可分类管理名录］", "行业", ""),
        ("企业\u00a0名\u200b称\u3000", "企业名称", ""),
        ("用地面积/亩", "用地面积", "亩"),
        ("证券中文简称'", "证券中文简称", ""),
        ("ＵＳＣＣ", "uscc", ""),
    ],
)
def test_a_header_is_compared_without_spaces_brackets_units_and_marks(header, word, unit):
    assert headers.normal(header) == (word, unit)


def test_title_and_count_lines_stand_above_the_header():
    found = columns.find_head(
        sheet(
            ["招商项目周报"],
            ["共上报在谈项目 12 个"],
            [],
            ["序号", "公司名称", "城市", "计划投资额（亿元）"],
            ["1", "示例", "深圳", "3"],
        ),
        FIELDS,
    )
    assert found.row == 4
    assert keys(found) == {"name": 1, "city": 2, "investment": 3}
    assert found.mapping["investment"].unit == "亿元"


def test_of_two_columns_with_one_meaning_the_first_counts():
    assert keys(columns.find_head(sheet(["企业名称", "公司名称", "城市"]), FIELDS)) == {"name": 0, "city": 2}


def test_a_longer_header_that_ends_in_a_known_word_is_understood():
    assert keys(columns.find_head(sheet(["拟招引企业名称", "城市"]), FIELDS)) == {"name": 0, "city": 1}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["消费总量", "18981"], ["农业", "632"]], "no_head"),
        ([["Ctlprtconm"], ["示例有限公司"]], "no_head"),
        ([["城市"], ["深圳"]], "no_head"),
        ([["城市", "联系电话"], ["深圳", "1"]], "no_identity"),
        ([], "no_head"),
    ],
)
def test_what_is_not_recognised_is_refused_not_guessed(rows, code):
    with pytest.raises(HeadNotFound) as refusal:
        columns.find_head(sheet(*rows), FIELDS)
    assert refusal.value.code == code


def test_a_person_says_what_the_columns_are():
    head = columns.head_at(sheet(["Ctlprtconm", "x"], ["示例有限公司", "深圳"]), 1, FIELDS)
    assert keys(columns.mapped(head, {0: "name", 1: "city"}, FIELDS)) == {"name": 0, "city": 1}
    assert keys(columns.mapped(head, {0: "name", 1: "name"}, FIELDS)) == {"name": 0}
    assert keys(columns.mapped(head, {0: "name", 1: "owner_id"}, FIELDS)) == {"name": 0}
    with pytest.raises(HeadNotFound):
        columns.mapped(head, {1: "city"}, FIELDS)
