"""The index of companies with a contact or a signal holds whose they are, so that a ranking reads no row of others.

Revision ID: stirred_holders
Revises: route_editor
"""

import sqlalchemy as sa
from alembic import op

revision = "stirred_holders"
down_revision = "route_editor"
branch_labels = None
depends_on = None

STIRRED = sa.text("archived_at is null and (last_contact_on is not null or expansion_signal <> '')")


def upgrade() -> None:
    op.drop_index("ix_companies_stirred", table_name="companies")
    op.create_index(
        "ix_companies_stirred",
        "companies",
        ["id"],
        unique=False,
        postgresql_where=STIRRED,
        postgresql_include=["owner_id", "office_id"],
    )


def downgrade() -> None:
    op.drop_index("ix_companies_stirred", table_name="companies")
    op.create_index("ix_companies_stirred", "companies", ["id"], unique=False, postgresql_where=STIRRED)
