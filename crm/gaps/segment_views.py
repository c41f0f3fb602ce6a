"""Merging and splitting segments, undoing that, and their sheet; their other editing stands lower, in crm/chain."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from crm.accounts.access import current_user, needs
from crm.chain.models import Reshaping, ReshapingKind, Segment
from crm.chain.queries import chain_of_slug, segments
from crm.chain.services import tree
from crm.companies.blueprint import flash_with_undo
from crm.database import N_, db, locked, require_version
from crm.errors import Conflict, NotFound, RuleError
from crm.forms import page_of
from crm.gaps import merging, splitting, undoing
from crm.gaps.segment_forms import MergeForm, SplitForm, WordsForm
from crm.landing.sheets import Table, taken_out

blueprint = Blueprint("reshaping", __name__)

#: The headers that the import knows, Chinese in every language (imports/feeds/chain.py).
HEAD = ("产业链", "环节", "上级环节", "位置", "位置推定", "重要性", "目标数量", "识别词", "来源")


@blueprint.route("/segments/<int:segment_id>/merge", methods=["GET", "POST"])
@needs("chain.edit")
def merge(segment_id: int) -> ResponseReturnValue:
    """Merge a segment into the one that the query string names: first the counts of what moves, then the act."""
    source = found(segment_id)
    into = asked_for(source)
    form = MergeForm()
    if into is not None and not form.is_submitted():
        form.propose(source, into)
    others = [one for one in db.session.scalars(segments(source.chain_id)) if one.id != source.id]
    moving = merging.preview(source, into) if into else []
    page = page_of("gaps/merge.html", form, segment=source, chain=source.chain, into=into, others=others, moving=moving)
    if into is None or not form.validate_on_submit():
        return page()
    require_version(source, form.version.data)
    require_version(into, form.into_version.data)
    done = undoing.note(ReshapingKind.MERGE, source, into.name, by=current_user, request_id=g.request_id)
    merging.merge(source, into, importance=form.importance.data, wanted=form.wanted.data)
    db.session.commit()
    say_with_undo(_("已把“%(source)s”并入“%(into)s”。", source=done.source, into=into.name), done)
    return to_segment(into)


def asked_for(source: Segment) -> Segment | None:
    """The other segment of the query string, if any was chosen; NotFound for one of another chain."""
    into_id = request.args.get("into", 0, int)
    if not into_id:
        return None
    into = found(into_id)
    if into.chain_id != source.chain_id or into.id == source.id:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    return into


@blueprint.get("/segments/<int:segment_id>/split")
@needs("chain.edit")
def show_split(segment_id: int) -> ResponseReturnValue:
    """Choose words, and by them and by hand who goes to the new segment."""
    segment = found(segment_id)
    asking = WordsForm(request.args)
    asking.validate()
    words = asking.words.data or []
    form = SplitForm(version=segment.version, words="；".join(words), importance=segment.importance).offer(segment)
    return render_template("gaps/split.html", form=form, asking=asking, choice=None, **offers(segment, words, form))


@blueprint.post("/segments/<int:segment_id>/split")
@needs("chain.edit")
def split(segment_id: int) -> ResponseReturnValue:
    """Make the new segment and move who was chosen."""
    segment = found(segment_id)
    form = SplitForm().offer(segment)
    asking = WordsForm(request.form)
    asking.validate()
    choice = form.choice(request.form.getlist("company", int), request.form.getlist("project", int))
    offered = offers(segment, asking.words.data or [], form)
    page = page_of("gaps/split.html", form, asking=asking, choice=choice, **offered)
    if not form.validate_on_submit():
        return page()
    require_version(segment, form.version.data)
    try:
        made, companies, projects = splitting.split(segment, form.values(segment), choice)
    except RuleError as error:
        return page(error)
    done = undoing.note(ReshapingKind.SPLIT, segment, made.name, by=current_user, request_id=g.request_id)
    db.session.commit()
    told = {"name": made.name, "companies": companies, "projects": projects}
    say_with_undo(_("已拆出“%(name)s”：移过去 %(companies)d 家企业、%(projects)d 个项目。", **told), done)
    return to_segment(made)


def offers(segment: Segment, words: list[str], form: SplitForm) -> dict[str, Any]:
    """What the page of a split shows; the form sends back what was shown."""
    companies = splitting.offered_companies(segment, words)
    projects = splitting.offered_projects(segment, words, current_user)
    form.shown_companies.data, form.shown_projects.data = companies.ids, projects.ids
    return {"segment": segment, "chain": segment.chain, "companies": companies, "projects": projects, "words": words}


@blueprint.post("/reshapings/<int:reshaping_id>/undo")
@needs("chain.edit")
def undo(reshaping_id: int) -> ResponseReturnValue:
    """Take a merge or split back, or say what was changed since."""
    done = locked(db.session, Reshaping, reshaping_id)
    if done is None:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    slug = done.chain.slug
    try:
        undoing.undo(done, by=current_user)
        db.session.commit()
        flash(_("已撤销，环节和挂在上面的内容恢复原状。"), "success")
    except Conflict as error:
        db.session.rollback()
        flash(_(error.message, **error.details), "error")
    return redirect(url_for("segments.tree", slug=slug))


def say_with_undo(text: str, done: Reshaping) -> None:
    """Say what was done, with the button that takes it back."""
    flash_with_undo(text, url_for(".undo", reshaping_id=done.id))


def found(segment_id: int) -> Segment:
    """The segment, locked where it will be written; NotFound where there is none."""
    get = locked if request.method == "POST" else Session.get
    segment = get(db.session, Segment, segment_id)
    if segment is None:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    return segment


def to_segment(segment: Segment) -> ResponseReturnValue:
    """On to the segment's page."""
    return redirect(url_for("chain.segment", slug=segment.chain.slug, segment_id=segment.id))


@blueprint.get("/chains/<slug>/segments.xlsx")
@needs("figures.read")
def sheet(slug: str) -> ResponseReturnValue:
    """A chain's segments in the layout that the import of 产业链环节 reads."""
    chain = db.session.scalars(chain_of_slug(slug)).one_or_none()
    if chain is None:
        raise NotFound(N_("没有这条产业链。"))
    rows = [row_of(segment) for segment, _depth in tree(db.session.scalars(segments(chain.id)).all())]
    return taken_out([Table("产业链环节", HEAD, rows)], f"{chain.name}-{_('环节')}.xlsx", current_user)


def row_of(segment: Segment) -> list[Any]:
    """A segment's cells in the order of HEAD; a parent stands in an earlier row."""
    return [
        segment.chain.name,
        segment.name,
        segment.parent.name if segment.parent else "",
        segment.position.label if segment.position else "",
        "是" if segment.position_inferred else "否",
        segment.importance,
        segment.wanted,
        "；".join(term.term for term in segment.terms),
        segment.source,
    ]
