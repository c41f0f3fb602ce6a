"""Maps that an installation adds, each with its 审图号; at most one is in use.

Revision ID: map_files
Revises: redactions
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm.history.triggers import history_ddl

revision = "map_files"
down_revision = "redactions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "map_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("upload_id", sa.BigInteger(), nullable=False),
        sa.Column("approval", sa.String(length=40), nullable=False),
        sa.Column("regions", postgresql.JSONB(), nullable=False),
        sa.Column("in_use", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(approval) <> ''", name=op.f("ck_map_files_approval")),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name=op.f("fk_map_files_upload_id_uploads")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_files")),
    )
    op.create_index(op.f("ix_map_files_upload_id"), "map_files", ["upload_id"])
    op.create_index(
        op.f("uq_map_files_in_use"), "map_files", ["in_use"], unique=True, postgresql_where=sa.text("in_use")
    )
    for statement in history_ddl("map_files", ["regions"]):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("map_files")
