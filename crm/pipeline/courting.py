"""谁在谈: who holds and courts the companies of a pasted list. It reads; nothing is kept or imported.

Names are judged as the import judges them (companies/matching.py): by code, name, former or short name, never guessed.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, not_, select

from crm.accounts.models import User
from crm.companies import queries as companies
from crm.companies.matching import NEW, Verdict, match_all
from crm.companies.models import Company
from crm.companies.naming import name_key
from crm.database import N_, db
from crm.errors import RuleError
from crm.pipeline import claims
from crm.pipeline.models import Project
from crm.pipeline.models.claims import Claim
from crm.pipeline.permissions import readable
from crm.pipeline.queries import is_open, visible_to, with_names
from crm.rules import clean, narrow

#: So many lines are answered at once; more belong into an import.
LINES = 500
#: For so many unknown names similar ones are looked up; for the others only what is surely the same.
LOOKED_UP = 40
#: What stands before a name in a chat: 1. 1、 （1） ① -
NUMBERING = re.compile(r"^\s*(?:[（(]?\d{1,3}[)）.、．:：]\s*|[①-⑳]\s*|[-—·•*]\s*)")
CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
#: Heads of columns, which a copied range begins with.
HEADS = {"企业名称", "公司名称", "单位名称", "名称", "项目名称", "序号", "企业", "公司"}


@dataclass
class Answer:
    """What is known of one line: its company, or companies that it may be, and who courts it."""

    asked: str
    verdict: Verdict = NEW
    company: Company | None = None
    #: Ambiguous: companies that share the name. Unknown: companies whose names are found by it.
    candidates: Sequence[Company] = ()
    projects: list[Project] = field(default_factory=list)
    #: Open projects that the reader may not know of.
    hidden: int = 0
    claims: list[tuple[Claim, str]] = field(default_factory=list)

    @property
    def is_courted(self) -> bool:
        """Whether somebody holds the company or has a project with it."""
        held = self.company is not None and not self.company.in_pool
        return held or bool(self.projects or self.hidden or self.claims)


def answers(text: str, user: User) -> list[Answer]:
    """Who courts each line's company: cells of a spreadsheet, or names from a chat. RuleError for too many lines."""
    lines = [pieces for pieces in map(pieces_of, lines_of(text)) if pieces]
    if len(lines) > LINES:
        raise RuleError(N_("一次最多查 %(count)s 行；更多请用导入。"), count=LINES)
    found = [Answer(pieces[0], verdict) for pieces, verdict in zip(lines, verdicts_of(lines), strict=True)]
    fill_companies(found)
    fill_courting(found, user)
    fill_similar(found, user)
    return found


def lines_of(text: str) -> list[str]:
    """The lines of a pasted text; several names on a line of a chat become several lines."""
    lines: list[str] = []
    for line in clean(text).splitlines():
        lines += [line] if "\t" in line else re.split("[;；、,，]", NUMBERING.sub("", line))
    return lines


def pieces_of(line: str) -> list[str]:
    """The cells of a line that can be a name or a code, the likeliest name first."""
    cells = [NUMBERING.sub("", cell).strip()[:200] for cell in line.split("\t")]
    useful = [cell for cell in cells if cell and cell not in HEADS and (is_name(cell) or code_of(cell))]
    return sorted(useful, key=lambda cell: (not cell.endswith(("公司", "集团", "厂", "所")), useful.index(cell)))


def is_name(cell: str) -> bool:
    """Whether a cell can be a company's name: two characters that are no figures."""
    return len(re.findall(r"[^\W\d_]", cell)) >= 2 and not code_of(cell)


def code_of(cell: str) -> str | None:
    """The 统一社会信用代码 that a cell is, if it is one."""
    text = narrow(cell).upper()
    return text if CODE.fullmatch(text) else None


def verdicts_of(lines: Sequence[Sequence[str]]) -> list[Verdict]:
    """The verdict on each line: of its cells the first that is surely a company, else the first that may be one."""
    asked: list[tuple[str, str | None]] = []
    places: list[tuple[int, int]] = []
    for pieces in lines:
        code = next(filter(None, map(code_of, pieces)), None)
        names = [piece for piece in pieces if not code_of(piece)] or [""]
        places.append((len(asked), len(asked) + len(names)))
        asked += [(name_key(name), code) for name in names]
    verdicts = match_all(asked)
    return [best_of(verdicts[start:end]) for start, end in places]


def best_of(verdicts: Sequence[Verdict]) -> Verdict:
    """A sure verdict before an ambiguous one before a new one."""
    sure = (verdict for verdict in verdicts if verdict.company_id is not None)
    return next(sure, next((verdict for verdict in verdicts if verdict.is_ambiguous), NEW))


def fill_companies(found: Sequence[Answer]) -> None:
    """Load the companies of all verdicts at once."""
    ids = {answer.verdict.company_id for answer in found} | {
        candidate.company_id for answer in found for candidate in answer.verdict.candidates
    }
    query = companies.with_card(select(Company).where(Company.id.in_(ids - {None})))
    known = {company.id: company for company in db.session.scalars(query).unique()}
    for answer in found:
        if answer.verdict.company_id is not None:
            answer.company = known[answer.verdict.company_id]
        answer.candidates = [known[candidate.company_id] for candidate in answer.verdict.candidates]


def fill_courting(found: Sequence[Answer], user: User) -> None:
    """What is going on with each company, as far as `user` may know; the rest as a count."""
    ids = {answer.company.id for answer in found if answer.company}
    projects, hidden, claimed = projects_of(ids, user), hidden_of(ids, user), claims_of(ids, user)
    for answer in found:
        if answer.company is not None:
            answer.projects = projects[answer.company.id]
            answer.hidden = hidden.get(answer.company.id, 0)
            answer.claims = claimed[answer.company.id]


def projects_of(company_ids: Collection[int], user: User) -> Mapping[int, list[Project]]:
    """The open projects of companies that `user` may know of."""
    query = with_names(visible_to(user).where(Project.company_id.in_(company_ids), *is_open()))
    found: dict[int, list[Project]] = defaultdict(list)
    for project in db.session.scalars(query.order_by(Project.id)).unique():
        found[project.company_id].append(project)
    return found


def hidden_of(company_ids: Collection[int], user: User) -> Mapping[int, int]:
    """How many open projects of companies `user` may not know of: a number is all that 受限 ones show."""
    query = select(Project.company_id, func.count().label("count")).where(
        Project.company_id.in_(company_ids), *is_open()
    )
    rows = db.session.execute(query.where(not_(readable(user))).group_by(Project.company_id))
    return {company_id: int(count) for company_id, count in rows}


def claims_of(company_ids: Collection[int], user: User) -> Mapping[int, list[tuple[Claim, str]]]:
    """The live claims on companies' projects that `user` may know of, with their titles."""
    found: dict[int, list[tuple[Claim, str]]] = defaultdict(list)
    for claim in claims.live_on_companies(user, company_ids):
        found[claim.project.company_id].append((claim, claims.title_of(claim, user)))
    return found


def fill_similar(found: Sequence[Answer], user: User) -> None:
    """For unknown names the companies that the search finds by them; a person judges whether one is meant."""
    unknown = [answer for answer in found if answer.company is None and not answer.candidates]
    for answer in unknown[:LOOKED_UP]:
        answer.candidates = companies.best(answer.asked, user)[:3]
