"""What an import keeps of where things come from: files and rows, officers and days, the stage as it was."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm import rules
from crm.database import db
from crm.interactions.models import Interaction
from crm.pipeline.models import ChangeKind, Project, StageChange
from tests import factories
from tests.imports.importing import company, fates, run


@pytest.fixture
def manager(session):
    return factories.User(role=factories.accounts.Role.MANAGER, display_name="示例负责人")


def test_a_company_page_names_the_file_the_sheet_and_the_row(manager, sign_in):
    batch = run([["企业名称", "主营产品"], ["示例甲有限公司", "激光器"]], manager)
    run([["企业名称", "主营产品"], ["示例乙有限公司", ""], ["示例甲有限公司", "激光模组"]], manager)
    page = sign_in(manager).get(f"/companies/{company('示例甲有限公司').id}").get_data(as_text=True)
    assert "导入来源" in page
    assert page.index("第 3 行") < page.index("第 2 行")
    assert batch.upload.file.sha256 in page


def test_an_imported_contact_keeps_its_officer_and_its_day(manager):
    officer = factories.User(office=manager.office, display_name="示例专员")
    rows = [
        ["企业名称", "日期", "方式", "走访人", "内容"],
        ["示例甲有限公司", "2026-03-05", "走访", "示例专员", "看车间"],
    ]
    assert fates(run(rows, manager, "interactions")) == {"created": 1}
    visit = db.session.scalars(select(Interaction)).one()
    assert (visit.owner_id, visit.entered_by_id) == (officer.id, manager.id)
    assert visit.happened_on.isoformat() == "2026-03-05"
    assert company("示例甲有限公司").last_contact_on.isoformat() == "2026-03-05"
    assert fates(run(rows, manager, "interactions")) == {"unchanged": 1}
    assert db.session.scalar(select(func.count()).select_from(Interaction)) == 1


def test_an_imported_stage_is_one_change_marked_as_such_and_never_moves_a_known_project(manager):
    header = ["项目名称", "企业名称", "阶段", "负责人"]
    day = (rules.today() - timedelta(days=40)).isoformat()
    rows = [header, ["示例项目", "示例甲有限公司", f"在谈:{day}", "示例负责人"]]
    assert fates(run(rows, manager, "projects")) == {"created": 1}
    project = db.session.scalars(select(Project)).one()
    change = db.session.scalars(select(StageChange)).one()
    assert (change.kind, change.to_stage_id, change.from_stage_id) == (ChangeKind.IMPORTED, project.stage_id, None)
    assert change.on_day.isoformat() == day
    stage = project.stage_id
    later = [header, ["示例项目", "示例甲有限公司", "签约", "示例负责人"]]
    assert fates(run(later, manager, "projects")) == {"unchanged": 1}
    db.session.refresh(project)
    assert project.stage_id == stage
    assert db.session.scalar(select(func.count()).select_from(StageChange)) == 1
