"""Imports of several sheets: what is chosen of them, rows as previewed, cells typed over, saved mappings.

Revision ID: import_sheets
Revises: trips
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm.history.triggers import history_ddl, version_ddl

revision = "import_sheets"
down_revision = "trips"
branch_labels = None
depends_on = None

#: Decisions on doubtful rows name the sheet too, from now on.
NAME_SHEETS = """
select set_config('crm.actor', '0', true);
update import_batches set choices = (select jsonb_object_agg({key}, value) from jsonb_each(choices))
where choices <> '{{}}';
"""


def upgrade() -> None:
    op.execute("drop trigger raise_version on import_batches")
    for column in (
        sa.Column("head_depth", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("more", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("encoding", sa.String(32), server_default="", nullable=False),
        sa.Column("with_hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("fill_only", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("all_or_nothing", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    ):
        op.add_column("import_batches", column)
    op.execute(version_ddl("import_batches", ["updated_at", "version"]))
    op.execute(NAME_SHEETS.format(key="'0-' || key"))
    op.add_column("import_rows", sa.Column("sheet", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.drop_constraint("uq_import_rows_batch_id_number", "import_rows")
    op.create_unique_constraint("uq_import_rows_batch_id_sheet_number", "import_rows", ["batch_id", "sheet", "number"])
    op.add_column("import_findings", sa.Column("place", sa.BigInteger(), server_default=sa.text("-1"), nullable=False))
    op.add_column("import_findings", sa.Column("sheet", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_import_findings_place", "import_findings", ["batch_id", "place"])
    create_preview_rows()
    create_cell_edits()
    create_profiles()


def create_preview_rows() -> None:
    op.create_table(
        "import_preview_rows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("sheet", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("cells", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name=op.f("fk_import_preview_rows_batch_id_import_batches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_preview_rows")),
        sa.UniqueConstraint("batch_id", "place", name=op.f("uq_import_preview_rows_batch_id_place")),
    )


def create_cell_edits() -> None:
    op.create_table(
        "import_cell_edits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("sheet", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("column_index", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name=op.f("fk_import_cell_edits_batch_id_import_batches")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_import_cell_edits_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_cell_edits")),
    )
    op.create_index("ix_import_cell_edits_batch_id", "import_cell_edits", ["batch_id", "id"])


def create_profiles() -> None:
    op.create_table(
        "import_profiles",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.String(32), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("fill_only", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_import_profiles_office_id_offices")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_import_profiles_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_profiles")),
        sa.UniqueConstraint("office_id", "name", name=op.f("uq_import_profiles_office_id_name")),
    )
    op.create_index(op.f("ix_import_profiles_owner_id"), "import_profiles", ["owner_id"])
    for statement in history_ddl("import_profiles", ["updated_at", "version"]):
        op.execute(statement)
    op.execute(version_ddl("import_profiles", ["updated_at", "version"]))


def downgrade() -> None:
    for table in ("import_profiles", "import_cell_edits", "import_preview_rows"):
        op.drop_table(table)
    op.drop_index("ix_import_findings_place", "import_findings")
    op.drop_column("import_findings", "sheet")
    op.drop_column("import_findings", "place")
    op.execute("delete from import_rows where sheet > 0")
    op.drop_constraint("uq_import_rows_batch_id_sheet_number", "import_rows")
    op.drop_column("import_rows", "sheet")
    op.create_unique_constraint("uq_import_rows_batch_id_number", "import_rows", ["batch_id", "number"])
    op.execute(NAME_SHEETS.format(key="split_part(key, '-', 2)"))
    op.execute("drop trigger raise_version on import_batches")
    for column in ("all_or_nothing", "fill_only", "with_hidden", "encoding", "more", "head_depth"):
        op.drop_column("import_batches", column)
    op.execute(version_ddl("import_batches", ["updated_at", "version"]))
