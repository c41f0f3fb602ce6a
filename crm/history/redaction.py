"""What an erasure blanks in history, recorded so that the chain of seals still holds (PIPL art. 47, promise 8).

The database's guard on history refuses every other change, and this one for any row but an erased contact's.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, text, update

from crm.database import db
from crm.history.models import HistoryRow, Redaction
from crm.history.seals import ROW, mac_of_row


def redact(table: str, row_id: int, blanks: Mapping[str, Any], key: bytes) -> int:
    """Blank columns of a row in all that history keeps of it; returns how many changes were blanked.

    `blanks` says by what each column is replaced; what was null stays null. `key` is the key of the seals: each blanked
    change is vouched for by its new HMAC, so verification tells it from tampering. Actor is whoever acts.
    """
    db.session.flush()
    actor = db.session.scalar(text("select nullif(current_setting('crm.actor', true), '')::bigint"))
    query = select(HistoryRow).where(HistoryRow.table_name == table, HistoryRow.row_id == row_id)
    rows = db.session.scalars(query.order_by(HistoryRow.id)).all()
    for row in rows:
        sides = {"before": row.before, "after": row.after}
        values = {side: blanked(kept, blanks) for side, kept in sides.items() if kept is not None}
        db.session.execute(update(HistoryRow).where(HistoryRow.id == row.id, HistoryRow.at == row.at).values(values))
        stored = db.session.execute(ROW, {"id": row.id}).one()
        db.session.add(Redaction(actor_id=actor, history_id=row.id, mac=mac_of_row(key, stored)))
    db.session.flush()
    return len(rows)


def blanked(kept: Mapping[str, Any], blanks: Mapping[str, Any]) -> dict[str, Any]:
    """One side of a change without what is to be forgotten."""
    return {column: blanks.get(column, value) if value is not None else None for column, value in kept.items()}
