"""The whole application in Chromium: real pages, real commits, the letter's facts and the demo chain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from sqlalchemy import select

from app import create_app
from crm.accounts.models import User
from crm.database import db
from tests import factories
from tests.conftest import clone, served, settings_for

CHROMIUM = "/usr/bin/chromium"
#: Chromium must neither look for its maker's hosts nor need a sandbox that root has not.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
#: Two workers on two cores: a page may take seconds; a page that never comes still fails.
expect.set_options(timeout=20_000)
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


@dataclass
class Site:
    """A running application: its address and itself."""

    url: str
    app: Flask


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Playwright's event loop runs in this thread until it ends, so not beyond the module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site(sample_url: str, worker_id: str, tmp_path: Path) -> Iterator[Site]:
    """The application on a fresh copy of the samples, CSRF and all."""
    app = create_app(settings_for(clone(sample_url, f"site_{worker_id}"), tmp_path))
    with served(app) as address:
        yield Site(address, app)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(params=SIZES)
def open_page(request: pytest.FixtureRequest, chromium: Browser, site: Site) -> Iterator[Callable[[str], Page]]:
    """open_page(user's name) → a page of that size in which she is signed in; what the browser complains of fails."""
    width, height = SIZES[request.param]
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A refused form answers 422 on purpose, which Chromium reports as a resource that failed to load.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def sign_in(name: str) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, has_touch=request.param == "phone", locale="zh-CN"
        )
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{site.url}/sign-in")
        page.get_by_label("用户名").fill(name)
        page.get_by_label("密码").fill(factories.PASSWORD)
        page.get_by_label("密码").press("Enter")
        page.wait_for_url(f"{site.url}/")
        return page

    yield sign_in
    for context in chromium.contexts:
        context.close()
    assert complaints == []


def examine(page: Page, *, colours: bool | None = None) -> None:
    """Fail for barriers that axe calls serious, and for a page wider than its window.

    Colours, which take axe most of its time, are the same at each width: where nothing is said they are compared at a
    desk alone.
    """
    if colours is None:
        colours = bool(page.viewport_size) and page.viewport_size["width"] >= SIZES["desktop"][0]
    found = Axe().run(page, options={"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": colours}}})
    serious = [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']][:3]}"
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{page.url} scrolls sideways"


def name_of(site: Site, display_name: str) -> str:
    """The sign-in name of a sample account."""
    with site.app.app_context():
        return db.session.scalars(select(User.name).where(User.display_name == display_name)).one()
