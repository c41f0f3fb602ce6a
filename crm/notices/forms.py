"""The form of how one wants to be told."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import ValidationError

from crm.forms import Form, RuleField, VersionField
from crm.notices import rules


class ChoiceForm(Form):
    """By mail, through the webhook."""

    email = RuleField(_l("邮箱"), rule=rules.email, default="")
    by_mail = BooleanField(_l("工作日早上把未读提醒的数量发到邮箱"))
    by_webhook = BooleanField(_l("未读提醒计入单位的消息推送（只有数量和链接）"))
    version = VersionField()

    def validate_by_mail(self, field: BooleanField) -> None:
        """A mail needs an address."""
        if field.data and not self.email.data and not self.email.errors:
            raise ValidationError(_("要收邮件，请先填写邮箱。"))
