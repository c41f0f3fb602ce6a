"""Which changes belong to a company, and who may read them. `register` is called by app.py once."""

from flask import url_for
from sqlalchemy import select

from crm.accounts.models import User
from crm.accounts.permissions import require_visible
from crm.companies.models import (
    Company,
    CompanyAlias,
    CompanyDocument,
    CompanySegment,
    CompanyTier,
    Contact,
    LocalCompany,
)
from crm.database import db
from crm.history import extensions as history

PARTS = (CompanyAlias, CompanyDocument, CompanySegment, CompanyTier, Contact, LocalCompany)


def register() -> None:
    """Let history show the changes of companies."""
    history.subjects["companies"] = of_company


def of_company(company_id: int, user: User) -> history.Subject:
    """A company and what hangs on it; NotFound for one of which `user` may read the card alone."""
    company = db.session.get(Company, company_id)
    require_visible(user, "company.read", company)
    parts = {part.__tablename__: select(part.id).where(part.company_id == company_id) for part in PARTS}
    url = url_for("companies.show", company_id=company_id)
    return history.Subject(company.name if company else "", url, parts)
