"""The commands on history, and the job that seals it each minute."""

import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import text

from crm.config import Settings
from crm.database import db
from crm.history import seals
from crm.jobs import queue

history = AppGroup("history", help="操作记录。")

#: Months ahead for which history has a partition.
MONTHS_AHEAD = 3


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(history)


@history.command("verify")
def verify() -> None:
    """核对操作记录与封条；有任何改动、缺失、添加或截断时退出码为 1。"""
    secret, folder = secret_and_folder()
    faults = 0
    for fault in seals.verify(db.session, seals.key_of(secret), folder):
        faults += 1
        click.echo(fault.kind.label % {"id": fault.id}, err=True)
    waiting = seals.unsealed(db.session)
    click.echo(f"{'操作记录完好' if not faults else f'发现 {faults} 处问题'}；{waiting} 条记录等待封存。")
    sys.exit(1 if faults else 0)


@history.command("seal")
def seal() -> None:
    """立即封存已经定稿的操作记录（平时每分钟自动进行）。"""
    click.echo(f"封存 {seal_now()} 条。")


def seal_now() -> int:
    """Seal what is final, then note how far ids have come for the next time; returns the number of sealed rows."""
    secret, folder = secret_and_folder()
    sealed = seals.seal_final_rows(db.session, seals.key_of(secret), folder)
    seals.take_horizon(db.session)
    return sealed


def secret_and_folder() -> tuple[str, Path]:
    """What the chain needs of the installation."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.secret_key, settings.data


@queue.periodic(cron="* * * * *")
@queue.task(name="seal_history", queueing_lock="seal_history", lock="seal_history")
def seal_history(timestamp: int) -> None:
    """Each minute: make room for the months to come, seal what has become final."""
    db.session.execute(text("select history_ensure_partitions(:months)"), {"months": MONTHS_AHEAD})
    db.session.commit()
    seal_now()
