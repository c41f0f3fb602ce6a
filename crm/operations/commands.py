"""`flask backup`, `flask restore`, `flask doctor`."""

import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from crm.config import Settings
from crm.database import db, url_of
from crm.embedded import EmbeddedDatabaseError
from crm.errors import CrmError
from crm.history import seals
from crm.operations import backups
from crm.operations.checkup import Grade, checkup

A_FILE = click.Path(dir_okay=False, path_type=Path)


def init_app(app: Flask) -> None:
    """Register the commands."""
    for command in (backup, restore, doctor):
        app.cli.add_command(command)


@click.command("backup")
@click.argument("file", type=A_FILE)
@with_appcontext
def backup(file: Path) -> None:
    """把数据库、上传的文件和历史封印备份到一个文件；服务照常运行。

    密钥（CRM_SECRET_KEY）不在其中：请另外妥善保管，没有它备份无法恢复。
    """
    settings: Settings = current_app.config["SETTINGS"]
    try:
        manifest = backups.back_up(settings, url_of(settings), file)
    except (CrmError, OSError) as error:
        raise click.ClickException(f"没有备份成：{said(error)}") from None
    total = sum(size for size, _ in manifest.members.values())
    click.echo(f"已备份到 {file}：{total / (1 << 20):.1f} MB，{files_in(manifest)} 份上传的文件。密钥请另外保管。")


@click.command("restore")
@click.argument("file", type=A_FILE)
@click.option("--yes", is_flag=True, help="不再询问。")
@with_appcontext
def restore(file: Path, yes: bool) -> None:
    """用备份替换现在的数据；先停止服务。现在的数据会先自动备份到数据目录。"""
    if not yes:
        click.confirm(f"用 {file} 替换现在的全部数据？", abort=True)
    settings: Settings = current_app.config["SETTINGS"]
    try:
        done = backups.restore(settings, file)
    except (CrmError, EmbeddedDatabaseError, OSError) as error:
        raise click.ClickException(f"没有恢复，现在的数据未改动：{said(error)}") from None
    if done.before:
        click.echo(f"原来的数据备份在 {done.before}。")
    click.echo(f"已恢复 {done.manifest.made:%Y-%m-%d %H:%M} UTC 的备份，{files_in(done.manifest)} 份上传的文件。")
    faults = list(seals.verify(db.session, seals.key_of(settings.secret_key), settings.data))
    click.echo("操作记录完好。" if not faults else f"操作记录有 {len(faults)} 处问题，请运行 flask history verify。")
    sys.exit(1 if faults else 0)


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """检查安装：数据目录、磁盘、数据库、后台任务、封存、密钥、文件、备份；有故障时退出码 1。"""
    grades = set()
    for finding in checkup(current_app.config["SETTINGS"]):
        click.echo(f"{finding.grade.value}  {finding.subject}：{finding.said}")
        grades.add(finding.grade)
    sys.exit(1 if Grade.BAD in grades else 0)


def said(error: Exception) -> str:
    """What went wrong, as a sentence."""
    return error.message if isinstance(error, CrmError) else str(error)


def files_in(manifest: backups.Manifest) -> int:
    """How many uploaded contents a backup holds."""
    return sum(name.startswith("files/") for name in manifest.members)
