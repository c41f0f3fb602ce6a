"""Rules of the choices: text in, value out, or RuleError."""

import re

from crm.database import N_
from crm.errors import RuleError
from crm.rules import narrow

#: What mail servers take in practice; whether somebody reads it only a mail can show.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")


def email(text: str) -> str:
    """A mail address, '' for none."""
    value = narrow(text).strip()
    if value and (len(value) > 254 or not ADDRESS.fullmatch(value)):
        raise RuleError(N_("邮箱地址不对，应像 zhangsan@example.gov.cn。"))
    return value
