"""Stages may change places and be retired, routes are switched off and say themselves what sites they need.

Revision ID: route_editor
Revises: reshapings
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import version_ddl

revision = "route_editor"
down_revision = "reshapings"
branch_labels = None
depends_on = None

#: Versioned tables that get columns: the trigger names its columns.
WIDENED = ("routes", "stages")
KINDS = "kind in ('opening', 'imported', 'forward', 'back', 'rerouted'%s)"


def upgrade() -> None:
    op.execute("select set_config('crm.actor', '0', true)")
    for table in WIDENED:
        op.execute(f"drop trigger raise_version on {table}")
    for name, default in (("takes_land", "false"), ("takes_premises", "false"), ("is_active", "true")):
        op.add_column("routes", sa.Column(name, sa.Boolean(), server_default=sa.text(default), nullable=False))
    op.execute("update routes set takes_land = slug = 'greenfield', takes_premises = slug = 'premises'")
    op.add_column("stages", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("uq_stages_route_id_name"), "stages", type_="unique")
    op.drop_constraint(op.f("uq_stages_route_id_ordinal"), "stages", type_="unique")
    op.create_unique_constraint(
        op.f("uq_stages_route_id_retired_at_ordinal"),
        "stages",
        ["route_id", "retired_at", "ordinal"],
        postgresql_nulls_not_distinct=True,
        deferrable=True,
        initially="DEFERRED",
    )
    op.create_index(
        "uq_stages_route_id_name",
        "stages",
        ["route_id", "name"],
        unique=True,
        postgresql_where=sa.text("retired_at is null"),
    )
    allow_kinds(KINDS % ", 'stage_retired'")
    for table in WIDENED:
        op.execute(version_ddl(table, ["updated_at", "version"]))


def allow_kinds(kinds: str) -> None:
    """Say which kinds a change of stage may have."""
    op.drop_constraint(op.f("ck_stage_changes_changekind"), "stage_changes", type_="check")
    op.create_check_constraint(op.f("ck_stage_changes_changekind"), "stage_changes", kinds)


def downgrade() -> None:
    op.execute("select set_config('crm.actor', '0', true)")
    op.execute("update stage_changes set kind = 'rerouted', reason = '阶段停用' where kind = 'stage_retired'")
    allow_kinds(KINDS % "")
    op.drop_index("uq_stages_route_id_name", table_name="stages")
    op.drop_constraint(op.f("uq_stages_route_id_retired_at_ordinal"), "stages", type_="unique")
    # Retired stages stay behind the others of their route, under names that are theirs alone.
    op.execute(
        "update stages set ordinal = 1000 + id, name = left(name, 180) || ' #' || id where retired_at is not null"
    )
    op.create_unique_constraint(op.f("uq_stages_route_id_ordinal"), "stages", ["route_id", "ordinal"])
    op.create_unique_constraint(op.f("uq_stages_route_id_name"), "stages", ["route_id", "name"])
    for table in WIDENED:
        op.execute(f"drop trigger raise_version on {table}")
    op.drop_column("stages", "retired_at")
    for name in ("is_active", "takes_premises", "takes_land"):
        op.drop_column("routes", name)
    for table in WIDENED:
        op.execute(version_ddl(table, ["updated_at", "version"]))
