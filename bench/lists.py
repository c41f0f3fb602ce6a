"""Server time of the pages that people wait for: lists, search and a chain's page, at a million companies."""

import argparse
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from bench.data import prepared
from bench.timing import Times, compare, signed_in
from crm.accounts.models import User
from crm.chain.models import Cluster, Segment
from crm.companies.models import Company, TargetList, Tier
from crm.companies.naming import pinyin_key
from crm.database import db

#: So many different arguments of each page.
VARIETY = 20


def run(arguments: argparse.Namespace) -> None:
    """Measure and print."""
    with prepared(Path(arguments.data), arguments.companies) as app:
        measure(app, arguments.requests, arguments.page)


def measure(app: Flask, count: int, only: str = "") -> None:
    """A row per page: median and 95th percentile in milliseconds, the same of the bare page, and the ratio."""
    with app.app_context():
        pages = pages_of(random.Random(1))
        url = make_url(app.config["SETTINGS"].database_url).render_as_string(hide_password=False)
        db.engine.dispose()
    client = signed_in(app, "officer0")
    print("| page | p50 ms | p95 ms | bare p50 | bare p95 | ratio of medians |")
    print("|---|---|---|---|---|---|")
    for title, paths in pages.items():
        if only not in title:
            continue
        print(row(title, *compare(app, client, url, paths, count)), flush=True)


def row(title: str, page: Times, bare: Times) -> str:
    """A line of the table."""
    figures = (f"{value:.1f}" for value in (page.p50, page.p95, bare.p50, bare.p95, page.p50 / bare.p50))
    return f"| {title} | {' | '.join(figures)} |"


def pages_of(chosen: random.Random) -> dict[str, Sequence[str]]:
    """Each page with several arguments."""

    def some(model: type, column: str = "id") -> list[int]:
        ids = list(db.session.scalars(select(getattr(model, column))))
        return chosen.sample(ids, min(VARIETY, len(ids)))

    last = db.session.scalar(select(func.max(Company.id))) or 0
    names = [db.session.get_one(Company, chosen.randint(1, last)) for _ in range(VARIETY)]
    each: dict[str, tuple[str, Sequence[object]]] = {
        "/companies": ("/companies", [""]),
        "… by segment": ("/companies?segment={}", some(Segment)),
        "… by cluster": ("/companies?cluster={}", some(Cluster)),
        "… by segment and cluster": ("/companies?segment={}&cluster=1", some(Segment)),
        "… by tier": ("/companies?tier={}", some(Tier)),
        "… by list": ("/companies?list={}", some(TargetList)),
        "… by owner": ("/companies?owner={}", some(User)),
        "… of the pool": ("/companies?scope=pool", [""]),
        "… of the office": ("/companies?scope=office&sort=contact", [""]),
        "… by two characters": ("/companies?q={}", [company.name[2:4] for company in names]),
        "… by pinyin initials": ("/companies?q={}", [initials(company.name)[:4] for company in names]),
        "… by the start of a code": ("/companies?q={}", [company.uscc[:12] for company in names if company.uscc]),
        "/companies/options": ("/companies/options?q={}", [company.name[2:5] for company in names]),
        "/search by two characters": ("/search?q={}", [company.name[2:4] for company in names]),
        "/search by pinyin initials": ("/search?q={}", [initials(company.name)[:4] for company in names]),
        "/pipeline": ("/pipeline", [""]),
        "/chains/bench": ("/chains/bench", [""]),
        "/chains/bench/segments": ("/chains/bench/segments/{}", some(Segment)),
    }
    return {title: [path.format(value) for value in values] for title, (path, values) in each.items()}


initials: Callable[[str], str] = lambda name: "".join(word[0] for word in pinyin_key(name).split())  # noqa: E731
