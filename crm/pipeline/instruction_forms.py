"""Forms of instructions: one to somebody, and the answer."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from crm.accounts.models import User
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.pipeline import rules
from crm.pipeline.forms import identifier, people


class InstructionForm(Form):
    """Write an instruction to somebody, with a day."""

    body = RuleTextArea(_l("批示内容"), rule=rules.INSTRUCTION_FIELDS["body"], validators=[Required()])
    owner_id = SelectField(_l("承办人"), coerce=identifier)
    due_on = RuleField(_l("办理期限"), rule=rules.INSTRUCTION_FIELDS["due_on"])

    def offer(self, recipients: Sequence[User]) -> "InstructionForm":
        """Fill the choices of who is to act."""
        self.owner_id.choices = people(recipients)
        return self


class FeedbackForm(Form):
    """Answer an instruction."""

    feedback = RuleTextArea(_l("反馈内容"), rule=rules.INSTRUCTION_FIELDS["feedback"], validators=[Required()])
    version = VersionField()
