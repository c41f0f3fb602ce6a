"""Trips: planned, followed, reported."""

import io
import re
import uuid
from datetime import time, timedelta

import pytest
from docx import Document
from sqlalchemy import select

from crm.companies.models import TargetListEntry
from crm.interactions.models import Interaction, InteractionOfficer, Task
from crm.notices.models import Notice
from crm.pipeline.models import ProjectInteraction, Secrecy
from crm.rules import today
from crm.trips import report
from crm.trips.models import Trip, TripOfficer, TripStop
from tests import factories
from tests.statements import counted

TOMORROW = today() + timedelta(days=1)


@pytest.fixture
def officer(session):
    return factories.User(display_name="李专员")


@pytest.fixture
def colleague(officer):
    return factories.User(display_name="陈小明", office=officer.office)


@pytest.fixture
def firms(officer):
    return [factories.Company(owner=officer, name=f"示例{name}激光有限公司") for name in ("星河", "北辰", "南斗")]


@pytest.fixture
def client(sign_in, officer):
    return sign_in(officer)


@pytest.fixture
def trip(session, officer, colleague, firms):
    row = Trip(name="深圳走访", owner=officer, office_id=officer.office_id, starts_on=today(), ends_on=TOMORROW)
    row.officers = [TripOfficer(user=colleague)]
    row.stops = [
        TripStop(company=firms[0], on_day=today(), ordinal=1, at=time(14, 30), note="二期选址"),
        TripStop(company=firms[1], on_day=today(), ordinal=2),
        TripStop(company=firms[2], on_day=TOMORROW, ordinal=1),
    ]
    session.add(row)
    session.commit()
    return row


def head(**values):
    return {"name": "深圳走访", "starts_on": today().isoformat(), "ends_on": TOMORROW.isoformat(), **values}


def order(session, trip):
    session.expire_all()
    return [(stop.company.name[2:4], stop.on_day) for stop in trip.stops]


def log(client, trip, stop, **values):
    """Follow the link on a stop, and send the form as it comes."""
    plan = client.get(f"/trips/{trip.id}").text
    address = re.search(rf'href="(/interactions/new\?company={stop.company_id}[^"]*)"', plan)
    assert address is not None
    page = client.get(address[1].replace("&amp;", "&")).text
    sent = {
        "client_uuid": str(uuid.uuid4()),
        "company_id": stop.company_id,
        "kind": "visit",
        "happened_on": re.search(r'name="happened_on" value="([^"]+)" checked', page)[1],
        "happened_at": re.search(r'name="happened_at"[^>]*value="([^"]*)"', page)[1],
        "officer_ids": re.findall(r'<input checked[^>]*name="officer_ids"[^>]*value="(\d+)"', page),
        "summary": "谈到二期扩产。",
        **values,
    }
    return client.post("/interactions", data=sent)


def test_a_trip_is_planned_from_companies_in_their_order(client, session, firms, colleague):
    asked = "&".join(f"company={firm.id}" for firm in reversed(firms))
    page = client.get(f"/trips/new?{asked}").text
    names = re.findall("示例(..)激光有限公司", page)
    assert names == ["南斗", "北辰", "星河"]
    ids = [firm.id for firm in reversed(firms)]
    answer = client.post(f"/trips/new?{asked}", data=head(officer_ids=[colleague.id], company_ids=ids))
    assert answer.status_code == 302
    trip = session.scalars(select(Trip)).one()
    assert [name for name, _day in order(session, trip)] == ["南斗", "北辰", "星河"]
    assert [user.display_name for user in trip.people] == ["李专员", "陈小明"]
    assert session.scalars(select(Notice.user_id)).all() == [colleague.id]


def test_a_list_offers_its_companies(client, session, officer, firms):
    stranger = factories.Company(owner=factories.User(), name="示例外科室有限公司")
    found = factories.TargetList(owner=officer)
    found.entries = [TargetListEntry(company_id=company.id) for company in (*firms, stranger)]
    session.commit()
    page = client.get(f"/trips/new?list={found.id}").text
    assert re.findall("示例(..)激光有限公司", page) == [firm.name[2:4] for firm in firms]
    assert page.count("checked") == len(firms)
    assert "示例外科室" not in page
    refused = client.post("/trips/new", data=head(company_ids=[stranger.id]))
    assert refused.status_code == 403
    assert session.scalars(select(Trip)).all() == []


