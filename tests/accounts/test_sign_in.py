"""Signing in: one answer for every failure, locks, and sessions that begin, age and end (promises 18 and 19)."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import perf_counter
from urllib.parse import unquote

import pytest
from sqlalchemy import func, select, update

from crm.accounts import services
from crm.accounts.models import SignIn, SignInSession
from crm.accounts.services import hasher
from crm.database import db
from tests import factories

ADDRESS = "203.0.113.7"


@pytest.fixture
def user(session):
    return factories.User(name="li.ming")


def try_to(client, name, password=factories.PASSWORD, address=ADDRESS, **more):
    """Send the form of the sign-in page."""
    form = {"name": name, "password": password, **more}
    return client.post("/sign-in", data=form, environ_overrides={"REMOTE_ADDR": address})


def said(answer) -> str:
    """A page without what differs between any two requests."""
    page = re.sub(r'(content|value)="[\w.\-]{40,}"', "", answer.get_data(as_text=True))
    return re.sub(r"[0-9a-f]{16}|value=\"[^\"]*\"", "", page)


def age(session, **ages):
    """Make all sessions look as if they were so much older."""
    session.execute(update(SignInSession).values({key: SignInSession.__table__.c[key] - ages[key] for key in ages}))
    session.commit()


# Failures


def test_unknown_wrong_disabled_and_locked_get_one_answer(session, user, client):
    disabled = factories.User(name="zhao", disabled_at=datetime.now(UTC))
    locked = factories.User(name="suo")
    session.add_all(SignIn(name="suo", succeeded=False) for _ in range(5))
    session.flush()
    answers = [
        try_to(client, "nobody"),
        try_to(client, user.name, "wrong"),
        try_to(client, disabled.name),
        try_to(client, locked.name),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({said(answer) for answer in answers}) == 1


@pytest.fixture
def real_passwords(monkeypatch):
    """Hashes that cost what they cost in earnest; returns the one of the tests' password."""
    monkeypatch.setattr(services, "hasher", hasher)
    services._decoy.cache_clear()
    yield hasher().hash(factories.PASSWORD)
    services._decoy.cache_clear()


def test_unknown_names_cost_as_much_time_as_known_ones(session, client, real_passwords):
    """The least of some tries in turn: what else the machine does can only add. Without a hash it were a tenth."""
    user = factories.User(name="li.ming", password_hash=real_passwords)
    factories.User(name="zhao", password_hash=real_passwords, disabled_at=datetime.now(UTC))
    times = {name: [] for name in ("nobody", user.name, "zhao")}
    for n in range(3):
        for name, taken in times.items():
            began = perf_counter()
            try_to(client, name, "wrong", address=f"203.0.113.{n}")
            taken.append(perf_counter() - began)
    least = [min(taken) for taken in times.values()]
    assert max(least) < 3 * min(least)


def test_five_failures_lock_a_name_for_fifteen_minutes(session, user, client):
    for _ in range(5):
        assert try_to(client, user.name, "wrong").status_code == 401
    assert try_to(client, user.name).status_code == 401
    session.execute(update(SignIn).values(at=SignIn.at - timedelta(minutes=15, seconds=1)))
    session.commit()
    assert try_to(client, user.name).status_code == 302


def test_four_failures_do_not_lock_and_a_success_starts_anew(session, user, client):
    for _ in range(2):
        for _ in range(4):
            try_to(client, user.name, "wrong")
        assert try_to(client, user.name).status_code == 302


def test_the_lock_does_not_look_at_the_case_of_a_name(session, user, client):
    for name in ("LI.MING", "Li.Ming", " li.ming ", "li.ming", "LI.ming"):
        try_to(client, name, "wrong")
    assert try_to(client, user.name).status_code == 401


def test_fifty_failures_lock_an_address_and_no_other(session, user, client):
    session.add_all(SignIn(name=f"guess{n}", address=ADDRESS, succeeded=False) for n in range(50))
    session.flush()
    assert try_to(client, user.name).status_code == 401
    assert try_to(client, user.name, address="203.0.113.8").status_code == 302


def test_guesses_at_once_do_not_get_past_the_lock(committed_app, person):
    """Five wrong ones and then some right ones, all together: those that come after the fifth failure are refused."""

    def guess(password):
        return try_to(committed_app.test_client(), person, password).status_code

    with ThreadPoolExecutor(8) as pool:
        wrong = list(pool.map(guess, ["wrong"] * 8))
        right = list(pool.map(guess, [factories.PASSWORD] * 4))
    assert wrong + right == [401] * 12


