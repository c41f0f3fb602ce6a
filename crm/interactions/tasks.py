"""The acts on tasks. The caller commits."""

import calendar
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from crm.accounts.models import User
from crm.accounts.permissions import require
from crm.companies.models import Company
from crm.database import N_, db, require_version
from crm.errors import Forbidden, NotFound, RuleError
from crm.interactions import extensions, queries
from crm.interactions.models import Interaction, Repeat, Task, TaskWatcher
from crm.notices.models import NoticeKind
from crm.notices.services import notify
from crm.rules import today

#: How many months lie between a task and the next one like it.
MONTHS = {Repeat.MONTHLY: 1, Repeat.QUARTERLY: 3, Repeat.YEARLY: 12}


def create_task(
    title: str,
    by: User,
    *,
    owner: User | None = None,
    due_on: date | None = None,
    note: str = "",
    company: Company | None = None,
    interaction: Interaction | None = None,
    repeat: Repeat | None = None,
    watchers: Sequence[User] = (),
    about: Iterable[tuple[extensions.Origin, int]] = (),
) -> Task:
    """Set a task, for oneself or for a colleague; `about` names what it came of (extensions.origins).

    Raises Forbidden for an owner or watcher outside one's reach, NotFound for an origin that one may not know of,
    RuleError for one that repeats without a day.
    """
    task = Task(title=title, note=note, due_on=due_on, company=company, interaction=interaction, repeat=repeat)
    task.created_by = by
    set_task(task, owner or by)
    for origin, row_id in about:
        origin.attach(task, row_id, by)
    watch(task, watchers, by)
    return task


def set_task(task: Task, owner: User) -> None:
    """Keep a new task as its owner's, and tell her. Raises Forbidden for one outside the reach of who sets it."""
    require_assignable(owner, task.created_by)
    require_day(task)
    task.owner, task.office_id = owner, owner.office_id
    db.session.add(task)
    db.session.flush()
    tell(owner, task, NoticeKind.TASK_HANDED, task.created_by)


def require_day(task: Task) -> None:
    """Raise RuleError for a task that repeats without a day from which to count."""
    if task.repeat is not None and task.due_on is None:
        raise RuleError(N_("重复的待办要有期限，下一次从期限算起。"))


def watch(task: Task, people: Iterable[User], by: User) -> None:
    """Make the watchers those people, and tell the new ones. Raises Forbidden for one outside one's reach."""
    there = {watcher.user_id: watcher for watcher in task.watchers}
    wanted = {user.id: user for user in people if user.id != task.owner.id}
    for user in wanted.values():
        if user.id not in there:
            require_assignable(user, by)
            tell(user, task, NoticeKind.TASK_WATCHED, by)
    task.watchers = [there.get(user_id) or TaskWatcher(user=user) for user_id, user in wanted.items()]
    db.session.flush()


def tell(user: User, task: Task, kind: NoticeKind, by: User) -> None:
    """Tell somebody of a task, but nobody of her own act; of one kind once a day, however often it goes to and fro."""
    if user.id != by.id:
        notify(user, key=f"task {task.id} {kind} {today()}", kind=kind, url=f"/tasks/{task.id}")


def edit_task(
    task_id: int,
    by: User,
    version: int | None,
    *,
    title: str,
    due_on: date | None,
    note: str,
    repeat: Repeat | None = None,
    watchers: Sequence[User] = (),
) -> Task:
    """Change what a task says, by when it is due and who watches. Raises NotFound, Forbidden, Conflict, RuleError."""
    task = task_to_edit(task_id, by)
    require_version(task, version)
    task.title, task.due_on, task.note, task.repeat = title, due_on, note, repeat
    require_day(task)
    watch(task, watchers, by)
    db.session.flush()
    return task


def postpone_task(task_id: int, due_on: date, by: User) -> Task:
    """Move a task to another day. Raises NotFound, Forbidden, RuleError for a done one."""
    task = task_to_edit(task_id, by)
    if task.is_done:
        raise RuleError(N_("已完成的待办不能改期，请先撤销完成。"))
    task.due_on = due_on
    db.session.flush()
    return task


def complete_task(task_id: int, by: User) -> Task:
    """Tick a task off; one that is done already stays as it is. Raises NotFound, Forbidden.

    A task that repeats is followed by the next one; whoever watches it, or set it for somebody else, is told.
    """
    task = task_to_edit(task_id, by)
    if task.is_done:
        return task
    task.done_at = datetime.now(UTC)
    db.session.flush()
    follow_up(task)
    for user in {task.created_by, *(watcher.user for watcher in task.watchers)}:
        tell(user, task, NoticeKind.TASK_DONE, by)
    return task


def follow_up(task: Task) -> None:
    """The next task like one that repeats, on its next day from today on; what it is about it keeps."""
    if task.repeat is None or task.due_on is None:
        return
    following = Task(
        title=task.title,
        note=task.note,
        due_on=next_day(task.due_on, task.repeat),
        owner=task.owner,
        office_id=task.office_id,
        created_by=task.created_by,
        company=task.company,
        repeat=task.repeat,
        follows=task,
        watchers=[TaskWatcher(user=watcher.user) for watcher in task.watchers],
    )
    db.session.add(following)
    db.session.flush()
    for origin in extensions.origins:
        origin.carry_on(task, following)


def next_day(day: date, repeat: Repeat) -> date:
    """The next day after `day` on which a task repeats, not before today; the last of a month stays the last."""
    found, count = day, 0
    while found <= day or found < today():
        count += 1
        found = day + timedelta(weeks=count) if repeat is Repeat.WEEKLY else months_on(day, MONTHS[repeat] * count)
    return found


def months_on(day: date, months: int) -> date:
    """The same day some months later; a shorter month's last where it has no such day, or where `day` is a last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_last else min(day.day, last))


def reopen_task(task_id: int, by: User) -> Task:
    """Take a tick back; the task that followed goes again, unless somebody touched it. Raises NotFound, Forbidden."""
    task = task_to_edit(task_id, by)
    task.done_at = None
    following = db.session.scalars(select(Task).where(Task.follows_id == task.id)).one_or_none()
    if following is not None and following.version == 1 and not following.is_done:
        for origin in extensions.origins:
            origin.detach(following)
        db.session.delete(following)
    db.session.flush()
    return task


def hand_over_task(task_id: int, to: User, by: User) -> Task:
    """Give a task to somebody else, who then answers for it. Raises NotFound, Forbidden, RuleError for a done one."""
    task = task_to_edit(task_id, by)
    if task.is_done:
        raise RuleError(N_("已完成的待办不能转交，请先撤销完成。"))
    require_assignable(to, by)
    task.owner, task.office_id, task.handed_by = to, to.office_id, by
    task.watchers = [watcher for watcher in task.watchers if watcher.user_id != to.id]
    db.session.flush()
    tell(to, task, NoticeKind.TASK_HANDED, by)
    return task


def task_to_edit(task_id: int, by: User) -> Task:
    """The task under a lock, or NotFound where `by` may not see it, Forbidden where she may not touch it."""
    query = queries.tasks_visible_to(by).where(Task.id == task_id).with_for_update(of=Task)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound(queries.NOT_FOUND)
    require(by, "task.edit", found)
    return found


def require_assignable(owner: User, by: User) -> None:
    """Raise Forbidden unless `by` may give tasks to `owner`: herself, her office and those below it."""
    if owner.id != by.id and db.session.scalars(queries.assignees(by).where(User.id == owner.id)).first() is None:
        raise Forbidden(N_("只能把待办交给本部门或下属部门的同事。"))
