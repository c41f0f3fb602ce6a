"""Catalogues of landing: parks, policies, institutions, experts, plans, events; what projects reserve of parks.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm.history.triggers import history_ddl, version_ddl

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: Rows that nobody edits have no version: they are made and taken away.
UNVERSIONED = (
    "expert_fields",
    "institution_themes",
    "park_themes",
    "policy_themes",
    "event_projects",
    "project_draws",
)
VERSIONED = (
    "experts",
    "funds",
    "institutions",
    "parks",
    "buildings",
    "dossier_notes",
    "events",
    "fund_years",
    "institution_figures",
    "parcels",
    "plans",
    "platforms",
    "policies",
    "proposals",
    "plan_tasks",
    "policy_conditions",
    "policy_grades",
    "policy_reviews",
    "proposal_items",
    "company_needs",
    "draws",
    "event_guests",
    "expert_conflicts",
    "growth_steps",
    "institution_partners",
    "partner_wishes",
    "payments",
    "plan_progress",
    "research_projects",
    "roster_entries",
    "draw_seats",
    "park_reservations",
)

#: Whatever writes, a park never holds more than it has. The lock on the park puts writers in a row; each statement of
#: a function sees what was committed before it, so the sum is right when it is taken.
HOLDS_WHAT_IT_HAS = """
create function park_holds_what_it_has() returns trigger language plpgsql as $$
declare
  wanted bigint;
  park parks%rowtype;
  held record;
begin
  if tg_table_name = 'parks' then
    wanted := new.id;
  else
    wanted := new.park_id;
  end if;
  select * into park from parks where id = wanted for no key update;
  select coalesce(sum(land_mu), 0) as land, coalesce(sum(floor_m2), 0) as floor into held
  from park_reservations where park_id = wanted and released_at is null;
  if held.land > coalesce(park.free_mu, 0) or held.floor > coalesce(park.free_floor_m2, 0) then
    raise exception 'park % holds more than it has', wanted using errcode = 'CRM05';
  end if;
  return null;
