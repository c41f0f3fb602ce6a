"""The letter's facts (``letter``) and the demo chain (``demo``) as spreadsheets, loaded through the import.

They are UTF-8 CSV with a byte order mark: a diff shows what changed, and Excel and WPS open them. A folder's
`00-装载顺序.csv` says which file is which kind of row, in the order of loading; a file without a kind waits for the
part that will hold it.
"""

import csv
import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select

from crm.accounts.models import Office, Role, User
from crm.database import SYSTEM, acting_as, db
from crm.files.models import StoredFile, Upload
from imports import apply, services, workbook
from imports.models import Batch, BatchStatus, Finding, FindingKind
from imports.work import LOADER

FOLDER = Path(__file__).parent
ORDER = "00-装载顺序.csv"


class SampleError(Exception):
    """A row of a sample was not taken: the files and the code do not fit."""


def load(name: str) -> list[Batch]:
    """Load a folder's files in order; what is there already stays. The caller commits. Raises SampleError."""
    loader = loading_account()
    files = [(FOLDER / name / file, feed) for file, feed in order(name) if feed]
    return [load_file(path, feed, loader) for path, feed in files if not is_loaded(path, loader)]


def is_loaded(path: Path, loader: User) -> bool:
    """Whether this very content was loaded; days counted from the day of loading would double otherwise."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    of_content = select(Batch.id).join(Upload).join(StoredFile).where(StoredFile.sha256 == digest)
    found = of_content.where(Batch.owner_id == loader.id, Batch.status == BatchStatus.APPLIED)
    return db.session.scalars(found).first() is not None


def order(name: str) -> Iterator[tuple[str, str]]:
    """The files of a folder with their kinds of row."""
    with (FOLDER / name / ORDER).open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            yield row["文件"], row["表类"]


def load_file(path: Path, feed: str, loader: User) -> Batch:
    """Load one file as a batch of its own."""
    book = workbook.read_own(path)
    with acting_as(loader.id):
        batch = services.take(path.read_bytes(), path.name, loader, feed=feed, book=book)
    with acting_as(loader.id, batch_id=batch.id):
        apply.apply(batch, loader, sheet=book.sheet(None))
    if batch.left_out:
        raise SampleError(f"{path.name}: {first_complaint(batch)}")
    return batch


def first_complaint(batch: Batch) -> str:
    """Where the first row that was not taken stands, and why."""
    kinds = (FindingKind.ERROR, FindingKind.AMBIGUOUS)
    found = select(Finding).where(Finding.batch_id == batch.id, Finding.kind.in_(kinds)).order_by(Finding.id)
    finding = db.session.scalars(found).first()
    return f"{finding.number} {finding.field} {finding.cell} {finding.message}" if finding else ""


def loading_account() -> User:
    """The account under whose name samples are loaded: disabled, without a password, nobody signs in with it."""
    known = db.session.scalars(select(User).where(User.name == LOADER)).one_or_none()
    if known is not None:
        return known
    with acting_as(SYSTEM):
        loader = User(
            name=LOADER,
            display_name="样例装载",
            role=Role.ADMIN,
            office=Office(name="样例数据"),
            password_hash="!" + secrets.token_hex(8),
            disabled_at=func.now(),
        )
        db.session.add(loader)
        db.session.flush()  # batches name it
    db.session.refresh(loader)
    return loader
