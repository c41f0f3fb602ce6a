"""How well segments are suggested: listed companies, their main business, the industry that analysts put them in.

Needs `--shared`. The words of each industry are taken from one half of its companies (runs of 2 to 8 characters that
stand in two or more of its texts and hardly elsewhere), as a manager would; the other half is asked. Once among all
industries, once within each sector of the economy, as when a list is imported for one chain.
"""

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import python_calamine

from crm.companies.classifying import Vocabulary
from crm.tokens import normal_characters

#: An industry with fewer companies has nothing to learn from.
SMALLEST = 8
LONGEST_WORD, TEXTS_WITH_WORD, SHARE_OF_WORD, WORDS = 8, 2, 0.75, 40
RUN = re.compile("[\u4e00-\u9fffa-z0-9]+")


@dataclass(frozen=True)
class Listed:
    """A listed company: its code, name, main business and industry (of which the sector is the first two digits)."""

    code: str
    name: str
    business: str
    industry: int

    @property
    def sector(self) -> int:
        return self.industry // 10_000


def run(arguments: argparse.Namespace) -> None:
    """Learn on the even half, ask about the odd half; print precision and recall."""
    if arguments.shared is None:
        print("no --shared: the folder of real files")
        return
    companies = listed_companies(arguments.shared)
    sizes = Counter(company.industry for company in companies)
    companies = [company for company in companies if sizes[company.industry] >= SMALLEST]
    learnt, asked = companies[::2], companies[1::2]
    industries = len({company.industry for company in companies})
    print(
        f"{len(companies):,} companies of {industries} industries; words from {len(learnt):,}, asked {len(asked):,}\n"
    )
    print("| asked | sure | right of these | recall of sure | suggested at all | right of these |")
    print("|---|---|---|---|---|---|")
    report("among all industries", [(Vocabulary(words_of(learnt)), asked)])
    report("within the company's sector", list(by_sector(learnt, asked)))


def listed_companies(shared: Path) -> list[Listed]:
    """The companies of which both an industry and a main business are known, in an order that says nothing."""
    lines = (shared / "chain" / "liuhuanyong_company_industry.json").read_text("utf-8").splitlines()
    industries = {row["company_code"]: int(row["industry_code"]) for row in map(json.loads, filter(None, lines))}
    book = python_calamine.CalamineWorkbook.from_path(shared / "yymsunday_上市公司基本信息.xlsx")
    header, *rows = book.get_sheet_by_index(0).to_python()
    code, name, business = (header.index(word) for word in ("ts_code", "公司名称", "主营业务"))
    found = [
        Listed(str(row[code]), str(row[name]), normal_characters(str(row[business])), industries[str(row[code])])
        for row in rows
        if row[code] in industries and row[business]
    ]
    return sorted(found, key=lambda company: company.code[::-1])


def words_of(companies: Sequence[Listed]) -> dict[int, list[str]]:
    """The words that tell each industry's companies from the others, the commonest first."""
    everywhere: Counter[str] = Counter()
    within: dict[int, Counter[str]] = defaultdict(Counter)
    for company in companies:
        runs = set(runs_of(company.business))
        everywhere.update(runs)
        within[company.industry].update(runs)
    return {industry: telling(counts, everywhere) for industry, counts in within.items()}


def runs_of(text: str) -> Iterator[str]:
    """Every run of 2 to LONGEST_WORD characters within a text's words."""
    for word in RUN.findall(text):
        for length in range(2, LONGEST_WORD + 1):
            yield from (word[start : start + length] for start in range(len(word) - length + 1))


def telling(counts: Counter[str], everywhere: Counter[str]) -> list[str]:
    """The words of one industry, none within another."""
    good = [
        (word, count)
        for word, count in counts.items()
        if count >= TEXTS_WITH_WORD and (count - 0.5) / everywhere[word] >= SHARE_OF_WORD
    ]
    chosen: list[str] = []
    for word, _count in sorted(good, key=lambda item: (-item[1], -len(item[0]), item[0])):
        if len(chosen) < WORDS and not any(word in other or other in word for other in chosen):
            chosen.append(word)
    return chosen


def by_sector(learnt: Sequence[Listed], asked: Sequence[Listed]) -> Iterator[tuple[Vocabulary, list[Listed]]]:
    """Each sector with the words of its own industries."""

    def sector(company: Listed) -> int:
        return company.sector

    of_asked = {key: list(group) for key, group in groupby(sorted(asked, key=sector), sector)}
    for key, group in groupby(sorted(learnt, key=sector), sector):
        yield Vocabulary(words_of(list(group))), of_asked.get(key, [])


def report(label: str, parts: Sequence[tuple[Vocabulary, Sequence[Listed]]]) -> None:
    """One line of the table."""
    counts: Counter[str] = Counter(asked=sum(len(asked) for _vocabulary, asked in parts))
    for vocabulary, asked in parts:
        for company in asked:
            if suggestion := vocabulary.suggest(company.name, company.business):
                level = "sure" if suggestion.is_sure else "perhaps"
                counts.update([level, *[f"{level} right"] * (suggestion.segment_id == company.industry)])
    total, sure, right = counts["asked"], counts["sure"], counts["sure right"]
    anything, any_right = sure + counts["perhaps"], right + counts["perhaps right"]
    print(
        f"| {label}: {total:,} | {sure:,} | {right / max(sure, 1):.1%} | {right / total:.1%}"
        f" | {anything / total:.1%} | {any_right / max(anything, 1):.1%} |"
    )
