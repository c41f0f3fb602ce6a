"""Contacts that happened: each keeps its officer and its day, and its next step becomes a task."""

from typing import Any

from sqlalchemy import select

from crm.companies.models import Company, Contact
from crm.database import N_, db
from crm.interactions import rules as interaction_rules
from crm.interactions.models import Interaction, InteractionCompany
from crm.interactions.services import NextStep, Record, log_interaction
from crm.pipeline.models import Project
from imports.columns import Field
from imports.feeds import FieldError
from imports.feeds.anchored import CompanyRowFeed
from imports.feeds.companies import LINE, NAME, USCC
from imports.models import Fate
from imports.work import Work

UNKNOWN_PROJECT = N_("这家企业没有这个项目。")


class InteractionFeed(CompanyRowFeed):
    """接触记录."""

    key = "interactions"
    label = N_("接触记录")
    offered = True
    fields = (
        NAME,
        USCC,
        Field(
            "happened_on",
            N_("发生日期"),
            "发生日期 发生于 日期 走访日期 拜访日期 接触日期 时间 走访时间",
            interaction_rules.happened,
            required=True,
            takes_unit=True,
        ),
        Field("kind", N_("接触方式"), "接触方式 方式 走访方式 形式", interaction_rules.kind, required=True),
        Field("officer", N_("我方人员"), "我方人员 走访人 拜访人 招商专员 跟进人", LINE),
        Field("typed_by", N_("代录人"), "代录人 录入人", LINE),
        Field("people", N_("对方人员"), "对方人员 对方参加人员 企业人员 联系人", interaction_rules.people),
        Field(
            "summary",
            N_("内容纪要"),
            "内容纪要 纪要 走访内容 沟通内容 内容 走访情况",
            interaction_rules.summary,
            required=True,
        ),
        Field("demands", N_("企业诉求"), "企业诉求 诉求 企业需求", interaction_rules.demands),
        Field("intent", N_("意向"), "意向 投资意向 意向程度", interaction_rules.intent),
        Field("project", N_("相关项目"), "相关项目 项目名称 项目", LINE),
        Field("next_step", N_("下一步"), "下一步 下一步计划 后续安排", interaction_rules.next_step),
        Field("next_step_on", N_("下一步期限"), "下一步期限 完成时限", interaction_rules.due),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A contact, known by its company, day, kind, officer and summary."""
        company = self.company(work, place)
        owner = self.references.user(work, row, "officer", assigned=True) or work.user
        if self.is_known(company, row, owner.id):
            return Fate.UNCHANGED
        contact = self.contact(company, row)
        step = row.get("next_step")
        log_interaction(
            Record(
                kind=row["kind"],
                happened_on=row["happened_on"],
                summary=row["summary"],
                owner=owner,
                companies=[company],
                contacts=[contact] if contact else [],
                other_people="" if contact else row.get("people") or "",
                demands=row.get("demands") or "",
                intent=row.get("intent"),
                about={"projects": self.project_ids(company, row)},
            ),
            by=self.references.user(work, row, "typed_by", assigned=True) or work.author(owner),
            next_step=NextStep(step, row.get("next_step_on")) if step else None,
        )
        return Fate.CREATED

    def is_known(self, company: Company, row: dict[str, Any], owner_id: int) -> bool:
        """Whether this contact was recorded already."""
        same = select(Interaction.id).join(InteractionCompany).where(InteractionCompany.company_id == company.id)
        found = same.filter_by(happened_on=row["happened_on"], kind=row["kind"], owner_id=owner_id)
        return db.session.scalars(found.where(Interaction.summary == row["summary"])).first() is not None

    def contact(self, company: Company, row: dict[str, Any]) -> Contact | None:
        """The known person of that name."""
        found = select(Contact).filter_by(company_id=company.id, name=row.get("people"), erased_at=None)
        return db.session.scalars(found).first() if row.get("people") else None

    def project_ids(self, company: Company, row: dict[str, Any]) -> list[int]:
        """The project that the contact was about."""
        if not row.get("project"):
            return []
        found = select(Project.id).filter_by(company_id=company.id, name=row["project"])
        ids = list(db.session.scalars(found))
        if not ids:
            raise FieldError("project", UNKNOWN_PROJECT)
        return ids
