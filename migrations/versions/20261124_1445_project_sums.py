"""Counts and sums of projects by stage are read from an index alone.

Revision ID: project_sums
Revises: demand_tasks
"""

import sqlalchemy as sa
from alembic import op

revision = "project_sums"
down_revision = "demand_tasks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_projects_sums",
        "projects",
        ["stage_id", "status", "secrecy", "owner_id", "office_id"],
        postgresql_include=["id", "investment_wan", "route_id"],
        postgresql_where=sa.text("archived_at is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_projects_sums", table_name="projects")
