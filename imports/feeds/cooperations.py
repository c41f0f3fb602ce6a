"""合作牵线: who of the city was brought together with whom, as bureaus keep it in a list."""

from datetime import date
from typing import Any

from sqlalchemy import select

from crm import rules
from crm.companies.models import Company
from crm.database import N_, db
from crm.errors import NotFound, RuleError
from crm.interactions.rules import happened
from crm.pipeline import partners
from crm.pipeline.models import Introduction, Project, ProjectPartner
from crm.pipeline.permissions import may_read
from imports.columns import Field
from imports.feeds import FieldError, RowFeed
from imports.feeds.companies import LINE, NAME
from imports.feeds.followups import UNKNOWN_COMPANY, UNKNOWN_PROJECT, company_named, project_named
from imports.feeds.references import References
from imports.models import Fate
from imports.work import Work


class CooperationFeed(RowFeed):
    """A row names both companies, and tells one introduction, the outcome, or both.

    The project is the one that brings these two together, or the named one; where there is none it is opened.
    """

    key = "cooperations"
    label = N_("合作牵线")
    act = "project.edit"
    offered = True
    fields = (
        Field("name", N_("目标企业"), NAME.words, NAME.parse, identity=True, required=True),
        Field("partner", N_("合作企业"), "合作企业 合作对象 本地合作企业 对接企业", LINE, identity=True, required=True),
        Field("project", N_("项目名称"), "项目名称 项目 合作项目", LINE),
        Field("officer", N_("牵线人"), "牵线人 经办人 牵线", LINE),
        Field("on_day", N_("牵线日期"), "牵线日期 对接日期", happened, identity=True),
        Field("note", N_("牵线情况"), "牵线情况 对接情况", rules.line(500)),
        Field("outcome", N_("合作结果"), "合作结果 结果 合作成果", rules.prose(2_000)),
        Field("outcome_on", N_("结果日期"), "结果日期", happened),
    )  # fmt: skip

    def prepare(self, work: Work) -> None:
        """Nothing has been looked up yet."""
        self.references = References()

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """An introduction, known by its project and day; an outcome that is written already stays."""
        target = company_of(row, "name")
        local = company_of(row, "partner")
        partner = known_partner(row, target, local, work)
        is_new = partner is None
        if partner is None:
            partner = self.partner_of(row, target, local, work)
        return Fate.CREATED if self.tell(partner, row, work) or is_new else Fate.UNCHANGED

    def partner_of(self, row: dict[str, Any], target: Company, local: Company, work: Work) -> ProjectPartner:
        """Name the partner of the row's project, or open a project for the two."""
        try:
            if row.get("project"):
                project = project_of(row, target, work)
                return partners.name_partner(project, local, work.author(project.owner))
            project = partners.start_cooperation(target, local, work.author(target.owner))
        except (RuleError, NotFound) as error:
            raise FieldError("partner", error.message, **error.details) from None
        return db.session.scalars(select(ProjectPartner).filter_by(project_id=project.id)).one()

    def tell(self, partner: ProjectPartner, row: dict[str, Any], work: Work) -> bool:
        """Write the introduction and the outcome of a row; whether there was anything new."""
        by = work.author(partner.project.owner)
        is_new = False
        if row.get("on_day") and not is_known(partner.project, row["on_day"]):
            officer = self.references.user_named(work, row["officer"], "officer") if row.get("officer") else by
            held = partners.introduce(partner.project, row["on_day"], row.get("note") or "", by)
            held.by, is_new = officer, True
        if row.get("outcome") and not partner.outcome:
            on_day = row.get("outcome_on") or rules.today()
            partners.conclude(partner, row["outcome"], on_day, by)
            is_new = True
        return is_new


def company_of(row: dict[str, Any], key: str) -> Company:
    """A company that is known. FieldError for another."""
    try:
        found = company_named(row[key])
    except FieldError as error:
        raise FieldError(key, error.message) from None
    if found is None:
        raise FieldError(key, UNKNOWN_COMPANY)
    return found


def known_partner(row: dict[str, Any], target: Company, local: Company, work: Work) -> ProjectPartner | None:
    """The project that brings the two together, as far as the importer may know of it; the named one, if one is."""
    query = select(ProjectPartner).join(ProjectPartner.project)
    query = query.where(
        ProjectPartner.company_id == local.id, Project.company_id == target.id, Project.archived_at.is_(None)
    )
    if row.get("project"):
        query = query.where(Project.name == row["project"])
    found = db.session.scalars(query.order_by(ProjectPartner.id)).all()
    return next((each for each in found if may_read(work.author(each.project.owner), each.project)), None)


def project_of(row: dict[str, Any], target: Company, work: Work) -> Project:
    """The named project, which must be the target's and one that the importer may know of."""
    found = project_named(row["project"])
    if found is None or found.company_id != target.id or not may_read(work.author(found.owner), found):
        raise FieldError("project", UNKNOWN_PROJECT)
    return found


def is_known(project: Project, on_day: date) -> bool:
    """Whether an introduction of that day is written already."""
    return (
        db.session.scalars(select(Introduction.id).filter_by(project_id=project.id, on_day=on_day)).first() is not None
    )
