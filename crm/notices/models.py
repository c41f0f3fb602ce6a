"""What is told to whom."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.database import N_, Base, Created, Id, Instant, Labelled, Versioned


class NoticeKind(Labelled):
    """Of what a notice tells. Its sentence has the count and nothing else, so that no name can leave with it."""

    TASK_HANDED = "task_handed", N_("%(count)s 项待办交给了您")
    TASK_DUE = "task_due", N_("%(count)s 项待办今天到期或已逾期")
    TASK_DONE = "task_done", N_("您关注的 %(count)s 项待办已完成")
    TASK_WATCHED = "task_watched", N_("您被加为 %(count)s 项待办的关注人")
    VISIT_PLANNED = "visit_planned", N_("今天计划走访 %(count)s 家企业")
    TRIP_JOINED = "trip_joined", N_("%(count)s 个出访计划加上了您")
    CONTACT_EXPIRES = "contact_expires", N_("%(count)s 位联系人的保存期限快要到了")
    COMPANY_STALE = "company_stale", N_("%(count)s 家企业很久没有联系")
    HANDED_OVER = "handed_over", N_("%(count)s 项工作移交给了您")
    LEAD_RECEIVED = "lead_received", N_("%(count)s 条线索等您研判")
    LEAD_ANSWERED = "lead_answered", N_("您提供的 %(count)s 条线索有了答复")
    PROJECT_ASSIGNED = "project_assigned", N_("%(count)s 个项目交给了您")
    PROJECT_STALE = "project_stale", N_("%(count)s 个项目停滞了")
    STAGE_CHANGED = "stage_changed", N_("您关注的 %(count)s 个项目有了新进展")
    OPINION_ASKED = "opinion_asked", N_("%(count)s 个项目等您部门出具联审意见")
    ADMISSION_DECIDED = "admission_decided", N_("%(count)s 个项目的准入有了结果")
    REVIEW_ASKED = "review_asked", N_("%(count)s 份协议等您审查")
    PROMISE_DUE = "promise_due", N_("%(count)s 条承诺快要到期或已逾期")
    MILESTONE_DUE = "milestone_due", N_("%(count)s 个项目节点快要到期或已逾期")
    CLAIM_FILED = "claim_filed", N_("%(count)s 项首谈报备等您确认")
    CLAIM_DECIDED = "claim_decided", N_("您报备的 %(count)s 项首谈有了结果")
    CLAIM_LAPSING = "claim_lapsing", N_("%(count)s 项首谈快要失效")
    CLAIM_LAPSED = "claim_lapsed", N_("%(count)s 项首谈已经失效")
    WEEKLY_DUE = "weekly_due", N_("%(count)s 个项目本周进展还没填")
    DEMAND_DUE = "demand_due", N_("%(count)s 条企业诉求等您答复")
    DEMAND_ANSWERED = "demand_answered", N_("%(count)s 条企业诉求有了答复")
    INSTRUCTION_GIVEN = "instruction_given", N_("%(count)s 条批示等您办理")
    INSTRUCTION_ANSWERED = "instruction_answered", N_("%(count)s 条批示有了反馈")
    INSTRUCTION_LATE = "instruction_late", N_("%(count)s 条批示已逾期")
    IMPORT_ENDED = "import_ended", N_("%(count)s 次导入已处理完")


class Notice(Base):
    """提醒. `key` names the occasion: the same occasion is told to a person once. `url` is a path of this site."""

    __tablename__ = "notices"
    __history__ = "tells of acts that are recorded themselves; reading it changes no business row"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    key: Mapped[str] = mapped_column(String(200))
    #: A value of NoticeKind. No check constraint: a slice that adds a kind needs no migration for it.
    kind: Mapped[str] = mapped_column(String(32))
    url: Mapped[str] = mapped_column(String(500))
    count: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[Created]
    read_at: Mapped[Instant | None]
    #: When it was counted in a mail and in a message of the webhook.
    mailed_at: Mapped[Instant | None]
    posted_at: Mapped[Instant | None]

    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        CheckConstraint("count > 0", "count"),
        CheckConstraint("url ~ '^/([^/]|$)'", "own_path"),
        Index("ix_notices_user_id", "user_id", "id"),
        Index("ix_notices_unread", "user_id", postgresql_where=text("read_at is null")),
    )

    @property
    def is_read(self) -> bool:
        return self.read_at is not None

    @property
    def text(self) -> str:
        """The message id of its sentence, which takes `count`."""
        return NoticeKind(self.kind).label


class NoticeChoice(Versioned, Base):
    """How a person wants to be told besides the bell. Without a row: not at all."""

    __tablename__ = "notice_choices"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), unique=True)
    email: Mapped[str] = mapped_column(String(254), server_default="")
    by_mail: Mapped[bool] = mapped_column(server_default=text("false"))
    #: Her unread notices count in what the installation's webhook is told.
    by_webhook: Mapped[bool] = mapped_column(server_default=text("false"))

    user: Mapped[User] = relationship()

    __table_args__ = (CheckConstraint("email <> '' or not by_mail", "address"),)
