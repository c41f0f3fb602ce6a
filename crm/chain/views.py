"""Editing chains and segments. The pages that show them stand higher, in crm/gaps, since they show the gaps."""

from collections.abc import Sequence
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from crm.accounts.access import needs
from crm.chain import extensions, queries, services
from crm.chain.forms import ChainForm, SegmentForm, TermsForm
from crm.chain.models import Chain, Segment
from crm.database import N_, Versioned, db, locked, require_version
from crm.errors import Conflict, NotFound, RuleError
from crm.forms import page_of

blueprint = Blueprint("segments", __name__)

Row = TypeVar("Row", bound=Versioned)

#: So many of the latest merges and splits stand below the editor.
SHOWN = 20


@blueprint.route("/chains/new", methods=["GET", "POST"])
@needs("chain.edit")
def new_chain() -> ResponseReturnValue:
    """Add a chain."""
    form = ChainForm()
    page = page_of("chain/chain_form.html", form, chain=None)
    if not form.validate_on_submit():
        return page()
    try:
        chain = services.add_chain(form.values())
    except RuleError as error:
        return page(error)
    db.session.commit()
    flash(_("已新增产业链“%(name)s”。", name=chain.name), "success")
    return to_chain(chain)


@blueprint.route("/chains/<slug>/edit", methods=["GET", "POST"])
@needs("chain.edit")
def edit_chain(slug: str) -> ResponseReturnValue:
    """Change a chain's own fields."""
    chain = found(Chain, chain_of(slug).id)
    form = ChainForm(obj=chain)
    page = page_of("chain/chain_form.html", form, lambda: ChainForm(formdata=None, obj=chain), chain=chain)
    if not form.validate_on_submit():
        return page()
    try:
        require_version(chain, form.version.data)
        services.edit_chain(chain, form.values())
    except (RuleError, Conflict) as error:
        return page(error)
    db.session.commit()
    flash(_("已保存。"), "success")
    return to_chain(chain)


@blueprint.route("/chains/<slug>/segments/new", methods=["GET", "POST"])
@needs("chain.edit")
def new(slug: str) -> ResponseReturnValue:
    """Add a segment to a chain."""
    chain = chain_of(slug)
    segments = db.session.scalars(queries.segments(chain.id)).all()
    form = SegmentForm(parent_id=request.args.get("parent", 0, int)).offer(segments)
    page = page_of("chain/segment_form.html", form, chain=chain, segment=None)
    if not form.validate_on_submit():
        return page()
    try:
        segment = services.add_segment(chain, form.values(segments))
    except RuleError as error:
        return page(error)
    db.session.commit()
    flash(_("已新增环节“%(name)s”。", name=segment.name), "success")
    return to_chain(chain)


@blueprint.route("/segments/<int:segment_id>/edit", methods=["GET", "POST"])
@needs("chain.edit")
def edit(segment_id: int) -> ResponseReturnValue:
    """Rename, move or weigh a segment."""
    segment = found(Segment, segment_id)
    segments = db.session.scalars(queries.segments(segment.chain_id)).all()
    form = form_of(segment, segments)
    stored = lambda: form_of(segment, segments, formdata=None)  # noqa: E731 -- asked only after a conflict
    attached = [each for find in extensions.attached for each in find(segment)]
    page = page_of("chain/segment_form.html", form, stored, chain=segment.chain, segment=segment, attached=attached)
    if not form.validate_on_submit():
        return page()
    before = segment.parent
    try:
        require_version(segment, form.version.data)
        services.edit_segment(segment, form.values(segments))
    except (RuleError, Conflict) as error:
        return page(error)
    db.session.commit()
    flash(_("已保存。") if segment.parent is before else said_moved(segment, before), "success")
    return to_segment(segment)


def said_moved(segment: Segment, before: Segment | None) -> str:
    """Where a segment was put and whence, so that it can be put back."""
    now, then = ((place.name if place else _("最上级")) for place in (segment.parent, before))
    return _("已移到“%(now)s”，原在“%(before)s”；挂在上面的内容都跟着走。", now=now, before=then)


@blueprint.route("/segments/<int:segment_id>/terms", methods=["GET", "POST"])
@needs("terms.edit")
def edit_terms(segment_id: int) -> ResponseReturnValue:
    """Change the words by which a segment's companies are recognised."""
    segment = found(Segment, segment_id)
    words = "；".join(term.term for term in segment.terms)
    form = TermsForm(version=segment.version, terms=words)
    page = page_of("chain/terms_form.html", form, lambda: TermsForm(formdata=None, terms=words), segment=segment)
    if not form.validate_on_submit():
        return page()
    try:
        require_version(segment, form.version.data)
    except Conflict as error:
        return page(error)
    services.set_terms(segment, form.terms.data or [])
    db.session.commit()
    flash(_("已保存识别词。"), "success")
    return to_segment(segment)


@blueprint.get("/chains/<slug>/segments")
@needs("chain.edit")
def tree(slug: str) -> ResponseReturnValue:
    """The editor: a chain's tree, with what can be done to each segment."""
    chain = chain_of(slug)
    rows = services.tree(db.session.scalars(queries.segments(chain.id)).all())
    done = db.session.scalars(queries.reshapings(chain.id).limit(SHOWN)).all()
    return render_template("chain/tree.html", chain=chain, rows=rows, reshapings=done)


@blueprint.post("/segments/<int:segment_id>/moves")
@needs("chain.edit")
def move(segment_id: int) -> ResponseReturnValue:
    """Move a segment up or down among those below the same parent."""
    segment = found(Segment, segment_id)
    services.move_segment(segment, up=request.form.get("direction") == "up")
    db.session.commit()
    return redirect(url_for("segments.tree", slug=segment.chain.slug, _anchor=f"segment-{segment.id}"))


@blueprint.post("/segments/<int:segment_id>/deletion")
@needs("chain.edit")
def delete(segment_id: int) -> ResponseReturnValue:
    """Delete a segment to which nothing refers."""
    segment = found(Segment, segment_id)
    require_version(segment, request.form.get("version", type=int))
    chain = segment.chain
    services.delete_segment(segment)
    db.session.commit()
    flash(_("已删除环节“%(name)s”。", name=segment.name), "success")
    return to_chain(chain)


def chain_of(slug: str) -> Chain:
    """The chain of an address, or NotFound."""
    chain = db.session.scalars(queries.chain_of_slug(slug)).one_or_none()
    if chain is None:
        raise NotFound(N_("没有这条产业链。"))
    return chain


def found(model: type[Row], row_id: int) -> Row:
    """The row, or NotFound; locked until the request ends where it will be written."""
    get = locked if request.method == "POST" else Session.get
    row = get(db.session, model, row_id)
    if row is None:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    return row


def form_of(segment: Segment, segments: Sequence[Segment], **options: Any) -> SegmentForm:
    """The form of a stored segment."""
    plain = ("name", "position_inferred", "ordinal", "importance", "wanted", "source", "version")
    values = {name: getattr(segment, name) for name in plain}
    form = SegmentForm(**values, position=segment.position or "", parent_id=segment.parent_id or 0, **options)
    return form.offer(segments, but=segment)


def to_chain(chain: Chain) -> ResponseReturnValue:
    """Back to the chain's page."""
    return redirect(url_for("chain.show", slug=chain.slug))


def to_segment(segment: Segment) -> ResponseReturnValue:
    """On to the segment's page."""
    return redirect(url_for("chain.segment", slug=segment.chain.slug, segment_id=segment.id))
