"""Projects: what is known of one, and its way through stages and statuses."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Office, User
from crm.chain.models import Division, Segment
from crm.companies.models import Company
from crm.database import (
    N_,
    Area,
    Base,
    Id,
    Instant,
    Name,
    Prose,
    SearchVector,
    Versioned,
    Wan,
    choice,
)
from crm.errors import RuleError
from crm.pipeline.models.changes import ChangeKind, GateClosed, ReasonMissing, StageChange, StatusChange, in_words
from crm.pipeline.models.kinds import NEXT_STATUS, WARNING, CapitalKind, Secrecy, Status, Warmth
from crm.pipeline.models.members import ProjectMember, ProjectSegment
from crm.pipeline.models.routes import Reason, Route, Stage

if TYPE_CHECKING:
    from crm.pipeline.gates import MissingItem
    from crm.pipeline.models.admission import Admission
    from crm.pipeline.models.agreements import Agreement
    from crm.pipeline.models.links import ParkReservation
    from crm.pipeline.models.milestones import Milestone
    from crm.pipeline.models.schedule import InvestmentYear, StagePlan
    from crm.pipeline.models.triage import Lead, Triage


class Project(Versioned, Base):
    """招商项目. `owner_id` is the officer in charge."""

    __tablename__ = "projects"

    id: Mapped[Id]
    name: Mapped[Name]
    pinyin_key: Mapped[str] = mapped_column(String(200, collation="C"), info={"unrecorded": True})
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("routes.id"))
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    #: The day on which it entered its stage.
    stage_since: Mapped[date]
    status: Mapped[Status] = mapped_column(choice(Status), server_default="ongoing")
    status_reason: Mapped[Prose] = mapped_column(server_default="")
    status_on: Mapped[date | None]
    secrecy: Mapped[Secrecy] = mapped_column(choice(Secrecy), server_default="internal")
    summary: Mapped[Prose] = mapped_column(server_default="")
    #: Where the lead came from, in words, and 来源地.
    lead_source: Mapped[str] = mapped_column(String(300), server_default="")
    origin_code: Mapped[str | None] = mapped_column(ForeignKey("divisions.code"))
    capital_kind: Mapped[CapitalKind] = mapped_column(choice(CapitalKind), server_default="domestic")
    currency: Mapped[str] = mapped_column(String(3), server_default="CNY")
    investment_wan: Mapped[Wan | None]
    fixed_investment_wan: Mapped[Wan | None]
    land_mu: Mapped[Area | None]
    floor_m2: Mapped[Area | None]
    #: At full production (达产), a year.
    output_wan: Mapped[Wan | None]
    tax_wan: Mapped[Wan | None]
    energy_tce: Mapped[Area | None]
    jobs: Mapped[int | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    #: 挂点领导.
    sponsor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    park: Mapped[str] = mapped_column(String(200), server_default="")
    next_step: Mapped[Prose] = mapped_column(server_default="")
    next_step_on: Mapped[date | None]
    #: 研判结论 in words: opens the negotiation.
    triage_note: Mapped[Prose] = mapped_column(server_default="")
    #: The local company that came of it; from then on supply counts that company and no longer the project.
    local_company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    archived_at: Mapped[Instant | None]
    last_contact_on: Mapped[date | None] = mapped_column(info={"unrecorded": True})
    search: Mapped[SearchVector]

    company: Mapped[Company] = relationship(foreign_keys=company_id)
    local_company: Mapped[Company | None] = relationship(foreign_keys=local_company_id)
    route: Mapped[Route] = relationship()
    stage: Mapped[Stage] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=owner_id)
    office: Mapped[Office | None] = relationship()
    sponsor: Mapped[User | None] = relationship(foreign_keys=sponsor_id)
    origin: Mapped[Division | None] = relationship()
    segments: Mapped[list[ProjectSegment]] = relationship(
        back_populates="project",
        order_by="ProjectSegment.is_main.desc(), ProjectSegment.id",
        cascade="all, delete-orphan",
    )
    members: Mapped[list[ProjectMember]] = relationship(
        back_populates="project", order_by="ProjectMember.id", cascade="all, delete-orphan"
    )
    stage_changes: Mapped[list[StageChange]] = relationship(back_populates="project", order_by="StageChange.id.desc()")
    status_changes: Mapped[list[StatusChange]] = relationship(
        back_populates="project", order_by="StatusChange.id.desc()"
    )
    stage_plans: Mapped[list["StagePlan"]] = relationship(back_populates="project", cascade="all, delete-orphan")
    investment_years: Mapped[list["InvestmentYear"]] = relationship(
        back_populates="project", order_by="InvestmentYear.year"
    )
    reservations: Mapped[list["ParkReservation"]] = relationship(
        back_populates="project", order_by="ParkReservation.id.desc()"
    )
    lead: Mapped["Lead | None"] = relationship(back_populates="project")
    triages: Mapped[list["Triage"]] = relationship(back_populates="project", order_by="Triage.id.desc()")
    admissions: Mapped[list["Admission"]] = relationship(back_populates="project", order_by="Admission.id.desc()")
    agreements: Mapped[list["Agreement"]] = relationship(back_populates="project", order_by="Agreement.id")
    milestones: Mapped[list["Milestone"]] = relationship(
        back_populates="project", order_by="Milestone.on_day, Milestone.id"
    )

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", "name"),
        CheckConstraint("(owner_id is null) = (office_id is null)", "held_whole"),
        CheckConstraint(
            "status = 'ongoing' or (btrim(status_reason) <> '' and status_on is not null)", "status_reason"
        ),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", "currency"),
        CheckConstraint("investment_wan >= 0", "investment_wan"),
        CheckConstraint("fixed_investment_wan >= 0", "fixed_investment_wan"),
        CheckConstraint("fixed_investment_wan <= investment_wan", "fixed_within_total"),
        CheckConstraint("land_mu >= 0", "land_mu"),
        CheckConstraint("floor_m2 >= 0", "floor_m2"),
        CheckConstraint("output_wan >= 0", "output_wan"),
        CheckConstraint("tax_wan >= 0", "tax_wan"),
        CheckConstraint("energy_tce >= 0", "energy_tce"),
        CheckConstraint("jobs >= 0", "jobs"),
        Index("ix_projects_stage_id", "stage_id", "id", postgresql_where=text("archived_at is null")),
        Index("ix_projects_owner_id", "owner_id", "id"),
        Index("ix_projects_office_id", "office_id", "id"),
        Index("ix_projects_search", "search", postgresql_using="gin", postgresql_with={"fastupdate": "on"}),
    )

    @property
    def member_ids(self) -> frozenset[int]:
        """Who is named on it: the taskforce and the 挂点领导; the officer in charge is the owner."""
        sponsor = [] if self.sponsor_id is None else [self.sponsor_id]
        return frozenset([*sponsor, *(member.user_id for member in self.members)])

    def names(self, user: User) -> bool:
        """Whether `user` is named on it, which is what a 受限 project asks of its readers."""
        return user.id == self.owner_id or user.id in self.member_ids

    @property
    def is_restricted(self) -> bool:
        return self.secrecy is Secrecy.RESTRICTED

    @property
    def is_open(self) -> bool:
        """Whether it still moves or may move again."""
        return self.status in (Status.ONGOING, Status.PAUSED) and self.archived_at is None

    @property
    def intensity_wan_per_mu(self) -> Decimal | None:
        """投资强度: fixed-asset investment ÷ land, 万元/亩."""
        return self.fixed_investment_wan / self.land_mu if self.fixed_investment_wan and self.land_mu else None

    @property
    def tax_wan_per_mu(self) -> Decimal | None:
        """亩均税收: yearly tax at full production ÷ land, 万元/亩."""
        return self.tax_wan / self.land_mu if self.tax_wan and self.land_mu else None

    @property
    def main_segment(self) -> Segment | None:
        return next((link.segment for link in self.segments if link.is_main), None)

    @property
    def has_reservation(self) -> bool:
        """Whether land or a building is held for it."""
        return any(reservation.is_held for reservation in self.reservations)

    @property
    def earlier_stages(self) -> list[Stage]:
        return [stage for stage in self.route.stages if stage.ordinal < self.stage.ordinal]

    @property
    def later_stages(self) -> list[Stage]:
        return [stage for stage in self.route.stages if stage.ordinal > self.stage.ordinal]

    @property
    def next_stage(self) -> Stage | None:
        """The stage behind the present one; None at the route's end."""
        present = self.stage.ordinal
        return next((stage for stage in self.route.stages if stage.ordinal > present), None)

    def open(self, *, by: User, on_day: date) -> StageChange:
        """立项: begin at the route's first stage."""
        return self._change(ChangeKind.OPENING, self.route.stages[0], by=by, on_day=on_day)

    def take_over(self, stage: Stage, *, by: User, on_day: date) -> StageChange:
        """Note a stage of its past as a sheet tells it: no gate was asked, and the change says so by its kind."""
        return self._change(ChangeKind.IMPORTED, stage, by=by, on_day=on_day)

    def advance(
        self, *, to: Stage, by: User, on_day: date, missing: Sequence["MissingItem"], reason: str = ""
    ) -> StageChange:
        """Go forward to a stage of the route. `missing` is what gates.missing() says of it.

        Raises GateClosed where something is missing and no reason is given: whether `by` may pass with one is the
        caller's question (project.pass_gate). What was missing stays on the change for ever.
        """
        self._require_movable(to)
        if to.ordinal <= self.stage.ordinal:
            raise RuleError(N_("项目已经在“%(stage)s”或更后的阶段。"), stage=to.name)
        if missing and not reason.strip():
            raise GateClosed(N_("进入“%(stage)s”之前，还缺 %(count)d 项。"), stage=to.name, count=len(missing))
        items = [{"fact": item.fact, "label": item.label, "stage": item.stage_name} for item in missing]
        return self._change(ChangeKind.FORWARD, to, by=by, on_day=on_day, reason=reason, passed_items=items)

    def retreat(self, *, to: Stage, by: User, on_day: date, reason: str, listed: Reason | None = None) -> StageChange:
        """Go back to an earlier stage, with the reason: of the list, in words, or both."""
        self._require_movable(to)
        if to.ordinal >= self.stage.ordinal:
            raise RuleError(N_("只能退回到更早的阶段。"))
        reason = in_words(reason, listed)
        if not reason:
            raise ReasonMissing(N_("退回阶段要写明原因。"))
        return self._change(ChangeKind.BACK, to, by=by, on_day=on_day, reason=reason, listed=listed)

    def reroute(self, *, to: Stage, by: User, on_day: date, reason: str, listed: Reason | None = None) -> StageChange:
        """Go on along another route, from a stage of it (routing.landing_stage), with the reason."""
        if to.route_id == self.route_id:
            raise RuleError(N_("项目已经在这条路径上。"))
        self._require_ongoing()
        reason = in_words(reason, listed)
        if not reason:
            raise ReasonMissing(N_("改变路径要写明原因。"))
        change = self._change(ChangeKind.REROUTED, to, by=by, on_day=on_day, reason=reason, listed=listed)
        self.route, self.route_id = to.route, to.route_id
        return change

    def _require_movable(self, to: Stage) -> None:
        if to.route_id != self.route_id:
            raise RuleError(N_("这个阶段不属于项目的路径。"))
        self._require_ongoing()

    def _require_ongoing(self) -> None:
        if self.status is not Status.ONGOING or self.archived_at is not None:
            raise RuleError(N_("只有推进中的项目能改变阶段；请先恢复推进。"))

    def _change(
        self,
        kind: "ChangeKind",
        to: Stage,
        *,
        by: User,
        on_day: date,
        reason: str = "",
        listed: Reason | None = None,
        passed_items: Sequence[Any] = (),
    ) -> StageChange:
        """Write the change and the state that it leads to, together."""
        begins = kind in (ChangeKind.OPENING, ChangeKind.IMPORTED)
        if not begins and on_day < self.stage_since:
            raise RuleError(N_("日期不能早于进入当前阶段的日期 %(day)s。"), day=self.stage_since.isoformat())
        change = StageChange(
            kind=kind,
            from_stage=None if begins else self.stage,
            to_stage=to,
            by=by,
            on_day=on_day,
            reason=reason.strip(),
            listed_reason=listed,
            passed_items=list(passed_items),
        )
        self.stage_changes.insert(0, change)
        self.stage, self.stage_since = to, on_day
        return change

    def pause(self, *, by: User, on_day: date, reason: str, listed: Reason | None = None) -> StatusChange:
        """暂缓."""
        return self._become(Status.PAUSED, by=by, on_day=on_day, reason=reason, listed=listed)

    def lose(self, *, by: User, on_day: date, reason: str, listed: Reason | None = None) -> StatusChange:
        """流失: the company went elsewhere."""
        return self._become(Status.LOST, by=by, on_day=on_day, reason=reason, listed=listed)

    def abort(self, *, by: User, on_day: date, reason: str, listed: Reason | None = None) -> StatusChange:
        """中止: we or the company ended it."""
        return self._become(Status.ABORTED, by=by, on_day=on_day, reason=reason, listed=listed)

    def complete(self, *, by: User, on_day: date, reason: str, listed: Reason | None = None) -> StatusChange:
        """完成: only where the route ends."""
        return self._become(Status.COMPLETED, by=by, on_day=on_day, reason=reason, listed=listed)

    def reopen(self, *, by: User, on_day: date, reason: str, listed: Reason | None = None) -> StatusChange:
        """恢复推进, from whatever stopped it."""
        return self._become(Status.ONGOING, by=by, on_day=on_day, reason=reason, listed=listed)

    def may_become(self, status: Status) -> bool:
        """Whether the rules of status allow it: stopped projects go on before anything else."""
        if self.archived_at is not None or status not in NEXT_STATUS[self.status]:
            return False
        return status is not Status.COMPLETED or self.next_stage is None

    def archive(self, at: datetime) -> None:
        """归档: it stands on no list any more; nothing of it is lost. Once."""
        if self.archived_at is None:
            self.archived_at = at

    def restore(self) -> None:
        """Take it out of the archive, as it was."""
        self.archived_at = None

    def _become(self, status: Status, *, by: User, on_day: date, reason: str, listed: Reason | None) -> StatusChange:
        if not self.may_become(status):
            raise RuleError(N_("项目现在不能改为这个状态。"))
        reason = in_words(reason, listed)
        if not reason:
            raise ReasonMissing(N_("请写明原因。"))
        change = StatusChange(
            from_status=self.status, to_status=status, by=by, on_day=on_day, reason=reason, listed_reason=listed
        )
        self.status_changes.insert(0, change)
        self.status, self.status_reason, self.status_on = status, change.reason, on_day
        return change

    def idle_days(self, today: date) -> int:
        """Days since the last real contact, by the day it happened; since it entered its stage if that is later."""
        return (today - max(filter(None, (self.last_contact_on, self.stage_since)))).days

    def is_stale(self, today: date) -> bool:
        """Whether it idles longer than its stage allows."""
        limit = self.stage.stale_days
        return self.status is Status.ONGOING and limit is not None and self.idle_days(today) > limit

    def warmth(self, today: date) -> Warmth | None:
        """Green, yellow from WARNING of its stage's limit on, red beyond the limit; None where nothing is counted."""
        limit = self.stage.stale_days
        if self.status is not Status.ONGOING or limit is None:
            return None
        idle = self.idle_days(today)
        if idle > limit:
            return Warmth.RED
        return Warmth.YELLOW if idle >= limit * WARNING else Warmth.GREEN


