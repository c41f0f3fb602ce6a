"""Codes besides the password (两步验证), for those of whom the installation asks them.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import version_ddl

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: What does not count as an edit of a user.
UNRECORDED = ["password_hash", "updated_at", "version"]


def upgrade() -> None:
    op.execute("drop trigger raise_version on users")
    op.add_column("users", sa.Column("second_factor_since", sa.DateTime(timezone=True)))
    op.execute(version_ddl("users", UNRECORDED))
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("cipher", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_second_factors_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )


def downgrade() -> None:
    op.drop_table("second_factors")
    op.execute("drop trigger raise_version on users")
    op.drop_column("users", "second_factor_since")
    op.execute(version_ddl("users", UNRECORDED))
