"""The figures as data frames: one row for each group, one column for each measure. Pandas lives here alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd
from sqlalchemy import Select

from crm.accounts.queries import ids_below
from crm.database import db
from crm.pipeline.models import Phase
from crm.reports import queries
from crm.reports.scope import Scope

PHASES = [phase.value for phase in Phase]
OPEN = ("ongoing", "paused")
#: The group of a project that has no value in a dimension.
NOTHING = ""
#: What leads from one phase to the next one is not signed yet.
BEFORE_SIGNING = ("lead", "triage", "negotiating")


@dataclass(frozen=True)
class Data:
    """Projects within a scope, and for each the first day in each phase (a column each; NaT: never)."""

    projects: pd.DataFrame
    days: pd.DataFrame
    #: The same without the days that a skipped phase takes from those behind it.
    stood: pd.DataFrame
    groups: pd.DataFrame
    years: pd.DataFrame
    scope: Scope


def read(query: Select[*tuple[Any, ...]], *dates: str) -> pd.DataFrame:
    """A query's rows, column by column: pandas asks every row of SQLAlchemy what it is, which takes longer than all."""
    result = db.session.connection().execute(query)
    names = list(result.keys())
    columns = dict(zip(names, zip(*result.all(), strict=True), strict=False)) or dict.fromkeys(names, ())
    for name in dates:
        columns[name] = pd.Series(columns[name], dtype="datetime64[ns]")
    return pd.DataFrame(columns, columns=names)


def load(scope: Scope) -> Data:
    """Read what the scope asks of."""
    projects = read(queries.projects()).set_index("id", drop=False)
    segments = read(queries.segments())
    projects = within(projects, segments, scope)
    days = read(queries.reached(), *PHASES).set_index("project").reindex(projects.index)
    if scope.group == "month":
        projects["month"] = days.min(axis=1).dt.strftime("%Y-%m")
    groups = groups_of(projects, segments, scope.group)
    return Data(projects, earliest(days), days, groups, read(queries.years()), scope)


