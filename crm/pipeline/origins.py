"""Where a project came from and who judged it: its events, and its draws of experts."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.database import N_, db
from crm.errors import NotFound
from crm.interactions.models import Interaction, InteractionCompany
from crm.interactions.queries import visible_to as interactions_visible_to
from crm.interactions.queries import with_people
from crm.landing.events.models import Event, Guest
from crm.landing.experts.draws import draw
from crm.landing.experts.models import Draw
from crm.pipeline.models import EventProject, Project, ProjectDraw
from crm.pipeline.permissions import require_act
from crm.pipeline.queries import visible_to, with_names

#: Contacts with a guest within so many days after an event are shown as what followed.
FOLLOWING = 180
SHOWN = 30


def offered_events(project: Project) -> Sequence[Event]:
    """The events of which a project may have come: fictitious ones for fictitious projects only."""
    query = select(Event).where(Event.is_demo == project.is_demo).order_by(Event.starts_on.desc(), Event.id.desc())
    return db.session.scalars(query.limit(SHOWN)).all()


def event_ids(project: Project) -> list[int]:
    """The events that a project is linked to."""
    return list(db.session.scalars(select(EventProject.event_id).filter_by(project_id=project.id)))


def set_events(project: Project, wanted: Collection[int], *, by: User) -> None:
    """Make the project's events equal to `wanted`. NotFound for an event that is not offered."""
    require_act(by, "project.edit", project)
    present = {
        link.event_id: link for link in db.session.scalars(select(EventProject).filter_by(project_id=project.id))
    }
    offered = {event.id for event in offered_events(project)}
    for event_id in set(wanted) - present.keys():
        if event_id not in offered:
            raise NotFound(N_("没有找到这个活动。"))
        db.session.add(EventProject(event_id=event_id, project_id=project.id))
    for event_id in present.keys() - set(wanted):
        db.session.delete(present[event_id])
    db.session.flush()


def projects_of(event: Event, user: User) -> Select[Project]:
    """The projects that came of an event, of those that a user may know of."""
    linked = select(EventProject.project_id).where(EventProject.event_id == event.id)
    return with_names(visible_to(user).where(Project.id.in_(linked))).order_by(Project.id)


def contacts_after(event: Event, user: User) -> Select[Interaction]:
    """Contacts with the event's guests, from its first day on, that a user may read; the latest first."""
    guests = select(Guest.company_id).where(Guest.event_id == event.id, Guest.company_id.is_not(None))
    about = select(InteractionCompany.interaction_id).where(InteractionCompany.company_id.in_(guests))
    query = interactions_visible_to(user).where(
        Interaction.id.in_(about),
        Interaction.happened_on.between(event.starts_on, event.starts_on + timedelta(days=FOLLOWING)),
    )
    return with_people(query).order_by(Interaction.happened_on.desc(), Interaction.id.desc()).limit(SHOWN)


def draw_experts(project: Project, field: str, wanted: int, *, by: User) -> Draw:
    """Draw experts who judge on a project; every draw stays on record. RuleError where there are too few."""
    found = draw(project.name, field, wanted, project.company, by=by)
    db.session.add(ProjectDraw(project_id=project.id, draw_id=found.id))
    db.session.flush()
    return found


def draws_of(project: Project) -> Sequence[Draw]:
    """The draws for a project, the latest first."""
    query = select(Draw).join(ProjectDraw, ProjectDraw.draw_id == Draw.id).where(ProjectDraw.project_id == project.id)
    return db.session.scalars(query.options(joinedload(Draw.by)).order_by(Draw.id.desc())).all()


def expert_score(project: Project) -> Decimal | None:
    """The mean score of the latest draw of which anybody has scored: what an admission looks at."""
    return next((found.mean_score for found in draws_of(project) if found.mean_score is not None), None)
