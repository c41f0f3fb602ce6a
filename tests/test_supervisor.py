"""The parent process of `make run`, as a real process with its children."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from crm.database import migrate
from crm.embedded import connect_or_start
from tests.conftest import new_database

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[1]


class Installation:
    """`make run` without make, on a data folder and a port of its own."""

    def __init__(self, data: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(environment.get("CRM_PORT") or probe.getsockname()[1])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "crm.supervisor"],
            cwd=ROOT,
            env=os.environ | {"CRM_DATA": str(data), "CRM_PORT": str(self.port)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []

    def wait_until_started(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)
            if "Ctrl-C" in line:
                return
        raise AssertionError("".join(self.said))

    @property
    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, word: str) -> psutil.Process:
        """The direct child whose command has this word."""
        found = [child for child in psutil.Process(self.process.pid).children() if word in " ".join(child.cmdline())]
        assert len(found) == 1, word
        return found[0]

    def is_healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def finish(self, number: signal.Signals) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=15)
        self.said.append(out)
        return self.process.returncode


@pytest.fixture
def run() -> Iterator[Callable[..., Installation]]:
    """Start installations that are stopped after the test, whatever happens."""
    installations: list[Installation] = []

    def run(data: Path, **environment: str) -> Installation:
        installations.append(Installation(data, **environment))
        return installations[-1]

    yield run
    for installation in installations:
        if installation.process.poll() is None:
            installation.finish(signal.SIGTERM)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of an installation that was started before: it has its schema and a user."""
    data = tmp_path_factory.mktemp("installation") / "招商 数据"
    with connect_or_start(data, durable=False) as server:
        migrate(server.url)
        subprocess.run(
            [sys.executable, "-m", "flask", "user", "add", "admin", "--role", "admin", "--office", "招商局"],
            cwd=ROOT,
            env=os.environ | {"CRM_DATA": str(data), "CRM_DATABASE_URL": server.url},
            check=True,
            stdout=subprocess.DEVNULL,
        )
    yield data
    connect_or_start(data, durable=False).close()  # tidies up after the kills


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.05)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still runs; one that ended and waits for the machine's first process to notice does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_dies_is_started_again_and_ctrl_c_stops_everything(data: Path, run: Callable[..., Installation]) -> None:
    installation = run(data)
    installation.wait_until_started()
    assert f"招商 CRM 已启动：http://127.0.0.1:{installation.port}\n" in installation.said
    assert installation.is_healthy()
    for word in ("flask worker", "gunicorn", "postgres"):
        killed = installation.child(word)
        killed.kill()
        killed.wait(10)
        wait_until(installation.is_healthy)
    wait_until(lambda: len(psutil.Process(installation.process.pid).children()) == 3)
    family = installation.family
    assert installation.finish(signal.SIGINT) == 0
    wait_until(lambda: not any(is_alive(process) for process in family))
    assert not (data / "database" / "postmaster.pid").exists()


def test_everything_ends_with_a_killed_parent(data: Path, run: Callable[..., Installation]) -> None:
    installation = run(data)
    installation.wait_until_started()
    family = installation.family
    installation.finish(signal.SIGKILL)
    wait_until(lambda: not any(is_alive(process) for process in family))


def test_taken_port_is_named(data: Path, run: Callable[..., Installation]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        installation = run(data, CRM_PORT=port)
        said, _ = installation.process.communicate(timeout=15)
    assert installation.process.returncode == 1
    assert f"端口 {port} 已被占用" in said


def test_first_start_in_production_prints_a_one_time_password(
    server_url: str, worker_id: str, tmp_path: Path, run: Callable[..., Installation]
) -> None:
    url = new_database(server_url, f"production_{worker_id}", migrated=False)
    installation = run(
        tmp_path / "data", CRM_ENV="production", CRM_DATABASE_URL=url, CRM_SECRET_KEY=secrets.token_urlsafe(48)
    )
    installation.wait_until_started()
    assert any(line.startswith("admin\t") for line in installation.said)
    assert not (tmp_path / "data" / "database").exists()
    assert installation.finish(signal.SIGTERM) == 0


def test_production_refuses_to_start_without_a_secret(tmp_path: Path, run: Callable[..., Installation]) -> None:
    installation = run(tmp_path / "data", CRM_ENV="production", CRM_SECRET_KEY="")
    said, _ = installation.process.communicate(timeout=15)
    assert installation.process.returncode == 1
    assert "CRM_SECRET_KEY" in said
    assert "Traceback" not in said
