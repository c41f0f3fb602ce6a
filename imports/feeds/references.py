"""What cells name: users, tiers, chains, segments, lists. Each is looked up once per run."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select

from crm.accounts.models import User
from crm.accounts.permissions import may
from crm.chain.models import Chain, Segment
from crm.companies.models import TargetList, Tier
from crm.database import N_, db
from imports.feeds import FieldError
from imports.work import Work

UNKNOWN_USER = N_("没有这个用户，或有重名。")
NOT_YOURS = N_("您不能把记录归到这个人名下。")


@dataclass
class Holding:
    """What a permission is asked for: a row that this user would hold."""

    owner_id: int
    office_id: int


class References:
    """Names → rows, read when first asked for."""

    @cached_property
    def users(self) -> dict[str, User | None]:
        """Active users by name and by sign-in name; None where two bear the name."""
        found: dict[str, User | None] = {}
        for user in db.session.scalars(select(User).where(User.disabled_at.is_(None))):
            found[user.display_name] = None if user.display_name in found else user
            found[user.name] = user
        return found

    @cached_property
    def tiers(self) -> dict[str, int]:
        """Tiers' ids by name, also without quotation marks."""
        rows = db.session.execute(select(Tier.name, Tier.id))
        return {spelling: tier_id for name, tier_id in rows for spelling in (name, bare(name))}

    @cached_property
    def chains(self) -> dict[str, Chain]:
        """Chains by name."""
        return {chain.name: chain for chain in db.session.scalars(select(Chain))}

    @cached_property
    def segments(self) -> dict[str, list[Segment]]:
        """Segments by name; several chains may use one."""
        found: dict[str, list[Segment]] = defaultdict(list)
        for segment in db.session.scalars(select(Segment).order_by(Segment.id)):
            found[segment.name].append(segment)
        return found

    @cached_property
    def lists(self) -> dict[str, TargetList]:
        """Target lists by name."""
        return {row.name: row for row in db.session.scalars(select(TargetList))}

    def user(self, work: Work, row: dict[str, Any], key: str, *, assigned: bool = False) -> User | None:
        """Whom a cell names. FieldError for a stranger, and for somebody to whom the importer may not assign."""
        return self.user_named(work, row[key], key, assigned=assigned) if row.get(key) else None

    def user_named(self, work: Work, name: str, key: str, *, assigned: bool = False) -> User:
        """The user of a name; errors as above."""
        found = self.users.get(name)
        if found is None:
            raise FieldError(key, UNKNOWN_USER)
        if assigned and not may(work.user, "import.assign", Holding(found.id, found.office_id)):
            raise FieldError(key, NOT_YOURS)
        return found

    def segment(self, name: str, chain: str | None) -> Segment | None:
        """The segment of that name, in the chain if one is named; None if there is none or it could be several."""
        found = [row for row in self.segments.get(name, ()) if chain is None or row.chain_id == self.chain_id(chain)]
        return found[0] if len(found) == 1 else None

    def chain_id(self, name: str) -> int | None:
        """The id of a chain."""
        return self.chains[name].id if name in self.chains else None


def bare(name: str) -> str:
    """A name without quotation marks: 专精特新小巨人."""
    return name.replace("“", "").replace("”", "").replace('"', "")
