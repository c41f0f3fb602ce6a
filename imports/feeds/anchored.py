"""Feeds whose rows hang on a company: it is matched or created by name and code before its row is taken."""

from typing import Any

from crm.accounts.models import User
from crm.accounts.permissions import may
from crm.companies.models import Company
from crm.database import db
from crm.pipeline.models import Project
from imports.feeds import FieldError, RowFeed
from imports.feeds.company_plan import NOT_YOURS, UNKNOWN_USER, CompanyPlan, Holding
from imports.feeds.company_write import write_companies
from imports.feeds.references import References
from imports.models import Fate
from imports.rows import Checked
from imports.work import Work

COMPANY_KEYS = ("name", "uscc")


class CompanyRowFeed(RowFeed):
    """Rows with a company."""

    def prepare(self, work: Work) -> None:
        """Match or create the companies of all rows."""
        self.references = References()
        self.projects: dict[str, Project] = {}
        checked = work.checked
        columns = {key: checked.columns[key] for key in COMPANY_KEYS if key in checked.columns}
        companies = Work(Checked(checked.numbers, columns, []), work.user, work.file_name, report=work.report)
        companies.fates = list(work.fates)
        plan = CompanyPlan(companies)
        plan.run()
        write_companies(plan, companies)
        work.company_ids = companies.company_ids
        work.findings += companies.findings
        for place, fate in enumerate(companies.fates):
            if work.fates[place] is None and fate in (Fate.REJECTED, Fate.AMBIGUOUS):
                work.fates[place] = fate

    def company(self, work: Work, place: int) -> Company:
        """The company of a row."""
        return db.session.get_one(Company, work.company_ids[place])

    def user(self, work: Work, row: dict[str, Any], key: str, *, assigned: bool = False) -> User | None:
        """Whom a cell names. FieldError for a stranger, and for somebody to whom the importer may not assign."""
        if row.get(key) is None:
            return None
        return self.user_named(work, row[key], key, assigned=assigned)

    def user_named(self, work: Work, name: str, key: str, *, assigned: bool = False) -> User:
        """The user of a name."""
        found = self.references.users.get(name)
        if found is None:
            raise FieldError(key, UNKNOWN_USER)
        if assigned and not may(work.user, "import.assign", Holding(found.id, found.office_id)):
            raise FieldError(key, NOT_YOURS)
        return found
