"""What happened with a project, of every kind in one order, so that its page can be filtered by kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.accounts.models import User
from crm.database import N_, db
from crm.pipeline import demands, documents, queries
from crm.pipeline.models import Project, ProjectDocument
from crm.pipeline.schedule import asks_for_years
from crm.rules import SHANGHAI

KINDS = {
    "contact": N_("接触"),
    "stage": N_("阶段"),
    "status": N_("状态"),
    "demand": N_("诉求"),
    "answer": N_("答复"),
    "document": N_("文档"),
}


@dataclass(frozen=True)
class Event:
    """Something that happened: of which kind (KINDS), on which day, and the row that tells of it."""

    kind: str
    on_day: date
    row: Any


def events(project: Project, user: User, papers: Sequence[ProjectDocument]) -> list[Event]:
    """What happened with a project, whose `papers` are given, as far as `user` may know; the latest first."""
    found = [
        Event("contact", row.happened_on, row)
        for row in db.session.scalars(queries.interactions_of(user, project.id)).unique()
    ]
    found += [Event("stage", row.on_day, row) for row in project.stage_changes]
    found += [Event("status", row.on_day, row) for row in project.status_changes]
    for demand in db.session.scalars(demands.of_project(user, project.id)):
        found.append(Event("demand", demand.raised_on, demand))
        if demand.answered_on:
            found.append(Event("answer", demand.answered_on, demand))
    uploads = [version.upload for paper in papers for version in paper.document.versions]
    found += [Event("document", row.created_at.astimezone(SHANGHAI).date(), row) for row in uploads]
    return sorted(found, key=lambda event: (event.on_day, event.row.created_at), reverse=True)


def around(project: Project, user: User) -> dict[str, Any]:
    """What a project's page shows of all this."""
    papers = documents.of_project(project)
    return {
        "events": events(project, user, papers),
        "kinds": KINDS,
        "papers": papers,
        "demands": db.session.scalars(demands.of_project(user, project.id)).all(),
        "asks_for_years": asks_for_years(project),
    }
