"""Runs migrations on the URL that the caller set (crm.database.alembic_config), under a lock so that one wins."""

import importlib
import pkgutil

from alembic import context
from sqlalchemy import create_engine, text

import crm
import imports
from crm.database import Base

#: Any fixed number: two processes that start at once must not both migrate.
LOCK = 7_112_023


def load_models() -> None:
    """Import every slice's models, so that autogenerate sees all tables."""
    for package in (crm, imports):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if module.name.rsplit(".", 1)[-1] == "models":
                importlib.import_module(module.name)


def is_ours(name: str | None, kind: str, parents: dict[str, str | None]) -> bool:
    """Leave procrastinate's tables and the monthly partitions out of the drift check."""
    table = name if kind == "table" else parents.get("table_name")
    return not (table or "").startswith(("procrastinate_", "history_default", "history_2"))


def run() -> None:
    """Migrate in one transaction: a failure leaves the schema as it was."""
    load_models()
    engine = create_engine(context.config.attributes["url"])
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_name=is_ours,
            compare_type=True,
            compare_server_default=False,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
