"""The page on which a contact is logged or corrected: its form with what it offers for the chosen company."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Request, render_template
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from crm.accounts.models import User
from crm.accounts.permissions import may
from crm.companies import queries as companies
from crm.companies.models import Company
from crm.companies.naming import name_key
from crm.companies.services import duplicates_of
from crm.database import db
from crm.errors import BadRequest, NotFound
from crm.interactions import extensions, pasting, queries
from crm.interactions.fields import NEW
from crm.interactions.forms import InteractionForm, company_text, values_of
from crm.interactions.models import Interaction
from crm.interactions.prefill import confirmations, filled_in, planned_values
from crm.interactions.services import Record, unique

#: So many companies are offered for what was typed.
OFFERED = 8
#: So many figures no id of a bigint column is sure to have.
LONGEST_ID = 19

#: (value, name, detail) of a company that the field offers.
Offered = tuple[int | str, str, str]


@dataclass
class Entry:
    """The form, whose it is, the companies chosen so far and the subjects ticked, by their keys."""

    form: InteractionForm
    by: User
    company: Company | None = None
    #: Further companies of the same contact.
    others: Sequence[Company] = ()
    about: Mapping[str, Sequence[int]] = field(default_factory=dict)
    #: What was found for the typed name, when a page without a script asked; likewise for a further company.
    found: list[Offered] | None = None
    found_more: list[Offered] | None = None
    #: Whether the only subject of a company is ticked beforehand: most contacts are about it.
    suggests: bool = False
    #: The contact that is being corrected.
    interaction: Interaction | None = None
    #: What a pasted paragraph has filled in, as (what, value), for a person to confirm.
    proposed: Sequence[tuple[str, str]] | None = None

    def __post_init__(self) -> None:
        """Fill the form's choices; a next step is set once, then it is a task of its own."""
        if self.interaction is not None:
            del self.form.next_step, self.form.next_step_on, self.form.pasted
        officers = list(db.session.scalars(queries.officers_for(self.by)))
        people = [
            person
            for company in self.companies
            for person in db.session.scalars(queries.known_people(self.by, company))
        ]
        if self.interaction is not None:  # whoever was there stays on offer, wherever she is now
            officers += [self.interaction.owner, *(link.user for link in self.interaction.officers)]
            people += [link.contact for link in self.interaction.contacts if not link.contact.erased_at]
        self.form.offer(unique(officers), self.by)
        self.form.offer_people(unique(people))
        self.form.offer_more(self.others)

    @property
    def companies(self) -> list[Company]:
        """All companies chosen so far, the main one first."""
        return unique([*([self.company] if self.company else []), *self.others])

    @classmethod
    def fresh(cls, request: Request, by: User) -> "Entry":
        """An empty form, with what the address names: company, subjects; day, time and people of a planned visit."""
        company = company_of(request.args.get("company"))
        data: dict[str, Any] = {"company_id": company.id, "company_id_q": company.name} if company else {}
        data |= planned_values(request.args)
        return cls(InteractionForm(None, data=data), by, company, about=named(request.args), suggests=True)

    @classmethod
    def part(cls, request: Request, by: User, company_id: str | None) -> "Entry":
        """What follows from companies chosen just now, keeping what was ticked."""
        company = company_of(company_id)
        form = InteractionForm(request.args, meta={"csrf": False})
        form.company_id.text = form.company_id_q.text = None
        form.company_id.data = company.id if company else None
        form.company_id_q.data = company.name if company else ""
        others = further_companies(request.args, company)
        return cls(form, by, company, others, about=ticked(request.args), suggests=True)

    @classmethod
    def sent(cls, request: Request, by: User, interaction: Interaction | None = None) -> "Entry":
        """What was sent; `find` is the button by which a page without a script looks a company up."""
        form = InteractionForm(request.form)
        find = request.form.get("find", "")
        company = company_of(find if is_number(find) else request.form.get("company_id"))
        if is_number(find) and company:
            form.company_id.text = form.company_id_q.text = None
            form.company_id.data, form.company_id_q.data = company.id, company.name
        typed = form.more_company_id_q.data or ""
        others = further_companies(request.form, company)
        entry = cls(form, by, company, others, about=ticked(request.form), interaction=interaction)
        if find == "company_id":
            entry.found = entry.offered()
        if find == "more_company_id":
            entry.found_more = offered(typed, by, may_create=False)
        return entry

    @classmethod
    def pasted(cls, request: Request, by: User) -> "Entry":
        """The form filled in from a pasted paragraph; what was typed already stays where the text says nothing."""
        proposal = pasting.read(request.form.get("pasted", "")[: pasting.LONGEST * 4], by)
        form = InteractionForm(MultiDict(filled_in(request.form, proposal)))
        company = proposal.company or company_of(form.company_id.text)
        entry = cls(form, by, company, further_companies(request.form, company), about=ticked(request.form))
        entry.proposed = confirmations(proposal)
        entry.suggests = True
        if company is None:
            candidates: list[Offered] = [(one.id, one.name, company_text(one)) for one in proposal.companies]
            entry.found = candidates or (entry.offered() if proposal.unknown_company else None)
        return entry

    @classmethod
    def of(cls, interaction: Interaction, by: User) -> "Entry":
        """A contact as it stands, to be corrected."""
        about = {
            s.key: [link.id for link in s.links([interaction], by).get(interaction.id, ())] for s in extensions.subjects
        }
        form = InteractionForm(None, data=values_of(interaction))
        others = [link.company for link in interaction.companies[1:]]
        return cls(form, by, interaction.company, others, about=about, interaction=interaction)

    def repeats(self, earlier: Interaction) -> bool:
        """Whether it says the same as a contact that was sent under its id."""
        form, company = self.form, earlier.company
        is_same_company = self.company == company or (
            form.company_id.data == NEW and name_key(form.company_id_q.data or "") == company.name_key
        )
        is_same_day = form.happened_on.data == earlier.happened_on
        return is_same_company and is_same_day and form.summary.data == earlier.summary

    def is_complete(self) -> bool:
        """Whether all is there; else the form's fields say what is not, and companies of the typed name are offered."""
        valid = self.form.validate()
        if self.form.company_id.data == NEW and not self.form.company_id.errors:
            valid = self.is_new_name() and valid
        if self.company is None and self.form.company_id_q.data:
            self.found = self.offered()
        return valid

    def is_new_name(self) -> bool:
        """Whether the typed name may become a new company: none bears it yet."""
        name = self.form.new_company()
        namesake = next(iter(duplicates_of(name, None)), None) if name else None
        if namesake is not None:
            self.form.company_id.errors = [
                _("系统里已有“%(name)s”（%(where)s），请直接选它。", name=namesake.name, where=company_text(namesake))
            ]
        return bool(name) and namesake is None

    def record(self) -> Record:
        """What was filled in, once it is complete."""
        new = self.form.new_company() if self.company is None else ""
        return self.form.record(self.companies, self.about, new)

    def offered(self) -> list[Offered]:
        """The companies that the typed name finds, and the new one that it would make."""
        return offered(self.form.company_id_q.data or "", self.by)

    def render(self, template: str = "interactions/form.html", **more: Any) -> str:
        """The page, or a part of it."""
        return render_template(template, entry=self, form=self.form, **self.context(), **more)

    def context(self) -> dict[str, Any]:
        """What the page shows besides the form."""
        planned = [company for offer in extensions.planned_today for company in offer(self.by)]
        recent = db.session.scalars(queries.recent_companies(self.by)).all()
        return {
            "company": self.company,
            "is_open": self.company is None or may(self.by, "interaction.create", self.company),
            "planned": unique(planned),
            "recent": [company for company in recent if company not in planned],
            "subjects": self.subjects(),
        }

    def subjects(self) -> list[tuple[extensions.Subject, Sequence[extensions.Choice], Sequence[int]]]:
        """Per kind of subject, what a contact with the companies may be about and what of it is ticked."""
        found: list[tuple[extensions.Subject, Sequence[extensions.Choice], Sequence[int]]] = []
        for subject in extensions.subjects:
            choices = [choice for company in self.companies for choice in subject.choices(company, self.by)]
            marked = self.about.get(subject.key) or ([choices[0].id] if self.suggests and len(choices) == 1 else [])
            found.append((subject, choices, marked))
        return found


