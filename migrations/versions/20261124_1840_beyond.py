"""台湾, 香港, 澳门 (GB/T 2260) and other countries (ISO 3166-1) as places.

Revision ID: beyond
Revises: map_files
"""

import csv
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "beyond"
down_revision = "map_files"
branch_labels = None
depends_on = None

LIST = Path(__file__).parent.parent.parent / "crm" / "chain" / "divisions" / "beyond.csv"

divisions = sa.table("divisions", *map(sa.column, ("code", "name", "parent_code", "level")))


def upgrade() -> None:
    with LIST.open(encoding="utf-8", newline="") as lines:
        rows = [{**row, "parent_code": None, "level": 1} for row in csv.DictReader(lines)]
    op.bulk_insert(divisions, rows)


def downgrade() -> None:
    op.execute(divisions.delete().where(divisions.c.level == 1, divisions.c.code.regexp_match("^([A-Z]|71|81|82)")))
