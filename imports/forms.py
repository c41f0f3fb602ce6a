"""Forms of the import's pages."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField, SelectField
from wtforms.validators import ValidationError

from crm import rules
from crm.chain import queries
from crm.database import db
from crm.forms import Form, RuleField
from imports import feeds
from imports.columns import Head
from imports.feeds import Feed
from imports.workbook import Sheet

#: A telephone number in an example cell is shown with its middle hidden, whatever the column is called.
NUMBER = re.compile(r"(?<!\d)(1\d{2}|0\d{2,3}-?)\d{4}(\d{4})(?!\d)")
EXAMPLES = 3


class UploadForm(Form):
    """A file to import."""

    file = FileField(_l("表格文件"))

    def validate_file(self, field: Any) -> None:
        """A file must have been chosen."""
        if not field.data or not field.data.filename:
            raise ValidationError(_("请选择一个文件。"))


class SheetForm(Form):
    """Which sheet, as which kind of row, with the header in which row."""

    sheet = SelectField(_l("工作表"))
    feed = SelectField(_l("内容"))
    head_row = SelectField(_l("表头所在行"), coerce=int)

    def offer(self, sheets: list[Sheet], chosen: Sheet, offered: list[Feed]) -> "SheetForm":
        """Fill the choices."""
        self.sheet.choices = [(sheet.name, title(sheet)) for sheet in sheets if sheet.rows]
        self.feed.choices = [(feed.key, _(feed.label)) for feed in offered]
        self.head_row.choices = [
            (number, _("第 %(row)s 行：%(cells)s", row=number, cells=shortened(cells))) for number, cells in chosen.rows
        ]
        return self


class OptionsForm(Form):
    """What goes along with the columns: a list for the companies, and the chain that their segments belong to."""

    list_name = RuleField(_l("放入招商清单"), rule=rules.line(200))
    chain_id = SelectField(_l("环节属于哪条产业链"), coerce=int)

    def offer(self) -> "OptionsForm":
        """Fill the choices."""
        chains = db.session.scalars(queries.chains())
        self.chain_id.choices = [(0, _("按表中所写")), *((chain.id, chain.name) for chain in chains)]
        return self

    def options(self) -> dict[str, Any]:
        """What was chosen; what cannot be counts as nothing."""
        return {"list_name": self.list_name.data or "", "chain_id": self.chain_id.data or None}


def title(sheet: Sheet) -> str:
    """A sheet's name, with a word where it is hidden."""
    return _("%(name)s（隐藏）", name=sheet.title) if sheet.hidden else sheet.title


def shortened(cells: list[str]) -> str:
    """The first cells of a row, to recognise it."""
    return masked(" | ".join(cell.strip()[:12] for cell in cells[:6] if cell.strip()))[:60]


def masked(text: str) -> str:
    """A text with the middle of telephone numbers hidden."""
    return NUMBER.sub(r"\1****\2", text)


def examples(sheet: Sheet, head: Head) -> dict[int, list[str]]:
    """The first values under each column, by its place."""
    found: dict[int, list[str]] = {column.index: [] for column in head.columns}
    for number, cells in sheet.rows:
        for index, values in found.items():
            text = cells[index].strip() if number > head.row and index < len(cells) else ""
            if text and len(values) < EXAMPLES and text not in values:
                values.append(text)
    return {index: [masked(text)[:40] for text in values] for index, values in found.items()}


def choices_of(form: Mapping[str, str]) -> dict[int, str | None]:
    """What a person chose for the columns, from fields named column-0, column-1 …"""
    return {int(name[7:]): value or None for name, value in form.items() if re.fullmatch(r"column-\d{1,4}", name)}


def decisions_of(form: Mapping[str, str]) -> dict[str, Any]:
    """What a person decided on doubtful rows, from fields named row-12: a company's id or "new"."""
    found = {name[4:]: value for name, value in form.items() if re.fullmatch(r"row-\d{1,9}", name) and value}
    return {row: int(value) if value.isdigit() else value for row, value in found.items() if is_decision(value)}


def is_decision(value: str) -> bool:
    """Whether a value can be one: `new`, or an id that a bigint holds."""
    return value == "new" or (value.isascii() and value.isdigit() and len(value) < 19)


def field_choices(feed: str) -> list[tuple[str, str]]:
    """The meanings that a column can have, for a select."""
    return [("", _("不导入"))] + [(field.key, _(field.label)) for field in feeds.get(feed).fields]
