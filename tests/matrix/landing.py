"""Rows of landing: every catalogue has the same pages, so its rows follow from its nouns."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from crm.chain.models import Chain
from crm.landing.dossiers.entries import NOTE, ROSTER
from crm.landing.entries import CompanyLink, Noun
from crm.landing.events.entries import EVENT, GUEST
from crm.landing.experts.entries import CONFLICT, EXPERT
from crm.landing.institutions.entries import INSTITUTION
from crm.landing.institutions.entries import PARTS as OF_INSTITUTIONS
from crm.landing.locals.entries import NOUNS as OF_COMPANIES
from crm.landing.parks.entries import BUILDING, PARCEL, PARK
from crm.landing.plans.entries import ITEM, PLAN, PROGRESS, PROPOSAL, TASK
from crm.landing.policies.entries import FUND, FUND_YEAR, PAYMENT, POLICY
from crm.landing.policies.entries import PARTS as OF_POLICIES
from crm.landing.redlines.entries import RED_LINE
from crm.rules import today
from tests.factories import landing
from tests.matrix import Route
from tests.matrix.files import pdf

#: The whole of rosters and notes; the world's chain.
CHAIN = Noun("chain", "dossier-sources", "", Chain, ())
READ, EDIT = "figures.read", "terms.edit"
CATALOGUES: tuple[tuple[Noun, tuple[Noun, ...]], ...] = (
    (PARK, (PARCEL, BUILDING)),
    (POLICY, OF_POLICIES),
    (FUND, (FUND_YEAR, PAYMENT)),
    (INSTITUTION, OF_INSTITUTIONS),
    (EXPERT, (CONFLICT,)),
    (PLAN, (TASK,)),
    (PROPOSAL, (ITEM,)),
    (EVENT, (GUEST,)),
    (RED_LINE, ()),
)
#: Nouns whose rows the world arranges: they are nobody's.
NOUNS = (*(noun for whole, parts in CATALOGUES for noun in (whole, *parts)), PROGRESS)


def form_of(noun: Noun) -> Any:
    """A valid form; the company of the world where it names one."""

    def form(world: Any, _row: Any) -> dict[str, Any]:
        linked = [entry.key for entry in noun.editable if isinstance(entry.link, CompanyLink) and entry.required]
        return {**landing.form(noun), **dict.fromkeys(linked, world.ids["free_company"])}

    return form


def of_row(world: Any, row: Any) -> dict[str, Any]:
    """The URL's argument of a row's pages."""
    return {"row_id": row.id}


def of_part(world: Any, row: Any) -> dict[str, Any]:
    """The URL's argument of a part's pages."""
    return {"part_id": row.id}


def parts_of(name: str, whole: Noun, parts: tuple[Noun, ...], act: str = EDIT) -> Iterator[Route]:
    """The forms of parts."""
    for part in parts:
        new, edit, delete = (f"{name}.{verb}_{part.key}" for verb in ("new", "edit", "delete"))
        yield Route(new, act=act, row=f"landing_{whole.key}", args=of_row)
        yield Route(new, "POST", act=act, row=f"landing_{whole.key}", args=of_row, form=form_of(part))
        yield Route(edit, act=act, row=f"landing_{part.key}", args=of_part)
        yield Route(edit, "POST", act=act, row=f"landing_{part.key}", args=of_part, form=form_of(part))
        yield Route(delete, "POST", act=act, row=f"landing_{part.key}", args=of_part, when=in_use(part))


def in_use(noun: Noun) -> dict[str, int]:
    """The world's plan task has progress, so it cannot be deleted; nor can the wholes, which have parts."""
    wholes = [whole for whole, parts in CATALOGUES if parts]
    return {"any": 422} if noun in (TASK, *wholes) else {}


