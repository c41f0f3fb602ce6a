"""The card of a company's page that shows what the city does with it."""

from flask_babel import gettext as _
from sqlalchemy import select

from crm.accounts.models import User
from crm.accounts.permissions import may
from crm.companies.extensions import Section
from crm.companies.models import Company
from crm.database import db
from crm.landing.locals import queries
from crm.landing.locals.models import Step
from crm.landing.policies.queries import received_by


def section(company: Company, user: User) -> Section | None:
    """Growth, needs, support and partners wanted; nothing for a company from elsewhere of which nothing is known."""
    if company.local is None and not db.session.scalar(select(queries.is_known(company.id))):
        return None
    steps = {step.step: step for step in db.session.scalars(queries.steps_of(company.id))}
    needs = db.session.scalars(queries.needs_of(company.id)).all()
    wishes = db.session.scalars(queries.wishes_of(company.id)).all()
    payments = db.session.scalars(received_by(company.id)).all()
    return Section(
        _("本地服务"),
        "landing/locals/_section.html",
        {
            "company": company,
            "ladder": [(step, steps.get(step)) for step in Step],
            "needs": needs,
            "wishes": wishes,
            "payments": payments,
            "may_edit": may(user, "company.edit", company) and not company.is_archived,
        },
        icon="heart-handshake",
        count=len(needs),
        id="local",
        is_empty=not (steps or needs or wishes or payments),
    )
