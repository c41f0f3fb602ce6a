"""Documents that prove a promise kept or a milestone reached.

Revision ID: evidence
Revises: project_sums
"""

import sqlalchemy as sa
from alembic import op

revision = "evidence"
down_revision = "project_sums"
branch_labels = None
depends_on = None

TABLE = "project_documents"
PROVED = {"promise_id": "promises", "milestone_id": "milestones"}


def upgrade() -> None:
    for column, to in PROVED.items():
        op.add_column(TABLE, sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(f"fk_{TABLE}_{column}_{to}"), TABLE, to, [column], ["id"])
        op.create_index(op.f(f"ix_{TABLE}_{column}"), TABLE, [column])
    op.create_check_constraint(op.f(f"ck_{TABLE}_proves_one"), TABLE, "num_nonnulls(promise_id, milestone_id) <= 1")


def downgrade() -> None:
    for column in PROVED:
        op.drop_column(TABLE, column)
