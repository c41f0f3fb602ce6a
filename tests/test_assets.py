"""Browser assets: hashed, compressed, cached for ever, and complete."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm import assets

ROOT = Path(__file__).parent.parent


@pytest.fixture
def site() -> Flask:
    """An application with nothing but assets."""
    site = Flask("site")
    assets.init_app(site)
    return site


@pytest.fixture
def browser(site: Flask) -> FlaskClient:
    """A browser on it."""
    return site.test_client()


def url_of(site: Flask, name: str) -> str:
    with site.test_request_context():
        return assets.asset_url(name)


def test_asset_is_cached_for_ever(site: Flask, browser: FlaskClient) -> None:
    with browser.get(url_of(site, "app.css")) as response:
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("", None)])
def test_asset_comes_in_the_best_encoding_that_the_browser_takes(
    site: Flask, browser: FlaskClient, accepted: str, encoding: str | None
) -> None:
    with browser.get(url_of(site, "app.js"), headers={"Accept-Encoding": accepted}) as response:
        assert response.headers.get("Content-Encoding") == encoding
        assert response.mimetype == "text/javascript"
        assert "Accept-Encoding" in response.headers["Vary"]


@pytest.mark.parametrize("name", ["manifest.json", "../app.js", "app.js", "app.00000000.js", "..%2fpackage.json"])
def test_nothing_else_is_served(browser: FlaskClient, name: str) -> None:
    assert browser.get(f"/static/{name}").status_code == 404


def test_missing_build_names_the_command(site: Flask) -> None:
    with pytest.raises(assets.AssetsNotBuilt, match="npm run build"):
        url_of(site, "absent.js")


def test_every_icon_of_a_template_is_in_the_sprite() -> None:
    listed = set((ROOT / "static/icons.txt").read_text().split())
    used = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"""(?<![\w.])icon\(['"]([\w-]+)['"]""", template.read_text(encoding="utf-8"))
    }
    assert used - listed == set()


def test_build_holds_every_asset_that_a_template_asks_for() -> None:
    built = json.loads((assets.BUILT / "manifest.json").read_text())
    asked = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"""asset\(['"]([\w.-]+)['"]""", template.read_text(encoding="utf-8"))
    }
    assert asked - set(built) == set()


def test_lock_file_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
