"""Pages of rankings: the targets of a segment, one press on a candidate, the weights, similar companies."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from crm.accounts.access import current_user, needs
from crm.accounts.models import User
from crm.accounts.permissions import may, require, require_visible
from crm.accounts.queries import assignable
from crm.chain.models import Chain, Segment
from crm.chain.queries import clusters
from crm.companies.lists import put_on_list
from crm.companies.models import Company, TargetList
from crm.companies.queries import entries_of_companies, segments_by_chain, target_lists
from crm.database import N_, db
from crm.errors import BadRequest, Conflict, NotFound, RuleError
from crm.formatters import money
from crm.gaps.analysis import Gap
from crm.gaps.queries import gap_of
from crm.gaps.ranking import queries, services, similar
from crm.gaps.ranking.forms import WeightsForm, form_of
from crm.gaps.ranking.score import Reason, Scale, Target, Weights, rank
from crm.pipeline.models import Effect, Project
from crm.pipeline.queries import is_open, visible_to
from crm.rules import today

blueprint = Blueprint("ranking", __name__)

#: So many targets a page may show; the first is the default.
SIZES = (20, 50, 100)
SCOPES = {"": N_("全部"), "pool": N_("名录池"), "unlisted": N_("不在任何清单"), "ours": N_("本部门跟进")}
#: So many lists a row offers, the chain's own first: the company's page offers all.
LISTS = 12
#: A fact in a sentence is cut here.
LONGEST_FACT = 60


@dataclass(frozen=True)
class Ranking:
    """The targets of a segment in order, with what produced them."""

    segment: Segment
    gap: Gap
    targets: Sequence[Target]


@blueprint.get("/chains/<slug>/segments/<int:segment_id>/targets")
@needs("figures.read")
def show(slug: str, segment_id: int) -> ResponseReturnValue:
    """Who could fill a segment, the best first: on any list or on none."""
    segment = segment_of(segment_id, slug)
    size, scope = chosen(request.args.get("n", ""), request.args.get("scope", ""))
    ranking = ranking_of(segment, queries.weights())
    entries = entries_on(ranking.targets) if scope == "unlisted" else {}
    within = [each for each in ranking.targets if is_within(scope, each, entries)]
    return render_template(
        "gaps/ranking/show.html",
        segment=segment,
        chain=segment.chain,
        ranking=ranking,
        targets=within[:size],
        found=len(within),
        size=size,
        sizes=SIZES,
        scope=scope,
        scopes=SCOPES,
        entries=entries_on(within[:size]),
        terms=queries.words_of(segment),
        projects=projects_of([each.candidate.id for each in within[:size]]),
        **choices(segment.chain),
    )


def segment_of(segment_id: int, slug: str | None = None) -> Segment:
    """The segment of an address, or NotFound."""
    segment = db.session.get(Segment, segment_id, options=[joinedload(Segment.chain)])
    if segment is None or (slug is not None and segment.chain.slug != slug):
        raise NotFound(N_("这条产业链没有这个环节。"))
    return segment


def chosen(size: str, scope: str) -> tuple[int, str]:
    """How many and of whom; BadRequest for what the page does not offer."""
    if (size and size not in map(str, SIZES)) or scope not in SCOPES:
        raise BadRequest(N_("没有这样的列表。"))
    return int(size or SIZES[0]), scope


def ranking_of(segment: Segment, weights: Weights) -> Ranking:
    """The ranking of a segment for the viewer."""
    gap = gap_of(segment)
    scale = Scale(queries.words_of(segment), weights, queries.heaviest_tier(), today())
    return Ranking(segment, gap, rank(queries.candidates(segment, current_user), scale, gap.open_gap))


def entries_on(targets: Sequence[Target]) -> dict[int, list[TargetList]]:
    """The lists on which each target stands."""
    found: defaultdict[int, list[TargetList]] = defaultdict(list)
    query = entries_of_companies([each.candidate.id for each in targets])
    for entry in db.session.scalars(query):
        found[entry.company_id].append(entry.target_list)
    return found


def is_within(scope: str, target: Target, entries: dict[int, list[TargetList]]) -> bool:
    """Whether a target belongs to what the page was narrowed to."""
    if scope == "pool":
        return target.candidate.in_pool
    if scope == "unlisted":
        return target.candidate.id not in entries
    return scope == "" or target.candidate.office == current_user.office.name


def projects_of(company_ids: Sequence[int]) -> dict[int, Project]:
    """An open project of each company, of those that the viewer may know of."""
    query = visible_to(current_user).where(Project.company_id.in_(company_ids), *is_open())
    query = query.options(joinedload(Project.stage)).order_by(Project.id)
    return {project.company_id: project for project in db.session.scalars(query)}


def choices(chain: Chain) -> dict[str, Any]:
    """What the presses offer: the lists that one may add to, the chain's first, and to whom one may assign."""
    lists = [each for each in db.session.scalars(target_lists()) if may(current_user, "list.edit", each)]
    lists.sort(key=lambda each: each.chain_id != chain.id)
    people = db.session.scalars(assignable().options(joinedload(User.office))).all()
    return {
        "lists": lists[:LISTS],
        "people": [user for user in people if services.may_assign(current_user, user) and user.id != current_user.id],
        "may_take": may(current_user, "company.take"),
        "may_start": may(current_user, "project.create"),
    }


