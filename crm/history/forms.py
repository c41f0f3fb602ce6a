"""The filter of the audit page."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from crm import rules
from crm.accounts.models import User
from crm.forms import Form, RuleField
from crm.history.names import TABLES
from crm.history.queries import ExportFilter, HistoryFilter


class PeriodForm(Form):
    """Days, of Shanghai and both included; sent in the address."""

    class Meta(Form.Meta):
        csrf = False

    since = RuleField(_l("从"), rule=rules.day)
    until = RuleField(_l("到"), rule=rules.day)


class HistoryFilterForm(PeriodForm):
    """What the audit page is narrowed to."""

    table = SelectField(_l("对象"), default="")
    row = RuleField(_l("编号"), rule=rules.whole(1, 2**63 - 1))
    actor = SelectField(_l("操作人"), coerce=int, default=0)

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


class ExportFilterForm(PeriodForm):
    """What the log of exports is narrowed to."""

    user = SelectField(_l("导出人"), coerce=int, default=0)
    what = RuleField(_l("文件名"), rule=rules.line(100))

    def offer(self, users: Sequence[User]) -> "ExportFilterForm":
        """Offer these users."""
        self.user.choices = [(0, _("全部导出人")), *((user.id, user.display_name) for user in users)]
        return self

    def chosen(self) -> ExportFilter:
        """The filter."""
        return ExportFilter(self.user.data or None, self.what.data or "", self.since.data, self.until.data)
