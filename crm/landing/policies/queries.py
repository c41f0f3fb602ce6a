"""Reads of policies and funds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from crm.landing.policies.models import Fund, Payment, Policy, Subject, Validity


def with_parts(query: Select[Policy]) -> Select[Policy]:
    """The same policies with all that decides on them, in a fixed number of statements."""
    return query.options(
        selectinload(Policy.conditions),
        selectinload(Policy.reviews),
        selectinload(Policy.themes),
        selectinload(Policy.grades),
        selectinload(Policy.fund),
    )


def for_companies(*, is_demo: bool | None = None) -> Select[Policy]:
    """Published policies that are paid to companies; what is paid to people is none of a project's business."""
    query = select(Policy).where(Policy.validity == Validity.PUBLISHED, Policy.subject == Subject.COMPANY)
    if is_demo is not None:
        query = query.where(Policy.is_demo == is_demo)
    return with_parts(query.order_by(Policy.kind, Policy.id))


def received_by(company_id: int) -> Select[Payment]:
    """What a company got or will get, the latest first."""
    query = (
        select(Payment)
        .where(Payment.company_id == company_id)
        .options(joinedload(Payment.policy).lazyload(Policy.themes), joinedload(Payment.fund))
    )
    return query.order_by(Payment.year.desc(), Payment.id.desc())


@dataclass(frozen=True)
class YearOfFund:
    """A fund's year, all in 万元. `free` = budget − paid − what is still expected; None without a budget."""

    year: int
    budget: Decimal | None
    expected: Decimal
    paid: Decimal

    @property
    def free(self) -> Decimal | None:
        return None if self.budget is None else self.budget - self.paid - self.expected

    @property
    def is_overdrawn(self) -> bool:
        return self.free is not None and self.free < 0


def years_of(fund: Fund) -> list[YearOfFund]:
    """A fund's years that have a budget or a payment, the latest first."""
    budgets = {year.year: year.budget_wan for year in fund.years}
    years = sorted({*budgets, *(payment.year for payment in fund.payments)}, reverse=True)
    return [year_of(year, budgets.get(year), fund.payments) for year in years]


def year_of(year: int, budget: Decimal | None, payments: Sequence[Payment]) -> YearOfFund:
    """One year of them."""
    mine = [payment for payment in payments if payment.year == year]
    expected = sum((payment.outstanding_wan for payment in mine), Decimal(0))
    return YearOfFund(year, budget, expected, sum((payment.paid_wan or Decimal(0) for payment in mine), Decimal(0)))


def in_force(policies: Sequence[Policy], day: date) -> list[Policy]:
    """Those that may be offered on a day."""
    return [policy for policy in policies if policy.is_offered(day)]
