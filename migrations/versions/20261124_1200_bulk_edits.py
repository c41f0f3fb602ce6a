"""Values set for many projects at once, exports, and the order of projects by their next step.

Revision ID: bulk_edits
Revises: hand_overs
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bulk_edits"
down_revision = "hand_overs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_edits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_bulk_edits_owner_id_users")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_bulk_edits_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_edits")),
    )
    op.create_index("ix_bulk_edits_owner_id", "bulk_edits", ["owner_id", "id"])
    op.create_table(
        "exports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=300), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_exports_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_user_id", "exports", ["user_id", "at"])
    op.create_index(
        "ix_projects_due_order",
        "projects",
        ["next_step_on", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_projects_due_order", table_name="projects")
    op.drop_table("exports")
    op.drop_table("bulk_edits")
