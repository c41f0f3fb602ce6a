"""Bad input of security.md that a file can hold: each row gets its verdict, nothing else happens."""

import io

import pytest
from sqlalchemy import func, select

from crm.companies.models import Company
from crm.database import db
from crm.pipeline.models import Project
from imports.models import Batch
from tests import factories
from tests.imports.importing import check, content, fates, run, said


@pytest.fixture
def officer(session):
    return factories.User()


@pytest.mark.parametrize(
    ("header", "cell", "verdict"),
    [
        ("统一社会信用代码", "9.1E+17", "rejected"),
        ("统一社会信用代码", "910000000000000000", "rejected"),
        ("统一社会信用代码", "91000000DEM0000011", "rejected"),
        ("联系电话", "13800138000.0", "created"),
        ("联系电话", "1.38E+10", "rejected"),
        ("注册资本", "1.2亿", "created"),
        ("注册资本", "￥1,200万元", "created"),
        ("注册资本", "面议", "created"),
        ("注册资本", "NaN", "created"),
        ("注册资本", "１２００", "created"),
        ("注册资本", "=1+1", "rejected"),
        ("员工人数", "-3", "rejected"),
        ("网址", "javascript:alert(1)", "rejected"),
        ("所在地", "火星", "created"),
        ("企业简介", "长" * 10_001, "rejected"),
        ("主营产品", "<script>alert(1)</script>{{ 7*7 }} %s", "created"),
    ],
)
def test_a_cell_gets_its_verdict(officer, header, cell, verdict):
    assert fates(check([["企业名称", header], ["示例一有限公司", cell]], officer)) == {verdict: 1}


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("示" * 5_000, "rejected"), ("\u3000 \u00a0", "rejected"), ("示例\u202e有限公司", "created"), ("示", "rejected")],
)
def test_a_name_gets_its_verdict(officer, name, verdict):
    batch = run([["企业名称", "城市"], [name, "深圳"]], officer)
    assert fates(batch) == {verdict: 1}
    assert not db.session.scalar(select(func.count()).where(Company.name.contains("\u202e")))


def test_one_company_in_three_spellings_is_one(officer):
    rows = [
        ["企业名称", "城市"],
        ["示例（深圳）有限公司", "深圳"],
        ["示例(深圳)有限公司", ""],
        ["示例 （深圳） 有限公司", "深圳"],
    ]
    assert fates(run(rows, officer)) == {"created": 1, "duplicates": 2}


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [
        ("45292", "created"),
        ("2024.3.5", "created"),
        ("2024.13.45", "rejected"),
        ("二〇二四年三月", "rejected"),
        ("2099-01-01", "rejected"),
    ],
)
def test_a_day_gets_its_verdict(officer, cell, verdict):
    rows = [["企业名称", "日期", "接触方式", "内容纪要"], ["示例一有限公司", cell, "走访", "看厂"]]
    assert fates(check(rows, officer, feed="interactions")) == {verdict: 1}


def test_somebody_elses_officer_and_columns_that_are_none_change_nothing(officer):
    stranger = factories.User()
    header = ["企业名称", "归属人", "role", "owner_id", "office_id", "id", "version"]
    rows = [header, ["示例一有限公司", stranger.display_name, "admin", "1", "1", "1", "9"]]
    assert fates(run(rows, officer)) == {"rejected": 1}
    rows[1][1] = ""
    assert fates(run(rows, officer)) == {"created": 1}
    company = db.session.scalars(select(Company)).one()
    assert (company.owner_id, company.office_id, company.version) == (None, None, 1)


def test_stages_out_of_order_are_refused(officer):
    header = ["项目名称", "企业名称", "阶段历程"]
    rows = [header, ["示例项目", "示例一有限公司", "在谈:2026-01-05；线索:2026-02-05"]]
    assert fates(run(rows, officer, feed="projects")) == {"rejected": 1}
    assert db.session.scalars(select(Project)).all() == []


def test_a_failed_formula_is_no_value(officer):
    batch = check([["企业名称", "注册资本", "城市"], ["示例一有限公司", "#REF!", "#N/A"]], officer)
    assert (fates(batch), said(batch)) == ({"created": 1}, [])


@pytest.mark.parametrize(
    "name", ["../../etc/名单.csv", "名单\tSet-Cookie: a=b.csv", "名" * 300 + ".csv", "<b>名单</b>.csv"]
)
def test_a_files_name_is_only_a_name(officer, sign_in, name):
    client = sign_in(officer)
    body = io.BytesIO(content([["企业名称"], ["示例一有限公司"]]))
    assert client.post("/imports", data={"file": (body, name)}).status_code == 302
    batch = db.session.scalars(select(Batch)).one()
    assert len(batch.upload.name) <= 300
    assert not {"/", "\t", "\n"} & set(batch.upload.name)
    assert "<b>名单" not in client.get(f"/imports/{batch.id}").get_data(as_text=True)


def test_somebody_elses_preview_is_not_there(officer, sign_in):
    batch = check([["企业名称"], ["示例一有限公司"]], officer)
    stranger = sign_in(factories.User())
    for path in ("", "/columns", "/progress", "/rejects.xlsx"):
        assert stranger.get(f"/imports/{batch.id}{path}").status_code == 404
    for path in ("sheet", "columns", "choices", "application", "undoing"):
        assert stranger.post(f"/imports/{batch.id}/{path}").status_code == 404


def test_a_file_name_that_breaks_the_header_is_no_file(officer, sign_in):
    client = sign_in(officer)
    body = io.BytesIO(content([["企业名称"], ["示例一有限公司"]]))
    assert client.post("/imports", data={"file": (body, "名单\r\nSet-Cookie: a=b.csv")}).status_code == 422
