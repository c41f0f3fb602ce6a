"""Commands on accounts."""

import secrets
import sys

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from crm.accounts import settings
from crm.accounts.models import Office, Role, User
from crm.accounts.services import hasher
from crm.database import SYSTEM, acting_as, db

users = AppGroup("user", help="用户。")


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(users)
    app.cli.add_command(setting)


@click.command("setting")
@click.argument("key", type=click.Choice(list(settings.DEFAULTS)))
@click.argument("value", required=False)
@with_appcontext
def setting(key: str, value: str | None) -> None:
    """查看一项系统设置，或把它改成 VALUE（开关写 on 或 off）。"""
    if value is not None:
        try:
            read = settings.read(key, value)
        except ValueError:
            raise click.BadParameter(f"{key} 不能是 {value}。") from None
        with acting_as(SYSTEM):
            settings.store(key, read)
        db.session.commit()
    click.echo(settings.words_of(settings.setting(key)))


@users.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--office", required=True, help="部门名称；没有时新建。")
@click.option("--display-name", help="姓名；默认同用户名。")
@click.option("--password-stdin", is_flag=True, help="从标准输入读密码；否则打印一次性密码。")
def add(name: str, role: str, office: str, display_name: str | None, password_stdin: bool) -> None:
    """新增一个用户。"""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    with acting_as(SYSTEM):
        place = db.session.scalars(select(Office).where(Office.name == office)).one_or_none() or Office(name=office)
        user = User(
            name=name.lower(),
            display_name=display_name or name,
            role=Role(role),
            office=place,
            password_hash=hasher().hash(password),
            must_change_password=not password_stdin,
        )
        db.session.add(user)
    db.session.commit()
    if not password_stdin:
        click.echo(f"{user.name}\t{password}")
