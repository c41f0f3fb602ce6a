"""Browser assets: hashed names from the build's manifest, served precompressed and cached for ever.

`npm run build` (scripts/build_assets.mjs) writes static/vendor; nothing else of static/ is served.
"""

import json
import re
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, g, request, send_from_directory, url_for
from markupsafe import Markup

BUILT = Path(__file__).parent.parent / "static" / "vendor"
A_YEAR = 31_536_000
#: Only a name that carries its content's hash may be cached for ever, so only such a name is served.
HASHED_NAME = re.compile(r"[\w-]+\.[0-9A-Za-z]{8}\.(css|js|svg)")
MIME_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
#: Content-Encoding and the suffix of the file that the build compressed so, best first.
ENCODINGS = {"br": ".br", "gzip": ".gz"}
#: What an icon beside its words says to a screen reader: nothing.
HIDDEN = Markup('aria-hidden="true" focusable="false"')


class AssetsNotBuilt(RuntimeError):
    """static/vendor is missing or older than the sources: the build has to run."""


def init_app(app: Flask) -> None:
    """Give templates `asset(name)` and serve what it names in place of Flask's own static files."""
    app.static_folder = str(BUILT)
    app.view_functions["static"] = send_asset
    app.jinja_env.globals["asset"] = asset_url
    app.jinja_env.globals["icon_of"] = icon_of


def asset_url(name: str) -> str:
    """The URL of a source name such as ``app.css`` under its hashed name.

    Raises AssetsNotBuilt, with the command to run, when the build does not hold it.
    """
    if "asset_names" not in g:  # a page has hundreds of icons: the file's time and the route are asked once for all
        g.asset_names, g.asset_folder = _manifest(), url_for("static", filename="")
    hashed = g.asset_names.get(name)
    if hashed is None:
        raise AssetsNotBuilt(f"static/vendor 里没有 {name}，请先运行 npm ci && npm run build（make run 会自动完成）。")
    return str(g.asset_folder + hashed)


def icon_of(name: str, label: str = "", **options: str) -> Markup:
    """An icon of the sprite (static/icons.txt), as macros/icons.html says. A page has hundreds, so it is no macro."""
    of_class = options.get("class", "")
    return _icon(asset_url("icons.svg"), name, label, f" {of_class}" if of_class else "")


@lru_cache(maxsize=1_000)
def _icon(sprite: str, name: str, label: str, more: str) -> Markup:
    said = Markup('role="img" aria-label="{}"').format(label) if label else HIDDEN
    return Markup('<svg class="icon{}" {}><use href="{}#{}"></use></svg>').format(more, said, sprite, name)


def send_asset(filename: str) -> Response:
    """A built file, in the best encoding that the browser takes and the build made."""
    name = HASHED_NAME.fullmatch(filename)
    if name is None:
        abort(404)
    encoding = _best_encoding(filename)
    response = send_from_directory(
        BUILT, filename + ENCODINGS.get(encoding, ""), mimetype=MIME_TYPES[name[1]], max_age=A_YEAR
    )
    if encoding:
        response.content_encoding = encoding
    response.vary.add("Accept-Encoding")
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response


def _best_encoding(filename: str) -> str:
    accepted = (encoding for encoding in ENCODINGS if request.accept_encodings[encoding])
    return next((encoding for encoding in accepted if (BUILT / (filename + ENCODINGS[encoding])).exists()), "")


def _manifest() -> dict[str, str]:
    path = BUILT / "manifest.json"
    return _read_manifest(path, path.stat().st_mtime_ns) if path.exists() else {}


@lru_cache(maxsize=1)
def _read_manifest(path: Path, _changed_at: int) -> dict[str, str]:
    """Read once per build: a new build has a new time of change."""
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names
