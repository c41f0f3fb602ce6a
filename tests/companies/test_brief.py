"""企业一页纸 and the group's tree."""

from sqlalchemy import select

from crm.chain.models import SegmentTerm
from crm.companies import people
from crm.companies.brief_views import group
from crm.companies.models import CompanySegment, LocalCompany, TargetListEntry
from crm.landing.locals.models import PartnerWish
from crm.rules import today
from tests import factories
from tests.companies.conftest import made
from tests.statements import MOST_STATEMENTS, counted


def test_the_page_says_what_one_needs_before_walking_in(session, sign_in):
    officer = factories.User()
    company = made("示例激光", owner=officer, products="光纤激光器", source="示例名单")
    segment = factories.Segment(name="激光晶体")
    session.add(CompanySegment(company=company, segment=segment, is_main=True))
    people.add_contact(company, {"name": "王示例", "phone": "13812345678"}, officer)
    made("示例激光分厂").parent_id = company.id
    entries = [TargetListEntry(company_id=company.id)]
    factories.TargetList(owner=officer, entries=entries)
    session.add(CompanySegment(company=company, segment=factories.Segment(chain=segment.chain)))
    session.add(LocalCompany(company=company))
    factories.Task(owner=officer, company=company, due_on=today())
    segment.terms.append(SegmentTerm(term="晶体"))
    beside = made("示例晶体", owner=officer)
    session.add(CompanySegment(company=beside, segment=segment, is_main=True))
    session.add(PartnerWish(company=company, segment=segment, body="找晶体供应商"))
    factories.Interaction(company=company, owner=officer, summary="谈到供电增容", demands="增容")
    factories.Project(company=company, owner=officer, name="示例二期项目")
    session.commit()
    client = sign_in(officer)
    card = f"/companies/{company.id}"
    for path in (card, f"{card}/brief"):
        session.expunge_all()  # as a request finds it; what is merely expired is read again row by row
        with counted() as statements:
            page = client.get(path).get_data(as_text=True)
        assert len(statements) <= MOST_STATEMENTS, path
    for words in (
        "光纤激光器",
        "示例名单",
        "激光晶体",
        "未评估",
        "王示例",
        "138****5678",
        "谈到供电增容",
        "示例二期项目",
    ):
        assert words in page, words
    assert "13812345678" not in page
    assert sign_in(factories.User()).get(f"{card}/brief").status_code == 404


def test_a_group_is_a_tree_from_its_top_whatever_member_asks(session):
    top, left, right = made("示例集团"), made("示例甲公司"), made("示例乙公司")
    leaf, alone = made("示例乙公司分厂"), made("示例独立公司")
    left.parent_id = right.parent_id = top.id
    leaf.parent_id = right.id
    session.flush()
    for member in (top, left, leaf):
        assert [(each.company.name, each.depth) for each in group(member)] == [
            ("示例集团", 0),
            ("示例甲公司", 1),
            ("示例乙公司", 1),
            ("示例乙公司分厂", 2),
        ]
    assert group(alone) == []


def test_a_circle_ends(session):
    one, other = made("示例甲"), made("示例乙")
    one.parent_id, other.parent_id = other.id, one.id
    session.flush()
    assert {each.company for each in group(one)} == {one, other}


def test_archived_members_are_left_out(session):
    top, gone = made("示例集团"), made("示例子公司")
    gone.parent_id, gone.archived_at = top.id, top.updated_at
    session.flush()
    assert group(top) == []
    assert session.scalars(select(type(top)).where(type(top).parent_id == top.id)).one() == gone
