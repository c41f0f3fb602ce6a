"""Two rows become one company and are parted again; what doubles, what is chosen, who may, what stands in the way."""

from datetime import date

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from crm.accounts.models import Role
from crm.chain.models import Segment
from crm.companies import merging, people, queries
from crm.companies.brief_views import group
from crm.companies.models import (
    Company,
    CompanyAlias,
    CompanySegment,
    CompanyTier,
    DistinctCompanies,
    LocalCompany,
    Merge,
    TargetListEntry,
    Tier,
)
from crm.companies.queries import best
from crm.database import db
from crm.errors import Conflict, Forbidden, RuleError
from crm.history.triggers import tables_under_history, unrecorded_columns
from tests import factories
from tests.companies.conftest import made

CODE, OTHER_CODE = "91440300MA5DA1B2X3", "91442000MA4W1ABC2X"


@pytest.fixture
def officer(session: Session):
    return factories.User()


@pytest.fixture
def pair(officer) -> tuple[Company, Company]:
    """A company and the same once more, each with something that the other has too."""
    target = made("示例激光科技股份有限公司", "示例激光", owner=officer)
    source = made("示例激光（深圳）", "示例光", "示例激光", owner=officer, uscc=CODE, products="光纤激光器")
    segments = [factories.Segment() for _ in range(3)]
    tier = db.session.scalars(select(Tier)).first()
    target_list = factories.TargetList(owner=officer, office_id=officer.office_id)
    for company, main in ((target, 0), (source, 1)):
        db.session.add(CompanySegment(company=company, segment=segments[main], is_main=True))
        db.session.add(CompanySegment(company=company, segment=segments[2]))
        db.session.add(CompanyTier(company=company, tier=tier))
        db.session.add(TargetListEntry(company=company, target_list=target_list))
        db.session.add(LocalCompany(company=company, town="示例镇"))
        people.add_contact(company, {"name": "王示例", "phone": "13800000001"}, officer)
    visit = factories.Interaction(company=source, owner=officer, happened_on=date(2026, 3, 2))
    db.session.flush()
    factories.Project(company=source, owner=officer)
    made("示例激光配件", owner=officer).parent_id = source.id
    db.session.flush()
    db.session.expire_all()
    assert visit.company == source
    return target, source


def recorded(session: Session) -> dict[str, str]:
    """{table: hash of what history records of all its rows}, without the merges themselves."""
    session.flush()
    found = {}
    for table in tables_under_history():
        columns = [f'"{c.name}"' for c in table.columns if c.name not in unrecorded_columns(table)]
        query = f"select md5(string_agg(md5(row({', '.join(columns)})::text), '' order by id)) from {table.name}"  # noqa: S608
        if table.name != "merges":
            found[table.name] = session.scalar(text(query))
    return found


def test_all_that_hangs_on_it_moves_and_nothing_doubles(session: Session, pair, officer):
    target, source = pair
    merging.merge(target, source, {}, by=officer)
    assert (target.uscc, target.products, target.name) == (CODE, "光纤激光器", "示例激光科技股份有限公司")
    assert (source.is_archived, source.merged_into_id, source.uscc) == (True, target.id, None)
    assert [link.is_main for link in target.segments] == [True, False, False]
    assert len(target.tiers) == len(target.entries) == 1
    assert len(target.contacts) == 2
    assert {alias.alias for alias in target.aliases} == {"示例激光", "示例光", "示例激光（深圳）"}
    assert target.last_contact_on == date(2026, 3, 2)
    assert merging.preview(source) == []
    assert [each.company.name for each in group(target)] == [target.name, "示例激光配件"]
    assert best("示例光", officer)[0] == target


def test_undo_restores_every_table(session: Session, pair, officer):
    target, source = pair
    before = recorded(session)
    done = merging.merge(target, source, {"name": "source", "products": "target"}, by=officer)
    assert target.name == "示例激光（深圳）"
    assert recorded(session) != before
    assert merging.undo(done, by=officer) == 0
    assert recorded(session) == before
    assert source.last_contact_on == date(2026, 3, 2)
    assert target.last_contact_on is None
    with pytest.raises(Conflict):
        merging.undo(done, by=officer)


def test_what_was_changed_since_stays(session: Session, pair, officer):
    target, source = pair
    done = merging.merge(target, source, {}, by=officer)
    target.products = "改过的产品"
    visit = factories.Interaction(company=target, owner=officer)
    session.flush()
    assert merging.undo(done, by=officer) == 1
    assert target.products == "改过的产品"
    assert visit.company == target, "what was logged since belongs to where it was logged"
    assert not source.is_archived


def test_each_column_goes_back_by_itself(session: Session, pair, officer):
    target, source = pair
    done = merging.merge(target, source, {}, by=officer)
    target.products = "改过"
    session.flush()
    assert merging.undo(done, by=officer) == 1
    assert (target.uscc, source.uscc) == (None, CODE)
    assert (source.is_archived, source.merged_into_id) == (False, None)


def test_parent_and_subsidiary_become_one_without_a_circle(session: Session, officer):
    group = made("示例集团", owner=officer)
    target, source = made("示例子公司", owner=officer), made("示例母公司", owner=officer)
    target.parent_id, source.parent_id = source.id, group.id
    session.flush()
    before = recorded(session)
    done = merging.merge(target, source, {}, by=officer)
    assert target.parent_id == group.id
    merging.undo(done, by=officer)
    assert recorded(session) == before


def test_a_company_of_the_pool_brings_no_holder_and_takes_one(session: Session, officer):
    target, source = made("示例甲"), made("示例乙", owner=officer)
    merging.merge(target, source, {}, by=officer)
    assert target.owner == officer


