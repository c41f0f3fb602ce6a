"""Trips: which companies are visited in which order.

Revision ID: trips
Revises: weekly_lines
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl, version_ddl

revision = "trips"
down_revision = "weekly_lines"
branch_labels = None
depends_on = None

VERSIONED = ("trips", "trip_stops")


def versioned() -> list[sa.Column]:
    """The columns of a row that people edit."""
    now = sa.text("now()")
    return [
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "trips",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        *versioned(),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_trips_name")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_trips_days")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_trips_owner_id_users")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_trips_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trips")),
    )
    op.create_index("ix_trips_owner_id", "trips", ["owner_id", "starts_on", "id"])
    op.create_index("ix_trips_office_id", "trips", ["office_id", "starts_on", "id"])
    op.create_index("ix_trips_starts_on", "trips", ["starts_on", "id"])
    op.create_table(
        "trip_officers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("trip_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["trip_id"], ["trips.id"], name=op.f("fk_trip_officers_trip_id_trips")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_trip_officers_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trip_officers")),
        sa.UniqueConstraint("trip_id", "user_id", name=op.f("uq_trip_officers_trip_id_user_id")),
    )
    op.create_index("ix_trip_officers_user_id", "trip_officers", ["user_id"])
    op.create_table(
        "trip_stops",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("trip_id", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("at", sa.Time()),
        sa.Column("ordinal", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("interaction_id", sa.BigInteger()),
        *versioned(),
        sa.ForeignKeyConstraint(["trip_id"], ["trips.id"], name=op.f("fk_trip_stops_trip_id_trips")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_trip_stops_company_id_companies")),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_trip_stops_interaction_id_interactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trip_stops")),
    )
    op.create_index("ix_trip_stops_company_id", "trip_stops", ["company_id"])
    op.create_index("ix_trip_stops_interaction_id", "trip_stops", ["interaction_id"])
    op.create_index("ix_trip_stops_trip_id", "trip_stops", ["trip_id", "on_day", "ordinal", "id"])
    op.create_index("ix_trip_stops_on_day", "trip_stops", ["on_day", "trip_id"])
    for table in VERSIONED:
        op.execute(version_ddl(table, ["updated_at", "version"]))
        for statement in history_ddl(table, ["updated_at", "version"]):
            op.execute(statement)
    for statement in history_ddl("trip_officers", []):
        op.execute(statement)


def downgrade() -> None:
    for table in ("trip_stops", "trip_officers", "trips"):
        op.drop_table(table)
