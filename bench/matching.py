"""How well companies are matched: exchange names among 110,000 others, in spelling variants and as short names.

Needs `--shared`, the folder of real files that are not part of a clone: names of listed companies with their short
names (chain/liuhuanyong_company.json) and 110,000 other companies (kinginsun_names_uscc_110k_A.csv).
"""

import argparse
import csv
import json
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import opencc
from sqlalchemy import delete, select, text

from bench.imports import application, importer
from crm.companies import likeness, matching
from crm.companies.models import Company
from crm.companies.naming import name_key, pinyin_key
from crm.database import SYSTEM, acting_as, db
from crm.tokens import index_text
from imports import copying

FOREIGN_WIDTH = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in map(chr, range(0x21, 0x7F))})
TRADITIONAL = opencc.OpenCC("s2t")

#: Ways in which lists spell a registered name; each gives the name itself where it does not apply.
VARIANTS: dict[str, Callable[[str], str]] = {
    "全角括号": lambda name: name.replace("(", "（").replace(")", "）"),
    "半角括号": lambda name: name.replace("（", "(").replace("）", ")"),
    "方括号": lambda name: re.sub("[(（](.*?)[)）]", r"【\1】", name),
    "不写括号": lambda name: re.sub("[()（）]", "", name),
    "字间空格": lambda name: f" {name[:4]} {name[4:]}　",
    "不可见字符": lambda name: f"\ufeff{name[:2]}\u200b{name[2:]}\u00a0",
    "繁体": TRADITIONAL.convert,
    "有限责任公司": lambda name: re.sub("(?<!股份)有限公司$", "有限责任公司", name),
    "有限公司": lambda name: re.sub("有限责任公司$", "有限公司", name),
    "股份公司": lambda name: re.sub("股份有限公司$", "股份公司", name),
    "全角字母": lambda name: name.translate(FOREIGN_WIDTH),
    "小写": str.lower,
    "不写省市": lambda name: re.sub("^([\u4e00-\u9fff]{2})[省市]", r"\1", name),
    "省市连写": lambda name: re.sub("^深圳市?", "广东省深圳市", name),
}


def run(arguments: argparse.Namespace) -> None:
    """Load all names, ask for each listed company in every spelling, print what was found."""
    if arguments.shared is None:
        print("no --shared: the folder of real files")
        return
    listed = listed_companies(arguments.shared)
    others = other_names(arguments.shared, {name_key(full) for full, _short in listed})
    with tempfile.TemporaryDirectory() as folder, application(Path(folder)):
        ids = load([full for full, _short in listed] + others)
        print(f"{len(listed):,} listed companies among {len(others):,} others\n")
        print_variants(listed, ids)
        print_strangers(listed, ids, others)
        print_short_names(listed, ids)


def listed_companies(shared: Path) -> list[tuple[str, str]]:
    """(full name, short name) of each listed company; two of one name count once."""
    lines = (shared / "chain" / "liuhuanyong_company.json").read_text("utf-8").splitlines()
    rows = {name_key(row["fullname"]): (row["fullname"], row["name"]) for row in map(json.loads, filter(None, lines))}
    return list(rows.values())


def other_names(shared: Path, listed: set[str]) -> list[str]:
    """110,000 names, less those of the listed companies."""
    with open(shared / "kinginsun_names_uscc_110k_A.csv", encoding="utf-8-sig", newline="") as file:
        return [row["企业名称"] for row in csv.DictReader(file) if name_key(row["企业名称"]) not in listed]


def load(names: Sequence[str]) -> dict[str, int]:
    """Write a company of each name; their ids."""
    user = importer(set())
    with acting_as(user.id):
        columns = ("name", "name_key", "pinyin_key", "search")
        rows = ((name, name_key(name), pinyin_key(name), index_text(name)) for name in names)
        copying.insert("companies", columns, rows)
        db.session.commit()
    db.session.execute(text("analyze companies"))  # as autovacuum does in the background
    return dict(db.session.execute(select(Company.name, Company.id)).all())


def print_variants(listed: Sequence[tuple[str, str]], ids: dict[str, int]) -> None:
    """Every spelling of every listed company: decided rightly, decided wrongly, left to a person, not found."""
    totals: Counter[str] = Counter()
    print("| spelling | asked | right | wrong | for a person | new |\n|---|---|---|---|---|---|")
    for label, spell in VARIANTS.items():
        asked = [(spelt, ids[full]) for full, _short in listed if (spelt := spell(full)) != full]
        counts = Counter(
            outcome(verdict, right) for verdict, (_name, right) in zip(verdicts(asked), asked, strict=True)
        )
        totals += counts + Counter(asked=len(asked))
        print(f"| {label} | {len(asked):,} | {' | '.join(f'{counts[key]:,}' for key in OUTCOMES)} |")
    decided = totals["right"] + totals["wrong"]
    print(f"\nof {totals['asked']:,} variants found {totals['right'] / totals['asked']:.2%}", end="; ")
    print(f"of {decided:,} decided right {totals['right'] / decided:.2%}\n")


OUTCOMES = ("right", "wrong", "person", "new")


def verdicts(asked: Sequence[tuple[str, int]]) -> list[matching.Verdict]:
    return matching.match_all([(name_key(name), None) for name, _right in asked])


def outcome(verdict: matching.Verdict, right: int) -> str:
    """What became of a question whose answer is known."""
    if verdict.is_ambiguous:
        return "person"
    if verdict.company_id is None:
        return "new"
    return "right" if verdict.company_id == right else "wrong"


def print_strangers(listed: Sequence[tuple[str, str]], ids: dict[str, int], others: Sequence[str]) -> None:
    """Companies that are not there: taken away one by one, are they taken for somebody else?"""
    absent = random.Random(1).sample(others, 5_000)
    with acting_as(SYSTEM):
        gone = {ids.pop(name) for name in absent}
        db.session.execute(delete(Company).where(Company.id.in_(gone)))
        found = verdicts([(name, 0) for name in absent])
        taken = sum(verdict.company_id is not None for verdict in found)
        alike = likeness.proposals(absent)
        db.session.rollback()
    print(f"of {len(absent):,} names of companies that are not there {taken} were taken for another;", end=" ")
    print(f"{len(alike)} got a proposal for a company of nearly that name\n")


def print_short_names(listed: Sequence[tuple[str, str]], ids: dict[str, int]) -> None:
    """Short names that nobody has recorded: is the right company among the first five candidates?"""
    started = time.perf_counter()
    found = likeness.proposals([short for _full, short in listed])
    seconds = time.perf_counter() - started
    places: Counter[int] = Counter()
    missed = []
    for full, short in listed:
        candidates = [candidate.company_id for candidate in found.get(short, ())]
        place = candidates.index(ids[full]) + 1 if ids[full] in candidates else 0
        places[place] += 1
        if not place:
            missed.append(f"{short}={full}")
    among = sum(count for place, count in places.items() if place)
    print(
        f"of {len(listed):,} short names {places[1] / len(listed):.1%} first, {among / len(listed):.1%} among five",
        end="; ",
    )
    print(f"{seconds / len(listed) * 1000:.1f} ms a name; missed: {'、'.join(missed[:20])}")
