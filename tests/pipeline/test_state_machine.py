"""Promise 7: random acts never make an illegal state, and replaying the changes gives the state.

The acts are those of the stage and status, of 研判, 准入联审, agreements and promises, milestones, of the route and the
archive; they are tried by every role, in the project's office, above it and beside it.
"""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from crm.accounts.models import Role
from crm.database import db
from crm.errors import CrmError
from crm.pipeline import admission, agreements, gates, routing, services, triage
from crm.pipeline.models import (
    Admission,
    Agreement,
    AgreementKind,
    AgreementReview,
    AgreementReviewKind,
    ChangeKind,
    Decision,
    Milestone,
    MilestoneKind,
    Outcome,
    Phase,
    Project,
    ProjectSegment,
    Promise,
    ReviewConclusion,
    Side,
    Status,
)
from crm.rules import today
from tests import factories
from tests.pipeline.test_gates import KNOWN

#: 200 lives of 50 acts.
LIVES, ACTS = 200, 50
SLUGS = ("greenfield", "premises", "expansion", "research", "matchmaking")
ALLOWED = {
    Status.ONGOING: {Status.PAUSED, Status.LOST, Status.ABORTED, Status.COMPLETED},
    Status.PAUSED: {Status.ONGOING, Status.LOST, Status.ABORTED},
    Status.LOST: {Status.ONGOING},
    Status.ABORTED: {Status.ONGOING},
    Status.COMPLETED: {Status.ONGOING},
}
REASONS = st.sampled_from(["", "  ", "有理由"])
#: Facts that need no other row.
FACTS = ("summary", "lead_source", "contact", "next_step", "investment", "fixed_investment", "output", "tax", "land",
         "floor", "energy", "park", "jobs")  # fmt: skip
#: Who tries an act: the officer in charge, a colleague, managers of the office, of the one above and of another one, a
#: leader, an administrator, and an officer of another office.
WHO = st.sampled_from(["officer", "colleague", "manager", "director", "other_manager", "leader", "admin", "stranger"])
EDITORS = {"officer", "manager", "director", "admin"}
#: Besides editing: who may pass a gate, write down a body's decision, archive and restore.
PASS, DECIDE, RESTORE = {"manager", "director"}, {"manager", "director", "admin"}, {"manager", "director", "admin"}
FIXED = {"signed"} | {f"review_{kind.value}" for kind in AgreementReviewKind}


