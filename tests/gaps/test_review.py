"""The meeting page: each segment's targets with what blocks them, and notes that become 督办."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.models import Role
from crm.chain.models import Segment
from crm.companies.models import CompanySegment
from crm.gaps.review import SHOWN_OF_ALL, reviews_of
from crm.pipeline.models import CoordinationItem, Instruction, Project, ProjectSegment, Secrecy, WeeklyLine
from crm.rules import today
from tests import factories
from tests.statements import counted


@pytest.fixture
def crystal(session: Session) -> Segment:
    return factories.Segment(chain=factories.Chain(slug="review"), name="激光晶体")


def project(segment: Segment, **values) -> Project:
    made = factories.Project(**values)
    made.segments = [ProjectSegment(segment=segment, is_main=True)]
    factories.db.session.flush()
    return made


def followed(segment: Segment, **values):
    made = factories.Company(**values)
    made.segments = [CompanySegment(segment=segment, is_main=True)]
    factories.db.session.flush()
    return made


def said(line) -> list[str]:
    return [block.text for block in line.blocks]


def test_a_line_says_where_a_target_stands_and_what_blocks_it(session, crystal):
    officer = factories.User(display_name="小林")
    project(crystal, owner=officer, next_step="送样", next_step_on=today() - timedelta(days=3))
    met = followed(crystal, owner=officer, last_contact_on=today() - timedelta(days=12))
    task = factories.Task(title="约见", company=met, owner=officer, due_on=date(2030, 1, 1))
    review = reviews_of([crystal], officer)[0]
    negotiated, company = review.lines
    assert (negotiated.owner, negotiated.next_step, negotiated.days) == (officer, "送样", None)
    assert "下一步逾期，原定 %(day)s" in said(negotiated)
    assert any(text.startswith("进入“%(stage)s”缺") for text in said(negotiated))
    assert (company.days, company.next_step, company.next_on) == (12, task.title, task.due_on)
    assert said(company) == ["还没有立项"]


def test_what_nobody_has_answered_blocks(session, crystal):
    officer = factories.User()
    asking = project(crystal, owner=officer)
    week = date(2026, 11, 23)
    line = WeeklyLine(project=asking, week=week, progress="已看地", by=officer)
    office = factories.Office(name="资规局")
    item = CoordinationItem(project_id=asking.id, line=line, body="核地块", owner=officer, office=office, due_on=week)
    session.add(item)
    session.flush()
    blocks = reviews_of([crystal], officer)[0].lines[0].blocks
    assert blocks[-1].facts == {"office": "资规局", "body": "核地块"}


def test_what_others_hold_is_a_count(session, crystal):
    officer = factories.User()
    project(crystal, name="别科室项目")
    project(crystal, owner=factories.User(office=officer.office), secrecy=Secrecy.RESTRICTED)
    followed(crystal, owner=factories.User())
    followed(crystal)  # the pool: nobody follows it
    review = reviews_of([crystal], officer)[0]
    assert (review.lines, review.hidden_projects, review.hidden_companies) == ([], 2, 1)


def test_a_company_whose_project_one_may_not_know_of_stays_a_company(session, crystal):
    """Leaving it out would tell of the 受限 project."""
    officer = factories.User()
    company = followed(crystal, owner=officer)
    project(crystal, company=company, owner=factories.User(office=officer.office), secrecy=Secrecy.RESTRICTED)
    assert [line.company for line in reviews_of([crystal], officer)[0].lines] == [company]


def test_all_segments_cost_no_more_statements(session, crystal):
    officer = factories.User()
    others = [factories.Segment(chain=crystal.chain) for _ in range(5)]
    for segment in [crystal, *others]:
        for _ in range(SHOWN_OF_ALL + 1):
            project(segment, owner=officer)
    with counted() as sent:
        found = reviews_of([crystal, *others], officer)
    assert len(sent) <= 24
    assert [(len(review.lines), review.more) for review in found] == [(SHOWN_OF_ALL, 1)] * 6


def test_a_note_becomes_an_instruction(app, session, crystal):
    manager = factories.User(role=Role.MANAGER)
    officer = factories.User(office=manager.office)
    target = project(crystal, owner=officer)
    client = factories.signed_in(app, manager)
    due_on = today() + timedelta(days=14)
    form = {"body": "两周内送样", "owner_id": officer.id, "due_on": due_on.isoformat(), "about": f"project-{target.id}"}
    url = f"/segments/{crystal.id}/review-notes"
    assert client.post(url, data={**form, "due_on": ""}).status_code == 422
    assert client.post(url, data={**form, "about": "project-999999"}).status_code == 422
    assert client.post(url, data=form).status_code == 302
    one = session.scalars(select(Instruction)).one()
    assert (one.owner_id, one.project_id, one.due_on, one.author_id) == (
        officer.id,
        target.id,
        due_on,
        manager.id,
    )
    assert "两周内送样" in client.get("/chains/review/review").text


def test_the_segments_follow_each_other(app, session, crystal):
    after = factories.Segment(chain=crystal.chain, name="特种光纤", ordinal=1)
    client = factories.signed_in(app, factories.User())
    first = client.get("/chains/review/review").text
    assert f'data-key="j J ArrowRight" href="/chains/review/review?segment={after.id}"' in first
    last = client.get(f"/chains/review/review?segment={after.id}").text
    assert 'rel="prev"' in last
    assert 'rel="next"' not in last
    assert "会议交办" not in last  # an officer writes no instructions
    everything = client.get("/chains/review/review?segment=all").text
    assert everything.index("激光晶体") < everything.index("特种光纤")
    assert client.get("/chains/review/review?segment=0").status_code == 400
