"""Pages of plans, their tasks, and proposals."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from crm.accounts.access import current_user
from crm.database import N_, db
from crm.downloads import DOCX, download
from crm.landing.pages import EDIT, READ, Pages, add, row_of
from crm.landing.plans import answers, evidence
from crm.landing.plans.entries import ITEM, PLAN, PROGRESS, PROPOSAL, TASK
from crm.landing.plans.models import Plan, PlanTask, Proposal
from crm.rules import today


class PlanPages(Pages):
    """Plans with how far their tasks are."""

    noun = PLAN
    parts = (TASK,)
    icon = "checklist"
    list_template, show_template = "landing/plans/index.html", "landing/plans/show.html"
    lead = N_("任务落到责任部门，进展要有佐证。")

    def query(self) -> Any:
        """With what the bars need."""
        return super().query().options(selectinload(Plan.tasks, PlanTask.progress))

    def around(self, rows: Any) -> dict[str, Any]:
        """The day that makes a task late."""
        return {"day": today()}

    def shown(self, row: Plan) -> dict[str, Any]:
        """The day that makes a task late."""
        return {"day": today()}


class TaskPages(Pages):
    """A task's page with its progress; tasks are listed and edited on their plan's."""

    noun = TASK
    parts = (PROGRESS,)
    show_template = "landing/plans/task.html"

    def url(self, row: PlanTask) -> str:
        """The address of a task's page."""
        return url_for("plan_tasks.show", row_id=row.id)

    def shown(self, row: PlanTask) -> dict[str, Any]:
        """The day that makes it late, and the documents of its progress by their row."""
        return {"day": today(), "documents": evidence.of_task(row)}

    def add_document(self, part_id: int) -> Any:
        """Keep a file as evidence of progress."""
        progress = row_of(PROGRESS, part_id)
        evidence.attach(progress, request.files.get("file"), request.form.get("title", ""), by=current_user)
        db.session.commit()
        flash(_("已添加佐证文档。"), "success")
        return redirect(self.url(progress.task))

    def blueprint(self) -> Blueprint:
        """Its page, the forms of its progress and the evidence of that."""
        found = Blueprint(self.name, __name__)
        add(found, "/plan-tasks/<int:row_id>", "show", READ, self.show)
        add(found, "/plan-progress/<int:part_id>/documents", "add_document", EDIT, self.add_document, method="POST")
        self.add_parts(found, "/plan-tasks")
        return found


class ProposalPages(Pages):
    """Proposals with the figures that an answer may use."""

    noun = PROPOSAL
    parts = (ITEM,)
    icon = "gavel"
    columns = ("title", "session", "doc_number", "answered_on")
    show_template = "landing/proposal.html"
    lead = N_("每条建议的办理意见，和可以引用的任务进展。")

    def shown(self, row: Proposal) -> dict[str, Any]:
        """What each recommendation's plan has come to."""
        return {"facts": {item.id: answers.facts_of(item) for item in row.items}}

    def answer(self, row_id: int) -> Any:
        """答复素材 as a document."""
        row = row_of(PROPOSAL, row_id)
        return download(answers.document(row), f"提案{row.number}答复素材.docx", DOCX)

    def blueprint(self) -> Blueprint:
        """All pages, and the document."""
        found = super().blueprint()
        add(found, "/proposals/<int:row_id>/answer.docx", "answer", READ, self.answer)
        return found


blueprints = (PlanPages().blueprint(), TaskPages().blueprint(), ProposalPages().blueprint())
