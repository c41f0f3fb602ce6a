"""Companies that turned out to be one, and those that only look alike.

Revision ID: merging
Revises: claims
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm.history.triggers import history_ddl, version_ddl

revision = "merging"
down_revision = "claims"
branch_labels = None
depends_on = None

#: What does not count as an edit of a company.
UNRECORDED = ["city_code", "last_contact_on", "name_key", "pinyin_key", "search", "updated_at", "version"]
KIND = "alias_kind"


def upgrade() -> None:
    op.execute("drop trigger raise_version on companies")
    op.add_column("companies", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_companies_merged_into_id_companies"), "companies", "companies", ["merged_into_id"], ["id"]
    )
    op.create_index(op.f("ix_companies_merged_into_id"), "companies", ["merged_into_id"], unique=False)
    op.create_check_constraint(
        op.f("ck_companies_merged_archived"), "companies", "merged_into_id is null or archived_at is not null"
    )
    op.create_check_constraint(op.f("ck_companies_not_merged_into_itself"), "companies", "merged_into_id <> id")
    op.execute(version_ddl("companies", UNRECORDED))
    kinds("short", "former", "brand", "other")
    op.create_table(
        "merges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("source_id <> target_id", name=op.f("ck_merges_two")),
        sa.CheckConstraint("(undone_at is null) = (undone_by_id is null)", name=op.f("ck_merges_undone_whole")),
        sa.ForeignKeyConstraint(["target_id"], ["companies.id"], name=op.f("fk_merges_target_id_companies")),
        sa.ForeignKeyConstraint(["source_id"], ["companies.id"], name=op.f("fk_merges_source_id_companies")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_merges_by_id_users")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["users.id"], name=op.f("fk_merges_undone_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    for column in ("target_id", "source_id"):
        op.create_index(op.f(f"ix_merges_{column}"), "merges", [column], unique=False)
    op.create_table(
        "distinct_companies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("company_id < other_id", name=op.f("ck_distinct_companies_ordered")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_distinct_companies_company_id_companies")
        ),
        sa.ForeignKeyConstraint(["other_id"], ["companies.id"], name=op.f("fk_distinct_companies_other_id_companies")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_distinct_companies_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distinct_companies")),
        sa.UniqueConstraint("company_id", "other_id", name=op.f("uq_distinct_companies_company_id_other_id")),
    )
    op.create_index(op.f("ix_distinct_companies_other_id"), "distinct_companies", ["other_id"], unique=False)
    for table in ("merges", "distinct_companies"):
        for statement in history_ddl(table, []):
            op.execute(statement)


def kinds(*allowed: str) -> None:
    """Which kinds of other name there are."""
    name = op.f("ck_company_aliases_aliaskind")
    op.drop_constraint(name, "company_aliases", type_="check")
    values = ", ".join(f"'{value}'" for value in allowed)
    op.create_check_constraint(name, "company_aliases", f"kind in ({values})")


def downgrade() -> None:
    op.drop_table("distinct_companies")
    op.drop_table("merges")
    # Other names become short ones: an older program knows no other kind. A migration answers as the system.
    op.execute("select set_config('crm.actor', '0', true)")
    op.execute("update company_aliases set kind = 'short' where kind = 'other'")
    kinds("short", "former", "brand")
    op.execute("drop trigger raise_version on companies")
    for name in ("ck_companies_merged_archived", "ck_companies_not_merged_into_itself"):
        op.drop_constraint(op.f(name), "companies", type_="check")
    op.drop_index(op.f("ix_companies_merged_into_id"), table_name="companies")
    op.drop_column("companies", "merged_into_id")
    op.execute(version_ddl("companies", UNRECORDED))
