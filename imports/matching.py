"""Step 4: new, matched or ambiguous, within the sheet and against the database; over crm/companies/matching.py.

What is ambiguous waits for a person, whose choice comes back with the batch.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
from imports import rows
from imports.models import Fate, FindingKind
from imports.recall import Memory
from imports.rows import Checked
from imports.work import Work

#: For so many new names likenesses are looked up; a longer list of full names is read by nobody name by name.
SHORT_NAMES_ASKED, FULL_NAMES_ASKED = 5_000, 2_000

Key = int | str
Codes = Mapping[int, str | None]


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """A company of the batch: the id of the known one, and the places of its rows in order."""

    company_id: int | None
    places: Sequence[int]


class Identities:
    """Which company each row of a batch is about.

    A batch may have a million rows, so of each only numbers are held: hashes of its name and code, and the known
    company. A row whose numbers no other has is about a company of its own; the others are recalled and compared by
    their very names and codes, so that two names of one hash do no harm.
    """

    def __init__(self, work: Work) -> None:
        self.work, self.memory = work, Memory()
        self.names, self.codes, self.companies = array("q"), array("q"), array("q")
        #: Whose company a row is about, where a person chose or others share something with it.
        self.keys: dict[int, Key] = {}
        #: The first new companies with a short and with a full name.
        self.new_short: list[int] = []
        self.new_full: list[int] = []

    def look(self) -> None:
        """Match all rows of the work. A row that could be several companies is left out as ambiguous."""
        for chunk in self.work.each_chunk():
            self.match(chunk)
        self.propose()
        self.compare_shared()

    def match(self, chunk: Checked) -> None:
        """Match the rows of a chunk with known companies, and put them down."""
        places = self.work.open_rows(chunk)
        keys, codes = name_keys(chunk, places), {place: chunk.value(place, "uscc") for place in places}
        self.memory.put(chunk, keys)
        verdicts = dict(zip(places, match_all([(keys[place], codes[place]) for place in places]), strict=True))
        heed_short_names(chunk, verdicts)
        self.note(chunk, keys, codes, verdicts)
        for place, verdict in verdicts.items():
            if verdict.is_ambiguous:
                self.decide(place, verdict)
            elif verdict == NEW and chunk.value(place, "name"):
                self.remember_new(place, keys[place])

    def note(self, chunk: Checked, keys: Mapping[int, str], codes: Codes, verdicts: Mapping[int, Verdict]) -> None:
        """Hold the numbers of a chunk's rows; 0 where there is nothing to compare."""
        for place in range(chunk.first, chunk.first + len(chunk)):
            key, code = keys.get(place), codes.get(place)
            self.names.append(number(key) if key or (key is not None and not code) else 0)
            self.codes.append(number(code) if code else 0)
            self.companies.append((verdicts[place].company_id or 0) if place in verdicts else 0)

    def decide(self, place: int, verdict: Verdict) -> None:
        """Take what a person chose for a doubtful row, else leave it to one."""
        key = chosen(self.work, place, verdict)
        if key is None:
            leave_to_a_person(self.work, place, verdict.reason, verdict.candidates)
        else:
            self.keys[place] = key

    def remember_new(self, place: int, key: str) -> None:
        """Note a new company for which likenesses may be looked up."""
        noted, most = (self.new_short, SHORT_NAMES_ASKED) if is_short(key) else (self.new_full, FULL_NAMES_ASKED + 1)
        if len(noted) < most:
            noted.append(place)

    def propose(self) -> None:
        """Leave a new company to a person whose short name may be a known one's; say where a full name is nearly
        another's."""
        asked = self.new_short + (self.new_full if len(self.new_full) <= FULL_NAMES_ASKED else [])
        window = self.memory.recall(asked)
        self.work.look_at(window)
        names = {place: window.value(place, "name") for place in asked}
        found = likeness.proposals(list(names.values()))
        for place, name in names.items():
            code = window.value(place, "uscc")
            candidates = tuple(c for c in found.get(name, ()) if not (code and c.uscc))
            if candidates and is_short(window.name_key(place)):
                self.decide(place, Verdict(reason=PERHAPS, candidates=candidates))
            elif candidates:
                self.work.say(place, FindingKind.NOTE, "name", ALIKE, names="、".join(c.name for c in candidates))

    def compare_shared(self) -> None:
        """Compare the rows that share something by their names and codes; what stays open is left to a person."""
        within, shared = SheetNames(), self.shared()
        for place, key, code in self.recalled(shared):
            within.add(key, code, self.companies[place] or None)
        for place, key, code in self.recalled(shared):
            if self.work.fates[place] is not None or place in self.keys:
                continue
            company_id = self.companies[place] or None
            company = within.key(key, code, company_id)
            if company is None:
                leave_to_a_person(self.work, place, OTHER_CODE if company_id else SEVERAL, ())
            else:
                self.keys[place] = company

    def shared(self) -> list[int]:
        """The places of rows that have a name, a code or a known company in common with another row."""
        companies = array("q", self.companies)
        for place, key in self.keys.items():
            companies[place] = key if isinstance(key, int) else 0
        columns = [(values, repeated(values)) for values in (self.names, self.codes, companies)]
        return [place for place in range(len(companies)) if any(values[place] in more for values, more in columns)]

    def recalled(self, places: Sequence[int]) -> Iterator[tuple[int, str, str | None]]:
        """Each place with the name key and the code of its row, which is looked at."""
        for some in slices(places, rows.CHUNK):
            window = self.memory.recall(some)
            self.work.look_at(window)
            for place in some:
                yield place, window.name_key(place), window.value(place, "uscc")

    def each_company(self) -> Iterator[Company]:
        """The companies of the rows that are still open, by their first rows."""
        places: dict[Key, list[int]] = {}
        for place in sorted(self.keys):
            places.setdefault(self.keys[place], []).append(place)
        for place in range(len(self.companies)):
            key = self.keys.get(place)
            if self.work.fates[place] is not None:
                continue
            if key is None:
                yield Company(self.companies[place] or None, (place,))
            elif places[key][0] == place:
                yield Company(key if isinstance(key, int) else None, places[key])


