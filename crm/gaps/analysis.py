"""Gap analysis in the open: plain rows in, figures out. No database, no rounding: fractions all the way.

    supply    = Σ share × weight of the local companies of a segment
    expected  = Σ probability × share × weight of the projects that would make supply there
    coverage  = min(1, supply / wanted)                 wanted = 0 gives 1
    outlook   = min(1, (supply + expected) / wanted)
    gap       = importance × (1 − coverage)             open gap likewise with outlook

A company's weight is the largest of its tiers'. It counts fully in its main segment; its other segments count by an
equal share of one more unit. A project counts as its company would.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from crm.database import N_, Labelled
from crm.pipeline.models import Effect

HALF = Fraction(1, 2)
ONE = Fraction(1)


class GapStatus(Labelled):
    """How well a segment is covered. 未评估 says that nobody can tell yet, which is not 缺失."""

    UNASSESSED = "unassessed", N_("未评估")
    MISSING = "missing", N_("缺失")
    WEAK = "weak", N_("薄弱")
    BASIC = "basic", N_("基本具备")
    STRONG = "strong", N_("优势")


class Lack(Labelled):
    """What is missing to assess a segment."""

    WANTED = "wanted", N_("目标数量未设定")
    CLASSIFIED = "classified", N_("本地企业尚未归类")
    IMPORTANCE = "importance", N_("重要性未设定")


EFFECTS = {
    GapStatus.MISSING: Effect.FILL,
    GapStatus.WEAK: Effect.STRENGTHEN,
    GapStatus.BASIC: Effect.STRENGTHEN,
    GapStatus.STRONG: Effect.EXTEND,
}


@dataclass(frozen=True)
class SegmentFacts:
    """What a segment asks for: `importance` 1–5, `wanted` firm-equivalents; None where nobody has decided. `judged` is
    the status that a manager holds instead of the calculated one."""

    id: int
    importance: int | None
    wanted: Decimal | None
    judged: GapStatus | None = None


@dataclass(frozen=True)
class Supplier:
    """Local companies that are alike: how many, of which weight, with which standing in the segment.

    `others` is the number of segments, besides the main one, in which each of them works.
    """

    segment_id: int
    weight: Decimal
    is_main: bool
    others: int
    count: int = 1

    @property
    def share(self) -> Fraction:
        """What part of a company counts here."""
        return share(self.is_main, self.others)

    @property
    def supply(self) -> Fraction:
        """Firm-equivalents."""
        return self.count * self.share * exact(self.weight)


@dataclass(frozen=True)
class Prospect:
    """Projects that are alike: how many, at which probability, of companies of which weight."""

    segment_id: int
    probability: Decimal
    weight: Decimal
    is_main: bool
    others: int
    count: int = 1

    @property
    def share(self) -> Fraction:
        """What part of a project counts here."""
        return share(self.is_main, self.others)

    @property
    def expected(self) -> Fraction:
        """Firm-equivalents times probability."""
        return self.count * exact(self.probability) * self.share * exact(self.weight)


@cache
def exact(value: Decimal) -> Fraction:
    """A weight or a probability as a fraction; there are few, and each comes a thousand times."""
    return Fraction(value)


@cache
def share(is_main: bool, others: int) -> Fraction:
    """1 in the main segment; in another, one divided by how many others there are."""
    return ONE if is_main else Fraction(1, others)


@dataclass(frozen=True)
class Gap:
    """A segment's figures. Those that cannot be told are None."""

    segment_id: int
    importance: int | None
    wanted: Decimal | None
    supply: Fraction
    expected: Fraction
    coverage: Fraction | None
    outlook: Fraction | None
    gap: Fraction | None
    open_gap: Fraction | None
    #: As calculated.
    status: GapStatus
    lacks: tuple[Lack, ...]
    #: As a manager judges.
    judged: GapStatus | None = None

    @property
    def is_assessed(self) -> bool:
        return self.status is not GapStatus.UNASSESSED

    @property
    def standing(self) -> GapStatus:
        """The status that holds: the manager's, else the calculated one."""
        return self.judged or self.status

    @property
    def effect(self) -> Effect | None:
        """What a company that came would do: 补链 where nothing is, 强链 where too little is, 延链 where enough is."""
        return EFFECTS.get(self.standing)


def analyse(
    segments: Iterable[SegmentFacts],
    suppliers: Iterable[Supplier],
    prospects: Iterable[Prospect],
    *,
    is_classified: bool | None = None,
) -> list[Gap]:
    """The gaps of one chain's segments, in their order. While the chain has no supplier at all, no company has been
    classified and nothing can be said of any segment; who gives the suppliers of some segments alone says whether."""
    supply: defaultdict[int, Fraction] = defaultdict(Fraction)
    expected: defaultdict[int, Fraction] = defaultdict(Fraction)
    for supplier in suppliers:
        supply[supplier.segment_id] += supplier.supply
    for prospect in prospects:
        expected[prospect.segment_id] += prospect.expected
    is_classified = bool(supply) if is_classified is None else is_classified
    return [assess(facts, supply[facts.id], expected[facts.id], is_classified) for facts in segments]


def assess(facts: SegmentFacts, supply: Fraction, expected: Fraction, is_classified: bool) -> Gap:
    """One segment's figures."""
    coverage = outlook = None
    if facts.wanted is not None and is_classified:
        coverage = part(supply, facts.wanted)
        outlook = part(supply + expected, facts.wanted)
    return Gap(
        segment_id=facts.id,
        importance=facts.importance,
        wanted=facts.wanted,
        supply=supply,
        expected=expected,
        coverage=coverage,
        outlook=outlook,
        gap=uncovered(facts.importance, coverage),
        open_gap=uncovered(facts.importance, outlook),
        status=status_of(coverage),
        lacks=lacks(facts, is_classified),
        judged=facts.judged,
    )


def part(supply: Fraction, wanted: Decimal) -> Fraction:
    """How much of what is wanted is there, at most 1; all of it where nothing is wanted."""
    return ONE if wanted == 0 else min(ONE, supply / Fraction(wanted))


def uncovered(importance: int | None, covered: Fraction | None) -> Fraction | None:
    """Importance times what is not covered."""
    return None if importance is None or covered is None else importance * (1 - covered)


def status_of(coverage: Fraction | None) -> GapStatus:
    """The word for a coverage."""
    if coverage is None:
        return GapStatus.UNASSESSED
    if coverage == 0:
        return GapStatus.MISSING
    if coverage < HALF:
        return GapStatus.WEAK
    return GapStatus.BASIC if coverage < 1 else GapStatus.STRONG


def lacks(facts: SegmentFacts, is_classified: bool) -> tuple[Lack, ...]:
    """What somebody has to decide before the segment's gap can be told."""
    found = {
        Lack.WANTED: facts.wanted is None,
        Lack.CLASSIFIED: not is_classified,
        Lack.IMPORTANCE: facts.importance is None,
    }
    return tuple(lack for lack, is_lacking in found.items() if is_lacking)


def ranked(gaps: Sequence[Gap]) -> list[Gap]:
    """The assessed gaps, largest first; of equal ones first that which the projects under way would not close.

    One without importance has no size and stands last.
    """

    def size(gap: Gap) -> tuple[bool, Fraction, Fraction]:
        return gap.gap is None, -(gap.gap or Fraction()), -(gap.open_gap or Fraction())

    return sorted((gap for gap in gaps if gap.is_assessed), key=size)
