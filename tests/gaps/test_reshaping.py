"""Merging and splitting segments: everything attached goes along, nothing is counted twice, no table is forgotten."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import BigInteger, Column, ForeignKey, MetaData, Table, select, text

from crm.accounts.models import Role, Setting
from crm.chain.models import Reshaping, Segment, SegmentTerm
from crm.companies.models import Company, CompanySegment, LocalCompany
from crm.database import acting_as
from crm.gaps import merging
from crm.gaps.models import GapOverride, GapSnapshot
from crm.gaps.queries import gaps_of
from crm.history.models import Export
from crm.history.triggers import tables_under_history, unrecorded_columns
from crm.landing.locals.models import PartnerWish
from crm.pipeline.models import Effect, Instruction, ProjectSegment, Secrecy
from tests import factories
from tests.imports import importing


@pytest.fixture
def admin(session):
    return factories.User(role=Role.ADMIN)


@pytest.fixture
def crystal(session):
    chain = factories.Chain(slug="laser", name="激光")
    return factories.Segment(chain=chain, name="激光晶体", importance=3, wanted=Decimal(2), source="甲")


@pytest.fixture
def optics(crystal):
    return factories.Segment(chain=crystal.chain, name="光学材料", importance=5, wanted=Decimal(4), source="乙")


def company(main, *others, **values) -> Company:
    made = factories.Company(**values)
    made.segments = [CompanySegment(segment=main, is_main=True), *(CompanySegment(segment=s) for s in others)]
    factories.db.session.flush()
    return made


def project(main, *others, **values):
    made = factories.Project(**values)
    made.segments = [ProjectSegment(segment=main, is_main=True, effect=Effect.FILL)]
    made.segments += [ProjectSegment(segment=s, is_main=False) for s in others]
    factories.db.session.flush()
    return made


def places(of) -> set[tuple[str, bool]]:
    factories.db.session.refresh(of)
    return {(link.segment.name, link.is_main) for link in of.segments}


def merge_form(source, into, **values):
    return {"version": source.version, "into_version": into.version, "importance": "5", "wanted": "6", **values}


def test_each_foreign_key_to_segments_is_listed():
    """A new one fails here until somebody has said, in crm/gaps/merging.py, what a merge does to its rows."""
    found = {f"{column.table.name}.{column.name}" for column in merging.references()}
    assert found == set(merging.RELATIONS)


def test_a_relation_that_nobody_listed_is_refused(monkeypatch):
    monkeypatch.setattr(merging, "references", lambda: [metadata_column()])
    with pytest.raises(merging.UnlistedRelation, match=r"forgotten\.segment_id"):
        list(merging.relations())


def metadata_column() -> Column:
    """The column of a table that no model has."""
    column = Column("segment_id", BigInteger, ForeignKey(Segment.__table__.c.id))
    Table("forgotten", MetaData(), column)
    return column


def test_merging_moves_all_that_is_attached(session, admin, crystal, optics, sign_in):
    child = factories.Segment(chain=crystal.chain, name="非线性晶体", parent=crystal)
    crystal.terms, optics.terms = [SegmentTerm(term="晶体"), SegmentTerm(term="YAG")], [SegmentTerm(term="晶体")]
    only, both, other_way = company(crystal), company(crystal, optics), company(optics, crystal)
    works = project(crystal, optics)
    instruction = Instruction(body="抓紧", author=admin, owner=admin, office_id=admin.office_id, segment=crystal)
    wish = PartnerWish(company=only, segment=crystal, body="找晶体厂")
    session.add_all([instruction, wish])
    session.flush()
    path = f"/segments/{crystal.id}/merge?into={optics.id}"
    client = sign_in(admin)
    page = " ".join(client.get(path).get_data(as_text=True).split())
    assert '<th scope="row">企业</th> <td class="num">1</td> <td class="num">2</td>' in page
    assert 'value="5"' in page
    assert 'value="6"' in page
    assert client.post(path, data=merge_form(crystal, optics)).status_code == 302
    session.expire_all()
    assert session.scalars(select(Segment.name).order_by(Segment.id)).all() == ["光学材料", "非线性晶体"]
    assert (optics.importance, optics.wanted, optics.source) == (5, 6, "乙\n甲")
    assert {term.term for term in optics.terms} == {"晶体", "YAG"}
    assert (child.parent, instruction.segment, wish.segment) == (optics, optics, optics)
    assert places(only) == places(both) == places(other_way) == {("光学材料", True)}
    assert places(works) == {("光学材料", True)}
    assert works.segments[0].effect is Effect.FILL
    assert only.version == 2


def test_a_segment_may_be_merged_into_one_below_it(session, admin, crystal, sign_in):
    child = factories.Segment(chain=crystal.chain, name="非线性晶体", parent=crystal)
    session.flush()
    form = merge_form(crystal, child)
    assert sign_in(admin).post(f"/segments/{crystal.id}/merge?into={child.id}", data=form).status_code == 302
    session.refresh(child)
    assert child.parent is None


def test_neither_itself_nor_another_chains_segment_is_merged_into(session, admin, crystal, sign_in):
    foreign = factories.Segment(name="电视背光")
    client = sign_in(admin)
    for into in (crystal, foreign):
        form = merge_form(crystal, into)
        assert client.post(f"/segments/{crystal.id}/merge?into={into.id}", data=form).status_code == 404


def test_a_merge_over_somebody_elses_save_is_refused(session, admin, crystal, optics, sign_in):
    form = merge_form(crystal, optics, into_version=optics.version + 1)
    answer = sign_in(admin).post(f"/segments/{crystal.id}/merge?into={optics.id}", data=form)
    assert answer.status_code == 409


def test_merging_conserves_supply(session, admin, crystal, optics, sign_in):
    for made in (company(crystal), company(optics)):
        made.local = LocalCompany()
    session.flush()
    before = sum(gap.supply for gap in gaps_of(crystal.chain_id))
    form = merge_form(crystal, optics)
    assert sign_in(admin).post(f"/segments/{crystal.id}/merge?into={optics.id}", data=form).status_code == 302
    assert [gap.supply for gap in gaps_of(optics.chain_id)] == [before] == [2]


def test_moving_a_segment_tells_what_goes_along_and_whence_it_came(session, admin, crystal, optics, sign_in):
    child = factories.Segment(chain=crystal.chain, name="非线性晶体", parent=crystal)
    for place in (crystal, child, optics):
        company(place)
    project(child)
    client = sign_in(admin)
    path = f"/segments/{crystal.id}/edit"
    assert "改了上级，这些一起走：企业 2、招商项目 1、下级环节 1" in client.get(path).text
    form = {"name": crystal.name, "parent_id": str(optics.id), "position": "", "version": crystal.version}
    assert "已移到“光学材料”，原在“最上级”" in client.post(path, data=form, follow_redirects=True).text
    session.expire_all()
    assert (child.parent, crystal.parent) == (crystal, optics)


def test_a_split_follows_the_words_and_the_hand(session, admin, crystal, sign_in):
    crystal.terms = [SegmentTerm(term="YAG"), SegmentTerm(term="镀膜")]
    yag, film = company(crystal, products="YAG晶体"), company(crystal, products="镀膜")
    stays = company(crystal, products="YAG棒")
    follows, chosen = project(crystal, company=yag, owner=admin), project(crystal, company=film, owner=admin)
    hidden = project(crystal, company=yag, secrecy=Secrecy.RESTRICTED)
    client = sign_in(admin)
    page = client.get(f"/segments/{crystal.id}/split?words=YAG").get_data(as_text=True)
    assert page.count(" checked") == 4  # two companies, the project of one, and where the segment is put
    assert hidden.name not in page or hidden.name == follows.name
    assert "另有 1 个没有列出" in page
    form = {
        "name": "YAG晶体",
        "place": "below",
        "words": "YAG",
        "company": [yag.id],
        "project": [follows.id, chosen.id],
        "shown_companies": f"{yag.id},{film.id},{stays.id}",
        "shown_projects": f"{follows.id},{chosen.id}",
        "version": crystal.version,
    }
    assert client.post(f"/segments/{crystal.id}/split", data=form).status_code == 302
    assert places(yag) == places(follows) == places(chosen) == places(hidden) == {("YAG晶体", True)}
    assert places(film) == places(stays) == {("激光晶体", True)}
    made = session.scalars(select(Segment).where(Segment.name == "YAG晶体")).one()
    assert (made.parent, made.position, made.wanted) == (crystal, crystal.position, None)
    assert [[term.term for term in one.terms] for one in (crystal, made)] == [["镀膜"], ["YAG"]]


def test_a_split_of_a_taken_name_moves_nobody(session, admin, crystal, optics, sign_in):
    made = company(crystal, products="YAG")
    form = {"name": "光学材料", "words": "YAG", "company": [made.id], "version": crystal.version}
    answer = sign_in(admin).post(f"/segments/{crystal.id}/split", data=form)
    assert answer.status_code == 422
    assert "已有同名的环节" in answer.get_data(as_text=True)
    assert places(made) == {("激光晶体", True)}


# Undoing


def recorded(session) -> dict[str, str]:
    """{table: hash of what history records of all its rows, and of monthly figures}, without the acts themselves."""
    session.flush()
    found = {}
    for table in [*tables_under_history(), GapSnapshot.__table__]:
        columns = [f'"{c.name}"' for c in table.columns if c.name not in unrecorded_columns(table)]
        query = f"select md5(string_agg(md5(row({', '.join(columns)})::text), '' order by id)) from {table.name}"  # noqa: S608
        if table.name != "reshapings":
            found[table.name] = session.scalar(text(query))
    return found


@pytest.fixture
def attached(session, admin, crystal, optics):
    """All that can hang on a segment, twice where it can stand twice; returns a company of the segment alone."""
    factories.Segment(chain=crystal.chain, name="非线性晶体", parent=crystal)
    crystal.terms, optics.terms = [SegmentTerm(term="晶体"), SegmentTerm(term="YAG")], [SegmentTerm(term="晶体")]
    only = company(crystal, products="YAG", local=LocalCompany())
    company(crystal, optics)
    company(optics, crystal)
    project(crystal, optics, secrecy=Secrecy.RESTRICTED)
    session.add(Instruction(body="抓紧", author=admin, owner=admin, office_id=admin.office_id, segment=crystal))
    session.add(PartnerWish(company=only, segment=crystal, body="找晶体厂"))
    session.add(GapOverride(segment=crystal, status="weak", reason="邻市供货", on_day=date(2026, 3, 1), by=admin))
    figures = {"importance": 3, "wanted": 2, "supply": 1, "expected": 0, "coverage": "0.5", "status": "weak"}
    session.add(GapSnapshot(segment_id=crystal.id, on_day=date(2026, 3, 1), **figures))
    session.flush()
    return only


def merged(session, client, source, into) -> Reshaping:
    form = merge_form(source, into)
    assert client.post(f"/segments/{source.id}/merge?into={into.id}", data=form).status_code == 302
    session.expire_all()
    return session.scalars(select(Reshaping).order_by(Reshaping.id.desc())).first()


def undone(client, done) -> str:
    """What the editor says after the press."""
    answer = client.post(f"/reshapings/{done.id}/undo", follow_redirects=True)
    return answer.get_data(as_text=True)


def test_undoing_a_merge_restores_every_table(session, admin, crystal, optics, attached, sign_in):
    before, client, path = recorded(session), sign_in(admin), f"/segments/{crystal.id}"
    done = merged(session, client, crystal, optics)
    assert recorded(session) != before
    assert "已撤销" in undone(client, done)
    assert recorded(session) == before
    assert client.get(f"/chains/laser{path}").status_code == 200
    assert "这次合并或拆分已经撤销" in undone(client, done)


def test_undoing_a_split_restores_every_table(session, admin, crystal, optics, attached, sign_in):
    before, client = recorded(session), sign_in(admin)
    form = {"name": "YAG晶体", "place": "below", "words": "YAG", "company": [attached.id], "version": crystal.version}
    assert client.post(f"/segments/{crystal.id}/split", data=form).status_code == 302
    done = session.scalars(select(Reshaping)).one()
    made = session.scalars(select(Segment).where(Segment.name == "YAG晶体")).one()
    with acting_as(admin.id):
        company(made, name="示例后来者")
    assert "“YAG晶体”里新加了企业 1 条" in undone(client, done)
    session.execute(
        text("delete from company_segments where segment_id = :made and company_id <> :kept"),
        {"made": made.id, "kept": attached.id},
    )
    session.execute(text("delete from companies where name = '示例后来者'"))
    assert "已撤销" in undone(client, done)
    assert recorded(session) == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("update segments set wanted = 9 where name = '光学材料'", "环节“光学材料”改过或删了"),
        ("update segments set name = '激光晶体' where name = '非线性晶体'", "又有了同名的环节“激光晶体”"),
        ("delete from company_segments where company_id = :only", "1 家企业换了环节：“示例只此一家”"),
        ("update instructions set segment_id = null", "批示有 1 处改过"),
    ],
)
def test_what_was_changed_since_is_told_and_nothing_is_undone(
    session, admin, crystal, optics, attached, sign_in, change, told
):
    attached.name = "示例只此一家"
    client = sign_in(admin)
    done = merged(session, client, crystal, optics)
    with acting_as(admin.id):
        session.execute(text(change), {"only": attached.id} if ":only" in change else {})
    session.commit()
    before = recorded(session)
    page = undone(client, done)
    assert "不能撤销" in page
    assert told in page
    assert recorded(session) == before
    session.refresh(done)
    assert done.undone_at is None


def test_what_the_act_left_alone_may_have_changed(session, admin, crystal, optics, attached, sign_in):
    client = sign_in(admin)
    done = merged(session, client, crystal, optics)
    with acting_as(admin.id):
        session.execute(text("update segments set name = '光学元件' where name = '光学材料'"))
        session.execute(text("update instructions set body = '再抓紧'"))
        later = company(optics)
    version = attached.version
    assert "已撤销" in undone(client, done)
    assert places(later) == {("光学元件", True)}
    assert places(attached) == {("激光晶体", True)}
    session.refresh(attached)
    assert attached.version == version + 1, "a form opened before must not save over the move"


def test_segments_change_places_below_their_parent(session, admin, crystal, optics, sign_in):
    child = factories.Segment(chain=crystal.chain, name="非线性晶体", parent=crystal)
    session.flush()
    client = sign_in(admin)
    for segment, direction, order in [
        (optics, "up", ["光学材料", "激光晶体", "非线性晶体"]),
        (optics, "up", ["光学材料", "激光晶体", "非线性晶体"]),
        (child, "down", ["光学材料", "激光晶体", "非线性晶体"]),
        (optics, "down", ["激光晶体", "非线性晶体", "光学材料"]),
    ]:
        assert client.post(f"/segments/{segment.id}/moves", data={"direction": direction}).status_code == 302
        page = client.get("/chains/laser/segments").get_data(as_text=True)
        found = sorted(order, key=lambda name: page.index(f">{name}<"))
        assert found == order


def test_the_sheet_has_what_the_import_reads(session, admin, crystal, optics, sign_in):
    crystal.parent = optics
    crystal.terms = [SegmentTerm(term="YAG")]
    session.flush()
    rows = read_sheet(sign_in(admin), "laser")
    assert rows[1][:3] == ["激光", "光学材料", ""]
    assert rows[2] == ["激光", "激光晶体", "光学材料", "中游", "否", 3, 2, "YAG", "甲"]


def test_a_chain_goes_out_as_a_sheet_and_comes_in_as_the_same_chain(session, admin, crystal, optics, sign_in):
    crystal.parent, crystal.source = optics, "信〔2023〕71号\n“两行”"
    crystal.terms = [SegmentTerm(term="YAG"), SegmentTerm(term="晶体")]
    factories.Segment(chain=crystal.chain, name="未评估", position=None, importance=None)
    factories.Chain(slug="copy", name="另一条链")
    session.flush()
    client = sign_in(admin)
    rows = read_sheet(client, "laser")
    assert importing.fates(importing.run(rows, admin, "segments")) == {"unchanged": 3}
    copy = [rows[0], *(["另一条链", *row[1:]] for row in rows[1:])]
    assert importing.fates(importing.run(copy, admin, "segments")) == {"created": 3}
    assert read_sheet(client, "copy") == copy


def test_the_sheet_counts_as_taken_out(session, crystal, optics, sign_in):
    client = sign_in(factories.User(role=Role.OFFICER))
    read_sheet(client, "laser")
    assert [(row.what, row.rows) for row in session.scalars(select(Export))] == [("激光-环节.xlsx", 2)]
    session.add(Setting(key="export_rows_of_officer", value=3))
    session.flush()
    assert client.get("/chains/laser/segments.xlsx").status_code == 403


def read_sheet(client, slug: str) -> list[list]:
    """The rows of a chain's exported sheet."""
    book = load_workbook(BytesIO(client.get(f"/chains/{slug}/segments.xlsx").data))
    return [list(row) for row in book.active.iter_rows(values_only=True)]
