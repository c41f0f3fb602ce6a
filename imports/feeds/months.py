"""The gaps of past months, for the demo: what an installation gathers in half a year. Not offered on any page."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from crm import rules
from crm.chain.models import Segment
from crm.database import N_, db
from crm.errors import RuleError
from crm.gaps.analysis import SegmentFacts, assess
from crm.gaps.models import GapSnapshot
from crm.gaps.snapshots import values_of
from imports.columns import Field
from imports.feeds import FieldError, RowFeed
from imports.feeds.chain import chain_named
from imports.feeds.companies import LINE
from imports.models import Fate
from imports.work import Work

FIGURE = rules.number(2, Decimal(1_000))


def first_of_month(text: str) -> date | None:
    """The first day of a month counted back from this one: 0 个月前 is this month's."""
    digits = rules.clean(text).removesuffix("个月前").strip()
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and int(digits) < 120):
        raise RuleError(N_("月份请写成“3个月前”这样。"))
    months = rules.today().year * 12 + rules.today().month - 1 - int(digits)
    return date(months // 12, months % 12 + 1, 1)


class MonthFeed(RowFeed):
    """逐月的缺口记录: supply and expected of a segment on the first of a month; the rest follows by the formula."""

    key = "gap_months"
    label = N_("逐月的缺口记录")
    act = "chain.edit"
    fields = (
        Field("chain", N_("产业链"), "产业链", LINE, identity=True, required=True),
        Field("segment", N_("产业链环节"), "产业链环节 环节", LINE, identity=True, required=True),
        Field("on_day", N_("月份"), "月份", first_of_month, identity=True, required=True),
        Field("supply", N_("供给"), "供给", FIGURE, required=True),
        Field("expected", N_("预期"), "预期", FIGURE, required=True),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A month of a segment of a fictitious chain; what is kept stays."""
        chain = chain_named(row["chain"])
        segment = db.session.scalars(select(Segment).filter_by(chain_id=chain.id, name=row["segment"])).one_or_none()
        if segment is None or not chain.is_demo:
            raise FieldError("segment", N_("没有这个环节。"))
        known = select(GapSnapshot.id).filter_by(segment_id=segment.id, on_day=row["on_day"])
        if db.session.scalars(known).first() is not None:
            return Fate.UNCHANGED
        facts = SegmentFacts(segment.id, segment.importance, segment.wanted)
        gap = assess(facts, Fraction(row["supply"]), Fraction(row["expected"]), is_classified=True)
        db.session.add(GapSnapshot(**values_of(gap, row["on_day"])))
        return Fate.CREATED
