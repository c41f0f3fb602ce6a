"""The table as a sheet: cells, pasting, many at once, undo, export with its daily limit."""

import io
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from sqlalchemy import select

from crm.accounts.models import Role, Setting
from crm.database import db
from crm.history import exports
from crm.history.models import Export
from crm.landing.parks.entries import PARK
from crm.pipeline import bulk, cells
from crm.pipeline.models import BulkEdit, Effect, Project, ProjectSegment, Secrecy
from tests import factories
from tests.factories import landing

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def officer():
    return factories.User(display_name="示例甲")


@pytest.fixture
def manager(officer):
    return factories.User(role=Role.MANAGER, office=officer.office)


@pytest.fixture
def project(officer) -> Project:
    made = factories.Project(owner=officer, park="旧园", investment_wan=Decimal(5000))
    made.segments.append(ProjectSegment(segment=factories.Segment(name="激光晶体"), is_main=True, effect=Effect.FILL))
    db.session.flush()
    db.session.refresh(made)
    return made


def text(response) -> str:
    return response.get_data(as_text=True)


def fresh(project: Project) -> Project:
    db.session.expire(project)
    return project


def cell(project: Project, field: str, value: str) -> str:
    return f"{project.id}:{project.version}:{field}:{value}"


# Columns and cells


def test_columns_are_chosen_and_unknown_ones_refused(project, officer, sign_in) -> None:
    client = sign_in(officer)
    page = text(client.get("/pipeline?view=table&columns=park,jobs"))
    assert "旧园" in page
    assert 'data-label="就业人数"' in page
    assert 'data-label="下一步"' not in page
    assert client.get("/pipeline?view=table&columns=secret").status_code == 400
    assert client.get("/pipeline?view=table&sort=park").status_code == 400


@pytest.mark.parametrize(
    ("field", "typed", "column", "value"),
    [
        ("investment_wan", "1.2亿", "investment_wan", Decimal(12000)),
        ("next_step_on", "2030年1月2日", "next_step_on", date(2030, 1, 2)),
        ("capital_kind", "外资", "capital_kind", "foreign"),
        ("origin_code", "广东省深圳市", "origin_code", "4403"),
        ("jobs", "1,200", "jobs", 1200),
        ("park", "", "park", ""),
    ],
)
def test_a_cell_is_saved_by_the_rules_of_the_form(field, typed, column, value, project, officer, sign_in) -> None:
    client = sign_in(officer)
    assert f'name="{field}"' in text(client.get(f"/projects/{project.id}/cells/{field}"))
    form = {field: typed, "version": project.version}
    answer = client.post(f"/projects/{project.id}/cells/{field}?columns=park", data=form)
    assert answer.status_code == 200
    assert "<tr" in text(answer)
    assert getattr(fresh(project), column) == value


def test_cells_of_people_and_segments_take_an_id_or_a_name(project, officer, manager) -> None:
    mate = factories.User(office=officer.office, display_name="示例乙")
    other = factories.Segment(name="泵浦源")
    cells.change(project, {"owner_id": cells.read("owner_id", "示例乙")}, by=manager)
    cells.change(project, {"main_segment_id": cells.read("main_segment_id", str(other.id))}, by=manager)
    cells.change(project, {"effect": cells.read("effect", "强链")}, by=manager)
    assert (fresh(project).owner, project.main_segment) == (mate, other)
    assert [link.effect for link in project.segments if link.is_main] == [Effect.STRENGTHEN]


@pytest.mark.parametrize(
    ("field", "typed"), [("jobs", "很多"), ("name", " "), ("owner_id", "查无此人"), ("effect", "补一补")]
)
def test_a_cell_that_breaks_a_rule_changes_nothing(field, typed, project, officer, sign_in) -> None:
    form = {field: typed, "version": project.version}
    answer = sign_in(officer).post(f"/projects/{project.id}/cells/{field}", data=form)
    assert answer.status_code == 422
    assert "没有保存" in text(answer)
    assert fresh(project).version == int(form["version"])


