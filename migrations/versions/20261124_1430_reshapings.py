"""Merges and splits of segments that were done, so that they can be undone.

Revision ID: reshapings
Revises: segment_tallies
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm.history.triggers import history_ddl

revision = "reshapings"
down_revision = "segment_tallies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reshapings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("other", sa.String(length=200), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("snapshots", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.Column("undone_by_id", sa.BigInteger()),
        sa.CheckConstraint("kind in ('merge', 'split')", name=op.f("ck_reshapings_reshapingkind")),
        sa.CheckConstraint("(undone_at is null) = (undone_by_id is null)", name=op.f("ck_reshapings_undone_whole")),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_reshapings_chain_id_chains")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_reshapings_by_id_users")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["users.id"], name=op.f("fk_reshapings_undone_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reshapings")),
    )
    op.create_index(op.f("ix_reshapings_chain_id"), "reshapings", ["chain_id"])
    for statement in history_ddl("reshapings", []):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("reshapings")
