"""Pages of companies: the list, the card and the rest, new and edit, who holds one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.accounts.models import Office, User
from crm.accounts.permissions import may, require
from crm.chain.models import Chain
from crm.companies import (
    brief_views,
    contact_views,
    document_views,
    extensions,
    list_views,
    merge_views,
    places,
    queries,
    services,
)
from crm.companies.blueprint import blueprint, choices_for, company_of, flash_with_undo
from crm.companies.filters import SCOPES, CompanyFilter
from crm.companies.forms import CompanyForm, FilterSelect, NewCompanyForm, filter_selects
from crm.companies.models import Company
from crm.companies.sections import sections_of, timeline_of
from crm.database import N_, db, require_version
from crm.errors import BadRequest, Conflict, RuleError
from crm.files import queries as files
from crm.forms import both_versions
from crm.pagination import paginate, sort_by

__all__ = ["blueprint", "brief_views", "contact_views", "document_views", "list_views", "merge_views"]

SCOPE_LABELS = {"all": N_("全部"), "mine": N_("我的"), "office": N_("本部门"), "pool": N_("名录池")}
#: Acts that a combobox may be asked for: it offers only companies to which one may do it.
OPTION_ACTS = {"company.card", "company.read", "company.edit", "company.merge", "interaction.create", "project.create"}


@blueprint.get("/companies")
@needs("company.card")
def index() -> ResponseReturnValue:
    """Companies: everybody's cards, narrowed and ordered."""
    chosen = CompanyFilter.from_args(request.args)
    sort_name, sort = sort_by(queries.SORTS, request.args.get("sort"), "name")
    query = chosen.apply(queries.with_card(queries.everyone()), current_user)
    only_readable = chosen.looks_beyond_card or sort_name in queries.PRIVATE_SORTS
    if sort_name in queries.PRIVATE_SORTS:
        query = query.where(queries.readable(current_user))
    page = paginate(db.session, query, sort, request.args.get("cursor"), spread=chosen.spread)
    return render_template(
        "companies/index.html",
        page=page,
        sort=sort_name,
        chosen=chosen,
        scopes=scopes(chosen),
        selects=(selects := filter_selects(request.args)),
        chips=chips(selects),
        stages=stages_of(page.items),
        only_readable=only_readable and chosen.scope == "all",
    )


def scopes(chosen: CompanyFilter) -> list[tuple[str, str, bool]]:
    """The tabs: (scope, label, whether it is the current one)."""
    return [(scope, _(SCOPE_LABELS[scope]), scope == chosen.scope) for scope in SCOPES]


def chips(selects: Sequence[FilterSelect]) -> list[tuple[str, str, str]]:
    """The filters in use: (query parameter, label, value in words), those without a select of their own too."""
    found = [(select.name, select.label, select.chosen) for select in selects if select.chosen]
    others: list[tuple[str, str, Callable[[str], str]]] = [
        ("chain", _("产业链"), lambda text: name_of(Chain, text)),
        ("office", _("部门"), lambda text: name_of(Office, text)),
        ("owner", _("跟进人"), lambda text: name_of(User, text)),
        ("city", _("所在地"), places.full_name),
        ("archived", _("状态"), lambda _text: _("已归档")),
    ]
    return found + [(key, label, word(request.args[key])) for key, label, word in others if request.args.get(key)]


def name_of(model: Any, text: str) -> str:
    """What a row that a filter names is called."""
    row = db.session.get(model, int(text))
    return "—" if row is None else row.display_name if isinstance(row, User) else row.name


def stages_of(companies: Sequence[Company]) -> Mapping[int, Sequence[Any]]:
    """The stages of the companies' projects that the user may see, asked once for the page."""
    found: dict[int, list[Any]] = {}
    ids = [company.id for company in companies]
    for source in extensions.stage_sources:
        for company_id, stages in source(ids, current_user).items():
            found.setdefault(company_id, []).extend(stages)
    return found


@blueprint.get("/companies/options")
@needs("company.card")
def options() -> ResponseReturnValue:
    """What a combobox offers for what was typed: `?q=`, with `?act=` only companies to which one may do it."""
    act = request.args.get("act", "company.card")
    if act not in OPTION_ACTS:
        raise BadRequest(N_("不能按这个条件筛选。"))
    found = queries.best(request.args.get("q", ""), current_user, act)
    return render_template("companies/_options.html", companies=found)


@blueprint.get("/companies/<int:company_id>")
@needs("company.card")
def show(company_id: int) -> ResponseReturnValue:
    """A company: its card for everybody, the rest for whom company.read is given."""
    company = company_of(company_id, load=queries.whole())
    if not may(current_user, "company.read", company):
        return render_template("companies/card.html", company=company)
    if company.merged_into is not None:
        flash(_("“%(name)s”已合并到这家企业。", name=company.name), "info")
        return redirect(url_for(".show", company_id=company.merged_into_id))
    return render_template(
        "companies/show.html",
        company=company,
        contacts=db.session.scalars(queries.contacts_of(company.id)).all(),
        group=brief_views.group(company),
        merges=db.session.scalars(queries.merges_of(company.id)).all(),
        documents=db.session.scalars(files.shown(queries.document_ids(company.id))).all(),
        **list_views.lists_of(company),
        timeline=timeline_of(company),
        sections=sections_of(company),
    )


