"""A keyed hash chain over history, so that a change made behind the application's back is found (promise 8).

The database's owner can switch triggers off. She does not know the application's secret, though: each sealed row has
an HMAC under a key made from it, each seal another one over its rows and the seal before. The newest seal's number and
HMAC stand in a file beside the database too, so that a tail that was cut off together with its seals is missed.

Ids are not commit order: a row with a lower id may still be uncommitted when a higher one is read. So a horizon is
taken first (the last id drawn, then a transaction id of its own); rows up to it are final once every transaction that
began before has ended, which pg_snapshot_xmin tells.
"""

import hmac
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Row, delete, select, text
from sqlalchemy.orm import Session

from crm.database import N_, Labelled
from crm.history.models import Redaction, Seal, SealHorizon

#: Rows of one seal: what is held in memory at a time.
ROWS_A_SEAL = 5_000
ANCHOR = "history-seal.json"
#: Everything of a row, in a form that no setting of a session changes.
WHOLE = (
    "select id, (extract(epoch from at) * 1000000)::bigint as at, actor_id, request_id, batch_id, table_name, row_id,"
    " operation, before::text as before, after::text as after from history"
)
ROWS = text(f"{WHOLE} where id > :after_id and id <= :up_to_id order by id limit :count")
ROW = text(f"{WHOLE} where id = :id")


@cache
def key_of(secret: str) -> bytes:
    """The key of the chain, made from the application's secret."""
    return HKDF(SHA256(), 32, salt=None, info=b"crm history seals").derive(secret.encode())


def mac_of_row(key: bytes, row: Row[Any]) -> bytes:
    """The HMAC of one row of history as ROWS gives it."""
    return hmac.digest(key, json.dumps(list(row), ensure_ascii=False).encode(), sha256)


def mac_of_seal(key: bytes, seal: Seal, previous: bytes) -> bytes:
    """The HMAC of a seal: its range, its rows and their HMACs, and the seal before."""
    macs = sha256(b"".join(seal.row_macs)).hexdigest()
    content = [previous.hex(), seal.after_id, seal.up_to_id, list(seal.row_ids), macs]
    return hmac.digest(key, json.dumps(content).encode(), sha256)


# Sealing


def take_horizon(session: Session) -> None:
    """Note where ids stand, in a transaction of its own that has not written before.

    A transaction that drew an id has a transaction id already; one that is assigned after the last id was read is
    larger than any of theirs.
    """
    last = session.scalar(text("select last_value from history_id_seq where is_called")) or 0
    next_xid = session.scalar(text("select pg_current_xact_id()::text::bigint"))
    session.add(SealHorizon(history_id=last, next_xid=next_xid))
    session.commit()


def seal_final_rows(session: Session, key: bytes, folder: Path) -> int:
    """Seal all rows up to the newest horizon that is final; returns how many. Commits after each seal."""
    sealed = 0
    while (seal := seal_next(session, key)) is not None:
        sealed += len(seal.row_ids)
        session.commit()
        anchor(seal, folder)
    session.commit()
    return sealed


def seal_next(session: Session, key: bytes) -> Seal | None:
    """Seal the next ROWS_A_SEAL rows at most; None where none is final."""
    # Two sealers at once would both follow the same seal: the second waits until the first has committed.
    session.execute(text("select pg_advisory_xact_lock(hashtext('history seals'))"))
    last, horizon = newest(session), final_horizon(session)
    after_id = last.up_to_id if last else 0
    if horizon <= after_id:
        return None
    rows = session.execute(ROWS, {"after_id": after_id, "up_to_id": horizon, "count": ROWS_A_SEAL}).all()
    seal = Seal(
        after_id=after_id,
        up_to_id=rows[-1].id if len(rows) == ROWS_A_SEAL else horizon,
        row_ids=[row.id for row in rows],
        row_macs=[mac_of_row(key, row) for row in rows],
        previous_id=last.id if last else None,
    )
    seal.mac = mac_of_seal(key, seal, last.mac if last else b"")
    session.add(seal)
    session.flush()
    return seal


