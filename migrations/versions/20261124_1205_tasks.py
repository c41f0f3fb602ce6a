"""Tasks that repeat, with watchers, of instructions; photos and files of contacts.

Revision ID: tasks
Revises: merging
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl, version_ddl

revision = "tasks"
down_revision = "merging"
branch_labels = None
depends_on = None

#: table: (its column, the table that it points to) twice; which of them is unique by itself.
LINKS = {
    "task_watchers": (("task_id", "tasks"), ("user_id", "users")),
    "instruction_tasks": (("instruction_id", "instructions"), ("task_id", "tasks")),
    "interaction_documents": (("interaction_id", "interactions"), ("document_id", "documents")),
}


def upgrade() -> None:
    op.execute("drop trigger raise_version on tasks")
    repeats = sa.Enum(
        "weekly", "monthly", "quarterly", "yearly", name="repeat", native_enum=False, create_constraint=True, length=32
    )
    op.add_column("tasks", sa.Column("repeat", repeats))
    op.add_column("tasks", sa.Column("follows_id", sa.BigInteger()))
    op.create_check_constraint(op.f("ck_tasks_repeats_from_a_day"), "tasks", "repeat is null or due_on is not null")
    op.create_foreign_key(op.f("fk_tasks_follows_id_tasks"), "tasks", "tasks", ["follows_id"], ["id"])
    op.create_unique_constraint(op.f("uq_tasks_follows_id"), "tasks", ["follows_id"])
    op.execute(version_ddl("tasks", ["updated_at", "version"]))
    for table, links in LINKS.items():
        create_link(table, *links)


def create_link(table: str, first: tuple[str, str], second: tuple[str, str]) -> None:
    """An association table under history."""
    names = [name for name, _target in (first, second)]
    unique = names if table != "instruction_tasks" else ["task_id"]
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in names),
        *(
            sa.ForeignKeyConstraint([name], [f"{target}.id"], name=op.f(f"fk_{table}_{name}_{target}"))
            for name, target in (first, second)
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(*unique, name=op.f(f"uq_{table}_{'_'.join(unique)}")),
    )
    indexed = second[0] if unique == names else first[0]
    op.create_index(op.f(f"ix_{table}_{indexed}"), table, [indexed])
    for statement in history_ddl(table, []):
        op.execute(statement)


def downgrade() -> None:
    for table in LINKS:
        op.drop_table(table)
    op.execute("drop trigger raise_version on tasks")
    op.drop_constraint(op.f("ck_tasks_repeats_from_a_day"), "tasks")
    op.drop_column("tasks", "follows_id")
    op.drop_column("tasks", "repeat")
    op.execute(version_ddl("tasks", ["updated_at", "version"]))
