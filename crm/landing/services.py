"""Acts on rows of catalogues. Callers commit."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import RelationshipProperty

from crm.chain.models import Chain, Segment
from crm.database import N_, db
from crm.errors import CrmError, RuleError
from crm.landing.entries import Kind, Noun
from crm.landing.models import Theme

TAKEN = N_("已有同样的记录，请换一个名称，或修改已有的那条。")
UNFIT = N_("这些内容不能一起保存，请检查日期先后和必填的内容。")
IN_USE = N_("还有别的记录在用它，不能删除。")


def save(noun: Noun, row: Any | None, values: Mapping[str, Any]) -> tuple[Any, bool]:
    """Set a row's values, or make a new row of them; (row, whether anything changed).

    `values` are by entry, links as rows. RuleError where they do not go together or the database refuses them.
    """
    noun.check({**({} if row is None else current(noun, row)), **values})
    try:
        with db.session.begin_nested():  # a refusal takes back this row alone: an import goes on
            found = put(noun, row, values)
            db.session.flush()
    except DBAPIError as error:
        raise refusal(noun, error) from None
    return found


def put(noun: Noun, row: Any | None, values: Mapping[str, Any]) -> tuple[Any, bool]:
    """Set what differs, on a new row where there is none."""
    found = noun.model() if row is None else row
    changed = assign(found, {key: value for key, value in values.items() if not is_words(noun, key)})
    with_words = False
    for key in filter(lambda key: is_words(noun, key), values):
        with_words |= set_words(found, key, values[key])
    if with_words and not changed and row is not None:
        found.updated_at = func.clock_timestamp()  # the words are rows of their own, yet two writers must be told apart
    if row is None:
        db.session.add(found)
    return found, row is None or changed or with_words


def current(noun: Noun, row: Any) -> dict[str, Any]:
    """A row's values, by entry."""
    return {entry.key: entry.read(row) for entry in noun.entries}


def is_words(noun: Noun, key: str) -> bool:
    """Whether an entry is a list of words."""
    return any(entry.key == key and entry.kind is Kind.WORDS for entry in noun.entries)


def assign(row: Any, values: Mapping[str, Any]) -> bool:
    """Set what differs; whether anything did. None leaves a column that cannot be empty as it is."""
    changed = False
    columns = row.__table__.c
    for key, value in values.items():
        if value is None and key in columns and not columns[key].nullable:
            continue
        if getattr(row, key) != value:
            setattr(row, key, value)
            changed = True
    return changed


def set_words(row: Any, key: str, names: Sequence[str]) -> bool:
    """Make the rows of a list equal to the names; whether anything changed. A theme finds its chain or segment."""
    relationship: RelationshipProperty[Any] = inspect(type(row)).relationships[key]
    model = relationship.mapper.class_
    kept = {each.name: each for each in getattr(row, key)}
    found = [kept.get(name) or model(name=name) for name in names]
    for each in found:
        if isinstance(each, Theme):
            each.chain, each.segment = meaning(each.name, is_demo=row.is_demo is True)
    if list(kept) == list(names):
        return False
    setattr(row, key, found)
    return True


def meaning(word: str, *, is_demo: bool) -> tuple[Chain | None, Segment | None]:
    """The chain of a name (with or without 产业链 or 链), else the one segment of that name with its chain.

    Fictitious rows mean fictitious chains, real rows real ones.
    """
    names = [word, word.removesuffix("产业链"), f"{word}链"]
    chain = db.session.scalars(select(Chain).where(Chain.name.in_(names), Chain.is_demo == is_demo)).first()
    if chain is not None:
        return chain, None
    query = select(Segment).join(Segment.chain).where(Segment.name == word, Chain.is_demo == is_demo).limit(2)
    segments = db.session.scalars(query).all()
    return (segments[0].chain, segments[0]) if len(segments) == 1 else (None, None)


def remove(noun: Noun, row: Any) -> None:
    """Delete a row that nothing needs. CrmError where something does: foreign keys tell."""
    try:
        with db.session.begin_nested():
            db.session.delete(row)
    except DBAPIError:
        raise CrmError(IN_USE) from None


def refusal(noun: Noun, error: DBAPIError) -> RuleError:
    """What to say of a refused write; another fault is raised as it is."""
    state = getattr(error.orig, "sqlstate", None) or ""
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
    known = noun.refusals.get(constraint) or noun.refusals.get(state)
    if known:
        return RuleError(known)
    if state == "23505":
        return RuleError(TAKEN)
    if state.startswith("23"):
        return RuleError(UNFIT)
    raise error
