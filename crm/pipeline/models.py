"""Projects on their routes, every change of stage and status, and instructions (批示)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Office, User
from crm.chain.models import Division, Segment
from crm.companies.models import Company
from crm.database import (
    N_,
    Area,
    Base,
    Created,
    Id,
    Instant,
    Labelled,
    Name,
    Prose,
    SearchVector,
    Versioned,
    Wan,
    choice,
)
from crm.errors import CrmError, RuleError
from crm.interactions.models import Interaction, Task
from crm.landing.events.models import Event
from crm.landing.experts.models import Draw
from crm.landing.parks.models import Park

if TYPE_CHECKING:
    from crm.pipeline.gates import MissingItem


class Phase(Labelled):
    """What figures compare across routes."""

    LEAD = "lead", N_("线索")
    TRIAGE = "triage", N_("研判")
    NEGOTIATING = "negotiating", N_("洽谈")
    SIGNED = "signed", N_("签约")
    STARTED = "started", N_("开工")
    OPERATING = "operating", N_("投产")


class Status(Labelled):
    """Whether a project goes on; apart from its stage."""

    ONGOING = "ongoing", N_("推进")
    PAUSED = "paused", N_("暂缓")
    LOST = "lost", N_("流失")
    ABORTED = "aborted", N_("中止")
    COMPLETED = "completed", N_("完成")


class Secrecy(Labelled):
    """Who may know of a project."""

    PUBLIC = "public", N_("公开")
    INTERNAL = "internal", N_("内部")
    RESTRICTED = "restricted", N_("受限")


class Effect(Labelled):
    """What a project does to its segment."""

    FILL = "fill", N_("补链")
    STRENGTHEN = "strengthen", N_("强链")
    EXTEND = "extend", N_("延链")


class CapitalKind(Labelled):
    """Whose money."""

    DOMESTIC = "domestic", N_("内资")
    FOREIGN = "foreign", N_("外资")


#: The statuses that may follow one.
NEXT_STATUS = {
    Status.ONGOING: (Status.PAUSED, Status.LOST, Status.ABORTED, Status.COMPLETED),
    Status.PAUSED: (Status.ONGOING, Status.LOST, Status.ABORTED),
    Status.LOST: (Status.ONGOING,),
    Status.ABORTED: (Status.ONGOING,),
    Status.COMPLETED: (Status.ONGOING,),
}


class GateClosed(CrmError):
    """A gate asks for more: `details` name the stage and how many items are missing."""


class ReasonMissing(CrmError):
    """The act is allowed, but not without a reason."""


class Route(Versioned, Base):
    """路径: the ordered stages of a kind of project, as data."""

    __tablename__ = "routes"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[Name] = mapped_column(unique=True)
    ordinal: Mapped[int] = mapped_column(server_default=text("0"))
    #: 合作牵线 never adds a company to the city's supply.
    makes_supply: Mapped[bool] = mapped_column(server_default=text("true"))

    stages: Mapped[list["Stage"]] = relationship(back_populates="route", order_by="Stage.ordinal")


class Stage(Versioned, Base):
    """A step of a route."""

    __tablename__ = "stages"

    id: Mapped[Id]
    route_id: Mapped[int] = mapped_column(ForeignKey("routes.id"))
    ordinal: Mapped[int]
    name: Mapped[Name]
    phase: Mapped[Phase] = mapped_column(choice(Phase))
    #: 0–1: how often a project that stands here lands.
    probability: Mapped[Decimal] = mapped_column(Numeric(4, 3))
    #: Days without contact after which a project here is stale; None: never.
    stale_days: Mapped[int | None]

    route: Mapped[Route] = relationship(back_populates="stages")
    gate_items: Mapped[list["GateItem"]] = relationship(
        back_populates="stage", order_by="GateItem.ordinal, GateItem.id"
    )

    __table_args__ = (
        UniqueConstraint("route_id", "ordinal"),
        UniqueConstraint("route_id", "name"),
        CheckConstraint("probability between 0 and 1", "probability"),
        CheckConstraint("stale_days > 0", "stale_days"),
    )


class GateItem(Versioned, Base):
    """What must be known to enter a stage: a fact (gates.FACTS) under a condition (gates.CONDITIONS)."""

    __tablename__ = "gate_items"

    id: Mapped[Id]
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    fact: Mapped[str] = mapped_column(String(64))
    condition: Mapped[str] = mapped_column(String(64), server_default="always")
    ordinal: Mapped[int] = mapped_column(server_default=text("0"))

    stage: Mapped[Stage] = relationship(back_populates="gate_items")

    __table_args__ = (UniqueConstraint("stage_id", "fact", "condition"),)


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
    segments: Mapped[list["ProjectSegment"]] = relationship(
        back_populates="project",
        order_by="ProjectSegment.is_main.desc(), ProjectSegment.id",
        cascade="all, delete-orphan",
    )
    members: Mapped[list["ProjectMember"]] = relationship(
        back_populates="project", order_by="ProjectMember.id", cascade="all, delete-orphan"
    )
    stage_changes: Mapped[list["StageChange"]] = relationship(
        back_populates="project", order_by="StageChange.id.desc()"
    )
    status_changes: Mapped[list["StatusChange"]] = relationship(
        back_populates="project", order_by="StatusChange.id.desc()"
    )
    reservations: Mapped[list["ParkReservation"]] = relationship(
        back_populates="project", order_by="ParkReservation.id.desc()"
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
        return next(iter(self.later_stages), None)

    def open(self, *, by: User, on_day: date) -> "StageChange":
        """立项: begin at the route's first stage."""
        return self._change(ChangeKind.OPENING, self.route.stages[0], by=by, on_day=on_day)

    def take_over(self, stage: Stage, *, by: User, on_day: date) -> "StageChange":
        """Note a stage of its past as a sheet tells it: no gate was asked, and the change says so by its kind."""
        return self._change(ChangeKind.IMPORTED, stage, by=by, on_day=on_day)

    def advance(
        self, *, to: Stage, by: User, on_day: date, missing: Sequence["MissingItem"], reason: str = ""
    ) -> "StageChange":
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

    def retreat(self, *, to: Stage, by: User, on_day: date, reason: str) -> "StageChange":
        """Go back to an earlier stage, with the reason."""
        self._require_movable(to)
        if to.ordinal >= self.stage.ordinal:
            raise RuleError(N_("只能退回到更早的阶段。"))
        if not reason.strip():
            raise ReasonMissing(N_("退回阶段要写明原因。"))
        return self._change(ChangeKind.BACK, to, by=by, on_day=on_day, reason=reason)

    def _require_movable(self, to: Stage) -> None:
        if to.route_id != self.route_id:
            raise RuleError(N_("这个阶段不属于项目的路径。"))
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
        passed_items: Sequence[Any] = (),
    ) -> "StageChange":
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
            passed_items=list(passed_items),
        )
        self.stage_changes.insert(0, change)
        self.stage, self.stage_since = to, on_day
        return change

    def pause(self, *, by: User, on_day: date, reason: str) -> "StatusChange":
        """暂缓."""
        return self._become(Status.PAUSED, by=by, on_day=on_day, reason=reason)

    def lose(self, *, by: User, on_day: date, reason: str) -> "StatusChange":
        """流失: the company went elsewhere."""
        return self._become(Status.LOST, by=by, on_day=on_day, reason=reason)

    def abort(self, *, by: User, on_day: date, reason: str) -> "StatusChange":
        """中止: we or the company ended it."""
        return self._become(Status.ABORTED, by=by, on_day=on_day, reason=reason)

    def complete(self, *, by: User, on_day: date, reason: str) -> "StatusChange":
        """完成: only where the route ends."""
        return self._become(Status.COMPLETED, by=by, on_day=on_day, reason=reason)

    def reopen(self, *, by: User, on_day: date, reason: str) -> "StatusChange":
        """恢复推进, from whatever stopped it."""
        return self._become(Status.ONGOING, by=by, on_day=on_day, reason=reason)

    def may_become(self, status: Status) -> bool:
        """Whether the rules of status allow it: stopped projects go on before anything else."""
        if self.archived_at is not None or status not in NEXT_STATUS[self.status]:
            return False
        return status is not Status.COMPLETED or self.next_stage is None

    def _become(self, status: Status, *, by: User, on_day: date, reason: str) -> "StatusChange":
        if not self.may_become(status):
            raise RuleError(N_("项目现在不能改为这个状态。"))
        if not reason.strip():
            raise ReasonMissing(N_("请写明原因。"))
        change = StatusChange(from_status=self.status, to_status=status, by=by, on_day=on_day, reason=reason.strip())
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


