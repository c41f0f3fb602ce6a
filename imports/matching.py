"""Step 4: new, matched or ambiguous, within the sheet and against the database; over crm/companies/matching.py.

What is ambiguous waits for a person, whose choice comes back with the batch.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from crm.companies import likeness
from crm.companies.matching import (
    ALIKE,
    NEW,
    OTHER_CODE,
    PERHAPS,
    SEVERAL,
    SHORT_NAME,
    By,
    Candidate,
    Verdict,
    known_by_short_name,
    match_all,
)
from crm.companies.naming import is_short, name_key
from imports.models import Fate, FindingKind
from imports.work import Work

#: For so many new names likenesses are looked up; a longer list of full names is read by nobody name by name.
SHORT_NAMES_ASKED, FULL_NAMES_ASKED = 5_000, 2_000

Key = int | str


def same_companies(work: Work) -> Iterator[tuple[int, Key]]:
    """The open rows in order, each with the key of its company: the id of a known one, else one made from the sheet.

    Rows of equal keys are about one company. A row that could be several companies is left out as ambiguous.
    """
    rows = list(work.open_rows())
    keys = name_keys(work, rows)
    codes = work.checked.values("uscc")
    verdicts = dict(zip(rows, match_all([(keys[place], codes[place]) for place in rows]), strict=True))
    heed_short_names(work, verdicts)
    propose(work, keys, verdicts)
    within = SheetNames(keys, codes, {place: verdict.company_id for place, verdict in verdicts.items()})
    for place, verdict in verdicts.items():
        key = chosen(work, place, verdict) if verdict.is_ambiguous else within.key(place, verdict.company_id)
        if key is not None:
            yield place, key
        elif verdict.is_ambiguous:
            leave_to_a_person(work, place, verdict.reason, verdict.candidates)
        else:
            leave_to_a_person(work, place, OTHER_CODE if verdict.company_id else SEVERAL, ())


def name_keys(work: Work, rows: Sequence[int]) -> dict[int, str]:
    """The name key of each row, '' without a name; equal names are compared once."""
    names, known = work.checked.values("name"), work.name_keys
    known[""] = ""
    for name in names:
        if name and name not in known:
            known[name] = name_key(name)
    return {place: known[names[place] or ""] for place in rows}


def heed_short_names(work: Work, verdicts: dict[int, Verdict]) -> None:
    """Make a new company doubtful whose short name is all that is known of another one."""
    aliases = work.checked.values("aliases")
    new = {place: [name_key(a) for a in aliases[place] or ()] for place, v in verdicts.items() if v == NEW}
    known = known_by_short_name([key for keys in new.values() for key in keys])
    if known:
        for place, keys in new.items():
            if candidates := tuple(candidate for key in keys for candidate in known.get(key, ())):
                verdicts[place] = Verdict(reason=SHORT_NAME, candidates=candidates)


def propose(work: Work, keys: Mapping[int, str], verdicts: dict[int, Verdict]) -> None:
    """Make a new company doubtful whose short name may be a known one's; say where a full name is nearly another's."""
    names, codes = work.checked.values("name"), work.checked.values("uscc")
    new = [place for place, verdict in verdicts.items() if verdict == NEW and names[place]]
    short = [place for place in new if is_short(keys[place])][:SHORT_NAMES_ASKED]
    full = [place for place in new if not is_short(keys[place])]
    asked = short + (full if len(full) <= FULL_NAMES_ASKED else [])
    found = likeness.proposals([names[place] for place in asked])
    for place in asked:
        candidates = tuple(c for c in found.get(names[place], ()) if not (codes[place] and c.uscc))
        if candidates and is_short(keys[place]):
            verdicts[place] = Verdict(reason=PERHAPS, candidates=candidates)
        elif candidates:
            work.say(place, FindingKind.NOTE, "name", ALIKE, names="、".join(c.name for c in candidates))


def chosen(work: Work, place: int, verdict: Verdict) -> Key | None:
    """The key that a person chose for a doubtful row; None as long as nobody did."""
    choice = work.choice(place)
    if choice in {candidate.company_id for candidate in verdict.candidates}:
        work.chosen.add(place)
        return int(choice)
    if choice == "new" and may_be_new(verdict.candidates):
        return f"row {place}"
    return None


def may_be_new(candidates: Sequence[Candidate]) -> bool:
    """Whether a new company is a possible answer: two cannot have one code."""
    return not any(By.CODE in candidate.by for candidate in candidates)


class SheetNames:
    """Which names and codes of the sheet go together, and with which known companies."""

    def __init__(self, keys: dict[int, str], codes: list[str | None], companies: dict[int, int | None]) -> None:
        self.keys, self.codes = keys, codes
        self.codes_of_name: dict[str, set[str]] = defaultdict(set)
        self.company_of_code: dict[str, int] = {}
        self.code_of_company: dict[int, str] = {}
        for place, key in keys.items():
            if code := codes[place]:
                self.codes_of_name[key].add(code)
                if company_id := companies[place]:
                    self.company_of_code.setdefault(code, company_id)
                    self.code_of_company.setdefault(company_id, code)

    def key(self, place: int, company_id: int | None) -> Key | None:
        """The key of a row's company; None when the sheet itself leaves open which one it is."""
        code = self.codes[place]
        if company_id is not None:
            return company_id if not code or self.code_of_company[company_id] == code else None
        if not code:
            of_name = self.codes_of_name[self.keys[place]] if self.keys[place] else set()
            if len(of_name) > 1:
                return None
            code = next(iter(of_name), None)
        return self.company_of_code.get(code, code) if code else f"name {self.keys[place]}"


def leave_to_a_person(work: Work, place: int, reason: str, candidates: Sequence[Candidate]) -> None:
    """Take the row out until somebody decides; the candidates stand beside it."""
    work.fates[place] = Fate.AMBIGUOUS
    shown: list[Mapping[str, object]] = [{"id": c.company_id, "name": c.name, "uscc": c.uscc or ""} for c in candidates]
    can_be_new = bool(candidates) and may_be_new(candidates)
    work.say(place, FindingKind.AMBIGUOUS, "name", reason, candidates=shown, can_be_new=can_be_new)
