"""Promises 1 and 2: an import is applied once, whoever kills what and however often it is confirmed."""

import math
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select, text

from crm.companies.models import Company
from crm.database import SYSTEM, acting_as, db, libpq_url, migrate, url_of
from crm.embedded import Server, connect_or_start
from crm.jobs import LONG_QUEUE, defer, run_worker
from imports import apply, services, uploads
from imports.models import Batch, BatchStatus, RowFate
from tests import factories
from tests.conftest import application
from tests.imports.importing import content

pytestmark = pytest.mark.processes

ROWS = 20_000
WORKER_KILLS, BACKEND_KILLS, SERVER_KILLS = 42, 4, 4
#: Where the batch stands, and how many rows there are of what the import writes once for each row of the sheet.
STATE = """
    select (select status from import_batches), (select count(*) from companies),
      (select count(distinct name) from companies),
      (select count(*) from import_rows), (select count(*) from import_rows where fate = 'created')
"""


@dataclass
class Doomed:
    """An import of 20,000 rows with a queue, a worker to be killed and a database to be killed."""

    folder: Path
    server: Server
    app: Flask
    batch_id: int
    worker: subprocess.Popen[str]

    def start(self) -> int:
        """Let a worker begin on the batch, as after the retry of a stalled job; its pid."""
        self.execute("update procrastinate_jobs set status = 'todo', scheduled_at = null, worker_id = null")
        assert self.worker.stdin is not None
        self.worker.stdin.write("\n")
        self.worker.stdin.flush()
        return int(self.answer())

    def answer(self) -> str:
        assert self.worker.stdout is not None
        return self.worker.stdout.readline()

    def execute(self, statement: str) -> list[tuple]:
        """Run a statement, once the database answers."""
        give_up = time.monotonic() + 20
        while True:
            try:
                with psycopg.connect(libpq_url(self.server.url), autocommit=True) as connection:
                    cursor = connection.execute(statement)  # type: ignore[call-overload]
                    return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                assert time.monotonic() < give_up
                time.sleep(0.02)

    def outcome(self) -> str:
        """`applied` with every row once, or `nothing` written, at one moment; everything else fails."""
        [(status, *found)] = self.execute(STATE)
        assert (status, set(found)) in [("applied", {ROWS}), ("applying", {0}), ("failed", {0})]
        return "applied" if status == "applied" else "nothing"

    def put_back(self) -> None:
        """Make the batch one that waits again; what it wrote is gone."""
        self.execute("truncate companies cascade")
        with self.app.app_context():
            queue_up(self.batch_id)
            db.session.close()

    def sweep(self) -> None:
        """Do what autovacuum, which is off in throw-away servers, does elsewhere: else each try reads through the dead
        rows of all tries before, for every name that it looks up."""
        self.execute("vacuum companies")

    def kill_worker(self, worker: psutil.Process) -> bool:
        """SIGKILL the worker; whether it still ran."""
        with suppress(psutil.NoSuchProcess):
            worker.kill()
            return True
        return False

    def kill_backend(self, _worker: psutil.Process) -> bool:
        """SIGKILL the server's process in which the import's transaction runs; the whole server then recovers."""
        query = "select pid from pg_stat_activity where xact_start is not null and pid <> pg_backend_pid()"
        found = self.execute(query)[:1]
        for (pid,) in found:
            os.kill(pid, signal.SIGKILL)
        return bool(found)

    def kill_server(self, _worker: psutil.Process) -> bool:
        """SIGKILL the postmaster, and start another one over what it left."""
        os.kill(int((self.folder / "database" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        self.server.close()
        self.server = connect_or_start(self.folder, durable=False)
        return True


def busy_seconds(worker: psutil.Process) -> float:
    """How long the process has worked; for ever, if it has ended."""
    try:
        times = worker.cpu_times()
    except psutil.NoSuchProcess:
        return math.inf
    return times.user + times.system


def queue_up(batch_id: int) -> None:
    """The batch confirmed, its job in the queue."""
    db.session.execute(text("delete from procrastinate_jobs"))
    with acting_as(SYSTEM):
        batch = db.session.get_one(Batch, batch_id, populate_existing=True)
        services.start(batch, BatchStatus.APPLYING)
        defer(apply.apply_job, batch_id=batch.id, user_id=batch.owner_id)
        db.session.commit()


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[Doomed]:
    server = connect_or_start(tmp_path, durable=False)  # the machine stays up: what was written is not lost
    migrate(server.url)
    app = application(server.url, tmp_path)
    rows = [["企业名称"], *([f"例{n}"] for n in range(ROWS))]  # short names: kills, not search tokens, are tried
    with app.app_context():
        with factories.acting():
            user = factories.User()
            batch = services.take(content(rows), "名单.csv", user)
            db.session.commit()
        queue_up(batch.id)
        file = uploads.path(batch)
        db.session.close()
        db.engine.dispose()
    command = [sys.executable, "-m", "tests.imports.doomed", server.url, str(tmp_path), str(file)]
    with (
        open(tmp_path / "worker.log", "w") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as worker,
    ):
        found = Doomed(tmp_path, server, app, batch.id, worker)
        yield found
        worker.kill()
    with app.app_context():
        db.engine.dispose()
    found.server.close()


@pytest.mark.long
def test_no_kill_loses_or_doubles_a_row(doomed: Doomed) -> None:
    doomed.start()
    work = float(doomed.answer())
    assert doomed.outcome() == "applied"
    doomed.put_back()
    wanted = [doomed.kill_worker] * WORKER_KILLS
    wanted += [doomed.kill_backend] * BACKEND_KILLS + [doomed.kill_server] * SERVER_KILLS
    random.shuffle(wanted)
    while wanted:
        worker = psutil.Process(doomed.start())
        moment = random.uniform(0, work)  # of the worker's own time, which a busy machine does not stretch
        while busy_seconds(worker) < moment:
            time.sleep(0.01)
        if wanted[-1](worker):
            wanted.pop()
        doomed.kill_worker(worker)  # the supervisor ends the worker of a lost database too
        doomed.answer()
        if doomed.outcome() == "applied":
            doomed.put_back()
        doomed.sweep()
    doomed.start()
    doomed.answer()
    assert doomed.outcome() == "applied"


def test_confirmed_ten_times_at_once_it_is_applied_once(committed_app: Flask) -> None:
    rows = [["企业名称"], ["示例甲有限公司"], ["示例乙有限公司"]]
    with committed_app.app_context(), factories.acting():
        user = factories.User()
        batch = services.take(content(rows), "名单.csv", user)
        apply.check(batch, user)
        db.session.commit()
        batch_id = batch.id
        clients = [factories.signed_in(committed_app, user) for _ in range(10)]
    with ThreadPoolExecutor(10) as people:
        path = f"/imports/{batch_id}/application"
        answers = list(people.map(lambda client: client.post(path).status_code, clients))
    assert sorted(answers) == [302, *[409] * 9]
    run_worker(committed_app, url_of(committed_app.config["SETTINGS"]), wait=False, queues=[LONG_QUEUE])
    with committed_app.app_context():
        counts = [db.session.scalar(select(func.count()).select_from(model)) for model in (Company, RowFate, Batch)]
        assert counts == [2, 2, 1]
        assert db.session.scalar(select(Batch.created)) == 2


def test_one_file_uploaded_by_ten_people_and_applied_at_once_makes_its_rows_once(committed_app: Flask) -> None:
    rows = [["企业名称", "简称"], *([f"示例{n}号有限公司", f"示例{n}"] for n in range(20))]
    with committed_app.app_context(), factories.acting():
        users = [factories.User() for _ in range(10)]
        batches = [services.take(content(rows), "名单.csv", user) for user in users]
        for batch in batches:
            services.start(batch, BatchStatus.APPLYING)
        db.session.commit()
        jobs = [(batch.id, batch.owner_id) for batch in batches]

    def work(job: tuple[int, int]) -> None:
        with committed_app.app_context():
            apply.apply_job(batch_id=job[0], user_id=job[1])
            db.session.close()

    with ThreadPoolExecutor(10) as workers:
        list(workers.map(work, jobs))
    with committed_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Company)) == 20
        counts = db.session.execute(select(Batch.created, Batch.unchanged)).all()
        assert sorted(counts, reverse=True) == [(20, 0), *[(0, 20)] * 9]
