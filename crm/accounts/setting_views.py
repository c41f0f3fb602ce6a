"""The page of settings: figures that an administrator changes, at once and in history."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts import settings
from crm.accounts.access import needs
from crm.database import db

blueprint = Blueprint("settings", __name__)


@dataclass
class Line:
    """A setting on the page: what is stored now, what was typed, what is wrong with it."""

    key: str
    label: str
    unit: str
    stored: str
    default: str
    typed: str
    choices: tuple[str, ...]
    error: str = ""


@blueprint.get("/settings")
@needs("user.edit")
def index() -> ResponseReturnValue:
    """All settings."""
    return render_template("accounts/settings.html", lines=lines(), names=settings.CHOICE_LABELS)


def lines() -> list[Line]:
    """The page's lines; of what a form sent, as it was typed."""
    found = []
    for key, (label, unit) in settings.LABELS.items():
        stored, default = (settings.words_of(value) for value in (settings.setting(key), settings.DEFAULTS[key]))
        typed = request.form.get(key, stored).strip()
        found.append(Line(key, label, unit, stored, default, typed, settings.choices_of(key)))
    return found


@blueprint.post("/settings")
@needs("user.edit")
def save() -> ResponseReturnValue:
    """Store what was changed; nothing where a value makes no sense or somebody changed it meanwhile."""
    found = lines()
    changed = [line for line in found if line.typed != line.stored]
    for line in changed:
        line.error = complaint(line)
    if any(line.error for line in changed):
        status = 409 if any(overtaken(line) for line in changed) else 422
        return render_template("accounts/settings.html", lines=found, names=settings.CHOICE_LABELS), status
    for line in changed:
        settings.store(line.key, settings.read(line.key, line.typed))
    db.session.commit()
    flash(_("已保存，立即生效。") if changed else _("没有改动。"), "success")
    return redirect(url_for(".index"))


def overtaken(line: Line) -> bool:
    """Whether the value is no longer what the form showed."""
    return request.form.get(f"was-{line.key}", line.stored) != line.stored


def complaint(line: Line) -> str:
    """What is wrong with a line, as a sentence; empty where nothing is."""
    if overtaken(line):
        return str(_("这一项刚被别人改成了“%(value)s”，请核对后再保存。", value=line.stored))
    try:
        settings.read(line.key, line.typed)
    except ValueError:
        return str(_("请从选项中选择。") if line.choices else _("请填不小于 0 的整数。"))
    return ""
