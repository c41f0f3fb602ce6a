"""Whether a company is known already: by its code, by its name, by a former or short name. Never a guess.

The import asks for a whole sheet at once, the form for one company before it is created.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Text, any_, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from crm.companies.models import Company
from crm.companies.naming import name_key
from crm.database import N_, db


class By(Enum):
    """What a company has in common with what was asked."""

    CODE = "uscc"
    NAME = "name"
    ALIAS = "alias"
    #: Only a proposal (likeness.py): never decides.
    LIKENESS = "likeness"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A company that may be the one that was asked for."""

    company_id: int
    name: str
    uscc: str | None
    by: frozenset[By]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The company, or None for a new one; with a reason, the candidates wait for a person instead."""

    company_id: int | None = None
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()

    @property
    def is_ambiguous(self) -> bool:
        return bool(self.reason)


NEW = Verdict()
TWO_COMPANIES = N_("信用代码和名称分别属于两家企业。")
SHORT_NAME = N_("简称与一家只知简称的企业相同，可能是同一家。")
PERHAPS = N_("这像是简称，库中有几家可能是它，请选一家。")
ALIKE = N_("库中有名称相近的企业：%(names)s。请核对是不是同一家。")
OTHER_CODE = N_("名称相同，但信用代码不同。")
SEVERAL = N_("有多家企业用这个名称。")

CANDIDATES = text("""
    with asked as (
      select * from unnest(cast(:places as bigint[]), cast(:keys as text[]), cast(:codes as text[]))
      as a(place, key, code)
    )
    select a.place, c.id, c.name, c.uscc, 'uscc' as by from asked a join companies c on c.uscc = a.code
    union all
    select a.place, c.id, c.name, c.uscc, 'name' from asked a join companies c on c.name_key = a.key
    union all
    select a.place, c.id, c.name, c.uscc, 'alias'
    from asked a join company_aliases n on n.alias_key = a.key join companies c on c.id = n.company_id
""")


def match(name: str, uscc: str | None = None) -> Verdict:
    """The verdict on one company."""
    return match_all([(name_key(name), uscc)])[0]


def match_all(asked: Sequence[tuple[str, str | None]]) -> list[Verdict]:
    """The verdicts on many companies, each given as its name key ('' for none) and its code, in the same order."""
    found = candidates(asked)
    return [decide(code, found.get(place, ())) for place, (_key, code) in enumerate(asked)]


def candidates(asked: Sequence[tuple[str, str | None]]) -> Mapping[int, Sequence[Candidate]]:
    """Every company that shares the code, the name or an alias, by place in what was asked."""
    values = {
        "places": list(range(len(asked))),
        "keys": [key or None for key, _code in asked],
        "codes": [code for _key, code in asked],
    }
    found: dict[int, dict[int, Candidate]] = {}
    for place, company_id, name, uscc, by in db.session.execute(CANDIDATES, values):
        known = found.setdefault(place, {})
        before = known[company_id].by if company_id in known else frozenset()
        known[company_id] = Candidate(company_id, name, uscc, before | {By(by)})
    return {place: tuple(companies.values()) for place, companies in found.items()}


def known_by_short_name(keys: Sequence[str]) -> Mapping[str, Sequence[Candidate]]:
    """Companies without a code whose whole name is one of these short names, by name key."""
    query = select(Company.id, Company.name, Company.name_key)
    rows = db.session.execute(
        query.where(Company.name_key == any_(literal(list(keys), ARRAY(Text))), Company.uscc.is_(None))
    )
    found: dict[str, list[Candidate]] = {}
    for company_id, name, key in rows:
        found.setdefault(key, []).append(Candidate(company_id, name, None, frozenset({By.NAME})))
    return found


def decide(code: str | None, found: Sequence[Candidate]) -> Verdict:
    """The one company that it can be; an ambiguous verdict where a person must look."""
    by_code = [candidate for candidate in found if By.CODE in candidate.by]
    by_name = [candidate for candidate in found if By.NAME in candidate.by]
    if by_code:
        # A company may bear a new name, but not one that is only another company's.
        if by_name and by_code[0] not in by_name:
            return Verdict(reason=TWO_COMPANIES, candidates=(by_code[0], *by_name))
        return Verdict(by_code[0].company_id)
    named = by_name or list(found)
    compatible = [candidate for candidate in named if not code or not candidate.uscc]
    if not named or (not compatible and not by_name):
        return NEW  # another company's short name says little against a code of its own
    if len(named) == 1 and compatible:
        return Verdict(named[0].company_id)
    return Verdict(reason=SEVERAL if compatible else OTHER_CODE, candidates=tuple(named))
