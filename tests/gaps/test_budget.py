"""Pages of chains and the leader's page ask the database at most 25 times, however many rows there are."""

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.models import User
from crm.database import db
from tests import factories
from tests.statements import counted

PAGES = ("/leader", "/chains", *(f"/chains/demo-laser{page}" for page in ("", "/matrix", "/map", "/dossier")))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_to_its_budget(loaded: Flask, path: str) -> None:
    with loaded.app_context():
        client = factories.signed_in(loaded, db.session.scalars(select(User).where(User.name == "lead")).one())
        with counted() as sent:
            assert client.get(path).status_code == 200
    assert len(sent) <= 25
