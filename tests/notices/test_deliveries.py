"""What leaves the house: a count and a link, once, on the morning of working days."""

import json
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import time_machine
from sqlalchemy import select

from crm.accounts.models import User
from crm.config import Settings
from crm.database import db
from crm.errors import ConfigurationError
from crm.notices.deliveries import send_digests
from crm.notices.models import Notice, NoticeChoice, NoticeKind
from crm.notices.services import notify
from tests import factories

#: 9:00 in China.
TUESDAY = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
SECRET_NAME = "示例绝密受限项目"


class Mailbox(socketserver.StreamRequestHandler):
    """As much of a mail server as one mail needs."""

    mails: list[str] = []  # noqa: RUF012 -- emptied by the fixture

    def handle(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            if line.upper() == "DATA":
                self.say("354 go on")
                lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                self.mails.append("".join(lines))
            self.say("221 bye" if line.upper() == "QUIT" else "250 ok")
            if line.upper() == "QUIT":
                return

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Hook(BaseHTTPRequestHandler):
    """Takes a message, or sends it elsewhere."""

    bodies: list[bytes] = []  # noqa: RUF012 -- emptied by the fixture
    status = 204

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def listening(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def outside(app, monkeypatch):
    """A mail server and a webhook, and an installation that knows them."""
    monkeypatch.setattr(Mailbox, "mails", [])
    monkeypatch.setattr(Hook, "bodies", [])
    mail, hook = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox), HTTPServer(("127.0.0.1", 0), Hook)
    with listening(mail) as mail_port, listening(hook) as hook_port:
        settings = replace(
            app.config["SETTINGS"],
            base_url="https://crm.example.gov.cn",
            smtp_url=f"smtp://127.0.0.1:{mail_port}",
            mail_from="crm@example.gov.cn",
            webhook_url=f"http://127.0.0.1:{hook_port}/in",
        )
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        yield


@pytest.fixture
def officer(session):
    """Somebody who wants both, with two notices."""
    user = factories.User(display_name="李专员")
    session.add(NoticeChoice(user_id=user.id, email="li@example.gov.cn", by_mail=True, by_webhook=True))
    factories.Project(owner=user, name=SECRET_NAME)
    for number in range(2):
        notify(user, key=f"task {number}", kind=NoticeKind.TASK_HANDED, url="/tasks")
    session.commit()
    return user


def run(at: datetime) -> None:
    with time_machine.travel(at, tick=True):
        send_digests(timestamp=0)


def test_a_working_day_s_morning_tells_once(outside, officer):
    factories.User()  # who chose nothing is told nothing
    for at in (NIGHT, SATURDAY):
        run(at)
    assert (Mailbox.mails, Hook.bodies) == ([], [])
    run(TUESDAY)
    run(TUESDAY)
    assert len(Mailbox.mails) == 1
    assert [json.loads(body) for body in Hook.bodies] == [{"count": 2, "link": "https://crm.example.gov.cn/notices"}]
    run(WEDNESDAY)  # nothing new
    assert len(Mailbox.mails) == len(Hook.bodies) == 1


def test_a_mail_holds_a_number_and_a_link(outside, officer):
    """Promises 22 and 24: neither a project nor a person can be read from what leaves the house."""
    run(TUESDAY)
    [mail] = Mailbox.mails
    [body] = Hook.bodies
    assert "https://crm.example.gov.cn/notices" in mail
    for canary in (SECRET_NAME, "李专员", "/tasks"):
        assert canary not in mail
        assert canary not in body.decode()


def test_what_comes_later_waits_for_the_next_working_day(outside, officer):
    run(TUESDAY)
    notify(officer, key="task 3", kind=NoticeKind.TASK_HANDED, url="/tasks")
    run(TUESDAY.replace(hour=9))
    assert len(Mailbox.mails) == 1
    run(datetime(2026, 11, 26, 6, 0, tzinfo=UTC))  # Wednesday's run was missed, and Thursday's is late
    assert len(Mailbox.mails) == 2


def test_a_refusal_is_tried_again(outside, officer, monkeypatch):
    """A redirect is one: what is told to one address is not told to another."""
    monkeypatch.setattr(Hook, "status", 307)
    run(TUESDAY)
    assert set(db.session.scalars(select(Notice.posted_at).where(Notice.user_id == officer.id))) == {None}
    monkeypatch.setattr(Hook, "status", 204)
    run(TUESDAY)
    assert len(Hook.bodies) == 2


def test_what_was_read_is_not_sent(outside, officer, sign_in):
    sign_in(officer).post("/notices/readings", data={"until": 2**40})
    run(TUESDAY)
    assert (Mailbox.mails, Hook.bodies) == ([], [])


def test_one_chooses_on_the_profile(sign_in, session):
    user = factories.User()
    client = sign_in(user)
    assert "提醒方式" in client.get("/profile").text
    assert client.post("/notices/choices", data={"email": "", "by_mail": "y"}).status_code == 422
    assert client.post("/notices/choices", data={"email": "不是邮箱"}).status_code == 422
    assert client.post("/notices/choices", data={"email": "li@example.gov.cn", "by_mail": "y"}).status_code == 302
    stale = client.post("/notices/choices", data={"email": "", "version": 7})
    assert stale.status_code == 409
    choice = session.scalars(select(NoticeChoice).where(NoticeChoice.user_id == user.id)).one()
    assert (choice.email, choice.by_mail, choice.by_webhook) == ("li@example.gov.cn", True, False)


@pytest.mark.parametrize("value", ["file:///etc/passwd", "smtp.example.com", "javascript:alert(1)"])
def test_an_address_that_is_none_does_not_start(tmp_path, value):
    for name in ("CRM_SMTP_URL", "CRM_WEBHOOK_URL"):
        with pytest.raises(ConfigurationError, match=name):
            Settings.from_env({"CRM_ENV": "development", "CRM_DATA": str(tmp_path), name: value})


def test_nobody_is_told_without_settings(officer):
    run(TUESDAY)
    assert set(db.session.scalars(select(Notice.mailed_at))) == {None}
    assert isinstance(officer, User)
