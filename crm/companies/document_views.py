"""Documents of a company: adding one. Their own pages are those of crm/files."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select

from crm.accounts.access import current_user, needs
from crm.accounts.models import User
from crm.accounts.permissions import held_by, require
from crm.companies.blueprint import blueprint, company_of
from crm.companies.models import Company, CompanyDocument
from crm.companies.services import require_active
from crm.database import db
from crm.files import extensions
from crm.files.services import add_document as keep


@blueprint.post("/companies/<int:company_id>/documents")
@needs("company.edit")
def add_document(company_id: int) -> ResponseReturnValue:
    """Keep a file on the company's page."""
    company = company_of(company_id)
    require(current_user, "company.edit", company)
    require_active(company)
    document = keep(request.files.get("file"), by=current_user, title=request.form.get("title", ""))
    db.session.add(CompanyDocument(company_id=company.id, document_id=document.id))
    db.session.commit()
    flash(_("已添加文档“%(title)s”。", title=document.title), "success")
    return redirect(url_for(".show", company_id=company.id, _anchor="documents"))


def ids(user: User, act: str) -> Select[int]:
    """The documents of the companies to which a user may do an act."""
    joined = select(CompanyDocument.document_id).join(Company, Company.id == CompanyDocument.company_id)
    return joined.where(held_by(Company, user, act))


def url_of(document_id: int) -> str | None:
    """The page of the company that holds a document."""
    holder = select(CompanyDocument.company_id).where(CompanyDocument.document_id == document_id)
    company_id = db.session.scalar(holder.limit(1))
    return url_for("companies.show", company_id=company_id, _anchor="documents") if company_id else None


HOLDER = extensions.Holder(
    readable=lambda user: ids(user, "company.read"), editable=lambda user: ids(user, "company.edit"), url=url_of
)


def register() -> None:
    """Let companies hold documents, once."""
    if HOLDER not in extensions.holders:
        extensions.holders.append(HOLDER)
