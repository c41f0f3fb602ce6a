"""What every request and page has: an id, a log line, security headers, CSRF, a language, error pages, navigation."""

import secrets
import sys
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_translations, gettext
from flask_wtf.csrf import CSRFProtect, generate_csrf
from jinja2 import Template, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from sqlalchemy import text
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import IntegerConverter, Map

from crm.accounts.permissions import may
from crm.database import N_, db
from crm.errors import CrmError

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none';"
    " form-action 'self'"
)
LANGUAGES = {"zh": "中文", "en": "English"}

csrf = CSRFProtect()


class RowId(IntegerConverter):
    """`<int:…>` in a rule: a number that fits a bigint column; a larger one is no page, not an error below."""

    def __init__(self, map: Map, max: int = 2**63 - 1, **options: Any) -> None:
        super().__init__(map, max=max, **options)


log = structlog.get_logger()


@dataclass(frozen=True)
class NavItem:
    """An entry of the main navigation."""

    key: str
    label: str
    icon: str
    url: str
    active: bool


def init_app(app: Flask) -> None:
    """Set up everything of this module on an application."""
    configure_logs()
    app.url_map.converters["int"] = RowId
    app.before_request(begin)
    app.after_request(finish)
    csrf.init_app(app)
    Babel(
        app,
        default_locale="zh",
        default_timezone="Asia/Shanghai",
        default_translation_directories=str(app.root_path) + "/translations",
        locale_selector=language,
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: translations().ugettext(message),
        ngettext=lambda one, many, count: translations().ungettext(one, many, count),
        newstyle=True,
        pgettext=lambda context, message: translations().upgettext(context, message),
        npgettext=lambda context, one, many, count: translations().unpgettext(context, one, many, count),
    )
    app.jinja_env.globals |= {"_": said, "ngettext": counted}
    app.register_error_handler(CrmError, show_crm_error)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(OperationalError, show_database_error)
    app.register_error_handler(DataError, show_data_error)
    app.register_error_handler(Exception, show_unexpected)
    app.context_processor(shared_names)
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/csrf-token", "csrf_token", csrf_token)
    app.add_url_rule("/language", "set_language", set_language, methods=["POST"])


def configure_logs() -> None:
    """One JSON object a line, UTC; JSON escapes line breaks, so a name cannot forge a line (promise 23)."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is at the time of the line
        cache_logger_on_first_use=False,
    )


#: (key, label, icon, endpoint, act): what stands in the navigation for whoever may do the act.
NAVIGATION = [
    ("home", N_("我的一天"), "sun", "home.my_day", "figures.read"),
    ("leader", N_("总览"), "presentation", "leader.overview", "instruction.write"),
    ("companies", N_("企业"), "building", "companies.index", "company.card"),
    ("pipeline", N_("项目"), "layout-kanban", "pipeline.board", "figures.read"),
    ("chain", N_("产业链"), "hierarchy-2", "chain.index", "figures.read"),
    ("landing", N_("载体与政策"), "map-pin", "landing.index", "figures.read"),
    ("reports", N_("统计"), "chart-bar", "reports.index", "figures.read"),
    ("imports", N_("导入"), "file-import", "imports.index", "import.create"),
    ("accounts", N_("用户与部门"), "users", "accounts.users", "user.read"),
    ("history", N_("操作记录"), "history", "history.index", "history.read"),
]


#: Blueprints whose pages belong to another's entry.
WITHIN = {
    **dict.fromkeys(("segments", "reshaping", "atlas", "ranking", "what_if", "review"), "chain"),
    **dict.fromkeys(("dossier", "dossier_sources"), "chain"),
    **dict.fromkeys(("interactions", "trips"), "home"),
    **dict.fromkeys(("weekly", "claims", "courting", "clocks", "partners", "secrecy"), "pipeline"),
    **dict.fromkeys(("reasons", "admission_criteria", "admission_vetoes", "admission_levels"), "pipeline"),
    **dict.fromkeys(("parks", "policies", "funds", "institutions", "experts", "draws", "locals"), "landing"),
    **dict.fromkeys(("plans", "plan_tasks", "proposals", "events", "red_lines"), "landing"),
    **dict.fromkeys(("handovers", "settings", "map_files"), "accounts"),
    **dict.fromkeys(("import_tools", "ledger", "suggestions"), "imports"),
}


def shared_names() -> dict[str, Any]:
    """What every template may use."""
    return {
        "request_id": g.get("request_id", ""),
        "languages": LANGUAGES,
        "language": language(),
        "nav_items": nav_items,
        "may": may,
    }


def nav_items() -> list[NavItem]:
    """The main navigation of the signed-in user."""
    offered = [
        (key, label, icon, url_for(endpoint)) for key, label, icon, endpoint, act in NAVIGATION if may(g.user, act)
    ]
    # A page below another one's address belongs to that, whichever slice it comes from: /companies/7/similar.
    below = (
        key for key, _label, _icon, url in offered if request.path.startswith(f"{url.rstrip('/')}/") and url != "/"
    )
    section = next(below, WITHIN.get(request.blueprint or "", request.blueprint))
    return [NavItem(key, gettext(label), icon, url, active=key == section) for key, label, icon, url in offered]


def language() -> str:
    """The page's language: the user's choice, else Chinese."""
    if (user := g.get("user")) is not None:
        return str(user.locale)
    chosen = session.get("language", "zh") if request else "zh"
    return chosen if chosen in LANGUAGES else "zh"


def translations() -> Any:
    """The catalogue of the page's language, looked up once a request: a page has hundreds of messages."""
    if "translations" not in g:
        g.translations = get_translations()
    return g.translations


