"""Parks that fit a project and projects that fit a park, each with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from crm.accounts.models import User
from crm.database import db
from crm.formatters import plain
from crm.landing.extensions import Held
from crm.landing.models import Theme
from crm.landing.parks.models import Park
from crm.pipeline import queries
from crm.pipeline.models import Phase, Project, Stage
from crm.pipeline.reservations import held_of

#: Only projects that still look for a place are offered to a park.
LOOKING = (Phase.LEAD, Phase.TRIAGE, Phase.NEGOTIATING, Phase.SIGNED)
SHOWN = 20


@dataclass(frozen=True)
class Reason:
    """Something that speaks for a match (True), against it (False), or is not known (None)."""

    text: str
    holds: bool | None


@dataclass(frozen=True)
class ParkMatch:
    """How a park and a project fit."""

    park: Park
    project: Project
    reasons: list[Reason]

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against it and something for it."""
        holds = [reason.holds for reason in self.reasons]
        return False not in holds and True in holds

    @property
    def order(self) -> tuple[int, int, int]:
        """The best first: least against, most for, then as registered."""
        holds = [reason.holds for reason in self.reasons]
        return holds.count(False), -holds.count(True), self.park.id


def parks_for(project: Project) -> list[ParkMatch]:
    """All parks for a project, the best first; fictitious parks for fictitious projects only."""
    query = select(Park).where(Park.is_demo == project.is_demo).options(selectinload(Park.themes))
    parks = db.session.scalars(query).all()
    held = held_of([park.id for park in parks])
    found = [match(project, park, held.get(park.id, Held())) for park in parks]
    return sorted(found, key=lambda each: each.order)


def projects_for(park: Park, user: User) -> list[ParkMatch]:
    """The projects that fit a park and look for a place, of those that a user may know of, the best first."""
    query = queries.visible_to(user).join(Stage, Stage.id == Project.stage_id)
    query = query.where(*queries.is_open(), Stage.phase.in_(LOOKING), Project.is_demo == park.is_demo)
    held = held_of([park.id]).get(park.id, Held())
    projects = db.session.scalars(queries.with_names(query)).unique().all()
    found = [match(project, park, held) for project in projects]
    return sorted((each for each in found if each.fits), key=lambda each: each.order[:2])[:SHOWN]


def match(project: Project, park: Park, held: Held) -> ParkMatch:
    """A park and a project, with all reasons. What the project itself holds there counts as free for it."""
    own = [each for each in project.reservations if each.is_held and each.park_id == park.id]
    land = held.land_mu - sum((each.land_mu or Decimal(0) for each in own), Decimal(0))
    floor = held.floor_m2 - sum((each.floor_m2 or Decimal(0) for each in own), Decimal(0))
    reasons = [theme_reason(project, park.themes)]
    reasons += room_reason(_("用地"), _("亩"), project.land_mu, park.free_mu, land)
    reasons += room_reason(
        _("厂房"), "㎡", project.floor_m2 if needs_floor(project) else None, park.free_floor_m2, floor
    )
    reasons += threshold_reason(_("投资强度"), project.intensity_wan_per_mu, park.min_intensity_wan, project.land_mu)
    reasons += threshold_reason(_("亩均税收"), project.tax_wan_per_mu, park.min_tax_wan, project.land_mu)
    return ParkMatch(park, project, reasons)


def needs_floor(project: Project) -> bool:
    """Whether it looks for a building rather than land on which to build its own."""
    return not project.land_mu


def theme_reason(project: Project, themes: Sequence[Theme]) -> Reason:
    """Whether a theme of the park is a segment of the project, or the chain of one."""
    segments = {link.segment_id for link in project.segments}
    chains = {link.segment.chain_id for link in project.segments}
    named = [
        theme for theme in themes if theme.segment_id in segments or (not theme.segment_id and theme.chain_id in chains)
    ]
    if named:
        return Reason(_("主题相符：%(names)s", names="、".join(theme.name for theme in named)), True)
    if not segments or not any(theme.chain_id or theme.segment_id for theme in themes):
        return Reason(_("主题还不能比较"), None)
    return Reason(_("主题不符"), False)


def room_reason(label: str, unit: str, wanted: Decimal | None, free: Decimal | None, held: Decimal) -> list[Reason]:
    """Whether there is room; nothing where the project asks for none."""
    if not wanted:
        return []
    if free is None:
        return [Reason(_("%(label)s：园区没有登记可供面积", label=label), None)]
    left = free - held
    words = {"label": label, "wanted": plain(wanted), "left": plain(left), "unit": unit}
    text = _("%(label)s：要 %(wanted)s %(unit)s，还可预留 %(left)s %(unit)s", **words)
    return [Reason(text, wanted <= left)]


def threshold_reason(
    label: str, actual: Decimal | None, wanted: Decimal | None, land_mu: Decimal | None
) -> list[Reason]:
    """Whether a threshold of the park is met; nothing where the park has none or the project takes no land."""
    if wanted is None or not land_mu:
        return []
    if actual is None:
        return [Reason(_("%(label)s：项目没有填全，门槛 %(wanted)s 万元/亩", label=label, wanted=plain(wanted)), None)]
    words = {"label": label, "actual": plain(round(actual, 1)), "wanted": plain(wanted)}
    return [Reason(_("%(label)s：%(actual)s 万元/亩，门槛 %(wanted)s 万元/亩", **words), actual >= wanted)]
