"""Forms of tasks."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from crm.accounts.models import User
from crm.database import db
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.interactions import rules
from crm.interactions.fields import LARGEST_ID, DayField, HiddenRuleField, checkboxes, coming_days
from crm.interactions.forms import blank_or, name_for
from crm.interactions.models import Repeat
from crm.rules import whole


class HandOverForm(Form):
    """Give a task to a colleague."""

    owner_id = SelectField(_l("交给谁"), coerce=int)

    def offer(self, people: Sequence[User], by: User) -> None:
        """Fill the choices of who is to do it; at first oneself."""
        self.owner_id.choices = [(user.id, name_for(user, by)) for user in people]
        if self.owner_id.data is None:
            self.owner_id.data = by.id


class PostponeForm(Form):
    """Move a task to another day."""

    due_on = DayField(_l("什么时候之前"), rule=rules.due, offers=coming_days, validators=[Required()])


class TaskForm(HandOverForm):
    """Set a task, or change one."""

    version = VersionField()
    title = RuleField(_l("要做什么"), rule=rules.title, validators=[Required()])
    due_on = DayField(_l("什么时候之前"), rule=rules.due, offers=coming_days)
    owner_id = SelectField(_l("谁来做"), coerce=int)
    company_id = HiddenRuleField(_l("企业"), rule=whole(1, LARGEST_ID))
    note = RuleTextArea(_l("说明"), rule=rules.note)
    repeat = SelectField(_l("重复"), coerce=blank_or(Repeat), default="")
    watcher_ids = checkboxes(_l("关注人"))

    def offer(self, people: Sequence[User], by: User) -> None:
        """Fill the choices of who is to do it and who may watch."""
        super().offer(people, by)
        self.repeat.choices = [("", _("不重复")), *((repeat.value, _(repeat.label)) for repeat in Repeat)]
        self.repeat.data = self.repeat.data or ""
        self.watcher_ids.choices = [(user.id, name_for(user, by)) for user in people]

    def watchers(self) -> list[User]:
        """Who is to watch."""
        return [db.session.get_one(User, user_id) for user_id in self.watcher_ids.data or []]
