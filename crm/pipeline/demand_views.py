"""诉求: the list, one demand with its answer, and making rows of a contact's text."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.accounts.permissions import may, require, require_visible
from crm.companies.models import Company
from crm.database import N_, db, locked, require_version
from crm.errors import BadRequest, Conflict, NotFound, RuleError
from crm.forms import page_of
from crm.interactions.models import Interaction
from crm.interactions.queries import visible_to as interactions_visible_to
from crm.pagination import paginate
from crm.pipeline import demands, queries
from crm.pipeline.demand_forms import AnswerForm, DemandForm
from crm.pipeline.models import Demand, Project
from crm.pipeline.permissions import require_readable
from crm.pipeline.views import blueprint
from crm.rules import id_of


@blueprint.get("/demands")
@needs("demand.read")
def list_demands() -> ResponseReturnValue:
    """Demands to answer, written down by oneself, or all that one may read; open, late or answered."""
    scope, state = chosen("scope", demands.SCOPES), chosen("state", demands.STATES)
    sort = demands.SORTS["-due" if state == "answered" else "due"]
    page = paginate(db.session, demands.listed(current_user, scope, state), sort, request.args.get("cursor"))
    return render_template("pipeline/demands.html", page=page, scope=scope, state=state)


def chosen(name: str, allowed: tuple[str, ...]) -> str:
    """A word of the query string; the first by itself."""
    value = request.args.get(name) or allowed[0]
    if value not in allowed:
        raise BadRequest(N_("筛选条件不对，请从页面上选择。"))
    return value


@blueprint.get("/demands/new")
@needs("demand.create")
def new_demand() -> ResponseReturnValue:
    """Write down what a company (`?company=`) asks, perhaps for a project (`?project=`)."""
    company, project = about(request.args)
    owner = (project and project.owner_id) or current_user.id
    form = DemandForm(formdata=None, data={"owner_id": owner, "due_on": demands.term()}).offer()
    return render_template("pipeline/demand_form.html", form=form, company=company, project=project, demand=None)


def about(values: Any) -> tuple[Company, Project | None]:
    """The company and project that a form or link names. NotFound for those of which one may not know."""
    project = None
    if project_id := id_of(values.get("project", "")):
        project = require_readable(current_user, db.session.get(Project, project_id))
    company = project.company if project else db.session.get(Company, id_of(values.get("company", "")))
    require_visible(current_user, "company.read" if project is None else "company.card", company)
    assert company is not None  # require_visible raises for None  # noqa: S101
    return company, project


@blueprint.post("/demands")
@needs("demand.create")
def create_demand() -> ResponseReturnValue:
    """Keep a demand and hand it to who answers."""
    company, project = about(request.form)
    form = DemandForm().offer()
    page = page_of("pipeline/demand_form.html", form, company=company, project=project, demand=None)
    if not form.validate():
        return page()
    try:
        demand = demands.raise_demand(company, form.values, form.owner, by=current_user, project=project)
    except RuleError as error:
        return page(error)
    db.session.commit()
    flash(
        _("已登记诉求，%(name)s 应在 %(day)s 前答复。", name=demand.owner.display_name, day=demand.due_on.isoformat()),
        "success",
    )
    return redirect(url_for(".show_demand", demand_id=demand.id))


@blueprint.get("/demands/<int:demand_id>")
@needs("demand.read")
def show_demand(demand_id: int) -> ResponseReturnValue:
    """A demand and its answer."""
    demand = demands.require_readable(current_user, db.session.get(Demand, demand_id))
    form = AnswerForm(formdata=None, data={"version": demand.version, "answer": demand.answer})
    return demand_page(demand, form)()


def demand_page(demand: Demand, form: AnswerForm) -> Any:
    """The page of a demand with its tasks and its form of answering, which offers to tick the open ones off."""
    tasks = db.session.scalars(queries.answering(current_user, demand.id)).unique().all()
    form.offer([task for task in tasks if may(current_user, "task.edit", task)])
    may_edit = may(current_user, "demand.edit", demand)
    return page_of("pipeline/demand.html", form, demand=demand, tasks=tasks, may_edit=may_edit)


@blueprint.post("/demands/<int:demand_id>/answer")
@needs("demand.edit")
def answer_demand(demand_id: int) -> ResponseReturnValue:
    """答复."""
    demand = demands.require_readable(current_user, locked(db.session, Demand, demand_id))
    require(current_user, "demand.edit", demand)
    form = AnswerForm()
    page = demand_page(demand, form)
    if not form.validate():
        return page()
    try:
        require_version(demand, form.version.data)
        demands.answer(demand, form.answer.data, by=current_user, done=form.task_ids.data or ())
    except (RuleError, Conflict) as error:
        return page(error)
    db.session.commit()
    flash(_("已答复。"), "success")
    return redirect(url_for(".show_demand", demand_id=demand.id))


@blueprint.route("/demands/<int:demand_id>/edit", methods=["GET", "POST"])
@needs("demand.edit")
def edit_demand(demand_id: int) -> ResponseReturnValue:
    """Change what is asked, of whom and by when."""
    demand = demands.require_readable(current_user, locked(db.session, Demand, demand_id))
    require(current_user, "demand.edit", demand)
    around: dict[str, Any] = {"demand": demand, "company": demand.company, "project": demand.project}

    def stored() -> DemandForm:
        return DemandForm(formdata=None, obj=demand).offer(demand)

    if request.method == "GET":
        return page_of("pipeline/demand_form.html", stored(), **around)()
    form = DemandForm().offer(demand)
    page = page_of("pipeline/demand_form.html", form, stored, **around)
    if not form.validate():
        return page()
    try:
        require_version(demand, form.version.data)
        demands.edit(demand, form.values, form.owner, by=current_user)
    except (RuleError, Conflict) as error:
        return page(error)
    db.session.commit()
    flash(_("已保存。"), "success")
    return redirect(url_for(".show_demand", demand_id=demand.id))


@blueprint.post("/interactions/<int:interaction_id>/demands")
@needs("demand.create")
def take_demands(interaction_id: int) -> ResponseReturnValue:
    """Make a demand of each line of a contact's 诉求."""
    found = interactions_visible_to(current_user).where(Interaction.id == interaction_id)
    interaction = db.session.scalars(found).unique().one_or_none()
    if interaction is None:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    locked(db.session, Interaction, interaction.id)  # of two who press at once the second finds them made
    made = demands.take_from(interaction, by=current_user)
    db.session.commit()
    if made:
        flash(_("已登记 %(count)s 条诉求，可以改承办人和期限。", count=len(made)), "success")
    else:
        flash(_("这次接触的诉求都已经登记过了。"), "info")
    return redirect(url_for(".list_demands", scope="all" if may(current_user, "demand.read") else None))
