"""Feeds whose rows hang on a company: it is matched or created by name and code before its row is taken."""

from crm.companies.models import Company
from crm.database import db
from imports.feeds import RowFeed
from imports.feeds.company_write import write_companies
from imports.feeds.references import References
from imports.models import Fate
from imports.rows import Checked
from imports.work import Work

COMPANY_KEYS = ("name", "uscc", "contact", "contact_title", "phone", "reach")


class CompanyRowFeed(RowFeed):
    """Rows with a company."""

    def prepare(self, work: Work) -> None:
        """Match or create the companies of all rows."""
        self.references = References()
        columns = {key: work.checked.columns[key] for key in COMPANY_KEYS if key in work.checked.columns}
        checked = Checked(work.checked.numbers, columns, [], work.checked.sheets)
        checked.bad = {place for place, fate in enumerate(work.fates) if fate is not None}
        companies = Work(
            [checked],
            work.user,
            work.file_name,
            report=work.report,
            filled=len(work),
            choices=work.choices,
            private=work.private,
        )
        write_companies(companies)
        work.company_ids = companies.company_ids
        work.findings += companies.findings
        for place, fate in enumerate(companies.fates):
            if work.fates[place] is None and fate in (Fate.REJECTED, Fate.AMBIGUOUS):
                work.fates[place] = fate

    def company(self, work: Work, place: int) -> Company:
        """The company of a row."""
        return db.session.get_one(Company, work.company_ids[place])
