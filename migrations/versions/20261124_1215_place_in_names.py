"""Names are compared without 省 and 市 in front: what the database keeps of them is made anew.

Revision ID: place_in_names
Revises: partners
"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from crm.companies.naming import bare_place, name_key

revision = "place_in_names"
down_revision = "partners"
branch_labels = None
depends_on = None

BLOCK = 10_000
#: Table, column of the name, column of its key.
KEYS = (("companies", "name", "name_key"), ("company_aliases", "alias", "alias_key"))


def upgrade() -> None:
    rewrite(lambda _name, key: bare_place(key))


def downgrade() -> None:
    """The keys as they were: with the place as the name has it."""
    rewrite(lambda name, key: with_place(name) if bare_place(with_place(name)) == key else key)


def with_place(name: str) -> str:
    """A name's key before its place is cut short."""
    marked = name_key("某" + name)  # nothing is cut from a name that does not begin with a place
    return marked[1:]


def rewrite(key_of: Callable[[str, str], str]) -> None:
    """Set the keys that change, block by block; names and history stay."""
    connection = op.get_bind()
    connection.execute(sa.text("select set_config('crm.actor', '0', true)"))
    for table, name, key in KEYS:
        query = f"select id, {name}, {key} from {table} where id > :last order by id limit {BLOCK}"  # noqa: S608 -- from KEYS
        statement = f"update {table} set {key} = :key where id = :id"  # noqa: S608 -- from KEYS
        last = 0
        while rows := connection.execute(sa.text(query), {"last": last}).all():
            changed = [{"id": row[0], "key": new} for row in rows if (new := key_of(row[1], row[2])) != row[2]]
            if changed:
                connection.execute(sa.text(statement), changed)
            last = rows[-1][0]
