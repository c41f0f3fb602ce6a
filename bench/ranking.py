"""Ranking quality: whom the ranking puts first for ten segments of laser and display, judged by what companies say.

The listed companies of `../shared/data`. The ranking reads names and 主营业务, as in the product, with the terms of
ranking_segments.toml and the default weights. A find is right when the company's own introduction (公司简介), which no
ranking reads, holds the segment's pattern `makes`; or when its industry in the chain data (申万, liuhuanyong) is one of
`industries` and its 主营业务 holds the pattern. Else it is a miss, also where nothing is known.

Companies are cut in halves by a checksum of their code: terms and constants were tuned on the first half alone, the
figures of the second are what counts. `wanted` is how many right ones the half has: where there are fewer than
twenty, a precision of 1 cannot be reached, so the share of what could be reached stands beside it.
"""

import argparse
import json
import re
import tomllib
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from crm.gaps.ranking.models import Part
from crm.gaps.ranking.score import Candidate, Scale, Weights, rank
from crm.rules import today

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
LIST, CHAIN = "yymsunday_上市公司基本信息.xlsx", "chain/liuhuanyong_company_industry.json"
SEGMENTS = Path(__file__).with_name("ranking_segments.toml")
FIRST = 20
#: The weights that an installation begins with (migration “ranking”).
POINTS = {Part.FIT: 45, Part.CAPABILITY: 20, Part.PLACE: 10, Part.WARMTH: 10, Part.EXPANSION: 15}
HALVES = {"tuned": (0,), "reported": (1,), "all": (0, 1)}


@dataclass(frozen=True)
class Listed:
    """A listed company, with what judges it."""

    candidate: Candidate
    introduction: str
    industries: frozenset[str]
    half: int


def run(arguments: argparse.Namespace) -> None:
    """Print a line per segment and the misses of the reported half."""
    if not SHARED.exists():
        print(f"not measured: {SHARED} is not there")
        return
    companies = list(listed(SHARED))
    segments = tomllib.loads(SEGMENTS.read_text("utf-8"))["segment"]
    for half, numbers in HALVES.items():
        chosen = [company for company in companies if company.half in numbers]
        print(f"\n{half}: {len(chosen):,} companies\n")
        print("| segment | found | right of the first 20 | precision at 20 | wanted | of what could be reached |")
        print("|---|---|---|---|---|---|")
        report(segments, chosen, names_misses=half == "reported")


def report(segments: Sequence[dict[str, Any]], companies: Sequence[Listed], *, names_misses: bool) -> None:
    """The table of one half, its mean, and the misses by name."""
    judged = [Judged(segment, companies) for segment in segments]
    for one in judged:
        print(one.line)
    mean = sum(one.precision for one in judged) / len(judged)
    reached = sum(one.reached for one in judged) / len(judged)
    print(f"| mean | | | {mean:.2f} | | {reached:.2f} |")
    if names_misses:
        print("\nMisses:\n")
        for one in judged:
            print(f"- {one.segment['name']}: {'、'.join(one.misses) or 'none'}")


class Judged:
    """The first twenty of a segment among some companies, judged."""

    def __init__(self, segment: dict[str, Any], companies: Sequence[Listed]) -> None:
        self.segment = segment
        scale = Scale(segment["terms"], Weights(POINTS), Decimal(3), today())
        found = rank([company.candidate for company in companies], scale, None)
        right = {company.candidate.id for company in companies if is_right(segment, company)}
        self.found, self.wanted = len(found), len(right)
        self.first = [each.candidate for each in found[:FIRST]]
        self.misses = [candidate.name for candidate in self.first if candidate.id not in right]

    @property
    def precision(self) -> float:
        """Right ones of twenty places; a place that stays empty is not right."""
        return (len(self.first) - len(self.misses)) / FIRST

    @property
    def reached(self) -> float:
        """Right ones of as many as there could be."""
        return (len(self.first) - len(self.misses)) / max(1, min(FIRST, self.wanted))

    @property
    def line(self) -> str:
        """A line of the table."""
        right = len(self.first) - len(self.misses)
        name = f"{self.segment['chain']} · {self.segment['name']}"
        return f"| {name} | {self.found} | {right} | {self.precision:.2f} | {self.wanted} | {self.reached:.2f} |"


def is_right(segment: dict[str, Any], company: Listed) -> bool:
    """The rule of the docstring."""
    makes = re.compile(segment["makes"], re.I)
    if makes.search(company.introduction):
        return True
    is_there = bool(company.industries & set(segment["industries"]))
    return is_there and makes.search(company.candidate.products) is not None


def listed(folder: Path) -> Iterator[Listed]:
    """The companies of the list that have a name, each with its 申万 industries."""
    industries: defaultdict[str, set[str]] = defaultdict(set)
    for text in (folder / CHAIN).read_text("utf-8").splitlines():
        row = json.loads(text)
        industries[row["company_code"]].add(row["industry_name"])
    head, *rows = CalamineWorkbook.from_path(folder / LIST).get_sheet_by_index(0).to_python()
    for number, values in enumerate(rows):
        row = dict(zip(head, values, strict=True))
        if row["公司名称"]:
            yield one_of(number, row, frozenset(industries[row["ts_code"]]))


def one_of(number: int, row: dict[str, Any], industries: frozenset[str]) -> Listed:
    """A row as a company of the pool of which all may be read."""
    candidate = Candidate(
        id=number,
        name=row["公司名称"],
        pinyin_key=row["公司名称"],
        city=str(row["城市"]),
        cluster_id=None,
        cluster="",
        products=str(row["主营业务"]),
        capital_wan=Decimal(str(row["注册资金"])) if row["注册资金"] else None,
        employees=int(row["公司员工数"]) if row["公司员工数"] else None,
    )
    return Listed(candidate, str(row["公司简介"]), industries, zlib.crc32(row["ts_code"].encode()) % 2)


if __name__ == "__main__":
    run(argparse.Namespace())
