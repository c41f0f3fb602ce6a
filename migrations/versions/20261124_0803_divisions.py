"""Provinces, cities and districts of GB/T 2260 (crm/chain/divisions, WTFPL).

Revision ID: 0003
Revises: 0002
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent.parent.parent / "crm" / "chain" / "divisions"

divisions = sa.table("divisions", *map(sa.column, ("code", "name", "parent_code", "level")))


def upgrade() -> None:
    for level, (file, parent) in enumerate(
        (("provinces.csv", None), ("cities.csv", "provinceCode"), ("areas.csv", "cityCode")), 1
    ):
        op.bulk_insert(divisions, list(rows(file, parent, level)))


def rows(file: str, parent: str | None, level: int) -> Iterator[dict[str, str | int | None]]:
    """The rows of a file; its codes are short: 2, 4 and 6 digits."""
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield {
                "code": row["code"],
                "name": row["name"],
                "parent_code": row[parent] if parent else None,
                "level": level,
            }


def downgrade() -> None:
    for level in (3, 2, 1):
        op.execute(divisions.delete().where(divisions.c.level == level))
