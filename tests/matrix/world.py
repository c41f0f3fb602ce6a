"""The arranged world of the route table: people of each role, and rows of each kind in each placement to them."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from crm.accounts.models import Role, User
from crm.chain.models import Chain, Reshaping
from crm.companies.models import CompanyDocument, LocalCompany, Merge
from crm.database import SYSTEM, acting_as, db
from crm.files.models import Document, DocumentVersion, StoredFile, Upload
from crm.gaps.models import MapFile
from crm.handovers.models import HandOver
from crm.landing.dossiers.entries import NOTE, ROSTER
from crm.landing.entries import Noun
from crm.landing.experts import draws
from crm.landing.locals.entries import NOUNS as OF_COMPANIES
from crm.landing.parks.entries import PARK
from crm.landing.plans.entries import PROGRESS
from crm.notices.models import Notice, NoticeKind
from crm.pipeline.models import (
    BulkEdit,
    Claim,
    ClaimRequest,
    CoordinationItem,
    Demand,
    Instruction,
    Introduction,
    ParkReservation,
    Phase,
    ProjectMember,
    ProjectPartner,
    SavedView,
    Secrecy,
    Stage,
    WeeklyLine,
)
from crm.pipeline.models.claims import ClaimState, Evidence, RequestKind
from crm.pipeline.rule_entries import NOUNS as RULES
from crm.pipeline.weeks import Week
from crm.rules import today
from crm.trips.models import Trip, TripStop
from imports.models import Batch, BatchStatus, Profile
from tests import factories
from tests.factories import landing
from tests.matrix import pipeline_rows
from tests.matrix.landing import CATALOGUES

ROLES = ("officer", "manager", "leader", "admin", "auditor")
#: An id that no row has.
NOBODY = 2**62


@dataclass(frozen=True)
class Row:
    """A row to address: what URLs and forms need of it."""

    id: int
    version: int | None = None
    slug: str = ""
    company_id: int | None = None


@dataclass
class World:
    """Users by role (own office, with a colleague in a sub-office and a stranger in another) and rows by kind."""

    app: Flask
    users: dict[str, int] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    #: {(kind, role, placement): row}
    rows: dict[tuple[str, str, str], Row] = field(default_factory=dict)
    #: Ids that forms may need: offices, segments, stages, routes, by a name.
    ids: dict[str, int] = field(default_factory=dict)

    def client(self, role: str) -> FlaskClient:
        """A browser in which somebody of the role is signed in; `anonymous` nobody."""
        client = self.app.test_client()
        if role != "anonymous":
            client.set_cookie("crm", self.cookies[role])
        return client

    def placements(self, kind: str | None, role: str) -> dict[str, Row | None]:
        """The rows of a kind by their placement to a role."""
        if kind is None:
            return {"none": None}
        who = "officer" if role == "anonymous" else role
        return {place: row for (k, r, place), row in self.rows.items() if k == kind and r == who}


@dataclass(frozen=True)
class People:
    """Those to whom rows of one role's world belong."""

    me: User
    colleague: User
    stranger: User
    #: A leader above all of them, who is none of them.
    chief: User


def arrange(app: Flask) -> World:
    """Write the world and commit it."""
    world = World(app)
    with app.app_context(), acting_as(SYSTEM):
        bureau = factories.Office(name="招商局")
        ours = factories.Office(name="激光产业科", parent=bureau)
        below = factories.Office(name="激光产业科一组", parent=ours)
        theirs = factories.Office(name="光电产业科", parent=bureau)
        colleague = factories.User(display_name="同事", office=below)
        stranger = factories.User(display_name="外科室", office=theirs)
        chief = factories.User(display_name="局长", role=Role.LEADER, office=bureau)
        world.ids |= {
            "bureau": bureau.id,
            "office": ours.id,
            "other_office": theirs.id,
            "colleague": colleague.id,
            "stranger": stranger.id,
        }
        arrange_reference(world)
        for role in ROLES:
            me = factories.User(
                display_name=f"我是{role}",
                role=Role.ADMIN if role == "auditor" else Role(role),
                is_auditor=role == "auditor",
                office=ours,
            )
            world.users[role] = me.id
            arrange_rows(world, role, People(me, colleague, stranger, chief))
        db.session.commit()
        for role in ROLES:
            sign_in(world, role)
    return world


