"""The samples: the letter's facts and nothing more; the demo, visibly fictitious."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.chain.models import Chain, Cluster, Segment
from crm.companies.models import Company, CompanySegment, Contact, TargetList
from crm.companies.rules import uscc
from crm.database import db
from crm.gaps.models import GapSnapshot
from crm.interactions.models import Interaction, Task
from crm.pipeline.models import (
    Demand,
    Instruction,
    Introduction,
    InvestmentYear,
    Project,
    Secrecy,
    StagePlan,
    WeeklyLine,
)
from crm.reports import tables
from crm.reports.scope import Scope
from imports import samples
from imports.samples import FOLDER
from tests.conftest import SHARED, application, clone

LETTER = SHARED / "seed-letter-2023-71.txt"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def files(name: str) -> list[Path]:
    return sorted(path for path in (FOLDER / name).glob("*.csv") if path.name != samples.ORDER)


@pytest.fixture(scope="module")
def loaded(sample_url, worker_id, tmp_path_factory) -> Iterator[Flask]:
    """An application on a database in which both samples were loaded; the tests only read it."""
    app = application(clone(sample_url, f"samples_{worker_id}"), tmp_path_factory.mktemp("samples"))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def both(loaded) -> Iterator[None]:
    """A context in which the loaded rows are read."""
    with loaded.app_context():
        yield


@pytest.mark.real
def test_every_row_of_the_letter_carries_the_letters_own_words():
    if not LETTER.is_file():
        pytest.skip("the letter is not part of a user's clone")
    text = re.sub(r"\s", "", LETTER.read_text("utf-8"))
    for path in files("letter"):
        for row in rows(path):
            assert row["原文"], path.name
            for part in row["原文"].split("……"):
                assert re.sub(r"\s", "", part) in text, (path.name, part)


def test_the_letters_contact_person_is_not_loaded():
    for path in files("letter"):
        content = path.read_text("utf-8-sig")
        assert "官福林" not in content
        assert "88329437" not in content


def test_unknown_stays_empty_and_policies_wait_for_a_check():
    policies = rows(FOLDER / "letter" / "08-产业扶持政策.csv")
    assert len(policies) == 7
    assert {row["现行有效性"] for row in policies} == {"现行有效性待核"}
    assert {row[key] for row in policies for key in ("文号", "标准", "上限(万元)", "有效期起", "有效期止")} == {""}


def test_the_letters_facts(both):
    laser = db.session.scalars(select(Chain).where(Chain.slug == "laser")).one()
    stated = {segment.name for segment in laser.segments if segment.position and not segment.position_inferred}
    assert stated == {"光学材料", "配套元器件", "激光器", "终端应用"}
    assert all(segment.importance is None and segment.wanted is None for segment in laser.segments)
    targets = db.session.scalars(select(TargetList).where(TargetList.name == "深圳优质激光企业名单")).one()
    assert {entry.company.name for entry in targets.entries} == {
        "大族激光",
        "光韵达",
        "联赢激光",
        "创鑫激光",
        "杰普特光电",
    }
    assert all(entry.company.in_pool and entry.company.uscc is None for entry in targets.entries)
    local = db.session.scalars(select(Company).where(Company.local.has(), ~Company.is_demo)).all()
    tiers = [tier.tier.name for company in local for tier in company.tiers]
    assert (tiers.count("链主"), tiers.count("重点")) == (1, 9)
    classified = select(func.count()).select_from(CompanySegment).join(Segment)
    assert db.session.scalar(classified.where(Segment.chain_id == laser.id)) == 0
    assert {cluster.name for cluster in db.session.scalars(select(Cluster))} == {"华中", "长三角", "珠三角", "环渤海"}


def test_nothing_invented_is_attached_to_a_real_company(both):
    invented = select(Company).where(Company.is_demo)
    assert all(company.name.startswith("示例") for company in db.session.scalars(invented))
    real = select(Company.id).where(~Company.is_demo)
    for model in (Project, Task, Instruction, Contact):
        assert db.session.scalar(select(func.count()).select_from(model).where(model.company_id.in_(real))) == 0
    assert not any(company.owner_id for company in db.session.scalars(select(Company).where(~Company.is_demo)))


def test_the_demo_makes_every_page_alive(both):
    def count(query) -> int:
        return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0

    assert count(select(Company).where(Company.is_demo)) == 60
    assert count(select(Project)) == 27
    assert count(select(Introduction)) == 5
    assert count(select(GapSnapshot.on_day).distinct()) == 6
    assert count(select(Interaction)) >= 60
    assert count(select(Project).where(Project.secrecy == Secrecy.RESTRICTED)) == 2
    assert {project.status.value for project in db.session.scalars(select(Project))} >= {"ongoing", "paused", "lost"}
    assert {project.stage.phase.value for project in db.session.scalars(select(Project))} == {
        *("lead", "triage", "negotiating", "signed", "started", "operating")
    }
    assert count(select(Segment).where(Segment.wanted.isnot(None))) >= 14
    assert count(select(Instruction)) == 6
    assert {demand.answered_on is None for demand in db.session.scalars(select(Demand))} == {True, False}
    assert count(select(StagePlan)) == 21
    assert count(select(InvestmentYear).where(InvestmentYear.actual_wan > 0)) == 5
    assert count(select(WeeklyLine.week).distinct()) == 2
    figures = {
        report.key: tables.table_of(report, Scope.from_args({})).rows[0][1] for report in tables.REPORTS.values()
    }
    assert all(cell.value for cells in figures.values() for cell in cells), figures


def test_demo_codes_pass_the_check_digit_and_name_no_place():
    codes = [
        row["统一社会信用代码"]
        for name in ("05-本地企业.csv", "06-招商目标企业.csv")
        for row in rows(FOLDER / "demo" / name)
    ]
    assert len(set(codes)) == len(codes) == 60
    assert all(uscc(code) == code and code[2:8] == "000000" for code in codes)


def test_demo_numbers_belong_to_nobody():
    numbers = [row["联系电话"] for row in rows(FOLDER / "demo" / "06-招商目标企业.csv") if row["联系电话"]]
    assert numbers
    assert all(re.fullmatch(r"100\d{8}", number) for number in numbers)


def test_loading_again_adds_nothing(both):
    before = db.session.scalar(select(func.count()).select_from(Interaction))
    assert samples.load("letter") == samples.load("demo") == []
    assert db.session.scalar(select(func.count()).select_from(Interaction)) == before
