"""A visit logged on a phone, in Chromium: by taps, without a network, and a task ticked with the keyboard."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from crm.database import db
from crm.interactions.models import Interaction, Task
from crm.rules import today
from crm.tokens import index_text
from tests import factories
from tests.browser.conftest import viewport
from tests.conftest import served

#: More than a megabyte, 12 million pixels, as a phone takes them.
PHOTO = io.BytesIO()
Image.effect_noise((4000, 3000), 20).save(PHOTO, "JPEG", quality=90)
STAR, NORTH = "示例星河激光有限公司", "示例北辰光纤有限公司"


@pytest.fixture
def address(committed_app: Flask) -> Iterator[str]:
    """The application served on a free port, with tokens checked."""
    committed_app.config["WTF_CSRF_ENABLED"] = True
    with served(committed_app) as address:
        yield address


@pytest.fixture
def cookie(committed_app: Flask) -> str:
    """The session of an officer who holds two companies, has met one of them and has a task due."""
    with committed_app.app_context(), factories.acting():
        officer = factories.User(display_name="李专员")
        star, north = (factories.Company(name=name, owner=officer, search=index_text(name)) for name in (STAR, NORTH))
        factories.Contact(company=north, name="杨女士", title="投资总监")
        factories.Interaction(owner=officer, company=star, happened_on=today() - timedelta(days=5))
        factories.Task(owner=officer, title="寄送供电方案", due_on=today(), company=star)
        db.session.commit()
        return factories.signed_in(committed_app, officer).get_cookie("crm").value  # type: ignore[union-attr]


@pytest.fixture
def page(chromium: Browser, address: str, cookie: str) -> Iterator[Page]:
    """A phone on which the officer is signed in; any complaint of the browser fails the test."""
    complaints: list[str] = []
    context = chromium.new_context(base_url=address, viewport=viewport("phone"), has_touch=True, locale="zh-CN")
    context.add_cookies([{"name": "crm", "value": cookie, "url": address}])
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
    yield page
    context.close()
    assert complaints == []


def is_complaint(said: Any) -> bool:
    """Whether the console says more than that the network was cut, which a test does on purpose."""
    return said.type in ("error", "warning") and not any(
        expected in said.text for expected in ("ERR_INTERNET_DISCONNECTED", "401 (UNAUTHORIZED)", "422 (UNPROCESSABLE")
    )


def stored(app: Flask, query: Any) -> Any:
    """A stored value."""
    with app.app_context():
        return db.session.scalar(query)


VISITS = select(func.count()).select_from(Interaction)
DONE = select(Task.done_at.isnot(None))


def test_a_visit_from_a_cold_open_by_a_few_taps(committed_app: Flask, page: Page) -> None:
    """At most 12 taps and one typed sentence, from the first page to the saved visit."""
    taps = []

    def tap(control: Any) -> None:
        taps.append(control)
        control.tap()

    page.goto("/")
    tap(page.get_by_role("navigation", name="常用").get_by_role("link", name="记走访"))
    tap(page.get_by_role("button", name="示例星河激光"))
    expect(page.locator("#company_id-q")).to_have_value(STAR)
    tap(page.locator("#summary"))
    page.keyboard.type("谈到二期扩产，想看地块")
    tap(page.get_by_role("radio", name="有意向", exact=True))
    tap(page.get_by_role("button", name="保存"))
    expect(page).to_have_url(re.compile(r"/interactions/\d+$"))
    expect(page.get_by_role("status").first).to_contain_text("已记下")
    assert len(taps) <= 12
    assert stored(committed_app, VISITS) == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_pasted_chat_fills_in_the_form(committed_app: Flask, page: Page) -> None:
    page.goto("/interactions/new")
    page.get_by_text("粘贴一段聊天记录").tap()
    page.locator("#pasted").fill("昨天在示例北辰光纤见了杨女士。下一步：寄送供电方案")
    page.locator("#files").set_input_files({"name": "plan.txt", "mimeType": "text/plain", "buffer": b"plan"})
    page.get_by_role("button", name="识别并填入").tap()
    expect(page.get_by_text("请核对后保存")).to_be_visible()
    expect(page.locator("#company_id-q")).to_have_value(NORTH)
    expect(page.get_by_role("checkbox", name="杨女士 · 投资总监")).to_be_checked()
    expect(page.locator("#next_step")).to_have_value("寄送供电方案")
    assert page.evaluate("document.querySelector('#files').files.length") == 1
    page.get_by_role("button", name="保存").tap()
    expect(page.get_by_text("plan.txt")).to_be_visible()
    assert stored(committed_app, VISITS) == 2


def test_a_company_by_its_initials_brings_its_people(page: Page) -> None:
    page.goto("/interactions/new")
    page.locator("#company_id-q").fill("beichen")
    page.get_by_role("option", name=re.compile(NORTH)).tap()
    expect(page.get_by_role("checkbox", name="杨女士 · 投资总监")).to_be_attached()
    page.get_by_role("checkbox", name="杨女士 · 投资总监").check()
    page.locator("#summary").fill("初次见面")
    photo, heic = PHOTO.getvalue(), b"\0\0\0\x18ftypheic"
    chosen = [
        {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo},
        {"name": "IMG_2.HEIC", "mimeType": "image/heic", "buffer": heic},
    ]
    page.locator("#files").set_input_files(chosen)  # type: ignore[arg-type]
    page.get_by_role("button", name="保存").tap()
    expect(page.get_by_role("alert")).to_contain_text("“IMG_2.HEIC”没有保存")
    sizes = page.evaluate("[...document.querySelector('#files').files].map((file) => file.size)")
    assert sizes[0] < len(photo) / 2, "made smaller before it is sent, and not to be chosen anew"
    page.locator("#files").set_input_files(chosen[:1])  # type: ignore[arg-type]
    page.get_by_role("button", name="保存").tap()
    expect(page.get_by_text("杨女士")).to_be_visible()
    expect(page.get_by_text("IMG_1.jpg")).to_be_visible()


def test_a_lost_connection_loses_nothing_and_sends_once(committed_app: Flask, page: Page) -> None:
    """Cut before it is sent, then cut between the server's taking it and its answer: the visit is there once."""
    lost = []

    def lose_the_answer(route: Any) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch())
        return route.abort("internetdisconnected")

    page.route(re.compile(r"/interactions$"), lose_the_answer)
    page.goto("/interactions/new")
    page.get_by_role("button", name="示例星河激光").tap()
    expect(page.locator("#company_id-q")).to_have_value(STAR)
    page.locator("#summary").fill("在地下车库里写的")
    page.context.set_offline(True)
    page.get_by_role("button", name="保存").tap()
    expect(page.get_by_role("alert")).to_contain_text("网络已断开")
    assert stored(committed_app, VISITS) == 1
    page.context.set_offline(False)
    expect(page).to_have_url(re.compile(r"/interactions/\d+$"), timeout=20_000)
    expect(page.get_by_text("在地下车库里写的")).to_be_visible()
    assert len(lost) == 1
    assert stored(committed_app, VISITS) == 2
    assert page.evaluate("Object.keys(localStorage)") == []


