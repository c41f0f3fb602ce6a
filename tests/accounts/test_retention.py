"""Sign-ins are kept as long as the setting says, and never less than half a year."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.accounts.models import SignIn
from crm.accounts.retention import forget
from crm.accounts.settings import store

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "kept"), [(365, [10, 182, 184, 364]), (1, [10, 182]), (730, [10, 182, 184, 364, 366])]
)
def test_sign_ins_go_after_their_term(session, days, kept):
    store("access_log_days", days)
    ages = (10, 182, 184, 364, 366)
    session.add_all(SignIn(name=str(age), at=NOW - timedelta(days=age), succeeded=True) for age in ages)
    session.flush()
    forget(NOW)
    assert sorted(int(name) for name in session.scalars(select(SignIn.name))) == kept
