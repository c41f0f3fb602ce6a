"""The figures as tables: what a page, a workbook and a document show, each figure with the list behind it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
from flask_babel import gettext as _
from flask_babel import ngettext

from crm.accounts.models import User
from crm.companies import places
from crm.database import N_, db
from crm.formatters import money, plain
from crm.pipeline.models import Phase
from crm.reports import frames, queries
from crm.reports.scope import DIMENSIONS, Scope

#: The chart draws so many groups, the largest ones; the table has all.
DRAWN = 12


@dataclass(frozen=True)
class Measure:
    """A column: its label, what it counts (`kind`: count, money, days, percent), what it means, and its list.

    `parts` are the quantities of which it is made, each a column of its report's values; by itself it is one of them.
    `listed` gives the arguments under which the table of projects shows what was counted; None: it is no number of
    projects.
    """

    key: str
    label: str
    kind: str = "count"
    meaning: str = ""
    listed: Callable[[Scope], Mapping[str, str]] | None = None
    parts: Sequence[str] = ()

    @property
    def made_of(self) -> Sequence[str]:
        """The quantities of which it is made."""
        return self.parts or (self.key,)

    @property
    def shows_nothing_of_zero(self) -> bool:
        """Whether no project stands behind a zero: a rate or a stay of 0 still comes of some."""
        return self.kind in ("count", "money")


@dataclass(frozen=True)
class Cell:
    """A figure: as a number, as people read it, and the arguments of the page of the projects behind it."""

    value: float | None
    text: str
    opens: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Report:
    """A kind of figures."""

    key: str
    label: str
    icon: str
    definition: str
    measures: Sequence[Measure]
    #: What each project adds (a row each), and the figures that rows together make.
    values: Callable[[frames.Data], pd.DataFrame]
    figures: Callable[[pd.DataFrame], pd.Series]
    #: The measures of the chart, and how it is drawn.
    drawn: Sequence[str] = ()
    shape: str = "bar"


@dataclass(frozen=True)
class Table:
    """A report's rows: the whole first, then its groups, the largest first."""

    report: Report
    scope: Scope
    rows: Sequence[tuple[str, Sequence[Cell]]]
    #: How many projects were counted, and how many of them the reader may know of.
    counted: int = 0
    visible: int = 0

    @property
    def head(self) -> list[str]:
        """The columns' labels; Chinese in the page's language."""
        return [
            str(_(DIMENSIONS[self.scope.group])) if self.scope.group else "",
            *(str(_(m.label)) for m in self.report.measures),
        ]

    @property
    def hidden(self) -> int:
        """How many projects stand behind the figures that the reader may not open."""
        return self.counted - self.visible


def opened_in(scope: Scope) -> dict[str, str]:
    """The list of what was opened within the period."""
    return {"status": "all", "opened_from": scope.since.isoformat(), "opened_to": scope.until.isoformat()}


def reaching(phase: Phase) -> Callable[[Scope], Mapping[str, str]]:
    """The list of what was opened within the period and reached a phase until its end."""
    return lambda scope: {**opened_in(scope), "reached": phase.value, "reached_to": scope.until.isoformat()}


def reached_in(phase: Phase) -> Callable[[Scope], Mapping[str, str]]:
    """The list of what reached a phase within the period."""
    return lambda scope: {
        "status": "all",
        "reached": phase.value,
        "reached_from": scope.since.isoformat(),
        "reached_to": scope.until.isoformat(),
    }


