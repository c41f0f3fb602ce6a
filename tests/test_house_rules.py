"""House rules: what every route, template, table, module and message must keep to."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2.nodes
import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy import Connection, create_engine, text

from crm.accounts.permissions import table
from crm.database import Base, Versioned, alembic_config
from crm.history.triggers import tables_under_history, unrecorded_columns
from tests.conftest import new_database

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "templates"
CATALOGUE = ROOT / "translations" / "en" / "LC_MESSAGES" / "messages.po"
SLICES = sorted(path.parent.name for path in (ROOT / "crm").glob("*/__init__.py"))
#: What belongs to a slice alone. (What else a slice offers is a module named for its subject.)
PRIVATE = {"views", "forms", "commands", "api"}
#: The largest id that the database can hold.
LARGEST_ID = 2**63 - 1


def sources(*folders: str) -> Iterator[Path]:
    """The Python files of our own code."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


# Routes


def test_each_view_is_guarded(shared_app: Flask) -> None:
    unguarded = [name for name, view in shared_app.view_functions.items() if not hasattr(view, "act")]
    assert set(unguarded) <= {"static"}


def test_each_view_needs_an_act_of_the_table(shared_app: Flask) -> None:
    acts = {name: getattr(view, "act", None) for name, view in shared_app.view_functions.items()}
    assert {name: act for name, act in acts.items() if act is not None and act not in table()} == {}


def test_ids_in_urls_fit_the_database(shared_app: Flask) -> None:
    """An id is a whole number below 2^63: a larger one is no page, not an error of the database."""
    loose = [
        str(rule)
        for rule in shared_app.url_map.iter_rules()
        for name in rule.arguments
        if name.endswith("_id") and getattr(rule._converters[name], "max", None) != LARGEST_ID
    ]
    assert not loose


# Templates


def test_each_template_is_reached() -> None:
    """Rendered by code, or extended, included or imported by a template that is."""
    named = {path.relative_to(TEMPLATES).as_posix() for path in templates()}
    reached = set()
    for path in sources("crm", "imports"):
        reached |= {name for name in strings(path) if name in named or name.startswith("errors/")}
    reached |= {name for name in named if name.startswith("errors/")}  # web.show names them by their status
    todo = list(reached & named)
    while todo:
        found = referenced(TEMPLATES / todo.pop()) & named - reached
        reached |= found
        todo += found
    assert named - reached == set()


def test_templates_that_are_named_exist() -> None:
    missing = set()
    for path in sources("crm", "imports"):
        missing |= {
            f"{path.name}: {name}"
            for name in strings(path)
            if re.fullmatch(r"[\w/]+\.html", name) and not (TEMPLATES / name).exists()
        }
    for path in templates():
        missing |= {f"{path.name}: {n}" for n in referenced(path) if not (TEMPLATES / n).exists()}
    assert not missing


def strings(path: Path) -> set[str]:
    """The string constants of a module."""
    tree = ast.parse(path.read_text("utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def referenced(path: Path) -> set[str]:
    """The templates that a template extends, includes or imports; a name that is computed counts by its constants."""
    tree = jinja2.Environment(autoescape=True).parse(path.read_text("utf-8"))
    kinds = (jinja2.nodes.Extends, jinja2.nodes.Include, jinja2.nodes.Import, jinja2.nodes.FromImport)
    return {
        constant.value
        for node in tree.find_all(kinds)
        for constant in [*node.template.find_all(jinja2.nodes.Const), node.template]  # type: ignore[attr-defined]
        if isinstance(constant, jinja2.nodes.Const) and isinstance(constant.value, str)
    }


#: (what is forbidden, pattern): markup that the content security policy refuses, or that would print markup unescaped.
FORBIDDEN_MARKUP = [
    ("a safe filter", re.compile(r"\|\s*safe\b|\bMarkup\(")),
    ("autoescape switched off", re.compile(r"autoescape\s+false")),
    ("an inline script", re.compile(r"<script(?![^>]*\bsrc=)", re.I)),
    ("an inline style sheet", re.compile(r"<style\b", re.I)),
    ("a style attribute", re.compile(r"<[^>]*\sstyle\s*=\s*[\"'{]", re.I)),
    ("an inline event handler", re.compile(r"<[^>]*\son\w+\s*=\s*[\"'{]", re.I)),
    ("hx-on", re.compile(r"\bhx-on\b", re.I)),
    ("a javascript: link", re.compile(r"javascript:", re.I)),
]


@pytest.mark.parametrize(("name", "pattern"), FORBIDDEN_MARKUP, ids=[name for name, _ in FORBIDDEN_MARKUP])
def test_templates_keep_to_the_policy(name: str, pattern: re.Pattern[str]) -> None:
    found = []
    for path in templates():
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S)
        text = re.sub(r"\{%-?\s*(call|macro|set).*?%\}", "", text, flags=re.S)  # arguments named style are macros' own
        text = re.sub(r"\{\{.*?\}\}", lambda m: m.group() if "safe" in m.group() or "Markup" in m.group() else "", text)
        found += [f"{path.relative_to(ROOT)}: {match.group()[:80]}" for match in pattern.finditer(text)]
    assert not found, f"{name} in a template"


def test_forms_that_write_carry_a_token() -> None:
    """Each form with method post has a csrf token: by macro or by the field itself."""
    bare = []
    for path in templates():
        for form in re.findall(r"<form\b.*?</form>", path.read_text("utf-8"), flags=re.S):
            if 'method="post"' in form and not re.search(r"csrf_field\(|hidden_fields\(|csrf_token", form):
                bare.append(f"{path.relative_to(ROOT)}: {form[:80]}")
    assert not bare


# Tables


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config("postgresql://")).get_heads()) == 1


