"""Policies, their conditions as data, their reviews, grades of talent, and the funds behind them."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.companies.models import Company
from crm.database import N_, Base, Id, Labelled, Name, Prose, Versioned, Wan, choice
from crm.landing.models import Registered, Theme


class PolicyKind(Labelled):
    """What a policy supports."""

    INDUSTRY = "industry", N_("产业扶持")
    RESEARCH = "research", N_("科技研发")
    PREMISES = "premises", N_("用地用房")
    FINANCE = "finance", N_("金融支持")
    TALENT = "talent", N_("人才政策")
    OTHER = "other", N_("其他政策")


class Subject(Labelled):
    """To whom it is paid. What a person gets is never part of an offer to a company."""

    COMPANY = "company", N_("企业")
    PERSON = "person", N_("个人")


class Validity(Labelled):
    """How far a policy is in force."""

    UNVERIFIED = "unverified", N_("现行有效性待核")
    DRAFT = "draft", N_("未发布")
    PUBLISHED = "published", N_("已发布")
    REPEALED = "repealed", N_("已废止")


class Fund(Registered, Base):
    """专项资金."""

    __tablename__ = "funds"

    name: Mapped[Name] = mapped_column(unique=True)
    #: What is set aside each year; `超过` where the source gives a lower bound.
    yearly_wan: Mapped[Wan | None]
    yearly_is_minimum: Mapped[bool] = mapped_column(server_default=text("false"))
    note: Mapped[Prose] = mapped_column(server_default="")

    years: Mapped[list["FundYear"]] = relationship(back_populates="fund", order_by="FundYear.year")
    payments: Mapped[list["Payment"]] = relationship(back_populates="fund", order_by="Payment.year, Payment.id")

    __table_args__ = (CheckConstraint("btrim(name) <> ''", "name"), CheckConstraint("yearly_wan >= 0", "yearly_wan"))


class FundYear(Versioned, Base):
    """A fund's budget of one year."""

    __tablename__ = "fund_years"

    id: Mapped[Id]
    fund_id: Mapped[int] = mapped_column(ForeignKey("funds.id"))
    year: Mapped[int]
    budget_wan: Mapped[Wan]

    fund: Mapped[Fund] = relationship(back_populates="years")

    __table_args__ = (
        UniqueConstraint("fund_id", "year"),
        CheckConstraint("year between 1990 and 2100", "year"),
        CheckConstraint("budget_wan >= 0", "budget_wan"),
    )


class Policy(Registered, Base):
    """政策. Only one that is published, in force and reviewed is offered to anybody."""

    __tablename__ = "policies"

    name: Mapped[Name]
    kind: Mapped[PolicyKind] = mapped_column(choice(PolicyKind), server_default="industry")
    subject: Mapped[Subject] = mapped_column(choice(Subject), server_default="company")
    validity: Mapped[Validity] = mapped_column(choice(Validity), server_default="unverified")
    #: The document that it is a part of, its number, who issued it and where the public can read it.
    document: Mapped[str] = mapped_column(String(300), server_default="")
    doc_number: Mapped[str] = mapped_column(String(100), server_default="")
    issuer: Mapped[str] = mapped_column(String(200), server_default="")
    url: Mapped[str] = mapped_column(String(500), server_default="")
    issued_on: Mapped[date | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    #: In the document's own words.
    clause: Mapped[Prose] = mapped_column(server_default="")
    audience: Mapped[str] = mapped_column(String(300), server_default="")
    departments: Mapped[str] = mapped_column(String(300), server_default="")
    amount_text: Mapped[Prose] = mapped_column(server_default="")
    #: 万元, of the facts of crm/landing/policies/facts.py; empty where the document states none.
    formula: Mapped[str] = mapped_column(String(500), server_default="")
    cap_wan: Mapped[Wan | None]
    fund_id: Mapped[int | None] = mapped_column(ForeignKey("funds.id"), index=True)

    fund: Mapped[Fund | None] = relationship()
    themes: Mapped[list["PolicyTheme"]] = relationship(
        back_populates="policy", order_by="PolicyTheme.id", cascade="all, delete-orphan", lazy="selectin"
    )
    conditions: Mapped[list["PolicyCondition"]] = relationship(back_populates="policy", order_by="PolicyCondition.id")
    reviews: Mapped[list["PolicyReview"]] = relationship(
        back_populates="policy", order_by="PolicyReview.on_day, PolicyReview.id"
    )
    grades: Mapped[list["PolicyGrade"]] = relationship(back_populates="policy", order_by="PolicyGrade.id")

    __table_args__ = (
        UniqueConstraint("name", "doc_number"),
        CheckConstraint("btrim(name) <> ''", "name"),
        CheckConstraint("valid_until >= valid_from", "valid_until"),
        CheckConstraint("cap_wan >= 0", "cap_wan"),
        CheckConstraint("validity <> 'published' or valid_from is not null", "published_from"),
    )

    def is_in_force(self, day: date) -> bool:
        """Whether it is published and its time has come and not gone."""
        begun = self.valid_from is not None and self.valid_from <= day
        return self.validity is Validity.PUBLISHED and begun and (self.valid_until is None or day <= self.valid_until)

    def is_cleared(self, kind: "ReviewKind", day: date) -> bool:
        """Whether the last review of a kind lets it be used; an exception does until its end."""
        last = next((review for review in reversed(self.reviews) if review.kind is kind), None)
        return last is not None and last.clears(day)

    def is_offered(self, day: date) -> bool:
        """Whether it may be matched: published, in force, reviewed for fair competition and legality."""
        return self.is_in_force(day) and all(self.is_cleared(kind, day) for kind in ReviewKind)


class PolicyTheme(Theme, Base):
    """A chain or segment that a policy is for; without any it is for all industry."""

    __tablename__ = "policy_themes"

    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"))

    policy: Mapped[Policy] = relationship(back_populates="themes")

    __table_args__ = (UniqueConstraint("policy_id", "name"),)


class Fact(Labelled):
    """What a condition may look at: open, objective, the same for every company wherever it is from."""

    INVESTMENT = "investment_wan", N_("投资总额（万元）")
    FIXED_INVESTMENT = "fixed_investment_wan", N_("固定资产投资（万元）")
    OUTPUT = "output_wan", N_("达产产值（万元/年）")
    LAND = "land_mu", N_("用地（亩）")
    FLOOR = "floor_m2", N_("建筑面积（㎡）")
    JOBS = "jobs", N_("就业人数（人）")
    ENERGY = "energy_tce", N_("能耗（吨标煤/年）")
    INTENSITY = "intensity_wan_per_mu", N_("投资强度（万元/亩）")
    EMPLOYEES = "employees", N_("企业员工人数（人）")
    CHAIN = "chain", N_("产业链")
    SEGMENT = "segment", N_("产业链环节")
    ROUTE = "route", N_("招商路径")
    STAGE = "phase", N_("所处阶段")


class Operator(Labelled):
    """How a fact is compared."""

    AT_LEAST = "at_least", N_("不少于")
    AT_MOST = "at_most", N_("不超过")
    IS = "is", N_("是")
    AMONG = "among", N_("属于其中之一")


class PolicyCondition(Versioned, Base):
    """A condition as data, with the words of the document that it renders."""

    __tablename__ = "policy_conditions"

    id: Mapped[Id]
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), index=True)
    fact: Mapped[Fact] = mapped_column(choice(Fact))
    operator: Mapped[Operator] = mapped_column(choice(Operator))
    value: Mapped[str] = mapped_column(String(300))
    words: Mapped[Prose] = mapped_column(server_default="")

    policy: Mapped[Policy] = relationship(back_populates="conditions")

    __table_args__ = (CheckConstraint("btrim(value) <> ''", "value"),)