class Life(RuleBasedStateMachine):
    """A project among people of every role; the rules are told here a second time, as an oracle."""

    def __init__(self) -> None:
        super().__init__()
        bureau = factories.Office()
        office = factories.Office(parent=bureau)
        self.officer = factories.User(office=office)
        self.users = {
            "officer": self.officer,
            "colleague": factories.User(office=office),
            "manager": factories.User(role=Role.MANAGER, office=office),
            "director": factories.User(role=Role.MANAGER, office=bureau),
            "other_manager": factories.User(role=Role.MANAGER),
            "leader": factories.User(role=Role.LEADER, office=bureau),
            "admin": factories.User(role=Role.ADMIN, office=bureau),
            "stranger": factories.User(),
        }
        self.segment = factories.Segment()
        self.project: Project = factories.Project(
            owner=self.officer, route=factories.route(SLUGS[self.segment.id % 5]), stage_since=today()
        )
        self.routes = [factories.route(slug) for slug in SLUGS]
        self.level = list(db.session.scalars(admission.levels()))[-1]
        self.stage, self.status = self.project.stage.ordinal, self.project.status
        self.route, self.is_archived = self.project.route, False
        self.promised: Promise | None = None

    @rule(who=WHO, to=st.integers(0, 6), reason=REASONS, ago=st.sampled_from([0, 0, 0, 3]))
    def move(self, who: str, to: int, reason: str, ago: int) -> None:
        """Try to move to some stage."""
        user, stages = self.users[who], self.project.route.stages
        to_stage = stages[to % len(stages)]
        missing = gates.missing(self.project, to_stage)
        given = bool(reason.strip())
        on_time = ago == 0
        legal = on_time and who in EDITORS and self.moves
        if to_stage.ordinal > self.stage:
            passable = not FIXED & {item.fact for item in missing}
            legal = legal and (not missing or (given and passable and who in PASS))
        else:
            legal = legal and to_stage.ordinal < self.stage and given
        day = today() - timedelta(days=ago)
        self.attempt(legal, lambda: services.move(self.project, to_stage, by=user, reason=reason, on_day=day))
        if legal:
            self.stage = to_stage.ordinal
            change = self.project.stage_changes[0]
            assert bool(change.passed_items) == bool(missing)

    @rule(who=WHO, to=st.sampled_from(Status), reason=REASONS)
    def change_status(self, who: str, to: Status, reason: str) -> None:
        """Try to change the status."""
        user = self.users[who]
        legal = who in EDITORS and to in ALLOWED[self.status] and bool(reason.strip())
        legal = legal and not self.is_archived
        if to is Status.COMPLETED:
            legal = legal and self.stage == len(self.project.route.stages) - 1
        self.attempt(legal, lambda: services.change_status(self.project, to, by=user, reason=reason))
        if legal:
            self.status = to

    @property
    def moves(self) -> bool:
        """Whether stage and route may change."""
        return self.status is Status.ONGOING and not self.is_archived

    @rule(who=WHO, to=st.integers(0, 4), reason=REASONS)
    def change_route(self, who: str, to: int, reason: str) -> None:
        """Try another route: no phase is gained, and nothing new is asked before where it stands."""
        user, route = self.users[who], self.routes[to]
        legal = who in EDITORS and self.moves and route is not self.route and bool(reason.strip())
        before = self.project.stage.phase
        self.attempt(legal, lambda: routing.change_route(self.project, route, by=user, reason=reason))
        if legal:
            self.route, self.stage = route, self.project.stage.ordinal
            assert not before.is_before(self.project.stage.phase)
            assert self.project.stage.route is route

    @rule(who=WHO, away=st.booleans())
    def archive(self, who: str, away: bool) -> None:
        """Try to archive or to restore."""
        user = self.users[who]
        legal = who in (EDITORS if away else RESTORE)
        act = routing.archive if away else routing.restore
        self.attempt(legal, lambda: act(self.project, by=user))
        if legal:
            self.is_archived = away

    @rule(who=WHO, decision=st.sampled_from(Decision), grounds=REASONS)
    def judge(self, who: str, decision: Decision, grounds: str) -> None:
        """Try a 研判."""
        user = self.users[who]
        is_open = self.status in (Status.ONGOING, Status.PAUSED) and not self.is_archived
        legal = who in EDITORS and is_open and bool(grounds.strip())
        self.attempt(legal, lambda: triage.decide(self.project, decision, grounds, by=user))
        if legal:
            assert gates.FACTS["pursued"].is_known(self.project) is (decision is Decision.PURSUE)

    @rule()
    def ask_offices(self) -> None:
        """A 准入联审 begins where none is open."""
        if all(not each.is_open for each in self.project.admissions):
            found = Admission(by=self.officer, opened_on=today(), due_on=today() + timedelta(days=9))
            self.project.admissions.insert(0, found)

    @rule(who=WHO, outcome=st.sampled_from(Outcome))
    def decide(self, who: str, outcome: Outcome) -> None:
        """Try to write down a decision; officers may not."""
        user, found = self.users[who], next(iter(self.project.admissions), None)
        if found is None:
            return
        legal = who in DECIDE and found.is_open
        ruling = admission.Ruling(outcome, "领导小组", self.level, "第一次会议", "纪要〔2026〕1号", today(), "限期供地")
        self.attempt(legal, lambda: admission.decide(found, ruling, by=user))

    @rule(kind=st.sampled_from(AgreementKind))
    def draft(self, kind: AgreementKind) -> None:
        """An agreement is drafted, at most one of each kind."""
        if all(each.kind is not kind for each in self.project.agreements):
            found = Agreement(
                kind=kind, title="示例协议", signatory="示例周局", authority="授权书", project=self.project
            )
            db.session.add(found)

    @rule(kind=st.sampled_from(AgreementReviewKind), passed=st.booleans())
    def review(self, kind: AgreementReviewKind, passed: bool) -> None:
        """A review of the formal agreement."""
        found = gates.formal(self.project)
        if found is None:
            return
        conclusion = ReviewConclusion.PASSED if passed else ReviewConclusion.REFUSED
        row = AgreementReview(kind=kind, reviewer="示例科", on_day=today(), conclusion=conclusion)
        self.attempt(
            found.signed_on is None and not self.is_archived, lambda: agreements.review(found, row, by=self.officer)
        )

    @rule(who=WHO, kind=st.sampled_from(AgreementKind))
    def sign(self, who: str, kind: AgreementKind) -> None:
        """Try to sign: a formal agreement with every review that its route asks for."""
        user = self.users[who]
        found = next((each for each in self.project.agreements if each.kind is kind), None)
        if found is None:
            return
        reviewed = all(found.has_passed(each) for each in AgreementReviewKind)
        needs = kind is AgreementKind.FORMAL and self.route.makes_supply
        legal = who in EDITORS and found.signed_on is None and (reviewed or not needs)
        legal = legal and not self.is_archived
        self.attempt(legal, lambda: agreements.sign(found, today(), by=user))

    @rule()
    def promise(self) -> None:
        """The first agreement promises something, once."""
        if self.project.agreements and self.promised is None:
            self.promised = Promise(side=Side.CITY, body="协助办理供电", owner=self.officer)
            self.project.agreements[0].promises.append(self.promised)

    @rule(who=WHO, on_day=st.sampled_from([0, 1]), words=REASONS)
    def fulfil(self, who: str, on_day: int, words: str) -> None:
        """Try to keep the promise: an unlawful one never is, nothing is kept tomorrow or without evidence."""
        if self.promised is None:
            return
        legal = self.edits(who) and bool(words.strip()) and on_day == 0 and self.promised.flagged_on is None
        day = today() + timedelta(days=on_day)
        self.attempt(legal, lambda: agreements.fulfil(self.promised, day, words, by=self.users[who]))

    @rule(who=WHO, words=REASONS)
    def flag(self, who: str, words: str) -> None:
        """Try to call the promise unlawful."""
        if self.promised is not None:
            legal = self.edits(who) and bool(words.strip())
            self.attempt(legal, lambda: agreements.flag(self.promised, words, by=self.users[who]))

    @rule(who=WHO, words=REASONS)
    def clear(self, who: str, words: str) -> None:
        """Try to say how an unlawful promise was put right."""
        if self.promised is not None:
            legal = self.edits(who) and bool(words.strip()) and self.promised.is_to_clear
            self.attempt(legal, lambda: agreements.clear(self.promised, words, by=self.users[who]))

    def edits(self, who: str) -> bool:
        """Whether somebody may write on the project."""
        return who in EDITORS and not self.is_archived

    @rule(kind=st.sampled_from(MilestoneKind))
    def reach(self, kind: MilestoneKind) -> None:
        """A milestone is dated, in any order."""
        if kind is not MilestoneKind.FUNDED and all(each.kind is not kind for each in self.project.milestones):
            row = Milestone(kind=kind, on_day=today(), evidence="示例文号", by=self.officer)
            self.project.milestones.append(row)

    @rule(fact=st.sampled_from(FACTS))
    def learn(self, fact: str) -> None:
        """A fact becomes known."""
        KNOWN[fact](self.project)

    @rule()
    def find_segment(self) -> None:
        """The segment becomes known."""
        if not self.project.segments:
            self.project.segments.append(ProjectSegment(segment=self.segment, is_main=True))

    @rule()
    def forget(self) -> None:
        """What was known turns out wrong: gates ask again."""
        self.project.summary = self.project.triage_note = ""

    def attempt(self, legal: bool, act) -> None:
        """The act succeeds if and only if the oracle calls it legal."""
        try:
            act()
        except CrmError:
            assert not legal
        else:
            assert legal

    @invariant()
    def state_is_the_oracles(self) -> None:
        """Neither a refusal nor an act leaves another state."""
        assert self.project.stage.ordinal == self.stage
        assert self.project.status is self.status
        assert self.project.route is self.route
        assert self.project.stage.route is self.route
        assert (self.project.archived_at is not None) is self.is_archived

    @invariant()
    def a_promise_is_open_kept_or_unlawful(self) -> None:
        """Put right is only what was unlawful, and what is kept has its evidence."""
        if self.promised is not None:
            assert self.promised.flagged_on or not self.promised.cleared_on
            assert bool(self.promised.evidence) is (self.promised.fulfilled_on is not None)

    @invariant()
    def nothing_is_signed_unreviewed(self) -> None:
        """No pass and no other way leads to 签约 without every review, while the route asks for it."""
        for change in self.project.stage_changes:
            assert not FIXED & {item["fact"] for item in change.passed_items}
        formal = gates.formal(self.project)
        if self.route.makes_supply and not self.project.stage.phase.is_before(Phase.SIGNED):
            assert formal is not None
            assert formal.is_signed

    def teardown(self) -> None:
        """The database accepts the life, and its changes replayed give the state."""
        db.session.flush()
        db.session.expire(self.project)
        stage = None
        for change in reversed(self.project.stage_changes):
            assert change.from_stage_id == (stage.id if stage else None)
            assert stage is None or (change.to_stage.route is stage.route) is (change.kind is not ChangeKind.REROUTED)
            stage = change.to_stage
        status = Status.ONGOING
        for change in reversed(self.project.status_changes):
            assert change.from_status is status
            status = change.to_status
        assert (self.project.stage, self.project.status) == (stage, status)
        assert self.project.route is stage.route
        decisions = [each.decision for each in self.project.triages]
        assert decisions[:1] == ([self.project.lead.decision] if self.project.lead else [])


def test_ten_thousand_acts_never_make_an_illegal_state(session) -> None:
    """Acts run in memory and reach the database at the end of each life."""
    with session.no_autoflush:
        run_state_machine_as_test(
            Life,
            settings=settings(
                max_examples=LIVES,
                stateful_step_count=ACTS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
