"""Import batches, their findings, and what became of each row.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm.history.triggers import history_ddl, version_ddl

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("upload_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.String(length=32), nullable=False),
        sa.Column("sheet", sa.String(length=200), server_default="", nullable=False),
        sa.Column("head_row", sa.BigInteger(), nullable=True),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=True),
        sa.Column("list_name", sa.String(length=200), server_default="", nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "uploaded",
                "checking",
                "checked",
                "applying",
                "applied",
                "undoing",
                "undone",
                "failed",
                name="batchstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="uploaded",
            nullable=False,
        ),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("read", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("ambiguous", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejected", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("seconds", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status not in ('checked', 'applied') or read = created + updated + unchanged + duplicates + ambiguous + rejected",
            name=op.f("ck_import_batches_each_row_once"),
        ),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_import_batches_chain_id_chains")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_import_batches_office_id_offices")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_import_batches_owner_id_users")),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name=op.f("fk_import_batches_upload_id_uploads")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batches")),
    )
    op.create_index(op.f("ix_import_batches_chain_id"), "import_batches", ["chain_id"], unique=False)
    op.create_index("ix_import_batches_office_id", "import_batches", ["office_id", "id"], unique=False)
    op.create_index("ix_import_batches_owner_id", "import_batches", ["owner_id", "id"], unique=False)
    op.create_index(op.f("ix_import_batches_upload_id"), "import_batches", ["upload_id"], unique=False)
    op.create_table(
        "import_findings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "error",
                "ambiguous",
                "held",
                "note",
                "change",
                "kept",
                name="findingkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("field", sa.String(length=64), server_default="", nullable=False),
        sa.Column("cell", sa.Text(), server_default="", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name=op.f("fk_import_findings_batch_id_import_batches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_findings")),
    )
    op.create_index(
        "ix_import_findings_batch_id", "import_findings", ["batch_id", "kind", "number", "id"], unique=False
    )
    op.create_table(
        "import_progress",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name=op.f("fk_import_progress_batch_id_import_batches")
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_import_progress")),
    )
    op.create_table(
        "import_rows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "fate",
            sa.Enum(
                "created",
                "updated",
                "unchanged",
                "duplicate",
                "ambiguous",
                "rejected",
                name="fate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("company_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name=op.f("fk_import_rows_batch_id_import_batches")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_import_rows_company_id_companies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rows")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_import_rows_batch_id_number")),
    )
    op.create_index(op.f("ix_import_rows_company_id"), "import_rows", ["company_id"], unique=False)
    for statement in (
        *history_ddl("import_batches", ["updated_at", "version"]),
        version_ddl("import_batches", ["updated_at", "version"]),
    ):
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f("ix_import_rows_company_id"), table_name="import_rows")
    op.drop_table("import_rows")
    op.drop_table("import_progress")
    op.drop_index("ix_import_findings_batch_id", table_name="import_findings")
    op.drop_table("import_findings")
    op.drop_index(op.f("ix_import_batches_upload_id"), table_name="import_batches")
    op.drop_index("ix_import_batches_owner_id", table_name="import_batches")
    op.drop_index(op.f("ix_import_batches_chain_id"), table_name="import_batches")
    op.drop_index("ix_import_batches_office_id", table_name="import_batches")
    op.drop_table("import_batches")
