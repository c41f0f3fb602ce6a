"""The card of one's profile on which one chooses how to be told."""

from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from crm.accounts import extensions
from crm.accounts.models import User
from crm.database import db, require_version
from crm.notices.forms import ChoiceForm
from crm.notices.models import NoticeChoice


def register() -> None:
    """Show the card."""
    if section not in extensions.profile_sections:
        extensions.profile_sections.append(section)


def section(user: User) -> extensions.Section:
    """The card as it stands."""
    form = ChoiceForm(None, obj=choice_of(user))
    return extensions.Section(_("提醒方式"), "notices/_choices.html", context(form), "bell")


def context(form: ChoiceForm) -> dict[str, Any]:
    """The form, and which ways the installation has."""
    settings = current_app.config["SETTINGS"]
    return {"choice_form": form, "has_mail": bool(settings.smtp_url), "has_webhook": bool(settings.webhook_url)}


def choice_of(user: User, *, for_update: bool = False) -> NoticeChoice | None:
    """What a person has chosen so far."""
    query = select(NoticeChoice).where(NoticeChoice.user_id == user.id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def choose(user: User, form: ChoiceForm) -> None:
    """Keep what a person chose. Raises Conflict where she has chosen otherwise meanwhile."""
    choice = choice_of(user, for_update=True)
    if choice is None:
        choice = NoticeChoice(user_id=user.id)
        db.session.add(choice)
    else:
        require_version(choice, form.version.data)
    choice.email, choice.by_mail, choice.by_webhook = form.email.data or "", form.by_mail.data, form.by_webhook.data
