"""Figures: what is counted on which dates, that each opens its list, and the files."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from docx import Document

from crm.accounts.models import Role
from crm.database import db
from crm.pipeline import queries
from crm.pipeline.filters import ProjectFilter
from crm.pipeline.models import InvestmentYear, Milestone, MilestoneKind, Project, ProjectSegment, StageChange, Status
from crm.pipeline.models.agreements import Agreement, AgreementKind, Promise, Side
from crm.reports.listing import behind
from crm.reports.scope import DIMENSIONS, Scope
from crm.reports.tables import REPORTS, listed_as, table_of
from tests import factories

pytestmark = pytest.mark.usefixtures("session")
PERIOD = {"since": "2026-01-01", "until": "2026-06-30"}


@pytest.fixture
def officer():
    return factories.User()


def stood(project: Project, *stays: tuple[str, date]) -> Project:
    """A project with a past: stage after stage."""
    db.session.query(StageChange).filter_by(project_id=project.id).delete()
    for n, (name, day) in enumerate(stays):
        stage = next(each for each in project.route.stages if each.name == name)
        before = project.stage if n else None
        kind = "forward" if n else "opening"
        db.session.add(
            StageChange(project=project, kind=kind, from_stage=before, to_stage=stage, on_day=day, by=project.owner)
        )
        project.stage, project.stage_since = stage, day
    db.session.flush()
    return project


@pytest.fixture
def projects(officer):
    """One that started, one that skipped to signing, one in talks, one opened the year before."""
    wan = {"owner": officer, "investment_wan": Decimal(10_000), "lead_source": "示例展会"}
    segment = factories.Segment(name="激光晶体")
    made = [
        stood(
            factories.Project(**wan),
            ("线索", date(2026, 1, 5)), ("在谈", date(2026, 1, 25)),
            ("签约", date(2026, 3, 6)), ("开工", date(2026, 6, 1)),
        ),
        stood(factories.Project(**wan), ("线索", date(2026, 2, 1)), ("签约", date(2026, 5, 1))),
        stood(factories.Project(**wan), ("线索", date(2026, 3, 1)), ("在谈", date(2026, 4, 1))),
        stood(factories.Project(owner=factories.User()), ("线索", date(2025, 3, 1)), ("签约", date(2026, 2, 1))),
    ]  # fmt: skip
    for project in made[:2]:
        project.segments.append(ProjectSegment(segment=segment, is_main=True))
    db.session.add(
        InvestmentYear(project=made[0], year=2026, planned_wan=4000, actual_wan=1000, as_of=date(2026, 6, 1))
    )
    db.session.add(InvestmentYear(project=made[0], year=2027, planned_wan=6000))
    db.session.flush()
    return made


def figures(report: str, **args: str) -> dict[str, dict[str, float | None]]:
    """{group: {measure: value}}."""
    table = table_of(REPORTS[report], Scope.from_args(PERIOD | args))
    keys = [measure.key for measure in table.report.measures]
    return {name: dict(zip(keys, [cell.value for cell in cells], strict=True)) for name, cells in table.rows}


def test_the_funnel_counts_who_got_how_far_skipped_phases_too(projects) -> None:
    whole = figures("funnel")["全市"]
    assert [whole[key] for key in ("lead", "triage", "negotiating", "signed", "started", "operating")] == [
        3,
        3,
        3,
        2,
        1,
        0,
    ]
    assert whole["to_signed"] == pytest.approx(2 / 3)
    assert whole["to_started"] == 0.5


def test_groups_add_what_stands_apart(projects) -> None:
    by_segment = figures("funnel", group="segment")
    assert by_segment["激光晶体"]["signed"] == 2
    assert by_segment["未填"]["lead"] == 1
    assert figures("funnel", group="source")["示例展会"]["lead"] == 3
    assert figures("funnel", source="没有的")["全市"]["lead"] == 0


def test_time_is_the_median_of_stays_that_ended_within_the_period(projects) -> None:
    whole = figures("time")["全市"]
    assert whole["lead"] == 60  # 20, 31, 89 and 337 days
    assert whole["negotiating"] == 40  # who skipped it stayed in it for no time at all
    assert whole["signed"] == 87
    assert whole["whole"] == 89  # 60, 89 and 337 days
    assert whole["started"] is None


@pytest.fixture
def promised(projects) -> Milestone:
    """Three promises of a signed agreement, one kept, one late, one not due yet; and a start, which is returned."""
    agreement = Agreement(project=projects[0], kind=AgreementKind.FORMAL, title="示例协议", signed_on=date(2026, 3, 6))
    agreement.signatory, agreement.authority = "示例", "示例授权"
    for due, done in [(date(2026, 4, 1), date(2026, 4, 9)), (date(2026, 5, 1), None), (date(2027, 1, 1), None)]:
        promise = Promise(side=Side.CITY, body="示例承诺", due_on=due, fulfilled_on=done, owner=projects[0].owner)
        promise.evidence = "示例佐证" if done else ""
        agreement.promises.append(promise)
    started = Milestone(project=projects[1], kind=MilestoneKind.STARTED, on_day=date(2026, 6, 2), evidence="示例许可")
    started.by = projects[1].owner
    db.session.add_all([agreement, started])
    db.session.flush()
    return started


def test_rates_are_of_what_was_signed_within_the_period(promised) -> None:
    whole = figures("rates")["全市"]
    assert (whole["signed"], whole["started"], whole["counted"]) == (3, 2, 0)
    assert whole["start_rate"] == pytest.approx(2 / 3)
    assert (whole["planned"], whole["actual"], whole["paid_rate"]) == (4000, 1000, 0.25)
    assert (whole["due"], whole["kept"], whole["kept_rate"]) == (2, 1, 0.5)
    promised.counted_on = date(2026, 6, 20)
    db.session.flush()
    assert figures("rates")["全市"]["counted"] == 1


def test_the_forecast_weighs_by_the_probability_of_the_stage(projects) -> None:
    whole = figures("forecast")["全市"]
    talks = projects[2]
    assert (whole["in_hand"], whole["in_hand_wan"]) == (1, 10_000)
    assert whole["expected_wan"] == pytest.approx(float(10_000 * talks.stage.probability))
    assert (whole["signed"], whole["signed_wan"], whole["started_wan"]) == (3, 20_000, 10_000)
    talks.status, talks.status_reason, talks.status_on = Status.LOST, "去了别处", date(2026, 5, 1)
    db.session.flush()
    assert figures("forecast")["全市"]["in_hand"] == 0


@pytest.mark.parametrize(
    ("report", "group"),
    [*((report, "") for report in REPORTS), *(("rates", group) for group in DIMENSIONS if group), ("time", "segment")],
)
def test_each_figure_opens_the_projects_of_which_it_is_made(report, group, projects, promised, officer) -> None:
    """For who sees all and for who sees some: what is listed and what stays hidden add up to the figure."""
    scope, found = Scope.from_args(PERIOD | {"group": group}), REPORTS[report]
    admin = factories.User(role=Role.ADMIN)
    rows = table_of(found, scope).rows
    opened = [cell.opens for _name, cells in rows for cell in (cells[:1] if group else cells) if cell.opens]
    for opens in opened:
        measure = next(each for each in found.measures if each.key == opens["measure"])
        whole, part = (behind(found, measure, scope, opens.get("key"), user) for user in (admin, officer))
        assert whole.figure == part.figure
        assert whole.hidden == 0
        assert (len(whole.rows), len(part.rows)) == (whole.counted, part.counted - part.hidden)
        for place, (seen, known) in enumerate(zip(whole.parts, part.parts, strict=True)):
            if measure.kind == "count":
                assert sum(int(texts[place]) for _project, texts in whole.rows) == int(seen.whole)
                listed = sum(int(texts[place]) for _project, texts in part.rows)
                assert listed + int(known.hidden) == int(seen.whole)
        args = listed_as(measure, scope, opens.get("key"))
        if args is not None:
            narrowed = ProjectFilter.from_args({k: str(v) for k, v in args.items() if (k, v) != ("route", "all")})
            rows = db.session.scalars(narrowed.apply(queries.visible_to(admin), admin)).all()
            assert {row.id for row in rows} == {project.id for project, _texts in whole.rows}
    assert opened


def test_a_figures_page_says_what_it_is_made_of(projects, promised, officer, sign_in) -> None:
    client = sign_in(officer)

    def page(status: int = 200, **query: str) -> str:
        answer = client.get("/reports/projects", query_string=PERIOD | query)
        assert answer.status_code == status
        return answer.get_data(as_text=True)

    kept = page(report="rates", measure="kept_rate")
    assert "50.0 %" in kept
    assert projects[0].name in kept
    signed = page(report="rates", measure="signed")
    assert "另有 1 个项目您无权查看" in signed
    assert projects[3].name not in signed
    assert "在项目表格中打开" in signed
    assert "60 天" in page(report="time", measure="whole", group="month", key="2026-01")
    assert "没有您可以查看的项目" in page(report="rates", measure="signed", start="999")
    for wrong in ({"measure": "x"}, {"measure": "signed", "start": "-1"}, {"measure": "signed", "key": "x"}):
        page(400, report="rates", **wrong)


def test_pages_show_figures_of_the_city_and_say_what_stays_hidden(projects, officer, sign_in) -> None:
    client = sign_in(officer)
    for report in REPORTS:
        page = client.get("/reports", query_string=PERIOD | {"report": report, "group": "office"}).get_data(
            as_text=True
        )
        assert "data-chart" in page
        assert "您可以查看其中 3 个" in page
        assert "另有 1 条属其他部门" in page
    assert client.get("/reports?report=x").status_code == 400
    assert client.get("/reports?group=owner").status_code == 400
    assert client.get("/reports?since=2027-01-01&until=2026-01-01").status_code == 400


def test_the_files_hold_the_same(projects, officer, sign_in, app, tmp_path) -> None:
    client = sign_in(officer)
    book = openpyxl.load_workbook(io.BytesIO(client.get("/reports.xlsx", query_string=PERIOD).data))
    assert [cell.value for cell in book.worksheets[0][2]][:5] == ["全市", 3, 3, 3, 2]
    assert "招商口径" in book.worksheets[1]["B2"].value
    text = Document(io.BytesIO(client.get("/reports.docx", query_string=PERIOD | {"report": "rates"}).data))
    assert any(cell.text == "25.0 %" for cell in text.tables[0].rows[1].cells)
    out = tmp_path / "漏斗.xlsx"
    result = app.test_cli_runner().invoke(args=["report", "funnel", "--out", str(out), "--since", "2026-01-01"])
    assert result.exit_code == 0, result.output
    assert openpyxl.load_workbook(out).worksheets[0]["A2"].value == "全市"
    assert app.test_cli_runner().invoke(args=["report", "funnel", "--out", "x.pdf"]).exit_code == 1
