"""Server time of the board and the table of 20,000 projects, beside a bare page that runs the same statements."""

import argparse
from pathlib import Path

from sqlalchemy.engine import make_url

from bench.data import prepared
from bench.lists import row
from bench.timing import compare, signed_in
from crm.database import db

#: Who looks: an administrator sees all, a manager and an officer what is theirs and their office's.
VIEWERS = ("admin", "manager", "officer0")
PAGES = {
    "/pipeline": "/pipeline?route=greenfield",
    "… of all routes": "/pipeline?route=all",
    "… the next cards": "/pipeline/cards?route=all&column=lead&after=2026-03-01_1",
    "table": "/pipeline?view=table",
    "… of stale ones": "/pipeline?view=table&stale=1&sort=contact",
    "timeline": "/pipeline?view=timeline",
}


def run(arguments: argparse.Namespace) -> None:
    """Measure and print a row for each page and viewer."""
    with prepared(Path(arguments.data), arguments.companies) as app:
        with app.app_context():
            url = make_url(app.config["SETTINGS"].database_url).render_as_string(hide_password=False)
            db.engine.dispose()
        print("| page | p50 ms | p95 ms | bare p50 | bare p95 | ratio of medians |")
        print("|---|---|---|---|---|---|")
        for viewer in VIEWERS:
            client = signed_in(app, viewer)
            for title, path in PAGES.items():
                if arguments.page in title:
                    print(
                        row(f"{title} ({viewer})", *compare(app, client, url, [path], arguments.requests)), flush=True
                    )