FUNNEL = Report(
    "funnel",
    N_("漏斗与转化"),
    "chart-funnel",
    N_("期内立项的项目，到期末为止到过各阶段类别的个数；跳过的阶段算到过。日期按进入阶段的生效日期（招商口径）。"),
    (
        *(Measure(phase.value, phase.label, listed=reaching(phase)) for phase in Phase),
        Measure("to_signed", N_("签约转化率"), "percent", N_("到过签约的 ÷ 期内立项的"), parts=("signed", "lead")),
        Measure("to_started", N_("开工转化率"), "percent", N_("到过开工的 ÷ 到过签约的"), parts=("started", "signed")),
    ),
    frames.reached,
    frames.funnel,
    drawn=[phase.value for phase in Phase],
    shape="funnel",
)
TIME = Report(
    "time",
    N_("阶段用时"),
    "clock",
    N_("期内离开各阶段类别的项目，从进入到进入下一类别的天数，取中位数。日期按进入阶段的生效日期（招商口径）。"),
    (
        *(Measure(phase, Phase(phase).label, "days") for phase in frames.PHASES[:-1]),
        Measure("whole", N_("线索到签约"), "days", N_("期内签约的项目，从立项到签约的天数中位数")),
    ),
    frames.stays,
    frames.medians,
    drawn=frames.PHASES[:-1],
)
RATES = Report(
    "rates",
    N_("履约、开工与到资"),
    "checklist",
    N_(
        "期内签约的项目，到期末为止的开工和资金到位；期内到期的承诺，到期末为止的兑现。"
        "签约按进入阶段的生效日期；资金按项目页填报的年度投资，计到期末所在年。"
    ),
    (
        Measure("signed", N_("签约项目"), listed=reached_in(Phase.SIGNED)),
        Measure("started", N_("已开工（招商口径）")),
        Measure(
            "start_rate",
            N_("开工率（招商口径）"),
            "percent",
            N_("已开工 ÷ 签约项目；开工按里程碑的招商日期，没有登记的按进入开工阶段的日期"),
            parts=("started", "signed"),
        ),
        Measure("counted", N_("已开工（统计口径）")),
        Measure(
            "counted_rate",
            N_("开工率（统计口径）"),
            "percent",
            N_("已开工 ÷ 签约项目；开工按里程碑的统计日期"),
            parts=("counted", "signed"),
        ),
        Measure("planned", N_("计划投资"), "money", N_("这些项目到期末所在年为止的年度计划投资之和")),
        Measure("actual", N_("到位资金"), "money", N_("这些项目到期末所在年为止的年度到位资金之和")),
        Measure("paid_rate", N_("资金到位率"), "percent", N_("到位资金 ÷ 计划投资"), parts=("actual", "planned")),
        Measure("due", N_("到期承诺"), meaning=N_("期内到期的双方承诺，限已签署、未作废的协议，待清理的不计")),
        Measure("kept", N_("已兑现")),
        Measure(
            "kept_rate", N_("履约率"), "percent", N_("已兑现 ÷ 到期承诺，按兑现日期不晚于期末"), parts=("kept", "due")
        ),
    ),
    frames.outcomes,
    frames.rates,
    drawn=("start_rate", "counted_rate", "paid_rate", "kept_rate"),
)
FORECAST = Report(
    "forecast",
    N_("预测与实际"),
    "trending-up",
    N_(
        "在手：现在推进或暂缓、还没有签约的项目；预测 = 投资总额 × 所在阶段的落地概率。"
        "实际：期内进入签约、开工的项目的投资总额（招商口径）。"
    ),
    (
        Measure("in_hand", N_("在手项目"), listed=lambda _scope: {"status": "open", "before": "signed"}),
        Measure("in_hand_wan", N_("在手投资"), "money"),
        Measure("expected_wan", N_("按概率预测"), "money", N_("投资总额 × 所在阶段的落地概率，逐个相加")),
        Measure("signed", N_("期内签约"), listed=reached_in(Phase.SIGNED)),
        Measure("signed_wan", N_("签约投资"), "money"),
        Measure("started", N_("期内开工"), listed=reached_in(Phase.STARTED)),
        Measure("started_wan", N_("开工投资"), "money"),
    ),
    frames.prospects,
    frames.sums,
    drawn=("expected_wan", "signed_wan", "started_wan"),
)
REPORTS = {report.key: report for report in (FUNNEL, TIME, RATES, FORECAST)}


