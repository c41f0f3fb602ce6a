"""Forms of the import's pages."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import FileField, SelectField
from wtforms.validators import ValidationError

from crm import rules
from crm.chain import queries
from crm.database import db
from crm.forms import Form, RuleField
from imports import feeds
from imports.columns import Head
from imports.previews import masked
from imports.understanding import Reading
from imports.workbook import Sheet

EXAMPLES = 3
#: Of a sheet's top so many rows are shown at most, two of them below the header.
TOP_ROWS, ROWS_BELOW_HEAD = 14, 2
#: Characters of a cell, and of a row, by which a person recognises the header.
CELL_SHOWN, ROW_SHOWN = 24, 120


class UploadForm(Form):
    """A file to import."""

    file = FileField(_l("表格文件"))

    def validate_file(self, field: Any) -> None:
        """A file must have been chosen."""
        if not getattr(field.data, "filename", ""):  # a text in place of a file has none
            raise ValidationError(_("请选择一个文件。"))


class OptionsForm(Form):
    """What goes along with the columns: a list for the companies, and the chain that their segments belong to."""

    list_name = RuleField(_l("放入招商清单"), rule=rules.line(200))
    chain_id = SelectField(_l("环节属于哪条产业链"), coerce=int)
    profile_name = RuleField(_l("存为列映射方案"), rule=rules.line(200))

    def offer(self) -> "OptionsForm":
        """Fill the choices."""
        chains = db.session.scalars(queries.chains())
        self.chain_id.choices = [(0, _("按表中所写")), *((chain.id, chain.name) for chain in chains)]
        return self

    def options(self) -> dict[str, Any]:
        """What was chosen; what cannot be counts as nothing."""
        names = {"list_name": self.list_name.data or "", "profile_name": self.profile_name.data or ""}
        return names | {"chain_id": self.chain_id.data or None}


def reading_of(form: MultiDict[str, str]) -> Reading:
    """What a person chose to read."""
    row = form.get("head_row", "")
    return Reading(
        sheets=form.getlist("sheets"),
        feed=form.get("feed", ""),
        head_row=int(row) if is_number(row) else None,
        encoding=form.get("encoding", ""),
        with_hidden=bool(form.get("with_hidden")),
    )


def top_rows(sheet: Sheet, head: Head) -> list[tuple[int, str]]:
    """The first rows of a sheet with their numbers, shortened, for a person to point at the header."""
    last = max(head.last_row, sheet.rows[0][0]) + ROWS_BELOW_HEAD
    shown = [(number, cells) for number, cells in sheet.rows if number <= last][:TOP_ROWS]
    return [(number, shortened(cells)) for number, cells in shown]


def shortened(cells: list[str]) -> str:
    """The first cells of a row, to recognise it."""
    texts = (cut(masked(" ".join(cell.split())), CELL_SHOWN) for cell in cells[:8])
    return cut(" | ".join(filter(None, texts)), ROW_SHOWN)


def cut(text: str, longest: int) -> str:
    """A text of at most so many characters; a dot says that it goes on."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def examples(sheet: Sheet, head: Head) -> dict[int, list[str]]:
    """The first values under each column, by its place."""
    found: dict[int, list[str]] = {column.index: [] for column in head.columns}
    for number, cells in sheet.rows:
        for index, values in found.items():
            text = cells[index].strip() if number > head.last_row and index < len(cells) else ""
            if text and len(values) < EXAMPLES and text not in values:
                values.append(text)
    return {index: [masked(text)[:40] for text in values] for index, values in found.items()}


def choices_of(form: Mapping[str, str]) -> dict[int, str | None]:
    """What a person chose for the columns, from fields named column-0, column-1 …"""
    return {int(name[7:]): value or None for name, value in form.items() if re.fullmatch(r"column-\d{1,4}", name)}


def fill_only_of(form: Mapping[str, str]) -> list[str]:
    """The fields that only fill what is empty, from fields named policy-0, policy-1 … beside those of the columns."""
    chosen = choices_of(form)
    filling = {index for index in chosen if form.get(f"policy-{index}") == "fill"}
    return sorted({key for index, key in chosen.items() if key and index in filling})


def decisions_of(form: Mapping[str, str]) -> dict[str, Any]:
    """What a person decided on doubtful rows, from fields named row-0-12: a company's id or "new"."""
    found = {name[4:]: value for name, value in form.items() if re.fullmatch(r"row-\d{1,3}-\d{1,9}", name) and value}
    return {row: int(value) if value.isdigit() else value for row, value in found.items() if is_decision(value)}


def is_decision(value: str) -> bool:
    """Whether a value can be one: `new`, or an id that a bigint holds."""
    return value == "new" or (is_number(value) and len(value) < 19)


def is_number(value: str) -> bool:
    """Whether a text is a whole number without a sign, of a sane length."""
    return value.isascii() and value.isdigit() and len(value) < 19


def cells_of(form: MultiDict[str, str]) -> dict[tuple[int, int, int], str]:
    """What was typed over cells, from fields named cell-0-12-3, or picked for one by a button with the value
    “cell-0-12-3=5亿”: {(sheet, row's number, column): text}.
    """
    picked = (pick.partition("=") for pick in form.getlist("pick"))
    found = {}
    for name, value in [*form.items(), *((name, value) for name, _mark, value in picked)]:
        if place := re.fullmatch(r"cell-(\d{1,3})-(\d{1,7})-(\d{1,3})", name):
            found[int(place[1]), int(place[2]), int(place[3])] = value
    return found


def end_of(form: Mapping[str, str]) -> tuple[str, str] | None:
    """The end of ranges ("low" or "high") that a person chose for all cells of a field, as (field, end)."""
    end = form.get("end", "")
    return (form.get("field", ""), end) if end in ("low", "high") else None


def field_choices(feed: str) -> list[tuple[str, str]]:
    """The meanings that a column can have, for a select."""
    return [("", _("不导入"))] + [(field.key, _(field.label)) for field in feeds.get(feed).fields]
