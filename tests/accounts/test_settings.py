"""The page of settings: what it takes, what it refuses, and that history knows."""

from crm.accounts.models import Role
from crm.accounts.settings import DEFAULTS, LABELS, setting
from crm.history.models import HistoryRow
from tests import factories


def test_each_setting_has_its_line():
    assert LABELS.keys() == DEFAULTS.keys()


def test_an_administrator_changes_figures_at_once(session, sign_in):
    client = sign_in(factories.User(role=Role.ADMIN))
    form = {"held_limit": "150", "was-held_limit": "200", "two_factor": "off", "password_policy": "asvs"}
    assert client.post("/settings", data=form).status_code == 302
    assert (setting("held_limit"), setting("password_policy"), setting("two_factor")) == (150, "asvs", False)
    page = client.get("/settings").get_data(as_text=True)
    assert "出厂值：200" in page
    assert session.query(HistoryRow).filter_by(table_name="settings").count() == 2


def test_what_makes_no_sense_is_refused_with_nothing_stored(session, sign_in):
    client = sign_in(factories.User(role=Role.ADMIN))
    answer = client.post("/settings", data={"held_limit": "-1", "triage_days": "3", "password_policy": "none"})
    assert answer.status_code == 422
    assert answer.get_data(as_text=True).count('aria-invalid="true"') == 2
    assert (setting("held_limit"), setting("triage_days")) == (200, DEFAULTS["triage_days"])


def test_what_somebody_changed_meanwhile_is_not_overwritten(session, sign_in):
    client = sign_in(factories.User(role=Role.ADMIN))
    client.post("/settings", data={"held_limit": "150"})
    answer = client.post("/settings", data={"held_limit": "120", "was-held_limit": "200"})
    assert answer.status_code == 409
    assert "150" in answer.get_data(as_text=True)
    assert setting("held_limit") == 150
