"""What the tests of gaps share."""

from collections.abc import Iterator

import pytest
from flask import Flask

from crm.database import db
from tests.conftest import application, clone


@pytest.fixture(scope="module")
def loaded(sample_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application on a database that holds the letter's facts and the demo chain; tests only read it."""
    app = application(clone(sample_url, f"gaps_{worker_id}"), tmp_path_factory.mktemp("gaps"))
    yield app
    with app.app_context():
        db.session.close()
        db.engine.dispose()
