"""适用政策告知单: what applies to a project, for the company to read. It promises nothing, and says so."""

from collections.abc import Iterable

from crm.formatters import money
from crm.landing import documents
from crm.pipeline.models import Project
from crm.pipeline.policy_matching import Matches, PolicyMatch
from crm.rules import today

STATEMENT = (
    "本告知单只列示公开发布、现行有效、已通过公平竞争审查和合法性审查的政策，供企业了解。",
    "本告知单不是承诺，不构成协议、要约或给付依据；是否符合条件、支持金额和拨付时间，以主管部门依申请审核的结果和政策原文为准。",
    "测算金额按项目方提供的数据计算，数据变化时结果随之变化。给个人的人才政策另行申请，不在本单内。",
)


def document(project: Project, found: Matches) -> bytes:
    """The notice as docx. Chinese in every language: it goes to a company here."""
    title = "适用政策告知单"
    begun = documents.begin(
        title, f"项目：{project.name}", f"企业：{project.company.name}", f"日期：{today().isoformat()}"
    )
    documents.heading(begun, "重要说明", 2)
    documents.paragraphs(begun, STATEMENT, "List Number")
    documents.heading(begun, f"一、符合条件的政策（{len(found.applying)} 项）")
    add_policies(begun, found.applying, "按现有数据，没有符合全部条件的政策。")
    documents.heading(begun, f"二、接近符合的政策（{len(found.near)} 项）")
    add_policies(begun, found.near, "没有。")
    documents.paragraphs(
        begun,
        [
            "（本告知单由系统按公开政策生成，经办人核对后提供。）",
            "经办人：＿＿＿＿＿＿＿＿　　核对日期：＿＿＿＿＿＿＿＿",
        ],
    )
    return documents.content(begun)


def add_policies(begun: documents.DocumentType, matches: Iterable[PolicyMatch], otherwise: str) -> None:
    """Each policy with its source, its words, and the working."""
    found = list(matches)
    if not found:
        documents.paragraphs(begun, [otherwise])
    for number, each in enumerate(found, start=1):
        policy = each.policy
        documents.heading(begun, f"{number}. {policy.name}", 2)
        documents.paragraphs(begun, lines_of(each))
        marks = {True: "符合", False: "不符合", None: "待补充"}
        rows = [(line.asked, line.actual, marks[line.holds]) for line in each.working]
        documents.table(begun, ["条件", "项目情况", "结果"], rows or [("没有设定条件", "—", "符合")])


def lines_of(each: PolicyMatch) -> list[str]:
    """What stands above a policy's working."""
    policy = each.policy
    period = f"{policy.valid_from or '—'} 至 {policy.valid_until or '长期'}"
    lines = [
        f"依据：{policy.document or policy.name} {policy.doc_number}（{policy.issuer or '发文机关未填'}）",
        f"有效期：{period}",
        f"条款原文：{policy.clause}" if policy.clause else "",
        f"标准：{policy.amount_text}" if policy.amount_text else "",
        f"测算（不是承诺）：{money(each.amount)}；{each.sum}" if each.applies and each.amount is not None else "",
        f"受理部门：{policy.departments}" if policy.departments else "",
        f"公开网址：{policy.url}" if policy.url else "",
    ]
    return [line for line in lines if line]
