"""Tasks set to answer a demand.

Revision ID: demand_tasks
Revises: demands
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl

revision = "demand_tasks"
down_revision = "demands"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "demand_tasks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("demand_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["demands.id"], name=op.f("fk_demand_tasks_demand_id_demands")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_demand_tasks_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_tasks")),
        sa.UniqueConstraint("task_id", name=op.f("uq_demand_tasks_task_id")),
    )
    op.create_index(op.f("ix_demand_tasks_demand_id"), "demand_tasks", ["demand_id"])
    for statement in history_ddl("demand_tasks", []):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("demand_tasks")