@blueprint.route("/companies/new", methods=["GET", "POST"])
@needs("company.create")
def new() -> ResponseReturnValue:
    """Add a company, after a look at those that may be the same."""
    form = NewCompanyForm()
    if request.method == "GET":
        form.name.text = request.args.get("name")
        return render_form(form)
    if "find" in request.form:
        return render_form(form, results=choices_for(request.form.get("parent_id_q", "")))
    if not form.validate():
        return render_form(form), 422
    alike = services.alike(form.name.data, form.uscc.data, form.aliases.data or ())
    same_code = form.uscc.data is not None and any(company.uscc == form.uscc.data for company in alike)
    if same_code or (alike and form.confirmed.data != "1"):
        return render_form(form, alike=alike, same_code=same_code), 422
    try:
        company = services.create_company(form.values, current_user, take=form.take.data == "me")
    except RuleError as error:
        return refused(form, error)
    db.session.commit()
    flash(_("已新建“%(name)s”。", name=company.name), "success")
    return redirect(url_for(".show", company_id=company.id))


def render_form(form: CompanyForm, **context: Any) -> str:
    """The page of a form."""
    segments = db.session.scalars(queries.segments_by_chain()).all()
    template = "companies/new.html" if isinstance(form, NewCompanyForm) else "companies/edit.html"
    return render_template(template, form=form, segments=segments, **context)


def refused(form: CompanyForm, error: RuleError) -> ResponseReturnValue:
    """The form again with what the service refused; nothing was written."""
    db.session.rollback()
    form.form_errors.append(_(error.message, **error.details))
    return render_form(form), error.status


@blueprint.route("/companies/<int:company_id>/edit", methods=["GET", "POST"])
@needs("company.edit")
def edit(company_id: int) -> ResponseReturnValue:
    """Change what is known of a company; nobody's change is overwritten unseen (promise 5)."""
    company = company_of(company_id, lock=request.method == "POST")
    require(current_user, "company.edit", company)
    services.require_active(company)
    form = CompanyForm(company)
    if request.method == "GET":
        return render_form(form)
    if "find" in request.form:
        return render_form(form, results=choices_for(request.form.get("parent_id_q", "")))
    if not form.validate():
        return render_form(form), 422
    try:
        require_version(company, form.version.data)
        services.edit_company(company, form.values, current_user)
    except Conflict:
        return overtaken(form, company)
    except RuleError as error:
        return refused(form, error)
    db.session.commit()
    flash(_("已保存。"), "success")
    return redirect(url_for(".show", company_id=company.id))


def overtaken(form: CompanyForm, company: Company) -> ResponseReturnValue:
    """Both versions beside each other; saving again is a choice made with both in sight."""
    db.session.rollback()
    versions = both_versions(CompanyForm(company, formdata=None), form)
    form.version.data = company.version
    return render_form(form, versions=versions), 409


@blueprint.post("/companies/<int:company_id>/take")
@needs("company.take")
def take(company_id: int) -> ResponseReturnValue:
    """Take a company from the pool."""
    company = company_of(company_id)
    services.take(company, current_user)
    db.session.commit()
    flash_with_undo(_("已领取，由您跟进。"), url_for(".release", company_id=company.id))
    return redirect(url_for(".show", company_id=company.id))


@blueprint.post("/companies/<int:company_id>/release")
@needs("company.release")
def release(company_id: int) -> ResponseReturnValue:
    """Give a company back to the pool."""
    company = company_of(company_id)
    services.release(company, current_user)
    db.session.commit()
    flash(_("已放回名录池。"), "success")
    return redirect(url_for(".show", company_id=company.id))


@blueprint.post("/companies/<int:company_id>/archive")
@needs("company.archive")
def archive(company_id: int) -> ResponseReturnValue:
    """Take a company out of lists and figures."""
    company = company_of(company_id)
    services.archive(company, current_user)
    db.session.commit()
    if may(current_user, "company.restore", company):
        flash_with_undo(_("已归档，不再出现在列表和统计中。"), url_for(".restore", company_id=company.id))
    else:
        flash(_("已归档，不再出现在列表和统计中。恢复请联系部门负责人。"), "success")
    return redirect(url_for(".show", company_id=company.id))


@blueprint.post("/companies/<int:company_id>/restore")
@needs("company.restore")
def restore(company_id: int) -> ResponseReturnValue:
    """Bring an archived company back."""
    company = company_of(company_id)
    services.restore(company, current_user)
    db.session.commit()
    flash(_("已恢复。"), "success")
    return redirect(url_for(".show", company_id=company.id))