@pytest.fixture
def connection(template_url: str) -> Iterator[Connection]:
    """A connection to a migrated database."""
    engine = create_engine(template_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_models_equal_the_schema(template_url: str) -> None:
    """`alembic check`: raises where autogenerate would write anything."""
    command.check(alembic_config(template_url))


def test_migrations_go_up_down_and_up_with_data(server_url: str, worker_id: str) -> None:
    """The defaults that migrations write are the data that a downgrade meets."""
    url = new_database(server_url, f"stairs_{worker_id}", migrated=False)
    config = alembic_config(url)
    script = ScriptDirectory.from_config(config)
    for revision in reversed(list(script.walk_revisions())):
        down = str(revision.down_revision or "base")
        command.upgrade(config, revision.revision)
        write_an_office(url)
        command.downgrade(config, down)
        command.upgrade(config, revision.revision)
    command.downgrade(config, "base")
    engine = create_engine(url)
    with engine.connect() as connection:
        left = MigrationContext.configure(connection).get_current_heads()
        tables = connection.scalars(text("select tablename from pg_tables where schemaname = 'public'")).all()
        functions = connection.scalars(
            text("select proname from pg_proc where pronamespace = 'public'::regnamespace")
        ).all()
    engine.dispose()
    assert left == ()
    assert set(tables) <= {"alembic_version"}
    assert not functions


def write_an_office(url: str) -> None:
    """A business row, so that a downgrade does not meet empty tables alone."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("select set_config('crm.actor', '0', true)"))
        connection.execute(text("insert into offices (name) values ('招商局') on conflict do nothing"))
    engine.dispose()


def test_each_table_under_history_has_its_triggers(connection: Connection) -> None:
    query = text(
        "select c.relname, t.tgname, encode(t.tgargs, 'escape') from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        " where t.tgname like 'history\\_%' and not t.tgisinternal and t.tgenabled = 'O'"
    )
    found = {(name, trigger): arguments.replace("\\000", "") for name, trigger, arguments in connection.execute(query)}
    wanted = {
        (each.name, f"history_{event}"): "{" + ",".join(unrecorded_columns(each)) + "}"
        for each in tables_under_history()
        for event in ("insert", "update", "delete")
    }
    guards = {("history", "history_unalterable"): "", ("history", "history_untruncatable"): ""}
    on_partitions = {key for key in found if key[0].startswith("history_")}
    assert {key: value for key, value in found.items() if key not in on_partitions} == wanted | guards


def test_each_versioned_table_raises_its_version(connection: Connection) -> None:
    query = text(
        "select c.relname, array_agg(a.attname::text) from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        " join pg_attribute a on a.attrelid = c.oid and a.attnum = any (t.tgattr::int2[])"
        " where t.tgname = 'raise_version' group by c.relname"
    )
    versioned = {
        mapper.local_table.name: {c.name for c in mapper.local_table.columns}
        - {*unrecorded_columns(mapper.local_table)}
        | {"updated_at"}  # type: ignore[attr-defined, arg-type]
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Versioned)
    }
    assert {table: set(columns) for table, columns in connection.execute(query)} == versioned


def test_tables_under_history_have_one_bigint_id() -> None:
    for found in tables_under_history():
        assert [column.name for column in found.primary_key] == ["id"], found.name
        assert str(found.c.id.type) == "BIGINT", found.name


def test_tables_without_history_say_why() -> None:
    silent = [
        mapper.class_.__name__
        for mapper in Base.registry.mappers
        if mapper.class_.__history__ is not None and len(mapper.class_.__history__.split()) < 3
    ]
    assert not silent


def test_rows_point_to_business_rows_by_restrict() -> None:
    cascading = [
        f"{found.name}.{key.column_keys[0]}"
        for found in tables_under_history()
        for key in found.foreign_key_constraints
        if key.ondelete not in (None, "RESTRICT")
    ]
    assert not cascading


# Modules


def test_nothing_imports_the_composition_root() -> None:
    """Imports go one way: app.py knows every slice, no slice knows app.py."""
    importing = [path.name for path in sources("crm", "imports") if "app" in imported(path)]
    # The server, the supervisor and the bench start the application as a program, by its name.
    assert not importing


def test_slices_import_what_is_shared_alone() -> None:
    """Of another slice neither its pages nor its forms."""
    wrong = []
    for path in sources("crm", "imports"):
        parts = path.relative_to(ROOT).parts
        own = parts[1] if parts[0] == "crm" and len(parts) > 2 else ""
        for name in imported(path):
            match = re.fullmatch(r"crm\.(\w+)\.(\w+)(\.\w+)*", name)
            if not match or match[1] not in SLICES or match[1] == own:
                continue
            if match[2].endswith("views") or match[2] in PRIVATE:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


def imported(path: Path) -> set[str]:
    """The modules that a module imports; `from a import b` counts as a.b where that is a module, else as a."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            base = ROOT / node.module.replace(".", "/")
            found |= {
                f"{node.module}.{a.name}" if (base / f"{a.name}.py").exists() else node.module for a in node.names
            }
    return found


def test_imports_stand_at_the_top() -> None:
    """A deferred import hides a circle; only the type checker's own may stand in a block."""
    deferred = []
    for path in sources("crm", "imports"):
        if path.name == "reader.py":  # the subprocess sets its limits before it loads a parser
            continue
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                deferred += [
                    f"{path.relative_to(ROOT)}:{node.lineno}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.Import | ast.ImportFrom)
                ]
    assert not deferred


def test_there_is_no_drawer() -> None:
    assert [path for path in sources("crm", "imports") if path.stem in ("utils", "helpers", "misc", "common")] == []


# Messages


def extracted() -> Catalog:
    """The messages of code and templates."""
    catalog = Catalog()
    methods = [("crm/**.py", "python"), ("imports/**.py", "python"), ("app.py", "python")]
    methods.append(("templates/**.html", "jinja2"))
    keywords: dict[str, Any] = {"_": None, "_l": None, "_n": (1, 2), "N_": None, "gettext": None, "ngettext": (1, 2)}
    keywords |= {
        "lazy_gettext": None,
        "lazy_ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
        "lazy_pgettext": ((1, "c"), 2),
    }
    found = extract_from_dir(ROOT, methods, {"**": {"encoding": "utf-8"}}, keywords, directory_filter=is_ours)
    for name, line, message, _comments, context in found:
        catalog.add(message, locations=[(name, line)], context=context)
    return catalog


def is_ours(folder: str) -> bool:
    """Leave out what is installed or made."""
    return Path(folder).name not in (".venv", "node_modules", "static", "tests", "data", ".git", "migrations", "bench")


def test_message_ids_are_chinese_without_bare_percents() -> None:
    bare = []
    for message in extracted():
        text = str(message.id if isinstance(message.id, str) else message.id[0])
        without = re.sub(r"%\(\w+\)[sd]|%%", "", text)
        if re.search(r"%\(\w+\)", text) and "%" in without:
            bare.append(text)
    assert not bare


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the English catalogue is not written yet")
def test_english_is_complete() -> None:
    with CATALOGUE.open("rb") as file:
        english = read_po(file, "en")
    ids = {(message.context, str(message.id)) for message in extracted() if message.id}
    known = {(message.context, str(message.id)): message for message in english if message.id}
    assert sorted(key[1] for key in ids - set(known)) == [], "without an English text"
    assert sorted(key[1] for key in set(known) - ids) == [], "in the catalogue but no longer in use"
    empty = [m.id for m in known.values() if not all(m.string if isinstance(m.string, tuple) else [m.string])]
    assert not empty
    assert [m.id for m in known.values() if m.fuzzy] == []
    assert [m.id for m in known.values() if list(m.check())] == []
    # A singular may leave its number out, as in “one row”; nothing else may be lost or made up.
    assert [m.id for m in known.values() if placeholders(m.string) - {"num"} != placeholders(m.id) - {"num"}] == []
    assert [m.id for m in known.values() if "num" in placeholders(m.id) - placeholders(m.string)] == []


def placeholders(texts: Any) -> set[str]:
    """The names in a message, or in the last of its forms."""
    return set(re.findall(r"%\((\w+)\)", texts if isinstance(texts, str) else texts[-1]))


# Documents


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert sorted(numbers) == sorted(set(numbers))
