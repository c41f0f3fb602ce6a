"""An officer takes projects of two routes from lead to operating by the pages alone; each gate refuses once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.accounts.models import Role, User
from crm.companies.models import LocalCompany
from crm.database import db
from crm.pipeline.models import AdmissionLevel, Agreement, AgreementReviewKind, Opinion, Project, ProjectSegment
from crm.rules import today
from tests import factories

pytestmark = pytest.mark.usefixtures("session")

DAY = today().isoformat()


class Walker:
    """A project in the hands of its officer, with the office that judges it and the manager who records decisions."""

    def __init__(self, slug: str, sign_in: Any) -> None:
        self.officer = factories.User()
        self.manager = factories.User(role=Role.MANAGER, office=self.officer.office)
        self.judge = factories.User()
        company = factories.Company(owner=self.officer)
        self.project: Project = factories.Project(
            owner=self.officer, company=company, route=factories.route(slug), stage_since=today()
        )
        self.project.segments.append(ProjectSegment(segment=factories.Segment(), is_main=True))
        db.session.flush()
        self.sign_in = sign_in
        self.clients: dict[int, FlaskClient] = {}

    def client(self, user: User) -> FlaskClient:
        """The user's browser."""
        return self.clients.setdefault(user.id, self.sign_in(user))

    def post(self, path: str, by: User | None = None, **form: Any) -> int:
        """Send a form; the status."""
        answer = self.client(by or self.officer).post(path, data=form)
        db.session.expire_all()
        return answer.status_code

    def move(self, name: str) -> int:
        """Press 推进 to a stage."""
        stage = next(stage for stage in self.project.route.stages if stage.name == name)
        path = f"/projects/{self.project.id}/stage-changes"
        return self.post(path, to_stage_id=stage.id, version=self.project.version, on_day=DAY)

    def enter(self, name: str, *acts: Any) -> None:
        """The gate refuses; what it asks is done on the pages; it opens."""
        assert self.move(name) == 422, f"{name} asks nothing"
        for act in acts:
            act()
        assert self.move(name) == 302, name
        assert self.project.stage.name == name

    def know(self, **columns: Any) -> Any:
        """Something filled in on the edit form, whose own tests are elsewhere."""

        def act() -> None:
            for name, value in columns.items():
                setattr(self.project, name, value)
            db.session.flush()
            db.session.expire_all()

        return act

    def triage(self) -> None:
        """研判 with the grounds."""
        path = f"/projects/{self.project.id}/triages/new"
        assert self.post(path, decision="pursue", grounds="补链", on_day=DAY) == 302

    def admit(self) -> None:
        """An office is asked and answers, a body decides, the manager writes it down."""
        due = (today() + timedelta(days=9)).isoformat()
        path = f"/projects/{self.project.id}/admissions/new"
        assert self.post(path, office_ids=[self.judge.office_id], due_on=due) == 302
        opinion = db.session.scalars(select(Opinion).order_by(Opinion.id.desc())).first()
        assert opinion is not None
        assert self.post(f"/opinions/{opinion.id}", self.judge, grade="for", version=opinion.version) == 302
        level = db.session.scalars(select(AdmissionLevel.id).order_by(AdmissionLevel.at_least_wan.desc())).first()
        decision = {"outcome": "admitted", "level_id": level, "body": "常务会", "meeting": "第一次会议"}
        path = f"/admissions/{opinion.admission_id}/decision"
        version = opinion.admission.version
        given = {**decision, "minutes_number": "纪要〔2026〕1号", "decided_on": DAY, "version": version}
        assert self.post(path, self.manager, **given) == 302

    def sign(self) -> None:
        """A formal agreement with every review."""
        given = {"kind": "formal", "title": "示例投资协议", "signatory": "示例周局", "authority": "授权书"}
        assert self.post(f"/projects/{self.project.id}/agreements/new", **given, wording="供应厂房") == 302
        found = db.session.scalars(select(Agreement).filter_by(project_id=self.project.id)).one()
        for kind in AgreementReviewKind:
            review = {"kind": kind.value, "reviewer": "示例科", "on_day": DAY, "conclusion": "passed"}
            assert self.post(f"/agreements/{found.id}/reviews/new", **review) == 302
        assert self.post(f"/agreements/{found.id}/signing", on_day=DAY, version=found.version) == 302

    def reach(self, kind: str) -> Any:
        """A milestone with its evidence."""
        path = f"/projects/{self.project.id}/milestones/new"
        return lambda: self.post(path, kind=kind, on_day=DAY, evidence="示例文号")

    def land(self) -> None:
        """The company has become one of the city's."""
        db.session.add(LocalCompany(company=self.project.company, since=today()))
        self.project.local_company = self.project.company
        db.session.flush()
        db.session.expire_all()


LEAD = {
    "summary": "二期",
    "lead_source": "展会",
    "last_contact_on": today(),
    "next_step": "看地",
    "next_step_on": today(),
}
FIGURES = {
    "fixed_investment_wan": Decimal(4_000),
    "output_wan": Decimal(9_000),
    "tax_wan": Decimal(500),
    "land_mu": Decimal(20),
    "floor_m2": Decimal(8_000),
    "energy_tce": Decimal(100),
    "park": "示例园区",
}


@pytest.mark.parametrize(("slug", "works"), [("greenfield", "开工"), ("premises", "装修")])
def test_from_lead_to_operating(slug: str, works: str, sign_in) -> None:
    walk = Walker(slug, sign_in)

    def effect() -> None:
        walk.project.segments[0].effect = "fill"
        walk.know()()

    walk.enter("研判", walk.know(**LEAD))
    walk.enter("在谈", walk.triage, walk.know(investment_wan=Decimal(5_000)))
    walk.enter("签约", walk.know(**FIGURES), effect, walk.admit, walk.sign)
    walk.enter("注册", walk.reach("registered"))
    walk.enter(works, walk.know(jobs=80), walk.land, walk.reach("permit"), walk.reach("started"))
    walk.enter("投产", walk.reach("operating"))
    assert [change.passed_items for change in walk.project.stage_changes] == [[]] * 7
