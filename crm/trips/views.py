"""Plan a trip, follow it stop by stop, read what it came to."""

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import joinedload
from sqlalchemy.types import BigInteger

from crm.accounts.access import current_user, needs
from crm.accounts.models import User
from crm.accounts.permissions import held_by, may
from crm.companies import queries as companies
from crm.companies.models import Company
from crm.database import db
from crm.downloads import DOCX, download
from crm.errors import BadRequest, Conflict, NotFound, RuleError
from crm.forms import page_of
from crm.interactions.queries import NOT_FOUND, assignees
from crm.pagination import paginate
from crm.trips import queries, report, services
from crm.trips.forms import StopForm, TripForm
from crm.trips.models import Trip, TripStop

blueprint = Blueprint("trips", __name__)

SCOPES = ("mine", "office")
#: So many companies of a list, or of one's own, are offered when a trip is planned.
OFFERED = 60
#: As many or fewer are ticked beforehand.
TICKED = 12


@blueprint.get("/trips")
@needs("trip.read")
def index() -> ResponseReturnValue:
    """The trips, the latest first: those on which one is, or the office's."""
    scope = request.args.get("scope", "mine" if may(current_user, "trip.create") else "office")
    if scope not in SCOPES:
        raise BadRequest(NOT_FOUND)
    query = queries.trips(current_user, scope)
    page = paginate(db.session, query, queries.SORTS["-starts"], request.args.get("cursor"))
    return render_template("trips/index.html", page=page, scope=scope)


@blueprint.route("/trips/new", methods=["GET", "POST"])
@needs("trip.create")
def new() -> ResponseReturnValue:
    """Plan a trip: `?company=ID` (several, in their order) or `?list=ID` offers companies, else one's own are."""
    asked = request.args.getlist("company", type=int) + request.form.getlist("company_ids", type=int)
    offered = offered_companies(asked, request.args.get("list", type=int))
    ticked = asked or ([company.id for company in offered] if "list" in request.args and len(offered) <= TICKED else [])
    form = TripForm(company_ids=ticked).offer(travellers(), offered)
    page = page_of("trips/form.html", form, trip=None)
    if not form.validate_on_submit():
        return page()
    chosen = [company for company in offered if company.id in form.company_ids.data]
    try:
        trip = services.plan_trip(form.values(), chosen, current_user)
    except RuleError as error:
        return page(error)
    db.session.commit()
    flash(_("已安排出访。在下面调整每家的日期、时间和顺序。"), "success")
    return redirect(url_for(".show", trip_id=trip.id))


def offered_companies(asked: Sequence[int], list_id: int | None) -> list[Company]:
    """The companies to choose from: those asked for in their order, then those of the list, or one's own."""
    open_ones = select(Company).where(Company.archived_at.is_(None)).options(joinedload(Company.division))
    found = db.session.scalars(open_ones.where(Company.id == any_(literal(list(asked), ARRAY(BigInteger))))).all()
    by_id = {company.id: company for company in found}
    first = [by_id[company_id] for company_id in dict.fromkeys(asked) if company_id in by_id]
    if asked and list_id is None:
        return first
    within = companies.on_list(list_id) if list_id else Company.owner_id == current_user.id
    may_log = held_by(Company, current_user, "interaction.create")
    others = db.session.scalars(
        open_ones.where(within, may_log).order_by(Company.pinyin_key, Company.id).limit(OFFERED)
    )
    return first + [company for company in others if company.id not in by_id]


def travellers(trip: Trip | None = None) -> list[User]:
    """Those who may be put on a trip, but its owner; whoever is on it stays on offer."""
    owner_id = trip.owner_id if trip else current_user.id
    people = list(db.session.scalars(assignees(current_user)))
    people += [officer.user for officer in trip.officers if officer.user not in people] if trip else []
    return [user for user in people if user.id != owner_id]


@blueprint.get("/trips/<int:trip_id>")
@needs("trip.read")
def show(trip_id: int) -> ResponseReturnValue:
    """A trip's plan, day by day; a tap on a stop opens the visit with all that is known filled in."""
    trip = readable(trip_id)
    editable = may(current_user, "trip.edit", trip) and trip.cancelled_at is None
    form = StopForm(None).offer(trip)
    return render_template("trips/show.html", trip=trip, editable=editable, form=form)


@blueprint.route("/trips/<int:trip_id>/edit", methods=["GET", "POST"])
@needs("trip.edit")
def edit(trip_id: int) -> ResponseReturnValue:
    """Change a trip's name, days, people and purpose."""
    trip = services.trip_to_edit(trip_id, current_user)

    def form_of(**options: None) -> TripForm:
        form = TripForm(obj=trip, officer_ids=sorted(trip.member_ids), **options).offer(travellers(trip), [])
        del form.company_ids
        return form

    form = form_of()
    page = page_of("trips/form.html", form, lambda: form_of(formdata=None), trip=trip)
    if not form.validate_on_submit():
        return page()
    try:
        services.edit_trip(trip_id, form.values(), current_user, form.version.data)
    except (RuleError, Conflict) as error:
        return page(error)
    db.session.commit()
    flash(_("已保存修改。"), "success")
    return redirect(url_for(".show", trip_id=trip.id))


