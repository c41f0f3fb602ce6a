"""Step 4: new, matched or ambiguous, within the sheet and against the database; over crm/companies/matching.py."""

from collections import defaultdict
from collections.abc import Iterator

from crm.companies.matching import OTHER_CODE, SEVERAL, Candidate, match_all
from crm.companies.naming import name_key
from imports.models import Fate, FindingKind
from imports.work import Work

Key = int | str


def same_companies(work: Work) -> Iterator[tuple[int, Key]]:
    """The open rows in order, each with the key of its company: the id of a known one, else one made from the sheet.

    Rows of equal keys are about one company. A row that could be several companies is left out as ambiguous.
    """
    rows = list(work.open_rows())
    names, codes = work.checked.values("name"), work.checked.values("uscc")
    known: dict[str, str] = {"": ""}
    for name in names:
        if name and name not in known:
            known[name] = name_key(name)
    keys = {place: known[names[place] or ""] for place in rows}
    verdicts = match_all([(keys[place], codes[place]) for place in rows])
    within = SheetNames(keys, codes, {place: verdict.company_id for place, verdict in zip(rows, verdicts, strict=True)})
    for place, verdict in zip(rows, verdicts, strict=True):
        if verdict.is_ambiguous:
            leave_to_a_person(work, place, verdict.reason, verdict.candidates)
        elif (key := within.key(place, verdict.company_id)) is None:
            leave_to_a_person(work, place, OTHER_CODE if verdict.company_id else SEVERAL, ())
        else:
            yield place, key


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


def leave_to_a_person(work: Work, place: int, reason: str, candidates: tuple[Candidate, ...]) -> None:
    """Take the row out until somebody decides; the candidates stand beside it."""
    work.fates[place] = Fate.AMBIGUOUS
    shown = [{"id": c.company_id, "name": c.name, "uscc": c.uscc or ""} for c in candidates]
    work.say(place, FindingKind.AMBIGUOUS, "name", reason, candidates=shown)
