"""The currency of a company's registered capital.

Revision ID: capital_currency
Revises: stirred_holders
"""

import sqlalchemy as sa
from alembic import op

revision = "capital_currency"
down_revision = "stirred_holders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("companies", sa.Column("capital_currency", sa.String(length=3), server_default="CNY", nullable=False))
    op.create_check_constraint(op.f("ck_companies_capital_currency"), "companies", "capital_currency ~ '^[A-Z]{3}$'")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_companies_capital_currency"), "companies", type_="check")
    op.drop_column("companies", "capital_currency")
