"""Copying an installation while people work in it, and putting a copy back."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from crm.config import Settings
from crm.database import N_, alembic_config, libpq_url, migrate
from crm.embedded import connect_or_start
from crm.errors import CrmError, RuleError
from crm.files.services import FOLDER
from crm.history.seals import ANCHOR
from crm.operations import archive
from crm.operations.archive import Manifest
from crm.postgres_programs import client

DUMP = "database.dump"
#: Where the last backup of this installation is noted, for `doctor`.
NOTED = "last-backup.json"
NEWER = N_("这份备份来自更新的版本（%(revision)s），请先升级程序。")
IN_USE = N_("还有程序连着数据库，请先停止服务。")

#: What stands before the dump's own statements, in the same transaction.
EMPTIED = "set client_min_messages = warning; drop schema public cascade; create schema public"


class BackupError(CrmError):
    """PostgreSQL's own programs could not do it; the message ends with what they said."""


@dataclass(frozen=True)
class Restored:
    """What a restore did: what it put back, and where what stood there before now lies (None: there was nothing)."""

    manifest: Manifest
    before: Path | None


def back_up(settings: Settings, url: str, path: Path) -> Manifest:
    """Write the database, the uploaded files and the head of the sealed history into one file.

    People go on working: the dump is one snapshot. The head of the seals is taken before it and the files after it, so
    that the copy holds at least what its parts ask for. Raises BackupError, OSError.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        sources = dict(anchor_copied(settings.data, Path(folder)))
        dump = Path(folder) / DUMP
        run([str(client("pg_dump")), "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}"], url)
        sources[DUMP] = dump
        files = sorted(path for path in (settings.data / FOLDER).rglob("*") if path.is_file())
        sources |= {file.relative_to(settings.data).as_posix(): file for file in files}
        manifest = archive.write(path, archive.key_of(settings.secret_key), revision_of(url), sources)
    (settings.data / NOTED).write_text(json.dumps({"made_at": manifest.made_at, "file": str(path.absolute())}))
    return manifest


def anchor_copied(data: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """The head of the seals as it is now, where there is one."""
    if (data / ANCHOR).exists():
        yield ANCHOR, Path(shutil.copy(data / ANCHOR, folder / ANCHOR))


def restore(settings: Settings, path: Path) -> Restored:
    """Put a backup in the place of what is there, which is itself backed up before.

    Everything is checked first; the database is replaced in one transaction. Raises RuleError for a file that may not
    be used or while a program still uses the database, BackupError where PostgreSQL refuses: then nothing has changed.
    """
    manifest = archive.checked(path, archive.key_of(settings.secret_key))
    if not is_known(manifest.revision):
        raise RuleError(NEWER % {"revision": manifest.revision})
    with database_alone(settings) as url:
        before = settings.data / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar" if has_tables(url) else None
        if before is not None:
            back_up(settings, url, before)
        with tempfile.TemporaryDirectory(dir=settings.data, prefix=".restore-") as folder:
            archive.extract(path, Path(folder))
            replace_database(url, Path(folder) / DUMP)
            put_back_files(Path(folder), settings.data)
        migrate(url)
    return Restored(manifest, before)


@contextmanager
def database_alone(settings: Settings) -> Iterator[str]:
    """The installation's database while nobody else uses it; else RuleError or DatabaseInUseError is raised."""
    with ExitStack() as stack:
        url = settings.database_url or stack.enter_context(connect_or_start(settings.data, alone=True)).url
        with psycopg.connect(libpq_url(url)) as connection:
            others = connection.execute(
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                " and backend_type = 'client backend'"
            ).fetchone()
        if others != (0,):
            raise RuleError(IN_USE)
        yield url


def replace_database(url: str, dump: Path) -> None:
    """Empty the database and fill it from the dump, in one transaction. Raises BackupError; then it is as before."""
    script = dump.with_suffix(".sql")  # written out first: a reading that breaks off must not be taken for the end
    run([str(client("pg_restore")), "--no-owner", "--no-privileges", f"--file={script}", str(dump)])
    psql = [str(client("psql")), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    run([*psql, f"--command={EMPTIED}", f"--file={script}"], url)
    script.unlink()
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("analyze")


def put_back_files(source: Path, data: Path) -> None:
    """Move the files of an extracted backup to their places; contents that are there already are the same."""
    for file in (path for path in source.rglob("*") if path.is_file() and path.name != DUMP):
        target = data / file.relative_to(source)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(file, target)


def run(command: list[str], url: str = "") -> None:
    """Run a program of PostgreSQL, on a database where one is named. Raises BackupError.

    The database's password stands in no list of processes.
    """
    parts = conninfo_to_dict(libpq_url(url))
    password = str(parts.pop("password", "") or "")
    done = subprocess.run(
        [*command, f"--dbname={make_conninfo('', **parts)}"] if url else command,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PGPASSWORD": password},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        # The first line tells what was wrong; further ones hold a statement's values, which may be personal.
        raise BackupError(f"{Path(command[0]).name}: {(done.stderr.strip().splitlines() or [''])[0]}")


def revision_of(url: str) -> str:
    """The schema's revision."""
    with psycopg.connect(libpq_url(url)) as connection:
        row = connection.execute("select version_num from alembic_version").fetchone()
    return row[0] if row else ""


def is_known(revision: str) -> bool:
    """Whether this program has the revision among its migrations, so that it can bring the schema up from there."""
    scripts = ScriptDirectory.from_config(alembic_config(""))
    return revision in {script.revision for script in scripts.walk_revisions()}


def has_tables(url: str) -> bool:
    """Whether the database holds an installation."""
    with psycopg.connect(libpq_url(url)) as connection:
        return connection.execute("select to_regclass('alembic_version')").fetchone() != (None,)
