"""Documents in versions, on companies and as evidence of progress.

Revision ID: documents
Revises: notice_choices
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm.history.triggers import history_ddl, version_ddl

revision = "documents"
down_revision = "notice_choices"
branch_labels = None
depends_on = None

#: table: the columns that history leaves out.
TABLES: dict[str, list[str]] = {
    "documents": ["search", "updated_at", "version"],
    "document_versions": [],
    "company_documents": [],
    "plan_progress_documents": [],
}


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("search", postgresql.TSVECTOR(), server_default=sa.text("''"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(title) <> ''", name=op.f("ck_documents_title")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index(
        "ix_documents_search",
        "documents",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "on"},
    )
    op.create_table(
        "document_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("upload_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ordinal > 0", name=op.f("ck_document_versions_ordinal")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_versions_document_id_documents")
        ),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name=op.f("fk_document_versions_upload_id_uploads")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_versions")),
        sa.UniqueConstraint("document_id", "ordinal", name=op.f("uq_document_versions_document_id_ordinal")),
    )
    op.create_index(op.f("ix_document_versions_upload_id"), "document_versions", ["upload_id"], unique=False)
    link("company_documents", "company_id", "companies")
    link("plan_progress_documents", "progress_id", "plan_progress")
    for table, left_out in TABLES.items():
        for statement in history_ddl(table, left_out):
            op.execute(statement)
    op.execute(version_ddl("documents", TABLES["documents"]))


def link(table: str, holder: str, holders: str) -> None:
    """The table that puts documents on rows of another."""
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(holder, sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint([holder], [f"{holders}.id"], name=op.f(f"fk_{table}_{holder}_{holders}")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f(f"fk_{table}_document_id_documents")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(holder, "document_id", name=op.f(f"uq_{table}_{holder}_document_id")),
    )
    op.create_index(op.f(f"ix_{table}_document_id"), table, ["document_id"], unique=False)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
