"""Importing in tests: a sheet as a list of rows, through the same steps as on the page, without the queue."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import acting_as, db
from imports import apply, services
from imports.models import Batch, Finding

Rows = Sequence[Sequence[Any]]


def content(rows: Rows) -> bytes:
    """The rows as a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def take(rows: Rows, by: User, feed: str = "companies", **options: Any) -> Batch:
    """An uploaded batch whose columns were understood."""
    with acting_as(by.id):
        batch = services.take(content(rows), "名单.csv", by, feed=feed)
        for name, value in options.items():
            setattr(batch, name, value)
        db.session.flush()
    return batch


def check(rows: Rows, by: User, feed: str = "companies", **options: Any) -> Batch:
    """A checked batch: nothing was written."""
    batch = take(rows, by, feed, **options)
    with acting_as(by.id, batch_id=batch.id):
        apply.check(batch, by)
    return batch


def run(rows: Rows, by: User, feed: str = "companies", **options: Any) -> Batch:
    """An applied batch."""
    batch = take(rows, by, feed, **options)
    with acting_as(by.id, batch_id=batch.id):
        apply.apply(batch, by)
    db.session.expire_all()
    return batch


def fates(batch: Batch) -> dict[str, int]:
    """The counts that are not zero."""
    names = ("created", "updated", "unchanged", "duplicates", "ambiguous", "rejected")
    return {name: getattr(batch, name) for name in names if getattr(batch, name)}


def said(batch: Batch) -> list[tuple[int, str, str]]:
    """What was found: row, kind, field."""
    rows = db.session.scalars(select(Finding).where(Finding.batch_id == batch.id).order_by(Finding.number, Finding.id))
    return [(finding.number, finding.kind.value, finding.field) for finding in rows]


def company(name: str) -> Company:
    """The company of that name."""
    return db.session.scalars(select(Company).where(Company.name == name)).one()
