"""Acts on chains and segments. Callers commit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from crm.chain.models import Chain, Segment, SegmentTerm
from crm.database import N_, db
from crm.errors import CrmError, RuleError

TAKEN_CHAIN = N_("已有同名的产业链，或标识已被使用。")
TAKEN_SEGMENT = N_("这条产业链已有同名的环节。")


def add_chain(values: Mapping[str, Any]) -> Chain:
    """A new chain. RuleError when its name or slug is taken."""
    chain = Chain(**values)
    with unless_taken(TAKEN_CHAIN):
        db.session.add(chain)
    return chain


def edit_chain(chain: Chain, values: Mapping[str, Any]) -> None:
    """Change a chain's own fields. RuleError when its name or slug is taken."""
    with unless_taken(TAKEN_CHAIN):
        assign(chain, values)


def add_segment(chain: Chain, values: Mapping[str, Any]) -> Segment:
    """A new segment, last unless `values` say where it stands. RuleError when the chain has one of that name."""
    last = db.session.scalar(select(func.max(Segment.ordinal)).where(Segment.chain_id == chain.id)) or 0
    segment = Segment(chain_id=chain.id, **{"ordinal": last + 1, **values})
    with unless_taken(TAKEN_SEGMENT):
        db.session.add(segment)
    return segment


def edit_segment(segment: Segment, values: Mapping[str, Any]) -> None:
    """Rename, move, weigh a segment. RuleError for a taken name or a parent that lies below the segment itself."""
    parent: Segment | None = values.get("parent", segment.parent)
    if parent is not None and (parent.chain_id != segment.chain_id or segment in lineage(parent)):
        raise RuleError(N_("上级环节不能是它自己或它的下级，也不能属于另一条产业链。"))
    with unless_taken(TAKEN_SEGMENT):
        assign(segment, values)


def move_segment(segment: Segment, *, up: bool) -> None:
    """Let a segment change places with the one before it (or after it) below the same parent; at the end it stays."""
    siblings = db.session.scalars(
        select(Segment)
        .where(Segment.chain_id == segment.chain_id, Segment.parent_id.is_not_distinct_from(segment.parent_id))
        .order_by(Segment.ordinal, Segment.id)
        .with_for_update()
    ).all()
    in_order = [one for one in siblings if one is not segment]
    place = siblings.index(segment) + (-1 if up else 1)
    in_order.insert(max(place, 0), segment)
    for ordinal, one in enumerate(in_order, start=1):
        one.ordinal = ordinal


def tree(found: Sequence[Segment], parent_id: int | None = None, depth: int = 0) -> list[tuple[Segment, int]]:
    """Segments and their depths, each one's children below it, in the order of `found`."""
    rows: list[tuple[Segment, int]] = []
    for one in found:
        if one.parent_id == parent_id:
            rows += [(one, depth), *tree(found, one.id, depth + 1)]
    return rows


def lineage(segment: Segment) -> list[Segment]:
    """A segment and all above it."""
    found = [segment]
    while found[-1].parent is not None:
        found.append(found[-1].parent)
    return found


def set_terms(segment: Segment, words: Iterable[str]) -> None:
    """Make these the words by which the segment's companies are recognised.

    The words are rows of their own, so the segment is touched: its version must tell two writers apart.
    """
    kept = {term.term: term for term in segment.terms}
    wanted = list(dict.fromkeys(words))
    if wanted != list(kept):
        segment.terms = [kept.get(word) or SegmentTerm(term=word) for word in wanted]
        segment.updated_at = func.clock_timestamp()


def delete_segment(segment: Segment) -> None:
    """Delete a segment that nothing refers to; foreign keys tell, so that no slice can be forgotten.

    Raises CrmError when a company, a project, an instruction or another segment still needs it.
    """
    try:
        with db.session.begin_nested():
            db.session.delete(segment)
    except IntegrityError:
        raise CrmError(N_("还有企业、项目、批示、人工判断或下级环节在用这个环节。可以把它合并到别的环节。")) from None


def assign(row: Any, values: Mapping[str, Any]) -> None:
    """Set the given columns."""
    for key, value in values.items():
        setattr(row, key, value)


@contextmanager
def unless_taken(message: str) -> Iterator[None]:
    """Write what the block changes now, so that a unique name that is taken is a sentence, not a fault at commit."""
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError:
        raise RuleError(message) from None
