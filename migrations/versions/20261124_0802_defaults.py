"""Default tiers, routes, stages and gates: data that an administrator changes later.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: Weights of gap analysis: 链主 3, 重点 2, any other 1.
TIERS = [
    ("链主", 3),
    ("重点", 2),
    ("隐形冠军", 1),
    ("专精特新“小巨人”", 1),
    ("单项冠军", 1),
    ("上市", 1),
    ("高新技术企业", 1),
    ("规上", 1),
]

#: (stage, phase, probability, days until stale)
LEAD = ("线索", "lead", "0.05", 30)
TRIAGE = ("研判", "triage", "0.10", 21)
TALKS = ("在谈", "negotiating", "0.25", 14)
SIGNED = ("签约", "signed", "0.60", 30)
REGISTERED = ("注册", "signed", "0.75", 30)
OPERATING = ("投产", "operating", "1", None)

#: (slug, name, makes supply, stages)
ROUTES = [
    (
        "greenfield",
        "拿地自建",
        True,
        [LEAD, TRIAGE, TALKS, SIGNED, REGISTERED, ("开工", "started", "0.90", 60), OPERATING],
    ),
    (
        "premises",
        "租购厂房",
        True,
        [LEAD, TRIAGE, TALKS, SIGNED, REGISTERED, ("装修", "started", "0.90", 45), OPERATING],
    ),
    ("expansion", "增资扩产", True, [LEAD, TRIAGE, TALKS, SIGNED, ("开工", "started", "0.90", 60), OPERATING]),
    ("research", "研发/总部", True, [LEAD, TRIAGE, TALKS, SIGNED, REGISTERED, ("运营", "operating", "1", None)]),
    (
        "matchmaking",
        "合作牵线",
        False,
        [
            LEAD,
            TRIAGE,
            ("对接", "negotiating", "0.25", 21),
            ("签约合作", "signed", "0.60", 60),
            ("合作落地", "operating", "1", None),
        ],
    ),
]

#: By phase: (fact, condition) of crm/pipeline/gates.py. A phase that a route has twice asks at its first stage.
GATES = {
    "triage": ["segment", "summary", "lead_source", "contact", "next_step"],
    "negotiating": ["triage_note", "owner", "investment"],
    "signed": ["effect", "fixed_investment", "output", "tax", "land", "floor", "energy", "park"],
    "started": ["local_company", "jobs"],
    "operating": ["local_company"],
}
#: A fact that only some projects must know.
CONDITIONS = {
    "land": "takes_land",
    "floor": "takes_premises",
    "park": "makes_supply",
    "energy": "takes_land",
    "output": "makes_supply",
    "tax": "makes_supply",
    "fixed_investment": "makes_supply",
    "jobs": "makes_supply",
    "local_company": "makes_supply",
}

tiers = sa.table("tiers", sa.column("name"), sa.column("weight"), sa.column("ordinal"))
routes = sa.table("routes", sa.column("id"), *map(sa.column, ("slug", "name", "ordinal", "makes_supply")))
stages = sa.table(
    "stages", sa.column("id"), *map(sa.column, ("route_id", "ordinal", "name", "phase", "probability", "stale_days"))
)
gate_items = sa.table("gate_items", *map(sa.column, ("stage_id", "fact", "condition", "ordinal")))


def upgrade() -> None:
    bind = op.get_bind()
    bind.execute(sa.text("select set_config('crm.actor', '0', true)"))
    op.bulk_insert(tiers, [{"name": name, "weight": weight, "ordinal": i} for i, (name, weight) in enumerate(TIERS)])
    for i, (slug, name, makes_supply, steps) in enumerate(ROUTES):
        values = {"slug": slug, "name": name, "ordinal": i, "makes_supply": makes_supply}
        route_id = bind.execute(routes.insert().values(values).returning(routes.c.id)).scalar_one()
        add_stages(bind, route_id, steps)


def add_stages(bind: sa.Connection, route_id: int, steps: list[tuple]) -> None:
    """Add a route's stages, each phase's gate at the first stage that has it."""
    seen = set()
    for i, (name, phase, probability, stale_days) in enumerate(steps):
        values = {"name": name, "phase": phase, "probability": probability, "stale_days": stale_days}
        insert = stages.insert().values(route_id=route_id, ordinal=i, **values).returning(stages.c.id)
        stage_id = bind.execute(insert).scalar_one()
        for j, fact in enumerate(GATES.get(phase, []) if phase not in seen else []):
            condition = CONDITIONS.get(fact, "always")
            bind.execute(gate_items.insert().values(stage_id=stage_id, fact=fact, condition=condition, ordinal=j))
        seen.add(phase)


def downgrade() -> None:
    op.execute("select set_config('crm.actor', '0', true)")
    for table in ("gate_items", "stages", "routes", "tiers"):
        op.execute(f"delete from {table}")  # noqa: S608 -- the names stand above
