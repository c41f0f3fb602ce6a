"""A manager's judgement of a segment beside the calculated status."""

from datetime import date

from sqlalchemy import literal, select

from crm.accounts.models import User
from crm.accounts.permissions import require
from crm.chain.models import Segment
from crm.database import N_, db
from crm.errors import RuleError
from crm.gaps.analysis import GapStatus
from crm.gaps.models import GapOverride
from crm.gaps.queries import judged
from crm.rules import today


def judge(segment: Segment, status: GapStatus | None, reason: str, on_day: date | None, *, by: User) -> GapOverride:
    """Hold a status of a segment from a day on (today); None takes the former back. The caller commits.

    Raises Forbidden where `by` may not judge, RuleError where there is nothing to take back.
    """
    require(by, "terms.edit")
    if status is None and db.session.scalar(select(judged(literal(segment.id)))) is None:
        raise RuleError(N_("没有人工判断可以撤销。"))
    said = GapOverride(segment_id=segment.id, status=status, reason=reason, on_day=on_day or today(), by_id=by.id)
    db.session.add(said)
    db.session.flush()
    return said