@pytest.mark.parametrize("wrong", [{"ends_on": "2020-01-01"}, {"ends_on": "2099-01-01"}, {"name": " "}])
def test_days_that_cannot_be_are_refused(client, wrong):
    assert client.post("/trips/new", data=head(**wrong)).status_code == 422


def test_the_plan_is_put_into_order(client, session, trip):
    star, north, south = (stop.id for stop in trip.stops)
    move = "/trips/{}/stops/{}/move"
    client.post(move.format(trip.id, star), data={"to": "down"})
    assert order(session, trip) == [("北辰", today()), ("星河", today()), ("南斗", TOMORROW)]
    client.post(move.format(trip.id, star), data={"to": "down"})
    assert order(session, trip) == [("北辰", today()), ("星河", TOMORROW), ("南斗", TOMORROW)]
    client.post(move.format(trip.id, south), data={"to": "down"})
    client.post(move.format(trip.id, south), data={"to": "up"})
    assert order(session, trip) == [("北辰", today()), ("南斗", TOMORROW), ("星河", TOMORROW)]
    client.post(move.format(trip.id, south), data={"to": "up"})
    client.post(move.format(trip.id, south), data={"to": "up"})
    assert order(session, trip) == [("南斗", today()), ("北辰", today()), ("星河", TOMORROW)]
    assert client.post(move.format(trip.id, north), data={"to": "away"}).status_code == 400


def test_a_stop_is_added_changed_and_removed(client, session, trip):
    pool = factories.Company(name="示例新岸激光有限公司")
    session.commit()
    added = {"company_id": pool.id, "on_day": TOMORROW.isoformat(), "at": "9:30", "note": "首次见面"}
    assert client.post(f"/trips/{trip.id}/stops", data=added).status_code == 302
    session.expire_all()
    stop = trip.stops[-1]
    assert (stop.company, stop.at, stop.note) == (pool, time(9, 30), "首次见面")
    changed = {"on_day": today().isoformat(), "at": "", "note": "", "version": stop.version}
    assert client.post(f"/trips/{trip.id}/stops/{stop.id}", data=changed).status_code == 302
    assert client.post(f"/trips/{trip.id}/stops/{stop.id}", data=changed).status_code == 409
    assert client.post(f"/trips/{trip.id}/stops/{stop.id}/removal").status_code == 302
    assert len(order(session, trip)) == 3
    outside = {**added, "on_day": (today() + timedelta(days=9)).isoformat()}
    assert client.post(f"/trips/{trip.id}/stops", data=outside).status_code == 422
    held = factories.Company(owner=factories.User())
    session.commit()
    assert client.post(f"/trips/{trip.id}/stops", data={**added, "company_id": held.id}).status_code == 403


def test_a_shorter_trip_keeps_its_stops(client, session, trip):
    changed = head(ends_on=today().isoformat(), version=trip.version)
    assert client.post(f"/trips/{trip.id}/edit", data=changed).status_code == 302
    assert {day for _name, day in order(session, trip)} == {today()}
    assert trip.officers == []


def test_a_tap_on_a_stop_opens_the_visit_which_fills_in_the_plan(client, session, trip, colleague):
    assert log(client, trip, trip.stops[0]).status_code == 302
    session.expire_all()
    visit = session.scalars(select(Interaction)).one()
    assert trip.stops[0].interaction == visit
    assert (visit.happened_on, visit.happened_at) == (today(), time(14, 30))
    assert colleague.id in {link.user_id for link in visit.officers}
    page = client.get(f"/trips/{trip.id}").text
    assert "已走访 1 / 3 家" in page
    assert client.post(f"/trips/{trip.id}/stops/{trip.stops[0].id}/removal").status_code == 422


def test_today_s_stops_are_offered_where_a_visit_is_logged(client, sign_in, session, trip, colleague):
    for browser in (client, sign_in(colleague)):
        page = browser.get("/interactions/new").text
        assert "今天计划走访" in page
        assert page.index("示例星河激光") < page.index("示例北辰激光")
    assert "南斗" not in client.get("/interactions/new").text
    client.post(f"/trips/{trip.id}/cancellation")
    assert "今天计划走访" not in client.get("/interactions/new").text
    client.post(f"/trips/{trip.id}/resumption")
    assert "今天计划走访" in client.get("/interactions/new").text


