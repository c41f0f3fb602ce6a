"""Tasks and instructions of the demo. Not offered on any page."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from crm import rules
from crm.companies.matching import match
from crm.companies.models import Company
from crm.database import N_, db
from crm.interactions import rules as interaction_rules
from crm.interactions.models import Task
from crm.pipeline import rules as project_rules
from crm.pipeline.models import Instruction, Project
from crm.pipeline.services import link_task
from imports.columns import Field
from imports.feeds import FieldError, RowFeed
from imports.feeds.companies import LINE, NAME
from imports.feeds.references import References
from imports.feeds.words import yes
from imports.models import Fate
from imports.work import Work

UNKNOWN_COMPANY = N_("没有这家企业，或有重名。")
UNKNOWN_PROJECT = N_("没有这个项目，或有重名。")


def company_named(name: str | None) -> Company | None:
    """The known company of a cell, if it names one. FieldError for an unknown or ambiguous one."""
    if not name:
        return None
    verdict = match(name)
    if verdict.company_id is None:
        raise FieldError("name", UNKNOWN_COMPANY)
    return db.session.get_one(Company, verdict.company_id)


def project_named(name: str | None) -> Project | None:
    """The project of a cell, if it names one. FieldError for an unknown or ambiguous one."""
    if not name:
        return None
    found = db.session.scalars(select(Project).filter_by(name=name)).all()
    if len(found) != 1:
        raise FieldError("project", UNKNOWN_PROJECT)
    return found[0]


def noon(day: date) -> datetime:
    """Noon of a day in China: a moment for what is known to the day."""
    return datetime.combine(day, time(12), rules.SHANGHAI).astimezone(UTC)


class TaskFeed(RowFeed):
    """待办."""

    key = "tasks"
    label = N_("待办")
    act = "task.create"
    fields = (
        Field("title", N_("待办事项"), "待办事项 待办 事项", interaction_rules.title, identity=True, required=True),
        Field("name", NAME.label, NAME.words, NAME.parse),
        Field("project", N_("相关项目"), "相关项目 项目名称", LINE),
        Field("officer", N_("负责人"), "负责人 责任人", LINE, required=True),
        Field("due_on", N_("期限"), "期限 完成时限", interaction_rules.due),
        Field("is_done", N_("已完成"), "已完成 是否完成", yes),
    )

    def prepare(self, work: Work) -> None:
        """Nothing has been looked up yet."""
        self.references = References()

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A task, known by its title and officer."""
        owner = self.references.user_named(work, row["officer"], "officer", assigned=True)
        if db.session.scalars(select(Task.id).filter_by(title=row["title"], owner_id=owner.id)).first():
            return Fate.UNCHANGED
        task = Task(
            title=row["title"],
            owner=owner,
            office_id=owner.office_id,
            created_by=work.author(owner),
            company=company_named(row.get("name")),
            due_on=row.get("due_on"),
            done_at=noon(row.get("due_on") or rules.today()) if row.get("is_done") else None,
        )
        db.session.add(task)
        if project := project_named(row.get("project")):
            link_task(project, task)
        return Fate.CREATED


class InstructionFeed(RowFeed):
    """批示."""

    key = "instructions"
    label = N_("批示")
    act = "user.edit"
    fields = (
        Field(
            "body",
            N_("批示内容"),
            "批示内容 批示",
            project_rules.INSTRUCTION_FIELDS["body"],
            identity=True,
            required=True,
        ),
        Field("author", N_("批示人"), "批示人 批示领导", LINE, required=True),
        Field("officer", N_("承办人"), "承办人", LINE, required=True),
        Field("project", N_("相关项目"), "相关项目 项目名称", LINE),
        Field("written_on", N_("批示日期"), "批示日期 批示于", interaction_rules.happened, required=True),
        Field("due_on", N_("期限"), "期限 办理期限", interaction_rules.due),
        Field("is_received", N_("已签收"), "已签收", yes),
        Field("feedback", N_("反馈"), "反馈 办理情况", project_rules.INSTRUCTION_FIELDS["feedback"]),
        Field("is_closed", N_("已办结"), "已办结", yes),
    )

    def prepare(self, work: Work) -> None:
        """Nothing has been looked up yet."""
        self.references = References()

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """An instruction, known by its words and author, with how far it has come."""
        author = self.references.user_named(work, row["author"], "author")
        owner = self.references.user_named(work, row["officer"], "officer")
        if db.session.scalars(select(Instruction.id).filter_by(body=row["body"], author_id=author.id)).first():
            return Fate.UNCHANGED
        written = noon(row["written_on"])
        instruction = Instruction(
            body=row["body"],
            author=author,
            owner=owner,
            office_id=owner.office_id,
            project=project_named(row.get("project")),
            due_on=row.get("due_on"),
            created_at=written,
        )
        self.follow_up(instruction, row, written)
        db.session.add(instruction)
        return Fate.CREATED

    def follow_up(self, instruction: Instruction, row: dict[str, Any], written: datetime) -> None:
        """Receive, answer and close it as the row says, an hour, a day and two days later."""
        now = datetime.now(UTC)
        if row.get("is_received"):
            instruction.receive(min(written + timedelta(hours=1), now))
        if row.get("feedback"):
            instruction.answer(row["feedback"], min(written + timedelta(days=1), now))
        if row.get("is_closed"):
            instruction.close(min(written + timedelta(days=2), now))
