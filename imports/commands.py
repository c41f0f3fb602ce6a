"""Commands: import and undo from a terminal, and the samples."""

import json
import sys
import time
from pathlib import Path

import click
from flask import Flask, current_app
from flask_babel import gettext as _
from sqlalchemy import select

from crm.accounts import passwords
from crm.accounts.models import User
from crm.accounts.services import set_password
from crm.database import acting_as, db
from crm.errors import CrmError
from imports import apply, profiles, rejects, samples, services, undo
from imports.models import Batch
from imports.problems import ImportProblem
from imports.work import LOADER

SOME_LEFT_OUT, UNREADABLE = 3, 4
COUNTS = ("read", "created", "updated", "unchanged", "duplicates", "ambiguous", "rejected")


def init_app(app: Flask) -> None:
    """Register the commands."""
    for command in (import_list, import_undo, sample, demo):
        app.cli.add_command(command)


@click.command("import-list")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "name", required=True, help="以哪个用户的名义导入。")
@click.option("--sheet", help="工作表名称；默认第一个有内容的。")
@click.option("--profile", help="按这个名字的列映射方案读。")
@click.option("--list", "list_name", default="", help="把企业放入这张招商清单。")
@click.option("--dry-run", is_flag=True, help="只检查，不写入。")
@click.option("--json", "as_json", is_flag=True, help="结果打印为一行 JSON。")
def import_list(file: Path, name: str, dry_run: bool, as_json: bool, **options: str | None) -> None:
    """导入一份企业名单。全部采用时退出码 0，有未采用的行时 3，文件读不懂时 4。"""
    started = time.monotonic()
    user = user_named(name)
    try:
        batch = run(file, user, dry_run, **options)
    except (ImportProblem, CrmError) as problem:
        db.session.rollback()
        click.echo(str(problem) if isinstance(problem, ImportProblem) else said(problem), err=True)
        sys.exit(UNREADABLE)
    result = {"batch": None if dry_run else batch.id, **{key: getattr(batch, key) for key in COUNTS}}
    left_out, path = batch.left_out, write_rejects(batch, file) if batch.left_out else None
    if dry_run:
        db.session.rollback()
    else:
        db.session.commit()
    tell(result | {"seconds": round(time.monotonic() - started, 2)}, as_json)
    if left_out:
        click.echo(path, err=True)
        sys.exit(SOME_LEFT_OUT)


def said(problem: CrmError) -> str:
    """An error's sentence."""
    return _(problem.message, **problem.details)


def run(
    file: Path, user: User, dry_run: bool, *, sheet: str | None, profile: str | None, list_name: str | None
) -> Batch:
    """Take, check and apply a file in one transaction."""
    with acting_as(user.id):
        known = profiles.named(profile, user) if profile else None
        feed = known.feed if known else "companies"
        batch = services.take(file.read_bytes(), file.name, user, feed=feed, sheet=sheet, profile=known)
        batch.list_name = list_name or ""
        db.session.flush()
    with acting_as(user.id, batch_id=batch.id):
        act = apply.check if dry_run else apply.apply
        act(batch, user)
    return batch


def write_rejects(batch: Batch, file: Path) -> Path:
    """Put the workbook of what was left out beside the installation's data; its path."""
    folder = Path(current_app.config["SETTINGS"].data) / "rejects"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{batch.id}-{file.stem[:80]}-未采用.xlsx"
    path.write_bytes(rejects.build(batch))
    return path


@click.command("import-undo")
@click.argument("batch_id", type=int)
@click.option("--as", "name", required=True, help="以哪个用户的名义撤销。")
@click.option("--json", "as_json", is_flag=True, help="结果打印为一行 JSON。")
def import_undo(batch_id: int, name: str, as_json: bool) -> None:
    """撤销一次导入；导入后又被修改或引用的记录保留。"""
    user = user_named(name)
    try:
        with acting_as(user.id, batch_id=batch_id):
            kept = undo.undo(services.to_undo(batch_id, user), user)
    except CrmError as problem:
        db.session.rollback()
        raise click.ClickException(said(problem)) from None
    db.session.commit()
    tell({"batch": batch_id, "kept": kept}, as_json)


@click.command("sample")
@click.option("--json", "as_json", is_flag=True, help="结果打印为一行 JSON。")
def sample(as_json: bool) -> None:
    """装载答复函所载的事实。"""
    batches = samples.load("letter")
    db.session.commit()
    say_loaded(batches, [], as_json)


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help="结果打印为一行 JSON。")
def demo(as_json: bool) -> None:
    """装载示例链和示例账号；每个新账号打印一行：用户名、一次性密码、角色、部门、姓名。"""
    batches = samples.load("demo")
    accounts = one_time_passwords()
    db.session.commit()
    say_loaded(batches, accounts, as_json)


def one_time_passwords() -> list[list[str]]:
    """Give every account that has no password yet a one-time one."""
    found = select(User).where(User.password_hash.startswith("!"), User.name != LOADER).order_by(User.id)
    lines = []
    for user in db.session.scalars(found):
        password = passwords.one_time()
        with acting_as(user.id):
            set_password(user, password, must_change=True)
        lines.append([user.name, password, user.role.label, user.office.name, user.display_name])
    return lines


def say_loaded(batches: list[Batch], accounts: list[list[str]], as_json: bool) -> None:
    """Accounts on standard output, one a line, so that a caller can pass them on; the rest on standard error."""
    if as_json:
        loaded = [{"file": b.upload.name, **{key: getattr(b, key) for key in COUNTS}} for b in batches]
        click.echo(json.dumps({"batches": loaded, "accounts": accounts}, ensure_ascii=False))
        return
    for line in accounts:
        click.echo("\t".join(line))
    click.echo(_("装载了 %(count)s 个文件。", count=len(batches)), err=True)


def tell(result: dict[str, object], as_json: bool) -> None:
    """A result as one line of JSON, or a line a figure."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        for key, value in result.items():
            click.echo(f"{key}: {value}")


def user_named(name: str) -> User:
    """The active user of a sign-in name; a usage error for another."""
    user = db.session.scalars(select(User).where(User.name == name.lower(), User.disabled_at.is_(None))).one_or_none()
    if user is None:
        raise click.BadParameter(_("没有这个用户，或已停用。"), param_hint="--as")
    return user
