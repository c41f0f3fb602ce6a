"""The pages that every catalogue has: list, page, new, edit, delete, its sheet; and the forms of its parts.

A noun's views make a `Pages` of it and say what its own templates show. Editing asks terms.edit, reading nothing beyond
being signed in (figures.read).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from crm.accounts.access import current_user, needs
from crm.accounts.models import User
from crm.companies import queries as companies
from crm.companies.extensions import Section
from crm.companies.models import Company
from crm.database import N_, db, locked, require_version
from crm.errors import Conflict, CrmError, NotFound, RuleError
from crm.forms import both_versions
from crm.landing import extensions, queries, services, sheets
from crm.landing.entries import CompanyLink, Noun, by_key
from crm.landing.forms import NounForm, form_of
from crm.pagination import Sort, paginate

READ, EDIT = "figures.read", "terms.edit"
#: Where a catalogue's trail begins: endpoint and label.
HOME = ("landing.index", N_("载体与政策"))
#: So many companies answer a search in a form.
FOUND = 8


def cards_of(sources: Sequence[Callable[[Any, User], Section | None]], row: Any) -> list[tuple[Section, Markup]]:
    """The cards that higher slices add to a row's page, with their bodies."""
    found = (source(row, current_user) for source in sources)
    return [(section, body_of(section)) for section in found if section is not None]


def body_of(section: Section) -> Markup:
    """A card's body; its template has escaped what it shows."""
    return Markup(render_template(section.template, context=section.context))  # noqa: S704 -- rendered


def row_of(noun: Noun, row_id: int) -> Any:
    """The row, or NotFound; locked until the request ends where it will be written."""
    get: Any = locked if request.method == "POST" else Session.get
    row = get(db.session, noun.model, row_id)
    if row is None:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    return row


class Editor:
    """Forms of one noun: new below a parent (or none), edit, delete. `act` is what they ask of permissions."""

    def __init__(self, noun: Noun, act: str = EDIT, home: tuple[str, str] = HOME) -> None:
        self.noun, self.act, self.home = noun, act, home
        self.form = form_of(noun)

    def new(self, parent: Any, going_on: Callable[[Any], str], back: str) -> ResponseReturnValue:
        """Add a row."""
        form = self.form.empty()
        if request.method == "GET" or "find" in request.form:
            return self.page(form, back)
        if not form.validate():
            return self.page(form, back), 422
        values = form.values() | ({self.noun.parent: parent} if self.noun.parent else {})
        try:
            row, _changed = services.save(self.noun, None, values)
        except RuleError as error:
            return self.refused(form, back, error)
        db.session.commit()
        flash(_("已新增%(noun)s。", noun=_(self.noun.label)), "success")
        return redirect(going_on(row))

    def edit(self, row: Any, going_on: Callable[[Any], str], back: str, remove_url: str = "") -> ResponseReturnValue:
        """Change a row; a form of an older version gets both versions (409)."""
        form = self.form.stored(row)
        page = partial(self.page, form, back, row=row, remove_url=remove_url)
        if request.method == "GET" or "find" in request.form:
            return page()
        if not form.validate():
            return page(), 422
        try:
            require_version(row, form.version.data)
            services.save(self.noun, row, form.values())
        except Conflict:
            versions = both_versions(self.form.stored(row, formdata=None), form)
            form.version.data = row.version
            return page(versions=versions), 409
        except RuleError as error:
            return self.refused(form, back, error, row_id=row.id, remove_url=remove_url)
        db.session.commit()
        flash(_("已保存。"), "success")
        return redirect(going_on(row))

    def refused(
        self, form: NounForm, back: str, error: CrmError, row_id: int | None = None, remove_url: str = ""
    ) -> ResponseReturnValue:
        """The form again with what was refused; nothing was written."""
        db.session.rollback()
        form.offer().form_errors.append(_(error.message, **error.details))
        row = db.session.get(self.noun.model, row_id) if row_id else None
        return self.page(form, back, row=row, remove_url=remove_url), error.status

    def remove(self, row: Any, going_on: str) -> ResponseReturnValue:
        """Delete a row that nothing needs."""
        require_version(row, request.form.get("version", type=int))
        services.remove(self.noun, row)
        db.session.commit()
        flash(_("已删除。"), "success")
        return redirect(going_on)

    def page(self, form: NounForm, back: str, *, row: Any = None, **context: Any) -> str:
        """The form's page; after a press on 查找 with the companies that were found."""
        find = request.form.get("find", "")
        linked = [entry.key for entry in self.noun.editable if isinstance(entry.link, CompanyLink)]
        return render_template(
            "landing/form.html",
            noun=self.noun,
            form=form,
            row=row,
            back=back,
            home=self.home,
            linked=linked,
            chosen={key: chosen_name(form[key].data) for key in linked},
            find=find,
            found=found_companies(request.form.get(f"{find}_q", "")) if find in linked else None,
            **context,
        )


def chosen_name(company_id: Any) -> str:
    """The name of the company that a field names."""
    company = db.session.get(Company, company_id) if isinstance(company_id, int) and 0 < company_id < 2**63 else None
    return company.name if company else ""


def found_companies(text: str) -> list[tuple[int, str, str]]:
    """The companies that a text finds, as a form offers them without a script."""
    found = companies.best(text, current_user)[:FOUND] if text.strip() else []
    return [(company.id, company.name, company.uscc or "") for company in found]