def test_text_typed_before_a_crash_waits_for_sign_in_and_goes_with_sign_out(committed_app: Flask, page: Page) -> None:
    """A closed tab and an ended session lose nothing; a fresh token is taken; signing out leaves nothing behind."""
    page.goto("/interactions/new")
    page.get_by_role("button", name="示例星河激光").tap()
    page.locator("#summary").fill("写到一半，手机没电了")
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    page.goto("about:blank")
    page.goto("/interactions/new")
    expect(page.locator("#summary")).to_have_value("写到一半，手机没电了")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_role("button", name="保存").tap()
    expect(page.get_by_role("alert")).to_contain_text("登录")
    assert stored(committed_app, VISITS) == 1
    page.context.add_cookies(cookies)  # signed in again, in another tab
    page.evaluate("document.querySelector('meta[name=csrf-token]').content = 'stale'")
    page.evaluate("document.querySelector('[name=csrf_token]').value = 'stale'")
    page.get_by_role("button", name="保存").tap()
    expect(page).to_have_url(re.compile(r"/interactions/\d+$"))
    page.goto("/interactions/new")
    page.locator("#summary").fill("还没想好")
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    page.locator("summary.user-button").tap()
    page.get_by_role("button", name="退出").tap()
    page.wait_for_url("**/sign-in")
    assert page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]") == []


def test_a_task_is_ticked_and_taken_back_with_the_keyboard(committed_app: Flask, page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="完成：寄送供电方案").focus()
    page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="撤销完成：寄送供电方案")
    expect(undo).to_be_focused()
    assert stored(committed_app, DONE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="完成：寄送供电方案", exact=True)).to_be_visible()
    assert not stored(committed_app, DONE)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="寄送供电方案")).to_be_focused()
    page.keyboard.press("m")
    page.keyboard.press("Enter")  # 改到明天
    expect(page.locator(".task-row time", has_text="明天")).to_be_visible()
    expect(page.locator("[data-day-row] :focus")).to_be_attached()  # the new row has the cursor back
    page.keyboard.press("d")
    expect(page.get_by_role("button", name="撤销完成：寄送供电方案")).to_be_visible()
    assert stored(committed_app, DONE)
