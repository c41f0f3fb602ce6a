"""The gap tables of the samples. That of the demo chain is a golden file with its working, done by hand from the
spreadsheets (imports/samples/demo): weight × share of each local company, probability × weight × share of each project.

Weights: 链主 3, 重点 2, any other and none 1. Probabilities: 线索 0.05, 研判 0.1, 洽谈 0.25, 签约 0.6, 开工 0.9.
Left out: 赤霄 (暂缓), 铸元 (流失), 汉阳 (中止), 宏图与岐江 (合作牵线 makes no supply), 岐江 and 铸光 (a company that
already counts in the segment expands).
"""

import csv
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import prod
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, true

from crm.accounts.models import User
from crm.chain.models import Chain, Segment
from crm.database import db
from crm.gaps import queries
from crm.gaps.analysis import Gap, share
from crm.gaps.queries import gaps_of

GOLDEN = Path(__file__).with_name("demo-gaps.csv")


def golden() -> list[dict[str, str]]:
    """The rows of the file."""
    with GOLDEN.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def context(loaded: Flask) -> Iterator[None]:
    with loaded.app_context():
        yield


def gaps_by_name(slug: str) -> dict[str, Gap]:
    chain_id = db.session.scalars(select(Chain.id).where(Chain.slug == slug)).one()
    names = {segment.id: segment.name for segment in db.session.scalars(select(Segment))}
    return {names[gap.segment_id]: gap for gap in gaps_of(chain_id)}


def terms(working: str) -> dict[str, Fraction]:
    """“甲 0.25×3×1；乙 2×1/2” as {甲: 3/4, 乙: 1}."""
    parts = [part.rsplit(" ", 1) for part in working.split("；") if part]
    return {
        name: prod((Fraction(factor) for factor in factors.split("×")), start=Fraction(1)) for name, factors in parts
    }


@pytest.mark.parametrize("row", golden(), ids=lambda row: row["环节"])
def test_the_golden_file_adds_up(row: dict[str, str]) -> None:
    """The formula once more, in decimals and without the code under test."""
    supply, expected = sum(terms(row["供给的算式"]).values()), sum(terms(row["预期的算式"]).values())
    assert (supply, expected) == (Fraction(row["供给"]), Fraction(row["预期"]))
    if not row["目标"]:
        assert (row["状态"], row["缺口"], row["待补缺口"]) == ("未评估", "", "")
        return
    importance, wanted = int(row["重要性"]), Fraction(row["目标"])
    covered, outlook = min(Fraction(1), supply / wanted), min(Fraction(1), (supply + expected) / wanted)
    assert round(float(importance * (1 - covered)), 4) == float(row["缺口"])
    assert round(float(importance * (1 - outlook)), 4) == float(row["待补缺口"])
    words = {covered == 0: "缺失", 0 < covered < Fraction(1, 2): "薄弱", covered == 1: "优势"}
    assert row["状态"] == words.get(True, "基本具备")


@pytest.mark.usefixtures("context")
def test_the_demo_chain_is_as_the_golden_file() -> None:
    found = {
        name: [
            *("" if value is None else str(value) for value in (gap.importance, decimal(gap.wanted))),
            *map(decimal, (gap.supply, gap.expected)),
            gap.status.label,
            *("" if value is None else decimal(value) for value in (gap.gap, gap.open_gap)),
        ]
        for name, gap in gaps_by_name("demo-laser").items()
    }
    keys = ("重要性", "目标", "供给", "预期", "状态", "缺口", "待补缺口")
    assert found == {row["环节"]: [row[key] for key in keys] for row in golden()}


def decimal(value: Fraction | Decimal | None) -> str | None:
    """A figure as the file has it."""
    return None if value is None else f"{round(float(value), 4):.10g}"


@pytest.mark.usefixtures("context")
def test_the_working_on_the_page_is_that_of_the_golden_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Company by company and project by project, for a viewer who may know of all projects."""
    monkeypatch.setattr(queries, "readable", lambda _user: true())
    user = db.session.scalars(select(User)).first()
    chain_id = db.session.scalars(select(Chain.id).where(Chain.slug == "demo-laser")).one()
    segments = {one.name: one.id for one in db.session.scalars(select(Segment).filter_by(chain_id=chain_id))}
    for row in golden():
        suppliers = db.session.execute(queries.supplier_rows(segments[row["环节"]])).all()
        prospects = db.session.execute(queries.prospect_rows(segments[row["环节"]], user)).all()
        assert {c.name: Fraction(w) * share(m, o) for c, w, m, o in suppliers} == terms(row["供给的算式"])
        assert {p.name: Fraction(n) * Fraction(w) * share(m, o) for p, n, w, m, o, _ in prospects} == terms(
            row["预期的算式"]
        )


def test_the_golden_file_shows_every_status() -> None:
    assert {row["状态"] for row in golden()} == {"未评估", "缺失", "薄弱", "基本具备", "优势"}


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize(("slug", "segments"), [("laser", 20), ("display", 8)])
def test_with_the_letters_facts_alone_nothing_is_missing_but_everything_unassessed(slug: str, segments: int) -> None:
    found = gaps_by_name(slug)
    assert len(found) == segments
    assert {gap.status.label for gap in found.values()} == {"未评估"}
    assert all(gap.supply == gap.expected == 0 for gap in found.values())
