"""A manager's judgement of a segment's gap, and the figures of each month.

Revision ID: gap_history
Revises: import_sheets
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl

revision = "gap_history"
down_revision = "import_sheets"
branch_labels = None
depends_on = None

STATUSES = ("unassessed", "missing", "weak", "basic", "strong")
FIGURE = sa.Numeric(precision=14, scale=4)


def status(name: str, *, nullable: bool) -> sa.Column[str]:
    """A column that holds a status."""
    kind = sa.Enum(*STATUSES, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "gap_overrides",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(*STATUSES, name="gapstatus", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_gap_overrides_reason")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_gap_overrides_by_id_users")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_gap_overrides_segment_id_segments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_overrides")),
    )
    op.create_index("ix_gap_overrides_segment_id_id", "gap_overrides", ["segment_id", "id"], unique=False)
    op.create_table(
        "gap_snapshots",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("importance", sa.BigInteger(), nullable=True),
        sa.Column("wanted", FIGURE, nullable=True),
        sa.Column("supply", FIGURE, nullable=False),
        sa.Column("expected", FIGURE, nullable=False),
        sa.Column("coverage", FIGURE, nullable=True),
        sa.Column("outlook", FIGURE, nullable=True),
        sa.Column("gap", FIGURE, nullable=True),
        sa.Column("open_gap", FIGURE, nullable=True),
        status("status", nullable=False),
        status("judged", nullable=True),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["segments.id"],
            name=op.f("fk_gap_snapshots_segment_id_segments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_snapshots")),
        sa.UniqueConstraint("segment_id", "on_day", name=op.f("uq_gap_snapshots_segment_id_on_day")),
    )
    op.create_index(op.f("ix_gap_snapshots_on_day"), "gap_snapshots", ["on_day"], unique=False)
    for statement in history_ddl("gap_overrides", []):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("gap_snapshots")
    op.drop_table("gap_overrides")
