"""合作牵线: the named partner of a project, introductions and the outcome.

Revision ID: partners
Revises: tasks
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl, version_ddl

revision = "partners"
down_revision = "tasks"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "project_partners",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "(outcome_on is null) = (btrim(outcome) = '')", name=op.f("ck_project_partners_outcome_whole")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_project_partners_company_id_companies")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_partners_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_partners")),
        sa.UniqueConstraint("project_id", name=op.f("uq_project_partners_project_id")),
    )
    op.create_index(op.f("ix_project_partners_company_id"), "project_partners", ["company_id"])
    op.create_table(
        "introductions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_introductions_by_id_users")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_introductions_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introductions")),
    )
    op.create_index(op.f("ix_introductions_by_id"), "introductions", ["by_id"])
    op.create_index("ix_introductions_project_id_on_day", "introductions", ["project_id", "on_day"])
    for statement in [
        *history_ddl("introductions", []),
        *history_ddl("project_partners", ["updated_at", "version"]),
        version_ddl("project_partners", ["updated_at", "version"]),
    ]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("introductions")
    op.drop_table("project_partners")
