"""The sealed chain: what is final, and every way of tampering behind the application's back (promise 8)."""

from time import sleep

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from crm.accounts.models import Office
from crm.companies import personal
from crm.database import acting_as, db, libpq_url
from crm.history import seals
from crm.history.commands import seal_history, seal_now
from crm.history.models import HistoryRow, Redaction, Seal
from crm.history.seals import Fault, Kind
from tests import factories


@pytest.fixture
def app(committed_app):
    """An application with some history: an office that was made and renamed four times."""
    with committed_app.app_context():
        with factories.acting(7):
            office = factories.Office(name="招商一科")
            db.session.commit()
        rename(office, 4)
        yield committed_app


def rename(office: Office, times: int) -> None:
    """Write history rows, each in a transaction of its own."""
    for n in range(times):
        with acting_as(7):
            office.name = f"{office.name[:20]}{n}"
        db.session.commit()


def seal_all(act=seal_now) -> None:
    """Seal until nothing waits: the first time notes the horizon.

    Other tests share the server, and what is final looks at the transactions of all its databases.
    """
    for _ in range(600):
        act()
        if seals.unsealed(db.session) == 0:
            return
        sleep(0.1)
    raise AssertionError("history was not sealed within a minute")


def verify(app) -> list[Fault]:
    settings = app.config["SETTINGS"]
    found = list(seals.verify(db.session, seals.key_of(settings.secret_key), settings.data))
    db.session.rollback()
    return found


def tamper(app, *statements: str) -> None:
    """Run statements as the database's owner, with triggers off."""
    url = libpq_url(app.config["SETTINGS"].database_url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)


def last_id() -> int:
    return max(db.session.scalars(select(HistoryRow.id)))