def sign_in(world: World, role: str) -> None:
    """Open a session and keep its cookie."""
    client = factories.signed_in(world.app, db.session.get_one(User, world.users[role]))
    cookie = client.get_cookie("crm")
    assert cookie is not None
    world.cookies[role] = cookie.value


def arrange_reference(world: World) -> None:
    """Rows that nobody holds: chains, segments, stages, offices."""
    chain = factories.Chain(slug="laser", name="激光")
    segment = factories.Segment(chain=chain)
    route = factories.route()
    cut = Reshaping(chain=chain, kind="merge", source="晶体", other=segment.name, request_id="", by=factories.User())
    stored = StoredFile(sha256=secrets.token_hex(32), size=1, media_type="application/geo+json")
    upload = Upload(file=stored, name="示例.geojson", owner=cut.by, office_id=cut.by.office_id)
    atlas = MapFile(upload=upload, approval="GS(2024)0001号", regions=[])
    db.session.add_all([cut, atlas])
    db.session.flush()
    world.ids |= {"chain": chain.id, "segment": segment.id, "route": route.id}
    world.ids |= {stage.name: stage.id for stage in route.stages}
    shared = {
        "chain": Row(chain.id, chain.version, chain.slug),
        "segment": Row(segment.id, segment.version),
        "reshaping": Row(cut.id, 1),
        "map_file": Row(atlas.id),
        "route": Row(route.id, route.version),
        "stage": Row(route.stages[0].id, route.stages[0].version),
        "office": Row(world.ids["office"], 1),
    }
    shared |= arrange_landing(world) | arrange_rules(world)
    for role in ROLES:
        for kind, row in shared.items():
            world.rows[kind, role, "any"] = row
            world.rows[kind, role, "missing"] = Row(NOBODY, 1, "no-such-chain", world.ids["office"])


def arrange_rules(world: World) -> dict[str, Row]:
    """A gate item, and a row of each list by which projects are judged."""
    found = {f"rule_{noun.key}": landing.row(noun) for noun in RULES}
    route = factories.route()
    found["gate_item"] = route.stages[1].gate_items[0]
    last = {"ordinal": 7, "name": "达产", "phase": Phase.OPERATING, "probability": 1}
    found["retired_stage"] = Stage(route_id=route.id, retired_at=datetime.now(UTC), **last)
    db.session.add(found["retired_stage"])
    db.session.flush()
    world.ids |= {"level": found["rule_level"].id, "other_route": factories.route("premises").id}
    world.ids["third_office"] = factories.Office(name="第三科").id
    return {kind: addressed(row) for kind, row in found.items()}


def arrange_landing(world: World) -> dict[str, Row]:
    """A row of each noun of landing, wholes with their parts; a park with room, an expert to draw."""
    found: dict[str, Any] = {}
    for whole, parts in CATALOGUES:
        found[f"landing_{whole.key}"] = landing.row(whole)
        for part in parts:
            found[f"landing_{part.key}"] = landing.row(part, **{part.parent: found[f"landing_{whole.key}"]})
    found["landing_chain"] = db.session.get_one(Chain, world.ids["chain"])
    found["landing_roster_entry"] = landing.row(ROSTER, chain=found["landing_chain"])
    found["landing_note"] = landing.row(NOTE, chain=found["landing_chain"], ordinal=6)
    found["landing_progress"] = landing.row(PROGRESS, task=found["landing_task"])
    found["draw"] = draws.draw("示例评审", "", 1, None, by=factories.User(), seed="0")
    found["seat"] = found["draw"].seats[0]
    local = factories.Company()
    local.local = LocalCompany()
    world.ids["local_company"] = local.id
    world.ids["free_company"] = factories.Company().id
    pooled = addressed(factories.Company())
    world.ids |= {"pool_company": pooled.id, "pool_company_version": pooled.version}
    world.ids["roomy_park"] = landing.row(PARK, free_mu=1_000).id
    return {kind: addressed(row) for kind, row in found.items()}


