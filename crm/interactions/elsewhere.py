"""What contacts show and tell on the pages of companies. `register` is called by app.py once."""

from datetime import date

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.companies import extensions as companies
from crm.companies.models import Company, Contact
from crm.database import db
from crm.interactions import queries
from crm.interactions.models import Interaction, InteractionContact, InteractionKind, Task

#: So many contacts a company's page tells; the list of contacts has all.
TOLD = 100
#: So many contacts that name a person are listed; who has corrected them sees the next.
NAMED = 50
#: So many characters before and behind a name tell where it stands.
AROUND = 16

LOOKS = {
    InteractionKind.VISIT: ("car", "blue"),
    InteractionKind.RECEPTION: ("door-enter", "green"),
    InteractionKind.MEETING: ("users-group", "blue"),
    InteractionKind.CALL: ("phone-call", ""),
    InteractionKind.WECHAT: ("brand-wechat", ""),
    InteractionKind.EXHIBITION: ("presentation", "amber"),
    InteractionKind.OTHER: ("message-circle", ""),
}


def register() -> None:
    """Offer contacts and tasks to companies; a second call changes nothing."""
    if queries.contact_days in companies.contact_days:
        return
    companies.contact_days.append(queries.contact_days)
    companies.timeline_sources.append(timeline)
    companies.sections.append(open_tasks)
    companies.contact_traces.append(contact_traces)
    companies.contact_mentions.append(contact_mentions)


def timeline(company: Company, user: User) -> list[companies.TimelineEntry]:
    """The latest contacts with a company that `user` may read."""
    latest = queries.of_company(user, company.id).order_by(Interaction.happened_on.desc(), Interaction.id.desc())
    people = joinedload(Interaction.owner), joinedload(Interaction.entered_by)
    return [entry(interaction) for interaction in db.session.scalars(latest.limit(TOLD).options(*people))]


def entry(interaction: Interaction) -> companies.TimelineEntry:
    """A contact as the timeline tells it: who, what was said, what the company asks for."""
    icon, tone = LOOKS[interaction.kind]
    who = interaction.owner.display_name
    if interaction.was_entered_for_another:
        who = _("%(owner)s · %(name)s代录", owner=who, name=interaction.entered_by.display_name)
    demands = _("诉求：%(demands)s", demands=interaction.demands) if interaction.demands else ""
    return companies.TimelineEntry(
        day=interaction.happened_on,
        title=_(interaction.kind.label),
        order=interaction.id,
        icon=icon,
        tone=tone,
        meta=f"{who} · {_(interaction.intent.label)}" if interaction.intent else who,
        body="\n".join(filter(None, (interaction.summary, demands))),
        url=url_for("interactions.show", interaction_id=interaction.id),
    )


def contact_traces(contact: Contact, user: User) -> list[tuple[date, str, str]]:
    """The contacts at which a person was there, of those that `user` may read."""
    there = select(InteractionContact.interaction_id).where(InteractionContact.contact_id == contact.id)
    found = db.session.scalars(queries.with_people(queries.visible_to(user).where(Interaction.id.in_(there)))).unique()
    return [
        (each.happened_on, _(each.kind.label), url_for("interactions.show", interaction_id=each.id)) for each in found
    ]


def contact_mentions(contact: Contact, user: User) -> list[tuple[date, str, str]]:
    """The contacts in whose words a person's name stands."""
    found = db.session.scalars(queries.naming(user, contact.name).limit(NAMED)).unique()
    return [
        (
            each.happened_on,
            f"{each.company.name} · {excerpt(each, contact.name)}",
            url_for("interactions.show", interaction_id=each.id),
        )
        for each in found
    ]


def excerpt(interaction: Interaction, name: str) -> str:
    """A few words around a name in what was said."""
    text = next(t for t in (interaction.summary, interaction.demands, interaction.other_people) if name in t)
    at = text.index(name)
    start, end = max(at - AROUND, 0), at + len(name) + AROUND
    return ("…" if start else "") + " ".join(text[start:end].split()) + ("…" if end < len(text) else "")


def open_tasks(company: Company, user: User) -> companies.Section | None:
    """What is still to be done for a company, on its page; nothing where there is nothing."""
    query = queries.with_company(queries.tasks_visible_to(user).where(Task.company_id == company.id))
    open_ones = query.where(Task.done_at.is_(None)).order_by(Task.due_on, Task.id)
    tasks = db.session.scalars(open_ones).unique().all()
    if not tasks:
        return None
    return companies.Section(
        title=_("待办"),
        template="interactions/_company_tasks.html",
        context={"tasks": tasks},
        icon="checklist",
        count=len(tasks),
        tool=(_("新增"), url_for("interactions.new_task", company=company.id)),
        in_side=True,
        id="tasks",
    )
