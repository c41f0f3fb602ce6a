"""What time does to projects: claims lapse, clocks run out. Run hourly; a run that was missed is caught up by the next.

Every act looks at the state and the day, never at when it ran last, and each notice has the key of its occasion, so
nothing is told twice.
"""

from crm.database import SYSTEM, acting_as, db
from crm.jobs import queue
from crm.pipeline import claims, reminders
from crm.rules import today


@queue.periodic(cron="10 * * * *")
@queue.task(name="keep_up_with_time", queueing_lock="keep_up_with_time")
def keep_up_with_time(timestamp: int) -> None:
    """Do what is due by today, in China's day."""
    with acting_as(SYSTEM):
        keep_up()
        db.session.commit()


def keep_up() -> None:
    """All that time does, by today. The caller commits."""
    claims.keep_up(today())
    reminders.remind(today())