class ProjectSegment(Base):
    """A segment that a project would serve."""

    __tablename__ = "project_segments"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"), index=True)
    is_main: Mapped[bool] = mapped_column(server_default=text("true"))
    effect: Mapped[Effect | None] = mapped_column(choice(Effect))

    project: Mapped[Project] = relationship(back_populates="segments")
    segment: Mapped[Segment] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        UniqueConstraint("project_id", "segment_id"),
        Index("uq_project_segments_main", "project_id", unique=True, postgresql_where=text("is_main")),
    )


class ProjectMember(Base):
    """专班: somebody named on a project; of a 受限 project, one who may know."""

    __tablename__ = "project_members"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    duty: Mapped[str] = mapped_column(String(100), server_default="")
    #: 知情 since.
    created_at: Mapped[Created]

    project: Mapped[Project] = relationship(back_populates="members")
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        UniqueConstraint("project_id", "user_id"),
        Index("ix_project_members_user_id_project_id", "user_id", "project_id"),
    )


class ProjectInteraction(Base):
    """A contact that was about a project."""

    __tablename__ = "project_interactions"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"), index=True)

    project: Mapped[Project] = relationship()
    interaction: Mapped[Interaction] = relationship()

    __table_args__ = (UniqueConstraint("project_id", "interaction_id"),)


