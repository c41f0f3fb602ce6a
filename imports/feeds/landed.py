"""What projects hold of parks, and which came of events."""

from typing import Any

from sqlalchemy import select

from crm import rules
from crm.database import N_, db
from crm.errors import RuleError
from crm.interactions.rules import due
from crm.landing.entries import Link
from crm.landing.events.models import Event
from crm.landing.parks.models import Park
from crm.pipeline import origins, reservations
from crm.pipeline.models import ParkReservation, Project
from crm.pipeline.permissions import may_read
from imports.columns import Field
from imports.feeds import FieldError, RowFeed
from imports.feeds.companies import LINE
from imports.feeds.followups import UNKNOWN_PROJECT, project_named
from imports.models import Fate
from imports.work import Work

PROJECT = Field("project", N_("项目名称"), "项目名称 项目", LINE, identity=True, required=True)


def named(model: type[Any], key: str, name: str) -> Any:
    """The row of a name. FieldError where there is none, or several."""
    try:
        return Link(model).find(name)
    except RuleError as error:
        raise FieldError(key, error.message, **error.details) from None


def project_of(row: dict[str, Any], work: Work) -> Project:
    """The project of a row, which the importer may know of."""
    found = project_named(row["project"])
    if found is None or not may_read(work.author(found.owner), found):
        raise FieldError("project", UNKNOWN_PROJECT)
    return found


class ReservationFeed(RowFeed):
    """用地预留."""

    key = "park_reservations"
    label = N_("用地预留")
    act = "project.edit"
    offered = True
    fields = (
        PROJECT,
        Field("park", N_("园区名称"), "园区名称 园区 预留园区", LINE, identity=True, required=True),
        Field("land_mu", N_("预留用地"), "预留用地 用地", rules.mu, takes_unit=True),
        Field("floor_m2", N_("预留厂房"), "预留厂房 厂房", rules.m2, takes_unit=True),
        Field("until", N_("预留到"), "预留到 预留期限", due, required=True),
        Field("note", N_("备注"), "备注 说明", rules.line(300)),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A reservation, known by its project and park while it is held."""
        project, park = project_of(row, work), named(Park, "park", row["park"])
        held = select(ParkReservation.id).filter_by(project_id=project.id, park_id=park.id, released_at=None)
        if db.session.scalars(held).first() is not None:
            return Fate.UNCHANGED
        reservations.reserve(
            project,
            park.id,
            land_mu=row.get("land_mu"),
            floor_m2=row.get("floor_m2"),
            until=row["until"],
            note=row.get("note") or "",
            by=work.author(project.owner),
        )
        return Fate.CREATED


class EventProjectFeed(RowFeed):
    """活动形成的项目."""

    key = "event_projects"
    label = N_("活动形成的项目")
    act = "project.edit"
    offered = True
    fields = (
        Field("event", N_("活动名称"), "活动名称 活动", LINE, identity=True, required=True),
        PROJECT,
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A project that came of an event."""
        project, event = project_of(row, work), named(Event, "event", row["event"])
        known = set(origins.event_ids(project))
        if event.id in known:
            return Fate.UNCHANGED
        origins.set_events(project, known | {event.id}, by=work.author(project.owner))
        return Fate.CREATED
