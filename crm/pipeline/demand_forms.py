"""Forms of demands: what is asked, and the answer."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from crm.accounts.models import User
from crm.database import db
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.interactions.models import Task
from crm.pipeline import rules
from crm.pipeline.forms import Checkboxes, identifier, labels, named_people, people
from crm.pipeline.models import Demand, DemandKind


class DemandForm(Form):
    """What a company asks, of whom and by when."""

    kind = SelectField(_l("类别"), default=DemandKind.OTHER)
    body = RuleTextArea(_l("诉求"), rule=rules.words(4_000), validators=[Required()])
    owner_id = SelectField(_l("谁来答复"), coerce=identifier)
    due_on = RuleField(_l("答复期限"), rule=rules.FIELDS["next_step_on"], validators=[Required()])
    version = VersionField()

    def offer(self, demand: Demand | None = None) -> "DemandForm":
        """Fill the choices; anybody active may be asked."""
        self.kind.choices = labels(DemandKind)
        self.owner_id.choices = people(named_people([demand.owner_id] if demand else ()))
        return self

    @property
    def owner(self) -> User:
        """Who is to answer."""
        return db.session.get_one(User, self.owner_id.data)

    @property
    def values(self) -> dict[str, Any]:
        """The columns as judged."""
        return {"kind": DemandKind(self.kind.data), "body": self.body.data, "due_on": self.due_on.data}


class AnswerForm(Form):
    """Answer a demand."""

    answer = RuleTextArea(_l("答复"), rule=rules.words(4_000), validators=[Required()])
    task_ids = Checkboxes(_l("同时完成这些待办"), coerce=int)
    version = VersionField()

    def offer(self, tasks: Iterable[Task]) -> "AnswerForm":
        """Offer the open ones of its tasks, ticked until somebody says otherwise; ticked ones may be done meanwhile."""
        ticked = self.task_ids.data or ()
        self.task_ids.choices = [(task.id, task.title) for task in tasks if not task.is_done or task.id in ticked]
        if not self.is_submitted():
            self.task_ids.data = [task_id for task_id, _title in self.task_ids.choices]
        return self
