"""What a trip came to: written by the visits that were logged on it, for a page and as a document."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import select

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import db
from crm.interactions import extensions
from crm.interactions import queries as interactions
from crm.interactions.extensions import Link
from crm.interactions.models import Interaction, InteractionOfficer, Task
from crm.landing import documents
from crm.rules import today
from crm.trips.models import Trip, TripStop


@dataclass(frozen=True)
class Visit:
    """A visit with what came of it, as far as the reader may see it."""

    interaction: Interaction
    tasks: Sequence[Task]
    subjects: Sequence[Link]
    is_planned: bool

    @property
    def companies(self) -> list[Company]:
        return [link.company for link in self.interaction.companies]

    @property
    def company_names(self) -> str:
        """All companies that were met."""
        return "、".join(company.name for company in self.companies)

    @property
    def their_people(self) -> str:
        """The people who were met, as far as they are known."""
        known = [link.contact.name for link in self.interaction.contacts]
        return "、".join(filter(None, [*known, self.interaction.other_people]))


@dataclass(frozen=True)
class Report:
    """A trip's visits in the order in which they happened, and the stops that were not made."""

    trip: Trip
    visits: Sequence[Visit]
    missed: Sequence[TripStop]

    @property
    def tasks(self) -> list[Task]:
        """All next steps."""
        return [task for visit in self.visits for task in visit.tasks]

    @property
    def demands(self) -> list[Visit]:
        """The visits at which companies asked for something."""
        return [visit for visit in self.visits if visit.interaction.demands]


def report_of(trip: Trip, user: User) -> Report:
    """Put a trip's report together for a reader: a visit that she may not read is left out."""
    planned = {stop.interaction_id for stop in trip.stops if stop.is_visited}
    people = select(InteractionOfficer.interaction_id).where(
        InteractionOfficer.user_id.in_([person.id for person in trip.people])
    )
    made = interactions.visible_to(user).where(
        Interaction.id.in_(planned)
        | (Interaction.id.in_(people) & Interaction.happened_on.between(trip.starts_on, trip.ends_on))
    )
    found = in_order(trip, db.session.scalars(interactions.with_all(made)).unique())
    tasks = tasks_of(found, user)
    links = links_of(found, user)
    visits = [Visit(each, tasks.get(each.id, []), links.get(each.id, []), each.id in planned) for each in found]
    return Report(trip, visits, [stop for stop in trip.stops if not stop.is_visited])


def in_order(trip: Trip, visits: Iterable[Interaction]) -> list[Interaction]:
    """Visits as they happened. One without a time took place when the plan has it, else after the stop before it in
    the plan; one that nobody planned comes last on its day."""
    by_id = {visit.id: visit for visit in visits}
    planned: dict[int, tuple[time, int]] = {}
    clock: dict[date, time] = {}
    for place, stop in enumerate(trip.stops):
        visit = by_id.get(stop.interaction_id or 0)
        if visit is not None and visit.id not in planned:
            day = visit.happened_on
            at = visit.happened_at or (stop.at if stop.on_day == day else None) or clock.get(day, time.min)
            planned[visit.id], clock[day] = (at, place), at
    unplanned = len(trip.stops)

    def moment(visit: Interaction) -> tuple[date, time, int, int]:
        at, place = planned.get(visit.id, (visit.happened_at or time.max, unplanned))
        return visit.happened_on, at, place, visit.id

    return sorted(by_id.values(), key=moment)


def tasks_of(found: Sequence[Interaction], user: User) -> dict[int, list[Task]]:
    """The next steps of some visits, by visit."""
    query = interactions.with_company(interactions.tasks_visible_to(user))
    by_visit: dict[int, list[Task]] = {}
    for task in db.session.scalars(query.where(Task.interaction_id.in_([each.id for each in found])).order_by(Task.id)):
        by_visit.setdefault(task.interaction_id or 0, []).append(task)
    return by_visit