def within(projects: pd.DataFrame, segments: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """The projects that meet the scope's conditions."""
    if scope.segment is not None:
        projects = projects[projects["id"].isin(segments.loc[segments["segment"] == scope.segment, "project"])]
    if scope.chain:
        projects = projects[projects["id"].isin(segments.loc[segments["chain"] == scope.chain, "project"])]
    if scope.office is not None:
        projects = projects[projects["office"].isin(ids_below(scope.office))]
    if scope.source:
        projects = projects[projects["source"].str.contains(scope.source, case=False, regex=False)]
    return projects


def earliest(days: pd.DataFrame) -> pd.DataFrame:
    """Who reached a phase has reached those before it, at the latest on that day: routes skip phases."""
    return days.iloc[:, ::-1].cummin(axis=1).ffill(axis=1).iloc[:, ::-1] if len(days) else days


def groups_of(projects: pd.DataFrame, segments: pd.DataFrame, group: str) -> pd.DataFrame:
    """(project, key): the groups in which a project counts; it counts in each of its segments and chains."""
    if group in ("segment", "chain"):
        found = segments[["project", group]].drop_duplicates().rename(columns={group: "key"})
        found = pd.DataFrame({"project": projects["id"].to_numpy()}).merge(found, how="left", on="project")
    else:
        keys = projects[group] if group else pd.Series(NOTHING, index=projects.index)
        found = pd.DataFrame({"project": projects["id"].to_numpy(), "key": keys.to_numpy()})
    found["key"] = keys_of(found["key"])
    return found


def keys_of(column: pd.Series) -> pd.Series:
    """The keys of groups: ids of a column with gaps have become fractions."""
    whole = column.astype("Int64") if pd.api.types.is_float_dtype(column) else column
    return whole.astype(object).where(column.notna(), NOTHING)


def by_group(data: Data, values: pd.DataFrame, how: Callable[[pd.DataFrame], pd.Series]) -> pd.DataFrame:
    """`how` of the rows (indexed by project) of each group, and of all of them under the key None."""
    total = how(values).rename(None).to_frame().T
    total.index = pd.Index([None], dtype=object)
    if not data.scope.group or values.empty:
        return total
    joined = data.groups.merge(values, left_on="project", right_index=True)
    rows = {key: how(part.drop(columns=["project", "key"])) for key, part in joined.groupby("key", sort=False)}
    parts = pd.DataFrame(list(rows.values()), index=pd.Index(list(rows), dtype=object))
    return pd.concat([total, parts]) if rows else total


def opened(data: Data) -> pd.DataFrame:
    """The days of the projects that were opened within the period."""
    first = data.days.min(axis=1)
    return data.days[between(first, data.scope)]


def between(days: pd.Series, scope: Scope) -> pd.Series:
    """Which days lie within the period."""
    return (days >= pd.Timestamp(scope.since)) & (days <= pd.Timestamp(scope.until))


def reached(data: Data) -> pd.DataFrame:
    """Of the projects opened within the period: which phases each reached until its end (1 or 0)."""
    return (opened(data)[PHASES] <= pd.Timestamp(data.scope.until)).astype(int)


def funnel(part: pd.DataFrame) -> pd.Series:
    """How many of these projects reached each phase, and the shares."""
    counts = part.sum()
    shares = {
        "to_signed": ratio(counts["signed"], counts["lead"]),
        "to_started": ratio(counts["started"], counts["signed"]),
    }
    return pd.concat([counts, pd.Series(shares)])


def ratio(part: float, whole: float) -> float | None:
    """A share; None of nothing."""
    return float(part) / float(whole) if whole else None


def stays(data: Data) -> pd.DataFrame:
    """Days of each project between entering a phase and the next one, of the stays that ended within the period."""
    found = pd.DataFrame(index=data.days.index)
    for phase, following in pairwise(PHASES):
        ended = data.days[following]
        length = (ended - data.stood[phase]).dt.days.astype("float64")
        found[phase] = length.where(between(ended, data.scope) & (length >= 0))
    whole = (data.days["signed"] - data.days["lead"]).dt.days.astype("float64")
    found["whole"] = whole.where(between(data.days["signed"], data.scope))
    return found


def medians(part: pd.DataFrame) -> pd.Series:
    """The median stay."""
    return part.median()


def outcomes(data: Data) -> pd.DataFrame:
    """Of each project signed within the period: its start and its money until the period's end; of each project: the
    promises that fell due within the period, and those of them that were kept."""
    signed = between(data.days["signed"], data.scope)
    values = pd.DataFrame(index=data.projects.index)
    values["signed"] = signed.astype(int)
    for name, days in started_on(data).items():
        values[name] = (signed & (days <= pd.Timestamp(data.scope.until))).astype(int)
    for name, sums in paid(data).items():
        values[name] = sums.where(signed, 0.0)
    for name, counts in kept(data).items():
        values[name] = counts
    return values


def rates(part: pd.DataFrame) -> pd.Series:
    """The sums, and their rates."""
    sums = part.sum()
    shares = {
        "start_rate": ratio(sums["started"], sums["signed"]),
        "counted_rate": ratio(sums["counted"], sums["signed"]),
        "paid_rate": ratio(sums["actual"], sums["planned"]),
        "kept_rate": ratio(sums["kept"], sums["due"]),
    }
    return pd.concat([sums, pd.Series(shares)])


def started_on(data: Data) -> dict[str, pd.Series]:
    """The day of 开工 of each project: the bureau's (its milestone, else the stage), and that of statistics."""
    found = read(queries.starts(), "on_day", "counted_on").set_index("project").reindex(data.projects.index)
    return {"started": found["on_day"].fillna(data.days["started"]), "counted": found["counted_on"]}


def paid(data: Data) -> dict[str, pd.Series]:
    """Planned and actual investment of each project up to the year in which the period ends."""
    money = data.years[data.years["year"] <= data.scope.until.year]
    sums = {name: pd.to_numeric(money[name]).groupby(money["project"]).sum() for name in ("planned", "actual")}
    return {name: found.reindex(data.projects.index).fillna(0.0) for name, found in sums.items()}


def kept(data: Data) -> dict[str, pd.Series]:
    """How many promises of each project fell due within the period, and how many of them were kept until its end."""
    found = read(queries.promises(), "due_on", "fulfilled_on")
    found = found[between(found["due_on"], data.scope)]
    in_time = found[found["fulfilled_on"] <= pd.Timestamp(data.scope.until)]
    counts = {"due": found, "kept": in_time}
    return {key: rows.groupby("project").size().reindex(data.projects.index).fillna(0) for key, rows in counts.items()}


def prospects(data: Data) -> pd.DataFrame:
    """What each project adds to what is in hand before signing, weighted by the probability of its stage, and to what
    was signed and started within the period."""
    projects = data.projects
    values = pd.DataFrame(index=projects.index)
    in_hand = projects["status"].isin(OPEN) & projects["phase"].isin(BEFORE_SIGNING)
    values["in_hand"] = in_hand.astype(int)
    values["in_hand_wan"] = projects["investment"].where(in_hand, 0.0)
    values["expected_wan"] = (projects["investment"] * projects["probability"]).where(in_hand, 0.0)
    for phase in ("signed", "started"):
        within_period = between(data.days[phase], data.scope)
        values[phase] = within_period.astype(int)
        values[f"{phase}_wan"] = projects["investment"].where(within_period, 0.0)
    return values


def sums(part: pd.DataFrame) -> pd.Series:
    """All added up."""
    return part.sum()


def members(data: Data, key: str) -> list[int]:
    """The projects of a group, whose key is given as an address has it."""
    return list(data.groups.loc[data.groups["key"].astype(str) == key, "project"])


def adding(values: pd.DataFrame, columns: Sequence[str], *, zeros: bool) -> pd.DataFrame:
    """The projects that add to a figure made of some columns, the most first. A stay of 0 days counts in a median
    (`zeros`), an amount of 0 adds nothing."""
    found = values[list(columns)]
    counts = found.notna() if zeros else found.fillna(0) != 0
    ordered = found[counts.any(axis=1)].rename_axis("project").reset_index()
    by, ascending = [*reversed(columns), "project"], [*(False for _ in columns), True]
    return ordered.sort_values(by, ascending=ascending).set_index("project")


def number(value: Any) -> float | None:
    """A cell; None where there is nothing."""
    return None if pd.isna(value) else float(value)
