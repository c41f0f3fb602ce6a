"""What an administrator should know of an installation before it hurts: each check is one line of `flask doctor`."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

import chinese_calendar.constants
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from crm import rules
from crm.config import Settings
from crm.database import alembic_config, db
from crm.files.models import StoredFile
from crm.files.services import folder, path_of
from crm.history import seals
from crm.jobs import SILENCE
from crm.operations.backups import NOTED

#: Bytes: below the first the next import may fail, below the second somebody should look.
LITTLE_SPACE, SOME_SPACE = 1 << 30, 5 << 30
#: A backup is older than it should be after so long, and history waits for its seal too long after so many rows.
BACKUP_AGE = timedelta(days=2)
MANY_UNSEALED = 100_000
#: From this month on next year's holidays are announced.
ANNOUNCED = 12


class Grade(Enum):
    """How a check came out, as it is printed."""

    GOOD = "正常"
    WARNING = "注意"
    BAD = "故障"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, what was seen and what to do."""

    subject: str
    grade: Grade
    said: str


def checkup(settings: Settings) -> Iterator[Finding]:
    """Look at everything; what needs the database is left out where it does not answer."""
    yield folder_of(settings)
    yield space(settings)
    yield address(settings)
    yield last_backup(settings)
    yield holidays()
    try:
        server = db.session.scalar(text("show server_version"))
    except SQLAlchemyError as error:
        yield Finding("数据库", Grade.BAD, f"连不上：{str(error.__cause__ or error).strip().splitlines()[0]}")
        return
    yield Finding("数据库", Grade.GOOD, f"PostgreSQL {server}")
    tables = schema()
    yield tables
    if tables.grade is Grade.GOOD:
        of_database: tuple[Callable[[Settings], Finding], ...] = (worker, jobs, history, key, contents)
        yield from (check(settings) for check in of_database)


def folder_of(settings: Settings) -> Finding:
    """Whether the data folder is ours to write and closed to others."""
    mode = settings.data.stat().st_mode & 0o777
    if not os.access(settings.data, os.W_OK):
        return Finding("数据目录", Grade.BAD, f"{settings.data} 不可写。")
    if mode & 0o077:
        return Finding("数据目录", Grade.WARNING, f"{settings.data} 对其他用户开放（{mode:o}），请 chmod 700。")
    return Finding("数据目录", Grade.GOOD, str(settings.data))


def space(settings: Settings) -> Finding:
    """How much the disk still takes."""
    free = shutil.disk_usage(settings.data).free
    grade = Grade.BAD if free < LITTLE_SPACE else Grade.WARNING if free < SOME_SPACE else Grade.GOOD
    return Finding("磁盘", grade, f"剩余 {free / (1 << 30):.1f} GB。")


def address(settings: Settings) -> Finding:
    """Whether sign-ins travel encrypted in production."""
    if settings.env == "production" and not settings.base_url.startswith("https://"):
        return Finding("地址", Grade.WARNING, f"{settings.base_url} 不是 https，密码明文经过网络；请设 CRM_BASE_URL。")
    return Finding("地址", Grade.GOOD, settings.base_url)


def last_backup(settings: Settings) -> Finding:
    """When `flask backup` last wrote a file."""
    try:
        noted = json.loads((settings.data / NOTED).read_text())
        age = datetime.now(UTC) - datetime.fromisoformat(noted["made_at"])
    except (OSError, ValueError, KeyError):
        return Finding("备份", Grade.WARNING, "还没有用 flask backup 备份过。")
    grade = Grade.WARNING if age > BACKUP_AGE else Grade.GOOD
    return Finding("备份", grade, f"上次在 {age.days} 天 {age.seconds // 3600} 小时前：{noted['file']}")


def holidays() -> Finding:
    """Whether the terms that are counted in working days know the holidays ahead."""
    today = rules.today()
    last = max(chinese_calendar.constants.holidays).year
    if last < today.year + (today.month >= ANNOUNCED):
        return Finding("节假日", Grade.WARNING, f"只到 {last} 年，此后只避开周末、元旦、劳动节和国庆节；请升级程序。")
    return Finding("节假日", Grade.GOOD, f"到 {last} 年。")


def schema() -> Finding:
    """Whether the database has the program's schema."""
    is_there = db.session.scalar(text("select to_regclass('alembic_version')"))
    found = db.session.scalar(text("select version_num from alembic_version")) if is_there else None
    head = ScriptDirectory.from_config(alembic_config("")).get_current_head()
    if found != head:
        return Finding("表结构", Grade.BAD, f"是 {found}，程序要 {head}；重新启动服务会升级它。")
    return Finding("表结构", Grade.GOOD, str(head))


def worker(_settings: Settings) -> Finding:
    """Whether somebody works off the jobs."""
    beat = text("select extract(epoch from now() - max(last_heartbeat)) from procrastinate_workers")
    silence = db.session.scalar(beat)
    if silence is None or silence > SILENCE:
        return Finding("后台任务", Grade.BAD, "没有进程在执行：导入、提醒、封存都停着；请看服务是否已启动。")
    return Finding("后台任务", Grade.GOOD, f"{silence:.0f} 秒前有心跳。")


def jobs(_settings: Settings) -> Finding:
    """Jobs of the last day that failed."""
    failed = db.session.execute(
        text(
            "select j.task_name, count(*) from procrastinate_jobs j join procrastinate_events e on e.job_id = j.id"
            " where e.type = 'failed' and e.at > now() - interval '1 day' group by 1 order by 1"
        )
    ).all()
    if failed:
        told = "、".join(f"{name} {count} 次" for name, count in failed)
        return Finding("失败的任务", Grade.WARNING, f"一天内：{told}；原因见 worker.log。")
    return Finding("失败的任务", Grade.GOOD, "一天内没有。")


def history(_settings: Settings) -> Finding:
    """Whether history is sealed as it grows."""
    waiting = seals.unsealed(db.session)
    grade = Grade.WARNING if waiting > MANY_UNSEALED else Grade.GOOD
    return Finding("操作记录", grade, f"{waiting} 条等待封存；逐条核对请运行 flask history verify。")


def key(settings: Settings) -> Finding:
    """Whether the secret is the one under which this installation's history was sealed."""
    seal = seals.newest(db.session)
    before = db.session.get(type(seal), seal.previous_id) if seal and seal.previous_id else None
    if seal and list(seals.faults_of_link(seals.key_of(settings.secret_key), seal, before)):
        return Finding("密钥", Grade.BAD, "与封存操作记录时的不同：联系人号码也会解不开；请找回原来的 CRM_SECRET_KEY。")
    return Finding("密钥", Grade.GOOD, "与操作记录的封条一致。" if seal else "还没有封条可以核对。")


def contents(_settings: Settings) -> Finding:
    """Uploaded contents that should lie on the disk."""
    kept = db.session.scalars(select(StoredFile.sha256).where(StoredFile.purged_at.is_(None))).all()
    missing = sum(not path_of(folder(), digest).exists() for digest in kept)
    if missing:
        return Finding("文件", Grade.BAD, f"{len(kept)} 份中缺 {missing} 份；请从备份恢复 files 目录。")
    return Finding("文件", Grade.GOOD, f"{len(kept)} 份齐全。")
