"""What a password must be: two policies, of which a setting chooses one, and one-time passwords.

等保 2.0 (GB/T 22239-2019, 8.1.4.1) asks for complexity and regular change; OWASP ASVS 5.0 (V6.2) for length and against
known passwords, without forced change. The two exclude each other, so the installation chooses.
"""

import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from crm.accounts.settings import setting
from crm.database import N_
from crm.errors import RuleError

#: Longer ones only cost the hash time.
LONGEST = 128
CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


@dataclass(frozen=True)
class Policy:
    """`classes`: of lower case, upper case, digits and others, how many must occur; `remembered`: how many former
    passwords may not return; `lifetime` None: until it is known to have leaked."""

    shortest: int
    classes: int = 1
    lifetime: timedelta | None = None
    remembered: int = 0
    refuses_common: bool = False


POLICIES = {
    "dengbao": Policy(shortest=10, classes=3, lifetime=timedelta(days=90), remembered=5),
    "asvs": Policy(shortest=12, refuses_common=True),
}


def policy() -> Policy:
    """The policy of this installation."""
    return POLICIES[setting("password_policy")]


def require_good(password: str, name: str, rules: Policy) -> None:
    """Raise RuleError, with a sentence that says what to do, unless the password keeps to the policy."""
    if len(password) < rules.shortest:
        raise RuleError(N_("密码至少 %(shortest)d 个字符。"), shortest=rules.shortest)
    if len(password) > LONGEST:
        raise RuleError(N_("密码最多 %(longest)d 个字符。"), longest=LONGEST)
    if classes_of(password) < rules.classes:
        raise RuleError(N_("密码要包含大写字母、小写字母、数字、符号中的至少 %(classes)d 种。"), classes=rules.classes)
    if name.lower() in password.lower():
        raise RuleError(N_("密码不能包含用户名。"))
    if rules.refuses_common and password.lower() in common():
        raise RuleError(N_("这个密码太常见，已在泄露的密码表里，请换一个。"))


def classes_of(password: str) -> int:
    """How many of lower case, upper case, digits and others occur."""
    others = any(not any(c in known for known in CLASSES) for c in password)
    return sum(any(c in known for c in password) for known in CLASSES) + others


@cache
def common() -> frozenset[str]:
    """The 30,000 passwords that leaks hold most often (zxcvbn's list), in lower case."""
    return frozenset(FREQUENCY_LISTS["passwords"])


def is_due(changed_at: datetime, now: datetime, rules: Policy) -> bool:
    """Whether a password is older than the policy allows."""
    return rules.lifetime is not None and now - changed_at > rules.lifetime


def one_time() -> str:
    """A random password to read aloud: no letters that look alike, in groups, of all four classes."""
    letters = "".join(set(string.ascii_letters + string.digits) - set("0O1lI"))
    while True:
        password = "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(3))
        if classes_of(password) == 4:
            return password