def test_a_visit_with_two_companies_fills_in_both_stops(client, session, trip, firms):
    log(client, trip, trip.stops[0], more_company_ids=[firms[1].id])
    session.expire_all()
    assert [stop.is_visited for stop in trip.stops] == [True, True, False]


def test_another_s_visit_is_not_this_trip_s(client, sign_in, session, trip, officer):
    other = factories.User(office=officer.office)
    session.commit()
    log(sign_in(other), trip, trip.stops[0], officer_ids=[])
    session.expire_all()
    assert [stop.is_visited for stop in trip.stops] == [False, False, False]


def test_the_report_writes_itself(client, session, trip, firms):
    log(client, trip, trip.stops[0], demands="需要 2000 kVA", other_people="王总", next_step="寄送供电方案")
    extra = factories.Company(name="示例顺路激光有限公司")
    session.commit()
    log(client, trip, trip.stops[1], company_id=extra.id)
    page = client.get(f"/trips/{trip.id}/report").text
    for words in ("示例星河激光", "需要 2000 kVA", "王总", "寄送供电方案", "计划外", "示例顺路激光", "未走访"):
        assert words in page
    answer = client.get(f"/trips/{trip.id}/report.docx")
    assert "filename=shenzhenzoufang-chufangbaogao.docx;" in answer.headers["Content-Disposition"]
    document = Document(io.BytesIO(answer.data))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "计划走访 3 家，共记录走访 2 次，收集企业诉求 1 项，约定下一步工作 1 项；计划中 2 家未走访。" in text
    assert "2. 示例顺路激光有限公司（计划外）" in text
    assert [cell.text for cell in document.tables[1].rows[1].cells][:2] == [firms[0].name, "寄送供电方案"]
    overview = document.tables[0]
    assert overview.columns[2].width > overview.columns[0].width, "a name has more room than a number"
    assert "w:tblHeader" in overview.rows[0]._tr.xml


def test_visits_without_a_time_stand_where_the_plan_has_them(client, session, trip, firms, officer):
    stops = {stop.company.name[2:4]: stop for stop in trip.stops}
    extra = factories.Company(owner=officer, name="示例天权激光有限公司")

    def met(company, at=None):
        people = [InteractionOfficer(user=officer)]
        return factories.Interaction(
            owner=officer, company=company, officers=people, happened_on=today(), happened_at=at
        )

    unplanned, noon, north, star = met(extra), met(extra, time(12)), met(firms[1]), met(firms[0])
    stops["北辰"].interaction, stops["星河"].interaction = north, star
    session.commit()
    found = report.report_of(trip, officer).visits
    # 星河 was planned for 14:30 and 北辰 behind it; nobody planned the others.
    assert [visit.interaction for visit in found] == [noon, star, north, unplanned]


def test_a_report_names_no_hidden_project(client, sign_in, session, trip, officer, colleague, firms):
    """Promise 24: a visit about a 受限 project stands in the report of its members alone."""
    log(client, trip, trip.stops[0])
    secret = factories.Project(owner=officer, company=firms[0], name="示例绝密项目", secrecy=Secrecy.RESTRICTED)
    visit = session.scalars(select(Interaction)).one()
    visit.summary = "谈到示例绝密项目。"
    session.add(ProjectInteraction(project_id=secret.id, interaction_id=visit.id))
    session.commit()
    assert "示例绝密项目" in client.get(f"/trips/{trip.id}/report").text
    reader = sign_in(colleague)
    assert "示例绝密项目" not in reader.get(f"/trips/{trip.id}/report").text
    document = Document(io.BytesIO(reader.get(f"/trips/{trip.id}/report.docx").data))
    assert "绝密" not in "".join(paragraph.text for paragraph in document.paragraphs)


def test_the_pages_ask_a_fixed_number_of_times(client, session, trip, firms, officer):
    for number in range(20):
        company = factories.Company(owner=officer)
        trip.stops.append(TripStop(company=company, on_day=TOMORROW, ordinal=number + 2))
        visit = factories.Interaction(owner=officer, company=company, happened_on=today())
        session.add(
            Task(title="寄方案", owner=officer, office_id=officer.office_id, created_by=officer, interaction=visit)
        )
    session.commit()
    for path in ("", "/report"):
        session.expire_all()
        with counted() as sent:
            assert client.get(f"/trips/{trip.id}{path}").status_code == 200
        assert len(sent) <= 25, "\n".join(sent)
