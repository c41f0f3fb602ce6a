"""The columns of the table of projects: what each shows and exports, by what it sorts, and how it is edited in place.

A cell is judged by the rule of the form's field and saved by the same act, so that a value typed into the table, pasted
from a spreadsheet or set for many at once is what the form would have saved.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from crm.accounts.models import User
from crm.accounts.queries import assignable
from crm.chain.models import Segment
from crm.companies import places
from crm.database import N_, Labelled, db
from crm.errors import BadRequest, RuleError
from crm.forms import shown
from crm.pipeline import rules, services
from crm.pipeline.models import Effect, Project
from crm.rules import clean

Read = Callable[[str], Any]
Save = Callable[..., Project]


@dataclass(frozen=True)
class Cell:
    """How a column is edited: the field of the form, what was typed → value, and the value that a project has."""

    field: str
    read: Read
    value: Callable[[Project], Any]

    def typed(self, value: Any) -> str:
        """A value as one would type it, in whatever language the page is."""
        if isinstance(value, Labelled):
            return value.value
        return str(value.id) if isinstance(value, User | Segment) else shown(value)

    def said(self, value: Any) -> str:
        """A value as people read it."""
        if isinstance(value, Labelled):
            return str(_(value.label))
        if self.field == "origin_code" and value:
            return places.full_name(value)
        return str(getattr(value, "display_name", None) or getattr(value, "name", None) or shown(value))


@dataclass(frozen=True)
class Column:
    """A column of the table. `text` is what an export holds; `sort` a key of queries.SORTS."""

    key: str
    label: str
    text: Callable[[Project], Any]
    sort: str = ""
    is_numeric: bool = False
    cell: Cell | None = None


def edited(key: str, label: str, cell: Cell, sort: str = "") -> Column:
    """A column that shows what its cell is edited to."""
    return Column(key, label, lambda project: cell.said(cell.value(project)), sort, cell=cell)


def of_field(field: str) -> Cell:
    """A cell that is a column of Project."""
    return Cell(field, rules.FIELDS[field], lambda project: getattr(project, field))


def owner(text: str) -> User:
    """An officer or manager by id or name. RuleError where nobody, or more than one, is called so."""
    same = User.id == int(text) if text.isascii() and text.isdigit() and len(text) < 19 else User.display_name == text
    found = db.session.scalars(assignable().where(same)).all()
    if len(found) != 1:
        raise RuleError(N_("没有这位同事，或者有几位同名，请从列表中选择。"))
    return found[0]


def segment(text: str) -> Segment | None:
    """A segment by id or name; None for nothing. RuleError for an unknown or ambiguous one."""
    if not text:
        return None
    same = Segment.id == int(text) if text.isascii() and text.isdigit() and len(text) < 19 else Segment.name == text
    found = db.session.scalars(select(Segment).where(same)).all()
    if len(found) != 1:
        raise RuleError(N_("没有这个环节，或者几条链里都有，请从列表中选择。"))
    return found[0]


def effect_of(project: Project) -> Effect | None:
    """What the project does to its main segment."""
    return next((link.effect for link in project.segments if link.is_main), None)


OWNER = Cell("owner_id", owner, lambda project: project.owner)
SEGMENT = Cell("main_segment_id", segment, lambda project: project.main_segment)
EFFECT = Cell("effect", rules.effect, effect_of)
CAPITAL, ORIGIN = of_field("capital_kind"), of_field("origin_code")


def number(key: str, label: str, field: str, sort: str = "") -> Column:
    """A column of numbers."""
    return Column(key, label, lambda p: getattr(p, field), sort, is_numeric=True, cell=of_field(field))


COLUMNS = (
    edited("name", N_("项目"), of_field("name"), "name"),
    Column("company", N_("企业名称"), lambda p: p.company.name),
    edited("segment", N_("环节"), SEGMENT),
    edited("effect", N_("补链、强链或延链"), EFFECT),
    Column("route", N_("路径"), lambda p: _(p.route.name)),
    Column("stage", N_("阶段"), lambda p: _(p.stage.name)),
    Column("status", N_("状态"), lambda p: _(p.status.label)),
    number("investment", N_("投资总额（万元）"), "investment_wan", "investment"),
    number("fixed", N_("固定资产投资（万元）"), "fixed_investment_wan"),
    number("land", N_("用地（亩）"), "land_mu"),
    number("floor", N_("建筑面积（㎡）"), "floor_m2"),
    number("output", N_("达产产值（万元/年）"), "output_wan"),
    number("tax", N_("达产税收（万元/年）"), "tax_wan"),
    number("energy", N_("能耗（吨标煤/年）"), "energy_tce"),
    number("jobs", N_("就业人数"), "jobs"),
    edited("capital", N_("内外资"), CAPITAL),
    edited("source", N_("线索来源"), of_field("lead_source")),
    edited("origin", N_("来源地"), ORIGIN),
    edited("park", N_("意向园区"), of_field("park")),
    edited("owner", N_("负责人"), OWNER),
    Column("office", N_("部门"), lambda p: p.office.name if p.office else _("名录池")),
    Column("since", N_("进入本阶段"), lambda p: shown(p.stage_since), "since"),
    Column("contact", N_("最近接触"), lambda p: shown(p.last_contact_on), "contact"),
    edited("next_step", N_("下一步"), of_field("next_step")),
    edited("due", N_("下一步期限"), of_field("next_step_on"), "due"),
)
BY_KEY = {column.key: column for column in COLUMNS}
CELLS = {column.cell.field: column.cell for column in COLUMNS if column.cell}
LABELS = {column.cell.field: column.label for column in COLUMNS if column.cell}
REQUIRED = frozenset({"name", "capital_kind", "owner_id"})
#: What the table shows until somebody chooses.
DEFAULT = ("name", "segment", "stage", "investment", "owner", "since", "contact", "next_step", "due")


def chosen(text: str) -> Sequence[Column]:
    """The columns of a query string (`name,stage`), the project's name in front; BadRequest for one that is none."""
    keys = ["name", *filter(None, text.split(","))] if text else DEFAULT
    if not set(keys) <= BY_KEY.keys():
        raise BadRequest(N_("没有这一列。"))
    return [BY_KEY[key] for key in dict.fromkeys(keys)]


def heads(columns: Sequence[Column]) -> dict[str, str]:
    """What stands above each column, by its key, in the page's language: asked once for all rows."""
    return {column.key: _(column.label) for column in columns}


def read(field: str, text: str) -> Any:
    """The value that a typed text gives a field. RuleError by the field's rule; BadRequest for a field of no cell."""
    if field not in CELLS:
        raise BadRequest(N_("这一列不能在表格里修改。"))
    value = CELLS[field].read(clean(text))
    if field in REQUIRED and not value:
        raise RuleError(N_("这一项不能空着。"))
    return value


def change(project: Project, values: Mapping[str, Any], *, by: User, save: Save = services.edit_project) -> Project:
    """Save some fields of a project, the others as they are. Raises as services.edit_project does."""
    relations = services.relations_of(project)
    if "owner_id" in values:
        relations = replace(relations, owner=values["owner_id"])
    if "main_segment_id" in values:
        others = [each for each in relations.other_segments if each is not values["main_segment_id"]]
        relations = replace(relations, main_segment=values["main_segment_id"], other_segments=others)
    if "effect" in values:
        relations = replace(relations, effect=values["effect"])
    stored = {name: getattr(project, name) for name in ("investment_wan", "fixed_investment_wan")}
    for message in rules.together({**stored, **values}).values():
        raise RuleError(message)
    return save(project, values, relations, by=by)