class ReviewKind(Labelled):
    """Which review a policy has to pass."""

    FAIR = "fair", N_("公平竞争审查")
    LEGAL = "legal", N_("合法性审查")


class Conclusion(Labelled):
    """How a review ended."""

    PASSED = "passed", N_("通过")
    EXCEPTION = "exception", N_("适用例外规定")
    REFUSED = "refused", N_("不通过")


class PolicyReview(Versioned, Base):
    """A review: who, when, with which conclusion; an exception has its basis and its end."""

    __tablename__ = "policy_reviews"

    id: Mapped[Id]
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), index=True)
    kind: Mapped[ReviewKind] = mapped_column(choice(ReviewKind))
    reviewer: Mapped[Name]
    on_day: Mapped[date]
    conclusion: Mapped[Conclusion] = mapped_column(choice(Conclusion))
    exception_basis: Mapped[Prose] = mapped_column(server_default="")
    exception_until: Mapped[date | None]
    doc_number: Mapped[str] = mapped_column(String(100), server_default="")

    policy: Mapped[Policy] = relationship(back_populates="reviews")

    __table_args__ = (
        CheckConstraint("btrim(reviewer) <> ''", "reviewer"),
        CheckConstraint(
            "conclusion <> 'exception' or (btrim(exception_basis) <> '' and exception_until is not null)", "exception"
        ),
        CheckConstraint("conclusion <> 'exception' or kind = 'fair'", "exception_kind"),
    )

    def clears(self, day: date) -> bool:
        """Whether it lets the policy be used on a day."""
        if self.conclusion is Conclusion.EXCEPTION:
            return self.exception_until is not None and day <= self.exception_until
        return self.conclusion is Conclusion.PASSED


class PolicyGrade(Versioned, Base):
    """档次: what one person gets."""

    __tablename__ = "policy_grades"

    id: Mapped[Id]
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"))
    name: Mapped[str] = mapped_column(String(100))
    amount_wan: Mapped[Wan | None]

    policy: Mapped[Policy] = relationship(back_populates="grades")

    __table_args__ = (UniqueConstraint("policy_id", "name"), CheckConstraint("amount_wan >= 0", "amount_wan"))


class Payment(Versioned, Base):
    """兑现: what a fund is expected to pay in a year, and what it has paid."""

    __tablename__ = "payments"

    id: Mapped[Id]
    fund_id: Mapped[int] = mapped_column(ForeignKey("funds.id"))
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"), index=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)
    year: Mapped[int]
    forecast_wan: Mapped[Wan | None]
    paid_wan: Mapped[Wan | None]
    paid_on: Mapped[date | None]
    note: Mapped[Prose] = mapped_column(server_default="")

    fund: Mapped[Fund] = relationship(back_populates="payments")
    policy: Mapped[Policy | None] = relationship()
    company: Mapped[Company | None] = relationship()

    __table_args__ = (
        CheckConstraint("year between 1990 and 2100", "year"),
        CheckConstraint("forecast_wan >= 0", "forecast_wan"),
        CheckConstraint("paid_wan >= 0", "paid_wan"),
        CheckConstraint("num_nonnulls(forecast_wan, paid_wan) > 0", "amount"),
        Index("ix_payments_fund_id", "fund_id", "year", "id"),
    )

    @property
    def outstanding_wan(self) -> Decimal:
        """What is still to be paid of the forecast."""
        return max(Decimal(0), (self.forecast_wan or Decimal(0)) - (self.paid_wan or Decimal(0)))
