"""What leaves the house about notices: a count and a link, on the morning of working days (promise 24).

A notice leaves by each way once: that it does is committed before it is sent, so a job that dies or runs twice repeats
nothing; what could not be sent is freed and tried again. A missed morning is made up at the next run.
"""

import json
import smtplib
import ssl
import urllib.request
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import structlog
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from crm.accounts.models import User
from crm.calendar import is_working_day
from crm.config import Settings
from crm.database import db
from crm.jobs import queue
from crm.notices.models import Notice, NoticeChoice
from crm.rules import SHANGHAI, today

#: Not before this hour in China: a mail at night wakes somebody for a number.
MORNING = time(8, 30)
#: A server that does not answer within so many seconds is tried again at the next run.
PATIENCE = 15

Column = InstrumentedAttribute[datetime | None]
log = structlog.get_logger()


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="send_digests", queueing_lock="send_digests", lock="send_digests")
def send_digests(timestamp: int) -> None:
    """Tell who wants it by which way what is unread, once a working day; a run every ten minutes misses no day."""
    now = datetime.now(SHANGHAI)
    if not is_working_day(now.date()) or now.time() < MORNING:
        return
    settings: Settings = current_app.config["SETTINGS"]
    if settings.smtp_url:
        for choice in db.session.scalars(select(NoticeChoice).where(NoticeChoice.by_mail)).all():
            mail_digest(choice, settings)
    if settings.webhook_url:
        post_digest(settings)


def mail_digest(choice: NoticeChoice, settings: Settings) -> None:
    """One person's mail, unless she has had one today."""
    user, address = choice.user, choice.email
    deliver(Notice.mailed_at, [user], lambda count: send_mail(settings, written(user, address, count, settings)))


def post_digest(settings: Settings) -> None:
    """The day's one message of the webhook, for all who chose it together: a count tells of nobody."""
    users = db.session.scalars(select(User).join(NoticeChoice).where(NoticeChoice.by_webhook)).unique().all()
    deliver(Notice.posted_at, users, lambda count: post(settings, count))


def deliver(column: Column, users: Sequence[User], send: Callable[[int], None]) -> None:
    """Send the number of the users' unread notices that have not left by this way, if none has left today."""
    claimed = claim(column, [user.id for user in users if user.is_active])
    if not claimed:
        return
    try:
        send(len(claimed))
    except (OSError, smtplib.SMTPException) as error:
        # The text of the error may name the receiver, so only its kind is logged.
        log.warning("notices not sent", way=column.key, reason=type(error).__name__)
        db.session.execute(update(Notice).where(Notice.id.in_(claimed)).values({column: None}))
        db.session.commit()


def claim(column: Column, user_ids: Sequence[int]) -> Sequence[int]:
    """Mark what is to leave by a way as left, for good; returns the ids, none where something has left today."""
    morning = datetime.combine(today(), time.min, SHANGHAI)
    theirs = Notice.user_id.in_(user_ids)
    if db.session.scalar(select(Notice.id).where(theirs, column >= morning).limit(1)) is not None:
        return []
    waiting = update(Notice).where(theirs, Notice.read_at.is_(None), column.is_(None))
    ids = db.session.scalars(waiting.values({column: datetime.now(UTC)}).returning(Notice.id)).all()
    db.session.commit()
    return ids


def written(user: User, address: str, count: int, settings: Settings) -> EmailMessage:
    """The mail: a number and a link, in the reader's language."""
    mail = EmailMessage()
    link = f"{settings.base_url}/notices"
    with force_locale(user.locale):
        mail["Subject"] = _("招商 CRM：%(count)s 条新提醒", count=count)
        body = _("您有 %(count)s 条新提醒，请登录查看：", count=count)
        stop = _("不想再收到这封邮件，请在“我的账号”里关闭：")
    mail["From"], mail["To"] = settings.mail_from, address
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{body}\n{link}\n\n{stop}\n{settings.base_url}/profile\n")
    return mail


def send_mail(settings: Settings, mail: EmailMessage) -> None:
    """Hand a mail to the server. Raises OSError or SMTPException where it does not take it."""
    server = urlsplit(settings.smtp_url)
    host, context = server.hostname or "", ssl.create_default_context()
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, server.port or 465, timeout=PATIENCE, context=context)
    else:
        connection = smtplib.SMTP(host, server.port or 587, timeout=PATIENCE)
    with connection:
        connection.ehlo()
        if server.scheme == "smtp" and connection.has_extn("starttls"):
            connection.starttls(context=context)
        if server.username:  # refused by the library over a connection that offers no sign-in
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(mail)


def post(settings: Settings, count: int) -> None:
    """Tell the webhook. Raises OSError where it does not take it; it is not followed elsewhere."""
    body = json.dumps({"count": count, "link": f"{settings.base_url}/notices"}).encode()
    asked = urllib.request.Request(  # noqa: S310 -- config.outward lets http and https pass alone
        settings.webhook_url, body, {"Content-Type": "application/json"}, method="POST"
    )
    urllib.request.build_opener(NoRedirect).open(asked, timeout=PATIENCE).close()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """What is told to one address is not told to another."""

    def redirect_request(self, *_args: object) -> None:
        """Follow nothing: the answer stays the error that it is."""
