"""Forms of weekly lines and of what they ask other offices."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from crm import rules as common
from crm.accounts.models import Office
from crm.accounts.queries import offices
from crm.companies.rules import words
from crm.database import db
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.interactions.rules import due
from crm.pipeline.forms import identifier, row

#: Columns of WeeklyLine: the rule of each.
LINE_FIELDS: dict[str, common.Rule[Any]] = {name: words(4_000) for name in ("progress", "plan", "standstill")}


class WeeklyLineForm(Form):
    """A project's line of a week; a need asks an office for something."""

    progress = RuleTextArea(_l("本周进展"), rule=LINE_FIELDS["progress"], default="")
    plan = RuleTextArea(_l("下周计划"), rule=LINE_FIELDS["plan"], default="")
    standstill = RuleTextArea(_l("无进展原因"), rule=LINE_FIELDS["standstill"], default="")
    need = RuleTextArea(_l("需协调事项"), rule=words(2_000), default="")
    need_office_id = SelectField(_l("请谁答复"), coerce=identifier)
    need_due_on = RuleField(_l("答复期限"), rule=due)
    version = VersionField()

    def offer(self) -> "WeeklyLineForm":
        """Fill the offices."""
        self.need_office_id.choices = [("", _("暂不指定")), *office_choices()]
        return self

    def values(self) -> dict[str, Any]:
        """What weekly.save_line takes."""
        return {
            "progress": self.progress.data or "",
            "plan": self.plan.data or "",
            "standstill": self.standstill.data or "",
            "need": self.need.data,
            "office": row(Office, self.need_office_id.data),
            "due_on": self.need_due_on.data,
        }


class AnswerForm(Form):
    """Answer what a project asks."""

    answer = RuleTextArea(_l("答复"), rule=words(2_000), validators=[Required()])
    version = VersionField()


class AssignForm(Form):
    """Hand an item out to an office."""

    office_id = SelectField(_l("请谁答复"), coerce=identifier, validators=[Required()])
    due_on = RuleField(_l("答复期限"), rule=due)
    version = VersionField()

    def offer(self) -> "AssignForm":
        """Fill the offices."""
        self.office_id.choices = office_choices()
        return self


def office_choices() -> list[tuple[int, str]]:
    """All offices by name."""
    return [(office.id, office.name) for office in db.session.scalars(offices())]
