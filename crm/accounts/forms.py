"""Forms of accounts."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField

from crm.forms import Form, Required


class SignInForm(Form):
    """Name and password."""

    name = StringField(_l("用户名"), validators=[Required()])
    password = PasswordField(_l("密码"), validators=[Required()])
    next = HiddenField()