def links_of(found: Sequence[Interaction], user: User) -> dict[int, list[Link]]:
    """What some visits were about, as far as the reader may know of it, by visit."""
    links: dict[int, list[Link]] = {}
    for subject in extensions.subjects:
        for interaction_id, linked in subject.links(found, user).items():
            links.setdefault(interaction_id, []).extend(linked)
    return links


def document(report: Report) -> bytes:
    """The report as docx. Chinese in every language: it goes to leaders here."""
    trip = report.trip
    days = f"{trip.starts_on}" if trip.starts_on == trip.ends_on else f"{trip.starts_on} 至 {trip.ends_on}"
    lead = [f"时间：{days}", f"人员：{'、'.join(person.display_name for person in trip.people)}"]
    lead += [f"目的：{trip.purpose}"] if trip.purpose else []
    begun = documents.begin(f"{trip.name}情况报告", *lead)
    documents.heading(begun, "一、总体情况")
    documents.paragraphs(begun, [totals(report)])
    rows = [overview_row(number, visit) for number, visit in enumerate(report.visits, start=1)]
    if rows:
        documents.table(begun, ["序号", "日期", "企业", "对方人员", "意向"], rows, (1.2, 3, 5.8, 3.8, 2.2))
    documents.heading(begun, "二、走访情况")
    for number, visit in enumerate(report.visits, start=1):
        add_visit(begun, number, visit)
    add_lists(begun, report)
    documents.paragraphs(begun, [f"（本报告由系统按走访记录生成，{today()}；未记录的走访不在其中。）"])
    return documents.content(begun)


def totals(report: Report) -> str:
    """The trip in one sentence."""
    said = f"计划走访 {len(report.trip.stops)} 家，共记录走访 {len(report.visits)} 次"
    said += f"，收集企业诉求 {len(report.demands)} 项，约定下一步工作 {len(report.tasks)} 项"
    return said + (f"；计划中 {len(report.missed)} 家未走访。" if report.missed else "。")


def overview_row(number: int, visit: Visit) -> list[str]:
    """A line of the table of visits."""
    interaction = visit.interaction
    intent = interaction.intent.label if interaction.intent else "—"
    return [str(number), interaction.happened_on.isoformat(), visit.company_names, visit.their_people or "—", intent]


def add_visit(begun: documents.DocumentType, number: int, visit: Visit) -> None:
    """A visit's chapter."""
    interaction = visit.interaction
    planned = "" if visit.is_planned else "（计划外）"
    documents.heading(begun, f"{number}. {visit.company_names}{planned}", 2)
    at = f" {interaction.happened_at:%H:%M}" if interaction.happened_at else ""
    ours = "、".join(link.user.display_name for link in interaction.officers)
    lines = [
        f"{interaction.happened_on}{at}，{interaction.kind.label}。我方：{ours}。",
        f"对方：{visit.their_people}。" if visit.their_people else "",
        *interaction.summary.split("\n"),
        f"企业诉求：{interaction.demands}" if interaction.demands else "",
        f"相关项目：{'、'.join(link.text for link in visit.subjects)}" if visit.subjects else "",
    ]
    documents.paragraphs(begun, [line for line in lines if line])


def add_lists(begun: documents.DocumentType, report: Report) -> None:
    """What is left to do, and what was not done."""
    documents.heading(begun, "三、下一步工作")
    rows = [
        [task.company.name if task.company else "—", task.title, task.owner.display_name, str(task.due_on or "不定")]
        for task in report.tasks
    ]
    if rows:
        documents.table(begun, ["企业", "事项", "负责人", "期限"], rows, (5, 5.6, 2.4, 3))
    else:
        documents.paragraphs(begun, ["没有约定。"])
    if report.missed:
        documents.heading(begun, "四、计划中未走访的企业")
        documents.paragraphs(begun, [f"{stop.company.name}（计划 {stop.on_day}）" for stop in report.missed])
