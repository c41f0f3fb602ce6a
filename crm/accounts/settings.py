"""Figures that an installation may change: the defaults, and what its administrator has stored instead."""

from typing import Any

from sqlalchemy import select

from crm.accounts.models import Setting
from crm.database import N_, db

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


#: {key: (what people call it, its unit)}, in the order of the page of settings.
LABELS = {
    "held_limit": (N_("每人名下企业的上限"), N_("家")),
    "triage_days": (N_("线索研判的时限"), N_("个工作日")),
    "admission_days": (N_("准入联审出具意见的时限"), N_("个工作日")),
    "expert_share": (N_("专家评分在准入联审里的比重（百分数）"), ""),
    "answer_days": (N_("需协调事项的答复时限"), N_("个工作日")),
    "demand_days": (N_("企业诉求的答复时限"), N_("个工作日")),
    "instruct_days": (N_("批示的签收时限"), N_("个工作日")),
    "report_weekday": (N_("周进展在星期几前填完（1 是星期一）"), ""),
    "escalation_days": (N_("超过停滞期限多少天后提醒负责人"), N_("天")),
    "claim_threshold_wan": (N_("首谈由统筹部门确认的投资起点"), N_("万元")),
    "claim_lapse_days": (N_("首谈多少天没有接触就失效"), N_("天")),
    "claim_warning_days": (N_("首谈失效前多少天提醒"), N_("天")),
    "taskforce_wan": (N_("必须有专班和挂点领导的投资起点"), N_("万元")),
    "export_rows_of_officer": (N_("专员每天最多导出"), N_("行")),
    "export_rows_of_manager": (N_("负责人每天最多导出"), N_("行")),
    "access_log_days": (N_("登录记录保存（不少于 183 天）"), N_("天")),
    "password_policy": (N_("密码规则"), ""),
    "two_factor": (N_("负责人和管理员登录时要手机验证码"), ""),
}
#: How the values of a choice are called.
CHOICE_LABELS = {"dengbao": N_("等级保护"), "asvs": "OWASP ASVS", "on": N_("开"), "off": N_("关")}


def words_of(value: Any) -> str:
    """A value as `read` takes it."""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def choices_of(key: str) -> tuple[str, ...]:
    """What a setting may be, in words; empty for a number."""
    return ("on", "off") if isinstance(DEFAULTS[key], bool) else CHOICES.get(key, ())


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
    return settings(key)[0]


def settings(*keys: str) -> list[Any]:
    """The values of some settings, asked for at once. Raises KeyError for a key that nobody defined."""
    rows = db.session.execute(select(Setting.key, Setting.value).where(Setting.key.in_(keys)))
    stored = DEFAULTS | dict(rows.all())
    return [stored[key] for key in keys]
