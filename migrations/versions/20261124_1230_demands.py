"""Demands (诉求), planned days of stages, investment year by year, documents of projects.

Revision ID: demands
Revises: bulk_edits
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl, version_ddl

revision = "demands"
down_revision = "bulk_edits"
branch_labels = None
depends_on = None

VERSIONED = ("demands", "stage_plans", "investment_years")
KINDS = "('land', 'utilities', 'approval', 'policy', 'finance', 'people', 'supply', 'other')"


def stamps() -> list[sa.Column]:
    """The columns of a versioned row."""
    return [
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    ]


def points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    """A foreign key under the name of our convention."""
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    op.create_table(
        "demands",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("interaction_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=32), server_default="other", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        *stamps(),
        sa.CheckConstraint(f"kind in {KINDS}", name=op.f("ck_demands_demandkind")),
        sa.CheckConstraint("btrim(body) <> ''", name=op.f("ck_demands_body")),
        sa.CheckConstraint("due_on >= raised_on", name=op.f("ck_demands_due")),
        sa.CheckConstraint("(answered_on is null) = (btrim(answer) = '')", name=op.f("ck_demands_answered")),
        points("demands", "company_id", "companies"),
        points("demands", "project_id", "projects"),
        points("demands", "interaction_id", "interactions"),
        points("demands", "owner_id", "users"),
        points("demands", "office_id", "offices"),
        points("demands", "created_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demands")),
    )
    for column in ("company_id", "project_id", "interaction_id", "office_id", "created_by_id"):
        op.create_index(op.f(f"ix_demands_{column}"), "demands", [column])
    op.create_index(
        "ix_demands_open", "demands", ["owner_id", "due_on", "id"], postgresql_where=sa.text("answered_on is null")
    )
    op.create_index("ix_demands_due_on", "demands", ["due_on", "id"])
    op.create_table(
        "stage_plans",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("stage_id", sa.BigInteger(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        *stamps(),
        points("stage_plans", "project_id", "projects"),
        points("stage_plans", "stage_id", "stages"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_plans")),
        sa.UniqueConstraint("project_id", "stage_id", name=op.f("uq_stage_plans_project_id_stage_id")),
    )
    op.create_table(
        "investment_years",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("planned_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("actual_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=300), server_default="", nullable=False),
        *stamps(),
        sa.CheckConstraint("year between 2000 and 2100", name=op.f("ck_investment_years_year")),
        sa.CheckConstraint("planned_wan >= 0", name=op.f("ck_investment_years_planned_wan")),
        sa.CheckConstraint("actual_wan >= 0", name=op.f("ck_investment_years_actual_wan")),
        sa.CheckConstraint("(actual_wan is null) = (as_of is null)", name=op.f("ck_investment_years_actual_dated")),
        points("investment_years", "project_id", "projects"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_investment_years")),
        sa.UniqueConstraint("project_id", "year", name=op.f("uq_investment_years_project_id_year")),
    )
    op.create_table(
        "project_documents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        points("project_documents", "project_id", "projects"),
        points("project_documents", "document_id", "documents"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_documents")),
        sa.UniqueConstraint("document_id", name=op.f("uq_project_documents_document_id")),
    )
    op.create_index(op.f("ix_project_documents_project_id"), "project_documents", ["project_id"])
    for table in VERSIONED:
        op.execute(version_ddl(table, ["updated_at", "version"]))
        for statement in history_ddl(table, ["updated_at", "version"]):
            op.execute(statement)
    for statement in history_ddl("project_documents", []):
        op.execute(statement)


def downgrade() -> None:
    for table in ("project_documents", "investment_years", "stage_plans", "demands"):
        op.drop_table(table)
