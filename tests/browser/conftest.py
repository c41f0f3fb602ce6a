"""The whole application in Chromium: real pages, real commits, the letter's facts and the demo chain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright
from sqlalchemy import select
from sqlalchemy.engine import make_url

from crm.accounts.models import User
from crm.database import db
from tests import factories
from tests.conftest import application, clone, served

CHROMIUM = "/usr/bin/chromium"
#: Chromium must neither look for its maker's hosts nor need a sandbox that root has not.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
#: Each window would load the suggestions of an address bar that nobody sees and keep a process in reserve: half a
#: second. Chromium heeds the last list alone, so those that Playwright turns off for the tests' sake are in it too.
UNWANTED = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess"]
PLAYWRIGHTS = ["PaintHolding", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "MediaRouter", "OptimizationHints"]
FLAGS.append(f"--disable-features={','.join(UNWANTED + PLAYWRIGHTS)}")
#: Two workers on two cores: a page may take seconds; a page that never comes still fails.
expect.set_options(timeout=20_000)
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
#: For a walk that is another one by fingers: others are walked at a desk, where `examine` looks at both widths.
at_both_sizes = pytest.mark.parametrize("size", SIZES)

OpenPage = Callable[[str], Page]


@dataclass
class Site:
    """A running application: its address and itself."""

    url: str
    app: Flask


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Playwright's event loop runs in this thread until it ends, so not beyond these tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sampled_app(server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """One application for all walks, whose templates and statements are compiled once; each has its own database."""
    url = make_url(server_url).set(database=f"site_{worker_id}").render_as_string(hide_password=False)
    return application(url, tmp_path_factory.mktemp("site"))


@pytest.fixture
def site(sampled_app: Flask, sample_url: str, worker_id: str) -> Iterator[Site]:
    """The application on a fresh copy of the samples, CSRF and all."""
    clone(sample_url, f"site_{worker_id}")
    with served(sampled_app) as address:
        yield Site(address, sampled_app)
    with sampled_app.app_context():
        db.engine.dispose()


@pytest.fixture
def size() -> str:
    """The window, a name of SIZES; see at_both_sizes."""
    return "desktop"


@pytest.fixture
def open_page(size: str, chromium: Browser, site: Site) -> Iterator[OpenPage]:
    """open_page(user's name) → a page of that size in which she is signed in; what the browser complains of fails."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A refused form answers 422 on purpose, which Chromium reports as a resource that failed to load.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def sign_in(name: str) -> Page:
        context = chromium.new_context(
            base_url=site.url, viewport=viewport(size), has_touch=size == "phone", locale="zh-CN"
        )
        context.add_cookies([{"name": "crm", "value": session_of(site, name), "url": site.url}])
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield sign_in
    for context in chromium.contexts:
        context.close()
    assert complaints == []


def viewport(size: str) -> ViewportSize:
    """A window of SIZES as Playwright wants it."""
    width, height = SIZES[size]
    return {"width": width, "height": height}


def session_of(site: Site, name: str) -> str:
    """The cookie of a new session of a user."""
    with site.app.app_context():
        user = db.session.scalars(select(User).where(User.name == name)).one()
        cookie = factories.signed_in(site.app, user).get_cookie("crm")
    assert cookie is not None
    return cookie.value


def is_wide(page: Page) -> bool:
    """Whether the page's window is that of a desk."""
    return page.viewport_size == viewport("desktop")


def examine(page: Page, *, narrow: bool = True, colours: tuple[str, ...] = ("desktop",)) -> None:
    """Fail for barriers that axe calls serious, and for a page wider than its window: at a desk in both widths, unless
    `narrow` is false; on a phone, whose pages were examined at a desk, for the width alone.

    `colours`: the sizes at which contrasts are compared. They take axe most of its time and are the same at each width.
    """
    if not is_wide(page):
        return must_fit(page)
    for size in ("phone", "desktop") if narrow else ("desktop",):
        page.set_viewport_size(viewport(size))
        must_fit(page)
        must_have_no_barrier(page, colours=size in colours)


def must_fit(page: Page) -> None:
    """Nothing scrolls sideways, once what follows the window's width has followed."""
    page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth", timeout=5_000)


def must_have_no_barrier(page: Page, *, colours: bool) -> None:
    """Axe, which a page is given once, finds nothing serious."""
    axe = Axe("0") if page.evaluate("'axe' in window") else Axe()
    # Whether all stands in landmarks is no serious matter to axe, yet it looks at each element for it.
    rules = {"color-contrast": {"enabled": colours}, "region": {"enabled": False}}
    found = axe.run(page, options={"resultTypes": ["violations"], "rules": rules})
    serious = [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']][:3]}"
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == [], (page.url, page.viewport_size)


def name_of(site: Site, display_name: str) -> str:
    """The sign-in name of a sample account."""
    with site.app.app_context():
        return db.session.scalars(select(User.name).where(User.display_name == display_name)).one()
