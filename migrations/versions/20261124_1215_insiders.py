"""知情人 of projects; who is named on a 受限 one begins the list.

Revision ID: insiders
Revises: pipeline_acts
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl, version_ddl

revision = "insiders"
down_revision = "pipeline_acts"
branch_labels = None
depends_on = None

#: Who is named on a 受限 project already; the day is that of being named, or of the project.
TAKE_OVER = """
    insert into insiders (project_id, user_id, name, unit, reason, entered_on)
    select distinct on (named.project_id, named.user_id) named.project_id, named.user_id, u.display_name, o.name,
      named.duty, (named.at at time zone 'Asia/Shanghai')::date
    from (
      select id as project_id, owner_id as user_id, '负责人' as duty, created_at as at from projects
        where secrecy = 'restricted'
      union all
      select id, sponsor_id, '挂点领导', created_at from projects where secrecy = 'restricted'
      union all
      select m.project_id, m.user_id, '专班成员', m.created_at from project_members m
        join projects p on p.id = m.project_id where p.secrecy = 'restricted'
    ) named
    join users u on u.id = named.user_id join offices o on o.id = u.office_id
    order by named.project_id, named.user_id, named.at
"""

TABLES = ("insiders",)


def upgrade() -> None:
    op.create_table(
        "insiders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=200), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=300), server_default="", nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_insiders_name")),
        sa.CheckConstraint("left_on >= entered_on", name=op.f("ck_insiders_left_after_entered")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_insiders_by_id_users")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_insiders_project_id_projects")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_insiders_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insiders")),
    )
    op.create_index(op.f("ix_insiders_by_id"), "insiders", ["by_id"], unique=False)
    op.create_index(op.f("ix_insiders_project_id"), "insiders", ["project_id"], unique=False)
    op.create_index(op.f("ix_insiders_user_id"), "insiders", ["user_id"], unique=False)
    op.create_index(
        "uq_insiders_present",
        "insiders",
        ["project_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("left_on is null and user_id is not null"),
    )
    # ### end Alembic commands ###
    for table in TABLES:
        unrecorded = ["updated_at", "version"]
        for statement in (*history_ddl(table, unrecorded), version_ddl(table, unrecorded)):
            op.execute(statement)
    op.execute("select set_config('crm.actor', '0', true)")
    op.execute(TAKE_OVER)
    op.execute("select set_config('crm.actor', '', true)")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
