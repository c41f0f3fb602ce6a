"""Empty sheets to fill in, one for each kind of row: the header, an example that is not read, lists to choose from."""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from flask_babel import gettext as _
from sqlalchemy import select
from xlsxwriter.worksheet import Worksheet

from crm import rules
from crm.accounts.models import User
from crm.accounts.permissions import held_by
from crm.chain.models import Chain, Segment
from crm.companies.models import Tier
from crm.database import N_, db
from crm.errors import RuleError
from crm.landing.parks.models import Park
from crm.pipeline.models import Route, Stage
from imports.columns import Field
from imports.feeds import Feed
from imports.rows import EXAMPLE

ROWS_WITH_LISTS = 2_000
OPTIONS_MAX = 2_000
UNITS: dict[Any, str] = {rules.wan: N_("万元"), rules.mu: N_("亩"), rules.m2: "㎡"}
#: Names that cells of these fields may give, read from the database.
NAMES: dict[str, Any] = {
    "chain": Chain.name,
    "project_chain": Chain.name,
    "segment": Segment.name,
    "project_segment": Segment.name,
    "tiers": Tier.name,
    "route": Route.name,
    "stages": Stage.name,
    "park": Park.name,
}
PEOPLE = {"owner", "officer"}
EXAMPLES = {
    "name": "示例激光科技有限公司",
    "uscc": "91000000DEM0000019",
    "aliases": "示例激光",
    "province": "广东省",
    "city": "深圳市",
    "district": "南山区",
    "place": "广东省深圳市",
    "town": "示例镇",
    "website": "www.example.com",
    "contact": "王示例",
    "people": "王示例",
    "phone": "10000000001",
    "project": "示例激光装备项目",
    "origin_code": "广东省深圳市",
    "currency": "人民币",
}
#: What else an example may be: the first that the field's rule takes.
CANDIDATES = ("2026-03-05", "100", "3", "2026", "是", "www.example.com")


def build(feed: Feed, by: User) -> bytes:
    """The workbook. Its second sheet says what each column takes, its third one is hidden and holds the lists."""
    output = io.BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True, "strings_to_formulas": False}) as book:
        page, guide, lists = book.add_worksheet(_("填写")), book.add_worksheet(_("说明")), book.add_worksheet(_("选项"))
        lists.hide()
        styles = {
            "head": book.add_format({"bold": True, "bg_color": "#E9F0FA", "border": 1, "text_wrap": True}),
            "example": book.add_format({"italic": True, "font_color": "#5F6C7B", "num_format": "@"}),
            "text": book.add_format({"num_format": "@"}),
        }
        write_guide(guide, feed, styles)
        page.write_string(0, 0, _("行号"), styles["head"])
        page.write_string(1, 0, EXAMPLE, styles["example"])
        for place, field in enumerate(feed.fields, 1):
            write_column(page, lists, place, field, options(field, by), styles)
        page.freeze_panes(1, 0)
    return output.getvalue()


def write_column(
    page: Worksheet, lists: Worksheet, place: int, field: Field, offered: Sequence[str], styles: dict[str, Any]
) -> None:
    """A field's header and example, and the list to choose from."""
    page.set_column(place, place, max(12, len(header(field)) * 2 + 2), styles["text"])
    page.write_string(0, place, header(field), styles["head"])
    page.write_string(1, place, example(field, offered), styles["example"])
    if not offered:
        return
    lists.write_column(0, place, offered)
    source = xlsxwriter.utility.xl_range_abs(0, place, len(offered) - 1, place)
    # A warning only: some cells take several words, or words that the list does not have.
    rule = {"validate": "list", "source": f"={quoted(lists)}!{source}", "error_type": "warning"}
    page.data_validation(2, place, ROWS_WITH_LISTS, place, rule)


def quoted(page: Worksheet) -> str:
    """A worksheet's name as formulas write it."""
    return f"'{page.get_name()}'"


def header(field: Field) -> str:
    """A column's header: its label, its unit, a star where a row must have it."""
    unit = UNITS.get(field.parse)
    return "".join((_(field.label), f"（{_(unit)}）" if unit else "", "*" if field.required else ""))


def write_guide(page: Worksheet, feed: Feed, styles: dict[str, Any]) -> None:
    """What each column takes, and by which other words its header is known."""
    page.set_column(0, 0, 20)
    page.set_column(1, 1, 10)
    page.set_column(2, 2, 90)
    page.write_row(0, 0, [_("列"), _("必填"), _("表头也可以写")], styles["head"])
    for line, field in enumerate(feed.fields, 1):
        page.write_row(line, 0, [_(field.label), _("是") if field.required else "", "、".join(field.words.split())])
    page.write_string(len(feed.fields) + 2, 0, _("行号写“例”的一行不会导入。日期写成 2026-03-05；多个值用顿号分开。"))


def options(field: Field, by: User) -> list[str]:
    """What a cell may say, where that is a list: words of a choice, names that are known, people whom one may name."""
    if field.key in PEOPLE:
        people = select(User.display_name).where(User.disabled_at.is_(None), held_by(User, by, "user.read"))
        return unique(people.order_by(User.display_name))
    if field.key in NAMES:
        return unique(select(NAMES[field.key]).order_by(NAMES[field.key]))
    return words_of(field)


def unique(query: Any) -> list[str]:
    """The names of a query, each once."""
    return list(dict.fromkeys(db.session.scalars(query.limit(OPTIONS_MAX))))


def words_of(field: Field) -> list[str]:
    """The words that a rule takes: it names them when it refuses another one."""
    if field.parse is rules.yes:
        return ["是", "否"]
    try:
        field.parse("？？")
    except RuleError as error:
        lists = (str(value).split("、") for value in error.details.values() if "、" in str(value))
        return next(lists, [])
    return []


def example(field: Field, offered: Sequence[str]) -> str:
    """A text that the field's rule takes."""
    label = f"示例{_(field.label)}"
    wanted = [EXAMPLES.get(field.key, ""), *offered[:1], label if not field.takes_unit else "", *CANDIDATES]
    return next((text for text in wanted if text and takes(field, text)), "")


def takes(field: Field, text: str) -> bool:
    """Whether a text is a value of the field."""
    try:
        return field.parse(text) not in (None, "", [])
    except RuleError:
        return False
