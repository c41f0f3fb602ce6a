"""The commands on accounts."""

import pytest

from crm.accounts.settings import setting


@pytest.mark.parametrize(("key", "value"), [("two_factor", True), ("password_policy", "asvs"), ("held_limit", 50)])
def test_a_setting_is_changed_and_shown(session, app, key, value):
    words = {True: "on"}.get(value, str(value))
    done = app.test_cli_runner().invoke(args=["setting", key, words])
    assert done.output.strip() == words
    assert setting(key) == value
    assert app.test_cli_runner().invoke(args=["setting", key]).output.strip() == words


@pytest.mark.parametrize(("key", "words"), [("two_factor", "maybe"), ("password_policy", "none"), ("held_limit", "-1")])
def test_a_value_that_makes_no_sense_is_refused(session, app, key, words):
    before = setting(key)
    assert app.test_cli_runner().invoke(args=["setting", key, "--", words]).exit_code == 2
    assert setting(key) == before


def test_an_unknown_setting_is_refused(session, app):
    assert app.test_cli_runner().invoke(args=["setting", "colour", "blue"]).exit_code == 2
