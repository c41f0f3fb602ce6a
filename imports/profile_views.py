"""Pages beside the imports themselves: saved column profiles, and templates to download."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.database import db
from crm.downloads import download
from crm.errors import NotFound
from imports import feeds, profiles, templates, understanding

blueprint = Blueprint("import_tools", __name__)


@blueprint.get("/imports/templates/<feed_key>.xlsx")
@needs("import.create")
def template(feed_key: str) -> ResponseReturnValue:
    """An empty sheet of a kind of row that one may import."""
    feed = next((feed for feed in understanding.offered_to(current_user) if feed.key == feed_key), None)
    if feed is None:
        raise NotFound(_("没有这种模板。"))
    return download(templates.build(feed, current_user), _("%(name)s-导入模板.xlsx", name=_(feed.label)))


@blueprint.get("/imports/profiles")
@needs("import.create")
def index() -> ResponseReturnValue:
    """The column profiles of one's office."""
    rows = db.session.scalars(profiles.listed(current_user)).all()
    labels = {feed.key: feed.label for feed in feeds.all_feeds()}
    fields = {feed.key: {field.key: field.label for field in feed.fields} for feed in feeds.all_feeds()}
    return render_template("imports/profiles.html", profiles=rows, labels=labels, fields=fields)


@blueprint.post("/imports/profiles/<int:profile_id>/delete")
@needs("import.edit_profile")
def delete(profile_id: int) -> ResponseReturnValue:
    """Throw a profile away; imports that were made with it stay as they are."""
    name = profiles.remove(profile_id, current_user)
    db.session.commit()
    flash(_("已删除列映射方案“%(name)s”。", name=name), "success")
    return redirect(url_for(".index"))
