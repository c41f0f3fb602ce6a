"""Naming the partner of a project."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from crm.forms import Form


class PartnerForm(Form):
    """The local company, chosen by its name."""

    company_id = StringField(_l("本地企业"))
