"""The parent process of `make run`: database, migrations, sample, web server and queue worker under one roof.

    python -m crm.supervisor

Everything that it starts ends with it: in order on Ctrl-C, at once when it is killed.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, NoReturn

import psycopg

from crm.config import Settings
from crm.database import libpq_url, migrate
from crm.embedded import Server, connect_or_start
from crm.errors import ConfigurationError
from crm.postgres_programs import EmbeddedDatabaseError
from crm.processes import open_log, start

ROOT = Path(__file__).parents[1]

STOP_SECONDS = 8.0
"""How long the children may take to finish what they are at, together; the database has the two seconds after."""

LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
"""A child that ran this long before it died is restarted without a pause."""


def main() -> int:
    """Run the installation that the environment describes until a signal says stop; returns the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_requested)
    supervisor: Supervisor | None = None
    try:
        settings = Settings.from_env()
        supervisor = Supervisor(settings)
        supervisor.prepare()
        supervisor.run()
    except KeyboardInterrupt:
        print("\n正在停止……", flush=True)
    except (ConfigurationError, EmbeddedDatabaseError, StartError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        # Whoever presses Ctrl-C twice must not leave half of it running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if supervisor is not None:
            supervisor.stop()
    return 0


def _stop_requested(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


class StartError(RuntimeError):
    """The installation cannot start; the message says why."""


class Supervisor:
    """What runs, and how to bring it up and down."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.server: Server | None = None
        self.accounts = ""
        self.web = Child("web", ["-m", "gunicorn", "-c", "python:crm.serving", "app:create_app()"])
        self.worker = Child("worker", ["-m", "flask", "worker"])

    def prepare(self) -> None:
        """Bring up the database with its schema and, if nobody can sign in yet, the sample."""
        _require_free_port(self.settings.port)
        self.settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.settings.database_url is None:
            self.server = connect_or_start(self.settings.data, alone=True)
            self.settings = replace(self.settings, database_url=self.server.url)
        url = self.settings.database_url
        assert url is not None  # noqa: S101  set in the line above
        migrate(url)
        if _has_no_users(url):
            self._make_first_accounts()

    def _make_first_accounts(self) -> None:
        """Load the letter's facts and the demo chain with its accounts; in production, just make an administrator."""
        if self.settings.env == "production":
            self.accounts = self._flask("user", "add", "admin", "--role", "admin", "--office", "招商局")
            return
        print("首次启动：正在载入样例数据……", flush=True)
        self.accounts = self._flask("sample") + self._flask("demo")

    def _flask(self, *arguments: str) -> str:
        """Run a command of ours; returns what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", *arguments],
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartError(f"{done.stdout}首次启动没有完成：flask {' '.join(arguments)} 失败，原因见上文。")
        return done.stdout

    def _environment(self) -> Mapping[str, str]:
        """The settings, as the children read them."""
        return os.environ | {
            "CRM_ENV": self.settings.env,
            "CRM_DATABASE_URL": self.settings.database_url or "",
            "CRM_DATA": str(self.settings.data),
            "CRM_SECRET_KEY": self.settings.secret_key,
            "CRM_PORT": str(self.settings.port),
        }

    def run(self) -> None:
        """Start the children, say so, and keep them and the database running."""
        self._keep_running()
        self._wait_until_served()
        self._announce()
        while True:
            self._keep_running()
            time.sleep(0.2)

    def _keep_running(self) -> None:
        if self.server is not None and not self.server.is_running:
            print("数据库停止了，正在重新启动……", file=sys.stderr, flush=True)
            self.server.close()
            # The URL stays, so the web server connects again by itself. The worker would not listen again.
            self.server = connect_or_start(self.settings.data, alone=True)
            self.worker.kill()
        for child in (self.web, self.worker):
            child.keep_running(self._environment(), self.settings.data)

    def _wait_until_served(self) -> None:
        give_up = time.monotonic() + 60
        while not _answers(self.settings.port):
            if self.web.has_died or time.monotonic() > give_up:
                raise StartError(f"网页服务没有启动，原因见上文或 {self.settings.data / 'web.log'}。")
            time.sleep(0.1)

    def _announce(self) -> None:
        print(f"招商 CRM 已启动：{self.settings.base_url}")
        if self.accounts:
            print(f"账号（密码只显示这一次，请记下）：\n{self.accounts.rstrip()}")
        else:
            print("账号与密码在首次启动时显示过；需要新账号请用 .venv/bin/flask user add。")
        print("按 Ctrl-C 停止。", flush=True)

    def stop(self) -> None:
        """Let the children finish what they are at, then stop the database."""
        give_up = time.monotonic() + STOP_SECONDS
        for child in (self.web, self.worker):
            child.ask_to_stop()
        for child in (self.web, self.worker):
            child.wait(give_up)
        if self.server is not None:
            with suppress(EmbeddedDatabaseError):
                self.server.close(wait=0)


@dataclass
class Child:
    """A process that is started again when it dies, after a pause that doubles each time."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 0.0

    @property
    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def keep_running(self, environment: Mapping[str, str], logs: Path) -> None:
        """Start the process if it does not run and its pause is over."""
        if self.process is None:
            self._start(environment, logs)
        elif self.has_died:
            now = time.monotonic()
            if now - self.started_at > STEADY_SECONDS:
                self.pause = 0
            if now >= self.started_at + self.pause:
                print(f"{self.name} 停止了（{self.process.returncode}），重新启动。", file=sys.stderr, flush=True)
                self.pause = min(LONGEST_PAUSE, self.pause * 2 or 1)
                self._start(environment, logs)

    def _start(self, environment: Mapping[str, str], logs: Path) -> None:
        with _output(logs / f"{self.name}.log") as output:
            self.process = start(
                [sys.executable, *self.arguments],
                # The database ends with the parent, and to end gracefully these would wait for it.
                signal.SIGKILL,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C in a terminal reaches the whole group; the parent stops its children in order instead.
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    def ask_to_stop(self) -> None:
        """Ask for a graceful end."""
        if self.process is not None:
            self.process.terminate()

    def kill(self) -> None:
        """End the process at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def wait(self, give_up: float) -> None:
        """Wait for the end until a monotonic time; kill what still runs then."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()


def _output(log: Path) -> IO[bytes]:
    """Where a child writes: a file when a person watches the terminal, else what collects our own output."""
    return open_log(log) if sys.stderr.isatty() else open(os.dup(sys.stderr.fileno()), "wb")


def _require_free_port(port: int) -> None:
    """Wait a little: the last server's processes may just be ending."""
    give_up = time.monotonic() + 3
    while not _is_free(port):
        if time.monotonic() > give_up:
            raise StartError(f"端口 {port} 已被占用：先停止占用它的程序，或用 CRM_PORT 另选一个端口。")
        time.sleep(0.1)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _has_no_users(url: str) -> bool:
    with psycopg.connect(libpq_url(url)) as connection:
        return connection.execute("SELECT 1 FROM users WHERE disabled_at IS NULL LIMIT 1").fetchone() is None


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