def test_each_try_is_recorded(session, user, client):
    try_to(client, "nobody\r\n{forged", "wrong")
    try_to(client, user.name)
    tries = session.scalars(select(SignIn).order_by(SignIn.id)).all()
    assert [(t.succeeded, str(t.address)) for t in tries] == [(False, ADDRESS), (True, ADDRESS)]
    assert all(t.request_id for t in tries)


def test_passwords_are_hashed_by_argon2id():
    """With the cost that RFC 9106 asks for where memory is short: 64 MiB, three passes, four lanes."""
    assert hasher().hash(factories.PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.parametrize("name", ["\0", "a" * 10_000, "' or 1=1 --", "%", "用户\ufffd"])
def test_hostile_names_are_only_wrong(session, client, name):
    assert try_to(client, name).status_code in (400, 401)


# Sessions


@pytest.fixture
def person(committed_app):
    """A user's name, in a database where each request stands alone as on a server."""
    with committed_app.app_context(), factories.acting():
        name = factories.User().name
        db.session.commit()
    return name


def test_the_session_and_its_token_are_new_after_signing_in(committed_app, person):
    client = committed_app.test_client()
    client.get("/sign-in")
    before, token = client.get_cookie("crm").value, client.get("/csrf-token").get_json()["token"]
    assert try_to(client, person).status_code == 302
    assert client.get_cookie("crm").value != before
    assert client.get("/csrf-token").get_json()["token"].split(".")[0] != token.split(".")[0]


def test_a_cookie_from_before_signing_in_opens_nothing(app, session, user, client):
    """Session fixation: what an attacker has planted does not become a session."""
    client.get("/sign-in")
    planted = client.get_cookie("crm").value
    try_to(client, user.name)
    attacker = app.test_client()
    attacker.set_cookie("crm", planted)
    assert attacker.get("/companies").status_code == 401


def test_the_cookie_holds_a_token_of_which_only_the_hash_is_stored(session, user, client):
    try_to(client, user.name)
    with client.session_transaction() as cookie:
        token = cookie["token"]
    stored = session.scalars(select(SignInSession.token_hash)).one()
    assert token not in stored
    assert stored == services.digest(token)


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(session, user, client):
    cookie = try_to(client, user.name).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_signing_out_ends_the_session_on_the_server_too(app, session, user, client):
    try_to(client, user.name)
    kept = client.get_cookie("crm").value
    client.post("/sign-out")
    other = app.test_client()
    other.set_cookie("crm", kept)
    assert other.get("/companies").status_code == 401
    assert session.scalar(select(func.count()).select_from(SignInSession)) == 0


@pytest.mark.parametrize(
    ("ages", "status"),
    [
        ({"seen_at": timedelta(minutes=29)}, 200),
        ({"seen_at": timedelta(minutes=30, seconds=1)}, 401),
        ({"created_at": timedelta(hours=11, minutes=59)}, 200),
        ({"created_at": timedelta(hours=12, seconds=1)}, 401),
    ],
)
def test_sessions_end_idle_after_30_minutes_and_always_after_12_hours(session, user, sign_in, ages, status):
    browser = sign_in(user)
    age(session, **ages)
    assert browser.get("/companies").status_code == status


def test_a_page_keeps_the_session_and_polling_does_not(committed_app, person):
    client = committed_app.test_client()
    try_to(client, person)
    with committed_app.app_context():
        age(db.session, seen_at=timedelta(minutes=20))
    before = seen_at(committed_app)
    view = committed_app.view_functions["healthz"]
    view.polls = True
    try:
        client.get("/healthz")
        assert seen_at(committed_app) == before
    finally:
        del view.polls
    client.get("/healthz")
    assert seen_at(committed_app) > before


def seen_at(app) -> datetime:
    """When the one session was last used."""
    with app.app_context():
        return db.session.scalars(select(SignInSession.seen_at)).one()


@pytest.mark.parametrize("value", ["", "x", "e30.forged.signature", "." * 300, "\u00e9"])
def test_forged_cookies_open_nothing(client, value):
    client.set_cookie("crm", value)
    assert client.get("/companies").status_code == 401
    assert client.get("/sign-in").status_code == 200


# Where to go on


@pytest.mark.parametrize("target", ["/companies", "/companies?q=激光&sort=-name", "/projects/7#log"])
def test_next_goes_on_within_the_site(session, user, client, target):
    assert unquote(try_to(client, user.name, next=target).location) == target


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "/companies\r\nSet-Cookie: a=b",
        "companies",
        "",
    ],
)
def test_next_never_leaves_the_site(session, user, client, target):
    assert try_to(client, user.name, next=target).location == "/"


def test_a_page_asks_to_sign_in_and_leads_back(client):
    answer = client.get("/companies?q=激光", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=/companies")
    assert client.get("/companies", headers={"Accept": "text/html", "HX-Request": "true"}).status_code == 401
