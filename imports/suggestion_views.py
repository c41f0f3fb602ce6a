"""The page that suggests segments for companies without one: of one import, or of all that the user may change."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from crm.accounts.access import current_user, needs
from crm.chain.models import Chain
from crm.chain.queries import chains
from crm.database import db
from crm.errors import NotFound
from imports import services, suggestions
from imports.models import Batch

blueprint = Blueprint("suggestions", __name__)


@blueprint.get("/imports/segments")
@needs("import.create")
def index() -> ResponseReturnValue:
    """Groups of companies with the segment that their words speak for: `?chain=` a slug, `?batch=` an import's id."""
    batch, known = batch_of(request.args.get("batch")), db.session.scalars(chains()).all()
    chain = chain_of(known, request.args.get("chain"), batch)
    proposal = chain and suggestions.propose(chain, current_user, batch.id if batch else None)
    accepted = suggestions.accepted(current_user)
    return render_template(
        "imports/segments.html", batch=batch, chains=known, chain=chain, proposal=proposal, accepted=accepted
    )


def batch_of(text: str | None) -> Batch | None:
    """The import of a query string; NotFound for one that the user may not see."""
    if not text:
        return None
    if not text.isdigit() or len(text) > 18:
        raise NotFound(_("没有这次导入。"))
    return services.visible(int(text), current_user)


def chain_of(known: Any, slug: str | None, batch: Batch | None) -> Chain | None:
    """The chain of an address, else the import's, else the first; None where there is none at all."""
    if slug:
        found = next((chain for chain in known if chain.slug == slug), None)
        if found is None:
            raise NotFound(_("没有这条产业链。"))
        return found
    return (batch and batch.chain) or next(iter(known), None)


@blueprint.post("/imports/segments")
@needs("import.create")
def accept() -> ResponseReturnValue:
    """Take a whole group, but for the companies that are ticked as wrong."""
    form = request.form
    batch = batch_of(form.get("batch"))
    chain = chain_of(db.session.scalars(select(Chain)).all(), form.get("chain", "-"), batch)
    leave = {int(text) for text in form.getlist("leave") if text.isdigit()}
    proposal = (
        suggestions.propose(chain, current_user, batch.id if batch else None)
        if chain
        else suggestions.Proposal([], 0, 0)
    )
    count = suggestions.accept(proposal, form.get("segment", 0, type=int), form.get("sure") == "1", leave)
    db.session.commit()
    flash(ngettext("已为 %(num)s 家企业写入环节。", "已为 %(num)s 家企业写入环节。", count), "success")
    return redirect(url_for(".index", chain=form.get("chain"), batch=form.get("batch") or None))


@blueprint.post("/imports/segments/undoing")
@needs("import.create")
def take_back() -> ResponseReturnValue:
    """Take back a group that one accepted; what somebody chose since stays."""
    form = request.form
    count = suggestions.take_back(current_user, form.get("request", "")[:64], form.get("segment", 0, type=int))
    db.session.commit()
    flash(ngettext("已撤销 %(num)s 家企业的建议环节。", "已撤销 %(num)s 家企业的建议环节。", count), "success")
    return redirect(url_for(".index", chain=form.get("chain") or None, batch=form.get("batch") or None))
