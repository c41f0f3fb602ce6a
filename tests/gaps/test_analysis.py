"""The formula of gap analysis, by hand and by its properties."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from crm.gaps.analysis import Gap, GapStatus, Lack, Prospect, SegmentFacts, Supplier, analyse, ranked, share
from crm.pipeline.models import Effect

D = Decimal


def gaps_by_segment(
    segments: list[SegmentFacts], suppliers: list[Supplier], prospects: list[Prospect] | None = None
) -> dict[int, Gap]:
    return {gap.segment_id: gap for gap in analyse(segments, suppliers, prospects or [])}


def test_figures_worked_by_hand():
    """A chain of five segments.

    Local companies:
      a 链主, weight 3: main 10, others 20 and 30, so 1 × 3 in 10 and 1/2 × 3 = 3/2 in each of 20 and 30
      b 重点, weight 2: main 20, so 2 in 20
      c without tier, weight 1: main 30, other 10, so 1 in 30 and 1/1 × 1 = 1 in 10
    Supply: 10: 3 + 1 = 4;  20: 3/2 + 2 = 7/2;  30: 3/2 + 1 = 5/2;  40: 0;  50: 0
    Projects:
      p at 0.25 of a company of weight 2: main 40, so 1/2
      q at 0.6 of a company of weight 1: main 30, other 40, so 3/5 in 30 and 3/5 in 40
    Expected: 30: 3/5;  40: 1/2 + 3/5 = 11/10
    """
    segments = [
        SegmentFacts(10, 5, D(4)),
        SegmentFacts(20, 4, D(10)),
        SegmentFacts(30, 3, D(5)),
        SegmentFacts(40, 2, D(2)),
        SegmentFacts(50, 1, None),
    ]
    suppliers = [
        Supplier(10, D(3), True, 2),
        Supplier(20, D(3), False, 2),
        Supplier(30, D(3), False, 2),
        Supplier(20, D(2), True, 0),
        Supplier(30, D(1), True, 1),
        Supplier(10, D(1), False, 1),
    ]
    prospects = [
        Prospect(40, D("0.25"), D(2), True, 0),
        Prospect(30, D("0.6"), D(1), True, 1),
        Prospect(40, D("0.6"), D(1), False, 1),
    ]
    gaps = gaps_by_segment(segments, suppliers, prospects)

    # 10: 4 / 4 = 1, nothing is missing: 优势, 延链
    assert (gaps[10].supply, gaps[10].coverage, gaps[10].gap) == (4, 1, 0)
    assert (gaps[10].status, gaps[10].effect) == (GapStatus.STRONG, Effect.EXTEND)
    # 20: 7/2 / 10 = 7/20 < 1/2: 薄弱, 强链; gap 4 × 13/20 = 13/5
    assert (gaps[20].coverage, gaps[20].gap, gaps[20].open_gap) == (
        Fraction(7, 20),
        Fraction(13, 5),
        Fraction(13, 5),
    )
    assert (gaps[20].status, gaps[20].effect) == (GapStatus.WEAK, Effect.STRENGTHEN)
    # 30: 5/2 / 5 = 1/2: 基本具备; outlook 31/10 / 5 = 31/50; gap 3 × 1/2; open gap 3 × 19/50 = 57/50
    assert (gaps[30].coverage, gaps[30].outlook) == (Fraction(1, 2), Fraction(31, 50))
    assert (gaps[30].gap, gaps[30].open_gap) == (Fraction(3, 2), Fraction(57, 50))
    assert gaps[30].status is GapStatus.BASIC
    # 40: nothing is there: 缺失, 补链; outlook 11/10 / 2 = 11/20; gap 2; open gap 2 × 9/20 = 9/10
    assert (gaps[40].coverage, gaps[40].outlook) == (0, Fraction(11, 20))
    assert (gaps[40].gap, gaps[40].open_gap) == (2, Fraction(9, 10))
    assert (gaps[40].status, gaps[40].effect) == (GapStatus.MISSING, Effect.FILL)
    # 50: nobody has said how many are wanted
    assert gaps[50].status is GapStatus.UNASSESSED
    assert (gaps[50].coverage, gaps[50].gap, gaps[50].effect, gaps[50].lacks) == (None, None, None, (Lack.WANTED,))

    assert [gap.segment_id for gap in ranked(list(gaps.values()))] == [20, 40, 30, 10]


def test_many_that_are_alike_are_one_row():
    one = gaps_by_segment([SegmentFacts(1, 5, D(9))], [Supplier(1, D(2), False, 3)] * 6)
    many = gaps_by_segment([SegmentFacts(1, 5, D(9))], [Supplier(1, D(2), False, 3, count=6)])
    assert one == many
    assert one[1].supply == 4


def test_nothing_wanted_is_covered():
    gap = gaps_by_segment([SegmentFacts(1, 5, D(0)), SegmentFacts(2, 5, D(1))], [Supplier(2, D(1), True, 0)])[1]
    assert (gap.coverage, gap.gap, gap.status) == (1, 0, GapStatus.STRONG)


def test_without_a_classified_company_no_segment_is_missing():
    gap = gaps_by_segment([SegmentFacts(1, 5, D(3))], [], [Prospect(1, D(1), D(3), True, 0)])[1]
    assert gap.status is GapStatus.UNASSESSED
    assert gap.lacks == (Lack.CLASSIFIED,)
    assert gap.expected == 3


def test_one_classified_company_makes_the_empty_segments_missing():
    segments = [SegmentFacts(1, 5, D(3)), SegmentFacts(2, 5, D(3))]
    gaps = gaps_by_segment(segments, [Supplier(2, D(1), True, 0)])
    assert [gaps[1].status, gaps[2].status] == [GapStatus.MISSING, GapStatus.WEAK]


def test_a_gap_without_importance_has_a_status_but_no_size():
    segments = [SegmentFacts(1, None, D(3)), SegmentFacts(2, 1, D(3))]
    gaps = analyse(segments, [Supplier(2, D(1), True, 0)], [])
    assert (gaps[0].status, gaps[0].gap, gaps[0].lacks) == (GapStatus.MISSING, None, (Lack.IMPORTANCE,))
    assert [gap.segment_id for gap in ranked(gaps)] == [2, 1]


# Properties

SEGMENTS = list(range(1, 7))
importance = st.one_of(st.none(), st.integers(1, 5))
wanted = st.one_of(st.none(), st.integers(0, 80).map(lambda quarters: D(quarters) / 4))
weights = st.integers(0, 12).map(lambda quarters: D(quarters) / 4)
probabilities = st.integers(0, 20).map(lambda twentieths: D(twentieths) / 20)
facts = st.builds(
    lambda rows: [SegmentFacts(i, *row) for i, row in rows.items()],
    st.fixed_dictionaries({i: st.tuples(importance, wanted) for i in SEGMENTS}),
)
#: A company or project: weight, main segment or none, other segments.
placed = st.tuples(weights, st.one_of(st.none(), st.sampled_from(SEGMENTS)), st.sets(st.sampled_from(SEGMENTS))).map(
    lambda row: (row[0], row[1], frozenset(row[2] - {row[1]}))
)
Placed = tuple[Decimal, int | None, frozenset[int]]


def suppliers_of(company: Placed) -> list[Supplier]:
    weight, main, others = company
    rows = [Supplier(main, weight, True, len(others))] if main else []
    return rows + [Supplier(other, weight, False, len(others)) for other in others]


def prospects_of(project: Placed, probability: Decimal) -> list[Prospect]:
    return [Prospect(row.segment_id, probability, row.weight, row.is_main, row.others) for row in suppliers_of(project)]


def flat(rows: list[list]) -> list:
    return [row for part in rows for row in part]


@given(facts, st.lists(placed, min_size=1), st.lists(st.tuples(placed, probabilities), min_size=1))
def test_landing_a_project_never_raises_a_gap(segments, companies, projects):
    """To land: the project no longer counts as expected, its local company enters supply where the project stood."""
    local = flat([suppliers_of(company) for company in companies])
    before = analyse(segments, local, flat([prospects_of(*project) for project in projects]))
    (landed, _), *others = projects
    after = analyse(segments, local + suppliers_of(landed), flat([prospects_of(*project) for project in others]))
    for was, now in zip(before, after, strict=True):
        if was.is_assessed:
            assert now.coverage >= was.coverage
            assert now.outlook >= was.outlook
        if was.gap is not None:
            assert now.gap <= was.gap
            assert now.open_gap <= was.open_gap


@given(st.lists(placed), placed, st.sampled_from(SEGMENTS))
def test_moving_a_company_between_segments_conserves_totals(companies, moved, to):
    weight, main, others = moved
    if main is None or to in others:
        return
    segments = [SegmentFacts(i, 1, D(1)) for i in SEGMENTS]

    def total(company: Placed) -> Fraction:
        rows = flat([suppliers_of(one) for one in [*companies, company]])
        return sum((gap.supply for gap in analyse(segments, rows, [])), Fraction())

    assert total(moved) == total((weight, to, others))


@given(facts, st.lists(placed), st.lists(st.tuples(placed, probabilities)))
def test_figures_stay_in_their_ranges(segments, companies, projects):
    rows = flat([suppliers_of(company) for company in companies])
    for gap in analyse(segments, rows, flat([prospects_of(*project) for project in projects])):
        assert (gap.status is GapStatus.UNASSESSED) == (gap.coverage is None) == (gap.outlook is None)
        if gap.coverage is not None:
            assert 0 <= gap.coverage <= gap.outlook <= 1
        if gap.gap is not None:
            assert 0 <= gap.open_gap <= gap.gap <= gap.importance


def test_share():
    assert [share(True, 0), share(True, 3), share(False, 1), share(False, 3)] == [1, 1, 1, Fraction(1, 3)]
