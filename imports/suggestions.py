"""Segments for companies that have none: by the words of their products, in groups that a person accepts at once.

Only companies that the user may change through an import, and only such without a main segment: what a person chose is
never replaced. What was accepted is marked as suggested.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, delete, exists, func, select, update

from crm.accounts.models import User
from crm.accounts.permissions import held_by
from crm.chain.models import Chain, Segment
from crm.chain.queries import segments
from crm.companies.classifying import Suggestion, vocabulary
from crm.companies.models import ChosenBy, Company, CompanySegment
from crm.database import N_, db
from crm.errors import BadRequest
from crm.history.models import HistoryRow, Operation
from imports import copying
from imports.feeds.company_compare import within
from imports.models import RowFate

#: So many companies are looked at, the latest first; after these are decided come the next.
LOOKED_AT = 5_000
WORDS_SHOWN, COMPANIES_SHOWN = 8, 20
#: So long, and of so many groups, an acceptance can be taken back with one press.
TAKEN_BACK_WITHIN, ACCEPTED_SHOWN = timedelta(days=7), 5
GONE = N_("这组建议已经变了，请看新的建议。")


@dataclass(frozen=True)
class Member:
    """A company of a group, and the words that put it there."""

    id: int
    name: str
    words: tuple[str, ...]


@dataclass
class Group:
    """Companies for which one segment is suggested, with equal confidence."""

    segment: Segment
    is_sure: bool
    members: list[Member]

    @property
    def words(self) -> list[tuple[str, int]]:
        """The words that decided most often, each with the number of its companies."""
        return Counter(word for member in self.members for word in member.words).most_common(WORDS_SHOWN)

    @property
    def shown(self) -> Sequence[Member]:
        """The first members: the page has no room for thousands."""
        return self.members[:COMPANIES_SHOWN]


@dataclass
class Proposal:
    """The groups of one chain, the sure ones first; how many companies were looked at and how many remain unclear."""

    groups: list[Group]
    looked_at: int
    unclear: int


def unclassified(user: User, batch_id: int | None = None) -> Select[int, str, str]:
    """(id, name, products) of companies without a main segment that the user may change; of one import, or of all."""
    has_main = exists().where(CompanySegment.company_id == Company.id, CompanySegment.is_main)
    query = select(Company.id, Company.name, Company.products).where(
        Company.archived_at.is_(None), ~has_main, held_by(Company, user, "import.update")
    )
    if batch_id is not None:
        query = query.where(Company.id.in_(select(RowFate.company_id).where(RowFate.batch_id == batch_id)))
    return query.order_by(Company.id.desc()).limit(LOOKED_AT)


def propose(chain: Chain, user: User, batch_id: int | None = None) -> Proposal:
    """The suggestions for a chain, in groups."""
    known = {row.id: row for row in db.session.scalars(segments(chain.id))}
    words = vocabulary(list(known.values()))
    rows = db.session.execute(unclassified(user, batch_id)).all()
    found: dict[tuple[int, bool], list[Member]] = defaultdict(list)
    for company_id, name, products in rows:
        if suggestion := words.suggest(name, products):
            found[key_of(suggestion)].append(Member(company_id, name, suggestion.words))
    groups = [Group(known[segment_id], is_sure, members) for (segment_id, is_sure), members in found.items()]
    groups.sort(key=lambda group: (not group.is_sure, -len(group.members), group.segment.ordinal))
    return Proposal(groups, len(rows), len(rows) - sum(len(group.members) for group in groups))


def key_of(suggestion: Suggestion) -> tuple[int, bool]:
    """What the companies of a group have in common."""
    return suggestion.segment_id, suggestion.is_sure


def accept(proposal: Proposal, segment_id: int, is_sure: bool, leave: Collection[int]) -> int:
    """Give the companies of a group their segment, but for those to leave; how many got it. The caller commits.

    Raises BadRequest for a group that is not proposed (any more).
    """
    group = next((g for g in proposal.groups if (g.segment.id, g.is_sure) == (segment_id, is_sure)), None)
    if group is None:
        raise BadRequest(GONE)
    ids = [member.id for member in group.members if member.id not in leave]
    columns = ("company_id", "segment_id", "is_main", "chosen_by")
    copying.insert_missing(
        "company_segments", columns, ((company_id, segment_id, True, ChosenBy.SUGGESTION.value) for company_id in ids)
    )
    touch(ids)
    return len(ids)


def touch(ids: list[int]) -> None:
    """Its segments count as the company: a form that was opened before must not overwrite them unseen."""
    db.session.execute(update(Company).where(within(Company.id, ids)).values(updated_at=func.clock_timestamp()))


def accepted(user: User) -> Sequence[Any]:
    """The groups that a user accepted of late, the latest first: (request_id, segment_id, segment, companies, at).

    `companies` are those in which nothing was chosen since; a group without any is not listed.
    """
    last = func.max(HistoryRow.at).label("at")
    columns = (HistoryRow.request_id, Segment.id.label("segment_id"), Segment.name.label("segment"))
    query = select(*columns, func.count().label("companies"), last).select_from(CompanySegment)
    query = query.join(HistoryRow, HistoryRow.row_id == CompanySegment.id).join(CompanySegment.segment)
    groups = query.where(untouched(user)).group_by(*columns).order_by(last.desc()).limit(ACCEPTED_SHOWN)
    return db.session.execute(groups).all()


def untouched(user: User) -> ColumnElement[bool]:
    """The condition on history joined with segments of companies: what the user accepted of late and nobody changed."""
    return (
        (HistoryRow.table_name == "company_segments")
        & (HistoryRow.operation == Operation.INSERT)
        & (HistoryRow.actor_id == user.id)
        & (HistoryRow.at > datetime.now(UTC) - TAKEN_BACK_WITHIN)
        & HistoryRow.request_id.isnot(None)
        & (CompanySegment.chosen_by == ChosenBy.SUGGESTION)
        & CompanySegment.is_main
        & (cast(HistoryRow.after["segment_id"].astext, BigInteger) == CompanySegment.segment_id)
    )


def take_back(user: User, request_id: str, segment_id: int) -> int:
    """Take the segment from the companies of an accepted group again; from how many. The caller commits.

    A company whose segment somebody chose otherwise since, or that the user may not change any more, keeps what it has.
    """
    mine = select(CompanySegment.id, CompanySegment.company_id).join(
        HistoryRow, HistoryRow.row_id == CompanySegment.id
    ).join(CompanySegment.company)  # fmt: skip
    mine = mine.where(
        untouched(user),
        HistoryRow.request_id == request_id,
        CompanySegment.segment_id == segment_id,
        held_by(Company, user, "import.update"),
    )
    rows = db.session.execute(mine).all()
    db.session.execute(delete(CompanySegment).where(within(CompanySegment.id, [row.id for row in rows])))
    touch([row.company_id for row in rows])
    return len(rows)
