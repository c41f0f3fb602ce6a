"""Promise 5 over the edit page: 50 writers on one project, each save accepted or answered 409 with both versions."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from crm.database import db
from crm.pipeline.models import Project
from tests import factories

WRITERS = 50


def test_fifty_writers_lose_no_update(committed_app) -> None:
    with committed_app.app_context(), factories.acting():
        project = factories.Project()
        project_id, owner = project.id, project.owner
        db.session.commit()
        cookie = factories.signed_in(committed_app, owner).get_cookie("crm")
        version = db.session.get_one(Project, project_id, populate_existing=True).version
        owner_id = owner.id
    together = Barrier(WRITERS)

    def write(number: int) -> tuple[int, str]:
        """Half of the writers come with the first version, half read the page before they write."""
        client = committed_app.test_client()
        client.set_cookie("crm", cookie.value)
        data = {"name": f"示例写者{number}", "owner_id": owner_id, "secrecy": "internal", "capital_kind": "domestic"}
        together.wait()
        seen = version if number % 2 else version_of(client.get(f"/projects/{project_id}/edit").get_data(as_text=True))
        answer = client.post(f"/projects/{project_id}/edit", data=data | {"version": seen})
        return answer.status_code, answer.get_data(as_text=True)

    with ThreadPoolExecutor(WRITERS) as pool:
        answers = list(pool.map(write, range(WRITERS)))
    accepted = [page for status, page in answers if status == 302]
    refused = [page for status, page in answers if status == 409]
    with committed_app.app_context():
        stored = db.session.get_one(Project, project_id)
        assert stored.version == version + len(accepted)
        assert len(accepted) + len(refused) == WRITERS
        assert accepted
        assert all("示例写者" in page and "已保存的" in page for page in refused)


def version_of(page: str) -> str:
    """The version in a form's page."""
    return re.findall(r'name="version"[^>]*value="(\d+)"', page)[0]