def test_who_may_not_and_what_may_not(session: Session, officer):
    own, foreign = made("示例甲", owner=officer), made("示例乙", owner=factories.User())
    demo, gone = made("示例丙", owner=officer), made("示例丁", owner=officer)
    demo.is_demo, gone.archived_at = not own.is_demo, gone.updated_at
    session.flush()
    with pytest.raises(Forbidden):
        merging.merge(own, foreign, {}, by=officer)
    with pytest.raises(RuleError):
        merging.merge(own, demo, {}, by=officer)
    with pytest.raises(RuleError):
        merging.merge(own, own, {}, by=officer)
    with pytest.raises(Conflict):
        merging.merge(own, gone, {}, by=officer)


def test_every_column_that_points_to_companies_is_listed():
    assert merging.unlisted() == set(), "say in crm/companies/merging.py what a merge does with these"
    assert set(merging.RELATIONS) | merging.STAYING <= merging.pointing(), "listed, yet no such column"


def test_an_unlisted_table_refuses_the_merge(session: Session, pair, officer, monkeypatch):
    monkeypatch.delitem(merging.RELATIONS, "contacts.company_id")
    with pytest.raises(RuleError):
        merging.merge(*pair, {}, by=officer)


def test_what_a_company_has_once_is_unique_in_the_database(session: Session):
    """RELATIONS.once names the columns of a unique constraint, so that nothing else can double."""
    connection: Connection = session.connection()
    for key, relation in merging.RELATIONS.items():
        table, column = key.split(".")
        rows = connection.execute(
            text("""
                select array_agg(a.attname::text order by a.attname) from pg_index i
                join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
                where i.indrelid = cast(:table as regclass) and i.indisunique and i.indpred is null
                group by i.indexrelid
            """),
            {"table": table},
        )
        unique = [set(columns) for (columns,) in rows]
        expected = {column, *relation.once} if relation.once or relation.alone else None
        assert expected is None or expected in unique, key
        assert expected is not None or not any(column in columns for columns in unique), key


def test_likely_pairs_are_listed_until_told_apart(session: Session, officer):
    one, other = made("示例（光电）有限公司", owner=officer), made("示例(光电)有限公司")
    alias, named = made("示例重工集团", "示例重工"), made("示例重工", owner=officer)
    made("别处的示例", owner=factories.User())
    made("别处的示例", owner=factories.User())
    pairs = {tuple(row) for row in session.execute(queries.alike_pairs(officer))}
    assert pairs == {(one.id, other.id), (alias.id, named.id)}
    session.add(DistinctCompanies(company_id=one.id, other_id=other.id, by_id=officer.id))
    assert [tuple(row) for row in session.execute(queries.alike_pairs(officer))] == [(alias.id, named.id)]


def test_from_the_work_list_to_undo(session: Session, officer, sign_in):
    one, other = made("示例（光电）有限公司", owner=officer, uscc=CODE), made("示例(光电)有限公司", products="镜片")
    client = sign_in(officer)
    assert other.name in client.get("/companies/duplicates").get_data(as_text=True)
    page = client.get(f"/companies/{one.id}/merge?other_id={other.id}").get_data(as_text=True)
    assert "镜片" in page
    form = {"other_id": other.id, "version": one.version, "other_version": other.version, "keep-products": "target"}
    assert client.post(f"/companies/{one.id}/merge", data={**form, "version": 99}).status_code == 409
    assert client.post(f"/companies/{one.id}/merge", data=form).status_code == 302
    session.expire_all()
    assert (one.products, other.merged_into_id) == ("", one.id)
    assert client.get(f"/companies/{other.id}").headers["Location"].endswith(f"/companies/{one.id}")
    done = session.scalars(select(Merge)).one()
    assert "撤销合并" in client.get(f"/companies/{one.id}").get_data(as_text=True)
    assert client.post(f"/merges/{done.id}/undo").status_code == 302
    session.expire_all()
    assert not other.is_archived
    assert client.post(f"/merges/{done.id}/undo").status_code == 409
    assert client.post(f"/companies/{one.id}/distinctions", data={"other_id": other.id}).status_code == 302
    client.get("/companies/duplicates")  # says once more what was done
    assert other.name not in client.get("/companies/duplicates").get_data(as_text=True)


def test_another_offices_company_shows_nothing_but_its_card(session: Session, officer, sign_in):
    own, foreign = made("示例甲", owner=officer), made("示例乙", owner=factories.User(), products="秘密产品")
    page = sign_in(officer).get(f"/companies/{own.id}/merge?other_id={foreign.id}").get_data(as_text=True)
    assert "上级负责人" in page
    assert "秘密产品" not in page


def test_a_manager_of_both_may(session: Session, officer, sign_in):
    manager = factories.User(role=Role.MANAGER, office=officer.office)
    colleague = factories.User(office=officer.office)
    one, other = made("示例甲", owner=officer), made("示例乙", owner=colleague)
    merging.merge(one, other, {}, by=manager)
    assert one.owner == officer


def test_aliases_that_both_have_stay_one(session: Session, officer):
    one, other = made("示例甲", "甲", owner=officer), made("示例乙", "甲", "乙", owner=officer)
    merging.merge(one, other, {}, by=officer)
    names = session.scalars(select(CompanyAlias.alias).where(CompanyAlias.company_id == one.id)).all()
    assert sorted(names) == sorted(["甲", "乙", "示例乙"])


def test_segments_of_a_company_without_a_main_one_bring_theirs(session: Session, officer):
    one, other = made("示例甲", owner=officer), made("示例乙", owner=officer)
    segment: Segment = factories.Segment()
    session.add(CompanySegment(company=other, segment=segment, is_main=True))
    session.flush()
    merging.merge(one, other, {}, by=officer)
    assert one.main_segment == segment
