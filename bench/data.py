"""The data set of the bench: built once per size into an embedded database of its own, then reused."""

import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import structlog
from flask import Flask
from sqlalchemy import select

from app import create_app
from bench.names import PRODUCTS, TRADES, Made, companies
from crm.accounts.models import Office, Role, User
from crm.chain.models import Chain, Cluster, ClusterDivision, Position, Segment, SegmentTerm
from crm.companies.models import TargetList, Tier
from crm.companies.naming import name_key, pinyin_key
from crm.config import Settings
from crm.database import SYSTEM, acting_as, db, libpq_url, migrate
from crm.embedded import Server, connect_or_start
from crm.gaps.tallies import refresh
from crm.pipeline.models import Route, Status
from crm.serving import settle
from crm.tokens import index_text

#: Raised when the data set would be built otherwise: an older one is thrown away.
EDITION = 3
#: Rows of history would double the time of building and are read by none of the pages.
WITHOUT_TRIGGERS = "set session_replication_role = replica"
#: What the triggers would have kept.
COUNT_SEGMENTS = """
insert into segment_counts (segment_id, city_code, is_main, companies)
select l.segment_id, c.city_code, l.is_main, count(*) from company_segments l join companies c on c.id = l.company_id
group by l.segment_id, c.city_code, l.is_main
"""
SEGMENTS = 60
PROJECTS = 20_000
LISTS = 50
OFFICES, OFFICERS = 6, 30
CHUNK = 20_000
NO_PASSWORD = "!"  # noqa: S105 -- a hash that no password has
#: One company in so many is local, held by somebody, on lists, of some tier.
LOCAL, HELD, LISTED, TIERED = 200, 40, 10, 21
CLUSTERS = {
    "华中": ["42", "43", "41"],
    "长三角": ["31", "32", "33", "34"],
    "珠三角": ["4401", "4403", "4404", "4406", "4419", "4420"],
    "环渤海": ["11", "12", "13", "21", "37"],
}


@contextmanager
def prepared(folder: Path, count: int) -> Iterator[Flask]:
    """An application over the data set of `count` companies, built where it is absent."""
    data = (folder / f"{count}-{EDITION}").absolute()
    if not (data / "built").exists():
        shutil.rmtree(data, ignore_errors=True)  # left half-built
    with connect_or_start(data) as server:
        settings = Settings(env="testing", database_url=server.url, data=data, secret_key="b" * 8 + "ench-only" * 4)
        if not (data / "built").exists():
            started = time.perf_counter()
            build(server, settings, count)
            (data / "built").touch()
            print(f"built {count:,} companies in {time.perf_counter() - started:.0f} s\n", flush=True)
        migrate(server.url)  # a data set of an earlier day
        app = create_app(settings)
        with app.app_context(), acting_as(SYSTEM):
            add_terms()
            refresh(everything=True)  # what the triggers would have marked and the queue counted
            db.session.commit()
            db.engine.dispose()
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(open(os.devnull, "w")))  # noqa: SIM115 -- until the end
        settle()
        yield app


def add_terms() -> None:
    """Give each segment two terms: a trade, which stands in one of fifteen names, and a piece of some products."""
    if db.session.scalar(select(SegmentTerm.id).limit(1)) is None:
        for number, segment in enumerate(db.session.scalars(select(Segment).order_by(Segment.id))):
            first = (2 * number + 3) % (len(PRODUCTS) - 1)
            segment.terms = [
                SegmentTerm(term=TRADES[number % len(TRADES)]),
                SegmentTerm(term=PRODUCTS[first : first + 2]),
            ]


def build(server: Server, settings: Settings, count: int) -> None:
    """Migrate and fill the database."""
    migrate(server.url)
    app = create_app(settings)
    with app.app_context(), acting_as(SYSTEM):
        known = reference()
        db.session.commit()
        db.engine.dispose()
    with psycopg.connect(libpq_url(server.url), autocommit=True) as connection:
        connection.execute(WITHOUT_TRIGGERS)
        connection.execute("set maintenance_work_mem = '512MB'")
        connection.execute("set synchronous_commit = off")
        indexes = drop_indexes(connection)
        copy_companies(connection, count, known)
        copy_links(connection, count, known)
        copy_projects(connection, count, known)
        for statement in indexes:
            connection.execute(statement)
        connection.execute(COUNT_SEGMENTS)
        connection.execute("vacuum analyze")


