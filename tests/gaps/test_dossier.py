"""六个一: counts, the change since a month ago from history, what is missing, and the files."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from docx import Document
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm.chain.models import Chain, Segment
from crm.companies.models import CompanySegment, CompanyTier, LocalCompany, TargetListEntry, Tier
from crm.gaps import six
from crm.gaps.dossier import dossier
from crm.gaps.past import rows_at
from crm.landing import services as landing_services
from crm.landing.dossiers.entries import NOTE, ROSTER
from crm.landing.institutions.entries import INSTITUTION
from crm.landing.institutions.models import InstitutionKind
from crm.landing.policies.entries import POLICY
from crm.pipeline import services
from crm.pipeline.models import Project, Secrecy, Status
from tests import factories
from tests.factories import landing


@pytest.fixture
def chain(session: Session) -> Chain:
    return factories.Chain(name="激光", slug="laser")


@pytest.fixture
def segment(chain: Chain) -> Segment:
    return factories.Segment(chain=chain, name="激光晶体")


def local(segment: Segment | None, *tiers: str, **given: object) -> object:
    """A local company."""
    company = factories.Company(local=LocalCompany(), **given)
    if segment is not None:
        company.segments.append(CompanySegment(segment=segment, is_main=True))
    for name in tiers:
        company.tiers.append(CompanyTier(tier=factories.db.session.scalars(select(Tier).filter_by(name=name)).one()))
    factories.db.session.flush()
    return company


def counts(chain: Chain, user: object | None = None) -> list[int]:
    """The six counts."""
    return [one.count for one in dossier(chain, user or factories.User())]


def project(segment: Segment, **given: object) -> Project:
    found = factories.Project(**given)
    services._set_segments(found, services.Relations(main_segment=segment))
    factories.db.session.flush()
    return found


def test_an_empty_chain_lacks_all_six(chain: Chain) -> None:
    found = dossier(chain, factories.User())
    assert [one.title for one in found] == [
        "龙头骨干和隐形冠军企业清单", "招商引资清单", "重点投资项目清单", "创新体系", "政策工具包", "战略咨询支撑机构",
    ]  # fmt: skip
    assert [one.count for one in found] == [0] * 6
    assert [one.missing for one in found] == [["一条也没有。"]] * 6


def test_who_belongs_to_each_of_the_six(session: Session, chain: Chain, segment: Segment) -> None:
    local(segment, "重点")
    local(None, "链主")  # no segment: only by the roster
    landing.row(ROSTER, chain=chain, company=local(None, "链主"))
    local(segment)  # without a tier
    target = factories.Company()
    target.segments.append(CompanySegment(segment=segment, is_main=True))
    listed = factories.TargetList(chain=chain)
    for company in (target, factories.Company()):
        listed.entries.append(TargetListEntry(company=company))
    project(segment)
    project(segment, status=Status.LOST, status_reason="去了别处", status_on=datetime.now(UTC).date())
    for kind in (InstitutionKind.UNIVERSITY, InstitutionKind.CONSULTING):
        landing_services.save(INSTITUTION, landing.row(INSTITUTION, kind=kind), {"themes": ["激光"]})
    landing.row(INSTITUTION)  # of no chain
    landing.row(POLICY)  # for all industry
    other = factories.Chain(name="显示")
    landing_services.save(POLICY, landing.row(POLICY), {"themes": ["显示"]})
    landing.row(POLICY, is_demo=True)
    session.flush()
    assert counts(chain) == [2, 2, 1, 1, 1, 1]
    assert counts(other)[4] == 2


def test_a_restricted_project_is_a_count_and_no_name(session: Session, chain: Chain, segment: Segment) -> None:
    hidden = project(segment, name="绝密晶体基地", secrecy=Secrecy.RESTRICTED)
    stranger, one = factories.User(), 2
    found = dossier(chain, stranger)[one]
    assert (found.count, len(found.rows), found.hidden) == (1, 0, 1)
    assert dossier(chain, hidden.owner)[one].rows[0].cells[0] == "绝密晶体基地"


def test_what_is_missing_is_said(session: Session, chain: Chain) -> None:
    landing.row(ROSTER, chain=chain, company=local(None, "重点"))
    landing.row(POLICY)
    landing.row(NOTE, chain=chain, ordinal=6, published="没有写名称")
    found = dossier(chain, factories.User())
    assert found[0].missing == [
        "1 家未归到环节", "1 家缺统一社会信用代码", "没有“链主”", "没有“隐形冠军”",
    ]  # fmt: skip
    assert found[4].missing == ["1 项现行有效性待核", "1 项没有写明标准"]
    assert found[5].published == "没有写名称"


# The past


def a_month_later(session: Session) -> datetime:
    """Move what has happened so far to a month ago: its history lies before, what follows after."""
    session.flush()
    last = session.scalar(text("select max(at) from history"))
    return last + timedelta(microseconds=1)


def at_clock_time(session: Session) -> None:
    """In a test all is one transaction, so history's now() stands still; let it go on."""
    session.flush()
    session.execute(text("alter table history alter column at set default clock_timestamp()"))


