"""Codes besides the password: of whom they are asked, that each counts once, and what happens with a lost phone."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import select, text

from crm.accounts import second_factor
from crm.accounts.models import Role, SecondFactor, User
from crm.accounts.settings import store
from tests import factories

NOW = datetime(2026, 11, 24, 8, 0, 10, tzinfo=UTC)


@pytest.fixture
def manager(session):
    return factories.User(role=Role.MANAGER)


@pytest.fixture
def switched_on(session):
    store("two_factor", True)
    session.flush()


@pytest.fixture
def secret(session, app, manager, switched_on):
    """The secret of the manager's phone, set up a while ago."""
    found = second_factor.new_secret()
    with time_machine.travel(NOW - timedelta(days=1), tick=False):
        second_factor.set_up(manager, found, pyotp.TOTP(found).now())
    session.flush()
    return found


def try_to(client, user, code=""):
    form = {"name": user.name, "password": factories.PASSWORD, "code": code}
    return client.post("/sign-in", data=form).status_code


def test_nobody_is_asked_while_it_is_off(session, manager, client):
    assert "验证码" not in client.get("/sign-in").get_data(as_text=True)
    assert try_to(client, manager) == 302
    assert client.get("/companies").status_code == 200


@pytest.mark.parametrize(("role", "status"), [("officer", 200), ("leader", 200), ("manager", 302), ("admin", 302)])
def test_managers_and_administrators_set_it_up_first(session, switched_on, sign_in, role, status):
    browser = sign_in(factories.User(role=Role(role)))
    answer = browser.get("/companies")
    assert answer.status_code == status
    if status == 302:
        assert answer.location == "/second-factor"


def test_setting_it_up_takes_a_code_of_the_shown_secret(session, manager, switched_on, sign_in):
    browser = sign_in(manager)
    page = browser.get("/second-factor").get_data(as_text=True)
    with browser.session_transaction() as cookie:
        secret = cookie["secret"]
    assert secret in page
    assert "data:image/svg+xml" in page
    assert browser.post("/second-factor", data={"code": "000000x"}).status_code == 422
    assert browser.post("/second-factor", data={"code": pyotp.TOTP(secret).now()}).status_code == 302
    assert browser.get("/companies").status_code == 200
    stored = session.scalars(select(SecondFactor)).one()
    assert secret.encode() not in stored.cipher
    assert secret not in str(session.scalar(text("select string_agg(h::text, '') from history h")))


def test_a_code_is_needed_and_counts_once(session, manager, secret, client):
    with time_machine.travel(NOW, tick=False):
        code = pyotp.TOTP(secret).now()
        assert try_to(client, manager) == 401
        assert try_to(client, manager, "123") == 401
        assert try_to(client, manager, code) == 302
        assert try_to(client, manager, code) == 401


@pytest.mark.parametrize(("seconds", "status"), [(-60, 401), (-30, 302), (30, 302), (60, 401)])
def test_a_clock_may_be_a_step_off(session, manager, secret, client, seconds, status):
    with time_machine.travel(NOW, tick=False):
        code = pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds))
        assert try_to(client, manager, code) == status


def test_a_wrong_code_counts_as_a_failure(session, manager, secret, client):
    with time_machine.travel(datetime.now(UTC), tick=False):
        for _ in range(5):
            try_to(client, manager, "000")
        assert try_to(client, manager, pyotp.TOTP(secret).now()) == 401


def test_a_new_password_from_the_admin_takes_the_lost_phone_off(session, manager, secret, sign_in):
    admin = factories.User(role=Role.OFFICER)  # signs in without a code ...
    browser = sign_in(admin)
    admin.role, admin.second_factor_since = Role.ADMIN, NOW  # ... and has one set up already
    session.flush()
    assert browser.post(f"/users/{manager.id}/one-time-password").status_code == 200
    stored = session.get_one(User, manager.id, populate_existing=True)
    assert stored.second_factor_since is None
    assert session.scalars(select(SecondFactor)).all() == []
