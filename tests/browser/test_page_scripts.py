"""Our scripts in Chromium, on small pages made of the real frame and macros, under the real content policy."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, flash, g, jsonify, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect, generate_csrf
from playwright.sync_api import Browser, Page, expect
from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired

from crm import assets
from crm.web import POLICY
from tests.conftest import served

FORM_PAGE = """
{% extends "base.html" %}
{% from "macros/forms.html" import error_summary, hidden_fields, field, combobox, form_actions, post_button %}
{% block page_title %}记一次走访{% endblock %}
{% block content %}
  {{ error_summary(form) }}
  <form method="post" novalidate data-draft="visit">
    {{ hidden_fields(form) }}
    <div hx-get="/people" hx-trigger="change" hx-target="#people" hx-include="[name=company_id]">
      {{ combobox(form.company_id, url="/suggest", results=results) }}
    </div>
    <div id="people"></div>
    {{ field(form.summary) }}
    {{ form_actions("保存") }}
  </form>
  {{ post_button("归档", "/archive", confirm="归档后不再出现在列表中。") }}
  <button hx-get="/part" hx-target="#part">读取</button>
  <div id="part"></div>
{% endblock %}
"""

BOARD_PAGE = """
{% extends "base.html" %}
{% block scripts %}<script type="module" src="{{ asset('board.js') }}"></script>{% endblock %}
{% block page_title %}项目{% endblock %}
{% block content %}
  <div class="board" data-board>
    {% for stage, name in [(1, "线索"), (2, "研判")] %}
      <section class="board-column"><h2>{{ name }}</h2>
        <ul class="board-cards" id="stage-{{ stage }}" data-stage-id="{{ stage }}" data-stage-name="{{ name }}">
          {% for number, at in cards.items() if at == stage %}
            <li class="board-card draggable" id="card-{{ number }}" data-project-id="{{ number }}" data-version="1"
                data-move-url="/move/{{ number }}">
              <h3>项目 {{ number }}</h3>
              <details class="menu" data-menu>
                <summary aria-label="移动项目 {{ number }}">…</summary>
                <form class="menu-panel" method="post" action="/move/{{ number }}" data-move-form>
                  <select name="to_stage_id" aria-label="移动到">
                    <option value="1">线索</option>
                    <option value="2">研判</option>
                  </select>
                  <button>移动</button>
                </form>
              </details>
            </li>
          {% endfor %}
        </ul>
      </section>
    {% endfor %}
  </div>
{% endblock %}
"""


class VisitForm(FlaskForm):
    """A form as a page has it."""

    client_uuid = HiddenField(default="11111111-2222-3333-4444-555555555555")
    company_id = IntegerField("企业", [InputRequired("请选择企业")])
    summary = TextAreaField("纪要", [DataRequired("请写下谈了什么")])
    next_step = StringField("下一步")


class State:
    """What the small server saw, and whom it takes for signed in."""

    def __init__(self) -> None:
        self.user: int | None = 7
        self.saved: list[dict[str, str]] = []
        self.archived = 0
        self.cards = {1: 1, 2: 1}


def small_site(state: State) -> Flask:
    """The real frame around a form and a board."""
    site = Flask("site", root_path=str(assets.BUILT.parent.parent))
    site.config.update(SECRET_KEY="only for this test")
    CSRFProtect(site)
    Babel(site, default_locale="zh")
    assets.init_app(site)
    role = SimpleNamespace(label="招商专员")
    person = SimpleNamespace(id=7, display_name="陈示例", office=SimpleNamespace(name="一科"), role=role)

    @site.before_request
    def begin() -> None:
        g.user = person if state.user else None

    @site.context_processor
    def names() -> dict[str, Any]:
        item = SimpleNamespace(key="home", label="我的一天", icon="sun", url="/", active=True)
        return {
            "nav_items": lambda: [item],
            "may": lambda *_: True,
            "languages": {"zh": "中文", "en": "English"},
            "language": "zh",
            "request_id": "1",
            "unread_notices": lambda: 0,
        }

    @site.after_request
    def guard(response: Any) -> Any:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @site.route("/", methods=["GET"])
    def home() -> ResponseReturnValue:
        return page("{% block page_title %}首页{% endblock %}")

    def page(blocks: str) -> str:
        return render_template_string('{% extends "base.html" %}' + blocks)

    @site.route("/visit", methods=["GET", "POST"])
    def visit() -> ResponseReturnValue:
        form = VisitForm()
        if form.validate_on_submit():
            state.saved.append(request.form.to_dict())
            flash("已记录。", "success")
            return redirect("/")
        results = [(1, "示例光源科技", "深圳")] if request.form.get("find") else None
        return render_template_string(FORM_PAGE, form=form, results=results), 422 if form.errors else 200

    @site.get("/suggest")
    def suggest() -> ResponseReturnValue:
        companies = {"1": ("示例光源科技", "深圳"), "2": ("示例光电材料", "苏州")}
        return "".join(
            f'<li role="option" data-value="{key}">{name}<small>{place}</small></li>'
            for key, (name, place) in companies.items()
            if request.args["q"] in name
        )

    @site.get("/people")
    def people() -> ResponseReturnValue:
        person = '<label><input type="checkbox" name="contact_ids" value="3">张示例</label>'
        return person if request.args["company_id"] else ""

    @site.post("/archive")
    def archive() -> ResponseReturnValue:
        state.archived += 1
        return redirect("/")

    @site.get("/part")
    def part() -> ResponseReturnValue:
        return ("", 401) if state.user is None else ('<p class="error-page-text">您不能看这一部分。</p>', 403)

    @site.get("/board")
    def board() -> ResponseReturnValue:
        return render_template_string(BOARD_PAGE, cards=state.cards)

    @site.post("/move/<int:number>")
    def move(number: int) -> ResponseReturnValue:
        if number == 2:
            return '<h2>还缺 1 项</h2><a href="/visit">总投资</a>', 422
        state.cards[number] = int(request.form["to_stage_id"])
        return redirect("/board")

    site.add_url_rule("/csrf-token", "csrf_token", lambda: jsonify(token=generate_csrf(), user=state.user))
    site.add_url_rule("/sign-in", "accounts.sign_in", lambda: page("{% block page_title %}登录{% endblock %}"))
    for path, endpoint in (
        ("/notices", "notices.index"),
        ("/bell", "notices.bell"),
        ("/language", "set_language"),
        ("/password", "accounts.password"),
        ("/profile", "accounts.profile"),
    ):
        site.add_url_rule(path, endpoint, home, methods=["POST"])
    site.add_url_rule("/sign-out", "accounts.sign_out", lambda: redirect("/sign-in"), methods=["POST"])
    return site


@pytest.fixture
def state() -> State:
    """What the server saw."""
    return State()


@pytest.fixture
def address(state: State) -> Iterator[str]:
    """Where the small site answers."""
    with served(small_site(state)) as address:
        yield address


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A tab; a report of the content policy or an error of a script fails the test."""
    context = chromium.new_context(base_url=address, locale="zh-CN")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert faults == []


