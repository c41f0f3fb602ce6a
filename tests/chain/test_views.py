"""Editing a chain: by administrators, its words by managers too; never over somebody else's save."""

import pytest
from sqlalchemy import select

from crm.accounts.models import Role
from crm.chain.models import Chain, Position, Segment
from crm.companies.models import CompanySegment
from tests import factories


@pytest.fixture
def admin(session):
    return factories.User(role=Role.ADMIN)


@pytest.fixture
def segment(session):
    return factories.Segment(chain=factories.Chain(slug="laser", name="激光"), name="激光晶体")


def test_a_chain_is_added_and_changed(session, admin, sign_in):
    client = sign_in(admin)
    answer = client.post("/chains/new", data={"name": "光电显示", "slug": "Display", "summary": "南部坦洲"})
    assert answer.headers["Location"] == "/chains/display"
    chain = session.scalars(select(Chain).where(Chain.slug == "display")).one()
    form = {"name": "光电显示", "slug": "display", "source": "来信", "summary": "", "version": chain.version}
    assert client.post("/chains/display/edit", data=form).status_code == 302
    session.refresh(chain)
    assert (chain.source, chain.summary, chain.version) == ("来信", "", 2)


@pytest.mark.parametrize(("slug", "said"), [("激光", "标识只能用"), ("laser", "已有同名的产业链"), ("", "请填写")])
def test_a_chain_needs_a_free_and_plain_slug(segment, admin, sign_in, slug, said):
    answer = sign_in(admin).post("/chains/new", data={"name": "另一条链", "slug": slug})
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_a_segment_is_added_last_below_another(session, segment, admin, sign_in):
    form = {"name": "非线性晶体", "parent_id": segment.id, "position": "up", "importance": "４", "wanted": "2.5"}
    assert sign_in(admin).post("/chains/laser/segments/new", data=form).status_code == 302
    made = session.scalars(select(Segment).where(Segment.name == "非线性晶体")).one()
    assert (made.parent, made.position, made.importance, made.wanted) == (segment, Position.UP, 4, 2.5)
    assert made.ordinal > segment.ordinal


@pytest.mark.parametrize("form", [{"importance": "6"}, {"importance": "很高"}, {"wanted": "-1"}, {"position": "left"}])
def test_values_that_cannot_be_are_refused(session, segment, admin, sign_in, form):
    data = {"name": segment.name, "version": segment.version, **form}
    answer = sign_in(admin).post(f"/segments/{segment.id}/edit", data=data)
    assert answer.status_code == 422
    session.refresh(segment)
    assert segment.version == 1


def test_a_segment_cannot_lie_below_itself(session, segment, admin, sign_in):
    child = factories.Segment(chain=segment.chain, name="子环节", parent=segment)
    session.flush()
    form = {"name": segment.name, "parent_id": child.id, "version": segment.version}
    answer = sign_in(admin).post(f"/segments/{segment.id}/edit", data=form)
    assert answer.status_code == 422
    assert "上级环节不能是它自己或它的下级" in answer.get_data(as_text=True)


def test_a_taken_name_is_refused(segment, admin, sign_in):
    factories.Segment(chain=segment.chain, name="特种光纤")
    answer = sign_in(admin).post(f"/segments/{segment.id}/edit", data={"name": "特种光纤", "version": segment.version})
    assert answer.status_code == 422
    assert "已有同名的环节" in answer.get_data(as_text=True)


def test_a_second_writer_sees_both_versions_and_may_then_save(session, segment, admin, sign_in):
    client = sign_in(admin)
    first = {"name": "激光晶体", "wanted": "3", "position": "up", "version": segment.version}
    second = {"name": "激光晶体", "wanted": "7", "position": "up", "version": segment.version}
    assert client.post(f"/segments/{segment.id}/edit", data=first).status_code == 302
    answer = client.post(f"/segments/{segment.id}/edit", data=second)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "已保存的" in page
    assert "<td>3</td>" in page
    assert "<td>7</td>" in page
    assert 'name="version" type="hidden" value="2"' in page
    session.refresh(segment)
    assert segment.wanted == 3
    assert client.post(f"/segments/{segment.id}/edit", data={**second, "version": 2}).status_code == 302
    session.refresh(segment)
    assert segment.wanted == 7


def test_a_manager_edits_words_but_not_segments(session, segment, sign_in):
    client = sign_in(factories.User(role=Role.MANAGER))
    assert client.post(f"/segments/{segment.id}/edit", data={"name": "别的"}).status_code == 403
    form = {"terms": "晶体；YAG、晶体\n非线性晶体", "version": segment.version}
    assert client.post(f"/segments/{segment.id}/terms", data=form).status_code == 302
    session.refresh(segment)
    assert [term.term for term in segment.terms] == ["晶体", "YAG", "非线性晶体"]
    assert client.post(f"/segments/{segment.id}/terms", data=form).status_code == 409


def test_words_that_stay_keep_their_rows(session, segment, admin, sign_in):
    client = sign_in(admin)
    client.post(f"/segments/{segment.id}/terms", data={"terms": "晶体；YAG", "version": 1})
    session.refresh(segment)
    kept = segment.terms[1].id
    client.post(f"/segments/{segment.id}/terms", data={"terms": "YAG；倍频", "version": segment.version})
    session.refresh(segment)
    assert [term.term for term in segment.terms] == ["YAG", "倍频"]
    assert segment.terms[0].id == kept


def test_only_a_segment_that_nothing_needs_is_deleted(session, segment, admin, sign_in):
    used = factories.Segment(chain=segment.chain, name="有企业")
    factories.Company().segments = [CompanySegment(segment=used, is_main=True)]
    session.flush()
    client = sign_in(admin)  # commits, so a refusal takes none of this back
    answer = client.post(f"/segments/{used.id}/deletion", data={"version": used.version})
    assert answer.status_code == 422
    assert "还有企业、项目、批示、人工判断或下级环节在用这个环节" in answer.get_data(as_text=True)
    assert client.post(f"/segments/{segment.id}/deletion", data={"version": segment.version}).status_code == 302
    assert session.scalars(select(Segment.name)).all() == ["有企业"]


@pytest.mark.parametrize("path", ["/chains/new", "/chains/laser/edit", "/chains/laser/segments/new"])
def test_forms_open(segment, admin, sign_in, path):
    assert sign_in(admin).get(path).status_code == 200


def test_forms_of_a_segment_open(segment, admin, sign_in):
    client = sign_in(admin)
    assert client.get(f"/segments/{segment.id}/edit").status_code == 200
    assert client.get(f"/segments/{segment.id}/terms").status_code == 200
