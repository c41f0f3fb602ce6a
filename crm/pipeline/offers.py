"""What projects show on the pages of parks and events. `register` is called by app.py once."""

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, not_, select
from sqlalchemy.orm import contains_eager, joinedload

from crm.accounts.models import User
from crm.companies.extensions import Section
from crm.database import db
from crm.landing import extensions
from crm.landing.events.models import Event
from crm.landing.experts.models import Draw
from crm.landing.parks.models import Park
from crm.landing.sheets import Table
from crm.pipeline import origins, park_matching, reservations
from crm.pipeline.models import EventProject, ParkReservation, Project, ProjectDraw
from crm.pipeline.permissions import may_read, readable
from crm.rules import today

#: So many months the chart of occupancy goes back.
MONTHS = 12


def register() -> None:
    """Add them; a second call changes nothing."""
    if reservations.held_of in extensions.holdings:
        return
    extensions.holdings.append(reservations.held_of)
    extensions.park_sections += [held_section, occupancy_section, fitting_section]
    extensions.event_sections += [projects_section, contacts_section]
    extensions.hidden_draws.append(hidden_draw)
    extensions.more_sheets.setdefault("park", []).append(held_sheet)
    extensions.more_sheets.setdefault("event", []).append(projects_sheet)


def hidden_draw(user: User) -> ColumnElement[bool]:
    """The condition on Draw that it was made for a project which the user may not know of: it bears its name."""
    made_for = select(ProjectDraw.draw_id).join(Project, Project.id == ProjectDraw.project_id)
    return Draw.id.in_(made_for.where(not_(readable(user))))


def held_section(park: Park, user: User) -> Section:
    """What is held of a park; of projects that the user may not know of the area alone."""
    held = db.session.scalars(reservations.of_park(park.id)).all()
    known = {each.id for each in held if may_read(user, each.project)}
    context = {"held": held, "known": known}
    return Section(_("预留"), "pipeline/_held.html", context, icon="lock", count=len(held), id="held")


def held_sheet(user: User) -> Table:
    """What is held of parks for projects that the user may know of, as the import of 用地预留 reads it."""
    held = (
        select(ParkReservation)
        .join(ParkReservation.project)
        .where(ParkReservation.released_at.is_(None), readable(user))
        .options(contains_eager(ParkReservation.project), joinedload(ParkReservation.park))
        .order_by(ParkReservation.id)
    )
    rows = [
        (each.project.name, each.park.name, each.land_mu, each.floor_m2, each.until.isoformat(), each.note)
        for each in db.session.scalars(held)
    ]
    return Table("用地预留", ("项目名称", "园区名称", "预留用地(亩)", "预留厂房(㎡)", "预留到", "备注"), rows)


def projects_sheet(user: User) -> Table:
    """Which projects came of which event, of those that the user may know of, as the import reads it."""
    links = (
        select(Event.name, Project.name)
        .join(EventProject, EventProject.event_id == Event.id)
        .join(Project, Project.id == EventProject.project_id)
        .where(readable(user))
        .order_by(EventProject.id)
    )
    return Table("活动形成的项目", ("活动名称", "项目名称"), [tuple(link) for link in db.session.execute(links)])


def occupancy_section(park: Park, _user: User) -> Section | None:
    """How much land was held, month by month; nothing for a park without free land."""
    if not park.free_mu:
        return None
    months = [*first_days(today()), today() + timedelta(days=1)]
    held = reservations.occupancy(park, months)
    labels = [day.strftime("%Y-%m") for day in months[:-1]] + [_("今天")]
    context = {"rows": list(zip(labels, held, strict=True)), "option": chart(labels, held), "park": park}
    return Section(_("预留随时间的变化"), "pipeline/_occupancy.html", context, icon="chart-bar", id="occupancy")


def first_days(day: date) -> list[date]:
    """The first days of the last months, the oldest first."""
    months = [divmod(day.year * 12 + day.month - 1 - back, 12) for back in range(MONTHS)]
    return [date(year, month + 1, 1) for year, month in reversed(months)]


def chart(labels: list[str], held: list[Any]) -> dict[str, Any]:
    """The chart's option."""
    return {
        "xAxis": {"type": "category", "data": labels},
        "yAxis": {"type": "value"},
        "series": [{"type": "bar", "name": _("已预留用地"), "data": [float(value) for value in held]}],
    }


def fitting_section(park: Park, user: User) -> Section:
    """Projects that look for a place and fit."""
    found = park_matching.projects_for(park, user)
    return Section(
        _("适合的项目"), "pipeline/_fitting.html", {"matches": found}, icon="puzzle", count=len(found), id="fitting"
    )


def projects_section(event: Event, user: User) -> Section:
    """The projects that came of an event."""
    found = db.session.scalars(origins.projects_of(event, user)).unique().all()
    return Section(
        _("后续项目"), "pipeline/_event_projects.html", {"projects": found}, icon="briefcase", count=len(found)
    )


def contacts_section(event: Event, user: User) -> Section:
    """Contacts with the guests since."""
    found = db.session.scalars(origins.contacts_after(event, user)).unique().all()
    return Section(
        _("来宾的后续接触"), "pipeline/_event_contacts.html", {"contacts": found}, icon="car", count=len(found)
    )