class ProjectTask(Base):
    """A task that serves a project."""

    __tablename__ = "project_tasks"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), unique=True)

    project: Mapped[Project] = relationship()
    task: Mapped[Task] = relationship()


class ChangeKind(Labelled):
    """In which way a stage was entered."""

    OPENING = "opening", N_("立项")
    IMPORTED = "imported", N_("导入")
    FORWARD = "forward", N_("推进")
    BACK = "back", N_("退回")


class StageChange(Base):
    """阶段变更: who moved a project, when, where and why. Replaying them gives the stage."""

    __tablename__ = "stage_changes"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(choice(ChangeKind))
    from_stage_id: Mapped[int | None] = mapped_column(ForeignKey("stages.id"))
    to_stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    reason: Mapped[Prose] = mapped_column(server_default="")
    #: What was missing when a manager passed the gate; shown for ever.
    passed_items: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    #: The day it took effect, and when it was recorded.
    on_day: Mapped[date]
    created_at: Mapped[Created]

    project: Mapped[Project] = relationship(back_populates="stage_changes")
    from_stage: Mapped[Stage | None] = relationship(foreign_keys=from_stage_id)
    to_stage: Mapped[Stage] = relationship(foreign_keys=to_stage_id)
    by: Mapped[User] = relationship()

    __table_args__ = (
        CheckConstraint("(from_stage_id is null) = (kind in ('opening', 'imported'))", "opening"),
        CheckConstraint("kind <> 'back' or btrim(reason) <> ''", "reason"),
        CheckConstraint("passed_items = '[]' or btrim(reason) <> ''", "pass_reason"),
    )


class StatusChange(Base):
    """A project paused, lost, aborted, completed or taken up again, with the reason."""

    __tablename__ = "status_changes"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    from_status: Mapped[Status] = mapped_column(choice(Status, "from_status"))
    to_status: Mapped[Status] = mapped_column(choice(Status, "to_status"))
    reason: Mapped[Prose]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    on_day: Mapped[date]
    created_at: Mapped[Created]

    project: Mapped[Project] = relationship(back_populates="status_changes")
    by: Mapped[User] = relationship()

    __table_args__ = (CheckConstraint("btrim(reason) <> ''", "reason"),)


class InstructionState(Labelled):
    """How far an instruction has come."""

    WRITTEN = "written", N_("待签收")
    RECEIVED = "received", N_("办理中")
    ANSWERED = "answered", N_("已反馈")
    CLOSED = "closed", N_("已办结")


