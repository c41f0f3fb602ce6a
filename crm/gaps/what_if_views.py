"""The page of what if: a choice in the link, the gaps before and after beside each other."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import SelectField, StringField

from crm.accounts.access import current_user, needs
from crm.chain.models import Chain, Segment
from crm.chain.queries import chain_of_slug, segments
from crm.chain.services import tree
from crm.companies.places import last_name
from crm.companies.queries import best
from crm.database import N_, db
from crm.errors import NotFound
from crm.forms import Form
from crm.gaps.what_if import Choice, offered, what_if

blueprint = Blueprint("what_if", __name__)


class AddForm(Form):
    """A company from elsewhere, and the segment that it would serve."""

    class Meta(Form.Meta):
        """Reading changes nothing, so there is no token."""

        csrf = False

    company_id = StringField(lazy_pgettext("一家", "企业"))
    segment = SelectField(_l("落在哪个环节"), coerce=int)

    def offer(self, every: list[Segment]) -> "AddForm":
        """Fill the choices."""
        self.segment.choices = [(segment.id, segment.name) for segment in every]
        return self


@blueprint.get("/chains/<slug>/what-if")
@needs("figures.read")
def show(slug: str) -> ResponseReturnValue:
    """The chain before and after `?p=PROJECT&c=COMPANY-SEGMENT` …; `?company_id=&segment=` adds a company."""
    chain = chain_of(slug)
    choice = Choice.of(request.args.getlist("p"), request.args.getlist("c"))
    company, place = request.args.get("company_id", type=int), request.args.get("segment", type=int)
    if company and place and "find" not in request.args:
        more = Choice(choice.projects, (*choice.companies, (company, place)))
        return redirect(url_for(".show", slug=slug, **Choice.of(*more.query().values()).query()))  # type: ignore[arg-type]
    every = [segment for segment, _depth in tree(db.session.scalars(segments(chain.id)).all())]
    found = what_if(chain, in_order(every), choice, current_user)
    return render_template(
        "gaps/what_if.html",
        chain=chain,
        found=found,
        changes=found.changes,
        choice=choice,
        form=AddForm(request.args).offer(every),
        offered=db.session.scalars(offered(chain.id, current_user)).unique().all(),
        asked=request.args.get("company_id_q", ""),
        results=looked_for(request.args.get("company_id_q", "")) if "find" in request.args else None,
        link=lambda changed: url_for(".show", slug=slug, **changed.query()),
    )


def in_order(every: list[Segment]) -> list[Segment]:
    """The segments as the gaps come: by their ordinal."""
    return sorted(every, key=lambda segment: (segment.ordinal, segment.id))


def chain_of(slug: str) -> Chain:
    """The chain of an address, or NotFound."""
    chain = db.session.scalars(chain_of_slug(slug)).one_or_none()
    if chain is None:
        raise NotFound(N_("没有这条产业链。"))
    return chain


def looked_for(text: str) -> list[tuple[int, str, str]]:
    """The companies that a text finds, where no script offers them."""
    return [(company.id, company.name, last_name(company.city_code)) for company in best(text, current_user)]
