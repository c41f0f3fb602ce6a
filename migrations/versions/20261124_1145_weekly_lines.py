"""Weekly lines of projects, and what they ask of other offices.

Revision ID: weekly_lines
Revises: ranking
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl, version_ddl

revision = "weekly_lines"
down_revision = "ranking"
branch_labels = None
depends_on = None

TABLES = ("weekly_lines", "coordination_items")


def upgrade() -> None:
    op.create_table(
        "weekly_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("progress", sa.Text(), server_default="", nullable=False),
        sa.Column("plan", sa.Text(), server_default="", nullable=False),
        sa.Column("standstill", sa.Text(), server_default="", nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("extract(isodow from week) = 1", name=op.f("ck_weekly_lines_monday")),
        sa.CheckConstraint(
            "btrim(progress) <> '' or btrim(standstill) <> ''", name=op.f("ck_weekly_lines_progress_or_reason")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_weekly_lines_by_id_users")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_weekly_lines_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_lines")),
        sa.UniqueConstraint("project_id", "week", name=op.f("uq_weekly_lines_project_id_week")),
    )
    op.create_index(op.f("ix_weekly_lines_by_id"), "weekly_lines", ["by_id"])
    op.create_index("ix_weekly_lines_week", "weekly_lines", ["week", "project_id"])
    op.create_table(
        "coordination_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(body) <> ''", name=op.f("ck_coordination_items_body")),
        sa.CheckConstraint(
            "(office_id is null) = (due_on is null)", name=op.f("ck_coordination_items_office_with_day")
        ),
        sa.CheckConstraint("answered_at is null or btrim(answer) <> ''", name=op.f("ck_coordination_items_answer")),
        sa.CheckConstraint(
            "(answered_at is null) = (answered_by_id is null)", name=op.f("ck_coordination_items_answered_whole")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_coordination_items_answered_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["weekly_lines.id"], name=op.f("fk_coordination_items_line_id_weekly_lines")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_coordination_items_office_id_offices")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_coordination_items_owner_id_users")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_coordination_items_project_id_projects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coordination_items")),
    )
    op.create_index(op.f("ix_coordination_items_answered_by_id"), "coordination_items", ["answered_by_id"])
    op.create_index(op.f("ix_coordination_items_line_id"), "coordination_items", ["line_id"])
    op.create_index(op.f("ix_coordination_items_owner_id"), "coordination_items", ["owner_id"])
    op.create_index(op.f("ix_coordination_items_project_id"), "coordination_items", ["project_id"])
    op.create_index(
        "ix_coordination_items_open",
        "coordination_items",
        ["office_id", "due_on", "id"],
        postgresql_where=sa.text("answered_at is null"),
    )
    for table in TABLES:
        unrecorded = ["updated_at", "version"]
        for statement in (*history_ddl(table, unrecorded), version_ddl(table, unrecorded)):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