def test_a_cell_of_an_older_version_is_told_both_values(project, officer, sign_in) -> None:
    version = project.version
    cells.change(project, {"park": "新园"}, by=officer)
    answer = sign_in(officer).post(f"/projects/{project.id}/cells/park", data={"park": "另一园", "version": version})
    assert answer.status_code == 409
    assert "新园" in text(answer)
    assert "另一园" in text(answer)
    assert fresh(project).park == "新园"


def test_fixed_investment_stays_within_the_total_in_a_cell_too(project, officer, sign_in) -> None:
    form = {"fixed_investment_wan": "6000", "version": project.version}
    assert sign_in(officer).post(f"/projects/{project.id}/cells/fixed_investment_wan", data=form).status_code == 422


# Pasting, many at once, undo


def test_pasted_cells_are_saved_together_and_undone_together(project, officer, sign_in) -> None:
    other = factories.Project(owner=officer)
    client = sign_in(officer)
    given = [cell(project, "park", "示例园: 二期"), cell(project, "jobs", "30"), cell(other, "park", "示例园")]
    assert client.post("/pipeline/cells", data={"cell": given}).status_code == 302
    assert (fresh(project).park, project.jobs, fresh(other).park) == ("示例园: 二期", 30, "示例园")
    edit = db.session.scalars(select(BulkEdit)).one()
    page = text(client.get("/pipeline?view=table"))
    assert "已修改 2 个项目" in page
    assert f"/pipeline/bulk-edits/{edit.id}/undo" in page
    client.post(f"/pipeline/bulk-edits/{edit.id}/undo")
    assert (fresh(project).park, project.jobs, fresh(other).park) == ("旧园", None, "")
    assert client.post(f"/pipeline/bulk-edits/{edit.id}/undo").status_code == 409


def test_one_faulty_cell_refuses_the_whole_paste(project, officer, sign_in) -> None:
    given = [cell(project, "park", "新园"), cell(project, "jobs", "很多")]
    answer = sign_in(officer).post("/pipeline/cells", data={"cell": given})
    assert answer.status_code == 422
    assert "很多" in text(answer)
    assert fresh(project).park == "旧园"


@pytest.mark.parametrize("secrecy", [Secrecy.INTERNAL, Secrecy.RESTRICTED])
def test_one_foreign_project_refuses_the_whole(secrecy, project, officer, manager, sign_in) -> None:
    mate = factories.User(office=officer.office)
    foreign = factories.Project(owner=mate, secrecy=secrecy)
    given = {"cell": [cell(project, "park", "新园"), cell(foreign, "park", "新园")]}
    rows = {"row": [f"{p.id}:{p.version}" for p in (project, foreign)], "park": "新园"}
    status = 404 if secrecy is Secrecy.RESTRICTED else 403
    client = sign_in(officer)
    assert client.post("/pipeline/cells", data=given).status_code == status
    assert client.post("/pipeline/bulk-edits", data=rows).status_code == status
    assert client.post("/pipeline/bulk", data={"ids": [project.id, foreign.id]}).status_code == status
    assert fresh(project).park == "旧园"
    if secrecy is Secrecy.INTERNAL:
        assert sign_in(manager).post("/pipeline/bulk-edits", data=rows).status_code == 302
        assert fresh(foreign).park == "新园"


def test_a_preview_says_what_would_change_and_writes_nothing(project, officer, sign_in) -> None:
    client = sign_in(officer)
    asked = text(client.post("/pipeline/bulk", data={"ids": project.id}))
    assert "还没有改动" in asked
    page = text(client.post("/pipeline/bulk", data={"ids": project.id, "park": "新园", "effect": "extend"}))
    assert "<del>旧园</del>" in page
    assert "<ins>延链</ins>" in page
    assert "确认修改 1 个项目" in page
    assert fresh(project).park == "旧园"
    wrong = text(client.post("/pipeline/bulk", data={"ids": project.id, "next_step_on": "某天"}))
    assert "看不懂这个日期" in wrong
    assert "确认修改" not in wrong


