"""A report as a workbook and as a document."""

from flask_babel import gettext as _

from crm.landing import documents, sheets
from crm.reports.tables import Table
from crm.rules import today


def title_of(table: Table) -> str:
    """漏斗与转化 2026-01-01 — 2026-11-24."""
    return f"{_(table.report.label)} {table.scope.period}"


def workbook(table: Table) -> bytes:
    """The figures as numbers, and what they mean on a second sheet."""
    kinds = [measure.kind for measure in table.report.measures]
    rows = [
        [name, *(number(kind, c.value) for kind, c in zip(kinds, cells, strict=True))] for name, cells in table.rows
    ]
    head = [table.head[0], *map(unit, table.head[1:], kinds)]
    meaning = sheets.Table(_("口径"), [_("指标"), _("含义")], meanings(table))
    return sheets.workbook([sheets.Table(_(table.report.label), head, rows), meaning])


def number(kind: str, value: float | None) -> float | str:
    """A figure as a workbook holds it."""
    if value is None:
        return ""
    return round(value * 100, 1) if kind == "percent" else round(value, 2)


def unit(label: str, kind: str) -> str:
    """A column's label with its unit."""
    units = {"money": _("万元"), "percent": "%", "days": _("天")}
    return f"{label}({units[kind]})" if kind in units else label


def meanings(table: Table) -> list[list[str]]:
    """What is counted, by which dates, and each measure that needs a word."""
    lines = [[_(table.report.label), _(table.report.definition)], [_("统计期"), table.scope.period]]
    return lines + [[_(m.label), _(m.meaning)] for m in table.report.measures if m.meaning]


def document(table: Table) -> bytes:
    """The same as a document."""
    found = documents.begin(title_of(table), _("数据截至 %(day)s", day=today().isoformat()), _(table.report.definition))
    documents.table(found, table.head, [[name, *(cell.text for cell in cells)] for name, cells in table.rows])
    notes = [f"{_(measure.label)}：{_(measure.meaning)}" for measure in table.report.measures if measure.meaning]
    documents.paragraphs(found, notes)
    return documents.content(found)