@blueprint.post("/segments/<int:segment_id>/target-entries")
@needs("list.edit")
def add_to_list(segment_id: int) -> ResponseReturnValue:
    """Put a candidate on a list."""
    segment, company = segment_of(segment_id), company_of_form()
    list_id = request.form.get("list_id", type=int)
    target_list = db.session.get(TargetList, list_id) if list_id and list_id < 2**63 else None
    require_visible(current_user, "list.read", target_list)
    assert target_list is not None  # noqa: S101 -- require_visible has seen to it
    put_on_list(target_list, company, "", current_user)
    db.session.commit()
    flash(_("“%(company)s”已在清单“%(list)s”上。", company=company.name, list=target_list.name), "success")
    return back_to(segment)


@blueprint.post("/segments/<int:segment_id>/target-holders")
@needs("company.take")
def assign(segment_id: int) -> ResponseReturnValue:
    """Take a candidate from the pool, or hand it to a colleague."""
    segment, company = segment_of(segment_id), company_of_form()
    user_id = request.form.get("user_id", type=int)
    to = db.session.get(User, user_id) if user_id and user_id < 2**63 else current_user
    if to is None:
        raise NotFound(N_("没有这位同事，或者账号已停用。"))
    services.assign(company, to, current_user)
    db.session.commit()
    flash(_("“%(company)s”由%(name)s跟进。", company=company.name, name=to.display_name), "success")
    return back_to(segment)


@blueprint.post("/segments/<int:segment_id>/target-projects")
@needs("project.create")
def start(segment_id: int) -> ResponseReturnValue:
    """立项 for a candidate with one press."""
    segment, company = segment_of(segment_id), company_of_form()
    require(current_user, "project.create", company)
    project = services.start_project(company, segment, gap_of(segment).effect, current_user)
    db.session.commit()
    flash(_("已立项。补齐下面的缺项就可以推进到下一阶段。"), "success")
    return redirect(url_for("pipeline.show", project_id=project.id))


def company_of_form() -> Company:
    """The company that the form names; NotFound if there is none."""
    company_id = request.form.get("company_id", type=int)
    company = db.session.get(Company, company_id) if company_id and company_id < 2**63 else None
    require_visible(current_user, "company.card", company)
    assert company is not None  # noqa: S101 -- require_visible has seen to it
    return company


def back_to(segment: Segment) -> ResponseReturnValue:
    """Back to the ranking, as it was narrowed."""
    n, scope = (request.form.get(key) or None for key in ("n", "scope"))
    return redirect(url_for(".show", slug=segment.chain.slug, segment_id=segment.id, n=n, scope=scope))


