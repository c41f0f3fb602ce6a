"""What one box costs at a million companies, per kind of query, beside LIKE in the same run.

Names are those of the shared lists where they are (registered firms with their codes, short names made into full ones),
and made-up ones for the rest.
"""

import argparse
import csv
import itertools
import random
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import psycopg
from flask import Flask
from sqlalchemy import select, text

from app import create_app
from bench.data import COMPANY_COLUMNS, NO_PASSWORD, WITHOUT_TRIGGERS, drop_indexes, line
from bench.names import CITIES, FORMS, TRADES, companies
from bench.timing import Times, timed
from crm.accounts.models import Office, Role, User
from crm.companies.models import Company
from crm.companies.naming import name_key, pinyin_key
from crm.companies.queries import best
from crm.config import Settings
from crm.database import SYSTEM, acting_as, db, libpq_url, migrate
from crm.embedded import connect_or_start
from crm.serving import settle
from crm.tokens import index_text, normal

SHARED = Path(__file__).parents[2] / "shared" / "data"
EDITION = 1
SAMPLED = 400
#: LIKE reads the whole table, so it is asked of the first queries of each kind alone.
LIKES = 10
LIKE = text("select id from companies where name like :typed and archived_at is null limit 60")
#: Pinyin without blanks, as people type it.
LIKE_SPOKEN = text(
    "select id from companies where replace(pinyin_key, ' ', '') like :typed and archived_at is null limit 60"
)
LIKE_CODE = text("select id from companies where uscc like :typed and archived_at is null limit 60")
TRADITIONAL = str.maketrans("国华东广业电产实发联长兴车气风龙马医药", "國華東廣業電產實發聯長興車氣風龍馬醫藥")


def run(arguments: argparse.Namespace) -> None:
    """Build where absent, measure and print."""
    data = (arguments.data / f"search-{arguments.companies}-{EDITION}").absolute()
    if not (data / "built").exists():
        shutil.rmtree(data, ignore_errors=True)  # left half-built
    with connect_or_start(data) as server:
        settings = Settings(env="testing", database_url=server.url, data=data, secret_key="b" * 8 + "ench-only" * 4)
        if not (data / "built").exists():
            build(server.url, settings, arguments.companies)
            (data / "built").touch()
        migrate(server.url)  # a data set of an earlier day
        settle()
        measure(create_app(settings), arguments.requests, server.url)


def build(url: str, settings: Settings, count: int) -> None:
    """Fill the database and say what the index took."""
    migrate(url)
    with create_app(settings).app_context(), acting_as(SYSTEM):
        office = Office(name="示例招商科")
        db.session.add(User(name="o", display_name="示例", role=Role.OFFICER, office=office, password_hash=NO_PASSWORD))
        db.session.commit()
        db.engine.dispose()
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute(WITHOUT_TRIGGERS)
        indexes = drop_indexes(connection)
        with connection.cursor().copy(f"copy companies ({COMPANY_COLUMNS}) from stdin") as copy:
            for number, (name, code) in enumerate(itertools.islice(names(), count), start=1):
                copy.write(row(number, name, code))
        for statement in indexes:
            started = time.perf_counter()
            connection.execute(statement)
            if "ix_companies_search" in statement:
                print(f"index of {count:,} names built in {time.perf_counter() - started:.0f} s")
        connection.execute("vacuum analyze")


def row(number: int, name: str, code: str | None) -> str:
    """A company's line for COPY."""
    tokens = index_text(name, code)
    key, spoken = name_key(name), pinyin_key(name)
    return line(number, name, key, spoken, code, None, None, "", None, None, None, "t", tokens)


def names() -> Iterator[tuple[str, str | None]]:
    """(name, code), each name once: real ones first, without an end."""
    seen: set[str] = set()
    codes: set[str] = set()
    for name, code in itertools.chain(registered(), lengthened(), made_up()):
        if name not in seen:
            seen.add(name)
            fits = code is not None and len(code) == 18 and code not in codes and code.isalnum() and code.isascii()
            codes.update([code] if fits and code else [])
            yield name, code if fits else None


def registered() -> Iterator[tuple[str, str | None]]:
    """Registered firms with their codes."""
    path = SHARED / "kinginsun_names_uscc_110k_A.csv"
    if path.exists():
        with path.open(encoding="utf-8-sig", newline="") as file:
            for firm in csv.DictReader(file):
                name, code = firm["企业名称"].strip(), firm["统一社会信用代码"].strip()
                if name and "\\" not in name and len(name) < 60:
                    yield name, code if set(code) <= set("0123456789ABCDEFGHJKLMNPQRTUWXY") else None


def lengthened() -> Iterator[tuple[str, None]]:
    """Short names, each made into three full ones."""
    path = SHARED / "wainshine_Company-Shorter-Form_28W.txt"
    if path.exists():
        chosen = random.Random(1)
        shorts = [short for short in path.read_text("utf-8-sig").split() if 1 < len(short) < 20 and "\\" not in short]
        for short in shorts[2:]:
            for city in chosen.sample(list(CITIES), 3):
                yield f"{city}{short}{chosen.choice(TRADES)}{chosen.choice(FORMS)}", None


