"""A weekly ledger goes in and comes out: values, weekly lines, what differs from last week, its own layout."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select

from crm.accounts.models import Role
from crm.database import acting_as, db
from crm.pipeline.models import Project, Secrecy, WeeklyLine
from imports import apply, services
from imports.ledger import compare, current, rebuilding
from imports.ledger.additions import Groups
from imports.models import Batch, CellEdit
from imports.reading import Layout
from imports.workbook import Sheet
from tests import factories
from tests.imports.importing import run
from tests.imports.ledgers import Group, Line, ledger

pytestmark = pytest.mark.usefixtures("session")

FIRST = Line("示例激光装备项目", "示例激光装备有限公司")
SECOND = Line("示例光纤项目", "示例光纤有限公司", "3.5亿")
OTHER = Line("示例光学镜头项目", "示例光学镜头有限公司", "面议", "33335㎡", stage="研判")


@pytest.fixture
def manager():
    return factories.User(role=Role.MANAGER)


def applied(path, by) -> Batch:
    with acting_as(by.id):
        batch = services.take(path.read_bytes(), path.name, by)
        db.session.flush()
    with acting_as(by.id, batch_id=batch.id):
        apply.apply(batch, by)
        db.session.flush()
    db.session.expire_all()
    return batch


def mine(by) -> dict[str, Project]:
    """The imported projects, held by the importer: an import leaves them in the pool."""
    found = {project.name: project for project in db.session.scalars(select(Project))}
    for project in found.values():
        project.owner, project.office = by, by.office
    db.session.flush()
    return found


def test_the_week_of_a_ledger_becomes_weekly_lines(manager, tmp_path):
    path = ledger(tmp_path / "台账47.xlsx", [Group("一组", [FIRST, SECOND]), Group("二组", [OTHER])])
    batch = applied(path, manager)
    assert (batch.feed, batch.created) == ("projects", 3)
    lines = db.session.scalars(select(WeeklyLine)).all()
    assert {line.progress for line in lines} == {"已实地考察示例园区。"}
    mine(manager)
    again = [Line("示例激光装备项目", "示例激光装备有限公司", progress="签了意向书。"), SECOND]
    batch = applied(ledger(tmp_path / "台账48.xlsx", [Group("一组", again)]), manager)
    assert (batch.updated, batch.unchanged) == (1, 1)


def test_this_week_stands_beside_the_last(manager, tmp_path):
    last = applied(ledger(tmp_path / "台账47.xlsx", [Group("一组", [FIRST, SECOND]), Group("二组", [OTHER])]), manager)
    assert compare.compared(last, manager).last is None
    changed = Line("示例光纤项目", "示例光纤有限公司", "4亿")
    added = Line("示例新项目", "示例新材料有限公司")
    path = ledger(tmp_path / "台账48.xlsx", [Group("一组", [FIRST, changed, added])])
    with acting_as(manager.id):
        batch = services.take(path.read_bytes(), path.name, manager)
        db.session.flush()
    found = compare.compared(batch, manager)
    assert found.last is last
    assert [entry.project for entry in found.new] == ["示例新项目"]
    assert [entry.project for entry in found.missing] == ["示例光学镜头项目"]
    [(entry, cells)] = found.changed
    assert (entry.project, [(cell.before, cell.after) for cell in cells]) == ("示例光纤项目", [("3.5亿", "4亿")])
    assert found.same == 1


def test_the_applied_page_lists_projects_and_not_their_companies(manager, tmp_path, sign_in):
    batch = applied(ledger(tmp_path / "台账47.xlsx", [Group("一组", [FIRST, SECOND])]), manager)
    known, hidden = mine(manager).values()
    hidden.owner, hidden.secrecy = factories.User(office=manager.office), Secrecy.RESTRICTED
    db.session.flush()
    page = sign_in(manager).get(f"/imports/{batch.id}").get_data(as_text=True)
    assert f'href="/projects/{known.id}"' in page
    assert hidden.name not in page
    assert "这次导入的企业" not in page
    assert "有话要说的行" not in page


@pytest.mark.parametrize("two_rows", [False, True])
def test_it_comes_out_in_its_own_layout_with_todays_values(manager, tmp_path, sign_in, two_rows):
    groups = [Group("一组", [FIRST, SECOND]), Group("二组", [OTHER])]
    path = ledger(tmp_path / "台账47.xlsx", groups, two_rows=two_rows)
    batch = applied(path, manager)
    projects = mine(manager)
    assert current.today(batch, manager).changes == []
    page = sign_in(manager).get(f"/imports/{batch.id}/ledger").get_data(as_text=True)
    assert "没有可比的上一份</" in page
    assert "没有差别" not in page
    fibre = projects["示例光纤项目"]
    fibre.investment_wan = Decimal(42_000)
    fibre.take_over(next(s for s in fibre.route.stages if s.name == "签约"), by=manager, on_day=fibre.stage_since)
    db.session.flush()
    client = sign_in(manager)
    page = client.get(f"/imports/{batch.id}/ledger").get_data(as_text=True)
    assert "按原表样导出最新台账" in page
    assert f"一组 第 {7 if two_rows else 6} 行" in page
    assert "新出现的项目" not in page
    answer = client.get(f"/imports/{batch.id}/ledger.xlsx")
    assert answer.status_code == 200
    out = tmp_path / "out.xlsx"
    out.write_bytes(answer.data)
    before, after = openpyxl.load_workbook(path), openpyxl.load_workbook(out)
    assert after.sheetnames == before.sheetnames
    differing = {}
    for sheet in before:
        assert after[sheet.title].merged_cells.ranges == sheet.merged_cells.ranges
        for line in sheet.iter_rows():
            for cell in line:
                twin = after[sheet.title][cell.coordinate]
                if cell.value != twin.value:
                    differing[cell.value] = (twin.value, twin.comment.text, twin.fill.fgColor.rgb)
    assert differing == {
        "3.5亿": (4.2, "上次：3.5亿", "00FFF2CC"),
        "在谈": ("签约", "上次：在谈", "00FFF2CC"),
    }


def test_what_was_put_right_in_the_preview_comes_out_right(manager, tmp_path, sign_in):
    path = ledger(tmp_path / "台账.xlsx", [Group("一组", [Line("示例光纤项目", "示例光纤有限公司", "很多", "很大")])])
    with acting_as(manager.id):
        batch = services.take(path.read_bytes(), path.name, manager)
        db.session.flush()
        for column, text in ((4, "2.5"), (5, "30"), (10, "10000000009")):
            place = {"batch_id": batch.id, "sheet": 0, "number": 5, "column": column}
            db.session.add(CellEdit(**place, before="很多", after=text, user_id=manager.id))
        db.session.flush()
    with acting_as(manager.id, batch_id=batch.id):
        apply.apply(batch, manager)
    mine(manager)["示例光纤项目"].investment_wan = Decimal(42_000)
    db.session.flush()
    (out := tmp_path / "out.xlsx").write_bytes(sign_in(manager).get(f"/imports/{batch.id}/ledger.xlsx").data)
    sheet = openpyxl.load_workbook(out)["一组"]
    assert [(sheet[place].value, sheet[place].comment.text) for place in ("E5", "F5")] == [
        (4.2, "上次：很多"),
        ("30", "上次：很大"),
    ]
    assert (sheet["K5"].value, sheet["K5"].comment) == ("10000000009", None)


def test_what_one_may_not_know_stays_as_it_was(manager, tmp_path):
    batch = applied(ledger(tmp_path / "台账.xlsx", [Group("一组", [FIRST])]), manager)
    project = mine(factories.User())["示例激光装备项目"]
    project.investment_wan = Decimal(99_000)
    db.session.flush()
    assert current.today(batch, manager).changes == []


def since(batch, **fields) -> Project:
    """A project that came after the import."""
    return factories.Project(created_at=batch.applied_at + timedelta(hours=1), **fields)


def test_projects_that_are_new_since_stand_on_a_sheet_of_their_own(manager, tmp_path, sign_in):
    path = ledger(tmp_path / "台账47.xlsx", [Group("一组", [FIRST]), Group("二组", [OTHER])], two_rows=True)
    batch = applied(path, manager)
    known = {project.name: project for project in db.session.scalars(select(Project))}[FIRST.project]
    known.owner, known.office = manager, manager.office
    project = since(batch, name="=示例新项目", owner=manager, land_mu=Decimal("20.5"), investment_wan=Decimal(25_000))
    since(batch, name="示例别处项目")
    since(batch, name="示例保密项目", owner=factories.User(office=manager.office), secrecy=Secrecy.RESTRICTED)
    factories.Project(name="示例从前项目", owner=manager, created_at=batch.applied_at - timedelta(days=9))
    client = sign_in(manager)
    page = client.get(f"/imports/{batch.id}/ledger").get_data(as_text=True)
    assert f'href="/projects/{project.id}"' in page
    assert not [name for name in ("示例别处项目", "示例保密项目", "示例从前项目") if name in page]
    (out := tmp_path / "out.xlsx").write_bytes(client.get(f"/imports/{batch.id}/ledger.xlsx").data)
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["一组", "二组", "新增项目"]
    sheet = book["新增项目"]
    assert {"E2:F2", "A2:A3", "M2:M3", "N2:N3"} <= {area.coord for area in sheet.merged_cells.ranges}
    header, row = ([cell.value for cell in sheet[number]] for number in (2, 4))
    assert (header[1], *header[-2:]) == ("项目名称", "所属工作表", "负责人")
    assert row == [
        1, "=示例新项目", project.company.name, None, 2.5, 20.5, "线索", None, None, None, None, None,
        "一组", manager.display_name,
    ]  # fmt: skip
    assert (sheet["B4"].data_type, sheet["B4"].fill.fgColor.rgb) == ("s", "00FFF2CC")
    assert sheet.max_row == 4


def test_where_it_cannot_be_told_no_sheet_is_named(manager):
    known = {"一组": [factories.Project(owner=manager)], "二组": [factories.Project(owner=manager)]}
    colleague = factories.User(office=factories.Office())
    known["三组"] = [factories.Project(owner=factories.User(office=colleague.office))]
    groups = Groups(known)
    found = [groups.of(factories.Project(owner=owner)) for owner in (manager, colleague, None)]
    assert found == ["", "三组", ""]


def test_the_week_before_is_kept_where_nothing_is_known_of_it(manager):
    rows = [["项目名称", "企业名称", "上周进展情况", "本周进展情况", "前期进展情况"]]
    batch = run([*rows, ["示例项目", "示例有限公司", "看了厂房", "谈了价格", "不读"]], manager, feed="projects")
    assert batch.created == 1
    mine(manager)
    assert [line.progress for line in lines_by_week()] == ["看了厂房", "谈了价格"]
    batch = run([*rows, ["示例项目", "示例有限公司", "另一种说法", "谈了价格", ""]], manager, feed="projects")
    assert batch.unchanged == 1
    assert [line.progress for line in lines_by_week()] == ["看了厂房", "谈了价格"]


def lines_by_week() -> list[WeeklyLine]:
    return list(db.session.scalars(select(WeeklyLine).order_by(WeeklyLine.week)))


def test_a_ledger_with_its_new_projects_is_read_again_without_a_change(manager, tmp_path, sign_in):
    batch = applied(ledger(tmp_path / "台账47.xlsx", [Group("一组", [FIRST])]), manager)
    mine(manager)
    since(batch, name="示例新项目", owner=manager)
    (out := tmp_path / "台账48.xlsx").write_bytes(sign_in(manager).get(f"/imports/{batch.id}/ledger.xlsx").data)
    again = applied(out, manager)
    assert [part.sheet for part in again.parts] == ["一组", "新增项目"]
    assert (again.read, again.unchanged) == (2, 2)


@pytest.mark.parametrize("name", ["ledger.xls", "ledger.ods"])
def test_a_ledger_of_another_format_comes_out_as_xlsx_of_the_same_layout(manager, tmp_path, sign_in, name):
    """Both are `ledger(…, two_rows=True)` as LibreOffice saves it."""
    batch = applied(Path(__file__).parent / name, manager)
    mine(manager)["示例光纤项目"].investment_wan = Decimal(42_000)
    db.session.flush()
    client = sign_in(manager)
    assert "导出时改为 xlsx" in client.get(f"/imports/{batch.id}/ledger").get_data(as_text=True)
    answer = client.get(f"/imports/{batch.id}/ledger.xlsx")
    assert "ledger.xlsx" in answer.headers["Content-Disposition"]
    (out := tmp_path / "out.xlsx").write_bytes(answer.data)
    before, after = openpyxl.load_workbook(ledger(tmp_path / "as.xlsx", two_rows=True)), openpyxl.load_workbook(out)
    assert after.sheetnames == before.sheetnames
    differing = []
    for sheet in before:
        assert set(after[sheet.title].merged_cells.ranges) == set(sheet.merged_cells.ranges)
        pairs = [(cell, after[sheet.title][cell.coordinate]) for line in sheet.iter_rows() for cell in line]
        differing += [(cell.value, twin.value) for cell, twin in pairs if str(cell.value) != str(twin.value)]
    assert differing == [("3.5亿", 4.2)]


def test_a_text_comes_out_as_a_workbook_with_numbers_and_codes_told_apart(manager, tmp_path, sign_in):
    text = "项目名称,企业名称,用地（亩）,邮编\n示例激光项目,示例激光有限公司,30.5,012345\n=1+1,示例光纤有限公司,,\n"
    (path := tmp_path / "台账.csv").write_text(text, "utf-8")
    batch = applied(path, manager)
    answer = sign_in(manager).get(f"/imports/{batch.id}/ledger.xlsx")
    (out := tmp_path / "out.xlsx").write_bytes(answer.data)
    [sheet] = openpyxl.load_workbook(out)
    rows = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert rows[1] == ["示例激光项目", "示例激光有限公司", 30.5, "012345"]
    assert (sheet["A3"].value, sheet["A3"].data_type) == ("=1+1", "s")


def test_what_was_hidden_stays_hidden_and_names_fit(tmp_path):
    rows = [(1, ["名称"]), (2, ["示例"])]
    layout = Layout(hidden_rows=[(2, 1_048_576)], hidden_columns=[0])
    sheets = [Sheet("封面/说明", hidden=True, rows=rows), Sheet("长" * 40, rows=rows, layout=layout), Sheet("长" * 50)]
    names = rebuilding.rebuild(sheets, {}, tmp_path / "out.xlsx")
    assert list(names.values()) == ["封面说明", "长" * 31, "长" * 28 + "(2)"]
    first, second, _third = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert (first.sheet_state, second.sheet_state) == ("hidden", "visible")
    assert second.row_dimensions[2].hidden
    assert second.column_dimensions["A"].hidden