def test_rows_are_as_they_were(session: Session, chain: Chain, segment: Segment) -> None:
    at_clock_time(session)
    kept, changed, gone = (factories.Segment(chain=chain, name=name) for name in ("留", "改", "去"))
    then = a_month_later(session)
    changed.importance = 5
    session.delete(gone)
    factories.Segment(chain=chain, name="新")
    session.flush()

    def names(moment: datetime | None) -> dict[str, int | None]:
        rows = rows_at(Segment, ["name", "importance"], moment)
        found = session.execute(select(rows.c.name, rows.c.importance).where(rows.c.id != segment.id))
        return dict(found.all())

    assert names(then) == {"留": 3, "改": 3, "去": 3}
    assert names(None) == {"留": 3, "改": 5, "新": 3}
    assert kept.importance == 3


def test_the_change_since_a_month_ago(session: Session, chain: Chain, segment: Segment) -> None:
    at_clock_time(session)
    stays, leaves = local(segment, "重点"), local(segment, "链主")
    left = project(segment)
    then = a_month_later(session)
    session.delete(leaves.tiers[0])
    arrives = local(segment, "隐形冠军")
    left.status, left.status_reason, left.status_on = Status.LOST, "去了别处", datetime.now(UTC).date()
    session.flush()
    assert set(session.scalars(six.leading(chain, then))) == {stays.id, leaves.id}
    assert set(session.scalars(six.leading(chain, None))) == {stays.id, arrives.id}
    assert list(session.scalars(six.projects(chain, then))) == [left.id]
    assert list(session.scalars(six.projects(chain, None))) == []
    first, _targets, third, *_others = dossier(chain, factories.User(), now=then + timedelta(days=30))
    assert (first.count, first.added, first.removed) == (2, 1, 1)
    assert first.change == "比 30 天前增加 1、减少 1"
    assert (third.count, third.added, third.removed) == (0, 0, 1)


# The files


def test_the_files_hold_what_the_page_shows(
    session: Session, chain: Chain, segment: Segment, sign_in: Callable
) -> None:
    local(segment, "重点", name="=1+1 示例有限公司")
    project(segment, name="绝密晶体基地", secrecy=Secrecy.RESTRICTED)
    browser = sign_in(factories.User())
    page = browser.get("/chains/laser/dossier").get_data(as_text=True)
    assert "=1+1 示例有限公司" in page
    assert "另有 1 条属其他部门" in page
    book = openpyxl.load_workbook(BytesIO(browser.get("/chains/laser/dossier.xlsx").data))
    assert len(book.sheetnames) == 6
    cell = book.worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1 示例有限公司", "s")
    assert book.worksheets[2]["A2"].value == "另有 1 条属其他部门"
    document = Document(BytesIO(browser.get("/chains/laser/dossier.docx").data))
    said = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "1. 龙头骨干和隐形冠军企业清单（1）" in said
    assert "绝密" not in said
    assert document.tables[0].rows[1].cells[0].text == "=1+1 示例有限公司"