def catalogue(noun: Noun, parts: tuple[Noun, ...]) -> Iterator[Route]:
    """All pages of a catalogue; red lines are an administrator's."""
    name, act = noun.plural.replace("-", "_"), "chain.edit" if noun is RED_LINE else EDIT
    yield Route(f"{name}.index", act=READ, query={"q": "示例"})
    yield Route(f"{name}.sheet", act=READ)
    yield Route(f"{name}.show", act=READ, row=f"landing_{noun.key}", args=of_row)
    yield Route(f"{name}.new", act=act)
    yield Route(f"{name}.new", "POST", act=act, form=form_of(noun))
    yield Route(f"{name}.edit", act=act, row=f"landing_{noun.key}", args=of_row)
    yield Route(f"{name}.edit", "POST", act=act, row=f"landing_{noun.key}", args=of_row, form=form_of(noun))
    yield Route(f"{name}.delete", "POST", act=act, row=f"landing_{noun.key}", args=of_row, when=in_use(noun))
    yield from parts_of(name, noun, parts)


def of_companies() -> Iterator[Route]:
    """What is written about a company asks what editing the company asks."""
    for noun in OF_COMPANIES:
        new, edit, delete = (f"locals.{verb}_{noun.key}" for verb in ("new", "edit", "delete"))
        archived = {"archived": 409}
        yield Route(new, act="company.edit", row="company", when=archived)
        yield Route(new, "POST", act="company.edit", row="company", form=landing.form(noun), when=archived)
        yield Route(edit, act="company.edit", row=f"local_{noun.key}")
        yield Route(edit, "POST", act="company.edit", row=f"local_{noun.key}", form=landing.form(noun))
        yield Route(delete, "POST", act="company.edit", row=f"local_{noun.key}")


def seat(_world: Any, _row: Any) -> dict[str, Any]:
    """An answer."""
    return {"state": "accepted"}


def held(world: Any, _row: Any) -> dict[str, Any]:
    """A reservation where there is room."""
    return {"park_id": world.ids["roomy_park"], "land_mu": "1", "until": (today() + timedelta(days=30)).isoformat()}


ROUTES = [
    Route("dossier_sources.show", act=READ, row="landing_chain", args=of_row),
    *parts_of("dossier_sources", CHAIN, (ROSTER, NOTE)),
    Route("dossier.show", act=READ, row="chain"),
    Route("dossier.sheet", act=READ, row="chain"),
    Route("dossier.document", act=READ, row="chain"),
    Route("landing.index", act=READ),
    *(route for noun, parts in CATALOGUES for route in catalogue(noun, parts)),
    Route("plan_tasks.show", act=READ, row="landing_task", args=of_row),
    *parts_of("plan_tasks", TASK, (PROGRESS,)),
    Route(
        "plan_tasks.add_document",
        "POST",
        act=EDIT,
        row="landing_progress",
        args=lambda _world, row: {"part_id": row.id},
        form=pdf,
    ),
    Route("proposals.answer", act=READ, row="landing_proposal", args=of_row),
    Route("locals.index", act=READ),
    Route("locals.sheet", act=READ),
    *of_companies(),
    Route("draws.index", act=READ),
    Route("draws.new", act=EDIT),
    Route("draws.new", "POST", act=EDIT, form={"purpose": "示例评审", "wanted": "1"}),
    Route("draws.show", act=READ, row="draw"),
    Route("draws.sheet", act=READ, row="draw"),
    Route("draws.edit_seat", act=EDIT, row="seat"),
    Route("draws.edit_seat", "POST", act=EDIT, row="seat", form=seat),
    Route("pipeline.landing", act="project.read", row="project"),
    Route("pipeline.policy_notice", act="project.read", row="project"),
    Route(
        "pipeline.create_reservation",
        "POST",
        act="project.edit",
        row="project",
        form=held,
        when={"archived": 422},
    ),
    Route("pipeline.release_reservation", "POST", act="project.edit", row="reservation", form={"reason": "改用别处"}),
    Route(
        "pipeline.create_draw", "POST", act="project.read", guard=EDIT, row="project", form={"field": "", "wanted": "1"}
    ),
    Route("pipeline.set_events", "POST", act="project.edit", row="project", form={"event_ids": []}),
]
