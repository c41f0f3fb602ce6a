"""Foundations: accounts, history, files, chains, companies, contact, pipeline; the queue's schema.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

from crm.history.triggers import FUNCTIONS, GUARD, history_ddl, version_ddl

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: Tables under history: the columns left out of it, and whether people edit the rows (a version is raised).
TABLES: dict[str, tuple[list[str], bool]] = {
    "chains": (["updated_at", "version"], True),
    "cluster_divisions": ([], False),
    "clusters": (["updated_at", "version"], True),
    "companies": (["city_code", "last_contact_on", "name_key", "pinyin_key", "search", "updated_at", "version"], True),
    "company_aliases": (["alias_key"], False),
    "company_segments": ([], False),
    "company_tiers": ([], False),
    "contact_reveals": ([], False),
    "contacts": (["search", "updated_at", "version"], True),
    "gate_items": (["updated_at", "version"], True),
    "instructions": (["updated_at", "version"], True),
    "interaction_companies": ([], False),
    "interaction_contacts": ([], False),
    "interaction_officers": ([], False),
    "interactions": (["search", "updated_at", "version"], True),
    "local_companies": (["updated_at", "version"], True),
    "offices": (["updated_at", "version"], True),
    "project_interactions": ([], False),
    "project_members": ([], False),
    "project_segments": ([], False),
    "project_tasks": ([], False),
    "projects": (["last_contact_on", "pinyin_key", "search", "updated_at", "version"], True),
    "routes": (["updated_at", "version"], True),
    "segment_terms": ([], False),
    "segments": (["updated_at", "version"], True),
    "settings": (["updated_at", "version"], True),
    "stage_changes": ([], False),
    "stages": (["updated_at", "version"], True),
    "status_changes": ([], False),
    "stored_files": ([], False),
    "target_list_entries": ([], False),
    "target_lists": (["updated_at", "version"], True),
    "tasks": (["updated_at", "version"], True),
    "tiers": (["updated_at", "version"], True),
    "uploads": ([], False),
    "users": (["password_hash", "updated_at", "version"], True),
}

#: procrastinate's own objects all bear its name.
DROP_QUEUE = """
do $$
declare found record;
begin
  for found in select format('%I', relname) as name from pg_class
    where relname like 'procrastinate%' and relkind = 'r' loop
    execute 'drop table if exists ' || found.name || ' cascade';
  end loop;
  for found in select oid::regprocedure::text as name from pg_proc where proname like 'procrastinate%' loop
    execute 'drop function if exists ' || found.name || ' cascade';
  end loop;
  for found in select format('%I', typname) as name from pg_type
    where typname like 'procrastinate%' and typtype in ('e', 'c') loop
    execute 'drop type if exists ' || found.name || ' cascade';
  end loop;
