"""首谈 of projects, what others ask of it, and shares of credit.

Revision ID: claims
Revises: gap_history
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl, version_ddl

revision = "claims"
down_revision = "gap_history"
branch_labels = None
depends_on = None

TABLES = (
    "claims",
    "project_shares",
    "claim_requests",
)


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "recorded",
                "filed",
                "accepted",
                "refused",
                "lapsed",
                "ended",
                name="claimstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "evidence",
            sa.Enum("contact", "wish", name="evidence", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("interaction_id", sa.BigInteger(), nullable=True),
        sa.Column("wish", sa.Text(), server_default="", nullable=False),
        sa.Column("wish_on", sa.Date(), nullable=True),
        sa.Column("kept_since", sa.Date(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("evidence <> 'contact' or interaction_id is not null", name=op.f("ck_claims_contact")),
        sa.CheckConstraint(
            "evidence <> 'wish' or (btrim(wish) <> '' and wish_on is not null)", name=op.f("ck_claims_wish")
        ),
        sa.CheckConstraint(
            "state not in ('refused', 'lapsed', 'ended') or btrim(reason) <> ''", name=op.f("ck_claims_reason")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_claims_decided_by_id_users")),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_claims_interaction_id_interactions")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_claims_office_id_offices")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_claims_owner_id_users")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_claims_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_decided_by_id"), "claims", ["decided_by_id"], unique=False)
    op.create_index(op.f("ix_claims_interaction_id"), "claims", ["interaction_id"], unique=False)
    op.create_index(op.f("ix_claims_office_id"), "claims", ["office_id"], unique=False)
    op.create_index(op.f("ix_claims_owner_id"), "claims", ["owner_id"], unique=False)
    op.create_index(op.f("ix_claims_project_id"), "claims", ["project_id"], unique=False)
    op.create_index("ix_claims_state", "claims", ["state", "id"], unique=False)
    op.create_index(
        "uq_claims_live",
        "claims",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("state in ('recorded', 'filed', 'accepted')"),
    )
    op.create_table(
        "project_shares",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("percent between 0 and 100", name=op.f("ck_project_shares_percent")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_project_shares_office_id_offices")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_shares_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_shares")),
        sa.UniqueConstraint("project_id", "office_id", name=op.f("uq_project_shares_project_id_office_id")),
    )
    op.create_index(op.f("ix_project_shares_office_id"), "project_shares", ["office_id"], unique=False)
    op.create_table(
        "claim_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "join", "hand_over", "dispute", name="requestkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "agreed",
                "done",
                "refused",
                "withdrawn",
                name="requeststate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="asked",
            nullable=False,
        ),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), server_default="", nullable=False),
        sa.Column("wish_on", sa.Date(), nullable=True),
        sa.Column("is_wish_refuted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("to_asker", "joint", "keep", name="outcome", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("kept_percent", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by_id", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(btrim(wish) = '') = (wish_on is null)", name=op.f("ck_claim_requests_wish_with_day")),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_claim_requests_reason")),
        sa.CheckConstraint("decided_at is null or btrim(decision) <> ''", name=op.f("ck_claim_requests_decision")),
        sa.CheckConstraint(
            "state in ('asked', 'withdrawn') or outcome is not null", name=op.f("ck_claim_requests_outcome_given")
        ),
        sa.CheckConstraint("kept_percent between 0 and 100", name=op.f("ck_claim_requests_kept_percent")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_requests_claim_id_claims")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_claim_requests_decided_by_id_users")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_claim_requests_office_id_offices")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_claim_requests_owner_id_users")),
        sa.ForeignKeyConstraint(["received_by_id"], ["users.id"], name=op.f("fk_claim_requests_received_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_requests")),
    )
    op.create_index(op.f("ix_claim_requests_decided_by_id"), "claim_requests", ["decided_by_id"], unique=False)
    op.create_index(op.f("ix_claim_requests_office_id"), "claim_requests", ["office_id"], unique=False)
    op.create_index(op.f("ix_claim_requests_owner_id"), "claim_requests", ["owner_id"], unique=False)
    op.create_index(op.f("ix_claim_requests_received_by_id"), "claim_requests", ["received_by_id"], unique=False)
    op.create_index(
        "uq_claim_requests_open",
        "claim_requests",
        ["claim_id", "office_id"],
        unique=True,
        postgresql_where=sa.text("state in ('asked', 'agreed')"),
    )
    # ### end Alembic commands ###
    for table in TABLES:
        unrecorded = ["updated_at", "version"]
        for statement in (*history_ddl(table, unrecorded), version_ddl(table, unrecorded)):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
