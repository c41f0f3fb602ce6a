"""Keeping, changing and throwing away saved views."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.accounts.permissions import require_visible
from crm.database import db, locked, require_version
from crm.errors import Conflict, RuleError
from crm.forms import page_of
from crm.pipeline import saved_views
from crm.pipeline.forms import SavedViewForm
from crm.pipeline.models import SavedView
from crm.pipeline.views import blueprint


@blueprint.get("/pipeline/views")
@needs("saved_view.create")
def views() -> ResponseReturnValue:
    """The views that one may open, one's own to be changed."""
    found = db.session.scalars(saved_views.offered(current_user)).all()
    return render_template("pipeline/views.html", views=found)


@blueprint.post("/pipeline/views")
@needs("saved_view.create")
def create_view() -> ResponseReturnValue:
    """Keep the conditions of the page one comes from."""
    form = SavedViewForm()
    return saved(SavedView(), form, page_of("pipeline/view_form.html", form, view=None))


@blueprint.route("/pipeline/views/<int:view_id>/edit", methods=["GET", "POST"])
@needs("saved_view.edit")
def edit_view(view_id: int) -> ResponseReturnValue:
    """Change a view's name, for whom it is and whether it opens by itself."""
    view = view_of(view_id)
    if request.method == "GET":
        return page_of("pipeline/view_form.html", stored(view), view=view)()
    form = SavedViewForm()
    return saved(view, form, page_of("pipeline/view_form.html", form, lambda: stored(view), view=view))


def view_of(view_id: int) -> SavedView:
    """The view under a lock; NotFound for one that is not hers to change."""
    view = locked(db.session, SavedView, view_id)
    require_visible(current_user, "saved_view.edit", view)
    assert view is not None  # require_visible raises for None  # noqa: S101
    return view


def stored(view: SavedView) -> SavedViewForm:
    """The form as the view is stored."""
    return SavedViewForm(formdata=None, obj=view)


def saved(view: SavedView, form: SavedViewForm, page: Callable[..., ResponseReturnValue]) -> ResponseReturnValue:
    """Save a view and open it, or show the form again."""
    if not form.validate():
        return page()
    try:
        if view.id is not None:
            require_version(view, form.version.data)
        saved_views.save(
            view,
            form.name.data,
            form.query.data or "",
            is_shared=form.is_shared.data,
            is_default=form.is_default.data,
            by=current_user,
        )
    except (RuleError, Conflict) as error:
        return page(error)
    db.session.commit()
    flash(_("已保存视图“%(name)s”。", name=view.name), "success")
    return redirect(url_for(".board", saved=view.id))


@blueprint.post("/pipeline/views/<int:view_id>/delete")
@needs("saved_view.edit")
def delete_view(view_id: int) -> ResponseReturnValue:
    """Throw a view away."""
    view = view_of(view_id)
    saved_views.delete(view, current_user)
    db.session.commit()
    flash(_("已删除视图“%(name)s”。", name=view.name), "success")
    return redirect(url_for(".views"))
