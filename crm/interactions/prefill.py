"""What fills in the form of a contact beforehand: the address of a planned visit, a pasted paragraph."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from crm.errors import RuleError
from crm.formatters import short_day
from crm.interactions import rules
from crm.interactions.fields import OTHER
from crm.interactions.models import InteractionKind
from crm.interactions.pasting import Proposal


def planned_values(args: Any) -> dict[str, Any]:
    """The values that an address names: `kind`, `day`, `at`, `officer` (ids). What cannot be read is left out."""
    values = {
        "happened_on": judged(rules.happened, args.get("day")),
        "happened_at": judged(rules.clock, args.get("at")),
    }
    values["officer_ids"] = args.getlist("officer", type=int)
    if args.get("kind") in list(InteractionKind):
        values["kind"] = InteractionKind(args["kind"])
    return {name: value for name, value in values.items() if value}


def judged(rule: Any, text: str | None) -> Any:
    """What a rule makes of a text; None for one that it does not take."""
    try:
        return rule(text or "")
    except RuleError:
        return None


def filled_in(sent: Any, proposal: Proposal) -> list[tuple[str, str]]:
    """What was sent, with what a paragraph says in its place; the summary stays where one was typed."""
    said = dict(texts_of(proposal))
    if (sent.get("summary") or "").strip():
        said.pop("summary", None)
    replaced = {name: values for name, values in said.items() if values}
    kept = [(name, value) for name, value in sent.items(multi=True) if name not in replaced and name != "pasted"]
    return kept + [(name, value) for name, values in replaced.items() for value in values]


def texts_of(proposal: Proposal) -> Iterator[tuple[str, list[str]]]:
    """A proposal's values by the form's field names, as a browser would send them; nothing for what it leaves open."""
    yield "summary", [proposal.summary] if proposal.summary else []
    yield "kind", [proposal.kind.value] if proposal.kind else []
    yield "happened_on", [proposal.day.isoformat()] if proposal.day else []
    yield "happened_at", [f"{proposal.at:%H:%M}"] if proposal.at else []
    yield "contact_ids", [str(person.id) for person in proposal.contacts]
    yield "officer_ids", [str(user.id) for user in proposal.officers]
    yield "other_people", [proposal.other_people] if proposal.other_people else []
    yield "next_step", [proposal.next_step] if proposal.next_step else []
    if proposal.next_step_on:
        yield "next_step_on", [OTHER]
        yield "next_step_on_date", [proposal.next_step_on.isoformat()]
    name = proposal.company.name if proposal.company else proposal.unknown_company
    if name or proposal.companies:
        yield "company_id", [str(proposal.company.id) if proposal.company else ""]
        yield "company_id_q", [name]


def confirmations(proposal: Proposal) -> list[tuple[str, str]]:
    """What a person is asked to look at: (what, the value that was read)."""
    company = proposal.company.name if proposal.company else proposal.unknown_company
    several = _("可能是 %(count)s 家，请在下面选", count=len(proposal.companies)) if len(proposal.companies) > 1 else ""
    people = [*(person.name for person in proposal.contacts), *filter(None, [proposal.other_people])]
    day = short_day(proposal.day) if proposal.day else ""
    due = short_day(proposal.next_step_on) if proposal.next_step_on else ""
    rows = [
        (_("哪一天"), f"{day} {proposal.at:%H:%M}" if proposal.at else day),
        (_("企业名称"), company or several),
        (_("对方人员"), "、".join(people)),
        (_("我方同行"), "、".join(user.display_name for user in proposal.officers)),
        (_("下一步"), f"{proposal.next_step}（{due}）" if due else proposal.next_step),
    ]
    return [(label, value) for label, value in rows if value.strip()]