def arrange_rows(world: World, role: str, people: People) -> None:
    """Rows of each kind in each of its placements to `people.me`."""
    holders = {"own": people.me, "office": people.colleague, "other": people.stranger, "pool": None}
    for kind, make in KINDS.items():
        for placement, holder in holders.items():
            row = make(holder, people)
            if row is not None:
                world.rows[kind, role, placement] = addressed(row)
        world.rows[kind, role, "missing"] = Row(NOBODY, 1)
    for kind in ("company", "project"):
        row = KINDS[kind](people.me, people)
        row.archived_at = datetime.now(UTC)
        world.rows[kind, role, "archived"] = addressed(row)
    hidden = factories.Project(owner=people.colleague, secrecy=Secrecy.RESTRICTED)
    known = factories.Project(owner=people.stranger, secrecy=Secrecy.RESTRICTED)
    known.members.append(ProjectMember(user=people.me))
    world.rows["project", role, "restricted"] = addressed(hidden)
    world.rows["project", role, "member"] = addressed(known)


def addressed(row: Any) -> Row:
    """What a URL and a form need of a row."""
    db.session.flush()
    db.session.refresh(row)
    return Row(row.id, getattr(row, "version", None), "", getattr(row, "company_id", None))


def company(holder: User | None, _people: People) -> Any:
    """A company, in the pool where nobody holds it."""
    return factories.Company(owner=holder)


def contact(holder: User | None, people: People) -> Any:
    """A contact, held as its company is."""
    return factories.Contact(company=company(holder, people))


def project(holder: User | None, people: People) -> Any:
    """A project that knows what the next stage asks for, so that only the right to move it is in question."""
    return factories.Project(owner=holder, company=company(holder, people))


def interaction(holder: User | None, people: People) -> Any:
    """A visit; somebody always made it."""
    return factories.Interaction(owner=holder, company=company(holder, people)) if holder else None


def task(holder: User | None, _people: People) -> Any:
    """A task; somebody always has it."""
    return factories.Task(owner=holder) if holder else None


def trip(holder: User | None, people: People) -> Any:
    """A trip of today with one stop, at a company that anybody may visit."""
    if holder is None:
        return None
    stop = TripStop(company=company(None, people), on_day=today())
    row = Trip(
        name="示例出访", owner=holder, office_id=holder.office_id, starts_on=today(), ends_on=today(), stops=[stop]
    )
    db.session.add(row)
    return row


def instruction(holder: User | None, people: People) -> Any:
    """An instruction of the chief to somebody."""
    if holder is None:
        return None
    row = Instruction(body="请尽快走访。", author=people.chief, owner=holder, office_id=holder.office_id)
    db.session.add(row)
    return row


def target_list(holder: User | None, _people: People) -> Any:
    """A list that somebody answers for."""
    return factories.TargetList(owner=holder, office_id=holder.office_id) if holder else None


def batch(holder: User | None, _people: People) -> Any:
    """An import that somebody began."""
    if holder is None:
        return None
    stored = StoredFile(sha256=secrets.token_hex(32), size=1, media_type="text/csv")
    upload = Upload(file=stored, name="名单.csv", owner=holder, office_id=holder.office_id)
    row = Batch(upload=upload, owner=holder, office_id=holder.office_id, feed="companies", status=BatchStatus.UPLOADED)
    db.session.add(row)
    return row


def profile(holder: User | None, _people: People) -> Any:
    """A mapping of columns that somebody saved."""
    if holder is None:
        return None
    values = {"feed": "companies", "columns": {"企业名称": "name"}}
    row = Profile(name=secrets.token_hex(8), owner=holder, office_id=holder.office_id, **values)
    db.session.add(row)
    return row


def document(holder: User | None, people: People) -> Any:
    """A document on a company's file."""
    uploader = holder or people.chief
    stored = StoredFile(sha256=secrets.token_hex(32), size=1, media_type="application/pdf")
    upload = Upload(file=stored, name="示例.pdf", owner=uploader, office_id=uploader.office_id)
    row = Document(title="示例文档", versions=[DocumentVersion(ordinal=1, upload=upload)])
    db.session.add(row)
    db.session.flush()
    db.session.add(CompanyDocument(company_id=company(holder, people).id, document_id=row.id))
    return row


def merge(holder: User | None, people: People) -> Any:
    """Two rows of a company that were merged."""
    target, source = company(holder, people), company(holder, people)
    source.archived_at = datetime.now(UTC)
    row = Merge(target=target, source=source, by=holder or people.chief, changes=[])
    db.session.add(row)
    return row


def user(holder: User | None, _people: People) -> Any:
    """An account: one's own, of a colleague, of a stranger."""
    return holder


def reservation(holder: User | None, people: People) -> Any:
    """Land held for a project."""
    held = project(holder, people)
    park = landing.row(PARK, free_mu=100)
    row = ParkReservation(project=held, park=park, land_mu=1, until=today(), by=holder or people.chief)
    db.session.add(row)
    return row