class Instruction(Versioned, Base):
    """批示: a leader's or manager's word, followed up as 督办: received, answered, closed."""

    __tablename__ = "instructions"

    id: Mapped[Id]
    body: Mapped[Prose]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    #: Who is to act on it: the row's owner.
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segments.id"), index=True)
    due_on: Mapped[date | None]
    received_at: Mapped[Instant | None]
    feedback: Mapped[Prose] = mapped_column(server_default="")
    feedback_at: Mapped[Instant | None]
    closed_at: Mapped[Instant | None]

    author: Mapped[User] = relationship(foreign_keys=author_id)
    owner: Mapped[User] = relationship(foreign_keys=owner_id)
    project: Mapped[Project | None] = relationship()
    company: Mapped[Company | None] = relationship()
    segment: Mapped[Segment | None] = relationship()

    __table_args__ = (
        CheckConstraint("btrim(body) <> ''", "body"),
        CheckConstraint("feedback_at is null or received_at is not null", "feedback_after_receipt"),
        CheckConstraint("closed_at is null or feedback_at is not null", "closed_after_feedback"),
        Index("ix_instructions_open", "owner_id", "due_on", postgresql_where=text("closed_at is null")),
    )

    @property
    def member_ids(self) -> frozenset[int]:
        """Who may read it besides the one who acts on it."""
        return frozenset({self.author_id})

    @property
    def state(self) -> "InstructionState":
        """How far it has come."""
        if self.closed_at is not None:
            return InstructionState.CLOSED
        if self.feedback_at is not None:
            return InstructionState.ANSWERED
        return InstructionState.RECEIVED if self.received_at is not None else InstructionState.WRITTEN

    def receive(self, at: datetime) -> None:
        """签收. Once; a second press changes nothing."""
        if self.received_at is None:
            self.received_at = at

    def answer(self, feedback: str, at: datetime) -> None:
        """反馈, again until it is closed; who answers has received it."""
        if self.closed_at is not None:
            raise RuleError(N_("这条批示已经办结。"))
        if not feedback.strip():
            raise RuleError(N_("请写反馈内容。"))
        self.receive(at)
        self.feedback, self.feedback_at = feedback.strip(), at

    def close(self, at: datetime) -> None:
        """办结, after an answer."""
        if self.feedback_at is None:
            raise RuleError(N_("还没有反馈，不能办结。"))
        if self.closed_at is None:
            self.closed_at = at

    def is_late(self, today: date) -> bool:
        """Whether it is open after its day."""
        return self.closed_at is None and self.due_on is not None and self.due_on < today


class ParkReservation(Versioned, Base):
    """预留: land or floor of a park held for a project until a day.

    What is held never passes what is free: the trigger park_holds_what_it_has asks that of every write, under a lock
    on the park (crm/pipeline/reservations.py asks first, to answer with a sentence).
    """

    __tablename__ = "park_reservations"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    land_mu: Mapped[Area | None]
    floor_m2: Mapped[Area | None]
    until: Mapped[date]
    note: Mapped[str] = mapped_column(String(300), server_default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    released_at: Mapped[Instant | None]
    release_reason: Mapped[str] = mapped_column(String(300), server_default="")

    project: Mapped[Project] = relationship(back_populates="reservations")
    park: Mapped[Park] = relationship()
    by: Mapped[User] = relationship()

    __table_args__ = (
        CheckConstraint("coalesce(land_mu, 0) + coalesce(floor_m2, 0) > 0", "something"),
        CheckConstraint("land_mu >= 0", "land_mu"),
        CheckConstraint("floor_m2 >= 0", "floor_m2"),
        CheckConstraint("released_at is null or btrim(release_reason) <> ''", "release_reason"),
        Index("ix_park_reservations_park_id", "park_id", "released_at", "id"),
        Index(
            "uq_park_reservations_held",
            "project_id",
            "park_id",
            unique=True,
            postgresql_where=text("released_at is null"),
        ),
    )

    @property
    def is_held(self) -> bool:
        return self.released_at is None


class EventProject(Base):
    """A project that came of an event."""

    __tablename__ = "event_projects"

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)

    event: Mapped[Event] = relationship()
    project: Mapped[Project] = relationship()

    __table_args__ = (UniqueConstraint("event_id", "project_id"),)


class ProjectDraw(Base):
    """评审: the experts drawn for a project; the mean of their scores is what an admission looks at."""

    __tablename__ = "project_draws"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"), unique=True)

    project: Mapped[Project] = relationship()
    draw: Mapped[Draw] = relationship()


# The table reads whole pages in order: each sort key has an index that ends in id, and leaves archived rows out.
_ACTIVE = text("archived_at is null")
Index("ix_projects_name_order", Project.pinyin_key, Project.id, postgresql_where=_ACTIVE)
Index("ix_projects_investment_order", Project.investment_wan, Project.id, postgresql_where=_ACTIVE)
Index("ix_projects_since_order", Project.stage_since, Project.id, postgresql_where=_ACTIVE)
Index("ix_projects_contact_order", Project.last_contact_on, Project.id, postgresql_where=_ACTIVE)
