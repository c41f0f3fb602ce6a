"""The meeting page: a chain's segments one after the other, with notes that become 督办."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from crm.accounts.access import current_user, needs
from crm.accounts.models import User
from crm.accounts.permissions import require_visible
from crm.chain.models import Chain, Segment
from crm.chain.queries import chain_of_slug, segments
from crm.chain.services import tree
from crm.companies.models import Company
from crm.database import N_, db
from crm.errors import BadRequest, NotFound
from crm.forms import Form, Required, RuleField, RuleTextArea
from crm.gaps.queries import figures_of
from crm.gaps.review import Review, reviews_of
from crm.pipeline import instructions, rules
from crm.pipeline.models import Project
from crm.pipeline.permissions import require_readable

blueprint = Blueprint("review", __name__)

ALL = "all"


class NoteForm(Form):
    """What the meeting decides: on what, who is to act, by when."""

    body = RuleTextArea(_l("记录或批示"), rule=rules.INSTRUCTION_FIELDS["body"], validators=[Required()])
    about = SelectField(_l("关于"), default="")
    owner_id = SelectField(_l("承办人"), coerce=int)
    due_on = RuleField(_l("办理期限"), rule=rules.INSTRUCTION_FIELDS["due_on"], validators=[Required()])

    def offer(self, review: Review) -> "NoteForm":
        """Fill the choices: the segment itself or one of the targets that are shown; to whom one may write."""
        targets = [(subject_key(line.project or line.company), name_of(line)) for line in review.lines]
        people = instructions.recipients(current_user)
        self.about.choices = [("", _("环节：%(name)s", name=review.segment.name)), *targets]
        self.owner_id.choices = [(user.id, f"{user.display_name} · {user.office.name}") for user in people]
        return self


def subject_key(subject: Project | Company) -> str:
    """A subject as the form names it."""
    return f"{'project' if isinstance(subject, Project) else 'company'}-{subject.id}"


def name_of(line: Any) -> str:
    """A target as the form shows it."""
    return str(line.project.name if line.project else line.company.name)


@blueprint.get("/chains/<slug>/review")
@needs("figures.read")
def show(slug: str) -> ResponseReturnValue:
    """One segment of the chain (`?segment=ID`, at first the first), or all for paper (`?segment=all`)."""
    return page(chain_of(slug), request.args.get("segment", ""), None)


def page(chain: Chain, asked: str, form: NoteForm | None) -> str:
    """The page of a segment or of all."""
    in_order = tree(db.session.scalars(segments(chain.id)).all())
    every = [segment for segment, _depth in in_order]
    shown = every if asked == ALL else [chosen(every, asked)] if every else []
    reviews = reviews_of(shown, current_user) if shown else []
    place = every.index(shown[0]) if len(shown) == 1 else None
    return render_template(
        "gaps/review.html",
        chain=chain,
        in_order=in_order,
        gap_of={gap.segment_id: gap for gap in figures_of(chain.id).gaps},
        reviews=reviews,
        current=shown[0] if place is not None else None,
        previous=every[place - 1] if place else None,
        following=every[place + 1] if place is not None and place + 1 < len(every) else None,
        place=place,
        form=note_form(reviews[0], form) if place is not None and instructions.may_write(current_user) else None,
    )


def chosen(every: list[Segment], asked: str) -> Segment:
    """The segment of the query string; BadRequest for one that the chain has not."""
    found = next((segment for segment in every if str(segment.id) == asked), None)
    if asked and found is None:
        raise BadRequest(N_("这条产业链没有这个环节。"))
    return found or every[0]


def note_form(review: Review, form: NoteForm | None) -> NoteForm:
    """The form of a note, or what was typed into it."""
    return (form or NoteForm(formdata=None)).offer(review)


def chain_of(slug: str) -> Chain:
    """The chain of an address, or NotFound."""
    chain = db.session.scalars(chain_of_slug(slug)).one_or_none()
    if chain is None:
        raise NotFound(N_("没有这条产业链。"))
    return chain


@blueprint.post("/segments/<int:segment_id>/review-notes")
@needs("instruction.write")
def write(segment_id: int) -> ResponseReturnValue:
    """Write what the meeting decided: it becomes 督办."""
    segment = db.session.get(Segment, segment_id)
    if segment is None:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    form = NoteForm().offer(reviews_of([segment], current_user)[0])
    if not form.validate():
        return page(segment.chain, str(segment.id), form), 422
    owner = db.session.get_one(User, form.owner_id.data)
    subject = subject_of(form.about.data, segment)
    instructions.write(form.body.data, owner, by=current_user, on=subject, due_on=form.due_on.data)
    db.session.commit()
    flash(_("已交办给 %(name)s，到期会督办。", name=owner.display_name), "success")
    return redirect(url_for(".show", slug=segment.chain.slug, segment=segment.id))


def subject_of(about: str, segment: Segment) -> Project | Company | Segment:
    """The subject that the form names, which the writer may read."""
    kind, _dash, row_id = about.partition("-")
    if kind == "project":
        return require_readable(current_user, db.session.get(Project, int(row_id)))
    if kind == "company":
        company = db.session.get_one(Company, int(row_id))
        require_visible(current_user, "company.read", company)
        return company
    return segment