@pass_eval_context
def said(context: EvalContext, message: str, /, **values: Any) -> str:
    """A message in a template, as Jinja's own `_` would say it, in a third of its time: a page has hundreds."""
    text: str = translations().ugettext(message)
    if context.autoescape:
        text = Markup(text)  # noqa: S704 -- from the catalogue; the values are escaped
    return text % values if values or "%" in text else text


@pass_eval_context
def counted(context: EvalContext, one: str, many: str, count: Any, /, **values: Any) -> str:
    """A message with a count in a template, as Jinja's own `ngettext` would say it, but 100,000 with its comma."""
    text: str = translations().ungettext(one, many, count)
    if context.autoescape:
        text = Markup(text)  # noqa: S704 -- from the catalogue; the values are escaped
    return text % ({"num": f"{count:,}"} | values)


def begin() -> ResponseReturnValue | None:
    """Give the request an id, refuse a foreign Host (promise 18) and a form that is too large."""
    g.request_id = secrets.token_hex(8)
    g.started = time.perf_counter()
    if isinstance(request.routing_exception, SecurityError):
        # No address of ours can be built for it, so no page either.
        return Response(gettext("这个网址不属于本系统。"), 400, mimetype="text/plain")
    if request.mimetype == "application/x-www-form-urlencoded":
        # Flask limits the memory of multipart forms alone; this kind is read as a whole.
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]
    elif "token" in session:
        larger = current_app.config["MAX_CONTENT_LENGTH_OF"]
        request.max_content_length = larger.get(request.endpoint, current_app.config["MAX_CONTENT_LENGTH"])
    return None


def finish(response: Response) -> Response:
    """Add the security headers and write the log line: the path without its query, which may hold names."""
    if "X-Waits" in request.headers and response.status_code == 302:
        # A form that sends itself (static/draft.js) goes on by itself too: a script cannot read where a redirect leads.
        response.headers["X-Location"] = response.headers.pop("Location")
        response.status_code, response.data = 204, b""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    elapsed = time.perf_counter() - g.get("started", time.perf_counter())
    response.headers["Server-Timing"] = f"app;dur={elapsed * 1000:.1f}"
    if request.endpoint not in ("static", "assets.file", "healthz"):
        log.info(
            "request",
            request_id=g.get("request_id"),
            method=request.method,
            path=request.path,
            status=response.status_code,
            user_id=g.user.id if g.get("user") else None,
            milliseconds=round(elapsed * 1000, 1),
        )
    return response


def show_crm_error(error: CrmError) -> ResponseReturnValue:
    """A refusal of ours: its own sentence."""
    db.session.rollback()
    return show(error.status, gettext(error.message, **error.details), error.details)


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """A refusal of the framework: the page of its status."""
    if error.code is None or error.code < 400:
        return error.get_response()
    db.session.rollback()
    return show(error.code, "", {})


def show_database_error(error: OperationalError) -> ResponseReturnValue:
    """A full disk, a read-only or absent database: say so, nothing was half-applied (promise 4)."""
    log.error("database", request_id=g.get("request_id"), reason=str(error.orig).splitlines()[0])
    return show(503, gettext("数据库暂时不能写入或连接，您的操作没有保存。请稍后再试，或告诉管理员。"), {})


def show_data_error(_error: DataError) -> ResponseReturnValue:
    """A value that no column takes (NUL, a number beyond bigint) and that no rule has caught: it names no row."""
    db.session.rollback()
    return show(400, "", {})


def show_unexpected(error: Exception) -> ResponseReturnValue:
    """A fault of ours: the reader gets its number, the log the trace."""
    if current_app.testing or current_app.debug:
        raise error
    log.error("unexpected", request_id=g.get("request_id"), exc_info=error)
    db.session.rollback()
    return show(500, "", {})


def show(status: int, message: str, details: dict[str, Any]) -> ResponseReturnValue:
    """The error page of a status (or the general one), as JSON for an API call."""
    if request.path.startswith("/api/"):
        return jsonify(error=message or str(status), request_id=g.get("request_id")), status
    names: list[str | Template] = [f"errors/{status}.html", "errors/error.html"]
    g.user = g.get("user")
    return render_template(names, status=status, message=message, details=details, back=page_before()), status


def page_before() -> str | None:
    """The page of this site whose form was sent; None where nothing was sent, or from elsewhere."""
    seen = urlsplit(request.referrer or "")
    if request.method in ("GET", "HEAD") or seen.netloc != request.host:
        return None
    return safe_next(f"{seen.path}?{seen.query}" if seen.query else seen.path)


def healthz() -> ResponseReturnValue:
    """Whether the application and its database answer."""
    db.session.execute(text("select 1"))
    return jsonify(status="ok")


def csrf_token() -> ResponseReturnValue:
    """A fresh token for a page that waited offline, and for whom: a page of somebody else must not send with it."""
    return jsonify(token=generate_csrf(), user=g.user.id if g.get("user") else None)


def set_language() -> ResponseReturnValue:
    """Choose a language, for the session and, when signed in, for the account."""
    chosen = request.form.get("language", "zh")
    if chosen in LANGUAGES:
        session["language"] = chosen
        if g.get("user"):
            g.user.locale = chosen
            db.session.commit()
    return redirect(safe_next(request.form.get("next")))


def safe_next(target: str | None) -> str:
    """A path of this site to go on to; anything that a browser could read as another site becomes the first page."""
    home = url_for("home.my_day")
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\") or "\\" in target:
        return home
    return home if any(ord(c) < 33 for c in target) else target


for _view in (healthz, csrf_token, set_language):
    _view.act = None  # type: ignore[attr-defined]
