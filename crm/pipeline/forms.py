"""Forms of projects, their moves, and instructions."""

from collections.abc import Collection, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import Select, or_, select, true
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput

from crm import rules as common
from crm.accounts.models import Office, Role, User
from crm.accounts.permissions import office_ids
from crm.accounts.queries import assignable, offices, users
from crm.chain.models import Chain, Segment
from crm.companies import places
from crm.companies.models import Company
from crm.companies.queries import segments_by_chain
from crm.database import N_, Labelled, db
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.pipeline import queries, rules
from crm.pipeline.filters import BEYOND
from crm.pipeline.models import (
    CapitalKind,
    Effect,
    Phase,
    Project,
    ReasonKind,
    Route,
    Secrecy,
    Status,
)
from crm.pipeline.services import COLUMNS, Relations
from crm.rules import LARGEST_ID, id_of


def field(key: str, label: Any, *, area: bool = False, required: bool = False, **options: Any) -> RuleField:
    """A field of a project, judged by its rule."""
    kind = RuleTextArea if area else RuleField
    return kind(label, rule=rules.FIELDS[key], validators=[Required()] if required else [], **options)


def identifier(text: Any) -> int | None:
    """A row's id from a select or a combobox; None for nothing. ValueError for what cannot be one."""
    text = str(text or "")
    if text in ("", "None"):
        return None
    found = id_of(text)
    if not found:
        raise ValueError(_("请从列表中选择。"))
    return found


def labels(enum: type[Labelled]) -> list[tuple[str, str]]:
    """An enumeration as choices."""
    return [(member.value, _(member.label)) for member in enum]


class Checkboxes(SelectMultipleField):
    """Several of some rows, as checkboxes."""

    option_widget = CheckboxInput()


class PlaceField(RuleField):
    """A place by its name; `data` is the code."""

    def _value(self) -> str:
        return self.text if self.text is not None else places.full_name(self.data)


