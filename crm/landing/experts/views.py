"""Pages of experts and of draws."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from crm.accounts.access import current_user, needs
from crm.companies.models import Company
from crm.database import N_, db, locked, require_version
from crm.errors import NotFound, RuleError
from crm.landing.experts import draws
from crm.landing.experts.entries import CONFLICT, EXPERT
from crm.landing.experts.forms import DrawForm, SeatForm
from crm.landing.experts.models import Draw, Expert, Seat, SeatState
from crm.landing.pages import EDIT, READ, Pages, chosen_name, found_companies
from crm.pagination import Sort, paginate


class ExpertPages(Pages):
    """The register."""

    noun = EXPERT
    parts = (CONFLICT,)
    icon = "user-check"
    columns = ("unit", "title", "fields", "is_active")
    list_template = "landing/experts.html"
    lead = N_("按领域随机抽取，避开同单位、同集团和已申报的利益关系。")

    def query(self) -> Any:
        """With their fields."""
        return super().query().options(selectinload(Expert.fields), selectinload(Expert.conflicts))


draws_blueprint = Blueprint("draws", __name__)
blueprints = (ExpertPages().blueprint(), draws_blueprint)


@draws_blueprint.get("/draws")
@needs(READ)
def index() -> ResponseReturnValue:
    """All draws, the latest first."""
    query = draws.visible_to(current_user).options(
        joinedload(Draw.company), joinedload(Draw.by), selectinload(Draw.seats)
    )
    page = paginate(db.session, query, Sort(Draw.id, Draw.id, descending=True), request.args.get("cursor"))
    return render_template("landing/draws/index.html", page=page)


@draws_blueprint.route("/draws/new", methods=["GET", "POST"])
@needs(EDIT)
def new() -> ResponseReturnValue:
    """Draw."""
    form = DrawForm().offer()
    if request.method == "GET" or "find" in request.form:
        return form_page(form)
    if not form.validate():
        return form_page(form), 422
    try:
        found = draws.draw(
            form.purpose.data, form.field.data, form.wanted.data, company_of(form.company_id.data), by=current_user
        )
    except RuleError as error:
        form.form_errors.append(_(error.message, **error.details))
        return form_page(form), 422
    db.session.commit()
    flash(_("已抽取 %(count)d 位专家，种子已记录。", count=len(found.seats)), "success")
    return redirect(url_for(".show", draw_id=found.id))


def form_page(form: DrawForm) -> str:
    """The form, with the companies that were looked for."""
    found = found_companies(request.form.get("company_id_q", "")) if "find" in request.form else None
    return render_template("landing/draws/form.html", form=form, company=chosen_name(form.company_id.data), found=found)


def company_of(company_id: int | None) -> Company | None:
    """The company that the experts judge on. NotFound for one that is not there."""
    if not company_id:
        return None
    company = db.session.get(Company, company_id) if 0 < company_id < 2**63 else None
    if company is None:
        raise NotFound(N_("没有找到这家企业。"))
    return company


@draws_blueprint.get("/draws/<int:draw_id>")
@needs(READ)
def show(draw_id: int) -> ResponseReturnValue:
    """A draw: who was drawn, who was left out and why, and how to repeat it."""
    found = draw_of(draw_id)
    return render_template("landing/draws/show.html", **page_of(found))


def draw_of(draw_id: int) -> Draw:
    """The draw, or NotFound."""
    found = db.session.scalars(draws.visible_to(current_user).where(Draw.id == draw_id)).one_or_none()
    if found is None:
        raise NotFound(N_("没有找到这次抽取。"))
    return found


def page_of(found: Draw) -> dict[str, Any]:
    """What a draw's page and its sheet show."""
    ids = [*found.ranking, *(each["id"] for each in found.left_out)]
    experts = {expert.id: expert for expert in db.session.scalars(select(Expert).where(Expert.id.in_(ids)))}
    return {
        "draw": found,
        "experts": experts,
        "places": {expert_id: draws.place(found.seed, expert_id) for expert_id in found.ranking},
        "is_repeatable": draws.is_repeatable(found),
    }


@draws_blueprint.get("/draws/<int:draw_id>/sheet")
@needs(READ)
def sheet(draw_id: int) -> ResponseReturnValue:
    """The sheet to print and sign."""
    return render_template("landing/draws/sheet.html", **page_of(draw_of(draw_id)))


@draws_blueprint.route("/seats/<int:seat_id>/edit", methods=["GET", "POST"])
@needs(EDIT)
def edit_seat(seat_id: int) -> ResponseReturnValue:
    """Note what an expert answered and how she scored; a refusal invites the next."""
    seat = locked(db.session, Seat, seat_id) if request.method == "POST" else db.session.get(Seat, seat_id)
    if seat is None:
        raise NotFound(N_("没有找到这位专家的席位。"))
    draw_of(seat.draw_id)
    form = SeatForm(obj=seat, state=seat.state.value).offer()
    if request.method == "GET":
        return render_template("landing/draws/seat.html", seat=seat, form=form)
    if not form.validate():
        return render_template("landing/draws/seat.html", seat=seat, form=form), 422
    require_version(seat, form.version.data)
    try:
        following = take_answer(seat, form)
    except RuleError as error:
        db.session.rollback()
        form.form_errors.append(_(error.message))
        return render_template("landing/draws/seat.html", seat=db.session.get(Seat, seat_id), form=form), 422
    db.session.commit()
    tell(seat, following)
    return redirect(url_for(".show", draw_id=seat.draw_id))


def take_answer(seat: Seat, form: SeatForm) -> Seat | None:
    """Write the answer and the score."""
    state = SeatState(form.state.data)
    locked(db.session, Draw, seat.draw_id)  # two refusals at once must not invite the same expert
    if state is not SeatState.REFUSED:
        seat.score, seat.comment = form.score.data, form.comment.data or ""
    return draws.answer(seat, state, form.reason.data or "")


def tell(seat: Seat, following: Seat | None) -> None:
    """Say what happened."""
    if seat.state is not SeatState.REFUSED:
        flash(_("已保存。"), "success")
    elif following is not None:
        flash(_("已由“%(name)s”递补。", name=following.expert.name), "success")
    else:
        flash(_("候选专家已经用完，没有人递补。"), "warning")