def made_up() -> Iterator[tuple[str, str | None]]:
    """Made-up names for what is still wanted."""
    return ((made.name, made.uscc) for made in companies(0, 10**9, 200))


def measure(app: Flask, count: int, url: str) -> None:
    """A line per kind of query, and the index's size."""
    print("| what is typed | p50 ms | p95 ms | LIKE p50 | LIKE p95 | found first |")
    print("|---|---|---|---|---|---|")
    with app.app_context(), acting_as(SYSTEM):
        user = db.session.scalars(select(User).where(User.name == "o")).one()
        for kind, asked in queries().items():
            print(f"| {kind} | {' | '.join(figures(asked[:count], user))} |", flush=True)
        db.engine.dispose()
    with psycopg.connect(libpq_url(url)) as connection:
        found = connection.execute("select pg_size_pretty(pg_relation_size('ix_companies_search'))").fetchone()
        print(f"\nindex: {found[0] if found else '?'}")


def figures(asked: Sequence[tuple[str, Company, Callable[[], object]]], user: User) -> Iterable[str]:
    """Of one kind: the page's part, LIKE, and how often the company that was meant came first."""
    found, pages, likes = 0, [], []
    for number, (typed, meant, like) in enumerate(asked):
        db.session.expire_all()
        answer: list[Company] = []
        pages.append(timed(lambda: answer.extend(best(typed, user))))  # noqa: B023 -- called at once
        if number < LIKES:
            likes.append(timed(like))
        found += bool(answer) and answer[0].id == meant.id
    page, beside = Times(pages), Times(likes)
    share = f"{found / len(asked):.0%}"
    return (f"{page.p50:.1f}", f"{page.p95:.1f}", f"{beside.p50:.0f}", f"{beside.p95:.0f}", share)


def queries() -> dict[str, list[tuple[str, Company, Callable[[], object]]]]:
    """Per kind: what is typed, the company that was meant, and the LIKE that would answer."""
    chosen = random.Random(2)
    last = db.session.scalar(select(Company.id).order_by(Company.id.desc()).limit(1)) or 1
    some = [db.session.get_one(Company, number) for number in chosen.sample(range(1, last + 1), min(SAMPLED, last))]
    plain = [company for company in some if len(core(company)) >= 6]
    coded = [company for company in some if company.uscc]
    middle: Callable[[Company], str] = lambda company: core(company)[2:4]  # noqa: E731
    return {
        "the full name": [(c.name, c, like(LIKE, c.name)) for c in plain],
        "four characters": [(core(c)[2:6], c, like(LIKE, core(c)[2:6])) for c in plain],
        "two characters": [(middle(c), c, like(LIKE, middle(c))) for c in plain],
        "one character": [(core(c)[2], c, like(LIKE, core(c)[2])) for c in plain],
        "traditional": [(core(c)[2:6].translate(TRADITIONAL), c, like(LIKE, core(c)[2:6])) for c in plain],
        "pinyin": [(spoken(c, 2, 6), c, like(LIKE_SPOKEN, spoken(c, 2, 6))) for c in plain],
        "initials": [(initials(c, 2, 6), c, like(LIKE_SPOKEN, initials(c, 2, 6))) for c in plain],
        "pinyin and initials": [
            (spoken(c, 2, 4) + initials(c, 4, 6), c, like(LIKE_SPOKEN, spoken(c, 2, 4))) for c in plain
        ],
        "misspelt pinyin": [(slip(spoken(c, 2, 6)), c, like(LIKE_SPOKEN, slip(spoken(c, 2, 6)))) for c in plain],
        "a code's first twelve": [((c.uscc or "")[:12], c, like(LIKE_CODE, (c.uscc or "")[:12])) for c in coded],
        "what is nowhere": [(core(c)[3] + "㐂㐃" + core(c)[2], c, like(LIKE, core(c)[3] + "㐂㐃")) for c in plain],
    }


def core(company: Company) -> str:
    """A name without its legal form."""
    return normal(company.name)


def spoken(company: Company, first: int, last: int) -> str:
    """Some characters of a name in pinyin."""
    return "".join(pinyin_key(core(company)).split()[first:last])


def initials(company: Company, first: int, last: int) -> str:
    """Some characters of a name by their initials."""
    return "".join(syllable[0] for syllable in pinyin_key(core(company)).split()[first:last])


def slip(word: str) -> str:
    """A word with two letters swapped."""
    place = len(word) // 2
    return word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :]


def like(statement: object, typed: str) -> Callable[[], object]:
    """What LIKE would do for the same."""
    return lambda: db.session.execute(statement, {"typed": f"%{typed}%"}).all()  # type: ignore[call-overload]
