"""The dossier's page, its document and its workbook."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.chain.models import Chain
from crm.chain.queries import chain_of_slug
from crm.database import N_, db
from crm.downloads import DOCX, download
from crm.errors import NotFound
from crm.gaps.dossier import One, dossier
from crm.landing import documents
from crm.landing.sheets import Table, taken_out
from crm.rules import today

blueprint = Blueprint("dossier", __name__)

#: So many rows of each the page shows; the files hold all.
SHOWN = 5


@blueprint.get("/chains/<slug>/dossier")
@needs("figures.read")
def show(slug: str) -> ResponseReturnValue:
    """六个一 of a chain."""
    chain = chain_of(slug)
    return render_template("gaps/dossier.html", chain=chain, six=dossier(chain, current_user), shown=SHOWN)


def chain_of(slug: str) -> Chain:
    """The chain of an address, or NotFound."""
    found = db.session.scalars(chain_of_slug(slug)).one_or_none()
    if found is None:
        raise NotFound(N_("没有这条产业链。"))
    return found


@blueprint.get("/chains/<slug>/dossier.xlsx")
@needs("figures.read")
def sheet(slug: str) -> ResponseReturnValue:
    """The same as one workbook with six sheets."""
    chain = chain_of(slug)
    tables = [table_of(each) for each in dossier(chain, current_user)]
    return taken_out(tables, f"{chain.name}-{_('六个一')}.xlsx", current_user)


def table_of(each: One) -> Table:
    """One of the six as a sheet; what is not listed is counted in a last line."""
    rows = [row.cells for row in each.rows]
    if each.hidden:
        rows.append([hidden_text(each), *[""] * (len(each.head) - 1)])
    return Table(f"{each.ordinal}.{each.title}", each.head, rows)


def hidden_text(each: One) -> str:
    """另有 n 条属其他部门."""
    return str(_("另有 %(count)d 条属其他部门", count=each.hidden))


@blueprint.get("/chains/<slug>/dossier.docx")
@needs("figures.read")
def document(slug: str) -> ResponseReturnValue:
    """The same as a document."""
    chain = chain_of(slug)
    lead = [_("数据截至 %(day)s", day=today().isoformat())]
    lead += [_("示例链：企业、人员、项目和数字都是虚构的。")] if chain.is_demo else []
    found = documents.begin(_("%(chain)s产业链“六个一”档案", chain=chain.name), *lead)
    for each in dossier(chain, current_user):
        add(found, each)
    return download(documents.content(found), f"{chain.name}-{_('六个一')}.docx", DOCX)


def add(found: documents.DocumentType, each: One) -> None:
    """One of the six as a chapter."""
    documents.heading(found, f"{each.ordinal}. {each.title}（{each.count}）")
    lines = [each.change]
    lines += [_("已公布：%(text)s", text=each.published)] if each.published else []
    lines += [_("还缺：%(what)s", what="；".join(each.missing))] if each.missing else []
    documents.paragraphs(found, lines)
    if each.rows:
        documents.table(found, each.head, [[cell or "—" for cell in row.cells] for row in each.rows])
    if each.hidden:
        documents.paragraphs(found, [hidden_text(each)])
