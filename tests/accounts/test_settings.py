"""The page of settings: what it takes, what it refuses, and that history knows."""

from crm.accounts.models import Role
from crm.accounts.settings import DEFAULTS, LABELS, setting
from crm.history.models import HistoryRow
from tests import factories


def test_each_setting_has_its_line():
    assert LABELS.keys() == DEFAULTS.keys()


def test_each_term_and_threshold_has_its_default():
    assert DEFAULTS == {
        "password_policy": "dengbao",
        "two_factor": False,
        "access_log_days": 365,
        "held_limit": 200,
        "report_weekday": 5,
        "answer_days": 5,
        "instruct_days": 3,
        "escalation_days": 7,
        "claim_threshold_wan": 5_000,
        "claim_lapse_days": 90,
        "claim_warning_days": 15,
        "taskforce_wan": 100_000,
        "triage_days": 10,
        "admission_days": 10,
        "expert_share": 30,
        "demand_days": 10,
        "export_rows_of_officer": 500,
        "export_rows_of_manager": 5_000,
    }


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
