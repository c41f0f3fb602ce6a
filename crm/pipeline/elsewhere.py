"""What projects show and ask on the pages of companies, contacts and tasks. `register` is called by app.py once."""

from collections.abc import Mapping, Sequence
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select

from crm.accounts.models import User
from crm.accounts.permissions import may
from crm.companies import extensions as companies
from crm.companies.models import Company
from crm.database import N_, db
from crm.errors import BadRequest
from crm.interactions import extensions as interactions
from crm.interactions.models import Interaction, Task
from crm.pipeline import claims, queries, services
from crm.pipeline.demands import of_company as demands_of_company
from crm.pipeline.models import Phase, Project, ProjectInteraction, Promise
from crm.pipeline.permissions import may_act, readable


def register() -> None:
    """Offer projects to the lower slices; a second call changes nothing."""
    if "phase" in companies.filters:
        return
    companies.filters["phase"] = companies.Filter(N_("项目阶段"), phase_choices, in_phase)
    companies.sections.append(projects_section)
    companies.sections.append(claims_section)
    companies.stage_sources.append(queries.stages_of)
    interactions.subjects.append(
        interactions.Subject("projects", N_("相关项目"), choices=open_projects, attach=attach, links=linked_projects)
    )
    interactions.demand_acts.append(take_demands)
    companies.sections.append(demands_section)
    interactions.hidden_interactions.append(hidden_interaction)
    interactions.hidden_tasks.append(hidden_task)
    interactions.after_logging.append(take_next_step)


def phase_choices() -> list[tuple[str, str]]:
    """The phases, for the list of companies."""
    return [(phase.value, _(phase.label)) for phase in Phase]


def in_phase(value: str, user: User) -> ColumnElement[bool]:
    """The condition on Company that it has an ongoing project in a phase, of those that `user` may know of."""
    if value not in list(Phase):
        raise BadRequest(N_("不能按这个条件筛选。"))
    return Company.id.in_(queries.companies_in_phase(Phase(value), user))


def projects_section(company: Company, user: User) -> companies.Section:
    """The projects of a company with what was promised, on its page; the hidden ones as a count."""
    every = queries.with_promises(queries.all_of_company(company.id)).add_columns(readable(user))
    found = db.session.execute(every).unique().all()
    projects = [project for project, is_known in found if is_known]
    may_open = company.archived_at is None and may(user, "project.create", company)
    return companies.Section(
        title=_("招商项目"),
        template="pipeline/_company_projects.html",
        context={"projects": projects, "promises": open_promises(projects), "hidden": len(found) - len(projects)},
        icon="briefcase",
        count=len(projects),
        tool=(_("立项"), url_for("pipeline.new", company=company.id)) if may_open else None,
        id="projects",
        is_empty=not found,
    )


def open_promises(projects: Sequence[Project]) -> list[Promise]:
    """What is promised in agreements that hold and not kept yet, the first due first."""
    agreements = [agreement for project in projects for agreement in project.agreements if agreement.voided_on is None]
    found = [promise for agreement in agreements for promise in agreement.promises if promise.is_open]
    return sorted(found, key=lambda promise: (promise.due_on or date.max, promise.id))


def claims_section(company: Company, user: User) -> companies.Section | None:
    """Who was first with projects of a company or its group, on its page: everybody may know, but of 受限 ones."""
    found = claims.live_on_companies(user, claims.family_of(company))
    if not found:
        return None
    named = [(claim, claims.title_of(claim, user)) for claim in found]
    context = {"claims": named, "company": company}
    return companies.Section(
        title=_("首谈"), template="pipeline/_company_claims.html", context=context, icon="flag", count=len(found)
    )


def take_demands(interaction: Interaction, user: User) -> interactions.Act | None:
    """The button by which a contact's 诉求 become rows that somebody answers."""
    if not may(user, "demand.create"):
        return None
    return interactions.Act(
        _("登记为诉求，跟踪答复"),
        "checklist",
        url_for("pipeline.take_demands", interaction_id=interaction.id),
    )


def demands_section(company: Company, user: User) -> companies.Section:
    """What a company asks, on its page."""
    found = db.session.scalars(demands_of_company(user, company.id)).all()
    may_add = company.archived_at is None and may(user, "demand.create")
    return companies.Section(
        title=_("诉求"),
        template="pipeline/_company_demands.html",
        context={"demands": found},
        icon="message-report",
        count=len(found),
        tool=(_("登记诉求"), url_for("pipeline.new_demand", company=company.id)) if may_add else None,
        id="demands",
        is_empty=not found,
    )


def open_projects(company: Company, user: User) -> Sequence[interactions.Choice]:
    """The projects of a company that a contact may be about."""
    found = db.session.scalars(queries.of_company(user, company.id).where(*queries.is_open())).unique()
    return [interactions.Choice(project.id, f"{project.name} · {_(project.stage.name)}") for project in found]


def attach(interaction: Interaction, project_ids: Sequence[int], user: User) -> None:
    """Link a contact with projects."""
    services.set_linked_projects(interaction, project_ids, user)


def linked_projects(found: Sequence[Interaction], user: User) -> Mapping[int, Sequence[interactions.Link]]:
    """The projects of some contacts that `user` may know of, with their pages, by contact."""
    links: dict[int, list[interactions.Link]] = {}
    rows = db.session.execute(queries.about_any(user, [each.id for each in found]))
    for interaction_id, project_id, name in rows:
        url = url_for("pipeline.show", project_id=project_id)
        links.setdefault(interaction_id, []).append(interactions.Link(project_id, name, url))
    return links


def hidden_interaction(user: User) -> ColumnElement[bool]:
    """The condition on Interaction that it is about a 受限 project on which `user` is not named."""
    hidden = queries.restricted_hidden_from(user)
    about = select(ProjectInteraction.interaction_id).where(ProjectInteraction.project_id.in_(hidden))
    return Interaction.id.in_(about)


def hidden_task(user: User) -> ColumnElement[bool]:
    """The condition on Task that it serves such a project, or came of such a contact."""
    hidden = queries.restricted_hidden_from(user)
    about = select(ProjectInteraction.interaction_id).where(ProjectInteraction.project_id.in_(hidden))
    return or_(Task.id.in_(queries.serving(hidden)), Task.interaction_id.is_not(None) & Task.interaction_id.in_(about))


def take_next_step(interaction: Interaction) -> None:
    """The next step of a contact about a project becomes the project's, where its logger may edit that."""
    task = db.session.scalar(select(Task).where(Task.interaction_id == interaction.id).order_by(Task.id).limit(1))
    if task is None or task.due_on is None:
        return
    for project in db.session.scalars(queries.about(interaction.entered_by, interaction.id)):
        if project.is_open and may_act(interaction.entered_by, "project.edit", project):
            project.next_step, project.next_step_on = task.title, task.due_on