def reference() -> dict[str, Any]:
    """Offices, people, the chain and lists; the ids that rows refer to."""
    bureau = Office(name="示例招商局")
    offices = [Office(name=f"示例招商{i + 1}科", parent=bureau) for i in range(OFFICES)]
    people = {
        role: User(
            name=role.value, display_name=f"示例{role.label}", role=role, office=place, password_hash=NO_PASSWORD
        )
        for role, place in ((Role.MANAGER, offices[0]), (Role.LEADER, bureau), (Role.ADMIN, bureau))
    }
    officers = [
        User(
            name=f"officer{i}",
            display_name=f"示例专员{i}",
            role=Role.OFFICER,
            office=offices[i % OFFICES],
            password_hash=NO_PASSWORD,
        )
        for i in range(OFFICERS)
    ]
    chain = Chain(slug="bench", name="示例产业链", is_demo=True)
    segments = [
        Segment(
            chain=chain,
            name=f"示例环节{i:02d}",
            ordinal=i,
            position=list(Position)[i % 3],
            importance=i % 5 + 1,
            wanted=i * 12,
        )
        for i in range(SEGMENTS)
    ]
    clusters = [
        Cluster(name=name, ordinal=i, divisions=[ClusterDivision(division_code=code) for code in codes])
        for i, (name, codes) in enumerate(CLUSTERS.items())
    ]
    db.session.add_all([*offices, *people.values(), *officers, *segments, *clusters])
    db.session.flush()
    holders = [officers[i % OFFICERS] for i in range(LISTS)]
    lists = [
        TargetList(name=f"示例清单{i:02d}", chain=chain, owner_id=holder.id, office_id=holder.office_id)
        for i, holder in enumerate(holders)
    ]
    db.session.add_all(lists)
    db.session.flush()
    return {
        "officers": [(officer.id, officer.office_id) for officer in officers],
        "segments": [segment.id for segment in segments],
        "lists": [target_list.id for target_list in lists],
        "tiers": list(db.session.scalars(select(Tier.id).order_by(Tier.ordinal))),
        "routes": [(route.id, [stage.id for stage in route.stages]) for route in db.session.scalars(select(Route))],
    }


def drop_indexes(connection: psycopg.Connection) -> list[str]:
    """Drop the indexes that back no constraint and return the statements that make them again: so a copy is fast."""
    query = """
        select format('drop index %%I', c.relname), pg_get_indexdef(i.indexrelid)
        from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
        where t.relname = any(%s) and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
    """
    tables = ["companies", "company_segments", "company_tiers", "target_list_entries", "projects", "project_segments"]
    found = connection.execute(query, (tables,)).fetchall()
    for drop, _ in found:
        connection.execute(drop)
    return [make for _, make in found]


COMPANY_COLUMNS = (
    "id, name, name_key, pinyin_key, uscc, division_code, city_code, products, owner_id, office_id, last_contact_on,"
    " is_demo, search"
)


def copy_companies(connection: psycopg.Connection, count: int, known: dict[str, Any]) -> None:
    """Write the companies; two processes make them, tokens included."""
    parts = [(first, min(first + CHUNK, count), known["officers"]) for first in range(0, count, CHUNK)]
    copying = connection.cursor().copy(f"copy companies ({COMPANY_COLUMNS}) from stdin")
    with multiprocessing.get_context("spawn").Pool(2) as pool, copying as copy:
        for text in pool.imap(company_lines, parts):
            copy.write(text)
    connection.execute("select setval(pg_get_serial_sequence('companies', 'id'), %s)", (count,))


def company_lines(part: tuple[int, int, list[tuple[int, int]]]) -> str:
    """The COPY lines of a part of the companies."""
    first, last, officers = part
    return "".join(line(*company_values(made, officers)) for made in companies(first, last, LOCAL))


