"""`flask report NAME --out FILE`: a report as a workbook or a document."""

from pathlib import Path

import click
from flask import Flask

from crm.errors import CrmError
from crm.reports import files
from crm.reports.scope import DIMENSIONS, Scope
from crm.reports.tables import REPORTS, table_of

WRITERS = {".xlsx": files.workbook, ".docx": files.document}


def init_app(app: Flask) -> None:
    """Register the command."""
    app.cli.add_command(report)


@click.command("report")
@click.argument("name", type=click.Choice(list(REPORTS)))
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="写到哪里：.xlsx 或 .docx。"
)
@click.option("--since", default="", help="起始日期，默认今年 1 月 1 日。")
@click.option("--until", default="", help="截止日期，默认今天。")
@click.option("--group", default="", type=click.Choice(list(DIMENSIONS)), help="按什么分组。")
@click.option("--chain", default="", help="只统计一条产业链（标识）。")
def report(name: str, out: Path, since: str, until: str, group: str, chain: str) -> None:
    """把一种统计写成文件。全市汇总，不含项目名称。"""
    writer = WRITERS.get(out.suffix.lower())
    if writer is None:
        raise click.ClickException("文件名要以 .xlsx 或 .docx 结尾。")
    given = {"since": since, "until": until, "group": group, "chain": chain}
    try:
        table = table_of(REPORTS[name], Scope.from_args(given))
    except CrmError as error:
        raise click.ClickException(error.message) from None
    out.write_bytes(writer(table))
    click.echo(str(out))
