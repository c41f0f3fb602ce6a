"""`flask gaps CHAIN`: a chain's gaps on the terminal."""

import json
from fractions import Fraction
from typing import Any

import click
from flask import Flask

from crm.chain.queries import chain_of_slug, segments
from crm.database import db
from crm.gaps.analysis import Gap, ranked
from crm.gaps.queries import gaps_of

#: Over the columns of row_of.
HEADER = ("环节", "状态", "重要性", "目标", "供给", "预期", "覆盖率", "预期覆盖率", "缺口", "待补缺口", "作用")


def init_app(app: Flask) -> None:
    """Register the command."""
    app.cli.add_command(gaps)


@click.command("gaps")
@click.argument("chain")
@click.option("--json", "as_json", is_flag=True, help="一行 JSON。")
def gaps(chain: str, as_json: bool) -> None:
    """按缺口大小列出一条产业链的环节；CHAIN 是它的标识，例如 laser。"""
    found = db.session.scalars(chain_of_slug(chain)).one_or_none()
    if found is None:
        raise click.ClickException(f"没有标识为“{chain}”的产业链。")
    name_of = {segment.id: segment.name for segment in db.session.scalars(segments(found.id))}
    figures = gaps_of(found.id)
    in_order = ranked(figures) + [gap for gap in figures if not gap.is_assessed]
    rows = [row_of(name_of[gap.segment_id], gap) for gap in in_order]
    if as_json:
        click.echo(json.dumps({"chain": found.slug, "segments": rows}, ensure_ascii=False))
    else:
        click.echo("\t".join(HEADER))
        for row in rows:
            click.echo("\t".join("—" if value is None else str(value) for value in row.values()))


def row_of(name: str, gap: Gap) -> dict[str, Any]:
    """A segment's figures as plain values; numbers with at most four decimal places, None where nothing can be said."""
    return {
        "segment": name,
        "status": gap.status.label,
        "importance": gap.importance,
        "wanted": None if gap.wanted is None else float(gap.wanted),
        "supply": number(gap.supply),
        "expected": number(gap.expected),
        "coverage": number(gap.coverage),
        "outlook": number(gap.outlook),
        "gap": number(gap.gap),
        "open_gap": number(gap.open_gap),
        "effect": gap.effect.label if gap.effect else None,
    }


def number(value: Fraction | None) -> float | None:
    """A fraction as JSON has it."""
    return None if value is None else round(float(value), 4)