def table_of(report: Report, scope: Scope, user: User | None = None) -> Table:
    """A report's table, city-wide, with how many of its projects `user` may know of."""
    data = frames.load(scope)
    frame = frames.by_group(data, report.values(data), report.figures)
    names = names_of(scope.group)
    rows = [(str(_("全市")), cells(report, scope, frame.iloc[0]))]
    for value, row in in_order(frame.iloc[1:], report, scope).iterrows():
        key = int(value) if isinstance(value, float) else value  # beside None, the whole, ids have become fractions
        rows.append((name_of(scope.group, key, names), cells(report, scope, row, str(key))))
    known = set(db.session.scalars(queries.visible(user))) if user else set()
    return Table(report, scope, rows, counted=len(data.projects), visible=len(known & set(data.projects["id"])))


def in_order(groups: pd.DataFrame, report: Report, scope: Scope) -> pd.DataFrame:
    """The groups, the largest first; months as they follow each other."""
    if scope.group == "month":
        return groups.sort_index()
    return groups.sort_values(report.measures[0].key, ascending=False, kind="stable", na_position="last")


def cells(report: Report, scope: Scope, row: pd.Series, key: str | None = None) -> list[Cell]:
    """A row's figures: of the group of a key, with None of all projects."""
    found = []
    for measure in report.measures:
        value = frames.number(row[measure.key])
        opens = None
        if value is not None and (value or not measure.shows_nothing_of_zero):
            opens = {**scope.arguments, "report": report.key, "measure": measure.key}
            opens |= {} if key is None else {"key": key}
        found.append(Cell(value, said(measure.kind, value), opens))
    return found


def listed_as(measure: Measure, scope: Scope, key: str | None) -> Mapping[str, Any] | None:
    """The arguments under which the table of projects shows the same projects; None where it cannot."""
    if measure.listed is None or key == frames.NOTHING or (key is not None and scope.group == "month"):
        return None
    narrowed = {} if key is None else {scope.group: key}
    return {"view": "table", "route": "all", **scope.conditions, **measure.listed(scope), **narrowed}


def said(kind: str, value: float | None) -> str:
    """A figure as people read it; a dash where there is none."""
    if value is None:
        return "—"
    if kind == "money":
        return money(Decimal(str(round(value, 4))))
    if kind == "percent":
        return f"{value * 100:.1f} %"
    return ngettext("%(num)s 天", "%(num)s 天", round(value)) if kind == "days" else plain(round(value))


def names_of(group: str) -> dict[Any, str]:
    """The names of a dimension's values."""
    return dict(db.session.execute(queries.NAMES[group]).all()) if group in queries.NAMES else {}


def name_of(group: str, key: Any, names: Mapping[Any, str]) -> str:
    """A group's name."""
    if key == frames.NOTHING:
        return str(_("未填"))
    if group == "origin":
        return places.names().get(key, str(key))
    return str(_(names.get(key, str(key)))) if group == "route" else names.get(key, str(key))


def option(table: Table) -> dict[str, Any]:
    """The chart of a report: the whole as a funnel, or its measures side by side for each group."""
    measures = [measure for measure in table.report.measures if measure.key in table.report.drawn]
    places_of = [table.report.measures.index(measure) for measure in measures]
    if table.report.shape == "funnel":
        _name, whole = table.rows[0]
        data = [
            {"name": str(_(m.label)), "value": whole[i].value or 0} for m, i in zip(measures, places_of, strict=True)
        ]
        label = {"position": "right", "formatter": "{b} {c}"}
        return {"series": [{"type": "funnel", "sort": "none", "left": 8, "width": "70%", "data": data, "label": label}]}
    rows = (table.rows[1:] or table.rows)[:DRAWN]
    series = [
        {"type": "bar", "name": str(_(measure.label)), "data": [shown(measure, cells[i]) for _name, cells in rows]}
        for measure, i in zip(measures, places_of, strict=True)
    ]
    names = [name for name, _cells in rows]
    axes = {"xAxis": {"type": "category", "data": names}, "yAxis": {"type": "value"}}
    return {**axes, "legend": {}, "series": series}


def shown(measure: Measure, cell: Cell) -> float:
    """A figure as the chart draws it: 亿元, per cent, days."""
    worth = {"money": 1 / 10_000, "percent": 100}.get(measure.kind, 1)
    return round((cell.value or 0) * worth, 2)
