"""Figures that an installation may change: the defaults, and what its administrator has stored instead."""

from typing import Any

from sqlalchemy import select

from crm.accounts.models import Setting
from crm.database import db

#: key: default. A key that does not stand here does not exist.
DEFAULTS: dict[str, Any] = {
    # "dengbao" (等保 2.0) or "asvs" (OWASP ASVS 5.0): see passwords.py.
    "password_policy": "dengbao",
}


def setting(key: str) -> Any:
    """The value of a setting. Raises KeyError for a key that nobody defined."""
    stored = db.session.scalars(select(Setting.value).where(Setting.key == key)).one_or_none()
    return DEFAULTS[key] if stored is None else stored
