"""Many at once on one company: one winner (promise 6), no lost update (promise 5)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import SYSTEM, acting_as, db
from tests import factories
from tests.companies.conftest import made

OFFICERS = 50
AT_ONCE = 10
ROUNDS = 4


@pytest.fixture
def officers(committed_app):
    """Fifty officers, each signed in."""
    with committed_app.app_context(), acting_as(SYSTEM):
        office = factories.Office()
        ids = [factories.User(office=office).id for _ in range(OFFICERS)]
        db.session.commit()
        users = [db.session.get_one(User, user_id) for user_id in ids]
        return [(user.id, factories.signed_in(committed_app, user)) for user in users]


def at_once(acts):
    """The answers to acts that wait for each other in groups, so that they meet."""
    barrier = Barrier(AT_ONCE)

    def run(act):
        barrier.wait()
        return act()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, acts))


def test_of_fifty_who_claim_one_company_one_gets_it(committed_app, officers):
    for number in range(ROUNDS):
        with committed_app.app_context(), acting_as(SYSTEM):
            company_id = made(f"示例争抢{number}号激光").id
            db.session.commit()
        path = f"/companies/{company_id}/take"
        answers = at_once([partial(client.post, path) for _id, client in officers])
        assert Counter(answer.status_code for answer in answers) == {302: 1, 403: OFFICERS - 1}
        winner = next(officers[i][0] for i, answer in enumerate(answers) if answer.status_code == 302)
        with committed_app.app_context():
            assert db.session.get_one(Company, company_id).owner_id == winner


def test_no_save_is_lost(committed_app, officers):
    owner_id, client = officers[0]
    with committed_app.app_context(), acting_as(SYSTEM):
        company = made("示例同改激光", owner=db.session.get_one(User, owner_id))
        company_id = company.id
        db.session.commit()
        db.session.refresh(company)
        version = company.version

    def save(number):
        form = {"name": f"示例第{number}版激光", "version": version}
        return client.post(f"/companies/{company_id}/edit", data=form)

    answers = at_once([partial(save, number) for number in range(OFFICERS)])
    accepted = sum(answer.status_code == 302 for answer in answers)
    assert Counter(answer.status_code for answer in answers) == {302: accepted, 409: OFFICERS - accepted}
    assert accepted == 1
    with committed_app.app_context():
        assert db.session.get_one(Company, company_id).version == version + accepted
