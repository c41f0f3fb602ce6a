"""A backup taken while people write comes back whole; what is no whole backup of ours is refused (promise 10)."""

import shutil
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from app import create_app
from crm.accounts.models import Office
from crm.config import Settings
from crm.database import acting_as, db, libpq_url
from crm.errors import RuleError
from crm.files.models import StoredFile
from crm.files.services import path_of, store
from crm.history import seals
from crm.history.commands import seal_now
from crm.operations import archive, backups
from crm.operations.checkup import Grade, checkup
from tests import factories
from tests.conftest import SECRET, execute, new_database, settings_for

pytestmark = pytest.mark.processes

#: Rows that somebody must have written during the backup for the test to say something.
SOME = 5


@pytest.fixture
def installation(committed_app) -> Settings:
    """An installation with a user, an uploaded file and sealed history."""
    with committed_app.app_context(), factories.acting(1):
        user = factories.User()
        settings: Settings = committed_app.config["SETTINGS"]
        store("拜访记录".encode(), "记录.txt", "text/plain", settings.data / "files", user)
        db.session.commit()
        sealed()
        db.session.close()
        db.engine.dispose()
    return settings


def sealed() -> None:
    """Seal history: what is final waits for the transactions of all databases of the server, which tests share."""
    for _ in range(600):
        seal_now()
        if seals.unsealed(db.session) == 0:
            return
        time.sleep(0.1)
    raise AssertionError("history was not sealed within a minute")


@pytest.fixture
def elsewhere(server_url, worker_id, tmp_path) -> Settings:
    """Another machine's empty installation under the same secret."""
    data = tmp_path / "elsewhere"
    data.mkdir(mode=0o700)
    return settings_for(new_database(server_url, f"elsewhere_{worker_id}", migrated=False), data)


def url_of(settings: Settings) -> str:
    assert settings.database_url
    return settings.database_url


def faults(settings: Settings) -> list[seals.Fault]:
    app = create_app(settings)
    with app.app_context():
        found = list(seals.verify(db.session, seals.key_of(SECRET), settings.data))
        db.session.close()
        db.engine.dispose()
    return found


def count_of_offices(settings: Settings) -> int:
    app = create_app(settings)
    with app.app_context():
        count = db.session.scalar(select(func.count()).select_from(Office)) or 0
        db.session.close()
        db.engine.dispose()
    return count


class Writer(threading.Thread):
    """Adds an office and its history in one transaction after the other, until told to stop."""

    def __init__(self, app) -> None:
        super().__init__()
        self.app, self.stopped, self.written = app, threading.Event(), 0

    def run(self) -> None:
        with self.app.app_context():
            while not self.stopped.is_set():
                with acting_as(1):
                    db.session.add(Office(name=f"示例科{self.written}"))
                    db.session.commit()
                self.written += 1
            db.session.close()


def test_a_backup_taken_while_people_write_comes_back_whole_elsewhere(
    committed_app, installation, elsewhere, tmp_path
) -> None:
    writer = Writer(committed_app)
    writer.start()
    backups.back_up(installation, url_of(installation), tmp_path / "一.tar")
    during = writer.written
    writer.stopped.set()
    writer.join()
    assert during > SOME

    restored = backups.restore(elsewhere, tmp_path / "一.tar")

    assert restored.before is None
    assert faults(elsewhere) == []
    assert 0 < count_of_offices(elsewhere) < count_of_offices(installation) + 1
    with create_app(elsewhere).app_context():
        kept = db.session.scalars(select(StoredFile)).one()
        assert path_of(elsewhere.data / "files", kept.sha256).read_text() == "拜访记录"
        # RESTRICT and the triggers came along: the history of a new row is written, and nobody's write is refused.
        with acting_as(1):
            db.session.add(Office(name="示例新科"))
            db.session.commit()
        assert db.session.scalar(text("select count(*) from history where after->>'name' = '示例新科'")) == 1
        unchecked = "select count(*) from pg_constraint where contype = 'f' and not convalidated"
        assert db.session.scalar(text(unchecked)) == 0
        db.session.close()
        db.engine.dispose()


def test_what_stood_there_is_backed_up_before_and_can_be_put_back(committed_app, installation, tmp_path) -> None:
    backups.back_up(installation, url_of(installation), tmp_path / "一.tar")
    with committed_app.app_context(), acting_as(1):
        db.session.add(Office(name="示例后来的科"))
        db.session.commit()
        db.session.close()
        db.engine.dispose()
    later = count_of_offices(installation)

    before = backups.restore(installation, tmp_path / "一.tar").before
    assert before
    assert count_of_offices(installation) == later - 1

    backups.restore(installation, before)
    assert count_of_offices(installation) == later
    assert faults(installation) == []


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def remake(path: Path, secret: str = SECRET, revision: str = "20240101_0000") -> None:
    """A well-formed archive of other content."""
    archive.write(path, archive.key_of(secret), revision, {"database.dump": Path(__file__)})