class ProjectForm(Form):
    """What is known of a project. Gate items link to these fields by their names."""

    name = field("name", _l("项目名称"), required=True)
    summary = field("summary", _l("项目简介"), area=True)
    secrecy = SelectField(_l("密级"), default=Secrecy.INTERNAL)
    lead_source = field("lead_source", _l("线索来源"))
    origin_code = PlaceField(_l("来源地"), rule=rules.FIELDS["origin_code"])
    main_segment_id = SelectField(_l("产业链环节"), coerce=identifier)
    effect = SelectField(_l("补链、强链或延链"), default="")
    other_segment_ids = Checkboxes(_l("还涉及的环节"), coerce=identifier)
    investment_wan = field("investment_wan", _l("投资总额"), unit=N_("万元"))
    fixed_investment_wan = field("fixed_investment_wan", _l("固定资产投资"), unit=N_("万元"))
    capital_kind = SelectField(_l("内外资"), default=CapitalKind.DOMESTIC)
    currency = field("currency", _l("出资币种"))
    land_mu = field("land_mu", _l("用地面积"), unit=N_("亩"))
    floor_m2 = field("floor_m2", _l("建筑面积"), unit=N_("㎡"))
    park = field("park", _l("意向园区"))
    output_wan = field("output_wan", _l("达产产值"), unit=N_("万元/年"))
    tax_wan = field("tax_wan", _l("达产税收"), unit=N_("万元/年"))
    energy_tce = field("energy_tce", _l("能耗"), unit=N_("吨标煤/年"))
    jobs = field("jobs", _l("就业人数"), unit=N_("人"))
    triage_note = field("triage_note", _l("研判意见"), area=True)
    next_step = field("next_step", _l("下一步"))
    next_step_on = field("next_step_on", _l("下一步期限"))
    owner_id = SelectField(_l("负责人"), coerce=identifier)
    member_ids = Checkboxes(_l("专班成员"), coerce=identifier)
    sponsor_id = SelectField(_l("挂点领导"), coerce=identifier)
    local_company_id = RuleField(_l("落地的本地企业"), rule=common.whole(1, LARGEST_ID))
    version = VersionField()

    def offer(self, by: User, project: Project | None = None) -> "ProjectForm":
        """Fill the choices as `by` may choose; what the project already has stays among them."""
        segments = db.session.scalars(segments_by_chain()).all()
        self.secrecy.choices = labels(Secrecy)
        self.capital_kind.choices = labels(CapitalKind)
        self.effect.choices = [("", _("未定")), *labels(Effect)]
        self.main_segment_id.choices = grouped(segments)
        self.other_segment_ids.choices = [(segment.id, segment.name) for segment in segments]
        nobody = [("", _("名录池"))] if project and project.owner_id is None else []
        self.owner_id.choices = [*nobody, *people(officers_for(by, project))]
        self.member_ids.choices = people(named_people([m.user_id for m in project.members] if project else ()))
        leaders = people(leaders_for(project))
        self.sponsor_id.choices = [("", _("未指定")), *leaders]
        return self

    def validate_local_company_id(self, field: RuleField) -> None:
        """The company exists and is local."""
        company = db.session.get(Company, field.data) if field.data is not None else None
        if field.data is not None and company is None:
            raise ValidationError(_("请从列表中选择。"))
        if company is not None and company.local is None:
            raise ValidationError(_("“%(name)s”还不是本地企业，请先在企业页登记为本地企业。", name=company.name))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Each field, then what must hold between them."""
        is_valid = bool(super().validate(*args, **kwargs))
        for name, message in rules.together(self.data).items():
            self[name].errors = [*self[name].errors, _(message)]
            is_valid = False
        return is_valid

    def values(self) -> dict[str, Any]:
        """The columns as judged; a chosen text would not be recognised as 受限 until it is read back."""
        chosen = {"secrecy": Secrecy(self.secrecy.data), "capital_kind": CapitalKind(self.capital_kind.data)}
        return {**{name: self[name].data for name in COLUMNS}, **chosen}

    def relations(self) -> Relations:
        """The chosen rows."""
        others = [db.session.get_one(Segment, i) for i in self.other_segment_ids.data or () if i is not None]
        return Relations(
            owner=row(User, self.owner_id.data),
            sponsor=row(User, self.sponsor_id.data),
            member_ids=[i for i in self.member_ids.data or () if i is not None],
            main_segment=row(Segment, self.main_segment_id.data),
            effect=Effect(self.effect.data) if self.effect.data else None,
            other_segments=[segment for segment in others if segment.id != self.main_segment_id.data],
            local_company=row(Company, self.local_company_id.data),
        )


class NewProjectForm(ProjectForm):
    """Open a project for a company, on a route."""

    company_id = RuleField(lazy_pgettext("一家", "企业"), rule=common.whole(1, LARGEST_ID), validators=[Required()])
    route_id = RadioField(_l("路径"), coerce=identifier)

    def offer(self, by: User, project: Project | None = None) -> "NewProjectForm":
        """Fill the choices; at first oneself is in charge."""
        super().offer(by, project)
        routes = db.session.scalars(queries.routes(gates=False).where(Route.is_active))
        self.route_id.choices = [(route.id, _(route.name)) for route in routes]
        if self.owner_id.data is None:
            self.owner_id.data = by.id
        return self

    @property
    def route(self) -> Route:
        """The chosen route."""
        return db.session.get_one(Route, self.route_id.data)


def values_of(project: Project) -> dict[str, Any]:
    """A project as the form shows it."""
    main = next((link for link in project.segments if link.is_main), None)
    return {
        **{name: getattr(project, name) for name in COLUMNS},
        "main_segment_id": main.segment_id if main else None,
        "effect": main.effect.value if main and main.effect else "",
        "other_segment_ids": [link.segment_id for link in project.segments if not link.is_main],
        "owner_id": project.owner_id,
        "member_ids": [member.user_id for member in project.members],
        "sponsor_id": project.sponsor_id,
        "local_company_id": project.local_company_id,
        "version": project.version,
    }


def row(model: type[Any], row_id: int | None) -> Any:
    """The row of an id that the form has offered; None for none."""
    return None if row_id is None else db.session.get(model, row_id)


def grouped(segments: Sequence[Segment], none: str = "") -> dict[str, list[tuple[str, str]]]:
    """Segments as choices by chain, with none in front."""
    found: dict[str, list[tuple[str, str]]] = {"": [("", none or _("未定"))]}
    for segment in segments:
        found.setdefault(segment.chain.name, []).append((str(segment.id), segment.name))
    return found


def people(found: Sequence[User]) -> list[tuple[int, str]]:
    """Users as choices, told apart by their office."""
    return [(user.id, f"{user.display_name} · {user.office.name}") for user in found]


def officers_for(by: User, project: Project | None) -> Sequence[User]:
    """Whom `by` may put in charge: herself, the officers and managers of her offices, and who is in charge now."""
    within = true() if by.role is Role.ADMIN else User.office_id.in_(office_ids(by))
    kept = User.id.in_([by.id, project.owner_id] if project and project.owner_id else [by.id])
    offered = assignable().where(within).with_only_columns(User.id).order_by(None)
    query = select(User).where(or_(User.id.in_(offered), kept))
    return db.session.scalars(query.order_by(User.office_id, User.display_name, User.id)).all()


def named_people(kept: Collection[int]) -> Sequence[User]:
    """Who may be named on a project: anybody active, and who already is."""
    query = users().where(or_(User.disabled_at.is_(None), User.id.in_(kept)), User.role != Role.ADMIN)
    return db.session.scalars(query.order_by(None).order_by(User.office_id, User.display_name, User.id)).all()


def leaders_for(project: Project | None) -> Sequence[User]:
    """Who may be 挂点领导: the leaders, and who already is."""
    kept = project.sponsor_id if project else None
    is_leader = (User.role == Role.LEADER) & User.disabled_at.is_(None)
    return db.session.scalars(users().where(or_(is_leader, User.id == kept))).all()


def reason_choices(*kinds: ReasonKind) -> Any:
    """The reasons of the list for acts, grouped by the act where there are several; in front none of them."""
    found = db.session.scalars(queries.reasons(kinds)).all()
    none = ("", _("请选择，或在下面写明"))
    if len(kinds) == 1:
        return [none, *((str(reason.id), reason.name) for reason in found)]
    groups = {_(kind.label): [(str(r.id), r.name) for r in found if r.kind is kind] for kind in kinds}
    return {"": [none], **groups}


class BoardFilterForm(Form):
    """What board and table are narrowed to, as controls; filters.ProjectFilter reads the same query string."""

    class Meta(Form.Meta):
        """Reading changes nothing, so there is no token."""

        csrf = False

    q = RuleField(_l("项目或企业"), rule=common.line(100))
    chain = SelectField(_l("产业链"), default="")
    segment = SelectField(_l("环节"), default="")
    phase = SelectField(_l("阶段类别"), default="")
    status = SelectField(_l("状态"), default="ongoing")
    officer = SelectField(_l("负责人"), default="")
    office = SelectField(_l("部门"), default="")
    effect = SelectField(_l("补链、强链或延链"), default="")
    capital = SelectField(_l("内外资"), default="")
    least = RuleField(_l("投资不少于"), rule=common.line(30), unit=N_("万元"))
    most = RuleField(_l("投资不超过"), rule=common.line(30), unit=N_("万元"))
    source = RuleField(_l("线索来源"), rule=common.line(100))
    origin = SelectField(_l("来源地"), default="")
    mine = BooleanField(_l("只看我的"))
    stale = BooleanField(_l("只看停滞的"))
    late = BooleanField(_l("下一步逾期"))

    #: What stands behind 更多条件.
    FURTHER = ("effect", "capital", "least", "most", "source", "origin")

    @property
    def further(self) -> list[Any]:
        """The fields that are asked less often."""
        return [self[name] for name in self.FURTHER]

    def offer(self) -> "BoardFilterForm":
        """Fill the choices."""
        self.origin.choices = [("", _("全部")), *places.provinces().items(), (BEYOND, _("港澳台和国外"))]
        self.effect.choices = [("", _("全部")), *labels(Effect)]
        self.capital.choices = [("", _("全部")), *labels(CapitalKind)]
        segments = segments_of_chains()
        self.chain.choices = [("", _("全部")), *segments]
        named = {chain: found for (_slug, chain), found in segments.items() if found}
        self.segment.choices = {"": [("", _("全部"))], **named}
        self.phase.choices = [("", _("全部")), *labels(Phase)]
        self.status.choices = [*labels(Status), ("open", _("推进和暂缓")), ("all", _("全部"))]
        officers = assignable().order_by(None).order_by(User.display_name, User.id)
        self.officer.choices = [("", _("全部")), *pairs(officers.with_only_columns(User.id, User.display_name))]
        self.office.choices = [("", _("全部")), *pairs(offices().with_only_columns(Office.id, Office.name))]
        return self


def pairs(query: Select[*tuple[Any, ...]]) -> list[tuple[str, str]]:
    """(id, name) of a query's rows as choices: the lists above a board are asked at each page, so no rows are built."""
    return [(str(key), name) for key, name in db.session.execute(query)]


