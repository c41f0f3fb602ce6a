"""Forms of trips and their stops."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import ValidationError

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import db
from crm.formatters import short_day
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.interactions import rules
from crm.interactions.fields import checkboxes
from crm.rules import LARGEST_ID, day, line, today, whole
from crm.trips.models import Trip

#: Trips are planned for some days, not for a quarter.
LONGEST_DAYS = 31


class TripForm(Form):
    """A trip's head, and the companies when it is new."""

    name = RuleField(_l("计划名称"), rule=line(200), validators=[Required()])
    starts_on = RuleField(_l("出发日期"), rule=day, default=today, validators=[Required()])
    ends_on = RuleField(_l("返回日期"), rule=day, default=today, validators=[Required()])
    officer_ids = checkboxes(_l("同行人员"))
    purpose = RuleTextArea(_l("目的"), rule=rules.note)
    company_ids = checkboxes(_l("走访哪些企业"))
    version = VersionField()

    def offer(self, people: Sequence[User], companies: Sequence[Company]) -> "TripForm":
        """Fill the choices; the companies in the order in which they will be visited."""
        self.officer_ids.choices = [(user.id, user.display_name) for user in people]
        self.company_ids.choices = [(company.id, company_line(company)) for company in companies]
        return self

    def validate_ends_on(self, field: RuleField) -> None:
        """One comes back after one has left, and within a month."""
        if not field.data or not self.starts_on.data:
            return
        if field.data < self.starts_on.data:
            raise ValidationError(_("返回日期不能早于出发日期。"))
        if field.data - self.starts_on.data >= timedelta(days=LONGEST_DAYS):
            raise ValidationError(_("一个出访计划最多 %(days)s 天。", days=LONGEST_DAYS))

    def values(self) -> dict[str, Any]:
        """The head as judged."""
        people = [db.session.get_one(User, user_id) for user_id in self.officer_ids.data or []]
        return {
            "name": self.name.data,
            "purpose": self.purpose.data or "",
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
            "officers": people,
        }


def company_line(company: Company) -> str:
    """A company with its city."""
    return f"{company.name} · {company.division.name}" if company.division else company.name


class StopForm(Form):
    """When a company is visited and what for; which one, when it is added."""

    company_id = RuleField(_l("企业"), rule=whole(1, LARGEST_ID), validators=[Required()])
    on_day = SelectField(_l("哪一天"))
    at = RuleField(_l("几点"), rule=rules.clock)
    note = RuleField(_l("要谈什么"), rule=line(500), default="")
    version = VersionField()

    def offer(self, trip: Trip) -> "StopForm":
        """Offer the days of the trip."""
        count = (trip.ends_on - trip.starts_on).days + 1
        days = [trip.starts_on + timedelta(days=offset) for offset in range(count)]
        self.on_day.choices = [(each.isoformat(), short_day(each)) for each in days]
        return self