#: What is done to a backup, and the word of the sentence with which it is refused.
SPOILT = {
    cut: "不完整",
    flip: "不完整",
    (lambda path: path.write_bytes(b"")): "不是本系统",
    (lambda path: path.write_text("招商台账")): "不是本系统",
    (lambda path: remake(path, secret="another-secret-0123456789-abcdefghij")): "密钥",
    remake: "更新的版本",
}


def test_what_is_no_whole_backup_of_ours_is_refused_and_nothing_changes(installation, tmp_path) -> None:
    good, path = tmp_path / "一.tar", tmp_path / "二.tar"
    backups.back_up(installation, url_of(installation), good)
    before = count_of_offices(installation)
    for spoil, said in SPOILT.items():
        shutil.copy(good, path)
        spoil(path)
        with pytest.raises(RuleError) as refused:
            backups.restore(installation, path)
        assert said in refused.value.message
    assert count_of_offices(installation) == before
    assert not list(installation.data.glob("before-restore-*"))


def test_what_does_harm_under_the_right_secret_changes_nothing_either(installation, tmp_path) -> None:
    path, key, revision = tmp_path / "一.tar", archive.key_of(SECRET), backups.revision_of(url_of(installation))
    archive.write(path, key, revision, {"../../escaped": Path(__file__)})
    with pytest.raises(RuleError):
        backups.restore(installation, path)
    before = count_of_offices(installation)
    archive.write(path, key, revision, {"database.dump": Path(__file__)})
    with pytest.raises(backups.BackupError):
        backups.restore(installation, path)
    assert count_of_offices(installation) == before


def test_a_restore_waits_for_the_service_to_be_stopped(committed_app, installation, tmp_path) -> None:
    backups.back_up(installation, url_of(installation), tmp_path / "一.tar")
    with committed_app.app_context():
        db.session.execute(text("select 1"))
        with pytest.raises(RuleError, match="停止服务"):
            backups.restore(installation, tmp_path / "一.tar")


def test_the_commands_say_what_they_did(committed_app, installation, tmp_path) -> None:
    runner = committed_app.test_cli_runner()
    made = runner.invoke(args=["backup", str(tmp_path / "一.tar")])
    assert made.exit_code == 0
    assert "1 份上传的文件" in made.output
    with committed_app.app_context():
        db.engine.dispose()
    back = runner.invoke(args=["restore", "--yes", str(tmp_path / "一.tar")])
    assert back.exit_code == 0, back.output
    assert "操作记录完好" in back.output
    lost = runner.invoke(args=["restore", "--yes", str(tmp_path / "二.tar")])
    assert lost.exit_code == 1
    assert "未改动" in lost.output
    nowhere = runner.invoke(args=["backup", str(tmp_path / "没有" / "一.tar")])
    assert nowhere.exit_code == 1


def grades(app) -> dict[str, Grade]:
    with app.app_context():
        found = {each.subject: each.grade for each in checkup(app.config["SETTINGS"])}
        db.session.close()
        db.engine.dispose()
    return found


def test_the_checkup_finds_what_is_wrong(committed_app, installation, tmp_path) -> None:
    found = grades(committed_app)
    assert found["备份"] is Grade.WARNING
    assert found["后台任务"] is Grade.BAD  # no worker runs here
    assert {found[each] for each in ("数据库", "表结构", "密钥", "文件", "操作记录")} == {Grade.GOOD}

    backups.back_up(installation, url_of(installation), tmp_path / "一.tar")
    for file in (installation.data / "files").rglob("*"):
        if file.is_file():
            file.unlink()
    execute(
        url_of(installation),
        "insert into procrastinate_workers default values",
    )
    found = grades(committed_app)
    assert (found["备份"], found["后台任务"], found["文件"]) == (Grade.GOOD, Grade.GOOD, Grade.BAD)

    execute(url_of(installation), "update alembic_version set version_num = 'older'")
    assert grades(committed_app)["表结构"] is Grade.BAD
    assert libpq_url(url_of(installation)).startswith("postgresql://")


def test_the_checkup_tells_that_the_secret_is_another(installation) -> None:
    other = create_app(Settings(**{**vars(installation), "secret_key": "another-secret-0123456789-abcdefghij"}))
    assert grades(other)["密钥"] is Grade.BAD
