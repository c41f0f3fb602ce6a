"""Both password policies, and who may still sign in when one runs out."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.accounts import passwords, services
from crm.accounts.models import Role, Setting, User
from crm.accounts.passwords import POLICIES
from crm.errors import Forbidden, RuleError
from tests import factories

DENGBAO, ASVS = POLICIES["dengbao"], POLICIES["asvs"]


@pytest.mark.parametrize("password", ["Abcdefgh12", "abcdefgh1!", "ABCDEFGH中1", "长句子也可以用Ab12"])
def test_dengbao_takes_ten_characters_of_three_classes(password):
    passwords.require_good(password, "li.ming", DENGBAO)


@pytest.mark.parametrize("password", ["Abcdefg1!", "abcdefghij", "abcdefgh12", "Li.Ming-2026", "Aa1" * 43])
def test_dengbao_refuses(password):
    with pytest.raises(RuleError):
        passwords.require_good(password, "li.ming", DENGBAO)


@pytest.mark.parametrize("password", ["correct horse battery", "一条足够长的中文口令短语", "twelve chars"])
def test_asvs_takes_length_without_classes(password):
    passwords.require_good(password, "li.ming", ASVS)


@pytest.mark.parametrize("password", ["Abcdefgh12!", "1QAZ2WSX3EDC", "123qweasdzxc", "q1w2e3r4t5y6"])
def test_asvs_refuses_short_and_breached(password):
    with pytest.raises(RuleError):
        passwords.require_good(password, "li.ming", ASVS)


def test_one_time_passwords_keep_to_both_policies():
    made = {passwords.one_time() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        passwords.require_good(password, "li.ming", DENGBAO)
        passwords.require_good(password, "li.ming", ASVS)


def test_a_setting_chooses_the_policy(session):
    assert passwords.policy() is DENGBAO
    session.add(Setting(key="password_policy", value="asvs"))
    assert passwords.policy() is ASVS


def test_the_last_five_passwords_do_not_return(session):
    user = factories.User()
    used = [factories.PASSWORD, *(f"Mima-di-{n}-ge" for n in range(5))]
    for current, new in itertools.pairwise(used):
        services.change_password(user, current, new, "token")
    for former in used[1:]:
        with pytest.raises(RuleError):
            services.change_password(user, used[-1], former, "token")
    services.change_password(user, used[-1], used[0], "token")


def test_a_password_of_more_than_ninety_days_must_be_changed(session, client):
    user = factories.User(password_changed_at=datetime.now(UTC) - timedelta(days=91))
    client.post("/sign-in", data={"name": user.name, "password": factories.PASSWORD})
    assert client.get("/companies").location == "/password"


def test_under_asvs_a_password_grows_old_in_peace(session, client):
    session.add(Setting(key="password_policy", value="asvs"))
    user = factories.User(password_changed_at=datetime.now(UTC) - timedelta(days=1000))
    client.post("/sign-in", data={"name": user.name, "password": factories.PASSWORD})
    assert client.get("/companies").status_code == 200


def test_the_last_admin_stays(session):
    """Also where the one who asks is no longer an administrator herself, as two requests at once can bring about."""
    last = factories.User(role=Role.ADMIN)
    by = factories.User()
    with pytest.raises(Forbidden):
        services.disable(last, by)
    values = {"display_name": "甲", "role": Role.OFFICER, "office_id": last.office_id, "is_auditor": False}
    with pytest.raises(Forbidden):
        services.edit_user(last, values, by)
    other = factories.User(role=Role.ADMIN)
    services.disable(last, other)
    assert session.scalars(select(User).where(User.role == Role.ADMIN, User.disabled_at.is_(None))).one() is other
