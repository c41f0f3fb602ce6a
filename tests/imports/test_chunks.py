"""A long sheet is checked, matched and written so many rows at a time: where one chunk ends changes nothing."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from crm.accounts.models import User
from crm.companies.models import Company, CompanyAlias, Contact, TargetList, TargetListEntry
from crm.companies.naming import name_key
from crm.database import acting_as, db
from imports import apply, matching, rows, services, work
from imports.models import Batch, Finding, PreviewRow, RowFate
from imports.problems import ImportProblem
from imports.workbook import Workbook
from tests import factories
from tests.imports.importing import fates, run, take
from tests.imports.test_promises import ROW, sheet_of


@pytest.fixture
def officer(session):
    return factories.User(display_name="示例专员")


def world(officer: User) -> None:
    """What is known before: companies that match by code, name or short name, some of them out of reach."""
    stranger = factories.User(display_name="示例外人")
    for name, values in {
        "属他人有限公司": {"owner": stranger},
        "已归档有限公司": {"archived_at": func.now()},
        "示例乙有限公司": {"uscc": "91000000DEM0000019", "products": "旧"},
        "金力光电": {},
    }.items():
        factories.Company(name=name, name_key=name_key(name), **values)
    factories.TargetList(name="旧清单", owner=officer)


def outcome(batch: Batch) -> dict[str, Any]:
    """All that an import leaves, without the numbers that the database gives."""
    of_batch = Finding.batch_id == batch.id
    lines = db.session.execute(
        select(Finding.place, Finding.number, Finding.kind, Finding.field, Finding.cell, Finding.message)
        .where(of_batch)
        .order_by(Finding.place, Finding.id)
    )
    shown = select(PreviewRow.place, PreviewRow.cells).where(PreviewRow.batch_id == batch.id)
    taken = select(RowFate.number, RowFate.fate, Company.name).outerjoin(RowFate.company)
    entries = select(TargetList.name, Company.name).join(TargetListEntry.target_list).join(TargetListEntry.company)
    columns = (Company.name, Company.uscc, Company.division_code, Company.products, Company.capital_wan)
    queries = {
        "companies": select(*columns, User.display_name, Company.search).outerjoin(Company.owner),
        "aliases": select(CompanyAlias.alias, Company.name).join(CompanyAlias.company),
        "contacts": select(Contact.name, Contact.phone_mask, Company.name).join(Contact.company),
        "entries": entries,
        "shown": shown,
        "taken": taken.where(RowFate.batch_id == batch.id),
    }
    found = {what: sorted(map(str, db.session.execute(query))) for what, query in queries.items()}
    return found | {"fates": fates(batch), "said": list(map(tuple, lines))}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(ROW, min_size=2, max_size=20), size=st.integers(1, 6))
def test_chunk_borders_change_nothing(officer, lines, size):
    sheet = sheet_of(lines)
    if len(sheet.rows) < 2:
        return
    found = []
    for chunk in (rows.CHUNK, size):
        with acting_as(officer.id), db.session.begin_nested() as savepoint, pytest.MonkeyPatch.context() as patch:
            patch.setattr(rows, "CHUNK", chunk)
            world(officer)
            book = Workbook("csv", "utf-8", [], [sheet])
            batch = services.take(b"", "名单.csv", officer, feed="companies", book=book)
            batch.list_name = "新清单"
            apply.apply(batch, officer, sheet=sheet)
            db.session.flush()
            found.append(outcome(batch))
            savepoint.rollback()
        db.session.expire_all()
    assert found[0] == found[1]


@pytest.mark.parametrize("size", [1, 2, 20_000])
def test_what_belongs_together_is_found_across_chunks(officer, monkeypatch, size):
    monkeypatch.setattr(rows, "CHUNK", size)
    lines = [
        ["企业名称", "统一社会信用代码", "主营产品", "招商清单"],
        ["示例甲有限公司", "", "", "名单"],
        ["示例乙有限公司", "91000000DEM000002C", "晶体", ""],
        ["示例丙有限公司", "", "", "名单"],
        ["示例甲有限责任公司", "91000000DEM0000019", "激光器", ""],
        ["", "91000000DEM000002C", "", "名单"],
        ["示例甲有限公司", "", "别的", "名单"],
    ]
    batch = run(lines, officer)
    assert fates(batch) == {"created": 3, "duplicates": 3}
    known = db.session.scalars(select(Company).order_by(Company.name)).all()
    assert [(each.name, each.uscc, each.products) for each in known] == [
        ("示例丙有限公司", None, ""),
        ("示例乙有限公司", "91000000DEM000002C", "晶体"),
        ("示例甲有限公司", "91000000DEM0000019", "激光器"),
    ]
    assert db.session.scalar(select(func.count()).select_from(TargetListEntry)) == 3
    assert db.session.scalar(select(func.count()).select_from(TargetList)) == 1
    assert fates(run(lines, officer)) == {"unchanged": 3, "duplicates": 3}


def test_names_that_share_a_number_are_still_two_companies(officer, monkeypatch):
    monkeypatch.setattr(matching, "number", lambda _text: 7)
    lines = [["企业名称"], ["示例甲有限公司"], ["示例乙有限公司"], ["示例甲有限公司"]]
    assert fates(run(lines, officer)) == {"created": 2, "duplicates": 1}


def test_what_is_taken_row_by_row_has_a_limit_of_its_own(officer, monkeypatch):
    monkeypatch.setattr(work, "ONE_BY_ONE_MAX", 2)
    lines = [
        ["企业名称", "日期", "接触方式", "内容纪要"],
        *([f"示例{n}", "2026-01-05", "走访", "看厂"] for n in range(3)),
    ]
    batch = take(lines, officer, "interactions")
    with acting_as(officer.id, batch_id=batch.id), pytest.raises(ImportProblem) as problem:
        apply.check(batch, officer)
    assert (problem.value.code, problem.value.details) == ("one_by_one", {"limit": 2})
