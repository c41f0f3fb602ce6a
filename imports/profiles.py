"""Saved mappings: what the columns of a kind of sheet mean, recognised the next time by the words of its header."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.accounts.permissions import held_by, require, require_visible
from crm.database import N_, db
from crm.errors import NotFound, RuleError
from crm.rules import clean
from imports import columns, feeds
from imports.columns import Head
from imports.feeds import Feed
from imports.models import Batch, Profile
from imports.workbook import Sheet

#: The latest ones; an office that has more keeps none in order.
RECOGNISED_MAX = 200
LONGEST_NAME = 200
NO_PROFILE = N_("没有名为“%(name)s”的列映射方案。")


def visible_to(user: User) -> Select[Profile]:
    """The profiles that a user may apply: those of the office."""
    return select(Profile).where(held_by(Profile, user, "import.profile"))


def listed(user: User) -> Select[Profile]:
    """The same for a page, with their owners, the latest first."""
    query = visible_to(user).options(joinedload(Profile.owner))
    return query.order_by(Profile.updated_at.desc()).limit(RECOGNISED_MAX)


def recognise(
    sheet: Sheet, by: User, candidates: Sequence[Feed], wanted: Profile | None = None
) -> tuple[Profile, Head] | None:
    """The profile whose header stands in the sheet, the one with the most columns; None if there is none.

    Where one is `wanted`, only that one counts.
    """
    keys = [feed.key for feed in candidates]
    query = visible_to(by).where(Profile.feed.in_(keys)).order_by(Profile.updated_at.desc()).limit(RECOGNISED_MAX)
    found = []
    for profile in [wanted] if wanted else db.session.scalars(query):
        head = columns.find_by_words(sheet, profile.columns, feeds.get(profile.feed).fields)
        if head is not None:
            found.append((profile, head))
    return max(found, key=lambda pair: len(pair[0].columns), default=None)


def named(name: str, by: User) -> Profile:
    """The profile of that name, for the command line. Raises NotFound."""
    found = db.session.scalars(visible_to(by).where(Profile.name == name)).first()
    if found is None:
        raise NotFound(NO_PROFILE, name=name)
    return found


def fitting(batch: Batch, head: Head, by: User) -> Profile | None:
    """The profile that says just what a batch's columns mean."""
    query = visible_to(by).where(Profile.feed == batch.feed, Profile.columns == meanings(head))
    return db.session.scalars(query.order_by(Profile.updated_at.desc())).first()


def meanings(head: Head) -> dict[str, str]:
    """What a profile keeps of a header: {word: field, or '' for a column that is not imported}."""
    words = columns.header_words(head)
    return {words[column.index]: column.key or "" for column in head.columns if column.index in words}


def save(batch: Batch, head: Head, name: str, by: User) -> Profile:
    """Keep what a batch's columns mean under a name; the office's profile of that name takes it over."""
    name = clean(name)[:LONGEST_NAME]
    if not name:
        raise RuleError(N_("请给方案起一个名字。"))
    known = db.session.scalars(select(Profile).filter_by(office_id=by.office_id, name=name)).one_or_none()
    profile = known or Profile(name=name, owner_id=by.id, office_id=by.office_id)
    if known:
        require(by, "import.profile", known)
    profile.feed, profile.fill_only, profile.columns = batch.feed, batch.fill_only, meanings(head)
    db.session.add(profile)
    db.session.flush()  # the caller may name it
    return profile


def remove(profile_id: int, by: User) -> str:
    """Delete a profile; its name. Raises NotFound where `by` may not see it, Forbidden where it is somebody else's."""
    profile = db.session.get(Profile, profile_id)
    require_visible(by, "import.profile", profile)
    assert profile is not None  # noqa: S101 -- require_visible has refused None
    require(by, "import.edit_profile", profile)
    db.session.delete(profile)
    return profile.name
