"""The queue: procrastinate in the same database.

A job is deferred on the session's own connection, so a rollback takes it back. Jobs are idempotent: one that was
interrupted is retried. A sync task runs in a thread, inside an application context of its own.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import procrastinate
from flask import Flask
from procrastinate.job_context import JobContext
from procrastinate.tasks import Task

from crm.database import db, libpq_url, url_of

#: A worker beats every 10 s; one that was silent this long (s) is dead and its jobs are free.
SILENCE = 30
LONG_QUEUE = "long"

queue = procrastinate.App(connector=procrastinate.PsycopgConnector())


def defer(task: Task[..., Any, Any], **arguments: Any) -> int:
    """Put a job into the queue within the session's transaction; returns its id."""
    connection = db.session.connection().connection.driver_connection
    return task.configure(connection=connection).defer(**arguments)


def init_app(app: Flask) -> None:
    """Register `flask worker`."""

    @app.cli.command("worker")
    def worker() -> None:
        """执行后台任务，直到收到停止信号。"""
        run_worker(app, url_of(app.config["SETTINGS"]))


def run_worker(app: Flask, url: str, *, wait: bool = True, queues: list[str] | None = None) -> None:
    """Work off jobs until a signal says stop (or, with `wait` false, until none is left)."""

    def in_app_context(call_next: Callable[[], Any], _context: JobContext, _worker: Any) -> Any:
        with app.app_context():
            return call_next()

    with queue.replace_connector(connector(url)) as working:
        working.run_worker(
            wait=wait,
            queues=queues,
            concurrency=2,
            task_middleware=[in_app_context],
            stalled_worker_timeout=SILENCE,
            shutdown_graceful_timeout=10,
            install_signal_handlers=wait,
        )


def connector(url: str) -> procrastinate.PsycopgConnector:
    """A connector to the database of an SQLAlchemy URL."""
    return procrastinate.PsycopgConnector(conninfo=libpq_url(url))


@queue.periodic(cron="* * * * *")
@queue.task(name="retry_stalled_jobs", queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Free the jobs of workers that died: after kill -9 a job stays `doing` and its lock would block the next."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE):
        await manager.retry_job(job, retry_at=datetime.now(UTC))
    await manager.prune_stalled_workers(SILENCE)