class Pages:
    """The pages of a catalogue, as a blueprint named by its plural."""

    noun: Noun
    #: Who edits it.
    act = EDIT
    home = HOME
    #: Its parts: forms below a row's page.
    parts: Sequence[Noun] = ()
    icon = "list-details"
    #: What the list shows of each row besides its title; the templates of list and page.
    columns: Sequence[str] = ()
    list_template, show_template = "landing/list.html", "landing/show.html"
    #: What stands below the list's title.
    lead = ""

    def __init__(self) -> None:
        self.editor = Editor(self.noun, self.act, self.home)
        self.name = self.noun.plural.replace("-", "_")

    def sort(self) -> Sort:
        """The list's order."""
        return queries.in_order(self.noun)

    def query(self) -> Any:
        """The list's rows."""
        return queries.listed(self.noun, request.args.get("q", ""))

    def shown(self, row: Any) -> dict[str, Any]:
        """What a row's page shows besides the row."""
        return {}

    def around(self, rows: Sequence[Any]) -> dict[str, Any]:
        """What the list shows besides its rows."""
        return {}

    def index(self) -> ResponseReturnValue:
        """The list."""
        page = paginate(db.session, self.query(), self.sort(), request.args.get("cursor"))
        columns = [by_key(self.noun.entries, key) for key in self.columns]
        context = {"page": page, "noun": self.noun, "pages": self, "columns": columns, "q": request.args.get("q", "")}
        return render_template(self.list_template, **context, **self.around(page.items))

    def show(self, row_id: int) -> ResponseReturnValue:
        """A row's page."""
        row = row_of(self.noun, row_id)
        parts = [(part, db.session.scalars(queries.parts_of(part, row)).all()) for part in self.parts]
        return render_template(self.show_template, row=row, noun=self.noun, pages=self, parts=parts, **self.shown(row))

    def url(self, row: Any) -> str:
        """The address of a row's page."""
        return url_for(f"{self.name}.show", row_id=row.id)

    def new(self) -> ResponseReturnValue:
        """Add a row."""
        return self.editor.new(None, self.url, url_for(f"{self.name}.index"))

    def edit(self, row_id: int) -> ResponseReturnValue:
        """Change a row."""
        row = row_of(self.noun, row_id)
        return self.editor.edit(row, self.url, self.url(row), url_for(f"{self.name}.delete", row_id=row_id))

    def delete(self, row_id: int) -> ResponseReturnValue:
        """Delete a row that nothing needs."""
        return self.editor.remove(row_of(self.noun, row_id), url_for(f"{self.name}.index"))

    def sheet(self) -> ResponseReturnValue:
        """All rows, those of the parts and what hangs on them, as a workbook that the import reads again."""
        nouns = (self.noun, *self.parts)
        tables = [sheets.of_noun(noun, db.session.scalars(queries.listed_whole(noun))) for noun in nouns]
        tables += [table(current_user) for table in extensions.more_sheets.get(self.noun.key, ())]
        return sheets.taken_out(tables, sheets.sheet_name(self.noun), current_user)

    def new_part(self, part: Noun, row_id: int) -> ResponseReturnValue:
        """Add a part of a row."""
        row = row_of(self.noun, row_id)
        return Editor(part, self.act, self.home).new(row, lambda _part: self.url(row), self.url(row))

    def edit_part(self, part: Noun, part_id: int) -> ResponseReturnValue:
        """Change a part."""
        found = row_of(part, part_id)
        url = self.url(getattr(found, part.parent))
        return Editor(part, self.act, self.home).edit(
            found, lambda _part: url, url, url_for(f"{self.name}.delete_{part.key}", part_id=part_id)
        )

    def delete_part(self, part: Noun, part_id: int) -> ResponseReturnValue:
        """Delete a part."""
        found = row_of(part, part_id)
        return Editor(part, self.act, self.home).remove(found, self.url(getattr(found, part.parent)))

    def blueprint(self) -> Blueprint:
        """The blueprint with all of them."""
        found = Blueprint(self.name, __name__)
        path = f"/{self.noun.plural}"
        add(found, path, "index", READ, self.index)
        add(found, f"{path}.xlsx", "sheet", READ, self.sheet)
        add(found, f"{path}/new", "new", self.act, self.new, both=True)
        add(found, f"{path}/<int:row_id>", "show", READ, self.show)
        add(found, f"{path}/<int:row_id>/edit", "edit", self.act, self.edit, both=True)
        add(found, f"{path}/<int:row_id>/deletion", "delete", self.act, self.delete, method="POST")
        self.add_parts(found, path)
        return found

    def add_parts(self, found: Blueprint, path: str) -> None:
        """The forms of the parts."""
        for part in self.parts:
            below = f"{path}/<int:row_id>/{part.plural}"
            add(found, f"{below}/new", f"new_{part.key}", self.act, partial(self.new_part, part), both=True)
            one = f"/{part.plural}/<int:part_id>"
            add(found, f"{one}/edit", f"edit_{part.key}", self.act, partial(self.edit_part, part), both=True)
            add(
                found, f"{one}/deletion", f"delete_{part.key}", self.act, partial(self.delete_part, part), method="POST"
            )


def add(
    blueprint: Blueprint,
    path: str,
    name: str,
    act: str,
    view: Callable[..., Any],
    *,
    both: bool = False,
    method: str = "GET",
) -> None:
    """Add a rule for a method of an object, which cannot carry its guard and its name itself."""

    def page(**arguments: Any) -> Any:
        return view(**arguments)

    page.__name__, page.__doc__ = name, getattr(view, "__doc__", None)
    blueprint.add_url_rule(path, name, needs(act)(page), methods=["GET", "POST"] if both else [method])
