"""The queue shares the session's transaction and outlives a killed worker."""

from flask import Flask
from sqlalchemy import text

from crm.accounts.models import Office
from crm.database import SYSTEM, acting_as, db, url_of
from crm.jobs import connector, defer, queue, retry_stalled_jobs, run_worker


@queue.task(name="tests.add_office")
def add_office(name: str) -> None:
    """A job for these tests: writes a row."""
    with acting_as(SYSTEM):
        db.session.add(Office(name=name))
    db.session.commit()


def count(table: str) -> int:
    return db.session.scalar(text(f"select count(*) from {table}")) or 0  # noqa: S608 -- names from this module


def test_a_rollback_takes_the_job_back(committed_app: Flask) -> None:
    with committed_app.app_context():
        defer(add_office, name="一科")
        db.session.rollback()
        assert count("procrastinate_jobs") == 0
        defer(add_office, name="一科")
        db.session.commit()
        assert count("procrastinate_jobs") == 1


def test_a_worker_does_the_job_in_an_app_context(committed_app: Flask) -> None:
    with committed_app.app_context():
        defer(add_office, name="二科")
        db.session.commit()
    run_worker(committed_app, url_of(committed_app.config["SETTINGS"]), wait=False)
    with committed_app.app_context():
        assert db.session.scalar(text("select name from offices")) == "二科"


def test_the_job_of_a_dead_worker_is_done_by_the_next(committed_app: Flask) -> None:
    url = url_of(committed_app.config["SETTINGS"])
    with committed_app.app_context():
        defer(add_office, name="三科")
        db.session.execute(
            text(
                "with dead as (insert into procrastinate_workers (last_heartbeat)"
                " values (now() - interval '1 hour') returning id)"
                " update procrastinate_jobs set status = 'doing', worker_id = dead.id from dead"
            )
        )
        db.session.commit()
    with queue.replace_connector(connector(url)) as working, working.open():
        retry_stalled_jobs.defer(timestamp=0)
    run_worker(committed_app, url, wait=False)
    run_worker(committed_app, url, wait=False)
    with committed_app.app_context():
        assert db.session.scalar(text("select name from offices")) == "三科"
