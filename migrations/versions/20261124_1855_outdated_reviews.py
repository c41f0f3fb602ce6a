"""A review of a wording that was changed since counts no more.

Revision ID: outdated_reviews
Revises: beyond
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import version_ddl

revision = "outdated_reviews"
down_revision = "beyond"
branch_labels = None
depends_on = None

TABLE = "agreement_reviews"


def upgrade() -> None:
    op.execute(f"drop trigger raise_version on {TABLE}")
    op.add_column(TABLE, sa.Column("outdated_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(version_ddl(TABLE, ["updated_at", "version"]))


def downgrade() -> None:
    op.execute(f"drop trigger raise_version on {TABLE}")
    op.drop_column(TABLE, "outdated_at")
    op.execute(version_ddl(TABLE, ["updated_at", "version"]))
