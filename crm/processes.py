"""Child processes that end with their parent, even when it is killed with -9.

Run as a program, this file is what stands between the two: it becomes the other user if it is told
to, asks the kernel for the signal, and then turns into the command. A `preexec_fn` would do the same
after a fork, which is unsafe in a process with threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Any


def start(
    command: list[str | Path], on_orphaned: signal.Signals, *, user: tuple[int, int] | None = None, **how: Any
) -> subprocess.Popen[bytes]:
    """Start a command that gets the signal `on_orphaned` when this process dies (on Linux; elsewhere it lives on).

    `user` is the (uid, gid) to run as, for root. `how` is passed to Popen.
    """
    identity = f"{user[0]}:{user[1]}" if user else ""
    shim = [
        sys.executable,
        "-I",
        "-S",
        str(Path(__file__).resolve()),
        str(os.getpid()),
        str(int(on_orphaned)),
        identity,
    ]
    started: Future[subprocess.Popen[bytes]] = Future()

    def hold() -> None:
        try:
            process: subprocess.Popen[bytes] = subprocess.Popen([*shim, *map(str, command)], **how)
        except BaseException as error:
            started.set_exception(error)
        else:
            started.set_result(process)
            process.wait()

    # The kernel takes the thread that started a child for its parent, so this one lives as long as the child.
    threading.Thread(target=hold, name=f"hold {command[0]}", daemon=True).start()
    return started.result()


def open_log(path: Path) -> IO[bytes]:
    """Open a log that only its owner may read, to append; what is longer than 10 MB is put aside, one file deep."""
    if path.exists() and path.stat().st_size > 10_000_000:
        path.replace(path.with_name(path.name + ".1"))
    return open(path, "ab", opener=lambda name, flags: os.open(name, flags, mode=0o600))


def become(parent: str, on_orphaned: str, identity: str, *command: str) -> None:
    """Turn this process into the command."""
    libc = ctypes.CDLL(None)  # loaded while this process may still read it
    if identity:
        uid, gid = map(int, identity.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        libc.prctl(1, int(on_orphaned))  # PR_SET_PDEATHSIG; a change of user would clear it
        if os.getppid() != int(parent):
            sys.exit("The parent died at once.")
    os.execv(command[0], command)  # noqa: S606  a shell would stand between the two


if __name__ == "__main__":
    become(*sys.argv[1:])