end $$;
"""


def upgrade() -> None:
    op.create_table(
        "chains",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]*$'", name=op.f("ck_chains_slug")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chains")),
        sa.UniqueConstraint("name", name=op.f("uq_chains_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_chains_slug")),
    )
    op.create_table(
        "clusters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clusters")),
        sa.UniqueConstraint("name", name=op.f("uq_clusters_name")),
    )
    op.create_table(
        "divisions",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parent_code", sa.String(length=6), nullable=True),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["parent_code"], ["divisions.code"], name=op.f("fk_divisions_parent_code_divisions")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_divisions")),
    )
    op.create_index(op.f("ix_divisions_name"), "divisions", ["name"], unique=False)
    op.create_index(op.f("ix_divisions_parent_code"), "divisions", ["parent_code"], unique=False)
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("table_name", sa.String(length=63), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "operation",
            sa.Enum(
                "insert", "update", "delete", name="operation", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", "at", name=op.f("pk_history")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_history_actor_id_at", "history", ["actor_id", "at"], unique=False)
    op.create_index(
        "ix_history_batch_id", "history", ["batch_id"], unique=False, postgresql_where=sa.text("batch_id is not null")
    )
    op.create_index("ix_history_row", "history", ["table_name", "row_id", "id"], unique=False)
    op.create_table(
        "history_horizons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("history_id", sa.BigInteger(), nullable=False),
        sa.Column("next_xid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history_horizons")),
    )
    op.create_table(
        "history_seals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("after_id", sa.BigInteger(), nullable=False),
        sa.Column("up_to_id", sa.BigInteger(), nullable=False),
        sa.Column("row_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("row_macs", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("previous_id", sa.BigInteger(), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["history_seals.id"], name=op.f("fk_history_seals_previous_id_history_seals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history_seals")),
    )
    op.create_table(
        "offices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("is_coordinating", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_offices_not_own_parent")),
        sa.ForeignKeyConstraint(["parent_id"], ["offices.id"], name=op.f("fk_offices_parent_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offices")),
        sa.UniqueConstraint("name", name=op.f("uq_offices_name")),
    )
    op.create_index(op.f("ix_offices_parent_id"), "offices", ["parent_id"], unique=False)
    op.create_table(
        "routes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("makes_supply", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routes")),
        sa.UniqueConstraint("name", name=op.f("uq_routes_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_routes_slug")),
    )
    op.create_table(
        "settings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
        sa.UniqueConstraint("key", name=op.f("uq_settings_key")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("address", postgresql.INET(), nullable=True),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.String(length=64), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    op.create_index("ix_sign_ins_address_at", "sign_ins", ["address", "at"], unique=False)
    op.create_index("ix_sign_ins_name_at", "sign_ins", ["name", "at"], unique=False)
    op.create_table(
        "stored_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("size >= 0", name=op.f("ck_stored_files_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
        sa.UniqueConstraint("sha256", name=op.f("uq_stored_files_sha256")),
    )
    op.create_table(
        "tiers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("weight", sa.Numeric(precision=6, scale=2), server_default=sa.text("1"), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_tiers_weight")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tiers")),
        sa.UniqueConstraint("name", name=op.f("uq_tiers_name")),
    )
    op.create_table(
        "cluster_divisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("cluster_id", sa.BigInteger(), nullable=False),
        sa.Column("division_code", sa.String(length=6), nullable=False),
        sa.ForeignKeyConstraint(["cluster_id"], ["clusters.id"], name=op.f("fk_cluster_divisions_cluster_id_clusters")),
        sa.ForeignKeyConstraint(
            ["division_code"], ["divisions.code"], name=op.f("fk_cluster_divisions_division_code_divisions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_divisions")),
        sa.UniqueConstraint("division_code", name=op.f("uq_cluster_divisions_division_code")),
    )
    op.create_index(op.f("ix_cluster_divisions_cluster_id"), "cluster_divisions", ["cluster_id"], unique=False)
    op.create_table(
        "segments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "position",
            sa.Enum("up", "mid", "down", name="position", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("position_inferred", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("importance", sa.BigInteger(), nullable=True),
        sa.Column("wanted", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("importance between 1 and 5", name=op.f("ck_segments_importance")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_segments_not_own_parent")),
        sa.CheckConstraint("wanted >= 0", name=op.f("ck_segments_wanted")),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_segments_chain_id_chains")),
        sa.ForeignKeyConstraint(["parent_id"], ["segments.id"], name=op.f("fk_segments_parent_id_segments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("chain_id", "name", name=op.f("uq_segments_chain_id_name")),
    )
    op.create_index("ix_segments_chain_id_ordinal", "segments", ["chain_id", "ordinal", "id"], unique=False)
    op.create_index(op.f("ix_segments_parent_id"), "segments", ["parent_id"], unique=False)
    op.create_table(
        "stages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("route_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "lead",
                "triage",
                "negotiating",
                "signed",
                "started",
                "operating",
                name="phase",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("probability", sa.Numeric(precision=4, scale=3), nullable=False),
        sa.Column("stale_days", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("probability between 0 and 1", name=op.f("ck_stages_probability")),
        sa.CheckConstraint("stale_days > 0", name=op.f("ck_stages_stale_days")),
        sa.ForeignKeyConstraint(["route_id"], ["routes.id"], name=op.f("fk_stages_route_id_routes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stages")),
        sa.UniqueConstraint("route_id", "name", name=op.f("uq_stages_route_id_name")),
        sa.UniqueConstraint("route_id", "ordinal", name=op.f("uq_stages_route_id_ordinal")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "officer",
                "manager",
                "leader",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_auditor", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locale", sa.String(length=8), server_default="zh", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("name = lower(name)", name=op.f("ck_users_name_lower")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_users_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )
    op.create_index(op.f("ix_users_office_id"), "users", ["office_id"], unique=False)
    op.create_table(
        "companies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200, collation="C"), nullable=False),
        sa.Column("pinyin_key", sa.String(length=200, collation="C"), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("division_code", sa.String(length=6), nullable=True),
        sa.Column("city_code", sa.String(length=4), nullable=True),
        sa.Column("address", sa.String(length=300), server_default="", nullable=False),
        sa.Column("products", sa.Text(), server_default="", nullable=False),
        sa.Column("introduction", sa.Text(), server_default="", nullable=False),
        sa.Column("website", sa.String(length=300), server_default="", nullable=False),
        sa.Column("capital_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("employees", sa.BigInteger(), nullable=True),
        sa.Column("expansion_signal", sa.Text(), server_default="", nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_contact_on", sa.Date(), nullable=True),
        sa.Column("search", postgresql.TSVECTOR(), server_default=sa.text("''::tsvector"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_companies_name")),
        sa.CheckConstraint("uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name=op.f("ck_companies_uscc")),
        sa.CheckConstraint("(owner_id is null) = (office_id is null)", name=op.f("ck_companies_held_whole")),
        sa.CheckConstraint("capital_wan >= 0", name=op.f("ck_companies_capital_wan")),
        sa.CheckConstraint("employees >= 0", name=op.f("ck_companies_employees")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_companies_not_own_parent")),
        sa.ForeignKeyConstraint(
            ["division_code"], ["divisions.code"], name=op.f("fk_companies_division_code_divisions")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_companies_office_id_offices")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_companies_owner_id_users")),
        sa.ForeignKeyConstraint(["parent_id"], ["companies.id"], name=op.f("fk_companies_parent_id_companies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
        sa.UniqueConstraint("uscc", name=op.f("uq_companies_uscc")),
    )
    op.create_index(
        "ix_companies_city_code",
        "companies",
        ["city_code", "pinyin_key", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_companies_contact_order",
        "companies",
        ["last_contact_on", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(op.f("ix_companies_name_key"), "companies", ["name_key"], unique=False)
    op.create_index(
        "ix_companies_name_order",
        "companies",
        ["pinyin_key", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index("ix_companies_office_id", "companies", ["office_id", "id"], unique=False)
    op.create_index("ix_companies_owner_id", "companies", ["owner_id", "id"], unique=False)
    op.create_index(op.f("ix_companies_parent_id"), "companies", ["parent_id"], unique=False)
    op.create_index(
        "ix_companies_search",
        "companies",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "on"},
    )
    op.create_index(
        "ix_companies_updated_order",
        "companies",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_table(
        "former_passwords",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_former_passwords_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_passwords")),
    )
    op.create_index(op.f("ix_former_passwords_user_id"), "former_passwords", ["user_id"], unique=False)
    op.create_table(
        "gate_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("stage_id", sa.BigInteger(), nullable=False),
        sa.Column("fact", sa.String(length=64), nullable=False),
        sa.Column("condition", sa.String(length=64), server_default="always", nullable=False),
        sa.Column("ordinal", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=op.f("fk_gate_items_stage_id_stages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_items")),
        sa.UniqueConstraint("stage_id", "fact", "condition", name=op.f("uq_gate_items_stage_id_fact_condition")),
    )
    op.create_table(
        "interactions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "visit",
                "reception",
                "meeting",
                "call",
                "wechat",
                "exhibition",
                "other",
                name="interactionkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("happened_at", sa.Time(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("demands", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "intent",
            sa.Enum(
                "strong",
                "interested",
                "watching",
                "none",
                name="intent",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("other_people", sa.Text(), server_default="", nullable=False),
        sa.Column("client_uuid", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), server_default=sa.text("''::tsvector"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(summary) <> ''", name=op.f("ck_interactions_summary")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["users.id"], name=op.f("fk_interactions_entered_by_id_users")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_interactions_office_id_offices")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_interactions_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions")),
        sa.UniqueConstraint("client_uuid", name=op.f("uq_interactions_client_uuid")),
    )
    op.create_index(op.f("ix_interactions_entered_by_id"), "interactions", ["entered_by_id"], unique=False)
    op.create_index("ix_interactions_happened_on", "interactions", ["happened_on", "id"], unique=False)
    op.create_index("ix_interactions_office_id", "interactions", ["office_id", "happened_on", "id"], unique=False)
    op.create_index("ix_interactions_owner_id", "interactions", ["owner_id", "happened_on", "id"], unique=False)
    op.create_index(
        "ix_interactions_search",
        "interactions",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "on"},
    )
    op.create_table(
        "segment_terms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("term", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_segment_terms_segment_id_segments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_terms")),
        sa.UniqueConstraint("segment_id", "term", name=op.f("uq_segment_terms_segment_id_term")),
    )
    op.create_table(
        "sign_in_sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_in_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_sessions_user_id"), "sign_in_sessions", ["user_id"], unique=False)
    op.create_table(
        "target_lists",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_target_lists_chain_id_chains")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_target_lists_office_id_offices")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_target_lists_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_lists")),
        sa.UniqueConstraint("name", name=op.f("uq_target_lists_name")),
    )
    op.create_index(op.f("ix_target_lists_chain_id"), "target_lists", ["chain_id"], unique=False)
    op.create_index(op.f("ix_target_lists_office_id"), "target_lists", ["office_id"], unique=False)
    op.create_index(op.f("ix_target_lists_owner_id"), "target_lists", ["owner_id"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_uploads_file_id_stored_files")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_uploads_office_id_offices")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_uploads_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_file_id"), "uploads", ["file_id"], unique=False)
    op.create_index(op.f("ix_uploads_office_id"), "uploads", ["office_id"], unique=False)
    op.create_index(op.f("ix_uploads_owner_id"), "uploads", ["owner_id"], unique=False)
    op.create_table(
        "company_aliases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("alias", sa.String(length=200), nullable=False),
        sa.Column("alias_key", sa.String(length=200, collation="C"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("short", "former", "brand", name="aliaskind", native_enum=False, create_constraint=True, length=32),
            server_default="short",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_company_aliases_company_id_companies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_aliases")),
        sa.UniqueConstraint("company_id", "alias", name=op.f("uq_company_aliases_company_id_alias")),
    )
    op.create_index(op.f("ix_company_aliases_alias_key"), "company_aliases", ["alias_key"], unique=False)
    op.create_table(
        "company_segments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("is_main", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "chosen_by",
            sa.Enum(
                "person", "import", "suggestion", name="chosenby", native_enum=False, create_constraint=True, length=32
            ),
            server_default="person",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_company_segments_company_id_companies")
        ),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_company_segments_segment_id_segments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_segments")),
        sa.UniqueConstraint("company_id", "segment_id", name=op.f("uq_company_segments_company_id_segment_id")),
    )
    op.create_index(
        "ix_company_segments_segment_id_company_id", "company_segments", ["segment_id", "company_id"], unique=False
    )
    op.create_index(
        "uq_company_segments_main", "company_segments", ["company_id"], unique=True, postgresql_where=sa.text("is_main")
    )
    op.create_table(
        "company_tiers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("tier_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_company_tiers_company_id_companies")),
        sa.ForeignKeyConstraint(["tier_id"], ["tiers.id"], name=op.f("fk_company_tiers_tier_id_tiers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_tiers")),
        sa.UniqueConstraint("company_id", "tier_id", name=op.f("uq_company_tiers_company_id_tier_id")),
    )
    op.create_index(op.f("ix_company_tiers_tier_id"), "company_tiers", ["tier_id"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=100), server_default="", nullable=False),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_hash", sa.String(length=64), nullable=True),
        sa.Column("phone_mask", sa.String(length=32), nullable=True),
        sa.Column("phone_last4", sa.String(length=4), nullable=True),
        sa.Column("purpose", sa.String(length=200), server_default="", nullable=False),
        sa.Column("basis", sa.String(length=200), server_default="", nullable=False),
        sa.Column("source", sa.String(length=300), server_default="", nullable=False),
        sa.Column("collected_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("search", postgresql.TSVECTOR(), server_default=sa.text("''::tsvector"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_contacts_name")),
        sa.CheckConstraint("erased_at is null or phone_cipher is null", name=op.f("ck_contacts_erased")),
        sa.CheckConstraint(
            "num_nulls(phone_cipher, phone_hash, phone_mask, phone_last4) in (0, 4)",
            name=op.f("ck_contacts_phone_whole"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_contacts_company_id_companies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_company_id"), "contacts", ["company_id"], unique=False)
    op.create_index(op.f("ix_contacts_phone_hash"), "contacts", ["phone_hash"], unique=False)
    op.create_index(
        "ix_contacts_search",
        "contacts",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "on"},
    )
    op.create_table(
        "interaction_companies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("interaction_id", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("is_main", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_interaction_companies_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_interaction_companies_interaction_id_interactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction_companies")),
        sa.UniqueConstraint(
            "interaction_id", "company_id", name=op.f("uq_interaction_companies_interaction_id_company_id")
        ),
    )
    op.create_index(
        "ix_interaction_companies_company_id", "interaction_companies", ["company_id", "interaction_id"], unique=False
    )
    op.create_table(
        "interaction_officers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("interaction_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_interaction_officers_interaction_id_interactions")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_interaction_officers_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction_officers")),
        sa.UniqueConstraint("interaction_id", "user_id", name=op.f("uq_interaction_officers_interaction_id_user_id")),
    )
    op.create_index(op.f("ix_interaction_officers_user_id"), "interaction_officers", ["user_id"], unique=False)
    op.create_table(
        "local_companies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("town", sa.String(length=100), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_local_companies_company_id_companies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_companies")),
        sa.UniqueConstraint("company_id", name=op.f("uq_local_companies_company_id")),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("pinyin_key", sa.String(length=200, collation="C"), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("route_id", sa.BigInteger(), nullable=False),
        sa.Column("stage_id", sa.BigInteger(), nullable=False),
        sa.Column("stage_since", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "ongoing",
                "paused",
                "lost",
                "aborted",
                "completed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="ongoing",
            nullable=False,
        ),
        sa.Column("status_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("status_on", sa.Date(), nullable=True),
        sa.Column(
            "secrecy",
            sa.Enum(
                "public", "internal", "restricted", name="secrecy", native_enum=False, create_constraint=True, length=32
            ),
            server_default="internal",
            nullable=False,
        ),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("lead_source", sa.String(length=300), server_default="", nullable=False),
        sa.Column("origin_code", sa.String(length=6), nullable=True),
        sa.Column(
            "capital_kind",
            sa.Enum("domestic", "foreign", name="capitalkind", native_enum=False, create_constraint=True, length=32),
            server_default="domestic",
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("investment_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("fixed_investment_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("land_mu", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("floor_m2", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("output_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("tax_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("energy_tce", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("jobs", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("sponsor_id", sa.BigInteger(), nullable=True),
        sa.Column("park", sa.String(length=200), server_default="", nullable=False),
        sa.Column("next_step", sa.Text(), server_default="", nullable=False),
        sa.Column("next_step_on", sa.Date(), nullable=True),
        sa.Column("triage_note", sa.Text(), server_default="", nullable=False),
        sa.Column("local_company_id", sa.BigInteger(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_contact_on", sa.Date(), nullable=True),
        sa.Column("search", postgresql.TSVECTOR(), server_default=sa.text("''::tsvector"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_projects_name")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_projects_currency")),
        sa.CheckConstraint(
            "status = 'ongoing' or (btrim(status_reason) <> '' and status_on is not null)",
            name=op.f("ck_projects_status_reason"),
        ),
        sa.CheckConstraint("(owner_id is null) = (office_id is null)", name=op.f("ck_projects_held_whole")),
        sa.CheckConstraint("energy_tce >= 0", name=op.f("ck_projects_energy_tce")),
        sa.CheckConstraint("fixed_investment_wan <= investment_wan", name=op.f("ck_projects_fixed_within_total")),
        sa.CheckConstraint("fixed_investment_wan >= 0", name=op.f("ck_projects_fixed_investment_wan")),
        sa.CheckConstraint("floor_m2 >= 0", name=op.f("ck_projects_floor_m2")),
        sa.CheckConstraint("investment_wan >= 0", name=op.f("ck_projects_investment_wan")),
        sa.CheckConstraint("jobs >= 0", name=op.f("ck_projects_jobs")),
        sa.CheckConstraint("land_mu >= 0", name=op.f("ck_projects_land_mu")),
        sa.CheckConstraint("output_wan >= 0", name=op.f("ck_projects_output_wan")),
        sa.CheckConstraint("tax_wan >= 0", name=op.f("ck_projects_tax_wan")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_projects_company_id_companies")),
        sa.ForeignKeyConstraint(
            ["local_company_id"], ["companies.id"], name=op.f("fk_projects_local_company_id_companies")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_projects_office_id_offices")),
        sa.ForeignKeyConstraint(["origin_code"], ["divisions.code"], name=op.f("fk_projects_origin_code_divisions")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_projects_owner_id_users")),
        sa.ForeignKeyConstraint(["route_id"], ["routes.id"], name=op.f("fk_projects_route_id_routes")),
        sa.ForeignKeyConstraint(["sponsor_id"], ["users.id"], name=op.f("fk_projects_sponsor_id_users")),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=op.f("fk_projects_stage_id_stages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )
    op.create_index(
        "ix_projects_name_order",
        "projects",
        ["pinyin_key", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_projects_investment_order",
        "projects",
        ["investment_wan", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_projects_since_order",
        "projects",
        ["stage_since", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_projects_contact_order",
        "projects",
        ["last_contact_on", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(op.f("ix_projects_company_id"), "projects", ["company_id"], unique=False)
    op.create_index(op.f("ix_projects_local_company_id"), "projects", ["local_company_id"], unique=False)
    op.create_index("ix_projects_office_id", "projects", ["office_id", "id"], unique=False)
    op.create_index("ix_projects_owner_id", "projects", ["owner_id", "id"], unique=False)
    op.create_index(
        "ix_projects_search",
        "projects",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "on"},
    )
    op.create_index(op.f("ix_projects_sponsor_id"), "projects", ["sponsor_id"], unique=False)
    op.create_index(
        "ix_projects_stage_id",
        "projects",
        ["stage_id", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_table(
        "target_list_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_target_list_entries_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["target_lists.id"], name=op.f("fk_target_list_entries_list_id_target_lists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_list_entries")),
        sa.UniqueConstraint("list_id", "company_id", name=op.f("uq_target_list_entries_list_id_company_id")),
    )
    op.create_index(op.f("ix_target_list_entries_company_id"), "target_list_entries", ["company_id"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("handed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("company_id", sa.BigInteger(), nullable=True),
        sa.Column("interaction_id", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(title) <> ''", name=op.f("ck_tasks_title")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_tasks_company_id_companies")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_tasks_created_by_id_users")),
        sa.ForeignKeyConstraint(["handed_by_id"], ["users.id"], name=op.f("fk_tasks_handed_by_id_users")),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_tasks_interaction_id_interactions")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_tasks_office_id_offices")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_tasks_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index(op.f("ix_tasks_company_id"), "tasks", ["company_id"], unique=False)
    op.create_index(op.f("ix_tasks_created_by_id"), "tasks", ["created_by_id"], unique=False)
    op.create_index(
        "ix_tasks_done",
        "tasks",
        ["owner_id", "done_at", "id"],
        unique=False,
        postgresql_where=sa.text("done_at is not null"),
    )
    op.create_index(op.f("ix_tasks_handed_by_id"), "tasks", ["handed_by_id"], unique=False)
    op.create_index(op.f("ix_tasks_interaction_id"), "tasks", ["interaction_id"], unique=False)
    op.create_index(op.f("ix_tasks_office_id"), "tasks", ["office_id"], unique=False)
    op.create_index(
        "ix_tasks_open_of_office",
        "tasks",
        ["office_id", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_index(
        "ix_tasks_open",
        "tasks",
        ["owner_id", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_table(
        "contact_keys",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_keys_contact_id_contacts")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contact_keys")),
    )
    op.create_table(
        "contact_reveals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_contact_reveals_reason")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_reveals_contact_id_contacts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_contact_reveals_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_reveals")),
    )
    op.create_index(op.f("ix_contact_reveals_contact_id"), "contact_reveals", ["contact_id"], unique=False)
    op.create_index(op.f("ix_contact_reveals_user_id"), "contact_reveals", ["user_id"], unique=False)
    op.create_table(
        "instructions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("company_id", sa.BigInteger(), nullable=True),
        sa.Column("segment_id", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("feedback", sa.Text(), server_default="", nullable=False),
        sa.Column("feedback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(body) <> ''", name=op.f("ck_instructions_body")),
        sa.CheckConstraint(
            "closed_at is null or feedback_at is not null", name=op.f("ck_instructions_closed_after_feedback")
        ),
        sa.CheckConstraint(
            "feedback_at is null or received_at is not null", name=op.f("ck_instructions_feedback_after_receipt")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_instructions_author_id_users")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_instructions_company_id_companies")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_instructions_office_id_offices")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_instructions_owner_id_users")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_instructions_project_id_projects")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_instructions_segment_id_segments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instructions")),
    )
    op.create_index(op.f("ix_instructions_author_id"), "instructions", ["author_id"], unique=False)
    op.create_index(op.f("ix_instructions_company_id"), "instructions", ["company_id"], unique=False)
    op.create_index(op.f("ix_instructions_office_id"), "instructions", ["office_id"], unique=False)
    op.create_index(
        "ix_instructions_open",
        "instructions",
        ["owner_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_index(op.f("ix_instructions_project_id"), "instructions", ["project_id"], unique=False)
    op.create_index(op.f("ix_instructions_segment_id"), "instructions", ["segment_id"], unique=False)
    op.create_table(
        "interaction_contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("interaction_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_interaction_contacts_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_interaction_contacts_interaction_id_interactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction_contacts")),
        sa.UniqueConstraint(
            "interaction_id", "contact_id", name=op.f("uq_interaction_contacts_interaction_id_contact_id")
        ),
    )
    op.create_index(op.f("ix_interaction_contacts_contact_id"), "interaction_contacts", ["contact_id"], unique=False)
    op.create_table(
        "project_interactions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("interaction_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_project_interactions_interaction_id_interactions")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_interactions_project_id_projects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_interactions")),
        sa.UniqueConstraint(
            "project_id", "interaction_id", name=op.f("uq_project_interactions_project_id_interaction_id")
        ),
    )
    op.create_index(
        op.f("ix_project_interactions_interaction_id"), "project_interactions", ["interaction_id"], unique=False
    )
    op.create_table(
        "project_members",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("duty", sa.String(length=100), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_members_project_id_projects")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_project_members_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_members")),
        sa.UniqueConstraint("project_id", "user_id", name=op.f("uq_project_members_project_id_user_id")),
    )
    op.create_index("ix_project_members_user_id_project_id", "project_members", ["user_id", "project_id"], unique=False)
    op.create_table(
        "project_segments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("is_main", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "effect",
            sa.Enum(
                "fill", "strengthen", "extend", name="effect", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_segments_project_id_projects")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_project_segments_segment_id_segments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_segments")),
        sa.UniqueConstraint("project_id", "segment_id", name=op.f("uq_project_segments_project_id_segment_id")),
    )
    op.create_index(op.f("ix_project_segments_segment_id"), "project_segments", ["segment_id"], unique=False)
    op.create_index(
        "uq_project_segments_main", "project_segments", ["project_id"], unique=True, postgresql_where=sa.text("is_main")
    )
    op.create_table(
        "project_tasks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_tasks_project_id_projects")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_project_tasks_task_id_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_tasks")),
        sa.UniqueConstraint("task_id", name=op.f("uq_project_tasks_task_id")),
    )
    op.create_index(op.f("ix_project_tasks_project_id"), "project_tasks", ["project_id"], unique=False)
    op.create_table(
        "stage_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opening",
                "imported",
                "forward",
                "back",
                name="changekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("from_stage_id", sa.BigInteger(), nullable=True),
        sa.Column("to_stage_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "passed_items", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(from_stage_id is null) = (kind in ('opening', 'imported'))", name=op.f("ck_stage_changes_opening")
        ),
        sa.CheckConstraint("kind <> 'back' or btrim(reason) <> ''", name=op.f("ck_stage_changes_reason")),
        sa.CheckConstraint("passed_items = '[]' or btrim(reason) <> ''", name=op.f("ck_stage_changes_pass_reason")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_stage_changes_by_id_users")),
        sa.ForeignKeyConstraint(["from_stage_id"], ["stages.id"], name=op.f("fk_stage_changes_from_stage_id_stages")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_stage_changes_project_id_projects")),
        sa.ForeignKeyConstraint(["to_stage_id"], ["stages.id"], name=op.f("fk_stage_changes_to_stage_id_stages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_changes")),
    )
    op.create_index(op.f("ix_stage_changes_project_id"), "stage_changes", ["project_id"], unique=False)
    op.create_table(
        "status_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "from_status",
            sa.Enum(
                "ongoing",
                "paused",
                "lost",
                "aborted",
                "completed",
                name="from_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_status",
            sa.Enum(
                "ongoing",
                "paused",
                "lost",
                "aborted",
                "completed",
                name="to_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_status_changes_reason")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_status_changes_by_id_users")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_status_changes_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_changes")),
    )
    op.create_index(op.f("ix_status_changes_project_id"), "status_changes", ["project_id"], unique=False)

    run_script(FUNCTIONS)
    run_script(GUARD)
    for table, (unrecorded, versioned) in TABLES.items():
        for statement in history_ddl(table, unrecorded):
            op.execute(statement)
        if versioned:
            op.execute(version_ddl(table, unrecorded))
    run_script(SchemaManager.get_schema())


def run_script(script: str) -> None:
    """Run several statements as they are: no placeholder in them is ours."""
    op.get_bind().connection.driver_connection.execute(script)


def downgrade() -> None:
    run_script(DROP_QUEUE)
    op.drop_index(op.f("ix_status_changes_project_id"), table_name="status_changes")
    op.drop_table("status_changes")
    op.drop_index(op.f("ix_stage_changes_project_id"), table_name="stage_changes")
    op.drop_table("stage_changes")
    op.drop_index(op.f("ix_project_tasks_project_id"), table_name="project_tasks")
    op.drop_table("project_tasks")
    op.drop_index("uq_project_segments_main", table_name="project_segments", postgresql_where=sa.text("is_main"))
    op.drop_index(op.f("ix_project_segments_segment_id"), table_name="project_segments")
    op.drop_table("project_segments")
    op.drop_index("ix_project_members_user_id_project_id", table_name="project_members")
    op.drop_table("project_members")
    op.drop_index(op.f("ix_project_interactions_interaction_id"), table_name="project_interactions")
    op.drop_table("project_interactions")
    op.drop_index(op.f("ix_interaction_contacts_contact_id"), table_name="interaction_contacts")
    op.drop_table("interaction_contacts")
    op.drop_index(op.f("ix_instructions_segment_id"), table_name="instructions")
    op.drop_index(op.f("ix_instructions_project_id"), table_name="instructions")
    op.drop_index("ix_instructions_open", table_name="instructions", postgresql_where=sa.text("closed_at is null"))
    op.drop_index(op.f("ix_instructions_office_id"), table_name="instructions")
    op.drop_index(op.f("ix_instructions_company_id"), table_name="instructions")
    op.drop_index(op.f("ix_instructions_author_id"), table_name="instructions")
    op.drop_table("instructions")
    op.drop_index(op.f("ix_contact_reveals_user_id"), table_name="contact_reveals")
    op.drop_index(op.f("ix_contact_reveals_contact_id"), table_name="contact_reveals")
    op.drop_table("contact_reveals")
    op.drop_table("contact_keys")
    op.drop_index("ix_tasks_open", table_name="tasks", postgresql_where=sa.text("done_at is null"))
    op.drop_index(op.f("ix_tasks_office_id"), table_name="tasks")
    op.drop_index(op.f("ix_tasks_interaction_id"), table_name="tasks")
    op.drop_index(op.f("ix_tasks_created_by_id"), table_name="tasks")
    op.drop_index(op.f("ix_tasks_company_id"), table_name="tasks")
    op.drop_table("tasks")
    op.drop_index(op.f("ix_target_list_entries_company_id"), table_name="target_list_entries")
    op.drop_table("target_list_entries")
    op.drop_index("ix_projects_name_order", table_name="projects", postgresql_where=sa.text("archived_at is null"))
    op.drop_index(
        "ix_projects_investment_order", table_name="projects", postgresql_where=sa.text("archived_at is null")
    )
    op.drop_index("ix_projects_since_order", table_name="projects", postgresql_where=sa.text("archived_at is null"))
    op.drop_index("ix_projects_contact_order", table_name="projects", postgresql_where=sa.text("archived_at is null"))
    op.drop_index("ix_projects_stage_id", table_name="projects", postgresql_where=sa.text("archived_at is null"))
    op.drop_index(op.f("ix_projects_sponsor_id"), table_name="projects")
    op.drop_index(
        "ix_projects_search", table_name="projects", postgresql_using="gin", postgresql_with={"fastupdate": "on"}
    )
    op.drop_index("ix_projects_owner_id", table_name="projects")
    op.drop_index("ix_projects_office_id", table_name="projects")
    op.drop_index(op.f("ix_projects_local_company_id"), table_name="projects")
    op.drop_index(op.f("ix_projects_company_id"), table_name="projects")
    op.drop_table("projects")
    op.drop_table("local_companies")
    op.drop_index(op.f("ix_interaction_officers_user_id"), table_name="interaction_officers")
    op.drop_table("interaction_officers")
    op.drop_index("ix_interaction_companies_company_id", table_name="interaction_companies")
    op.drop_table("interaction_companies")
    op.drop_index(
        "ix_contacts_search", table_name="contacts", postgresql_using="gin", postgresql_with={"fastupdate": "on"}
    )
    op.drop_index(op.f("ix_contacts_phone_hash"), table_name="contacts")
    op.drop_index(op.f("ix_contacts_company_id"), table_name="contacts")
    op.drop_table("contacts")
    op.drop_index(op.f("ix_company_tiers_tier_id"), table_name="company_tiers")
    op.drop_table("company_tiers")
    op.drop_index("uq_company_segments_main", table_name="company_segments", postgresql_where=sa.text("is_main"))
    op.drop_index("ix_company_segments_segment_id_company_id", table_name="company_segments")
    op.drop_table("company_segments")
    op.drop_index(op.f("ix_company_aliases_alias_key"), table_name="company_aliases")
    op.drop_table("company_aliases")
    op.drop_index(op.f("ix_uploads_owner_id"), table_name="uploads")
    op.drop_index(op.f("ix_uploads_office_id"), table_name="uploads")
    op.drop_index(op.f("ix_uploads_file_id"), table_name="uploads")
    op.drop_table("uploads")
    op.drop_index(op.f("ix_target_lists_owner_id"), table_name="target_lists")
    op.drop_index(op.f("ix_target_lists_office_id"), table_name="target_lists")
    op.drop_index(op.f("ix_target_lists_chain_id"), table_name="target_lists")
    op.drop_table("target_lists")
    op.drop_index(op.f("ix_sign_in_sessions_user_id"), table_name="sign_in_sessions")
    op.drop_table("sign_in_sessions")
    op.drop_table("segment_terms")
    op.drop_index(
        "ix_interactions_search",
        table_name="interactions",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "on"},
    )
    op.drop_index("ix_interactions_owner_id", table_name="interactions")
    op.drop_index("ix_interactions_office_id", table_name="interactions")
    op.drop_index(op.f("ix_interactions_entered_by_id"), table_name="interactions")
    op.drop_table("interactions")
    op.drop_table("gate_items")
    op.drop_index(op.f("ix_former_passwords_user_id"), table_name="former_passwords")
    op.drop_table("former_passwords")
    op.drop_index("ix_companies_updated_order", table_name="companies", postgresql_where=sa.text("archived_at is null"))
    op.drop_index(
        "ix_companies_search", table_name="companies", postgresql_using="gin", postgresql_with={"fastupdate": "on"}
    )
    op.drop_index(op.f("ix_companies_parent_id"), table_name="companies")
    op.drop_index("ix_companies_owner_id", table_name="companies")
    op.drop_index("ix_companies_office_id", table_name="companies")
    op.drop_index("ix_companies_name_order", table_name="companies", postgresql_where=sa.text("archived_at is null"))
    op.drop_index(op.f("ix_companies_name_key"), table_name="companies")
    op.drop_index("ix_companies_contact_order", table_name="companies", postgresql_where=sa.text("archived_at is null"))
    op.drop_index("ix_companies_city_code", table_name="companies", postgresql_where=sa.text("archived_at is null"))
    op.drop_table("companies")
    op.drop_index(op.f("ix_users_office_id"), table_name="users")
    op.drop_table("users")
    op.drop_table("stages")
    op.drop_index(op.f("ix_segments_parent_id"), table_name="segments")
    op.drop_index("ix_segments_chain_id_ordinal", table_name="segments")
    op.drop_table("segments")
    op.drop_index(op.f("ix_cluster_divisions_cluster_id"), table_name="cluster_divisions")
    op.drop_table("cluster_divisions")
    op.drop_table("tiers")
    op.drop_table("stored_files")
    op.drop_index("ix_sign_ins_name_at", table_name="sign_ins")
    op.drop_index("ix_sign_ins_address_at", table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_table("settings")
    op.drop_table("routes")
    op.drop_index(op.f("ix_offices_parent_id"), table_name="offices")
    op.drop_table("offices")
    op.drop_table("history_seals")
    op.drop_table("history_horizons")
    op.drop_index("ix_history_row", table_name="history")
    op.drop_index("ix_history_batch_id", table_name="history", postgresql_where=sa.text("batch_id is not null"))
    op.drop_index("ix_history_actor_id_at", table_name="history")
    op.drop_table("history")
    op.drop_index(op.f("ix_divisions_parent_code"), table_name="divisions")
    op.drop_index(op.f("ix_divisions_name"), table_name="divisions")
    op.drop_table("divisions")
    op.drop_table("clusters")
    op.drop_table("chains")
    for function in ("history_write()", "history_refuse()", "raise_version()", "history_ensure_partitions(integer)"):
        op.execute(f"drop function {function}")
