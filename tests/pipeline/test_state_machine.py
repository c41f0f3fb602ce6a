"""Promise 7: random acts never make an illegal state, and replaying the changes gives the state."""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from crm.accounts.models import Role
from crm.database import db
from crm.errors import CrmError
from crm.pipeline import gates, services
from crm.pipeline.models import Project, ProjectSegment, Status
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
FACTS = sorted(set(KNOWN) - {"segment", "effect", "owner", "local_company", "origin"})


class Life(RuleBasedStateMachine):
    """A project between officer, manager and a stranger; the rules are told here a second time, as an oracle."""

    def __init__(self) -> None:
        super().__init__()
        self.officer = factories.User()
        self.manager = factories.User(role=Role.MANAGER, office=self.officer.office)
        self.users = [self.officer, self.manager, factories.User()]
        self.segment = factories.Segment()
        self.project: Project = factories.Project(
            owner=self.officer, route=factories.route(SLUGS[self.segment.id % 5]), stage_since=today()
        )
        self.stage, self.status = self.project.stage.ordinal, self.project.status

    @rule(who=st.integers(0, 2), to=st.integers(0, 6), reason=REASONS, ago=st.sampled_from([0, 0, 0, 3]))
    def move(self, who: int, to: int, reason: str, ago: int) -> None:
        """Try to move to some stage."""
        user, stages = self.users[who], self.project.route.stages
        to_stage = stages[to % len(stages)]
        missing = gates.missing(self.project, to_stage)
        given = bool(reason.strip())
        on_time = ago == 0
        legal = on_time and user is not self.users[2] and self.status is Status.ONGOING
        if to_stage.ordinal > self.stage:
            legal = legal and (not missing or (given and user is self.manager))
        else:
            legal = legal and to_stage.ordinal < self.stage and given
        day = today() - timedelta(days=ago)
        self.attempt(legal, lambda: services.move(self.project, to_stage, by=user, reason=reason, on_day=day))
        if legal:
            self.stage = to_stage.ordinal
            change = self.project.stage_changes[0]
            assert bool(change.passed_items) == bool(missing)

    @rule(who=st.integers(0, 2), to=st.sampled_from(Status), reason=REASONS)
    def change_status(self, who: int, to: Status, reason: str) -> None:
        """Try to change the status."""
        user = self.users[who]
        legal = user is not self.users[2] and to in ALLOWED[self.status] and bool(reason.strip())
        if to is Status.COMPLETED:
            legal = legal and self.stage == len(self.project.route.stages) - 1
        self.attempt(legal, lambda: services.change_status(self.project, to, by=user, reason=reason))
        if legal:
            self.status = to

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

    def teardown(self) -> None:
        """The database accepts the life, and its changes replayed give the state."""
        db.session.flush()
        db.session.expire(self.project)
        stage = None
        for change in reversed(self.project.stage_changes):
            assert change.from_stage_id == (stage.id if stage else None)
            stage = change.to_stage
        status = Status.ONGOING
        for change in reversed(self.project.status_changes):
            assert change.from_status is status
            status = change.to_status
        assert (self.project.stage, self.project.status) == (stage, status)


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
