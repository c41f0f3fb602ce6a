"""Acts on projects that touch several rows: opening, editing, moving, linking contacts."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm.attributes import flag_modified

from crm.accounts.models import Role, User
from crm.accounts.permissions import may, office_ids, require
from crm.chain.models import Segment
from crm.companies.models import Company
from crm.companies.naming import pinyin_key
from crm.database import N_, db
from crm.errors import Forbidden, NotFound, RuleError
from crm.interactions.models import Interaction, Task
from crm.pipeline import gates, reservations, rules, secrecy
from crm.pipeline.models import (
    Effect,
    Project,
    ProjectInteraction,
    ProjectMember,
    ProjectSegment,
    ProjectTask,
    Reason,
    Route,
    Stage,
    StageChange,
    Status,
    StatusChange,
)
from crm.pipeline.permissions import require_act, require_readable
from crm.rules import today
from crm.tokens import index_text

#: Columns that a form or a sheet may set.
COLUMNS = frozenset(rules.FIELDS)


@dataclass(frozen=True)
class Relations:
    """The other rows that a project points to, as a form or a sheet gives them.

    `owner` is the officer in charge, `effect` what the project does to its main segment (补/强/延链).
    """

    owner: User | None = None
    sponsor: User | None = None
    member_ids: Collection[int] = ()
    main_segment: Segment | None = None
    effect: Effect | None = None
    other_segments: Sequence[Segment] = ()
    local_company: Company | None = None


def open_project(
    company: Company,
    route: Route,
    values: Mapping[str, Any],
    relations: Relations | None = None,
    *,
    by: User,
    on_day: date | None = None,
) -> Project:
    """Open a project at its route's first stage, held by the opener unless `relations` name another officer.

    `values` are columns of rules.FIELDS, already judged. Raises Forbidden where `by` may not open one for the company
    or may not hand it to that officer.
    """
    require(by, "project.create", company)
    if company.archived_at is not None:
        raise RuleError(N_("已归档的企业不能立项，请先恢复。"))
    relations = relations or Relations()
    project = _build(company, route, values, relations, relations.owner or by, by)
    project.open(by=by, on_day=on_day or today())
    db.session.add(project)
    db.session.flush()
    secrecy.sync(project, by=by)
    return project


def open_imported(
    company: Company,
    route: Route,
    values: Mapping[str, Any],
    relations: Relations,
    history: Sequence[tuple[Stage, date]],
    *,
    by: User,
    status: tuple[Status, str, date] | None = None,
    is_demo: bool = False,
) -> Project:
    """Take a project over from a sheet: each stage of its past becomes a change of kind 导入, which asked no gate.

    `history` is (stage, day) in order, at least one; `status` = (status, reason, day) where it is not 推进. Without an
    owner the project lies in the pool. Whose rows a sheet may name is the import's matter (import.assign).
    """
    project = _build(company, route, values, relations, relations.owner, by)
    project.is_demo = is_demo
    for stage, day in history:
        project.take_over(stage, by=by, on_day=day)
    if status is not None:
        to, reason, day = status
        _status_acts(project)[to](by=by, on_day=day, reason=reason)
    db.session.add(project)
    db.session.flush()
    secrecy.sync(project, by=by)
    return project


def _build(
    company: Company, route: Route, values: Mapping[str, Any], relations: Relations, owner: User | None, by: User
) -> Project:
    project = Project(company=company, route=route, status=Status.ONGOING)
    _set_columns(project, values)
    _set_segments(project, relations)
    _set_relations(project, relations, owner, by)
    return project


def edit_project(project: Project, values: Mapping[str, Any], relations: Relations, *, by: User) -> Project:
    """Save a form's values; the caller has locked the row and checked its version.

    Raises Forbidden where `by` may not edit it or may not hand it to the new owner, RuleError where a rule forbids
    the values. Without an owner in `relations` the project stays with the one it has.
    """
    require_act(by, "project.edit", project)
    return write(project, values, relations, by=by)


def write(project: Project, values: Mapping[str, Any], relations: Relations, *, by: User) -> Project:
    """Save values as edit_project does, where the caller has already asked for the right."""
    if project.archived_at is not None:
        raise RuleError(N_("已归档的项目不能修改。"))
    _set_segments(project, relations)
    with db.session.no_autoflush:  # one UPDATE, so that one save raises the version by one
        _set_columns(project, values)
        _set_relations(project, relations, relations.owner or project.owner, by)
        _touch(project)
    db.session.flush()
    secrecy.sync(project, by=by)
    return project


def relations_of(project: Project) -> Relations:
    """The other rows that a project points to, as they are stored."""
    main = next((link for link in project.segments if link.is_main), None)
    return Relations(
        owner=project.owner,
        sponsor=project.sponsor,
        member_ids=[member.user_id for member in project.members],
        main_segment=main.segment if main else None,
        effect=main.effect if main else None,
        other_segments=[link.segment for link in project.segments if not link.is_main],
        local_company=project.local_company,
    )


def _set_columns(project: Project, values: Mapping[str, Any]) -> None:
    """Set the columns that a form may set; others in `values` change nothing (promise 15)."""
    for name in COLUMNS & values.keys():
        value = values[name]
        if value is not None or Project.__table__.c[name].nullable:
            setattr(project, name, value)
    project.pinyin_key = pinyin_key(project.name)
    project.search = index_text(project.name)


def _set_relations(project: Project, relations: Relations, owner: User | None, by: User) -> None:
    """Set who holds it, who is named on it and what became of it."""
    if owner is not None and owner.id != project.owner_id:
        _require_holder(by, owner)
        project.owner, project.office = owner, owner.office
        project.owner_id, project.office_id = owner.id, owner.office_id
    project.sponsor = relations.sponsor
    project.sponsor_id = relations.sponsor.id if relations.sponsor else None
    project.local_company = _require_local(relations.local_company)
    _set_members(project, relations.member_ids)
    _keep_setter_named(project, by)


def _require_holder(by: User, owner: User | None) -> None:
    """A project stays within the offices of who gives it; only an administrator moves it between offices."""
    if owner is None or by.role is Role.ADMIN or owner.id == by.id:
        return
    if not owner.is_active or owner.office_id not in office_ids(by):
        raise Forbidden(N_("只能把项目交给本部门及下属部门的同事。"))


def _require_local(company: Company | None) -> Company | None:
    """The company that came of a project must be one of the city's."""
    if company is not None and company.local is None:
        raise RuleError(N_("“%(name)s”还不是本地企业，请先在企业页登记为本地企业。"), name=company.name)
    return company


