"""An officer takes a project of two routes from lead to operating, each gate refusing once: at a desk and by phone."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.accounts.models import User
from crm.chain.models import Segment
from crm.companies.models import LocalCompany
from crm.database import acting_as, db
from crm.pipeline.models import Agreement, AgreementReviewKind, Opinion, Project, Route
from crm.pipeline.services import Relations, open_project
from crm.rules import today
from tests import factories
from tests.browser.conftest import OpenPage, Site, at_both_sizes, examine, is_wide

DAY = today().isoformat()
NAME = "示例从头到尾项目"
LEAD = {"summary": "示例二期", "lead_source": "示例展会", "next_step": "示例看地", "next_step_on": DAY}
FIGURES = {
    "investment_wan": "5000",
    "fixed_investment_wan": "4000",
    "output_wan": "9000",
    "tax_wan": "500",
    "land_mu": "20",
    "floor_m2": "8000",
    "energy_tce": "100",
    "park": "示例园区",
    "effect": "fill",
}


def opened(site: Site, slug: str) -> int:
    """A project of officer1 at its route's first stage, of a company that is already one of the city's; its id."""
    with site.app.app_context():
        officer = db.session.scalars(select(User).where(User.name == "officer1")).one()
        with acting_as(officer.id):
            company = factories.Company(name="示例从头到尾有限公司", owner=officer)
            company.local = LocalCompany()
            route = db.session.scalars(select(Route).where(Route.slug == slug)).one()
            segment = db.session.scalars(select(Segment).order_by(Segment.id)).first()
            project = open_project(company, route, {"name": NAME}, Relations(main_segment=segment), by=officer)
            db.session.commit()
            return project.id


class Walk:
    """The project's officer at a browser of some size."""

    def __init__(self, site: Site, page: Page, project_id: int) -> None:
        self.site, self.page, self.project_id = site, page, project_id
        self.url = f"{site.url}/projects/{project_id}"

    def send(self, path: str, values: dict[str, Any], page: Page | None = None) -> None:
        """Fill in the form at a path and send it; it must be taken."""
        page = page or self.page
        page.goto(path)
        self.fill_in(values, page)

    def fill_in(self, values: dict[str, Any], page: Page) -> None:
        """Fill in the form that a page shows and send it."""
        for name, value in values.items():
            put(page, name, value)
        with page.expect_navigation():
            page.locator("#main form .form-actions .btn-primary").first.click()
        expect(page.locator("[data-error-summary]")).to_have_count(0)

    def enter(self, stage: str, *acts: Any) -> None:
        """The gate refuses and says what is missing; that is done on the pages; the gate opens."""
        self.at_project()
        self.press(stage)
        expect(self.page.get_by_role("heading", name=f"进入“{stage}”还缺").first).to_be_visible()
        for act in acts:
            act()
        self.at_project()
        self.press(stage)
        expect(self.page.locator("#gate [aria-current='step']")).to_have_text(stage)

    def at_project(self) -> None:
        """Go to the project's page, unless an act has led there."""
        if self.page.url.partition("#")[0] != self.url or self.page.locator("#gate").count() == 0:
            self.page.goto(self.url)

    def press(self, stage: str) -> None:
        """推进."""
        self.page.get_by_role("button", name=f"推进到“{stage}”").click()

    def known(self, **values: str) -> Any:
        """Facts filled in on the edit form."""
        return lambda: self.send(f"/projects/{self.project_id}/edit", values)

    def met(self) -> None:
        """A contact with the company, by the link of what is missing."""
        self.page.get_by_role("link", name="至少一次与企业的接触记录").click()
        self.fill_in({"summary": "示例：谈了用地"}, self.page)
        self.page.goto(self.url)

    def triaged(self) -> None:
        """研判: pursue."""
        self.send(f"/projects/{self.project_id}/triages/new", {"decision": "pursue", "grounds": "示例：补链"})

    def admitted(self, manager: Page) -> None:
        """准入联审: the office is asked, its manager answers and records the decision."""
        self.send(
            f"/projects/{self.project_id}/admissions/new",
            {"office_ids": self.office_id, "due_on": (today() + timedelta(days=9)).isoformat()},
        )
        opinion_id, admission_id = self.found(Opinion.id, Opinion.admission_id)
        self.send(f"/opinions/{opinion_id}", {"grade": "for"}, manager)
        decision = {"outcome": "admitted", "body": "示例常务会", "meeting": "示例会议", "minutes_number": "示例1号"}
        self.send(f"/admissions/{admission_id}/decision", decision, manager)

    def signed(self) -> None:
        """A formal agreement, its reviews, its signature."""
        given = {"kind": "formal", "title": "示例投资协议", "signatory": "示例周局", "authority": "示例授权书"}
        self.send(f"/projects/{self.project_id}/agreements/new", {**given, "wording": "供应厂房"})
        (agreement_id,) = self.found(Agreement.id)
        for kind in AgreementReviewKind:
            review = {"kind": kind.value, "reviewer": "示例科", "on_day": DAY, "conclusion": "passed"}
            self.send(f"/agreements/{agreement_id}/reviews/new", review)
        self.send(f"/agreements/{agreement_id}/signing", {"on_day": DAY})

    def reached(self, kind: str) -> Any:
        """A milestone with its evidence."""
        values = {"kind": kind, "on_day": DAY, "evidence": "示例文号"}
        return lambda: self.send(f"/projects/{self.project_id}/milestones/new", values)

    def landed(self) -> None:
        """The company that came of it, looked up as one does, and the jobs."""
        self.page.goto(f"{self.url}/edit")
        self.page.get_by_label("落地的本地企业").fill("示例从头到尾")
        self.page.locator("#local_company_id .combobox-list [role=option]").first.click()
        self.fill_in({"jobs": "80"}, self.page)

    @property
    def office_id(self) -> str:
        """The officer's own office."""
        with self.site.app.app_context():
            return str(db.session.get_one(Project, self.project_id).office_id)

    def found(self, *columns: Any) -> Any:
        """Columns of the newest row."""
        with self.site.app.app_context():
            return db.session.execute(select(*columns).order_by(columns[0].desc())).first()


def put(page: Page, name: str, value: str) -> None:
    """Choose or type a value in the control of a name, whatever kind it is."""
    control = page.locator(f"#main form [name='{name}']")
    kind = control.first.evaluate("each => each.type")
    if kind in ("radio", "checkbox"):
        page.locator(f"#main form [name='{name}'][value='{value}']").check(force=True)
    elif kind == "select-one":
        control.select_option(value)
    else:
        control.fill(value)


@at_both_sizes
def test_from_lead_to_operating(site: Site, open_page: OpenPage) -> None:
    page = open_page("officer1")
    is_desk = is_wide(page)
    walk = Walk(site, page, opened(site, "greenfield" if is_desk else "premises"))
    manager = open_page("manager1")
    walk.enter("研判", walk.known(**LEAD), walk.met)
    walk.enter("在谈", walk.triaged, walk.known(investment_wan="5000"))
    walk.enter("签约", walk.known(**FIGURES), lambda: walk.admitted(manager), walk.signed)
    walk.enter("注册", walk.reached("registered"))
    walk.enter("开工" if is_desk else "装修", walk.landed, walk.reached("permit"), walk.reached("started"))
    walk.enter("投产", walk.reached("operating"))
    examine(page)
    with site.app.app_context():
        changes = db.session.get_one(Project, walk.project_id).stage_changes
        assert [change.passed_items for change in changes] == [[]] * 7