def test_a_preview_of_all_takes_what_the_filter_finds(project, officer, sign_in) -> None:
    factories.Project(owner=officer, park="别处")
    form = {"all": "1", "query": "least=4000", "park": "新园"}
    page = text(sign_in(officer).post("/pipeline/bulk", data=form))
    assert "批量修改 1 个项目" in page


def test_a_bulk_edit_of_older_versions_is_refused_whole(project, officer, sign_in) -> None:
    other = factories.Project(owner=officer)
    rows = [f"{p.id}:{p.version}" for p in (other, project)]
    cells.change(project, {"jobs": 5}, by=officer)
    answer = sign_in(officer).post("/pipeline/bulk-edits", data={"row": rows, "park": "新园"})
    assert answer.status_code == 409
    assert "最新内容" in text(answer)
    assert fresh(other).park == ""


def test_undo_leaves_what_was_changed_since(project, officer) -> None:
    other = factories.Project(owner=officer)
    wanted = [bulk.Wanted(p.id, p.version, {"park": "新园"}) for p in (project, other)]
    edit = bulk.apply(wanted, by=officer)
    assert edit is not None
    cells.change(project, {"jobs": 5}, by=officer)
    assert bulk.undo(edit, by=officer) == 1
    assert (fresh(project).park, fresh(other).park) == ("新园", "")


def test_who_handed_projects_on_at_once_may_take_that_back(project, officer) -> None:
    mate = factories.User(office=officer.office, display_name="示例丙")
    edit = bulk.apply([bulk.Wanted(project.id, project.version, {"owner_id": "示例丙"})], by=officer)
    assert edit is not None
    assert fresh(project).owner == mate
    assert bulk.undo(edit, by=officer) == 0
    assert fresh(project).owner == officer


# Export


def rows_of(answer) -> list[list]:
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    return [[value.value for value in row] for row in sheet.iter_rows()]


def test_an_officer_takes_out_her_own_rows_and_they_are_counted(project, officer, sign_in) -> None:
    factories.Project(owner=factories.User(office=officer.office), name="同事的项目")
    answer = sign_in(officer).post("/pipeline/export", data={"query": "columns=park,owner"})
    assert rows_of(answer) == [["项目", "意向园区", "负责人"], [project.name, "旧园", "示例甲"]]
    assert db.session.scalars(select(Export.rows)).all() == [1]


def test_a_manager_says_what_for(project, officer, manager, sign_in) -> None:
    client = sign_in(manager)
    assert client.post("/pipeline/export").status_code == 422
    answer = client.post("/pipeline/export", data={"reason": "周例会"})
    assert answer.status_code == 200
    assert db.session.scalars(select(Export.reason)).one() == "周例会"


def test_the_rows_of_a_day_are_limited_and_begin_anew(project, officer, sign_in) -> None:
    db.session.add(Setting(key="export_rows_of_officer", value=1))
    client = sign_in(officer)
    assert client.post("/pipeline/export").status_code == 200
    refused = client.post("/pipeline/export")
    assert refused.status_code == 403
    assert "您今天还可以导出 0 行" in text(refused)
    found = db.session.scalars(select(Export)).one()
    found.at -= timedelta(days=1)
    db.session.flush()
    assert exports.left_today(officer) == 1
    assert client.post("/pipeline/export").status_code == 200


def test_other_sheets_share_the_days_rows(officer, sign_in) -> None:
    landing.row(PARK)
    db.session.add(Setting(key="export_rows_of_officer", value=1))
    client = sign_in(officer)
    assert client.get("/parks.xlsx").status_code == 200
    assert client.get("/parks.xlsx").status_code == 403
    assert db.session.scalars(select(Export.what)).all() == ["园区.xlsx"]