def choose_company(page: Page) -> None:
    page.get_by_label("企业").fill("光源")
    page.get_by_role("option", name="示例光源科技").click()


def test_company_is_found_while_typing(page: Page, state: State) -> None:
    page.goto("/visit")
    box = page.get_by_role("combobox", name="企业")
    box.press_sequentially("示例")
    expect(page.get_by_role("option")).to_have_count(2)
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("示例光电材料")
    page.get_by_label("纪要").fill("谈了厂房")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已记录。")).to_be_visible()
    assert state.saved[0]["company_id"] == "2"


def test_company_is_found_without_scripts(chromium: Browser, address: str, state: State) -> None:
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/visit")
    page.get_by_label("企业").fill("光源")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_role("radio", name="示例光源科技")).to_be_checked()
    page.get_by_label("纪要").fill("谈了厂房")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已记录。")).to_be_visible()
    assert state.saved[0]["company_id"] == "1"
    context.close()


def test_errors_are_summed_up_and_lead_to_their_fields(page: Page) -> None:
    page.goto("/visit")
    page.get_by_role("button", name="保存").click()
    summary = page.get_by_role("alert").filter(has_text="请先改正以下问题")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="纪要").click()
    expect(page.get_by_label("纪要")).to_be_focused()


def test_text_survives_leaving_the_page(page: Page) -> None:
    page.goto("/visit")
    page.get_by_label("纪要").fill("说到一半")
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    page.goto("/")
    page.goto("/visit")
    expect(page.get_by_label("纪要")).to_have_value("说到一半")
    page.get_by_role("button", name="清除草稿").click()
    expect(page.get_by_label("纪要")).to_have_value("")


