"""提案答复: what an answer to a recommendation may quote, taken from its plan as it stands today."""

from dataclasses import dataclass

from flask_babel import gettext as _

from crm.landing import documents
from crm.landing.plans.models import PlanTask, Proposal, ProposalItem
from crm.rules import today


@dataclass(frozen=True)
class AnswerFacts:
    """The figures of a recommendation's plan: tasks in all, finished, late, and the latest word on each."""

    tasks: int
    finished: int
    late: int
    latest: list[tuple[PlanTask, str]]

    @property
    def mean_percent(self) -> int:
        """How far the tasks are on average, %."""
        return round(sum(task.percent for task, _said in self.latest) / self.tasks) if self.tasks else 0


def facts_of(item: ProposalItem) -> AnswerFacts | None:
    """The figures; None where the recommendation has no plan."""
    if item.plan is None:
        return None
    tasks, day = item.plan.tasks, today()
    return AnswerFacts(
        tasks=len(tasks),
        finished=sum(task.percent == 100 for task in tasks),
        late=sum(task.is_late(day) for task in tasks),
        latest=[(task, task.progress[0].body if task.progress else "") for task in tasks],
    )


def sentence(facts: AnswerFacts) -> str:
    """The figures as a sentence."""
    return _(
        "共 %(tasks)d 项任务，已完成 %(finished)d 项，逾期 %(late)d 项，平均完成度为百分之 %(percent)d。",
        tasks=facts.tasks,
        finished=facts.finished,
        late=facts.late,
        percent=facts.mean_percent,
    )


def document(proposal: Proposal) -> bytes:
    """答复素材: each recommendation with opinion, answer, and its plan's figures of today."""
    title = _("提案第 %(number)s 号答复素材", number=proposal.number)
    found = documents.begin(title, *filter(None, (proposal.title, proposal.session, proposal.doc_number)))
    documents.paragraphs(found, [_("数据截至 %(day)s，取自行动方案的任务进展。", day=today().isoformat())])
    for item in proposal.items:
        documents.heading(found, f"{item.ordinal}. {item.title}")
        documents.paragraphs(
            found, filter(None, (item.opinion and _("办理意见：%(text)s", text=item.opinion), item.answer))
        )
        facts = facts_of(item)
        if facts is None:
            documents.paragraphs(found, [_("尚未关联行动方案。")])
            continue
        documents.paragraphs(found, [f"《{item.plan.name if item.plan else ''}》", sentence(facts)])
        rows = [(task.title, task.lead or "—", f"{task.percent}%", said or "—") for task, said in facts.latest]
        documents.table(found, [_("任务"), _("责任部门"), _("完成度"), _("最近进展")], rows)
    return documents.content(found)
