"""首谈: who was first with a project, what others ask of it, and how credit is shared."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Office, User
from crm.database import N_, Base, Id, Instant, Labelled, Prose, Versioned, choice
from crm.errors import RuleError
from crm.interactions.models import Interaction
from crm.pipeline.models.projects import Project


class ClaimState(Labelled):
    """How far a claim has come."""

    RECORDED = "recorded", N_("先登记")
    FILED = "filed", N_("待认定")
    ACCEPTED = "accepted", N_("已认定")
    REFUSED = "refused", N_("未认定")
    LAPSED = "lapsed", N_("已失效")
    ENDED = "ended", N_("已结束")


LIVE = (ClaimState.RECORDED, ClaimState.FILED, ClaimState.ACCEPTED)


class Evidence(Labelled):
    """By what a claim is supported. A written wish goes before a record of contact."""

    CONTACT = "contact", N_("接洽记录")
    WISH = "wish", N_("企业书面意向")


class Claim(Versioned, Base):
    """首谈. Filed on a project, so another project of the same group stays free. `office_id` holds it."""

    __tablename__ = "claims"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    state: Mapped[ClaimState] = mapped_column(choice(ClaimState))
    evidence: Mapped[Evidence] = mapped_column(choice(Evidence))
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"), index=True)
    #: 企业书面意向 in words (what it says, its number), and its day.
    wish: Mapped[Prose] = mapped_column(server_default="")
    wish_on: Mapped[date | None]
    #: From this day on it lapses without a contact.
    kept_since: Mapped[date]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    decided_at: Mapped[Instant | None]
    reason: Mapped[Prose] = mapped_column(server_default="")

    project: Mapped[Project] = relationship()
    owner: Mapped[User] = relationship(foreign_keys=owner_id)
    office: Mapped[Office] = relationship()
    interaction: Mapped[Interaction | None] = relationship()
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    requests: Mapped[list["ClaimRequest"]] = relationship(back_populates="claim", order_by="ClaimRequest.id.desc()")

    __table_args__ = (
        CheckConstraint("evidence <> 'contact' or interaction_id is not null", "contact"),
        CheckConstraint("evidence <> 'wish' or (btrim(wish) <> '' and wish_on is not null)", "wish"),
        CheckConstraint("state not in ('refused', 'lapsed', 'ended') or btrim(reason) <> ''", "reason"),
        # Whoever is first: of many at once one row stands, whatever the application has seen (promise 6).
        Index(
            "uq_claims_live",
            "project_id",
            unique=True,
            postgresql_where=text("state in ('recorded', 'filed', 'accepted')"),
        ),
        Index("ix_claims_state", "state", "id"),
    )

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    def accept(self, *, by: User | None, at: datetime, on_day: date, reason: str = "") -> None:
        """认定; from this day on it is kept by contact."""
        self._require(ClaimState.FILED)
        self._decide(ClaimState.ACCEPTED, by, at, reason)
        self.kept_since = on_day

    def refuse(self, *, by: User, at: datetime, reason: str) -> None:
        """不予认定, with the reason."""
        self._require(ClaimState.FILED)
        self._decide(ClaimState.REFUSED, by, at, reason)

    def lapse(self, *, at: datetime, reason: str) -> None:
        """失效: nobody kept contact."""
        self._require(ClaimState.ACCEPTED)
        self._decide(ClaimState.LAPSED, None, at, reason)

    def end(self, *, by: User | None, at: datetime, reason: str) -> None:
        """结束, with the reason: by the coordinating office, its claimant, or with its project."""
        self._require(*LIVE)
        self._decide(ClaimState.ENDED, by, at, reason)

    def _require(self, *states: ClaimState) -> None:
        if self.state not in states:
            raise RuleError(N_("这项首谈现在是“%(state)s”，不能这样处理。"), state=self.state.label)

    def _decide(self, state: ClaimState, by: User | None, at: datetime, reason: str) -> None:
        if state is not ClaimState.ACCEPTED and not reason.strip():
            raise RuleError(N_("请写明理由。"))
        self.state, self.decided_by, self.decided_at, self.reason = state, by, at, reason.strip()


class RequestKind(Labelled):
    """What a second office asks."""

    JOIN = "join", N_("申请参与")
    HAND_OVER = "hand_over", N_("申请流转")
    DISPUTE = "dispute", N_("提出争议")


class RequestState(Labelled):
    """How far a request has come."""

    ASKED = "asked", N_("待裁定")
    AGREED = "agreed", N_("待接收")
    DONE = "done", N_("已落实")
    REFUSED = "refused", N_("未同意")
    WITHDRAWN = "withdrawn", N_("已撤回")


class Outcome(Labelled):
    """What is decided on a request."""

    TO_ASKER = "to_asker", N_("流转给申请部门")
    JOINT = "joint", N_("双方共同推进")
    KEEP = "keep", N_("维持现状")


class ClaimRequest(Versioned, Base):
    """A second office asks to join, to be handed over the project, or disputes who was first."""

    __tablename__ = "claim_requests"

    id: Mapped[Id]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    kind: Mapped[RequestKind] = mapped_column(choice(RequestKind))
    state: Mapped[RequestState] = mapped_column(choice(RequestState), server_default="asked")
    #: Who asks, for which office.
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    reason: Mapped[Prose]
    #: The investor's written wish, where there is one: it prevails unless the decision refutes it.
    wish: Mapped[Prose] = mapped_column(server_default="")
    wish_on: Mapped[date | None]
    is_wish_refuted: Mapped[bool] = mapped_column(server_default=text("false"))
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome))
    #: What the office that holds the project keeps of the credit, in per cent.
    kept_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    decision: Mapped[Prose] = mapped_column(server_default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    decided_at: Mapped[Instant | None]
    #: The manager of the receiving office who took it over or declined.
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    received_at: Mapped[Instant | None]

    claim: Mapped[Claim] = relationship(back_populates="requests")
    owner: Mapped[User] = relationship(foreign_keys=owner_id)
    office: Mapped[Office] = relationship()
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    received_by: Mapped[User | None] = relationship(foreign_keys=received_by_id)

    __table_args__ = (
        CheckConstraint("btrim(reason) <> ''", "reason"),
        CheckConstraint("(btrim(wish) = '') = (wish_on is null)", "wish_with_day"),
        CheckConstraint("kept_percent between 0 and 100", "kept_percent"),
        CheckConstraint("decided_at is null or btrim(decision) <> ''", "decision"),
        CheckConstraint("state in ('asked', 'withdrawn') or outcome is not null", "outcome_given"),
        Index(
            "uq_claim_requests_open",
            "claim_id",
            "office_id",
            unique=True,
            postgresql_where=text("state in ('asked', 'agreed')"),
        ),
    )

    @property
    def is_open(self) -> bool:
        return self.state in (RequestState.ASKED, RequestState.AGREED)

    def require(self, state: RequestState) -> None:
        """Raise RuleError unless it stands there: two who decide at once must not both be heard."""
        if self.state is not state:
            raise RuleError(N_("这项申请现在是“%(state)s”，不能这样处理。"), state=self.state.label)


class ProjectShare(Versioned, Base):
    """An office's share of the credit for a project. Without rows the office in charge has all of it."""

    __tablename__ = "project_shares"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))

    project: Mapped[Project] = relationship()
    office: Mapped[Office] = relationship()

    __table_args__ = (
        UniqueConstraint("project_id", "office_id"),
        CheckConstraint("percent between 0 and 100", "percent"),
    )
