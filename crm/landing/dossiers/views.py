"""Editing what the dossier cannot count: a chain's roster of companies, and what was published of its six."""

from flask import Blueprint, url_for

from crm.chain.models import Chain
from crm.database import N_
from crm.landing.dossiers.entries import NOTE, ROSTER
from crm.landing.entries import Noun, line
from crm.landing.pages import READ, Pages, add

CHAIN = Noun("chain", "dossier-sources", N_("六个一资料"), Chain, (line("name", N_("产业链")),))


class SourcePages(Pages):
    """A chain's roster and notes; chains themselves are edited elsewhere."""

    noun = CHAIN
    parts = (ROSTER, NOTE)
    show_template = "landing/sources.html"

    def url(self, row: Chain) -> str:
        """The address of the page."""
        return url_for("dossier_sources.show", row_id=row.id)

    def blueprint(self) -> Blueprint:
        """The page and the forms of its parts."""
        found = Blueprint(self.name, __name__)
        add(found, "/dossier-sources/<int:row_id>", "show", READ, self.show)
        self.add_parts(found, "/dossier-sources")
        return found


blueprints = (SourcePages().blueprint(),)
