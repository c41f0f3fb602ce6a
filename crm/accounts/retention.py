"""How long access is remembered (promise 9): sign-ins for `access_log_days`, never less than 183 days.

183 days are half a year, the least that 网络安全法 art. 21 asks for network logs. Business history is never purged.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete

from crm.accounts.models import SignIn, SignInSession
from crm.accounts.services import LIFETIME
from crm.accounts.settings import setting
from crm.database import db
from crm.jobs import queue

LEAST_DAYS = 183


@queue.periodic(cron="50 16 * * *")
@queue.task(name="forget_sign_ins", queueing_lock="forget_sign_ins")
def forget_sign_ins(timestamp: int) -> None:
    """Soon after midnight in China: forget old sign-ins, and sessions that have ended."""
    forget(datetime.fromtimestamp(timestamp, UTC))
    db.session.commit()


def forget(now: datetime) -> int:
    """Delete what is older than its term; how many sign-ins went."""
    days = max(LEAST_DAYS, setting("access_log_days"))
    gone = db.session.execute(delete(SignIn).where(SignIn.at < now - timedelta(days=days)))
    db.session.execute(delete(SignInSession).where(SignInSession.created_at < now - LIFETIME))
    return int(gone.rowcount)  # type: ignore[attr-defined] # a delete's result has it