def test_people_of_a_chosen_company_survive_too(page: Page) -> None:
    page.goto("/visit")
    choose_company(page)
    page.get_by_label("张示例").check()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    page.reload()
    expect(page.get_by_label("张示例")).to_be_checked()


def test_saved_text_is_forgotten(page: Page) -> None:
    page.goto("/visit")
    choose_company(page)
    page.get_by_label("纪要").fill("谈了厂房")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已记录。")).to_be_visible()
    page.goto("/visit")
    expect(page.get_by_label("纪要")).to_have_value("")


def test_signing_out_forgets_drafts(page: Page) -> None:
    page.goto("/visit")
    page.get_by_label("纪要").fill("说到一半")
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    page.get_by_label("菜单：陈示例").click()
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/sign-in")
    assert page.evaluate("Object.keys(localStorage)") == []


def test_form_waits_for_the_connection_and_is_sent_once(page: Page, state: State) -> None:
    page.goto("/visit")
    choose_company(page)
    page.get_by_label("纪要").fill("在车间里记的")
    page.context.set_offline(True)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("网络已断开，内容已保存，恢复后自动提交。")).to_be_visible()
    page.get_by_role("button", name="保存").click()
    assert state.saved == []
    page.context.set_offline(False)
    expect(page.get_by_text("已记录。")).to_be_visible()
    assert [saved["summary"] for saved in state.saved] == ["在车间里记的"]
    assert state.saved[0]["client_uuid"]


def test_ended_session_is_told_and_the_text_kept(page: Page, state: State) -> None:
    page.goto("/visit")
    choose_company(page)
    page.get_by_label("纪要").fill("写了很久")
    state.user = None
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("登录已过期，您填写的内容还在。")).to_be_visible()
    expect(page.get_by_label("纪要")).to_have_value("写了很久")
    state.user = 7
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已记录。")).to_be_visible()


def test_another_person_in_the_same_browser_sends_nothing(page: Page, state: State) -> None:
    page.goto("/visit")
    choose_company(page)
    page.get_by_label("纪要").fill("陈示例写的")
    state.user = 8
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("登录已过期，您填写的内容还在。")).to_be_visible()
    assert state.saved == []


def test_confirmation_is_asked_in_the_page(page: Page, state: State) -> None:
    page.goto("/visit")
    page.get_by_role("button", name="归档").click()
    dialog = page.get_by_role("dialog", name="请确认")
    expect(dialog.get_by_text("归档后不再出现在列表中。")).to_be_visible()
    dialog.get_by_role("button", name="取消").click()
    assert state.archived == 0
    page.get_by_role("button", name="归档").click()
    dialog.get_by_role("button", name="确定").click()
    page.wait_for_url("**/")
    assert state.archived == 1


def test_refused_part_is_a_note_and_an_ended_session_leads_to_sign_in(page: Page, state: State) -> None:
    page.goto("/visit")
    page.get_by_role("button", name="读取").click()
    expect(page.locator("[data-toasts]").get_by_text("您不能看这一部分。")).to_be_visible()
    expect(page.locator("#part")).to_be_empty()
    state.user = None
    page.get_by_role("button", name="读取").click()
    page.wait_for_url("**/sign-in?next=%2Fvisit")


def test_slash_goes_to_search(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    expect(page.get_by_label("全站搜索")).to_be_focused()


def test_refused_card_goes_back_and_says_what_is_missing(page: Page, state: State) -> None:
    page.goto("/board")
    page.locator("#card-2 h3").drag_to(page.locator("#stage-2"))
    dialog = page.get_by_role("dialog", name="提示")
    expect(dialog.get_by_role("link", name="总投资")).to_be_visible()
    dialog.get_by_role("button", name="知道了").click()
    expect(page.locator("#stage-1 #card-2")).to_be_visible()
    assert state.cards[2] == 1


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("path", ["/visit", "/board"])
def test_frame_has_no_barrier_and_no_sideways_scroll(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(path)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