def segments_of_chains() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """{(slug, name) of a chain: its segments as choices}, fictitious chains last."""
    query = select(Chain.slug, Chain.name, Segment.id, Segment.name).outerjoin(Segment, Segment.chain_id == Chain.id)
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for slug, chain, key, name in db.session.execute(
        query.order_by(Chain.is_demo, Chain.id, Segment.ordinal, Segment.id)
    ):
        segments = found.setdefault((slug, chain), [])
        if key is not None:
            segments.append((str(key), name))
    return found


class BulkForm(Form):
    """Values for several projects at once; what is left empty stays as it is in each."""

    owner_id = SelectField(_l("负责人"), default="")
    main_segment_id = SelectField(_l("产业链环节"), default="")
    effect = SelectField(_l("补链、强链或延链"), default="")
    capital_kind = SelectField(_l("内外资"), default="")
    lead_source = StringField(_l("线索来源"))
    origin_code = StringField(_l("来源地"))
    park = StringField(_l("意向园区"))
    next_step = StringField(_l("下一步"))
    next_step_on = StringField(_l("下一步期限"))

    def offer(self, by: User) -> "BulkForm":
        """Fill the choices as `by` may choose."""
        keep = ("", _("不改"))
        self.owner_id.choices = [keep, *people(officers_for(by, None))]
        self.main_segment_id.choices = grouped(db.session.scalars(segments_by_chain()).all(), _("不改"))
        self.effect.choices = [keep, *labels(Effect)]
        self.capital_kind.choices = [keep, *labels(CapitalKind)]
        return self

    @property
    def texts(self) -> dict[str, str]:
        """What was filled in, by field."""
        return {
            each.name: str(each.data) for each in self if each.name != "csrf_token" and str(each.data or "").strip()
        }


class ExportForm(Form):
    """Take the list out as a workbook; a manager says what for."""

    reason = RuleField(_l("导出用途"), rule=common.line(300))
    query = HiddenField()


class SavedViewForm(Form):
    """Keep the conditions of a list under a name."""

    name = RuleField(_l("视图名称"), rule=common.line(60), validators=[Required()])
    is_shared = BooleanField(_l("本部门都可以用"))
    is_default = BooleanField(_l("打开“项目”时先看它"))
    query = HiddenField()
    version = VersionField()
