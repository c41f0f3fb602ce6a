"""A day of the office, at a desk and on a phone: the officer, her manager, their leader. Every page is examined."""

from datetime import timedelta

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import acting_as, db
from crm.interactions.models import Interaction, Task
from crm.pipeline.models import ChangeKind, Project, StageChange
from crm.rules import today
from tests.browser.conftest import OpenPage, Site, at_both_sizes, examine

SUMMARY = "示例走访：看了总装车间，对方想先了解园区的供电条件。"
NEXT_STEP = "寄送园区供电方案"
PROJECT = "示例激光切割头项目"


@at_both_sizes
def test_the_day(site: Site, open_page: OpenPage) -> None:
    officer = open_page("officer1")
    officer.goto("/")
    examine(officer)
    find_the_list(officer)
    log_a_visit(officer)
    open_a_project(officer)
    meet_the_gate(officer)
    written(site.app)
    manager = open_page("manager1")
    review_by_segment(manager)
    leader = open_page("lead")
    write_an_instruction(leader)


def find_the_list(page: Page) -> None:
    """The Shenzhen laser list stands there as target companies; one is opened and taken from the pool."""
    page.goto("/lists")
    examine(page)
    page.get_by_role("main").get_by_role("link", name="深圳优质激光企业名单").click()
    for name in ("大族激光", "光韵达", "联赢激光", "创鑫激光", "杰普特光电"):
        expect(page.get_by_role("main").get_by_role("link", name=name, exact=True)).to_be_visible()
    examine(page)
    page.get_by_role("main").get_by_role("link", name="大族激光", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("大族激光")
    examine(page)
    page.get_by_role("button", name="领取").click()
    expect(page.get_by_role("status").filter(has_text="领取")).to_be_visible()


def log_a_visit(page: Page) -> None:
    """One screen: the company is set, a sentence and a next step are typed."""
    page.get_by_role("main").get_by_role("link", name="记走访").first.click()
    examine(page)
    page.get_by_label("谈了什么").fill(SUMMARY)
    page.get_by_label("要做什么").fill(NEXT_STEP)
    page.get_by_role("main").get_by_role("button", name="保存").click()
    expect(page.get_by_role("main").get_by_text(SUMMARY)).to_be_visible()
    examine(page)
    page.goto("/")
    expect(page.get_by_role("main").get_by_text(NEXT_STEP).first).to_be_visible()


def open_a_project(page: Page) -> None:
    """立项 asks only for a name; the rest comes stage by stage."""
    page.goto("/search?q=dzjg")
    examine(page)
    page.get_by_role("main").get_by_role("link", name="大族激光").first.click()
    page.get_by_role("main").get_by_role("link", name="立项").first.click()
    examine(page)
    page.get_by_role("radio", name="拿地自建").check()
    page.get_by_label("项目名称").fill(PROJECT)
    page.get_by_role("main").get_by_role("button", name="立项").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(PROJECT)
    examine(page)


def meet_the_gate(page: Page) -> None:
    """The gate names what is missing, each a link to its field; once it is known the project moves on."""
    page.get_by_role("button", name="推进到“研判”").click()
    expect(page.get_by_role("main").get_by_role("link", name="产业链环节").first).to_be_visible()
    examine(page)
    page.get_by_role("main").get_by_role("link", name="产业链环节").first.click()
    expect(page.get_by_label("产业链环节")).to_be_in_viewport()
    examine(page)
    page.get_by_label("产业链环节").select_option(label="激光切割焊接装备")
    page.get_by_label("项目简介").fill("在本市建切割头产线。")
    page.get_by_label("线索来源").fill("走访")
    page.get_by_label("下一步", exact=True).fill(NEXT_STEP)
    page.get_by_label("下一步期限").fill((today() + timedelta(days=60)).isoformat())
    page.get_by_role("main").get_by_role("button", name="保存").click()
    page.get_by_role("button", name="推进到“研判”").click()
    expect(page.get_by_text("“在谈”").first).to_be_visible()
    examine(page)
    page.goto("/pipeline")
    expect(page.get_by_role("link", name=PROJECT)).to_be_attached()
    examine(page)


def written(app: Flask) -> None:
    """What the pages said is in the database."""
    with app.app_context():
        company = db.session.scalars(select(Company).where(Company.name == "大族激光")).one()
        officer = db.session.scalars(select(User).where(User.name == "officer1")).one()
        assert company.owner_id == officer.id
        assert company.last_contact_on is not None
        assert (
            db.session.scalars(select(Interaction).where(Interaction.summary == SUMMARY)).one().owner_id == officer.id
        )
        assert db.session.scalars(select(Task).where(Task.title == NEXT_STEP)).one().company_id == company.id
        project = db.session.scalars(select(Project).where(Project.name == PROJECT)).one()
        assert project.stage.name == "研判"
        kinds = db.session.scalars(
            select(StageChange.kind).where(StageChange.project_id == project.id).order_by(StageChange.id)
        )
        assert list(kinds) == [ChangeKind.OPENING, ChangeKind.FORWARD]


def review_by_segment(page: Page) -> None:
    """The manager sees the chain by segment, gaps first, 未评估 apart, and what stands behind a figure."""
    page.goto("/chains")
    examine(page)
    page.get_by_role("main").get_by_role("link", name="示例激光链").first.click()
    main = page.get_by_role("main")
    expect(main.get_by_text("缺失").first).to_be_visible()
    expect(main.get_by_text("未评估").first).to_be_attached()
    examine(page)
    page.goto("/chains/laser")
    expect(main.get_by_text("未评估").first).to_be_attached()
    examine(page)
    page.goto("/pipeline?route=all")
    expect(page.get_by_role("link", name=PROJECT)).to_be_attached()
    examine(page)


def write_an_instruction(page: Page) -> None:
    """The leader reads one page and writes a word to somebody, which that person then finds on her day."""
    page.goto("/leader")
    examine(page)
    page.get_by_label("批示内容").fill("请本周内与示例星火再谈一次。")
    page.get_by_label("承办人").select_option(index=1)
    page.get_by_role("main").get_by_role("button", name="批示").last.click()
    expect(page.get_by_role("status").filter(has_text="批示")).to_be_visible()
    page.goto("/instructions?scope=by_me")
    expect(page.get_by_role("main").get_by_text("请本周内与示例星火再谈一次。").first).to_be_visible()
    examine(page)


def test_another_office_sees_the_card_and_nothing_else(site: Site, open_page: OpenPage) -> None:
    with site.app.app_context():
        holder = db.session.scalars(select(User).where(User.name == "officer1")).one()
        company = db.session.scalars(select(Company).where(Company.name == "大族激光")).one()
        with acting_as(holder.id):
            company.owner, company.office = holder, holder.office
        db.session.commit()
        company_id = company.id
    page = open_page("officer3")
    page.goto(f"/companies/{company_id}")
    expect(page.get_by_role("main").get_by_text("招商一科").first).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="编辑")).to_have_count(0)
    examine(page)
    answer = page.goto(f"/companies/{company_id}/edit")
    assert answer is not None
    assert answer.status == 403
    examine(page)