def final_horizon(session: Session) -> int:
    """The id up to which all rows are final; forgets the horizons that it has passed."""
    final = select(SealHorizon).where(text("next_xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
    newest_final = session.scalars(final.order_by(SealHorizon.id.desc()).limit(1)).one_or_none()
    if newest_final is None:
        return 0
    session.execute(delete(SealHorizon).where(SealHorizon.id < newest_final.id))
    return newest_final.history_id


def newest(session: Session) -> Seal | None:
    """The last seal of the chain."""
    return session.scalars(select(Seal).order_by(Seal.id.desc()).limit(1)).one_or_none()


def anchor(seal: Seal, folder: Path) -> None:
    """Write the newest seal's number and HMAC to the file outside the database."""
    path = folder / ANCHOR
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"seal": seal.id, "mac": seal.mac.hex()}))
    os.replace(draft, path)


# Verifying


class Kind(Labelled):
    """In which way something is not as it was sealed; the number is a row's, or a seal's."""

    CHANGED = "changed", N_("记录 %(id)d 被改动")
    MISSING = "missing", N_("记录 %(id)d 缺失")
    ADDED = "added", N_("记录 %(id)d 是封存以后加进去的")
    FORGED = "forged", N_("封条 %(id)d 被改动")
    UNLINKED = "unlinked", N_("封条 %(id)d 与前一枚封条不相接")
    CUT = "cut", N_("封条 %(id)d 不见了：末尾的记录可能被截去")
    UNANCHORED = "unanchored", N_("数据目录里没有 history-seal.json：无法确认封条 %(id)d 之后没有被截去")


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was sealed."""

    kind: Kind
    id: int


def verify(session: Session, key: bytes, folder: Path) -> Iterator[Fault]:
    """Everything that differs from what was sealed. Rows that wait for their seal cannot differ."""
    noted = read_anchor(folder)  # first: what is sealed from now on is no fault
    last: Seal | None = None
    is_anchored = noted is None
    for seal in session.scalars(select(Seal).order_by(Seal.id).execution_options(yield_per=20, populate_existing=True)):
        yield from faults_of_link(key, seal, last)
        yield from faults_of_rows(session, key, seal)
        is_anchored |= noted == (seal.id, seal.mac)
        last = seal
    if noted is None and last is not None:
        yield Fault(Kind.UNANCHORED, last.id)
    if noted is not None and not is_anchored:
        yield Fault(Kind.CUT, noted[0])


def read_anchor(folder: Path) -> tuple[int, bytes] | None:
    """The newest seal's number and HMAC as the file has them; None where there is no file."""
    path = folder / ANCHOR
    if not path.exists():
        return None
    noted = json.loads(path.read_text())
    return noted["seal"], bytes.fromhex(noted["mac"])


def faults_of_link(key: bytes, seal: Seal, last: Seal | None) -> Iterator[Fault]:
    """Whether a seal is what was made, and follows the one before without a gap."""
    if (seal.previous_id, seal.after_id) != ((last.id, last.up_to_id) if last else (None, 0)):
        yield Fault(Kind.UNLINKED, seal.id)
    elif not hmac.compare_digest(seal.mac, mac_of_seal(key, seal, last.mac if last else b"")):
        yield Fault(Kind.FORGED, seal.id)


def faults_of_rows(session: Session, key: bytes, seal: Seal) -> Iterator[Fault]:
    """The rows of a seal's range that were changed, taken out or put in."""
    bounds = {"after_id": seal.after_id, "up_to_id": seal.up_to_id, "count": None}
    found = {row.id: mac_of_row(key, row) for row in session.execute(ROWS, bounds)}
    sealed = dict(zip(seal.row_ids, seal.row_macs, strict=False))
    for row_id in sorted(found.keys() | sealed.keys()):
        if row_id not in found:
            yield Fault(Kind.MISSING, row_id)
        elif row_id not in sealed:
            yield Fault(Kind.ADDED, row_id)
        elif not hmac.compare_digest(found[row_id], sealed[row_id]) and found[row_id] not in redacted(session, row_id):
            yield Fault(Kind.CHANGED, row_id)


def redacted(session: Session, row_id: int) -> Sequence[bytes]:
    """The HMACs of a row as erasures left it: nobody makes one without the application's secret."""
    return session.scalars(select(Redaction.mac).where(Redaction.history_id == row_id)).all()


def unsealed(session: Session) -> int:
    """How many rows wait for their seal."""
    after = text("select count(*) from history where id > coalesce((select max(up_to_id) from history_seals), 0)")
    return session.scalar(after) or 0
