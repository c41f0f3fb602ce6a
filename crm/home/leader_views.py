"""The leader's page: one page for a phone, from the gaps that matter to an instruction."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import current_user, needs
from crm.gaps.queries import top_gaps
from crm.home.leader import overview_of
from crm.pipeline import instructions

blueprint = Blueprint("leader", __name__)

#: So many gaps stand on the page; the chain's page has all.
GAPS = 5


@blueprint.get("/leader")
@needs("instruction.write")
def overview() -> ResponseReturnValue:
    """What the chains lack, what waits for a leader's word, the projects that matter, and room for an instruction."""
    return render_template(
        "home/leader.html",
        gaps=top_gaps(GAPS),
        overview=overview_of(current_user),
        recipients=instructions.recipients(current_user),
    )