end $$;
"""


def upgrade() -> None:
    op.create_table(
        "experts",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=100), server_default="", nullable=False),
        sa.Column("group_name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_experts_name")),
        sa.CheckConstraint("btrim(unit) <> ''", name=op.f("ck_experts_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experts")),
        sa.UniqueConstraint("name", "unit", name=op.f("uq_experts_name_unit")),
    )
    op.create_table(
        "funds",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("yearly_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("yearly_is_minimum", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_funds_name")),
        sa.CheckConstraint("yearly_wan >= 0", name=op.f("ck_funds_yearly_wan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funds")),
        sa.UniqueConstraint("name", name=op.f("uq_funds_name")),
    )
    op.create_table(
        "institutions",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "university",
                "institute",
                "laboratory",
                "base",
                "association",
                "consulting",
                "experts",
                "other",
                name="institutionkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="other",
            nullable=False,
        ),
        sa.Column("town", sa.String(length=100), server_default="", nullable=False),
        sa.Column("url", sa.String(length=500), server_default="", nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_institutions_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institutions")),
        sa.UniqueConstraint("name", name=op.f("uq_institutions_name")),
    )
    op.create_table(
        "parks",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("town", sa.String(length=100), server_default="", nullable=False),
        sa.Column("planned_mu", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("planned_is_about", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("free_mu", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("free_floor_m2", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("min_intensity_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("min_tax_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("min_plot_ratio", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("utilities", sa.Text(), server_default="", nullable=False),
        sa.Column("introduction", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_parks_name")),
        sa.CheckConstraint("free_floor_m2 >= 0", name=op.f("ck_parks_free_floor_m2")),
        sa.CheckConstraint("free_mu <= planned_mu", name=op.f("ck_parks_free_within_planned")),
        sa.CheckConstraint("free_mu >= 0", name=op.f("ck_parks_free_mu")),
        sa.CheckConstraint("planned_mu >= 0", name=op.f("ck_parks_planned_mu")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parks")),
        sa.UniqueConstraint("name", name=op.f("uq_parks_name")),
    )
    op.create_table(
        "buildings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("park_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("floor_m2", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("floors", sa.BigInteger(), nullable=True),
        sa.Column("load_t_m2", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("height_m", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column(
            "status",
            sa.Enum("free", "preparing", "taken", name="status", native_enum=False, create_constraint=True, length=32),
            server_default="free",
            nullable=False,
        ),
        sa.Column("ready_on", sa.Date(), nullable=True),
        sa.Column("utilities", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("floor_m2 > 0", name=op.f("ck_buildings_floor_m2")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_buildings_park_id_parks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buildings")),
        sa.UniqueConstraint("park_id", "name", name=op.f("uq_buildings_park_id_name")),
    )
    op.create_table(
        "dossier_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), server_default="", nullable=False),
        sa.Column("published", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ordinal between 1 and 6", name=op.f("ck_dossier_notes_ordinal")),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_dossier_notes_chain_id_chains")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_notes")),
        sa.UniqueConstraint("chain_id", "ordinal", name=op.f("uq_dossier_notes_chain_id_ordinal")),
    )
    op.create_table(
        "events",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "promotion",
                "exhibition",
                "delegation",
                "tour",
                "other",
                name="eventkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="promotion",
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=200), server_default="", nullable=False),
        sa.Column("host", sa.String(length=200), server_default="", nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=True),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_events_name")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_events_ends_on")),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_events_chain_id_chains")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("name", "starts_on", name=op.f("uq_events_name_starts_on")),
    )
    op.create_index(op.f("ix_events_chain_id"), "events", ["chain_id"], unique=False)
    op.create_index("ix_events_starts_on", "events", ["starts_on", "id"], unique=False)
    op.create_table(
        "expert_fields",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("expert_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_expert_fields_expert_id_experts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_fields")),
        sa.UniqueConstraint("expert_id", "name", name=op.f("uq_expert_fields_expert_id_name")),
    )
    op.create_index(op.f("ix_expert_fields_name"), "expert_fields", ["name"], unique=False)
    op.create_table(
        "fund_years",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fund_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("budget_wan", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("budget_wan >= 0", name=op.f("ck_fund_years_budget_wan")),
        sa.CheckConstraint("year between 1990 and 2100", name=op.f("ck_fund_years_year")),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name=op.f("fk_fund_years_fund_id_funds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_years")),
        sa.UniqueConstraint("fund_id", "year", name=op.f("uq_fund_years_fund_id_year")),
    )
    op.create_table(
        "institution_figures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Numeric(precision=16, scale=2), nullable=False),
        sa.Column("unit", sa.String(length=20), server_default="", nullable=False),
        sa.Column("qualifier", sa.String(length=20), server_default="", nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_institution_figures_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_figures")),
        sa.UniqueConstraint(
            "institution_id", "label", "as_of", name=op.f("uq_institution_figures_institution_id_label_as_of")
        ),
    )
    op.create_table(
        "parcels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("park_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("area_mu", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("plot_ratio", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column(
            "status",
            sa.Enum("free", "preparing", "taken", name="status", native_enum=False, create_constraint=True, length=32),
            server_default="free",
            nullable=False,
        ),
        sa.Column("ready_on", sa.Date(), nullable=True),
        sa.Column("utilities", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("area_mu > 0", name=op.f("ck_parcels_area_mu")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_parcels_park_id_parks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcels")),
        sa.UniqueConstraint("park_id", "name", name=op.f("uq_parcels_park_id_name")),
    )
    op.create_table(
        "plans",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=200), server_default="", nullable=False),
        sa.Column("start_year", sa.BigInteger(), nullable=True),
        sa.Column("end_year", sa.BigInteger(), nullable=True),
        sa.Column("chain_id", sa.BigInteger(), nullable=True),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_plans_name")),
        sa.CheckConstraint("end_year >= start_year", name=op.f("ck_plans_end_year")),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_plans_chain_id_chains")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("name", name=op.f("uq_plans_name")),
    )
    op.create_index(op.f("ix_plans_chain_id"), "plans", ["chain_id"], unique=False)
    op.create_table(
        "platforms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("services", sa.Text(), server_default="", nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("how_to_use", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_platforms_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platforms")),
        sa.UniqueConstraint("institution_id", "name", name=op.f("uq_platforms_institution_id_name")),
    )
    op.create_table(
        "policies",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "industry",
                "research",
                "premises",
                "finance",
                "talent",
                "other",
                name="policykind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="industry",
            nullable=False,
        ),
        sa.Column(
            "subject",
            sa.Enum("company", "person", name="subject", native_enum=False, create_constraint=True, length=32),
            server_default="company",
            nullable=False,
        ),
        sa.Column(
            "validity",
            sa.Enum(
                "unverified",
                "draft",
                "published",
                "repealed",
                name="validity",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="unverified",
            nullable=False,
        ),
        sa.Column("document", sa.String(length=300), server_default="", nullable=False),
        sa.Column("doc_number", sa.String(length=100), server_default="", nullable=False),
        sa.Column("issuer", sa.String(length=200), server_default="", nullable=False),
        sa.Column("url", sa.String(length=500), server_default="", nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("clause", sa.Text(), server_default="", nullable=False),
        sa.Column("audience", sa.String(length=300), server_default="", nullable=False),
        sa.Column("departments", sa.String(length=300), server_default="", nullable=False),
        sa.Column("amount_text", sa.Text(), server_default="", nullable=False),
        sa.Column("formula", sa.String(length=500), server_default="", nullable=False),
        sa.Column("cap_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("fund_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_policies_name")),
        sa.CheckConstraint(
            "validity <> 'published' or valid_from is not null", name=op.f("ck_policies_published_from")
        ),
        sa.CheckConstraint("cap_wan >= 0", name=op.f("ck_policies_cap_wan")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_policies_valid_until")),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name=op.f("fk_policies_fund_id_funds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("name", "doc_number", name=op.f("uq_policies_name_doc_number")),
    )
    op.create_index(op.f("ix_policies_fund_id"), "policies", ["fund_id"], unique=False)
    op.create_table(
        "proposals",
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column("title", sa.String(length=200), server_default="", nullable=False),
        sa.Column("session", sa.String(length=200), server_default="", nullable=False),
        sa.Column("doc_number", sa.String(length=100), server_default="", nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("chain_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(number) <> ''", name=op.f("ck_proposals_number")),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_proposals_chain_id_chains")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sa.UniqueConstraint("number", name=op.f("uq_proposals_number")),
    )
    op.create_index(op.f("ix_proposals_chain_id"), "proposals", ["chain_id"], unique=False)
    op.create_table(
        "institution_themes",
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=True),
        sa.Column("segment_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_institution_themes_chain_id_chains")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_institution_themes_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_institution_themes_segment_id_segments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_themes")),
        sa.UniqueConstraint("institution_id", "name", name=op.f("uq_institution_themes_institution_id_name")),
    )
    op.create_index(op.f("ix_institution_themes_chain_id"), "institution_themes", ["chain_id"], unique=False)
    op.create_index(op.f("ix_institution_themes_segment_id"), "institution_themes", ["segment_id"], unique=False)
    op.create_table(
        "park_themes",
        sa.Column("park_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=True),
        sa.Column("segment_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_park_themes_chain_id_chains")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_park_themes_park_id_parks")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_park_themes_segment_id_segments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_park_themes")),
        sa.UniqueConstraint("park_id", "name", name=op.f("uq_park_themes_park_id_name")),
    )
    op.create_index(op.f("ix_park_themes_chain_id"), "park_themes", ["chain_id"], unique=False)
    op.create_index(op.f("ix_park_themes_segment_id"), "park_themes", ["segment_id"], unique=False)
    op.create_table(
        "plan_tasks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("lead", sa.String(length=200), server_default="", nullable=False),
        sa.Column("supporting", sa.String(length=500), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(title) <> ''", name=op.f("ck_plan_tasks_title")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_tasks_plan_id_plans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_tasks")),
        sa.UniqueConstraint("plan_id", "title", name=op.f("uq_plan_tasks_plan_id_title")),
    )
    op.create_table(
        "policy_conditions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("policy_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "fact",
            sa.Enum(
                "investment_wan",
                "fixed_investment_wan",
                "output_wan",
                "land_mu",
                "floor_m2",
                "jobs",
                "energy_tce",
                "intensity_wan_per_mu",
                "employees",
                "chain",
                "segment",
                "route",
                "phase",
                name="fact",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "operator",
            sa.Enum(
                "at_least",
                "at_most",
                "is",
                "among",
                name="operator",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.String(length=300), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(value) <> ''", name=op.f("ck_policy_conditions_value")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_policy_conditions_policy_id_policies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_conditions")),
    )
    op.create_index(op.f("ix_policy_conditions_policy_id"), "policy_conditions", ["policy_id"], unique=False)
    op.create_table(
        "policy_grades",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("policy_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("amount_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount_wan >= 0", name=op.f("ck_policy_grades_amount_wan")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_policy_grades_policy_id_policies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_grades")),
        sa.UniqueConstraint("policy_id", "name", name=op.f("uq_policy_grades_policy_id_name")),
    )
    op.create_table(
        "policy_reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("policy_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("fair", "legal", name="reviewkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("reviewer", sa.String(length=200), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column(
            "conclusion",
            sa.Enum(
                "passed",
                "exception",
                "refused",
                name="conclusion",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("exception_basis", sa.Text(), server_default="", nullable=False),
        sa.Column("exception_until", sa.Date(), nullable=True),
        sa.Column("doc_number", sa.String(length=100), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(reviewer) <> ''", name=op.f("ck_policy_reviews_reviewer")),
        sa.CheckConstraint(
            "conclusion <> 'exception' or (btrim(exception_basis) <> '' and exception_until is not null)",
            name=op.f("ck_policy_reviews_exception"),
        ),
        sa.CheckConstraint("conclusion <> 'exception' or kind = 'fair'", name=op.f("ck_policy_reviews_exception_kind")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_policy_reviews_policy_id_policies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_reviews")),
    )
    op.create_index(op.f("ix_policy_reviews_policy_id"), "policy_reviews", ["policy_id"], unique=False)
    op.create_table(
        "policy_themes",
        sa.Column("policy_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=True),
        sa.Column("segment_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_policy_themes_chain_id_chains")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_policy_themes_policy_id_policies")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_policy_themes_segment_id_segments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_themes")),
        sa.UniqueConstraint("policy_id", "name", name=op.f("uq_policy_themes_policy_id_name")),
    )
    op.create_index(op.f("ix_policy_themes_chain_id"), "policy_themes", ["chain_id"], unique=False)
    op.create_index(op.f("ix_policy_themes_segment_id"), "policy_themes", ["segment_id"], unique=False)
    op.create_table(
        "proposal_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("proposal_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("opinion", sa.String(length=50), server_default="", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(title) <> ''", name=op.f("ck_proposal_items_title")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_proposal_items_plan_id_plans")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_proposal_items_proposal_id_proposals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_items")),
        sa.UniqueConstraint("proposal_id", "ordinal", name=op.f("uq_proposal_items_proposal_id_ordinal")),
    )
    op.create_index(op.f("ix_proposal_items_plan_id"), "proposal_items", ["plan_id"], unique=False)
    op.create_table(
        "company_needs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "land",
                "labour",
                "finance",
                "technology",
                "market",
                "other",
                name="needkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="other",
            nullable=False,
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(body) <> ''", name=op.f("ck_company_needs_body")),
        sa.CheckConstraint("settled_on is null or btrim(answer) <> ''", name=op.f("ck_company_needs_settled_answer")),
        sa.CheckConstraint("settled_on >= raised_on", name=op.f("ck_company_needs_settled_on")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_company_needs_company_id_companies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_needs")),
    )
    op.create_index(op.f("ix_company_needs_company_id"), "company_needs", ["company_id"], unique=False)
    op.create_table(
        "draws",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("field", sa.String(length=100), server_default="", nullable=False),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=True),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("ranking", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("left_out", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(purpose) <> ''", name=op.f("ck_draws_purpose")),
        sa.CheckConstraint("wanted > 0", name=op.f("ck_draws_wanted")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_draws_by_id_users")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_draws_company_id_companies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draws")),
    )
    op.create_index(op.f("ix_draws_by_id"), "draws", ["by_id"], unique=False)
    op.create_index(op.f("ix_draws_company_id"), "draws", ["company_id"], unique=False)
    op.create_table(
        "event_guests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(length=200), server_default="", nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=True),
        sa.Column("is_lead", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("lead", sa.String(length=500), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("company_id is not null or btrim(unit) <> ''", name=op.f("ck_event_guests_who")),
        sa.CheckConstraint("people > 0", name=op.f("ck_event_guests_people")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_event_guests_company_id_companies")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_guests_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_guests")),
        sa.UniqueConstraint("event_id", "company_id", name=op.f("uq_event_guests_event_id_company_id")),
    )
    op.create_index(op.f("ix_event_guests_company_id"), "event_guests", ["company_id"], unique=False)
    op.create_table(
        "expert_conflicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("expert_id", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_expert_conflicts_company_id_companies")
        ),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_expert_conflicts_expert_id_experts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_conflicts")),
        sa.UniqueConstraint("expert_id", "company_id", name=op.f("uq_expert_conflicts_expert_id_company_id")),
    )
    op.create_index(op.f("ix_expert_conflicts_company_id"), "expert_conflicts", ["company_id"], unique=False)
    op.create_table(
        "growth_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "scale",
                "high_tech",
                "specialised",
                "little_giant",
                "champion",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "reached",
                "applying",
                "nurtured",
                name="stepstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="nurtured",
            nullable=False,
        ),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_growth_steps_company_id_companies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_growth_steps")),
        sa.UniqueConstraint("company_id", "step", name=op.f("uq_growth_steps_company_id_step")),
    )
    op.create_table(
        "institution_partners",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=200), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_institution_partners_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_institution_partners_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_partners")),
        sa.UniqueConstraint(
            "institution_id", "company_id", name=op.f("uq_institution_partners_institution_id_company_id")
        ),
    )
    op.create_index(op.f("ix_institution_partners_company_id"), "institution_partners", ["company_id"], unique=False)
    op.create_table(
        "partner_wishes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(body) <> ''", name=op.f("ck_partner_wishes_body")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_partner_wishes_company_id_companies")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_partner_wishes_segment_id_segments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_wishes")),
    )
    op.create_index(op.f("ix_partner_wishes_company_id"), "partner_wishes", ["company_id"], unique=False)
    op.create_index(op.f("ix_partner_wishes_segment_id"), "partner_wishes", ["segment_id"], unique=False)
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fund_id", sa.BigInteger(), nullable=False),
        sa.Column("policy_id", sa.BigInteger(), nullable=True),
        sa.Column("company_id", sa.BigInteger(), nullable=True),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("forecast_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("paid_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("forecast_wan >= 0", name=op.f("ck_payments_forecast_wan")),
        sa.CheckConstraint("num_nonnulls(forecast_wan, paid_wan) > 0", name=op.f("ck_payments_amount")),
        sa.CheckConstraint("paid_wan >= 0", name=op.f("ck_payments_paid_wan")),
        sa.CheckConstraint("year between 1990 and 2100", name=op.f("ck_payments_year")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_payments_company_id_companies")),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name=op.f("fk_payments_fund_id_funds")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_payments_policy_id_policies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index(op.f("ix_payments_company_id"), "payments", ["company_id"], unique=False)
    op.create_index("ix_payments_fund_id", "payments", ["fund_id", "year", "id"], unique=False)
    op.create_index(op.f("ix_payments_policy_id"), "payments", ["policy_id"], unique=False)
    op.create_table(
        "plan_progress",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(body) <> ''", name=op.f("ck_plan_progress_body")),
        sa.CheckConstraint("percent < 100 or btrim(evidence) <> ''", name=op.f("ck_plan_progress_evidence")),
        sa.CheckConstraint("percent between 0 and 100", name=op.f("ck_plan_progress_percent")),
        sa.ForeignKeyConstraint(["task_id"], ["plan_tasks.id"], name=op.f("fk_plan_progress_task_id_plan_tasks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_progress")),
    )
    op.create_index(op.f("ix_plan_progress_task_id"), "plan_progress", ["task_id"], unique=False)
    op.create_table(
        "research_projects",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("amount_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount_wan >= 0", name=op.f("ck_research_projects_amount_wan")),
        sa.CheckConstraint("ends_on >= started_on", name=op.f("ck_research_projects_ends_on")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_research_projects_company_id_companies")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_research_projects_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_research_projects")),
        sa.UniqueConstraint("institution_id", "name", name=op.f("uq_research_projects_institution_id_name")),
    )
    op.create_index(op.f("ix_research_projects_company_id"), "research_projects", ["company_id"], unique=False)
    op.create_table(
        "roster_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["chain_id"], ["chains.id"], name=op.f("fk_roster_entries_chain_id_chains")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_roster_entries_company_id_companies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_entries")),
        sa.UniqueConstraint("chain_id", "company_id", name=op.f("uq_roster_entries_chain_id_company_id")),
    )
    op.create_index(op.f("ix_roster_entries_company_id"), "roster_entries", ["company_id"], unique=False)
    op.create_table(
        "draw_seats",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("expert_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "invited", "accepted", "refused", name="seatstate", native_enum=False, create_constraint=True, length=32
            ),
            server_default="invited",
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state <> 'refused' or btrim(reason) <> ''", name=op.f("ck_draw_seats_reason")),
        sa.CheckConstraint("state <> 'refused' or score is null", name=op.f("ck_draw_seats_refused_score")),
        sa.CheckConstraint("score between 0 and 100", name=op.f("ck_draw_seats_score")),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_draw_seats_draw_id_draws")),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_draw_seats_expert_id_experts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_seats")),
        sa.UniqueConstraint("draw_id", "expert_id", name=op.f("uq_draw_seats_draw_id_expert_id")),
        sa.UniqueConstraint("draw_id", "ordinal", name=op.f("uq_draw_seats_draw_id_ordinal")),
    )
    op.create_index(op.f("ix_draw_seats_expert_id"), "draw_seats", ["expert_id"], unique=False)
    op.create_table(
        "event_projects",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_projects_event_id_events")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_event_projects_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_projects")),
        sa.UniqueConstraint("event_id", "project_id", name=op.f("uq_event_projects_event_id_project_id")),
    )
    op.create_index(op.f("ix_event_projects_project_id"), "event_projects", ["project_id"], unique=False)
    op.create_table(
        "park_reservations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("park_id", sa.BigInteger(), nullable=False),
        sa.Column("land_mu", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("floor_m2", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=300), server_default="", nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_reason", sa.String(length=300), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "released_at is null or btrim(release_reason) <> ''", name=op.f("ck_park_reservations_release_reason")
        ),
        sa.CheckConstraint(
            "coalesce(land_mu, 0) + coalesce(floor_m2, 0) > 0", name=op.f("ck_park_reservations_something")
        ),
        sa.CheckConstraint("floor_m2 >= 0", name=op.f("ck_park_reservations_floor_m2")),
        sa.CheckConstraint("land_mu >= 0", name=op.f("ck_park_reservations_land_mu")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_park_reservations_by_id_users")),
        sa.ForeignKeyConstraint(["park_id"], ["parks.id"], name=op.f("fk_park_reservations_park_id_parks")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_park_reservations_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_park_reservations")),
    )
    op.create_index(op.f("ix_park_reservations_by_id"), "park_reservations", ["by_id"], unique=False)
    op.create_index("ix_park_reservations_park_id", "park_reservations", ["park_id", "released_at", "id"], unique=False)
    op.create_index(op.f("ix_park_reservations_project_id"), "park_reservations", ["project_id"], unique=False)
    op.create_index(
        "uq_park_reservations_held",
        "park_reservations",
        ["project_id", "park_id"],
        unique=True,
        postgresql_where=sa.text("released_at is null"),
    )
    op.create_table(
        "project_draws",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.id"], name=op.f("fk_project_draws_draw_id_draws")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_draws_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_draws")),
        sa.UniqueConstraint("draw_id", name=op.f("uq_project_draws_draw_id")),
    )
    op.create_index(op.f("ix_project_draws_project_id"), "project_draws", ["project_id"], unique=False)
    for table in UNVERSIONED:
        for statement in history_ddl(table, []):
            op.execute(statement)
    for table in VERSIONED:
        for statement in (
            *history_ddl(table, ["updated_at", "version"]),
            version_ddl(table, ["updated_at", "version"]),
        ):
            op.execute(statement)
    op.execute(HOLDS_WHAT_IT_HAS)
    op.execute(
        "create trigger park_holds_what_it_has after insert or update on park_reservations for each row"
        " when (new.released_at is null) execute function park_holds_what_it_has()"
    )
    op.execute(
        "create trigger park_holds_what_it_has after update of free_mu, free_floor_m2 on parks for each row"
        " execute function park_holds_what_it_has()"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_project_draws_project_id"), table_name="project_draws")
    op.drop_table("project_draws")
    op.drop_index(
        "uq_park_reservations_held", table_name="park_reservations", postgresql_where=sa.text("released_at is null")
    )
    op.drop_index(op.f("ix_park_reservations_project_id"), table_name="park_reservations")
    op.drop_index("ix_park_reservations_park_id", table_name="park_reservations")
    op.drop_index(op.f("ix_park_reservations_by_id"), table_name="park_reservations")
    op.drop_table("park_reservations")
    op.drop_index(op.f("ix_event_projects_project_id"), table_name="event_projects")
    op.drop_table("event_projects")
    op.drop_index(op.f("ix_draw_seats_expert_id"), table_name="draw_seats")
    op.drop_table("draw_seats")
    op.drop_index(op.f("ix_roster_entries_company_id"), table_name="roster_entries")
    op.drop_table("roster_entries")
    op.drop_index(op.f("ix_research_projects_company_id"), table_name="research_projects")
    op.drop_table("research_projects")
    op.drop_index(op.f("ix_plan_progress_task_id"), table_name="plan_progress")
    op.drop_table("plan_progress")
    op.drop_index(op.f("ix_payments_policy_id"), table_name="payments")
    op.drop_index("ix_payments_fund_id", table_name="payments")
    op.drop_index(op.f("ix_payments_company_id"), table_name="payments")
    op.drop_table("payments")
    op.drop_index(op.f("ix_partner_wishes_segment_id"), table_name="partner_wishes")
    op.drop_index(op.f("ix_partner_wishes_company_id"), table_name="partner_wishes")
    op.drop_table("partner_wishes")
    op.drop_index(op.f("ix_institution_partners_company_id"), table_name="institution_partners")
    op.drop_table("institution_partners")
    op.drop_table("growth_steps")
    op.drop_index(op.f("ix_expert_conflicts_company_id"), table_name="expert_conflicts")
    op.drop_table("expert_conflicts")
    op.drop_index(op.f("ix_event_guests_company_id"), table_name="event_guests")
    op.drop_table("event_guests")
    op.drop_index(op.f("ix_draws_company_id"), table_name="draws")
    op.drop_index(op.f("ix_draws_by_id"), table_name="draws")
    op.drop_table("draws")
    op.drop_index(op.f("ix_company_needs_company_id"), table_name="company_needs")
    op.drop_table("company_needs")
    op.drop_index(op.f("ix_proposal_items_plan_id"), table_name="proposal_items")
    op.drop_table("proposal_items")
    op.drop_index(op.f("ix_policy_themes_segment_id"), table_name="policy_themes")
    op.drop_index(op.f("ix_policy_themes_chain_id"), table_name="policy_themes")
    op.drop_table("policy_themes")
    op.drop_index(op.f("ix_policy_reviews_policy_id"), table_name="policy_reviews")
    op.drop_table("policy_reviews")
    op.drop_table("policy_grades")
    op.drop_index(op.f("ix_policy_conditions_policy_id"), table_name="policy_conditions")
    op.drop_table("policy_conditions")
    op.drop_table("plan_tasks")
    op.drop_index(op.f("ix_park_themes_segment_id"), table_name="park_themes")
    op.drop_index(op.f("ix_park_themes_chain_id"), table_name="park_themes")
    op.drop_table("park_themes")
    op.drop_index(op.f("ix_institution_themes_segment_id"), table_name="institution_themes")
    op.drop_index(op.f("ix_institution_themes_chain_id"), table_name="institution_themes")
    op.drop_table("institution_themes")
    op.drop_index(op.f("ix_proposals_chain_id"), table_name="proposals")
    op.drop_table("proposals")
    op.drop_index(op.f("ix_policies_fund_id"), table_name="policies")
    op.drop_table("policies")
    op.drop_table("platforms")
    op.drop_index(op.f("ix_plans_chain_id"), table_name="plans")
    op.drop_table("plans")
    op.drop_table("parcels")
    op.drop_table("institution_figures")
    op.drop_table("fund_years")
    op.drop_index(op.f("ix_expert_fields_name"), table_name="expert_fields")
    op.drop_table("expert_fields")
    op.drop_index("ix_events_starts_on", table_name="events")
    op.drop_index(op.f("ix_events_chain_id"), table_name="events")
    op.drop_table("events")
    op.drop_table("dossier_notes")
    op.drop_table("buildings")
    op.drop_table("parks")
    op.drop_table("institutions")
    op.drop_table("funds")
    op.drop_table("experts")
    op.execute("drop function park_holds_what_it_has()")
