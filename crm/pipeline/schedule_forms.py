"""The form of a year's investment."""

from typing import Any

from flask_babel import lazy_gettext as _l

from crm import rules as common
from crm.database import N_
from crm.forms import Form, Required, RuleField


class YearForm(Form):
    """Planned and actual investment of a year."""

    year = RuleField(_l("年度"), rule=common.whole(2000, 2100), validators=[Required()])
    planned_wan = RuleField(_l("计划投资"), rule=common.wan, unit=N_("万元"))
    actual_wan = RuleField(_l("到位资金"), rule=common.wan, unit=N_("万元"))
    as_of = RuleField(_l("到位截至"), rule=common.happened)
    note = RuleField(_l("说明"), rule=common.line(300), default="")

    def values(self) -> dict[str, Any]:
        """The columns as judged."""
        return {name: self[name].data for name in ("year", "planned_wan", "actual_wan", "as_of", "note")}
