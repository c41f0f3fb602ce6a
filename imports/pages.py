"""What the page of a batch shows: the user's own rows, as far as there is something to say about them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import db
from crm.errors import BadRequest
from crm.pagination import paginate
from imports import feeds, queries
from imports.feeds.company_plan import NEEDS_NAME
from imports.models import Batch, BatchStatus, Finding, FindingKind, Part, PreviewRow, row_key
from imports.rows import MISSING

ROWS_SHOWN = 50
#: Of a wider sheet the page first shows the columns that matter.
MOST_COLUMNS = 6


@dataclass
class ShownCell:
    """A cell: the place of its column (None: its sheet has no such column), its text, what is wrong or changes."""

    key: str
    index: int | None
    text: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_wrong(self) -> bool:
        """Whether it keeps its row out."""
        return any(finding.kind is FindingKind.ERROR for finding in self.findings)


@dataclass
class ShownRow:
    """A row: its cells in the order of the shown columns, and what there is to say about it as a whole."""

    row: PreviewRow
    cells: list[ShownCell]
    remarks: list[Finding]

    @property
    def key(self) -> str:
        """How forms name it."""
        return row_key(self.row.sheet, self.row.number)


def preview(batch: Batch, user: User, args: Mapping[str, str]) -> dict[str, Any]:
    """What there is to say about a batch's rows, one kind and field at a time or all, by pages."""
    kind, of_field = kind_named(args.get("kind")), args.get("field") or None
    query = queries.rows_to_show(batch.id, kind, of_field)
    page = paginate(db.session, query, queries.BY_ROW, args.get("cursor"), ROWS_SHOWN)
    feed = feeds.get(batch.feed)
    labels = {field.key: field.label for field in feed.fields}
    keys = shown_keys(batch)
    rows = shown_rows(batch, page.items, keys)
    telling = columns_that_tell(rows, keys, {field.key for field in feed.fields if field.identity})
    is_whole = bool(args.get("columns") or args.get("edit")) or len(keys) <= MOST_COLUMNS
    return {
        "cards": cards_of(rows),
        "kind": kind,
        "of_field": of_field,
        "kinds": queries.counts_by_kind(batch.id),
        "complaints": queries.summary(batch.id, FindingKind.ERROR),
        "notes": queries.summary(batch.id, FindingKind.NOTE),
        "page": page,
        "columns": [(key, labels[key], letters(batch.parts[0], key)) for key in (keys if is_whole else telling)],
        "columns_kept_back": 0 if is_whole else len(keys) - len(telling),
        "all_columns": bool(args.get("columns")),
        "rows": rows,
        "editing": args.get("edit"),
        "labels": labels,
        "feed": feed,
        "explain": explain,
        "missing": {MISSING, NEEDS_NAME},
        "remarks": db.session.scalars(queries.remarks(batch.id)).all(),
        "edits": db.session.scalars(queries.edits(batch.id)).all(),
        "private": {field.key for field in feed.fields if field.private},
        **records_of(batch, user),
    }


def records_of(batch: Batch, user: User) -> dict[str, Sequence[Any]]:
    """The projects or the companies that an applied batch is about."""
    if batch.status is not BatchStatus.APPLIED:
        return {"projects": (), "companies": ()}
    if batch.feed == "projects":
        return {"projects": db.session.scalars(queries.projects_of(batch.id, user)).all(), "companies": ()}
    return {"projects": (), "companies": db.session.scalars(queries.companies_of(batch.id)).all()}


def shown_keys(batch: Batch) -> list[str]:
    """The fields that the batch's sheets have, in the order of their columns."""
    known = {field.key for field in feeds.get(batch.feed).fields}
    ordered = (key for part in batch.parts for _index, key in by_place(part))
    return [key for key in dict.fromkeys(ordered) if key in known]


def by_place(part: Part) -> list[tuple[int, str]]:
    """(column, field) of a sheet from left to right."""
    return sorted((int(index), key) for index, key in part.mapping.items())


def letters(part: Part, key: str) -> str:
    """The letter above a field's column: A, B … AA; '' where the sheet has none."""
    index = next((place for place, found in by_place(part) if found == key), None)
    found = ""
    while index is not None and index >= 0:
        found, index = chr(ord("A") + index % 26) + found, index // 26 - 1
    return found


def shown_rows(batch: Batch, rows: Sequence[PreviewRow], keys: list[str]) -> list[ShownRow]:
    """The rows of a page with what there is to say about each."""
    said: dict[int, list[Finding]] = defaultdict(list)
    for finding in db.session.scalars(queries.findings(batch.id, [row.place for row in rows])):
        said[finding.place].append(finding)
    places = [{key: index for index, key in by_place(part)} for part in batch.parts]
    return [shown_row(row, said[row.place], keys, places[row.sheet]) for row in rows]


def columns_that_tell(rows: Sequence[ShownRow], keys: list[str], identities: set[str]) -> list[str]:
    """The columns by which rows are known, and those about which there is something to say."""
    said = {cell.key for row in rows for cell in row.cells if cell.findings}
    return [key for key in keys if key in said or key in identities]


def cards_of(rows: Sequence[ShownRow]) -> dict[int, Company]:
    """The companies among which a person is to choose, by id: their cards are everybody's."""
    said = [finding for shown in rows for finding in shown.remarks]
    ids = {candidate["id"] for finding in said for candidate in finding.details.get("candidates", ())}
    found = db.session.scalars(queries.cards(ids)) if ids else ()
    return {company.id: company for company in found}


def shown_row(row: PreviewRow, findings: list[Finding], keys: list[str], places: Mapping[str, int]) -> ShownRow:
    """A row; a finding about a field stands with its cell, one about none with the row."""
    cells = [ShownCell(key, places.get(key), text_at(row, places.get(key))) for key in keys]
    by_key = {cell.key: cell for cell in cells}
    remarks = []
    for finding in findings:
        if finding.field in by_key and finding.kind is not FindingKind.AMBIGUOUS:
            by_key[finding.field].findings.append(finding)
        else:
            remarks.append(finding)
    return ShownRow(row, cells, remarks)


def text_at(row: PreviewRow, index: int | None) -> str:
    """The text of a cell; '' beyond the row's end."""
    return row.cells[index] or "" if index is not None and index < len(row.cells) else ""


def explain(message: str, details: dict[str, Any]) -> str:
    """A finding's sentence in the page's language; one that only counts has none."""
    if noun := details.get("what"):
        details = details | {"what": _(noun)}
    return _(message, **details) if message else ""


def kind_named(name: str | None) -> FindingKind | None:
    """The kind of a query string. BadRequest for an unknown one."""
    if not name:
        return None
    try:
        return FindingKind(name)
    except ValueError:
        raise BadRequest(_("没有这一类提示。")) from None