def number(text: str | None) -> int:
    """A number that stands for a text, never 0."""
    return hash(text) or 1


def repeated(values: Iterable[int]) -> set[int]:
    """The numbers that come more than once, but for 0."""
    seen: set[int] = {0}
    more: set[int] = set()
    for value in values:
        if value in seen:
            more.add(value)
        else:
            seen.add(value)
    return more - {0}


def slices(places: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """The places, so many at a time."""
    return (places[start : start + size] for start in range(0, len(places), size))


def name_keys(chunk: Checked, places: Sequence[int]) -> dict[int, str]:
    """The name key of each row, '' without a name; equal names are compared once."""
    known: dict[str | None, str] = {None: ""}
    found = {}
    for place in places:
        name = chunk.value(place, "name")
        if name not in known:
            known[name] = name_key(name)
        found[place] = known[name]
    return found


def heed_short_names(chunk: Checked, verdicts: dict[int, Verdict]) -> None:
    """Make a new company doubtful whose short name is all that is known of another one."""
    new = {place: chunk.value(place, "aliases") for place, verdict in verdicts.items() if verdict == NEW}
    keys = {place: [name_key(alias) for alias in aliases] for place, aliases in new.items() if aliases}
    known = known_by_short_name([key for of_row in keys.values() for key in of_row])
    if known:
        for place, of_row in keys.items():
            if candidates := tuple(candidate for key in of_row for candidate in known.get(key, ())):
                verdicts[place] = Verdict(reason=SHORT_NAME, candidates=candidates)


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

    #: Stands for the code of a name that has several.
    SEVERAL_CODES = ""

    def __init__(self) -> None:
        self.code_of_name: dict[str, str] = {}
        self.company_of_code: dict[str, int] = {}
        self.code_of_company: dict[int, str] = {}

    def add(self, name: str, code: str | None, company_id: int | None) -> None:
        """Take in a row with its name key, its code and the known company."""
        if not code:
            return
        if self.code_of_name.setdefault(name, code) != code:
            self.code_of_name[name] = self.SEVERAL_CODES
        if company_id:
            self.company_of_code.setdefault(code, company_id)
            self.code_of_company.setdefault(company_id, code)

    def key(self, name: str, code: str | None, company_id: int | None) -> Key | None:
        """The key of a row's company; None when the sheet itself leaves open which one it is."""
        if company_id is not None:
            return company_id if not code or self.code_of_company[company_id] == code else None
        if not code:
            code = self.code_of_name.get(name) if name else None
            if code == self.SEVERAL_CODES:
                return None
        return self.company_of_code.get(code, code) if code else f"name {name}"


def leave_to_a_person(work: Work, place: int, reason: str, candidates: Sequence[Candidate]) -> None:
    """Take the row out until somebody decides; the candidates stand beside it."""
    work.fates[place] = Fate.AMBIGUOUS
    shown: list[Mapping[str, object]] = [{"id": c.company_id, "name": c.name, "uscc": c.uscc or ""} for c in candidates]
    can_be_new = bool(candidates) and may_be_new(candidates)
    work.say(place, FindingKind.AMBIGUOUS, "name", reason, candidates=shown, can_be_new=can_be_new)
