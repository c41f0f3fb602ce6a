"""The list of projects: as a board, a table, a timeline. One query string narrows all three."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from crm.accounts.access import current_user, needs
from crm.database import N_, db
from crm.errors import BadRequest, NotFound
from crm.history.exports import left_today
from crm.pagination import paginate, sort_by
from crm.pipeline import board as boards
from crm.pipeline import cells, gantt, queries, saved_views
from crm.pipeline.filters import ProjectFilter
from crm.pipeline.forms import BoardFilterForm, ExportForm, SavedViewForm
from crm.pipeline.models import Phase, Project, Route, SavedView, Stage
from crm.pipeline.permissions import may_act, require_readable
from crm.pipeline.views import blueprint
from crm.rules import id_of, today

ALL_ROUTES = "all"
BOARD, TABLE, TIMELINE = "", "table", "timeline"
#: So many projects stand below each other on the timeline.
LINES = 30


@blueprint.get("/pipeline")
@needs("figures.read")
def board() -> ResponseReturnValue:
    """The projects that one may know of, in columns by stage, as a table or a timeline (`?view=`)."""
    if view := view_to_open():
        return redirect(f"{url_for('.board')}?{saved_views.arguments_of(view)}")
    shape = request.args.get("view", BOARD)
    routes, route = routes_and_chosen(shape)
    narrowed = narrowed_to(route)
    shared = {"routes": routes, "route": route, "narrowed": narrowed, **head(narrowed)}
    if shape == TABLE:
        return table(narrowed, shared)
    if shape == TIMELINE:
        return timeline(narrowed, shared)
    columns = boards.columns(current_user, narrowed, routes, route)
    hidden = sum(column.hidden for column in columns)
    return render_template("pipeline/board.html", columns=columns, hidden=hidden, may_act=may_act, **shared)


def view_to_open() -> SavedView | None:
    """The saved view of a link (`?saved=ID`); without any condition the default one."""
    if not request.args:
        return saved_views.default_of(current_user)
    if set(request.args) != {"saved"}:
        return None
    found = saved_views.offered(current_user).where(SavedView.id == id_of(request.args["saved"]))
    view = db.session.scalars(found).one_or_none()
    if view is None:
        raise NotFound(N_("没有这个视图，或者它没有共享给您的部门。"))
    return view


def routes_and_chosen(shape: str) -> tuple[Sequence[Route], Route | None]:
    """All routes and the chosen one (None: all). Only what is chosen has its stages read, for the board with gates."""
    routes = db.session.scalars(select(Route).order_by(Route.ordinal, Route.id)).all()
    route = chosen_route(routes, shape)
    db.session.scalars(queries.with_stages_in_use([route] if route else routes, gates=shape == BOARD)).all()
    return routes, route


def chosen_route(routes: Sequence[Route], shape: str) -> Route | None:
    """The route of the query string; the board opens on the first in use, filters and other shapes on all (None)."""
    slug = request.args.get("route") or (ALL_ROUTES if shape != BOARD or request.args else "")
    if slug == ALL_ROUTES:
        return None
    if not slug:
        return next(route for route in routes if route.is_active)
    found = next((route for route in routes if route.slug == slug), None)
    if found is None:
        raise BadRequest(N_("没有这条路径。"))
    return found


def narrowed_to(route: Route | None) -> ProjectFilter:
    """The filter of the query string on a route."""
    return ProjectFilter.from_args({**request.args, "route": route.slug if route else ""})


def head(narrowed: ProjectFilter) -> dict[str, Any]:
    """What stands above board, table and timeline."""
    views = db.session.scalars(saved_views.offered(current_user)).all()
    chosen = id_of(request.args.get("saved", ""))
    return {
        "form": BoardFilterForm(request.args).offer(),
        "in_use": narrowed.in_use,
        "views": views,
        "opened": next((view for view in views if view.id == chosen), None),
        "view_form": SavedViewForm(formdata=None, data={"query": saved_views.query_of(request.args)}),
    }


def table(narrowed: ProjectFilter, shared: Mapping[str, Any]) -> ResponseReturnValue:
    """The same projects as a list that sorts and pages, its columns chosen."""
    name, sort = sort_by(queries.SORTS, request.args.get("sort"), "-investment")
    query = narrowed.apply(queries.visible_to(current_user), current_user)
    page = paginate(db.session, queries.with_rows(query), sort, request.args.get("cursor"))
    columns = cells.chosen(",".join(request.args.getlist("columns")).strip(","))
    return render_template(
        "pipeline/table.html",
        page=page,
        cards=[boards.Card.of(project, today()) for project in page.items],
        sort=name,
        columns=columns,
        heads=cells.heads(columns),
        all_columns=cells.COLUMNS,
        hidden=narrowed.hidden_count(current_user),
        may_act=may_act,
        export_form=ExportForm(formdata=None, data={"query": saved_views.query_of(request.args)}),
        left=left_today(current_user),
        **shared,
    )


def timeline(narrowed: ProjectFilter, shared: Mapping[str, Any]) -> ResponseReturnValue:
    """The same projects on a common axis of time."""
    name, sort = sort_by(queries.SORTS, request.args.get("sort"), "-investment")
    query = narrowed.apply(queries.visible_to(current_user), current_user)
    page = paginate(db.session, queries.with_stages(query), sort, request.args.get("cursor"), LINES)
    lines = gantt.lines(page.items, today())
    axis = gantt.axis_of(lines, today())
    drawn = {"lines": lines, "axis": axis, "width": gantt.WIDTH, "phases": list(Phase)}
    drawn["hidden"] = narrowed.hidden_count(current_user)
    return render_template("pipeline/timeline.html", page=page, sort=name, **drawn, **shared)


@blueprint.get("/pipeline/cards")
@needs("figures.read")
def cards() -> ResponseReturnValue:
    """The next cards of a column (`column`: a stage's id or a phase) behind a position, as a part of the board."""
    routes, route = routes_and_chosen(BOARD)
    key = request.args.get("column", "")
    stages = stages_of_column([route] if route else routes, key)
    found = boards.next_cards(current_user, narrowed_to(route), stages, request.args.get("after", ""))
    return render_template(
        "pipeline/_next_cards.html",
        cards=found[: boards.MORE],
        after=boards.position_of(found[boards.MORE - 1].project) if len(found) > boards.MORE else "",
        key=key,
        route=route,
        stage=stages[0] if route else None,
        may_act=may_act,
    )


def stages_of_column(routes: Sequence[Route], key: str) -> list[Stage]:
    """The stages whose projects stand in a column."""
    found = [stage for route in routes for stage in route.stages if key in (str(stage.id), stage.phase)]
    if not found:
        raise BadRequest(N_("没有这一列。"))
    return found


@blueprint.get("/projects/<int:project_id>/card")
@needs("project.read")
def card(project_id: int) -> ResponseReturnValue:
    """One card of a route's board, as it stands after a move."""
    found = db.session.scalars(queries.project(current_user, project_id)).unique().one_or_none()
    project: Project = require_readable(current_user, found)
    return render_template(
        "pipeline/_next_cards.html",
        cards=[boards.Card.of(project, today())],
        after="",
        key="",
        route=project.route,
        stage=project.stage,
        may_act=may_act,
    )