def _set_segments(project: Project, relations: Relations) -> None:
    """Make the project's segments equal to the relations': one main with its effect, and others."""
    wanted = {segment.id: segment for segment in relations.other_segments}
    main = relations.main_segment
    if main is not None:
        wanted[main.id] = main
    for link in list(project.segments):
        link.is_main = False
        if link.segment_id not in wanted:
            project.segments.remove(link)
    if project.id is not None:
        db.session.flush()  # the old main segment steps down before another one takes its place
    links = {link.segment_id: link for link in project.segments}
    for segment_id in wanted.keys() - links.keys():
        links[segment_id] = ProjectSegment(segment=wanted[segment_id], segment_id=segment_id, is_main=False)
        project.segments.append(links[segment_id])
    if main is not None:
        links[main.id].is_main, links[main.id].effect = True, relations.effect


def _set_members(project: Project, user_ids: Iterable[int]) -> None:
    """Make the taskforce equal to `user_ids`; who stays keeps her day of 知情."""
    wanted = set(user_ids)
    for member in [member for member in project.members if member.user_id not in wanted]:
        project.members.remove(member)
    for user_id in sorted(wanted - {member.user_id for member in project.members}):
        user = db.session.get(User, user_id)
        if user is None or not user.is_active:
            raise NotFound(N_("没有这位同事，或者账号已停用。"))
        project.members.append(ProjectMember(user=user, user_id=user_id))


def _keep_setter_named(project: Project, by: User) -> None:
    """Whoever makes a project 受限 stays one of its named members: she knows of it."""
    if project.is_restricted and not project.names(by) and by.id:
        project.members.append(ProjectMember(user=by, user_id=by.id, duty=N_("设为受限的人")))


def _touch(project: Project) -> None:
    """Raise the version also when only segments or members changed: a form of before is old then (promise 5).

    The trigger looks at updates of recorded columns that change the row, so the name is written as it is.
    """
    flag_modified(project, "name")
    project.updated_at = func.clock_timestamp()


def is_forward(project: Project, to: Stage) -> bool:
    """Whether a stage of the project's route lies ahead."""
    return to.route_id == project.route_id and to.ordinal > project.stage.ordinal


def require_move(project: Project, to: Stage, *, by: User) -> None:
    """Raise NotFound or Forbidden unless `by` may move the project in that direction."""
    require_act(by, "project.forward" if is_forward(project, to) else "project.back", project)


