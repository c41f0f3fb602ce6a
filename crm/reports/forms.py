"""The conditions of a report as controls; scope.Scope reads the same query string."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField

from crm.accounts.queries import offices
from crm.chain.queries import chains
from crm.companies.queries import segments_by_chain
from crm.database import db
from crm.forms import Form
from crm.reports.scope import DIMENSIONS


class ScopeForm(Form):
    """Period, conditions and grouping."""

    class Meta(Form.Meta):
        """Reading changes nothing, so there is no token."""

        csrf = False

    since = StringField(_l("从"))
    until = StringField(_l("到"))
    group = SelectField(_l("分组"), default="")
    chain = SelectField(_l("产业链"), default="")
    segment = SelectField(_l("环节"), default="")
    office = SelectField(_l("部门"), default="")
    source = StringField(_l("线索来源"))

    def offer(self) -> "ScopeForm":
        """Fill the choices."""
        everything = ("", _("全部"))
        self.group.choices = [(key, _(label)) for key, label in DIMENSIONS.items()]
        self.chain.choices = [everything, *((c.slug, c.name) for c in db.session.scalars(chains()))]
        self.segment.choices = [everything, *((str(s.id), s.name) for s in db.session.scalars(segments_by_chain()))]
        self.office.choices = [everything, *((str(o.id), o.name) for o in db.session.scalars(offices()))]
        return self
