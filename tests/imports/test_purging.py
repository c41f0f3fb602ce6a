"""Uploaded sheets and previews go after 30 days; names, SHA-256 and counts stay."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from crm.database import db
from imports import purging, uploads
from imports.models import Finding
from tests import factories
from tests.imports.importing import run

ROWS = [["企业名称", "城市"], ["示例甲有限公司", "火星"]]


def test_what_is_due_goes_and_the_record_stays(session):
    batch = run(ROWS, factories.User())
    path = uploads.path(batch)
    assert purging.purge(datetime.now(UTC)) == 0
    assert path.is_file()
    assert purging.purge(datetime.now(UTC) + timedelta(days=31)) == 1
    assert not path.exists()
    assert batch.upload.file.purged_at is not None
    assert (batch.upload.name, batch.created) == ("名单.csv", 1)
    assert db.session.scalar(select(func.count()).select_from(Finding)) == 0


def test_a_content_that_was_uploaded_again_lately_stays(session):
    officer = factories.User()
    first, second = run(ROWS, officer), run(ROWS, officer)
    first.created_at = first.upload.created_at = datetime.now(UTC) - timedelta(days=40)
    first.upload.file.created_at = first.created_at
    db.session.flush()
    assert purging.purge(datetime.now(UTC)) == 0
    assert uploads.path(second).is_file()