def test_history_refuses_to_be_changed(app):
    for statement in ("update history set actor_id = 1", "delete from history", "truncate history"):
        with pytest.raises(DBAPIError, match="history cannot be changed"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_partitions_refuse_too(app):
    partition = db.session.scalar(text("select tableoid::regclass::text from history limit 1"))
    for statement in (f"update {partition} set actor_id = 1", f"delete from {partition}", f"truncate {partition}"):  # noqa: S608
        with pytest.raises(DBAPIError, match="history cannot be changed"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_untouched_history_is_clean(app):
    seal_all()
    assert seals.unsealed(db.session) == 0
    assert verify(app) == []


def test_rows_that_wait_are_counted(app):
    seal_all()
    rename(db.session.scalars(select(Office)).one(), 3)
    assert seals.unsealed(db.session) == 3
    assert verify(app) == []


def test_changed_rows_are_named(app):
    seal_all()
    row_id = last_id() - 1
    tamper(app, f"""update history set after = jsonb_set(after, '{{name}}', '"冒名"') where id = {row_id}""")  # noqa: S608
    assert verify(app) == [Fault(Kind.CHANGED, row_id)]


@pytest.mark.parametrize(
    "change", ["actor_id = 8", "at = at + interval '1 us'", "operation = 'delete'", "row_id = row_id + 1"]
)
def test_each_column_is_sealed(app, change):
    seal_all()
    row_id = last_id()
    tamper(app, f"update history set {change} where id = {row_id}")  # noqa: S608
    assert verify(app) == [Fault(Kind.CHANGED, row_id)]


def test_missing_rows_are_named(app):
    seal_all()
    row_id = last_id() - 2
    tamper(app, f"delete from history where id = {row_id}")  # noqa: S608
    assert verify(app) == [Fault(Kind.MISSING, row_id)]


def test_added_rows_are_named(app):
    seal_all()
    gap = last_id() + 10
    tamper(app, "select setval('history_id_seq', 1000)")
    rename(db.session.scalars(select(Office)).one(), 1)
    seal_all()
    tamper(
        app,
        "insert into history (id, actor_id, table_name, row_id, operation, after) overriding system value"  # noqa: S608
        f" values ({gap}, 7, 'offices', 1, 'insert', '{{}}')",
    )
    assert verify(app) == [Fault(Kind.ADDED, gap)]


def test_a_cut_tail_is_missed_by_the_file_beside_the_database(app):
    seal_all()
    rename(db.session.scalars(select(Office)).one(), 2)
    seal_all()
    last = seals.newest(db.session)
    seal_id, after_id = last.id, last.after_id
    tamper(
        app,
        f"delete from history where id > {after_id}",  # noqa: S608
        f"delete from history_seals where id = {seal_id}",  # noqa: S608
    )
    assert verify(app) == [Fault(Kind.CUT, seal_id)]


def test_a_missing_file_is_told(app):
    seal_all()
    (app.config["SETTINGS"].data / seals.ANCHOR).unlink()
    assert [fault.kind for fault in verify(app)] == [Kind.UNANCHORED]


def test_a_row_changed_together_with_its_mac_breaks_the_seal(app):
    seal_all()
    tamper(app, "update history_seals set row_macs[1] = decode('00', 'hex')")
    assert {fault.kind for fault in verify(app)} == {Kind.FORGED, Kind.CHANGED}


def test_a_seal_taken_out_of_the_middle_is_told(app):
    for _ in range(3):
        rename(db.session.scalars(select(Office)).one(), 2)
        seal_all()
    _first, middle, *rest = db.session.scalars(select(Seal).order_by(Seal.id)).all()
    tamper(
        app,
        f"delete from history where id > {middle.after_id} and id <= {middle.up_to_id}",  # noqa: S608
        f"delete from history_seals where id = {middle.id}",  # noqa: S608
    )
    assert verify(app) == [Fault(Kind.UNLINKED, rest[0].id)]


def test_rows_of_an_open_transaction_are_not_sealed_over(app):
    """The lower id commits last: a seal by id alone would leave it out and call it added later."""
    slow = db.sessionmaker()
    with acting_as(7, session=slow):
        slow.add(Office(name="慢"))
        slow.flush()  # draws a lower id, and stays open
        rename(db.session.scalars(select(Office).where(Office.name != "慢")).one(), 1)
        for _ in range(3):
            seal_now()
        seen = seals.newest(db.session)
        slow_id = slow.scalar(text("select max(id) from history where after ->> 'name' = '慢'"))
        assert seen is None or seen.up_to_id < slow_id
        slow.commit()
    slow.close()
    seal_all()
    assert seals.unsealed(db.session) == 0
    assert verify(app) == []
    assert slow_id in seals.newest(db.session).row_ids


def test_a_long_history_is_sealed_in_links(app, monkeypatch):
    monkeypatch.setattr(seals, "ROWS_A_SEAL", 2)
    seal_all()
    chain = db.session.scalars(select(Seal).order_by(Seal.id)).all()
    assert len(chain) > 2
    assert sum(len(seal.row_ids) for seal in chain) == len(db.session.scalars(select(HistoryRow.id)).all())
    assert verify(app) == []


def test_the_command_says_what_is_wrong_by_its_exit_code(app):
    runner = app.test_cli_runner()
    seal_all()
    clean = runner.invoke(args=["history", "verify"])
    assert clean.exit_code == 0
    row_id = last_id()
    tamper(app, f"delete from history where id = {row_id}")  # noqa: S608
    found = runner.invoke(args=["history", "verify"])
    assert found.exit_code == 1
    assert f"记录 {row_id} 缺失" in found.output


def test_the_job_seals_and_makes_room(app):
    db.session.execute(text("drop table history_default"))
    db.session.commit()
    seal_all(lambda: seal_history(timestamp=0))
    rename(db.session.scalars(select(Office)).one(), 1)  # into a partition, since there is no other
    seal_all(lambda: seal_history(timestamp=0))
    assert seals.unsealed(db.session) == 0
    assert verify(app) == []


def test_an_erasure_is_no_fault_and_a_change_of_what_it_left_is(app):
    """Promise 8 holds for history from which a person was erased (PIPL)."""
    with factories.acting(7):
        contact = factories.Contact(name="王示例")
        db.session.commit()
    seal_all()
    with acting_as(7):
        personal.erase(contact)
        db.session.commit()
    seal_all()
    assert verify(app) == []
    blanked = db.session.scalars(select(Redaction.history_id).order_by(Redaction.id)).first()
    db.session.rollback()
    tamper(app, f'update history set after = after || \'{{"name": "李示例"}}\' where id = {blanked}')  # noqa: S608
    assert verify(app) == [Fault(Kind.CHANGED, blanked)]
