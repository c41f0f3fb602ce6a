"""The form of a hand-over."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField

from crm.accounts.models import User
from crm.forms import Form, Required, RuleField
from crm.rules import line, whole


class HandOverForm(Form):
    """To whom, why, and how many rows the preview showed."""

    to_id = SelectField(_l("交给谁"), coerce=int)
    reason = RuleField(_l("原因"), rule=line(300), validators=[Required()])
    expected = RuleField(_l("数量"), rule=whole(0, 10**7), widget=HiddenField.widget)

    def offer(self, people: Sequence[User]) -> "HandOverForm":
        """Offer the takers with their offices."""
        self.to_id.choices = [(user.id, f"{user.display_name}（{user.office.name}）") for user in people]
        return self
