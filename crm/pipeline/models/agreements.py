"""协议: their versions and reviews, the promises of either side, and what their wording was warned of."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.database import N_, Base, Created, Id, Instant, Labelled, Name, Prose, Versioned, Wan, choice
from crm.landing.redlines.models import RedLine
from crm.pipeline.models.projects import Project


class AgreementKind(Labelled):
    """What it is. Only 正式 counts as signed."""

    INTENT = "intent", N_("意向协议")
    FRAMEWORK = "framework", N_("框架协议")
    FORMAL = "formal", N_("正式协议")
    SUPPLEMENT = "supplement", N_("补充协议")


class Agreement(Versioned, Base):
    """协议 with an investor. Never deleted; one that came to nothing is marked void."""

    __tablename__ = "agreements"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    kind: Mapped[AgreementKind] = mapped_column(choice(AgreementKind))
    title: Mapped[Name]
    #: 协议编号.
    number: Mapped[str] = mapped_column(String(100), server_default="")
    #: The investment that it says.
    amount_wan: Mapped[Wan | None]
    #: 我方签署人 and on whose authority; 企业方签署人.
    signatory: Mapped[Name] = mapped_column(server_default="")
    authority: Mapped[str] = mapped_column(String(300), server_default="")
    counterpart: Mapped[Name] = mapped_column(server_default="")
    #: 决策会议 and its 纪要文号.
    meeting: Mapped[Name] = mapped_column(server_default="")
    minutes_number: Mapped[str] = mapped_column(String(100), server_default="")
    signed_on: Mapped[date | None]
    voided_on: Mapped[date | None]
    void_reason: Mapped[str] = mapped_column(String(300), server_default="")

    project: Mapped[Project] = relationship(back_populates="agreements")
    versions: Mapped[list["AgreementVersion"]] = relationship(
        back_populates="agreement", order_by="AgreementVersion.number.desc()"
    )
    reviews: Mapped[list["AgreementReview"]] = relationship(
        back_populates="agreement", order_by="AgreementReview.on_day, AgreementReview.id"
    )
    promises: Mapped[list["Promise"]] = relationship(back_populates="agreement", order_by="Promise.id")
    warnings: Mapped[list["WordingWarning"]] = relationship(back_populates="agreement", order_by="WordingWarning.id")

    __table_args__ = (
        CheckConstraint("btrim(title) <> ''", "title"),
        CheckConstraint("amount_wan > 0", "amount_wan"),
        CheckConstraint("signed_on is null or (btrim(signatory) <> '' and btrim(authority) <> '')", "signatory"),
        CheckConstraint("(voided_on is null) = (btrim(void_reason) = '')", "void_reason"),
    )

    @property
    def is_signed(self) -> bool:
        """Whether it binds: signed, and not void."""
        return self.signed_on is not None and self.voided_on is None

    @property
    def is_signed_formal(self) -> bool:
        """Whether it counts as 签约."""
        return self.kind is AgreementKind.FORMAL and self.is_signed

    def has_passed(self, kind: "AgreementReviewKind") -> bool:
        """Whether the last review of a kind lets it be signed as it is worded now."""
        last = next((review for review in reversed(self.reviews) if review.kind is kind), None)
        return last is not None and last.conclusion is not ReviewConclusion.REFUSED and last.outdated_at is None

    @property
    def unanswered_warnings(self) -> list["WordingWarning"]:
        """Red lines that its present wording crosses and to which nobody has answered."""
        return [warning for warning in self.warnings if warning.is_open]

    @property
    def state_label(self) -> str:
        """How far it has come, in words."""
        if self.voided_on is not None:
            return N_("已作废")
        return N_("已签署") if self.signed_on is not None else N_("拟稿")


class AgreementVersion(Base):
    """A draft's wording; the highest number is the present one. Earlier ones stay as they were."""

    __tablename__ = "agreement_versions"

    id: Mapped[Id]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"))
    number: Mapped[int]
    wording: Mapped[Prose]
    note: Mapped[str] = mapped_column(String(300), server_default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Created]

    agreement: Mapped[Agreement] = relationship(back_populates="versions")
    by: Mapped[User] = relationship()

    __table_args__ = (
        UniqueConstraint("agreement_id", "number"),
        CheckConstraint("number > 0", "number"),
        CheckConstraint("btrim(wording) <> ''", "wording"),
    )


class AgreementReviewKind(Labelled):
    """Which review an agreement passes before it is signed."""

    DUE_DILIGENCE = "due_diligence", N_("尽职调查")
    FAIR = "fair", N_("公平竞争审查")
    LEGAL = "legal", N_("合法性审查")
    FISCAL = "fiscal", N_("财政意见")


#: The reviews that look at the wording itself.
OF_WORDING = (AgreementReviewKind.FAIR, AgreementReviewKind.LEGAL)