# The table reads whole pages in order: each sort key has an index that ends in id, and leaves archived rows out.
_ACTIVE = text("archived_at is null")
Index("ix_projects_name_order", Project.pinyin_key, Project.id, postgresql_where=_ACTIVE)
Index("ix_projects_investment_order", Project.investment_wan, Project.id, postgresql_where=_ACTIVE)
Index("ix_projects_since_order", Project.stage_since, Project.id, postgresql_where=_ACTIVE)
Index("ix_projects_contact_order", Project.last_contact_on, Project.id, postgresql_where=_ACTIVE)
Index("ix_projects_due_order", Project.next_step_on, Project.id, postgresql_where=_ACTIVE)
# The board reads the first cards of each stage, the longest idle first.
Index(
    "ix_projects_board",
    Project.stage_id,
    func.greatest(Project.last_contact_on, Project.stage_since),
    Project.id,
    postgresql_where=_ACTIVE,
)
# Counts and sums by stage are read from this index alone, whoever asks: rights, secrecy and amounts stand in it.
Index(
    "ix_projects_sums",
    Project.stage_id,
    Project.status,
    Project.secrecy,
    Project.owner_id,
    Project.office_id,
    postgresql_include=["id", "investment_wan", "route_id"],
    postgresql_where=_ACTIVE,
)
