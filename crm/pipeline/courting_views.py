"""谁在谈: paste names, see who courts them. Nothing is kept."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from crm import rules as common
from crm.accounts.access import current_user, needs
from crm.errors import RuleError
from crm.forms import Form, Required, RuleTextArea
from crm.pipeline import courting

blueprint = Blueprint("courting", __name__)

#: A pasted range of 500 lines has at most so many characters.
LONGEST = 100_000


class PasteForm(Form):
    """Names or cells, a line each."""

    names = RuleTextArea(
        _l("企业名称、信用代码，或从表格、聊天里复制的内容"), rule=common.prose(LONGEST), validators=[Required()]
    )


@blueprint.get("/pipeline/who")
@needs("company.card")
def ask() -> ResponseReturnValue:
    """The field to paste into."""
    return render_template("pipeline/who.html", form=PasteForm(formdata=None), answers=None)


@blueprint.post("/pipeline/who")
@needs("company.card")
def answer() -> ResponseReturnValue:
    """Who holds and courts each line's company. It reads only: POST, because a list is too long for an address."""
    form = PasteForm()
    if not form.validate():
        return render_template("pipeline/who.html", form=form, answers=None), 422
    try:
        found = courting.answers(form.names.data, current_user)
    except RuleError as error:
        form.names.errors = [_(error.message, **error.details)]
        return render_template("pipeline/who.html", form=form, answers=None), 422
    return render_template("pipeline/who.html", form=form, answers=found)
