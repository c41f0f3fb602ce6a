"""What is to know of plans, their tasks and progress, and of proposals."""

from crm import rules
from crm.chain.models import Chain
from crm.database import N_
from crm.landing.entries import DEMO, SOURCE, Noun, day, line, link, owned_by, prose, whole
from crm.landing.plans.models import Plan, PlanProgress, PlanTask, Proposal, ProposalItem

PLAN = Noun(
    "plan",
    "plans",
    N_("行动方案"),
    Plan,
    (
        line("name", N_("方案名称"), words="方案名称 方案", required=True, identity=True),
        line("issuer", N_("编制单位"), words="编制单位"),
        whole("start_year", N_("起始年"), 1990, 2100, words="起始年"),
        whole("end_year", N_("截止年"), 1990, 2100, words="截止年"),
        link("chain", N_("产业链"), Chain, words="产业链"),
        prose("summary", N_("方案说明"), words="方案说明"),
        DEMO,
        SOURCE,
    ),
    refusals={"ck_plans_end_year": N_("截止年不能早于起始年。")},
)
TASK = Noun(
    "task",
    "plan-tasks",
    N_("方案任务"),
    PlanTask,
    (
        owned_by(PLAN),
        whole("ordinal", N_("序号"), 0, 999, words="序号", required=True),
        line("title", N_("任务"), words="任务 任务名称", required=True, identity=True),
        line("lead", N_("责任部门"), words="责任部门 牵头部门"),
        line("supporting", N_("配合部门"), 500, words="配合部门"),
        day("due_on", N_("完成期限"), words="完成期限 完成时限"),
        prose("source", N_("来源"), words="来源"),
    ),
    title="title",
    parent="plan",
)
PROGRESS = Noun(
    "progress",
    "plan-progress",
    N_("任务进展"),
    PlanProgress,
    (
        owned_by(TASK),
        day("on_day", N_("日期"), rules.happened, words="日期 进展日期", required=True, identity=True),
        whole("percent", N_("完成度"), 0, 100, words="完成度 完成率", hint=N_("0 到 100"), required=True),
        prose("body", N_("进展情况"), words="进展情况 进展", required=True),
        prose("evidence", N_("佐证"), words="佐证 佐证材料", hint=N_("文号、纪要或网址；完成时必填")),
    ),
    title="on_day",
    parent="task",
    refusals={"ck_plan_progress_evidence": N_("完成度为 100 时要写明佐证。")},
)
PROPOSAL = Noun(
    "proposal",
    "proposals",
    N_("提案"),
    Proposal,
    (
        line("number", N_("提案编号"), 50, words="提案编号", required=True, identity=True),
        line("title", N_("提案题目"), words="提案题目"),
        line("session", N_("届次"), words="届次"),
        line("doc_number", N_("答复文号"), 100, words="答复文号"),
        day("answered_on", N_("答复日期"), words="答复日期"),
        link("chain", N_("产业链"), Chain, words="产业链"),
        DEMO,
        SOURCE,
    ),
    title="number",
)
ITEM = Noun(
    "item",
    "proposal-items",
    N_("建议"),
    ProposalItem,
    (
        owned_by(PROPOSAL),
        whole("ordinal", N_("序号"), 1, 999, words="序号", required=True, identity=True),
        line("title", N_("建议"), words="建议 建议内容", required=True),
        line("opinion", N_("办理意见"), 50, words="办理意见"),
        prose("answer", N_("答复内容"), words="答复内容 答复"),
        link("plan", N_("依据的方案"), Plan, words="依据的方案 方案名称"),
        prose("source", N_("来源"), words="来源"),
    ),
    title="title",
    parent="proposal",
)
