"""首谈: filing, accepting, lapsing; two offices in dispute; who learns what. Rules as the issue tells them."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from crm.accounts.models import Role, User
from crm.database import SYSTEM, acting_as, db
from crm.errors import CrmError, Forbidden, NotFound, RuleError
from crm.notices.models import Notice, NoticeKind
from crm.pipeline import claims, disputes, services
from crm.pipeline.claims import Proof
from crm.pipeline.disputes import Asked, Ruling
from crm.pipeline.models import Claim, Project, ProjectMember, Secrecy, Status
from crm.pipeline.models.claims import LIVE, ClaimRequest, ClaimState, Evidence, Outcome, RequestKind, RequestState
from crm.rules import today
from tests import factories

LARGE = Decimal(8_000)
WISH = Proof(wish="愿意落户，联系一科。", wish_on=date(2026, 1, 5))


class Bureau:
    """A coordinating bureau with its manager above two offices, each with a manager and an officer."""

    def __init__(self) -> None:
        self.bureau = factories.Office(is_coordinating=True)
        self.head = factories.User(role=Role.MANAGER, office=self.bureau)
        self.first, self.second = (factories.Office(parent=self.bureau) for _ in range(2))
        self.manager1, self.manager2 = (factories.User(role=Role.MANAGER, office=o) for o in (self.first, self.second))
        self.officer1, self.officer2 = factories.User(office=self.first), factories.User(office=self.second)

    def project(self, **values) -> Project:
        company = values.pop("company", None) or factories.Company(owner=self.officer1)
        values = {"investment_wan": LARGE, **values}
        return factories.Project(owner=self.officer1, company=company, **values)


@pytest.fixture
def bureau(session):
    return Bureau()


def filed(bureau, **values) -> Claim:
    return claims.file(bureau.project(**values).id, WISH, by=bureau.officer1)


def accepted(bureau, **values) -> Claim:
    claim = filed(bureau, **values)
    claims.accept(claim, "", by=bureau.head)
    db.session.flush()
    return claim


@pytest.mark.parametrize(
    ("investment", "state"),
    [(None, ClaimState.RECORDED), (Decimal(4_999), ClaimState.RECORDED), (Decimal(5_000), ClaimState.FILED)],
)
def test_only_above_the_threshold_somebody_decides(bureau, investment, state):
    assert filed(bureau, investment_wan=investment).state is state


def test_a_claim_is_proved(bureau):
    project = bureau.project()
    with pytest.raises(RuleError):
        claims.file(project.id, Proof(), by=bureau.officer1)
    other = factories.Interaction(owner=bureau.officer1, company=project.company)
    with pytest.raises(NotFound):  # a contact, but not about this project
        claims.file(project.id, Proof(interaction=other), by=bureau.officer1)
    services.link_interaction(project, other)
    claim = claims.file(project.id, Proof(interaction=other), by=bureau.officer1)
    assert claim.evidence is Evidence.CONTACT


def test_who_files_and_on_what(bureau):
    project = bureau.project()
    with pytest.raises(NotFound):
        claims.file(project.id, WISH, by=bureau.officer2)
    with pytest.raises(Forbidden):
        claims.file(project.id, WISH, by=factories.User(office=bureau.first))
    claims.file(project.id, WISH, by=bureau.manager1)
    with pytest.raises(RuleError):
        claims.file(project.id, WISH, by=bureau.officer1)
    lost = bureau.project(status=Status.LOST, status_reason="去了外地", status_on=today())
    with pytest.raises(RuleError):
        claims.file(lost.id, WISH, by=bureau.officer1)


def test_another_project_of_the_company_stays_free(bureau):
    claim = accepted(bureau)
    second = bureau.project(company=claim.project.company)
    assert claims.file(second.id, WISH, by=bureau.officer1).state is ClaimState.FILED


def test_only_the_coordinating_manager_decides(bureau):
    claim = filed(bureau)
    for user in (bureau.manager1, bureau.manager2, bureau.officer1, factories.User(role=Role.ADMIN)):
        with pytest.raises(Forbidden):
            claims.accept(claim, "", by=user)
    with pytest.raises(RuleError):
        claims.refuse(claim, " ", by=bureau.head)
    claims.refuse(claim, "佐证不足", by=bureau.head)
    assert claim.state is ClaimState.REFUSED
    again = claims.file(claim.project_id, WISH, by=bureau.officer1)
    claims.accept(again, "", by=bureau.head)
    with pytest.raises(RuleError):
        claims.accept(again, "", by=bureau.head)


def test_a_claim_lapses_without_contact_and_warns_before(bureau):
    claim = accepted(bureau)
    last = today() + timedelta(days=90)
    assert claims.lapses_on(claim, claims.lapse_term()) == last
    told = select(func.count()).select_from(Notice).where(Notice.user_id == bureau.officer1.id)
    lapsing = told.where(Notice.kind == NoticeKind.CLAIM_LAPSING)
    claims.keep_up(last - timedelta(days=16))
    assert db.session.scalar(lapsing) == 0
    for day in (15, 14, 0):  # a missed day is caught up, a second run says nothing
        claims.keep_up(last - timedelta(days=day))
        assert (db.session.scalar(lapsing), claim.state) == (1, ClaimState.ACCEPTED)
    for _ in range(2):
        claims.keep_up(last + timedelta(days=30))
    assert claim.state is ClaimState.LAPSED
    assert db.session.scalar(told.where(Notice.kind == NoticeKind.CLAIM_LAPSED)) == 1


def test_contact_keeps_a_claim(bureau):
    claim = accepted(bureau)
    claim.kept_since = today() - timedelta(days=120)
    contact = factories.Interaction(
        owner=bureau.officer1, company=claim.project.company, happened_on=today() - timedelta(days=5)
    )
    services.link_interaction(claim.project, contact)
    db.session.refresh(claim.project)
    claims.keep_up(today())
    assert claim.state is ClaimState.ACCEPTED


def test_a_claim_ends_with_its_project(bureau):
    claim = accepted(bureau)
    services.change_status(claim.project, Status.LOST, by=bureau.officer1, reason="去了外地")
    db.session.flush()
    claims.keep_up(today())
    assert claim.state is ClaimState.ENDED


def test_what_a_second_office_learns(bureau):
    open_one = accepted(bureau, secrecy=Secrecy.PUBLIC, name="示例公开基地")
    inner = accepted(bureau, name="示例内部基地")
    assert claims.title_of(open_one, bureau.officer2) == "示例公开基地"
    assert claims.title_of(inner, bureau.officer2) == inner.project.company.name
    assert claims.title_of(inner, bureau.officer1) == "示例内部基地"
    hidden = bureau.project(secrecy=Secrecy.RESTRICTED)
    with pytest.raises(RuleError):  # nobody who decides may know of it
        claims.file(hidden.id, WISH, by=bureau.officer1)
    hidden.members.append(ProjectMember(user=bureau.head))
    db.session.flush()
    secret = claims.file(hidden.id, WISH, by=bureau.officer1)
    with pytest.raises(NotFound):
        claims.require_known(bureau.officer2, secret)
    for scope in claims.SCOPES:
        listed = db.session.scalars(claims.listed(bureau.officer2, scope)).unique().all()
        assert secret not in listed
    assert claims.live_on_companies(bureau.officer2, {hidden.company_id}) == []


def test_the_group_is_known_by_its_mother(bureau):
    mother = factories.Company()
    claim = accepted(bureau, company=factories.Company(parent=mother))
    sister = factories.Company(parent=mother)
    found = claims.live_on_companies(bureau.officer2, claims.family_of(sister))
    assert found == [claim]


def asked(bureau, kind, claim=None, **values) -> ClaimRequest:
    request = disputes.ask(claim or accepted(bureau), Asked(kind, "我们先接触。", **values), by=bureau.officer2)
    db.session.flush()
    return request


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        (RequestKind.JOIN, {"manager1", "head"}),
        (RequestKind.HAND_OVER, {"manager1", "head"}),
        (RequestKind.DISPUTE, {"head"}),
    ],
)
def test_who_decides_on_what(bureau, kind, who):
    request = asked(bureau, kind)
    everybody = ("head", "manager1", "manager2", "officer1", "officer2")
    assert {name for name in everybody if disputes.may_decide(getattr(bureau, name), request)} == who


def test_without_a_manager_in_between_the_next_above_decides(bureau):
    between = factories.Office(parent=bureau.first)
    left, right = factories.Office(parent=between), factories.Office(parent=between)
    holder, asker = factories.User(office=left), factories.User(office=right)
    project = factories.Project(owner=holder, company=factories.Company(owner=holder), investment_wan=LARGE)
    claim = claims.file(project.id, WISH, by=holder)
    request = disputes.ask(claim, Asked(RequestKind.DISPUTE, "我们先谈。"), by=asker)
    assert disputes.deciders(request) == [bureau.manager1]


def test_the_holding_office_asks_nothing_and_another_once(bureau):
    claim = accepted(bureau)
    with pytest.raises(Forbidden):
        disputes.ask(claim, Asked(RequestKind.JOIN, "x"), by=bureau.manager1)
    asked(bureau, RequestKind.JOIN, claim)
    assert not disputes.may_ask(bureau.officer2, claim)


def test_to_join_shares_credit_and_sight(bureau):
    request = asked(bureau, RequestKind.JOIN)
    with pytest.raises(RuleError):
        disputes.decide(request, Ruling(Outcome.TO_ASKER, "给他们"), by=bureau.manager1)
    disputes.decide(request, Ruling(Outcome.JOINT, "各有所长", Decimal(70)), by=bureau.manager1)
    project = request.claim.project
    assert project.names(bureau.officer2)
    assert disputes.shares_of(project) == {bureau.first.id: 70, bureau.second.id: 30}
    assert request.state is RequestState.DONE


def test_a_hand_over_waits_for_the_receiving_manager(bureau):
    request = asked(bureau, RequestKind.HAND_OVER)
    claim, project = request.claim, request.claim.project
    disputes.decide(request, Ruling(Outcome.TO_ASKER, "企业在他们片区", Decimal(30)), by=bureau.manager1)
    assert project.office_id == bureau.first.id
    for user in (bureau.manager1, bureau.officer2):
        with pytest.raises(Forbidden):
            disputes.receive(request, by=user)
    disputes.receive(request, by=bureau.manager2)
    db.session.flush()
    assert (project.owner, project.office) == (bureau.officer2, bureau.second)
    assert project.company.office == bureau.second  # nothing else of the first office's is with it
    assert (claim.owner, claim.office, claim.state) == (bureau.officer2, bureau.second, ClaimState.ACCEPTED)
    assert disputes.shares_of(project) == {bureau.first.id: 30, bureau.second.id: 70}
    assert project.names(bureau.officer1)  # who brought it so far still sees it


def test_what_is_declined_stays(bureau):
    request = asked(bureau, RequestKind.HAND_OVER)
    disputes.decide(request, Ruling(Outcome.TO_ASKER, "企业在他们片区"), by=bureau.manager1)
    with pytest.raises(RuleError):
        disputes.decline(request, "", by=bureau.manager2)
    disputes.decline(request, "人手不足", by=bureau.manager2)
    assert (request.state, request.claim.office) == (RequestState.REFUSED, bureau.first)


def test_a_written_wish_prevails(bureau):
    project = bureau.project()
    contact = factories.Interaction(owner=bureau.officer1, company=project.company)
    services.link_interaction(project, contact)
    claim = claims.file(project.id, Proof(interaction=contact), by=bureau.officer1)
    request = asked(bureau, RequestKind.DISPUTE, claim, wish="选定二科对接", wish_on=date(2026, 2, 1))
    with pytest.raises(RuleError):
        disputes.decide(request, Ruling(Outcome.KEEP, "一科在先"), by=bureau.head)
    disputes.decide(request, Ruling(Outcome.TO_ASKER, "尊重企业意愿", Decimal(20)), by=bureau.head)
    disputes.receive(request, by=bureau.manager2)
    assert (claim.evidence, claim.wish) == (Evidence.WISH, "选定二科对接")


@pytest.mark.parametrize(("day", "prevails"), [(date(2026, 1, 5), False), (date(2026, 1, 6), True)])
def test_of_two_wishes_the_later_one_prevails(bureau, day, prevails):
    request = asked(bureau, RequestKind.DISPUTE, wish="改由二科对接", wish_on=day)
    ruling = Ruling(Outcome.KEEP, "一科在先")
    if prevails:
        with pytest.raises(RuleError, match="书面意向优先"):
            disputes.decide(request, ruling, by=bureau.head)
    else:
        disputes.decide(request, ruling, by=bureau.head)
        assert request.state is RequestState.REFUSED


def test_a_wish_can_be_refuted_with_the_reason(bureau):
    project = bureau.project()
    contact = factories.Interaction(owner=bureau.officer1, company=project.company)
    services.link_interaction(project, contact)
    claim = claims.file(project.id, Proof(interaction=contact), by=bureau.officer1)
    request = asked(bureau, RequestKind.DISPUTE, claim, wish="选定二科对接", wish_on=date(2026, 2, 1))
    disputes.decide(request, Ruling(Outcome.KEEP, "企业来函更正", is_wish_refuted=True), by=bureau.head)
    assert request.is_wish_refuted


def test_a_refused_act_shows_the_claim_again_with_what_was_typed(bureau, sign_in):
    head, manager = sign_in(bureau.head), sign_in(bureau.manager2)
    claim = filed(bureau)
    path = f"/claims/{claim.id}"
    again = head.post(f"{path}/decisions", data={"verdict": "no", "version": claim.version})
    assert (again.status_code, "请写明理由" in again.text, "认定首谈" in again.text) == (422, True, True)
    claims.accept(claim, "", by=bureau.head)
    request = asked(bureau, RequestKind.DISPUTE, claim, wish="改由二科对接", wish_on=date(2026, 2, 1))
    form = {"outcome": "keep", "decision": "一科接触在先", "kept_percent": "50", "version": request.version}
    again = head.post(f"/claim-requests/{request.id}/rulings", data=form)
    assert (again.status_code, "书面意向优先" in again.text, "一科接触在先" in again.text) == (422, True, True)
    disputes.decide(request, Ruling(Outcome.TO_ASKER, "尊重企业意愿"), by=bureau.head)
    again = manager.post(f"/claim-requests/{request.id}/receipts", data={"verdict": "no"})
    assert (again.status_code, "请写明理由" in again.text, "接收项目" in again.text) == (422, True, True)
    again = head.post(f"{path}/endings", data={"reason": " "})
    assert (again.status_code, "请写明理由" in again.text) == (422, True)


def test_a_large_project_lacks_its_people(bureau):
    project = bureau.project(investment_wan=Decimal(100_000))
    assert claims.lacking_people(project)
    project.members.append(ProjectMember(user=bureau.officer2))
    project.sponsor_id = factories.User(role=Role.LEADER).id
    assert not claims.lacking_people(project)
    assert not claims.lacking_people(bureau.project())


def test_of_fifty_who_file_at_once_one_is_first(committed_app):
    with committed_app.app_context(), acting_as(SYSTEM):
        bureau = Bureau()
        project = bureau.project()
        officers = [factories.User(office=(bureau.first, bureau.second)[n % 2]) for n in range(50)]
        project.members.extend(ProjectMember(user=officer) for officer in officers)
        db.session.commit()
        project_id, users = project.id, [db.session.get_one(User, officer.id) for officer in officers]
        clients = [factories.signed_in(committed_app, user) for user in users]
    barrier = Barrier(10)

    def file(client):
        barrier.wait()
        form = {"wish": "愿意落户。", "wish_on": "2026-01-05"}
        return client.post(f"/projects/{project_id}/claims", data=form).status_code

    with ThreadPoolExecutor(10) as pool:
        answers = Counter(pool.map(file, clients))
    assert answers == {302: 1, 422: 49}
    with committed_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Claim)) == 1


#: Lives and acts of the machine: each act is one of nine by one of five people.
LIVES, ACTS = 8, 25


class Quarrel(RuleBasedStateMachine):
    """Claims and requests on one project between five people: what may never be is checked after every act."""

    def __init__(self) -> None:
        super().__init__()
        self.bureau = Bureau()
        self.people = [getattr(self.bureau, name) for name in ("head", "manager1", "manager2", "officer1", "officer2")]
        self.project = self.bureau.project()

    @rule(act=st.integers(0, 8), who=st.integers(0, 4), kept=st.integers(0, 100), outcome=st.sampled_from(Outcome))
    def try_something(self, act: int, who: int, kept: int, outcome: Outcome) -> None:
        """Any act by anybody: it is refused with a sentence, or leaves a legal state."""
        user, claim, request = self.people[who], claims.live_of(self.project.id), self.request()
        acts = [
            lambda: claims.file(self.project.id, WISH, by=user),
            lambda: claim and claims.accept(claim, "", by=user),
            lambda: claim and claims.refuse(claim, "不足", by=user),
            lambda: claim and claims.end(claim, "放弃", by=user),
            lambda: claim and disputes.ask(claim, Asked(list(RequestKind)[kept % 3], "我们"), by=user),
            lambda: request and disputes.decide(request, Ruling(outcome, "因为", Decimal(kept)), by=user),
            lambda: request and disputes.receive(request, by=user),
            lambda: request and disputes.decline(request, "不要", by=user),
            lambda: request and disputes.withdraw(request, by=user),
        ]
        try:
            with db.session.begin_nested():
                acts[act]()
        except CrmError:
            db.session.expire_all()

    def request(self) -> ClaimRequest | None:
        """The latest open request."""
        open_states = [RequestState.ASKED, RequestState.AGREED]
        query = select(ClaimRequest).where(ClaimRequest.state.in_(open_states)).order_by(ClaimRequest.id.desc())
        return db.session.scalars(query.limit(1)).first()

    @invariant()
    def stands(self) -> None:
        """One live claim at most, held where its project is; credit adds up; what is decided says by whom and why."""
        every = claims.of_project(self.project.id)
        live = [claim for claim in every if claim.state in LIVE]
        assert len(live) <= 1
        shares = disputes.shares_of(self.project)
        assert sum(shares.values()) == 100
        assert all(percent >= 0 for percent in shares.values())
        assert (self.project.owner.office_id, True) == (self.project.office_id, self.project.owner is not None)
        for claim in every:
            assert claim.state in (ClaimState.RECORDED, ClaimState.FILED) or claim.decided_at
            for request in claim.requests:
                decided = request.state not in (RequestState.ASKED, RequestState.WITHDRAWN)
                assert decided == (request.decided_by is not None)
                assert request.owner.office_id == request.office_id


def test_no_act_leads_to_an_illegal_state(session):
    class Fresh(Quarrel):
        """Each life in a savepoint."""

        def __init__(self) -> None:
            self.savepoint = db.session.begin_nested()
            super().__init__()

        def teardown(self) -> None:
            self.savepoint.rollback()

    ways = {"deadline": None, "suppress_health_check": list(HealthCheck), "phases": [Phase.generate]}
    run_state_machine_as_test(Fresh, settings=settings(max_examples=LIVES, stateful_step_count=ACTS, **ways))