class ReviewConclusion(Labelled):
    """How it ended."""

    PASSED = "passed", N_("通过")
    WITH_CHANGES = "with_changes", N_("修改后通过")
    REFUSED = "refused", N_("不通过")


class AgreementReview(Versioned, Base):
    """A review: who, when, with which conclusion. The last of a kind counts."""

    __tablename__ = "agreement_reviews"

    id: Mapped[Id]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"), index=True)
    kind: Mapped[AgreementReviewKind] = mapped_column(choice(AgreementReviewKind))
    reviewer: Mapped[Name]
    on_day: Mapped[date]
    conclusion: Mapped[ReviewConclusion] = mapped_column(choice(ReviewConclusion))
    doc_number: Mapped[str] = mapped_column(String(100), server_default="")
    comment: Mapped[Prose] = mapped_column(server_default="")
    #: Since then the wording is another one than passed: it has to be reviewed again.
    outdated_at: Mapped[Instant | None]

    agreement: Mapped[Agreement] = relationship(back_populates="reviews")

    __table_args__ = (CheckConstraint("btrim(reviewer) <> ''", "reviewer"),)

    def see_changed(self, at: datetime) -> None:
        """The wording changed: what passed as it stood counts no more, while 修改后通过 foresaw the change."""
        if self.kind in OF_WORDING and self.conclusion is ReviewConclusion.PASSED and self.outdated_at is None:
            self.outdated_at = at


class Side(Labelled):
    """Who promises."""

    CITY = "city", N_("我方")
    COMPANY = "company", N_("企业方")


class Promise(Versioned, Base):
    """承诺, clause by clause, with who looks after it. Never deleted: an unlawful one is flagged 待清理."""

    __tablename__ = "promises"

    id: Mapped[Id]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"), index=True)
    side: Mapped[Side] = mapped_column(choice(Side))
    clause: Mapped[str] = mapped_column(String(50), server_default="")
    body: Mapped[Prose]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    due_on: Mapped[date | None]
    #: 兑现, with its evidence.
    fulfilled_on: Mapped[date | None]
    evidence: Mapped[Prose] = mapped_column(server_default="")
    #: 待清理 since, why and by which rule; 清理 when and how.
    flagged_on: Mapped[date | None]
    flag_reason: Mapped[Prose] = mapped_column(server_default="")
    cleared_on: Mapped[date | None]
    clearing: Mapped[Prose] = mapped_column(server_default="")

    agreement: Mapped[Agreement] = relationship(back_populates="promises")
    owner: Mapped[User] = relationship()

    __table_args__ = (
        CheckConstraint("btrim(body) <> ''", "body"),
        CheckConstraint("(fulfilled_on is null) = (btrim(evidence) = '')", "evidence"),
        CheckConstraint("(flagged_on is null) = (btrim(flag_reason) = '')", "flag_reason"),
        CheckConstraint("(cleared_on is null) = (btrim(clearing) = '')", "clearing"),
        CheckConstraint("cleared_on is null or flagged_on is not null", "cleared_after_flag"),
        Index(
            "ix_promises_open",
            "owner_id",
            "due_on",
            postgresql_where=text("fulfilled_on is null and flagged_on is null"),
        ),
    )

    @property
    def is_to_clear(self) -> bool:
        """待清理: found unlawful, and not yet put right."""
        return self.flagged_on is not None and self.cleared_on is None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be fulfilled: an unlawful one never is."""
        return self.fulfilled_on is None and self.flagged_on is None

    def is_late(self, day: date) -> bool:
        """Whether its day has passed without 兑现."""
        return self.is_open and self.due_on is not None and self.due_on < day


class WordingWarning(Versioned, Base):
    """A red line that the wording of an agreement or of a promise crosses, and the written answer to it."""

    __tablename__ = "wording_warnings"

    id: Mapped[Id]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"), index=True)
    #: The promise whose words they are; None: the agreement's own wording.
    promise_id: Mapped[int | None] = mapped_column(ForeignKey("promises.id"), index=True)
    red_line_id: Mapped[int] = mapped_column(ForeignKey("red_lines.id"), index=True)
    #: The sentence, and the rule as the list named it then.
    excerpt: Mapped[Prose]
    rule: Mapped[str] = mapped_column(String(300))
    answer: Mapped[Prose] = mapped_column(server_default="")
    answered_at: Mapped[Instant | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: A later wording no longer says it.
    withdrawn_at: Mapped[Instant | None]

    agreement: Mapped[Agreement] = relationship(back_populates="warnings")
    promise: Mapped[Promise | None] = relationship()
    red_line: Mapped[RedLine] = relationship(lazy="joined", innerjoin=True)
    answered_by: Mapped[User | None] = relationship()

    __table_args__ = (
        CheckConstraint("(answered_at is null) = (btrim(answer) = '')", "answer"),
        CheckConstraint("(answered_at is null) = (answered_by_id is null)", "answered_by"),
    )

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.answered_at is None and self.withdrawn_at is None
