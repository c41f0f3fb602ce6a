"""Undo: what was created goes, what was changed comes back, what others use stays."""

import pytest
from sqlalchemy import func, select

from crm.accounts.models import Role
from crm.companies.models import Company, CompanyAlias, CompanySegment, Contact, ContactKey, TargetListEntry
from crm.companies.naming import name_key
from crm.companies.queries import matches
from crm.database import acting_as, db
from crm.errors import Conflict
from imports import undo
from imports.models import Batch, BatchStatus, Finding, FindingKind
from tests import factories
from tests.imports.importing import company, run

ROWS = [
    ["企业名称", "简称", "城市", "主营产品", "招商清单", "联系人", "联系电话"],
    ["示例甲有限公司", "示例甲", "深圳", "激光器", "示例清单", "王示例", "13800138000"],
    ["示例乙有限公司", "示例乙", "上海", "晶体", "示例清单", "", ""],
]


@pytest.fixture
def admin(session):
    return factories.User(role=Role.ADMIN)


def take_back(batch: Batch, user) -> int:
    with acting_as(user.id, batch_id=batch.id):
        kept = undo.undo(batch, user)
    db.session.expire_all()
    return kept


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_batch_that_nobody_built_on_leaves_no_trace(admin):
    before = [count(model) for model in (Company, CompanyAlias, Contact, ContactKey)]
    batch = run(ROWS, admin)
    assert take_back(batch, admin) == 0
    assert [count(model) for model in (Company, CompanyAlias, Contact, ContactKey)] == before
    assert (batch.status, batch.created) == (BatchStatus.UNDONE, 2)


def test_it_tells_how_far_it_is(admin, monkeypatch):
    monkeypatch.setattr(undo, "AT_A_TIME", 1)
    batch = run(ROWS, admin)
    told: list[tuple[str, int, int]] = []
    with acting_as(admin.id, batch_id=batch.id):
        undo.undo(batch, admin, lambda *word: told.append(word))
    total = told[-1][2]
    assert total > len(ROWS)
    assert [done for step, done, _ in told if step == "write"] == list(range(total + 1))


def test_changed_rows_come_back_as_they_were_and_are_found_as_before(admin):
    old = factories.Company(
        name="示例丙有限公司", name_key=name_key("示例丙有限公司"), products="旧", division_code="31"
    )
    old.aliases.append(CompanyAlias(alias="旧简称", alias_key=name_key("旧简称")))
    db.session.flush()
    batch = run([["企业名称", "城市", "主营产品", "简称"], ["示例丙有限公司", "深圳", "新", "新简称"]], admin)
    db.session.refresh(old)
    assert (old.products, old.city_code, [alias.alias for alias in old.aliases]) == ("新", "4403", ["旧简称", "新简称"])
    assert take_back(batch, admin) == 0
    assert (old.products, old.city_code, [alias.alias for alias in old.aliases]) == ("旧", "31", ["旧简称"])
    found = set(db.session.scalars(select(Company.id).where(matches("新简"))))
    assert old.id not in found
    assert old.id in set(db.session.scalars(select(Company.id).where(matches("旧简"))))


def test_what_somebody_changed_since_stays(admin):
    batch = run(ROWS, admin)
    changed = company("示例甲有限公司")
    with acting_as(factories.User().id):
        changed.products = "人工改过"
        db.session.flush()
    assert take_back(batch, admin) > 0
    stays = company("示例甲有限公司")
    assert (stays.products, [alias.alias for alias in stays.aliases], len(stays.contacts)) == (
        "人工改过", ["示例甲"], 1,
    )  # fmt: skip
    assert kept(batch) == [("示例甲有限公司", "导入后有人改过，已保留。")]
    assert db.session.scalars(select(Company).where(Company.name == "示例乙有限公司")).first() is None


def test_a_visit_logged_on_an_imported_company_survives_with_it(admin):
    batch = run(ROWS, admin)
    with acting_as(factories.User().id):
        visit = factories.Interaction(company=company("示例乙有限公司"))
    assert take_back(batch, admin) > 0
    assert company("示例乙有限公司").aliases[0].alias == "示例乙"
    assert visit.company.name == "示例乙有限公司"
    assert kept(batch) == [("示例乙有限公司", "已有接触记录的企业用到它，已保留。")]


def kept(batch: Batch) -> list[tuple[str, str]]:
    """What the page lists as kept, and why."""
    listed = select(Finding).where(Finding.batch_id == batch.id, Finding.kind == FindingKind.KEPT)
    return [(row.cell, row.message % row.details) for row in db.session.scalars(listed)]


def use_by_alias(used: Company) -> None:
    db.session.add(CompanyAlias(company=used, alias="人工别名", alias_key="人工别名"))


def use_on_list(used: Company) -> None:
    db.session.add(TargetListEntry(company=used, target_list=factories.TargetList()))


def use_as_parent(used: Company) -> None:
    factories.Company(parent_id=used.id)


USES = {
    "project": (lambda used: factories.Project(company=used), "招商项目"),
    "alias": (use_by_alias, "企业别名"),
    "list": (use_on_list, "清单里的企业"),
    "segment": (lambda used: db.session.add(CompanySegment(company=used, segment=factories.Segment())), "企业所在环节"),
    "contact": (lambda used: factories.Contact(company=used), "联系人"),
    "parent": (use_as_parent, "企业"),
}


@pytest.mark.parametrize("use", USES)
def test_what_anything_later_refers_to_stays_and_is_said_why(admin, use):
    batch = run(ROWS, admin)
    make, what = USES[use]
    with acting_as(factories.User().id):
        make(company("示例乙有限公司"))
        db.session.flush()
    assert take_back(batch, admin) > 0
    assert [name for name, _why in kept(batch)] == ["示例乙有限公司"]
    assert what in kept(batch)[0][1]
    assert db.session.scalars(select(Company).where(Company.name == "示例甲有限公司")).first() is None


def test_an_update_that_was_changed_again_is_not_overwritten(admin):
    old = factories.Company(name="示例丙有限公司", name_key=name_key("示例丙有限公司"), products="旧")
    batch = run([["企业名称", "主营产品"], ["示例丙有限公司", "新"]], admin)
    db.session.refresh(old)
    with acting_as(factories.User().id):
        old.products = "更新"
        db.session.flush()
    assert take_back(batch, admin) == 1
    assert old.products == "更新"


def test_projects_and_visits_of_a_batch_go_with_it(admin):
    factories.User(display_name="示例专员", office=admin.office)
    rows = [["项目名称", "企业名称", "阶段", "负责人"], ["示例项目", "示例甲有限公司", "在谈", "示例专员"]]
    project_batch = run(rows, admin, "projects")
    visits = [
        ["企业名称", "日期", "方式", "内容", "相关项目"],
        ["示例甲有限公司", "昨天", "走访", "看车间", "示例项目"],
    ]
    visit_batch = run(visits, admin, "interactions")
    assert (project_batch.created, visit_batch.created) == (1, 1)
    assert take_back(project_batch, admin) > 0  # the visit refers to project and company
    assert take_back(visit_batch, admin) == 0
    assert company("示例甲有限公司").last_contact_on is None


def test_a_batch_is_undone_once(admin):
    batch = run(ROWS, admin)
    take_back(batch, admin)
    with pytest.raises(Conflict):
        take_back(batch, admin)
