"""Companies that somebody may have meant by a short, misheard or mistyped name. RapidFuzz proposes, a person decides.

The search tokens find what could be meant: names that hold the first and the last two characters of a short name (格力
… 电器), then those that hold all of its characters; names that sound alike or agree in most of their beginning. The
database is asked once for all names, RapidFuzz orders what it finds.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA
from sqlalchemy import text

from crm.companies.matching import By, Candidate
from crm.companies.naming import core, is_short, name_key, pinyin_key, spoken
from crm.database import db
from crm.tokens import RUN

#: How many candidates a person is shown, and how many companies each way of finding them looks at.
OFFERED, LOOKED_AT = 5, 100
#: Of a full name, without place and legal form, one character may differ if it has so many; or it sounds the same.
SHORTEST_MISTYPED = 6

FOUND = text("""
    with asked as (
      select * from unnest(cast(:names as text[]), cast(:queries as text[])) as a(name, query)
    )
    select a.name, c.id, c.name, c.uscc, c.name_key from asked a cross join lateral (
      select id, name, uscc, name_key from companies
      where search @@ cast(a.query as tsquery) and archived_at is null limit :most) c
""")
SOUNDING = text("""
    select a.name, c.id, c.name, c.uscc, c.name_key
    from unnest(cast(:names as text[]), cast(:sounds as text[])) as a(name, sound)
    join companies c on c.pinyin_key = a.sound and c.archived_at is null
""")

#: Candidates with their name keys.
Found = dict[Candidate, str]


def proposals(names: Sequence[str]) -> Mapping[str, list[Candidate]]:
    """The companies that each name may mean, the likeliest of them first; names without any are left out.

    A full name gets only companies that are called nearly the same.
    """
    keys = {name: name_key(name) for name in names}
    found: dict[str, Found] = {}
    collect(found, {name: ends(key) if is_short(key) else beginning(key) for name, key in keys.items()})
    ordered = {name: best(keys[name], found[name]) for name in found}
    missed = {name: characters(key) for name, key in keys.items() if is_short(key) and not ordered.get(name)}
    collect(found, missed)
    collect_sounding(found, [name for name, key in keys.items() if not is_short(key)])
    ordered = {name: best(keys[name], candidates) for name, candidates in found.items()}
    return {name: candidates for name, candidates in ordered.items() if candidates}


def ends(key: str) -> str:
    """A tsquery for names that hold the first and the last pair of characters of a short name."""
    parts = []
    for han, latin in RUN.findall(spoken(key)):
        if latin:
            parts.append(f"{latin}:*")
        elif len(han) == 3:
            parts.append(f"(({han[:2]} & {han[2]}) | ({han[0]} & {han[1:]}))")
        else:
            parts.append(f"({han[:2]} & {han[-2:]})")
    return " & ".join(parts)


def characters(key: str) -> str:
    """A tsquery for names that hold all characters of a short name."""
    return " & ".join(part for han, latin in RUN.findall(spoken(key)) for part in (han or [f"{latin}:*"]))


def beginning(key: str) -> str:
    """A tsquery for names that hold two of the first three pairs of characters of a full name."""
    han = "".join(han for han, _latin in RUN.findall(core(key)))
    pairs = [han[place : place + 2] for place in (0, 2, 4) if han[place : place + 2]]
    if len(pairs) < 3:
        return " & ".join(pairs)
    first, second, third = pairs
    return f"({first} & {second}) | ({second} & {third}) | ({first} & {third})"


def collect(found: dict[str, Found], queries: Mapping[str, str]) -> None:
    """Add the companies that the search index finds for each name."""
    asked = {name: query for name, query in queries.items() if query}
    values = {"names": list(asked), "queries": list(asked.values()), "most": LOOKED_AT}
    if asked:
        # For a few rows of an unknown query the planner would read the whole table instead of the index.
        db.session.execute(text("set local enable_seqscan = off"))
        add(found, db.session.execute(FOUND, values))
        db.session.execute(text("set local enable_seqscan = on"))


def collect_sounding(found: dict[str, Found], names: Sequence[str]) -> None:
    """Add the companies whose names sound the same: what an input method got wrong."""
    values = {"names": list(names), "sounds": [pinyin_key(name) for name in names]}
    add(found, db.session.execute(SOUNDING, values) if names else ())


def add(found: dict[str, Found], rows: Any) -> None:
    """Note rows of the queries above."""
    for name, company_id, called, uscc, key in rows:
        found.setdefault(name, {})[Candidate(company_id, called, uscc, frozenset({By.LIKENESS}))] = key


def best(key: str, found: Found) -> list[Candidate]:
    """The likeliest first: a short name's characters must stand in the other in their order."""
    score = short_likeness(spoken(key)) if is_short(key) else full_likeness(key)
    scored = [(score(other), candidate) for candidate, other in found.items()]
    scored = [(points, candidate) for points, candidate in scored if points]
    scored.sort(key=lambda item: (-item[0], item[1].company_id))
    return [candidate for _points, candidate in scored[:OFFERED]]


def short_likeness(asked: str) -> Callable[[str], float]:
    """How well a name's key agrees with a short name: best with nothing between its characters and little besides."""
    order = re.compile(".*".join(map(re.escape, asked)))

    def score(key: str) -> float:
        if not order.search(key):
            return 0
        return fuzz.ratio(asked, core(key)) + (50 if asked in key else 0)

    return score


def full_likeness(asked: str) -> Callable[[str], float]:
    """How alike two full names are: they sound the same, or differ by one character; 0 for others and the very same."""
    own, sound = core(asked), pinyin_key(asked)

    def score(key: str) -> float:
        if key == asked:
            return 0
        if pinyin_key(key) == sound:
            return 2
        return int(len(own) >= SHORTEST_MISTYPED and OSA.distance(own, core(key), score_cutoff=1) <= 1)

    return score
