"""研判意见表 as a document: the project's data, each office's opinion and scores, the experts', and the decision."""

from collections.abc import Iterable

from crm.formatters import day, money
from crm.landing import documents
from crm.pipeline import admission as acts
from crm.pipeline import origins
from crm.pipeline.models import Admission, Opinion, Project
from crm.rules import today


def document(row: Admission) -> bytes:
    """The sheet as docx, in Chinese: it goes to a meeting here."""
    project = row.project
    begun = documents.begin("项目准入联审研判意见表", f"项目：{project.name}", f"企业：{project.company.name}")
    documents.heading(begun, "一、项目情况")
    documents.table(begun, ["指标", "内容"], facts_of(project))
    if row.question:
        documents.paragraphs(begun, [f"请重点研判：{row.question}"])
    documents.heading(begun, f"二、部门意见（答复期限 {day(row.due_on)}）")
    documents.table(begun, ["部门", "意见", "评分", "否决项", "具体意见", "答复人"], map(opinion_line, row.opinions))
    documents.heading(begun, "三、评分")
    documents.table(begun, ["指标", *(each.office.name for each in row.opinions)], score_lines(row))
    documents.paragraphs(begun, summary_of(row))
    documents.heading(begun, "四、决定")
    documents.paragraphs(begun, decision_of(row))
    documents.paragraphs(
        begun, [f"打印日期：{today().isoformat()}", "主持人（签字）：＿＿＿＿＿＿　　记录人：＿＿＿＿＿＿"]
    )
    return documents.content(begun)


def facts_of(project: Project) -> list[tuple[str, str]]:
    """The figures that offices judge."""
    owner = project.owner.display_name if project.owner else "名录池"
    return [
        ("招商路径", project.route.name),
        ("所属环节", project.main_segment.name if project.main_segment else "—"),
        ("投资总额", money(project.investment_wan)),
        ("固定资产投资", money(project.fixed_investment_wan)),
        ("用地", f"{project.land_mu.normalize():f} 亩" if project.land_mu else "—"),
        ("投资强度", per_mu(project.intensity_wan_per_mu)),
        ("达产产值", money(project.output_wan)),
        ("达产税收", money(project.tax_wan)),
        ("亩均税收", per_mu(project.tax_wan_per_mu)),
        ("能耗", f"{project.energy_tce.normalize():f} 吨标煤/年" if project.energy_tce is not None else "—"),
        ("就业人数", str(project.jobs or "—")),
        ("项目简介", project.summary or "—"),
        ("研判意见", project.triage_note or "—"),
        ("负责人", owner),
    ]


def per_mu(value: object) -> str:
    """An amount by land."""
    return f"{value:.1f} 万元/亩" if value is not None else "—"


def opinion_line(opinion: Opinion) -> list[str]:
    """An office's line."""
    vetoes = "、".join(found.veto.name for found in opinion.vetoes)
    who = opinion.answered_by.display_name if opinion.answered_by else ""
    grade = opinion.grade.label if opinion.grade else "未答复"
    total = f"{opinion.total:.1f}" if opinion.total is not None else "—"
    return [opinion.office.name, grade, total, vetoes or "无", opinion.comment, who]


def score_lines(row: Admission) -> Iterable[list[str]]:
    """A line for each criterion that anybody scored, with its full marks, and the sum."""
    marks = {score.criterion_id: score for each in row.opinions for score in each.scores}
    for criterion_id in sorted(marks, key=lambda key: marks[key].criterion.ordinal):
        first = marks[criterion_id]
        given = [next((s.score for s in each.scores if s.criterion_id == criterion_id), None) for each in row.opinions]
        yield [f"{first.criterion.name}（{first.weight:.0f}）", *(f"{s:.1f}" if s is not None else "—" for s in given)]
    yield ["合计", *(f"{each.total:.1f}" if each.total is not None else "—" for each in row.opinions)]


def summary_of(row: Admission) -> list[str]:
    """The offices' mean, the experts' mean, and both together."""
    experts = row.expert_score if not row.is_open else origins.expert_score(row.project)
    scores = (("部门平均分", row.office_score), ("专家平均分", experts), ("综合得分", acts.composite(row)))
    return [f"{label}：{score:.1f}" if score is not None else f"{label}：—" for label, score in scores]


def decision_of(row: Admission) -> list[str]:
    """What was decided, by whom and on which paper."""
    if row.outcome is None or row.level is None:
        return ["（尚未决定）"]
    lines = [
        f"结论：{row.outcome.label}",
        f"决策机构：{row.body}（{row.level.name}）",
        f"会议：{row.meeting}　纪要文号：{row.minutes_number}　日期：{day(row.decided_on)}",
    ]
    return [*lines, *([f"附加条件：{row.conditions}"] if row.conditions else [])]
