"""The map that an installation may add (系统设置 → 地图): its file and 审图号, and those that were used before."""

from flask import Blueprint, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import selectinload
from wtforms import FileField
from wtforms.validators import ValidationError

from crm.accounts.access import current_user, needs
from crm.chain.models import Cluster
from crm.chain.queries import clusters
from crm.companies.blueprint import flash_with_undo
from crm.database import N_, db
from crm.errors import NotFound, RuleError
from crm.files import services
from crm.forms import Form, Required, RuleField
from crm.gaps import geojson, map_files, regions
from crm.gaps.models import MapFile

blueprint = Blueprint("map_files", __name__)


class MapFileForm(Form):
    """A map and the number under which it was approved."""

    file = FileField(_l("地图文件"), render_kw={"accept": ".geojson,.json"})
    approval = RuleField(_l("审图号"), rule=geojson.approval, validators=[Required()])

    def validate_file(self, field: FileField) -> None:
        """A file must have been chosen."""
        if not field.data or not field.data.filename:
            raise ValidationError(_("请选择一个文件。"))


def page(form: MapFileForm) -> str:
    """The page of maps."""
    kept = db.session.scalars(map_files.kept()).all()
    known = db.session.scalars(clusters().options(selectinload(Cluster.divisions))).all()
    shown = next((one for one in kept if one.in_use), None)
    outside, undrawn = regions.unmatched(shown, known) if shown else ([], [])
    return render_template(
        "gaps/map_files.html", form=form, kept=kept, shown=shown, outside=outside, undrawn=undrawn, clusters=known
    )


def map_file_of(map_id: int) -> MapFile:
    """The map of an address."""
    found = db.session.get(MapFile, map_id)
    if found is None:
        raise NotFound(N_("没有这个地图文件。"))
    return found


@blueprint.get("/settings/map")
@needs("chain.edit")
def index() -> ResponseReturnValue:
    """The map in use, what of it matches no cluster, and the former ones."""
    return page(MapFileForm())


@blueprint.post("/settings/map")
@needs("chain.edit")
def add() -> ResponseReturnValue:
    """Keep a map and show it from now on; undo puts the former one back."""
    form = MapFileForm()
    if not form.validate_on_submit():
        return page(form), 422
    former = db.session.scalars(map_files.in_use()).one_or_none()
    try:
        map_files.add(form.file.data, form.approval.data, by=current_user)
    except RuleError as error:
        db.session.rollback()
        form.file.errors = [_(error.message, **error.details)]
        return page(form), error.status
    db.session.commit()
    undo = url_for(".use", map_id=former.id) if former else url_for(".remove")
    flash_with_undo(_("已启用新地图，各条链的“图谱”页都会显示。"), undo)
    return redirect(url_for(".index"))


@blueprint.post("/settings/map/<int:map_id>/use")
@needs("chain.edit")
def use(map_id: int) -> ResponseReturnValue:
    """Show a kept map from now on."""
    chosen = map_file_of(map_id)
    former = map_files.use(chosen)
    db.session.commit()
    undo = url_for(".use", map_id=former.id) if former else url_for(".remove")
    flash_with_undo(_("已启用 %(approval)s 的地图。", approval=chosen.approval), undo)
    return redirect(url_for(".index"))


@blueprint.post("/settings/map/removal")
@needs("chain.edit")
def remove() -> ResponseReturnValue:
    """Show no map from now on; the file stays, so that it can be put back."""
    former = map_files.use(None)
    db.session.commit()
    if former:
        flash_with_undo(_("已停用地图，集群只用方块表示。"), url_for(".use", map_id=former.id))
    return redirect(url_for(".index"))


@blueprint.get("/chains/maps/<int:map_id>.geojson")
@needs("figures.read")
def download(map_id: int) -> ResponseReturnValue:
    """A map as it was uploaded."""
    file = map_file_of(map_id).upload.file
    path = services.path_of(services.folder(), file.sha256)
    if not path.is_file():
        raise NotFound(N_("没有这个地图文件。"))
    return send_file(path, mimetype="application/geo+json", etag=file.sha256)