@blueprint.post("/trips/<int:trip_id>/cancellation")
@needs("trip.edit")
def cancel(trip_id: int) -> ResponseReturnValue:
    """Call a trip off; undo stands beside the word that it is done."""
    trip = services.cancel_trip(trip_id, current_user)
    db.session.commit()
    undo = {"text": _("已取消这次出访。"), "action": _("撤销"), "values": {}}
    flash({**undo, "url": url_for(".resume", trip_id=trip.id)}, "success")  # type: ignore[arg-type]
    return redirect(url_for(".show", trip_id=trip.id))


@blueprint.post("/trips/<int:trip_id>/resumption")
@needs("trip.edit")
def resume(trip_id: int) -> ResponseReturnValue:
    """Take the calling off back."""
    services.resume_trip(trip_id, current_user)
    db.session.commit()
    return redirect(url_for(".show", trip_id=trip_id))


# Stops


@blueprint.post("/trips/<int:trip_id>/stops")
@needs("trip.edit")
def add_stop(trip_id: int) -> ResponseReturnValue:
    """Put a company on the plan."""
    trip = services.trip_to_edit(trip_id, current_user)
    form = StopForm().offer(trip)
    more = {"results": None}
    page = page_of("trips/show.html", form, trip=trip, editable=True, **more)
    if request.form.get("find") == "company_id":
        found = companies.best(request.form.get("company_id_q", ""), current_user, "interaction.create")
        results = [(company.id, company.name, "") for company in found]
        return render_template("trips/show.html", trip=trip, editable=True, form=form, results=results)
    if not form.validate_on_submit():
        return page()
    company = db.session.get(Company, form.company_id.data)
    if company is None:
        raise NotFound(NOT_FOUND)
    try:
        services.add_stop(
            trip,
            company,
            date.fromisoformat(form.on_day.data),
            by=current_user,
            at=form.at.data,
            note=form.note.data or "",
        )
    except RuleError as error:
        return page(error)
    db.session.commit()
    return redirect(url_for(".show", trip_id=trip.id, _anchor=f"day-{form.on_day.data}"))


@blueprint.route("/trips/<int:trip_id>/stops/<int:stop_id>", methods=["GET", "POST"])
@needs("trip.edit")
def edit_stop(trip_id: int, stop_id: int) -> ResponseReturnValue:
    """Change when a company is visited and what for."""
    stop = services.stop_to_edit(trip_id, stop_id, current_user)

    def form_of(**options: None) -> StopForm:
        form = StopForm(obj=stop, **options).offer(stop.trip)
        del form.company_id
        return form

    form = form_of()
    page = page_of("trips/stop_form.html", form, lambda: form_of(formdata=None), stop=stop)
    if not form.validate_on_submit():
        return page()
    try:
        services.edit_stop(
            stop, date.fromisoformat(form.on_day.data), form.at.data, form.note.data or "", form.version.data
        )
    except (RuleError, Conflict) as error:
        return page(error)
    db.session.commit()
    return redirect(url_for(".show", trip_id=trip_id, _anchor=f"stop-{stop_id}"))


@blueprint.post("/trips/<int:trip_id>/stops/<int:stop_id>/removal")
@needs("trip.edit")
def remove_stop(trip_id: int, stop_id: int) -> ResponseReturnValue:
    """Take a company off the plan."""
    stop = services.stop_to_edit(trip_id, stop_id, current_user)
    name = stop.company.name
    services.remove_stop(stop)
    db.session.commit()
    flash(_("已从计划中移除“%(name)s”。", name=name), "success")
    return redirect(url_for(".show", trip_id=trip_id))


@blueprint.post("/trips/<int:trip_id>/stops/<int:stop_id>/move")
@needs("trip.edit")
def move_stop(trip_id: int, stop_id: int) -> ResponseReturnValue:
    """Visit a company earlier or later."""
    step = {"up": -1, "down": 1}.get(request.form.get("to", ""))
    if step is None:
        raise BadRequest(NOT_FOUND)
    services.move_stop(services.stop_to_edit(trip_id, stop_id, current_user), step)
    db.session.commit()
    return redirect(url_for(".show", trip_id=trip_id, _anchor=f"stop-{stop_id}"))


# The report


@blueprint.get("/trips/<int:trip_id>/report")
@needs("trip.read")
def show_report(trip_id: int) -> ResponseReturnValue:
    """What the trip came to, as a page that prints well."""
    return render_template("trips/report.html", report=report.report_of(readable(trip_id), current_user))


@blueprint.get("/trips/<int:trip_id>/report.docx")
@needs("trip.read")
def download_report(trip_id: int) -> ResponseReturnValue:
    """The same as a document."""
    trip = readable(trip_id)
    content = report.document(report.report_of(trip, current_user))
    return download(content, f"{trip.name}-{_('出访报告')}.docx", DOCX)


def readable(trip_id: int) -> Trip:
    """The trip, or NotFound."""
    found = db.session.scalars(queries.trip(current_user, trip_id)).unique().one_or_none()
    if found is None:
        raise NotFound(NOT_FOUND)
    return found


def visit_url(stop: TripStop) -> str:
    """The form of a visit with all that the plan knows filled in."""
    others = [user.id for user in stop.trip.people if user.id != current_user.id]
    at = f"{stop.at:%H:%M}" if stop.at else None
    return url_for("interactions.new", company=stop.company_id, day=stop.on_day.isoformat(), at=at, officer=others)


blueprint.app_template_global("visit_url")(visit_url)
