"""gunicorn's settings (`-c python:crm.serving`)."""

import gc
import os
import threading
from pathlib import Path
from typing import Any

from sqlalchemy.orm import configure_mappers

from crm.tokens import split_pinyin

bind = f"127.0.0.1:{os.environ.get('CRM_PORT', '5000')}"
worker_class = "gthread"
workers = 2
threads = 8
# Loaded once and shared by the workers: it starts faster and takes less memory. Connections are made after the fork.
preload_app = True
timeout = 60
# The parent allows 10 s for everything.
graceful_timeout = 4
# Each worker's heartbeat is a file: in memory, so that a slow disk does not get a healthy worker killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
# The application logs each request itself.
loglevel = "warning"


def when_ready(_server: Any) -> None:
    """What was loaded stays: the collector need not look through half a million objects again, for a quarter of a
    second in the middle of a request, and the workers share their memory."""
    settle()


def settle() -> None:
    """Take everything that lives now out of the collector's rounds, and make these as rare as the size of a page asks.

    A page makes some 5,000 objects in circles. By default every twentieth page would wait 20 ms for a round through all
    that was made since the start.
    """
    configure_mappers()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 100)


def post_worker_init(_worker: Any) -> None:
    """Read the table of syllables beside the first requests: no search by pinyin waits for it."""
    threading.Thread(target=split_pinyin, args=("pinyin",), daemon=True).start()