def move(
    project: Project,
    to: Stage,
    *,
    by: User,
    reason: str = "",
    listed: Reason | None = None,
    on_day: date | None = None,
) -> StageChange:
    """Move a project on its route, forward through every gate between or back with a reason.

    A manager passes a gate with a reason (project.pass_gate), except for what nobody may pass (the reviews of an
    agreement); anybody else's reason opens nothing. `listed` is a reason of the list, for a way back. Raises
    GateClosed, ReasonMissing or RuleError; Forbidden or NotFound by right.
    """
    require_move(project, to, by=by)
    day = on_day or today()
    if not is_forward(project, to):
        return project.retreat(to=to, by=by, on_day=day, reason=reason, listed=listed)
    missing = gates.missing(project, to)
    passes = may_pass(by, project, missing)
    return project.advance(to=to, by=by, on_day=day, missing=missing, reason=reason if passes else "")


def may_pass(user: User, project: Project, missing: Sequence[gates.MissingItem]) -> bool:
    """Whether a reason of `user` opens gates that ask for these: always where nothing is missing."""
    if not missing:
        return True
    return all(item.can_pass for item in missing) and may(user, "project.pass_gate", project)


def require_status_act(project: Project, *, by: User) -> None:
    """Raise NotFound or Forbidden unless `by` may pause, lose, abort, complete or reopen the project."""
    require_act(by, "project.back", project)


def change_status(
    project: Project,
    status: Status,
    *,
    by: User,
    reason: str,
    listed: Reason | None = None,
    on_day: date | None = None,
) -> StatusChange:
    """暂缓, 流失, 中止, 完成 or 恢复推进, with the reason; what is lost or aborted holds no land any more.

    `listed` is a reason of the list. Raises ReasonMissing or RuleError; Forbidden by right.
    """
    require_status_act(project, by=by)
    change = _status_acts(project)[status](by=by, on_day=on_day or today(), reason=reason, listed=listed)
    if status in (Status.LOST, Status.ABORTED):
        reservations.release_all(project, change.reason)
    return change


def _status_acts(project: Project) -> Mapping[Status, Callable[..., StatusChange]]:
    return {
        Status.ONGOING: project.reopen,
        Status.PAUSED: project.pause,
        Status.LOST: project.lose,
        Status.ABORTED: project.abort,
        Status.COMPLETED: project.complete,
    }


def link_interaction(project: Project, interaction: Interaction) -> None:
    """Note that a contact was about a project, once; the project's last contact follows."""
    link = ProjectInteraction(project_id=project.id, interaction_id=interaction.id)
    known = select(ProjectInteraction.id).filter_by(project_id=project.id, interaction_id=interaction.id)
    if db.session.scalar(known) is None:
        db.session.add(link)
        db.session.flush()
    refresh_last_contact([project.id])


def set_linked_projects(interaction: Interaction, project_ids: Collection[int], by: User) -> None:
    """Make the projects that a contact was about equal to `project_ids`, as far as `by` may know of them.

    Raises NotFound for a project that she may not know of or that is none of the contact's companies'.
    """
    present = {
        link.project_id: link
        for link in db.session.scalars(select(ProjectInteraction).filter_by(interaction_id=interaction.id))
    }
    companies = {link.company_id for link in interaction.companies}
    for project_id in set(project_ids) - present.keys():
        project = require_readable(by, db.session.get(Project, project_id))
        if project.company_id not in companies:
            raise NotFound(N_("这个项目不是所选企业的项目。"))
        db.session.add(ProjectInteraction(project_id=project_id, interaction_id=interaction.id))
    for project_id in present.keys() - set(project_ids):
        require_readable(by, db.session.get(Project, project_id))
        db.session.delete(present[project_id])
    db.session.flush()
    refresh_last_contact(present.keys() | set(project_ids))


def link_task(project: Project, task: Task) -> None:
    """Note that a task serves a project."""
    db.session.add(ProjectTask(project=project, task=task))


def refresh_last_contact(project_ids: Collection[int]) -> None:
    """Set each project's day of last contact from its linked contacts, by the day they happened."""
    last = (
        select(func.max(Interaction.happened_on))
        .join(ProjectInteraction, ProjectInteraction.interaction_id == Interaction.id)
        .where(ProjectInteraction.project_id == Project.id)
        .scalar_subquery()
    )
    changed = Project.last_contact_on.is_distinct_from(last)
    db.session.execute(update(Project).where(Project.id.in_(project_ids), changed).values(last_contact_on=last))
