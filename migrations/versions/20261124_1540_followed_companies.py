"""An index of the companies that somebody follows, with what a review by segment asks of them.

Revision ID: followed_companies
Revises: capital_currency
"""

import sqlalchemy as sa
from alembic import op

revision = "followed_companies"
down_revision = "capital_currency"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_companies_followed",
        "companies",
        ["id"],
        unique=False,
        postgresql_include=["owner_id", "office_id", "last_contact_on"],
        postgresql_where=sa.text("owner_id is not null and archived_at is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_companies_followed", table_name="companies")