@blueprint.route("/ranking-weights", methods=["GET", "POST"])
@needs("terms.edit")
def weights() -> ResponseReturnValue:
    """The weights; before they are saved, their effect on the first twenty."""
    stored = queries.weights()
    segments = db.session.scalars(segments_by_chain()).all()
    form = form_of(stored, db.session.scalars(clusters()).all(), segments, services.edition())
    if request.method == "GET":
        asked = request.args.get("segment", type=int)
        form.segment_id.data = asked if asked in [s.id for s in segments] else form.segment_id.data
        return weights_page(form)
    if not form.validate():
        return weights_page(form), 422
    try:
        services.require_whole(form.weights().points)
        if "preview" in request.form:
            return weights_page(form, effect_of(stored, form))
        services.save_weights(form.weights(), form.version.data, current_user)
    except (RuleError, Conflict) as error:
        return refused(form, error)
    db.session.commit()
    flash(_("已保存，排序按新的权重。"), "success")
    return redirect(url_for(".weights", segment=form.segment_id.data))


def weights_page(form: WeightsForm, effect: dict[str, Any] | None = None) -> str:
    """The form, with the effect where it was asked for."""
    return render_template("gaps/ranking/weights.html", form=form, effect=effect)


def refused(form: WeightsForm, error: RuleError | Conflict) -> ResponseReturnValue:
    """The form with what was typed and the sentence; saving again after a conflict is meant."""
    db.session.rollback()
    form.form_errors.append(_(error.message, **error.details))
    form.version.data = services.edition()
    return weights_page(form), error.status


def effect_of(stored: Weights, form: WeightsForm) -> dict[str, Any]:
    """The first twenty as they would stand, with the place that each has now, and who would leave them."""
    segment = segment_of(form.segment_id.data)
    found = queries.candidates(segment, current_user)
    terms, heaviest = queries.words_of(segment), queries.heaviest_tier()
    before, after = (rank(found, Scale(terms, each, heaviest, today()), None) for each in (stored, form.weights()))
    place = {each.candidate.id: number for number, each in enumerate(before, start=1)}
    first = after[: SIZES[0]]
    kept = {each.candidate.id for each in first}
    return {
        "segment": segment,
        "rows": [(number, place[each.candidate.id], each) for number, each in enumerate(first, start=1)],
        "left": [each for each in before[: SIZES[0]] if each.candidate.id not in kept],
    }


@blueprint.get("/companies/<int:company_id>/similar")
@needs("company.read")
def alike(company_id: int) -> ResponseReturnValue:
    """Companies whose products read like this one's."""
    company = db.session.get(Company, company_id)
    require_visible(current_user, "company.read", company)
    assert company is not None  # noqa: S101 -- require_visible has seen to it
    return render_template(
        "gaps/ranking/similar.html", company=company, found=similar.similar_to(company, current_user)
    )


@blueprint.app_template_filter()
def reason(value: Reason) -> str:
    """A reason as people read it."""
    return str(_(value.text, **{key: shown(fact) for key, fact in value.facts.items()}))


def shown(fact: Any) -> Any:
    """A fact as people read it: amounts with their unit, tiers in the page's language, prose cut."""
    if isinstance(fact, Decimal):
        return money(fact)
    if isinstance(fact, (list, tuple)):
        return "、".join(_(word) for word in fact)
    if isinstance(fact, str) and len(fact) > LONGEST_FACT:
        return fact[:LONGEST_FACT] + "…"
    return fact


#: What a company that came would do to the segment.
BEGINNINGS = {
    Effect.FILL: N_("补“%(segment)s”缺口：%(reasons)s。"),
    Effect.STRENGTHEN: N_("补强“%(segment)s”：%(reasons)s。"),
    Effect.EXTEND: N_("延伸“%(segment)s”：%(reasons)s。"),
    None: N_("面向“%(segment)s”：%(reasons)s。"),
}


@blueprint.app_template_filter()
def sentence(target: Target, effect: Effect | None, segment: str) -> str:
    """All that speaks for a target: “补‘激光晶体’缺口：主营含‘非线性晶体’；位于武汉；近 90 天未接触。”"""
    reasons = _("；").join(reason(part.reason) for part in target.parts)
    return str(_(BEGINNINGS[effect], segment=segment, reasons=reasons))
