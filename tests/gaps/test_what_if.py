"""What if chosen projects and companies landed: figures by hand, the link, and what it must not tell."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from crm.chain.models import Segment
from crm.companies.models import CompanySegment, LocalCompany
from crm.errors import BadRequest
from crm.gaps.analysis import Prospect, SegmentFacts, Supplier, analyse
from crm.gaps.queries import Figures
from crm.gaps.tallies import Work
from crm.gaps.what_if import Choice, landed, minus, supplier_of, what_if
from crm.pipeline.models import Phase, Project, ProjectSegment, Secrecy
from tests import factories
from tests.statements import counted


@pytest.fixture
def crystal(session: Session) -> Segment:
    segment = factories.Segment(chain=factories.Chain(slug="what"), name="激光晶体", importance=4, wanted=Decimal(2))
    local = factories.Company()
    local.local = LocalCompany()
    local.segments = [CompanySegment(segment=factories.Segment(chain=segment.chain, ordinal=1), is_main=True)]
    session.flush()
    return segment


def project(segment: Segment, **values) -> Project:
    made = factories.Project(**values)
    made.segments = [ProjectSegment(segment=segment, is_main=True)]
    factories.db.session.flush()
    return made


def change(crystal: Segment, choice: Choice, user):
    found = what_if(crystal.chain, [crystal, *others(crystal)], choice, user)
    return found, found.changes[0]


def others(crystal: Segment) -> list[Segment]:
    session = factories.db.session
    return [s for s in session.query(Segment).filter_by(chain_id=crystal.chain_id) if s.id != crystal.id]


def test_a_project_leaves_the_expected_and_becomes_supply(session, crystal):
    officer = factories.User()
    one = project(crystal, owner=officer, stage_name="在谈")  # 0.25 × 1 of 2 wanted
    found, one_change = change(crystal, Choice(projects=(one.id,)), officer)
    before, after = one_change.before, one_change.after
    assert (before.coverage, before.outlook) == (0, Fraction(1, 8))
    assert (after.coverage, after.outlook, after.gap) == (Fraction(1, 2), Fraction(1, 2), 2)
    assert (found.closed, found.ignored) == (2, 0)


def test_a_company_counts_fully_where_it_was_chosen_for(session, crystal):
    company = factories.Company()
    _found, one = change(crystal, Choice(companies=((company.id, crystal.id),)), factories.User())
    assert one.after.supply == 1


def test_a_link_tells_nothing_of_what_one_may_not_know(session, crystal):
    """Another's 受限 project, an id that nobody has and a local company are all the same: not counted."""
    officer = factories.User()
    hidden = project(crystal, owner=factories.User(office=officer.office), secrecy=Secrecy.RESTRICTED)
    found, one = change(crystal, Choice(projects=(hidden.id, 2**50)), officer)
    assert (found.projects, found.ignored, one.is_changed) == ([], 2, False)


def test_a_company_whose_project_lands_is_counted_once(session, crystal):
    officer = factories.User()
    one = project(crystal, owner=officer)
    choice = Choice((one.id,), ((one.company_id, crystal.id),))
    found, changed = change(crystal, choice, officer)
    assert (changed.after.supply, found.companies) == (1, [])


@pytest.mark.parametrize("arguments", [(["x"], []), ([], ["1"]), ([], ["1-x"]), (["1"] * 51, []), (["1" * 19], [])])
def test_a_forged_link_is_refused(arguments):
    with pytest.raises(BadRequest):
        Choice.of(*arguments)


@given(st.lists(st.integers(1, 10**17)), st.lists(st.tuples(st.integers(1, 10**17), st.integers(1, 10**17))))
def test_a_choice_survives_its_link(projects, companies):
    choice = Choice(tuple(dict.fromkeys(projects[:50])), tuple(dict.fromkeys(companies[:50])))
    assert Choice.of(*choice.query().values()) == choice


WEIGHTS = st.decimals("0.5", 3, places=1)
PROSPECTS = st.builds(
    Prospect,
    segment_id=st.integers(1, 3),
    probability=st.decimals(0, 1, places=2),
    weight=WEIGHTS,
    is_main=st.booleans(),
    others=st.integers(1, 3),
)
FACTS = [SegmentFacts(n, n, Decimal(n + 1)) for n in (1, 2, 3)]


def work_of(each: Prospect) -> Work:
    """A prospect as it is counted."""
    chances = (Phase.NEGOTIATING, each.probability, each.weight, each.is_main, each.others)
    return Work(each.segment_id, *chances, is_open=True, is_coming=True, count=each.count, amount=Decimal())


@given(st.lists(PROSPECTS, min_size=1, max_size=6), st.data())
def test_landing_never_raises_a_gap(prospects, data):
    """Neither the gap nor the open gap of any segment grows when some of what is coming lands."""
    suppliers = [Supplier(1, Decimal(1), is_main=True, others=0)]
    figures = Figures(analyse(FACTS, suppliers, prospects), suppliers, [work_of(each) for each in prospects])
    chosen = data.draw(st.lists(st.sampled_from(prospects), unique_by=id))
    segments = [Segment(id=f.id, importance=f.importance, wanted=f.wanted) for f in FACTS]
    after = landed(segments, figures, [supplier_of(row) for row in chosen], [minus(row) for row in chosen])
    for old, new in zip(figures.gaps, after, strict=True):
        assert new.gap <= old.gap
        assert new.open_gap <= old.open_gap
        assert new.expected >= 0


def test_the_page_offers_and_shares(app, session, crystal):
    officer = factories.User()
    one = project(crystal, name="晶体项目", owner=officer, stage_name="在谈")
    company = factories.Company(name="示例光晶")
    client = factories.signed_in(app, officer)
    with counted() as sent:
        text = client.get(f"/chains/what/what-if?p={one.id}&c={company.id}-{crystal.id}").text
    assert len(sent) <= 25
    assert "示例光晶 → 激光晶体" in text
    assert "晶体项目" in text
    added = client.get(f"/chains/what/what-if?p={one.id}&company_id={company.id}&segment={crystal.id}")
    assert added.location.endswith(f"?p={one.id}&c={company.id}-{crystal.id}")
    assert client.get("/chains/what/what-if?p=x").status_code == 400
    assert client.get("/chains/what/what-if?find=company_id&company_id_q=示例").status_code == 200
