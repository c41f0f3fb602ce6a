"""Keeping the counts of companies by segment and city small. They are always right; compacting makes them quick."""

from sqlalchemy import text

from crm.database import db
from crm.jobs import queue

COMPACT = """
with gone as (delete from segment_counts returning segment_id, city_code, is_main, companies)
insert into segment_counts (segment_id, city_code, is_main, companies)
select segment_id, city_code, is_main, sum(companies) from gone
group by segment_id, city_code, is_main having sum(companies) <> 0
"""


def compact() -> None:
    """Make the differences of each segment and city one row. The caller commits; readers see the same sums always."""
    db.session.execute(text(COMPACT))


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="compact_segment_counts", queueing_lock="compact_segment_counts", lock="compact_segment_counts")
def compact_segment_counts(timestamp: int) -> None:
    """Every ten minutes."""
    compact()
    db.session.commit()
