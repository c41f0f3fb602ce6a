"""How a person wants to be told: by mail, through the webhook.

Revision ID: notice_choices
Revises: notices
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl, version_ddl

revision = "notice_choices"
down_revision = "notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("mailed_at", sa.DateTime(timezone=True)))
    op.add_column("notices", sa.Column("posted_at", sa.DateTime(timezone=True)))
    op.create_table(
        "notice_choices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(254), server_default="", nullable=False),
        sa.Column("by_mail", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("by_webhook", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("email <> '' or not by_mail", name=op.f("ck_notice_choices_address")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_choices_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_choices")),
        sa.UniqueConstraint("user_id", name=op.f("uq_notice_choices_user_id")),
    )
    for statement in history_ddl("notice_choices", ["updated_at", "version"]):
        op.execute(statement)
    op.execute(version_ddl("notice_choices", ["updated_at", "version"]))


def downgrade() -> None:
    op.drop_table("notice_choices")
    op.drop_column("notices", "posted_at")
    op.drop_column("notices", "mailed_at")