def partner(holder: User | None, people: People) -> Any:
    """The partner of a project of cooperation."""
    local = factories.Company()
    local.local = LocalCompany()
    held = factories.Project(owner=holder, route=factories.route("matchmaking"), company=company(holder, people))
    row = ProjectPartner(project=held, company=local)
    db.session.add(row)
    return row


def introduction(holder: User | None, people: People) -> Any:
    """An introduction of such a project."""
    row = Introduction(project=partner(holder, people).project, on_day=today(), by=holder or people.chief)
    db.session.add(row)
    return row


def coordination(holder: User | None, people: People) -> Any:
    """Something that a project of the holder's asks of the holder's own office."""
    if holder is None:
        return None
    asking = project(holder, people)
    line = WeeklyLine(project=asking, week=Week.of(today()).monday, progress="已看地。", by=holder)
    row = CoordinationItem(
        project=asking, body="请核实供电。", owner=holder, office_id=holder.office_id, due_on=today()
    )
    line.items.append(row)
    db.session.add(line)
    return row


def claim(holder: User | None, people: People) -> Any:
    """A claim on a project of the holder's, which waits for the coordinating office."""
    if holder is None:
        return None
    row = Claim(
        project=project(holder, people),
        owner=holder,
        office_id=holder.office_id,
        state=ClaimState.FILED,
        evidence=Evidence.WISH,
        wish="愿意落户。",
        wish_on=today(),
        kept_since=today(),
    )
    db.session.add(row)
    return row


def claim_request(holder: User | None, people: People) -> Any:
    """What the holder asks of a claim of strangers."""
    held = claim(people.stranger, people)
    if holder is None:
        return None
    row = ClaimRequest(
        claim=held, kind=RequestKind.DISPUTE, owner=holder, office_id=holder.office_id, reason="我们先谈。"
    )
    db.session.add(row)
    return row


def about_company(noun: Noun) -> Callable[[User | None, People], Any]:
    """Something written about a company."""
    return lambda holder, people: landing.row(noun, company=company(holder, people))


def notice(holder: User | None, _people: People) -> Any:
    """Something that waits for somebody."""
    if holder is None:
        return None
    row = Notice(user_id=holder.id, key=secrets.token_hex(8), kind=NoticeKind.TASK_HANDED, url="/tasks")
    db.session.add(row)
    return row


def saved_view(holder: User | None, _people: People) -> Any:
    """A view that somebody keeps."""
    if holder is None:
        return None
    row = SavedView(name="视图", query="", owner=holder, office_id=holder.office_id)
    db.session.add(row)
    return row


def bulk_edit(holder: User | None, _people: People) -> Any:
    """What somebody set for many."""
    if holder is None:
        return None
    row = BulkEdit(owner=holder, office_id=holder.office_id, changes=[])
    db.session.add(row)
    return row


def demand(holder: User | None, people: People) -> Any:
    """What a company asks of somebody; the chief wrote it down."""
    if holder is None:
        return None
    row = Demand(company=factories.Company(), body="要 30 亩", raised_on=today(), due_on=today(), owner=holder)
    row.office_id, row.created_by = holder.office_id, people.chief
    db.session.add(row)
    return row


def hand_over(holder: User | None, people: People) -> Any:
    """What somebody held and the chief took over."""
    if holder is None:
        return None
    row = HandOver(giver=holder, taker=people.chief, by=people.chief, reason="调离本科室", moved={})
    db.session.add(row)
    return row


KINDS: dict[str, Callable[[User | None, People], Any]] = {
    "company": company,
    "contact": contact,
    "project": project,
    "interaction": interaction,
    "task": task,
    "trip": trip,
    "instruction": instruction,
    "list": target_list,
    "batch": batch,
    "profile": profile,
    "document": document,
    "merge": merge,
    "user": user,
    "hand_over": hand_over,
    "reservation": reservation,
    "notice": notice,
    "saved_view": saved_view,
    "coordination": coordination,
    "claim": claim,
    "claim_request": claim_request,
    "partner": partner,
    "introduction": introduction,
    "bulk_edit": bulk_edit,
    "demand": demand,
    **{f"local_{noun.key}": about_company(noun) for noun in OF_COMPANIES},
    **pipeline_rows.KINDS,
}
