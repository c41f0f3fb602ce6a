"""The currency of a company's registered capital.

Revision ID: capital_currency
Revises: stirred_holders
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import version_ddl

revision = "capital_currency"
down_revision = "stirred_holders"
branch_labels = None
depends_on = None

#: What does not count as an edit of a company.
UNRECORDED = ["city_code", "last_contact_on", "name_key", "pinyin_key", "search", "updated_at", "version"]


def upgrade() -> None:
    op.execute("drop trigger raise_version on companies")
    op.add_column("companies", sa.Column("capital_currency", sa.String(length=3), server_default="CNY", nullable=False))
    op.create_check_constraint(op.f("ck_companies_capital_currency"), "companies", "capital_currency ~ '^[A-Z]{3}$'")
    op.execute(version_ddl("companies", UNRECORDED))


def downgrade() -> None:
    op.execute("drop trigger raise_version on companies")
    op.drop_constraint(op.f("ck_companies_capital_currency"), "companies", type_="check")
    op.drop_column("companies", "capital_currency")
    op.execute(version_ddl("companies", UNRECORDED))
