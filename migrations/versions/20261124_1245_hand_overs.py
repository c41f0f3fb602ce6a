"""Hand-overs: what went from whom to whom.

Revision ID: hand_overs
Revises: insiders
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm.history.triggers import history_ddl

revision = "hand_overs"
down_revision = "insiders"
branch_labels = None
depends_on = None

PEOPLE = ("from_id", "to_id", "by_id", "undone_by_id")


def upgrade() -> None:
    op.create_table(
        "hand_overs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=name == "undone_by_id") for name in PEOPLE),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_hand_overs_two_people")),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_hand_overs_reason")),
        sa.CheckConstraint("(undone_at is null) = (undone_by_id is null)", name=op.f("ck_hand_overs_undone_whole")),
        *(sa.ForeignKeyConstraint([name], ["users.id"], name=op.f(f"fk_hand_overs_{name}_users")) for name in PEOPLE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_overs")),
    )
    for name in PEOPLE:
        op.create_index(op.f(f"ix_hand_overs_{name}"), "hand_overs", [name])
    for statement in history_ddl("hand_overs", []):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("hand_overs")
