"""The filter of the audit page."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from crm import rules
from crm.accounts.models import User
from crm.forms import Form, RuleField
from crm.history.names import TABLES
from crm.history.queries import HistoryFilter


class HistoryFilterForm(Form):
    """What the audit page is narrowed to; sent in the address."""

    class Meta(Form.Meta):
        csrf = False

    table = SelectField(_l("对象"), default="")
    row = RuleField(_l("编号"), rule=rules.whole(1, 2**63 - 1))
    actor = SelectField(_l("操作人"), coerce=int, default=0)
    since = RuleField(_l("从"), rule=rules.day)
    until = RuleField(_l("到"), rule=rules.day)

    def offer(self, actors: Sequence[User]) -> "HistoryFilterForm":
        """Offer the tables and these actors."""
        self.table.choices = [("", _("全部对象")), *((table, _(name)) for table, name in TABLES.items())]
        self.actor.choices = [(0, _("全部操作人")), *((user.id, user.display_name) for user in actors)]
        return self

    def chosen(self) -> HistoryFilter:
        """The filter."""
        return HistoryFilter(
            table=self.table.data or None,
            row_id=self.row.data,
            actor_id=self.actor.data or None,
            since=self.since.data,
            until=self.until.data,
        )
