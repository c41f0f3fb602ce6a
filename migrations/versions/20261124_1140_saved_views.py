"""Saved views of the list of projects, and the index by which the board reads its columns.

Revision ID: saved_views
Revises: documents
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl, version_ddl

revision = "saved_views"
down_revision = "documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=2000), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_saved_views_name")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_saved_views_owner_id_users")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_saved_views_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index(op.f("ix_saved_views_owner_id"), "saved_views", ["owner_id"])
    op.create_index(op.f("ix_saved_views_office_id"), "saved_views", ["office_id"])
    op.create_index(
        "uq_saved_views_default_of_owner",
        "saved_views",
        ["owner_id"],
        unique=True,
        postgresql_where=sa.text("is_default and not is_shared"),
    )
    op.create_index(
        "uq_saved_views_default_of_office",
        "saved_views",
        ["office_id"],
        unique=True,
        postgresql_where=sa.text("is_default and is_shared"),
    )
    for statement in history_ddl("saved_views", ["updated_at", "version"]):
        op.execute(statement)
    op.execute(version_ddl("saved_views", ["updated_at", "version"]))
    op.create_index(
        "ix_projects_board",
        "projects",
        ["stage_id", sa.text("greatest(last_contact_on, stage_since)"), "id"],
        postgresql_where=sa.text("archived_at is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_projects_board", table_name="projects")
    op.drop_table("saved_views")
