"""What every answer has: headers, a log line; and what no request may do (promises 18, 20, 23)."""

import json
from dataclasses import replace

import pytest
from flask import request
from sqlalchemy.exc import OperationalError

from app import create_app
from crm.database import db
from tests import factories
from tests.conftest import settings_for

POLICY = {"default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'", "form-action 'self'"}


def require_headers(answer) -> None:
    """The headers that each page has."""
    policy = {part.strip() for part in answer.headers["Content-Security-Policy"].split(";")}
    assert policy >= POLICY
    assert not any("unsafe" in part or "*" in part or "http" in part for part in policy)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture
def officer(session):
    return factories.User()


@pytest.fixture
def faulty(app):
    """A page that raises what it is told to, with errors shown as in production."""
    view = app.view_functions["healthz"]
    app.config["TESTING"], app.testing = False, False

    def fail_with(error):
        def healthz():
            raise error

        healthz.act = None
        app.view_functions["healthz"] = healthz

    yield fail_with
    app.view_functions["healthz"] = view
    app.config["TESTING"], app.testing = True, True


@pytest.mark.parametrize("path", ["/sign-in", "/healthz", "/csrf-token"])
def test_public_pages_have_the_headers(client, path):
    require_headers(client.get(path))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 401),
        ("GET", "/offices", 403),
        ("GET", "/companies/999999", 404),
        ("GET", "/no-such-page", 404),
        ("GET", f"/companies/{2**63}", 404),
        ("GET", "/companies/-1", 404),
        ("DELETE", "/companies", 405),
        ("GET", "/companies?sort=password_hash", 400),
        ("GET", "/companies?cursor=%00", 400),
    ],
)
def test_error_pages_have_the_headers(officer, client, sign_in, method, path, status):
    browser = client if status == 401 else sign_in(officer)
    answer = browser.open(path, method=method)
    assert answer.status_code == status
    require_headers(answer)
    assert answer.headers["X-Request-Id"] in answer.get_data(as_text=True)


def test_an_unforeseen_error_has_the_headers_and_tells_no_secret(client, faulty):
    faulty(RuntimeError("secret detail"))
    answer = client.get("/healthz")
    assert answer.status_code == 500
    require_headers(answer)
    page = answer.get_data(as_text=True)
    assert "secret detail" not in page
    assert answer.headers["X-Request-Id"] in page


def test_a_database_that_does_not_answer_is_told_so(client, faulty):
    faulty(OperationalError("select 1", {}, Exception("disk full\nsecret detail")))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    require_headers(answer)
    assert "secret detail" not in answer.get_data(as_text=True)


def test_under_https_browsers_are_told_to_stay_there(client):
    assert "Strict-Transport-Security" not in client.get("/sign-in").headers
    answer = client.get("/sign-in", base_url="https://localhost")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(("base_url", "seen"), [("https://localhost", "10.1.2.3"), ("http://localhost", "127.0.0.1")])
def test_the_proxy_is_believed_where_there_must_be_one(database_url, tmp_path, base_url, seen):
    app = create_app(replace(settings_for(database_url, tmp_path), base_url=base_url))
    with app.test_client() as client:
        answer = client.get("/sign-in", headers={"X-Forwarded-For": "6.6.6.6, 10.1.2.3", "X-Forwarded-Proto": "https"})
        assert request.remote_addr == seen
    assert ("Strict-Transport-Security" in answer.headers) == base_url.startswith("https://")
    with app.app_context():
        db.engine.dispose()


def test_only_hashed_files_may_be_kept(client, app):
    with app.test_request_context():
        url = app.jinja_env.globals["asset"]("app.css")
    with client.get(url) as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# Requests that are not ours


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example"]
)
def test_a_foreign_host_is_a_bad_request(client, host):
    answer = client.get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert "不属于本系统" in answer.get_data(as_text=True)
    require_headers(answer)


def test_methods_cannot_be_overridden(officer, sign_in):
    browser = sign_in(officer)
    for more in ({"headers": {"X-HTTP-Method-Override": "DELETE"}}, {"query_string": {"_method": "DELETE"}}):
        assert browser.get("/companies", **more).status_code == 200


@pytest.mark.parametrize(
    "path", ["/static/../pyproject.toml", "/static/..%2f..%2fpyproject.toml", "/static//etc/passwd"]
)
def test_paths_do_not_climb(client, path):
    assert client.get(path).status_code in (401, 404)


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%ff%fe", "sort=name&sort=name", "cursor=-1", f"cluster={2**70}", "page=-1", "q=" + "激" * 20_000],
)
def test_strange_queries_get_a_clear_answer(officer, sign_in, query):
    for path in ("/companies", "/search", "/pipeline"):
        assert sign_in(officer).get(f"{path}?{query}").status_code in (200, 400)


def test_nul_in_an_address_or_a_form_is_no_fault_of_ours(officer, sign_in):
    browser = sign_in(officer)
    assert browser.get("/chains/%00").status_code in (400, 404)
    assert browser.get("/history/%00/1").status_code in (400, 404)
    form = {"display_name": "甲\0乙", "locale": "zh\0", "version": "1"}
    assert browser.post("/profile", data=form).status_code in (302, 400, 422)


def test_a_form_beyond_the_limit_is_told_so(officer, sign_in):
    answer = sign_in(officer).post("/profile", data={"display_name": "甲" * 2_000_000})
    assert answer.status_code == 413
    assert "文件太大" in answer.get_data(as_text=True)


def test_thousands_of_fields_do_no_harm(officer, sign_in):
    form = {f"field{n}": "x" for n in range(10_000)}
    assert sign_in(officer).post("/profile", data=form).status_code in (400, 409, 413, 422)


# The log


@pytest.fixture
def log(capsys):
    """log() → the lines written since, each as JSON; a line that is none fails the test."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_break_in_an_address_makes_no_new_line(client, log):
    client.get('/no\r\n{"event": "forged"}', headers={"Accept": "text/html"})
    client.get("/no%0d%0aforged")
    lines = log()
    assert [line["event"] for line in lines] == ["request", "request"]
    assert lines[1]["path"] == "/no\r\nforged"


def test_a_line_says_when_who_and_what(session, officer, sign_in, log):
    browser = sign_in(officer)
    answer = browser.get("/companies?q=机密")
    [line] = log()
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert line["user_id"] == officer.id
    assert line["timestamp"].endswith("Z")
    assert (line["method"], line["path"], line["status"]) == ("GET", "/companies", 200)


def test_no_password_no_token_no_phone_in_the_log(session, officer, client, log):
    client.post(
        "/sign-in", data={"name": officer.name, "password": factories.PASSWORD, "next": "/companies?q=13800138000"}
    )
    client.get("/companies?q=13800138000")
    with client.session_transaction() as cookie:
        token = cookie["token"]
    text = json.dumps(log())
    assert not any(secret in text for secret in (factories.PASSWORD, token, "13800138000"))
