"""Ranking of targets: its weights, and an index over what companies make.

Revision ID: ranking
Revises: saved_views
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl, version_ddl

revision = "ranking"
down_revision = "saved_views"
branch_labels = None
depends_on = None

#: Pairs of neighbouring characters, as crm/gaps/ranking/fit.py asks for them. An index over the expression needs no
#: column, no trigger and nobody who remembers to fill it.
FUNCTION = r"""
create function product_words(products text) returns tsvector
language sql immutable strict parallel safe as $$
  select coalesce(array_to_tsvector(array_agg(distinct substr(plain, n, 2))), ''::tsvector)
  from (select regexp_replace(lower(normalize(left(products, 2000), nfkc)), '\s', '', 'g') as plain) as text,
    generate_series(1, length(plain) - 1) as n
$$
"""
POINTS = {"fit": 45, "capability": 20, "place": 10, "warmth": 10, "expansion": 15}
#: Of the points for place, a company that lies in no cluster gets so much.
ELSEWHERE = 30


def upgrade() -> None:
    op.create_table(
        "ranking_weights",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        *versioned(),
        sa.CheckConstraint(
            "part IN ('fit', 'capability', 'place', 'warmth', 'expansion')", name=op.f("ck_ranking_weights_part")
        ),
        sa.CheckConstraint("points between 0 and 100", name=op.f("ck_ranking_weights_points")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking_weights")),
        sa.UniqueConstraint("part", name=op.f("uq_ranking_weights_part")),
    )
    op.create_table(
        "cluster_preferences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("cluster_id", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        *versioned(),
        sa.CheckConstraint("percent between 0 and 100", name=op.f("ck_cluster_preferences_percent")),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["clusters.id"], name=op.f("fk_cluster_preferences_cluster_id_clusters")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_preferences")),
    )
    op.create_index(
        "uq_cluster_preferences_cluster_id",
        "cluster_preferences",
        ["cluster_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.execute("select set_config('crm.actor', '0', true)")
    for table in ("ranking_weights", "cluster_preferences"):
        for statement in history_ddl(table, ["updated_at", "version"]):
            op.execute(statement)
        op.execute(version_ddl(table, ["updated_at", "version"]))
    for part, points in POINTS.items():
        op.execute(f"insert into ranking_weights (part, points) values ('{part}', {points})")  # noqa: S608 -- above
    op.execute(f"insert into cluster_preferences (cluster_id, percent) values (null, {ELSEWHERE})")  # noqa: S608
    op.execute(FUNCTION)
    op.execute(
        "create index ix_companies_products on companies using gin (product_words(products)) with (fastupdate = on)"
        " where archived_at is null"
    )
    op.create_index(
        "ix_companies_stirred",
        "companies",
        ["id"],
        postgresql_where=sa.text("archived_at is null and (last_contact_on is not null or expansion_signal <> '')"),
    )


def versioned() -> list[sa.Column[object]]:
    """The columns of what people edit."""
    now = sa.text("now()")
    return [
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
    ]


def downgrade() -> None:
    op.drop_index("ix_companies_stirred", table_name="companies")
    op.execute("drop index ix_companies_products")
    op.execute("drop function product_words(text)")
    op.drop_table("cluster_preferences")
    op.drop_table("ranking_weights")
