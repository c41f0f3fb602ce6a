"""Figures that an installation may change: the defaults, and what its administrator has stored instead."""

from typing import Any

from sqlalchemy import select

from crm.accounts.models import Setting
from crm.database import db

#: key: default. A key that does not stand here does not exist.
DEFAULTS: dict[str, Any] = {
    # "dengbao" (等保 2.0) or "asvs" (OWASP ASVS 5.0): see passwords.py.
    "password_policy": "dengbao",
    # Whether managers and administrators sign in with a code besides the password: see second_factor.py.
    "two_factor": False,
    # How many days sign-ins are kept; fewer than 183 count as 183 (retention.py).
    "access_log_days": 365,
    # How many companies one person may hold.
    "held_limit": 200,
    # The weekday by whose end weekly lines are due: 1 Monday … 7 Sunday.
    "report_weekday": 5,
    # Working days within which an office answers what a project asks of it.
    "answer_days": 5,
    # Working days for the receipt of an instruction.
    "instruct_days": 3,
    # Days beyond a stage's limit without contact after which the manager is told besides the officer.
    "escalation_days": 7,
    # 首谈: from this investment (万元) on the coordinating office decides; below it the first one is only recorded.
    "claim_threshold_wan": 5_000,
    # Days without contact after which an accepted claim lapses, and how many days before that its holder is warned.
    "claim_lapse_days": 90,
    "claim_warning_days": 15,
    # From this investment (万元) on a project must have a 专班 and a 挂点领导.
    "taskforce_wan": 100_000,
    # By when a lead is triaged and an office answers a 准入联审: working days from receipt.
    "triage_days": 10,
    "admission_days": 10,
    # How much experts weigh in the score of a 准入联审, in percent; the asked offices have the rest.
    "expert_share": 30,
    # Working days within which what a company asks for (诉求) is answered.
    "demand_days": 10,
    # How many rows of lists one person may take out of the system in a day (history/exports.py).
    "export_rows_of_officer": 500,
    "export_rows_of_manager": 5_000,
}
#: The values that a setting may take, where a type does not say it.
CHOICES: dict[str, tuple[Any, ...]] = {"password_policy": ("dengbao", "asvs")}


def read(key: str, words: str) -> Any:
    """The value that a command line's words give a setting. Raises KeyError for the key, ValueError for the words."""
    default = DEFAULTS[key]
    if isinstance(default, bool):
        value: Any = {"on": True, "off": False}.get(words)
    else:
        value = type(default)(words)
    if value is None or value not in CHOICES.get(key, (value,)) or (isinstance(value, int) and value < 0):
        raise ValueError(words)
    return value


def store(key: str, value: Any) -> None:
    """Set a setting."""
    stored = db.session.scalars(select(Setting).where(Setting.key == key)).one_or_none()
    if stored is None:
        db.session.add(Setting(key=key, value=value))
    else:
        stored.value = value


def setting(key: str) -> Any:
    """The value of a setting. Raises KeyError for a key that nobody defined."""
    stored = db.session.scalars(select(Setting.value).where(Setting.key == key)).one_or_none()
    return DEFAULTS[key] if stored is None else stored