def company_values(made: Made, officers: list[tuple[int, int]]) -> tuple[Any, ...]:
    """A company's values, in the order of COMPANY_COLUMNS."""
    owner, office = officers[made.number // HELD % len(officers)] if is_held(made.number) else (None, None)
    contacted = f"2026-{made.number % 11 + 1:02d}-{made.number % 28 + 1:02d}" if owner else None
    return (
        made.number + 1,
        made.name,
        name_key(made.name),
        pinyin_key(made.name),
        made.uscc,
        made.city_code,
        made.city_code,
        made.products,
        owner,
        office,
        contacted,
        "t",
        index_text(made.name, made.uscc),
    )


def line(*values: Any) -> str:
    """One line of COPY's text format; none of the values holds a character that it would escape."""
    return "\t".join("\\N" if value is None else str(value) for value in values) + "\n"


def is_held(number: int) -> bool:
    """Whether somebody holds the company of this number."""
    return number % HELD == 1


def segments_of(number: int, segments: list[int]) -> list[int]:
    """A company's segments, the main one first: one in five has others too."""
    wanted = 1 if number % 5 else 2 + number % 2
    first = number * 2_654_435_761 % 2**32 >> 7  # spread, so that no other share of the numbers lies in few segments
    return [segments[(first + 13 * i) % len(segments)] for i in range(wanted)]


def copy_links(connection: psycopg.Connection, count: int, known: dict[str, Any]) -> None:
    """Write what companies are linked to: segments, tiers, lists; and which of them are local."""
    segments, tiers, lists = known["segments"], known["tiers"], known["lists"]
    numbers = range(count)
    copy_rows(
        connection,
        "company_segments (company_id, segment_id, is_main)",
        ((n + 1, s, "t" if i == 0 else "f") for n in numbers for i, s in enumerate(segments_of(n, segments))),
    )
    tiered = ((n + 1, tiers[n // TIERED % len(tiers)]) for n in numbers if n % TIERED == 0)
    copy_rows(connection, "company_tiers (company_id, tier_id)", tiered)
    copy_rows(connection, "local_companies (company_id)", ((n + 1,) for n in numbers if n % LOCAL == 0))
    listed = ((lists[n // LISTED % len(lists)], n + 1) for n in numbers if n % LISTED == 3)
    copy_rows(connection, "target_list_entries (list_id, company_id)", listed)


def copy_rows(connection: psycopg.Connection, into: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows into `table (columns)`."""
    with connection.cursor().copy(f"copy {into} from stdin") as copy:
        for row in rows:
            copy.write(line(*row))


PROJECT_COLUMNS = (
    "id, name, pinyin_key, company_id, route_id, stage_id, stage_since, status, status_reason, status_on, secrecy,"
    " investment_wan, owner_id, office_id, is_demo, search"
)
#: Where projects stand: many leads, few in production.
STAGE_WEIGHTS = (50, 20, 12, 8, 5, 3, 2)
STATUS_WEIGHTS = {Status.ONGOING: 80, Status.PAUSED: 8, Status.LOST: 8, Status.ABORTED: 4}


def copy_projects(connection: psycopg.Connection, count: int, known: dict[str, Any]) -> None:
    """Write projects of companies that somebody holds, each in its company's main segment."""
    numbers = [n for n in range(count) if is_held(n)][:PROJECTS]
    rows = (project_values(i + 1, n, known) for i, n in enumerate(numbers))
    copy_rows(connection, f"projects ({PROJECT_COLUMNS})", rows)
    mains = ((i + 1, segments_of(n, known["segments"])[0], "t") for i, n in enumerate(numbers))
    copy_rows(connection, "project_segments (project_id, segment_id, is_main)", mains)
    connection.execute("select setval(pg_get_serial_sequence('projects', 'id'), %s)", (len(numbers),))


def project_values(project_id: int, number: int, known: dict[str, Any]) -> tuple[Any, ...]:
    """A project's values, in the order of PROJECT_COLUMNS."""
    made = random.Random(number)
    owner, office = known["officers"][number // HELD % len(known["officers"])]
    route, stages = made.choice(known["routes"])
    stage = made.choices(stages, STAGE_WEIGHTS[: len(stages)])[0]
    status = made.choices(list(STATUS_WEIGHTS), list(STATUS_WEIGHTS.values()))[0]
    reason, day = ("", None) if status is Status.ONGOING else ("企业另有安排", "2026-06-01")
    secrecy = "restricted" if number // HELD % 20 == 1 else "internal"
    name = f"示例{number}号{made.choice(('制造基地', '研发中心', '总部', '产线'))}项目"
    since = f"2026-{made.randint(1, 11):02d}-{made.randint(1, 28):02d}"
    amount = made.randint(500, 200_000)
    return (
        project_id, name, pinyin_key(name), number + 1, route, stage, since, status.value, reason, day, secrecy,
        amount, owner, office, "t", index_text(name),
    )  # fmt: skip