def company_of(text: str | None) -> Company | None:
    """The company of an id from an address or a form; NotFound for an id that none has, None where there is no id."""
    if not text or not is_number(text):
        return None
    company = db.session.get(Company, int(text)) if len(text) < LONGEST_ID else None
    if company is None:
        raise NotFound(queries.NOT_FOUND)
    return company


def further_companies(values: Any, main: Company | None) -> list[Company]:
    """The companies ticked beside the main one, and the one being added; NotFound for an id that none has."""
    texts = [*values.getlist("more_company_ids"), values.get("more_company_id", "")]
    found = [company for text in texts if (company := company_of(text)) is not None]
    return [company for company in unique(found) if company != main]


def is_number(text: str) -> bool:
    """Whether a text is made of the figures 0–9 alone."""
    return text.isascii() and text.isdigit()


def named(args: Any) -> dict[str, list[int]]:
    """The subjects that an address names, one of each: `?project=ID` of the subject `projects`."""
    return {s.key: [one] if (one := args.get(s.key.removesuffix("s"), type=int)) else [] for s in extensions.subjects}


def ticked(values: Any) -> dict[str, list[int]]:
    """The subjects ticked in a form, by their keys."""
    given = {subject.key: values.getlist(subject.key) for subject in extensions.subjects}
    if any(not is_number(text) or len(text) >= LONGEST_ID for texts in given.values() for text in texts if text):
        raise BadRequest(queries.NOT_FOUND)
    return {key: [int(text) for text in texts if text] for key, texts in given.items()}


def offered(typed: str, by: User, *, may_create: bool = True) -> list[Offered]:
    """The companies that a text finds, best first, then to create one of that name.

    That is not offered for a name that one bears, nor for letters (pinyin, initials) by which some were found.
    """
    if not typed.strip():
        return []
    best = companies.best(typed, by)[:OFFERED]
    options: list[Offered] = [(company.id, company.name, company_text(company)) for company in best]
    is_name = not best or not typed.isascii()
    if may_create and is_name and not any(company.name_key == name_key(typed) for company in best):
        options.append((NEW, typed.strip(), _("新建这家企业")))
    return options
