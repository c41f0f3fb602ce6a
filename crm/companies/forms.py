"""Forms of companies, contacts and target lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput

from crm import rules as common
from crm.chain.models import Segment
from crm.chain.queries import chains, clusters
from crm.companies import extensions, places, queries, rules
from crm.companies.models import Company, Contact, TargetList
from crm.database import N_, db
from crm.forms import Form, Required, RuleField, RuleTextArea, VersionField
from crm.rules import id_of, today


def field(key: str, label: Any, *, area: bool = False, required: bool = False, **options: Any) -> RuleField:
    """A field of a company, judged by its rule."""
    kind = RuleTextArea if area else RuleField
    return kind(label, rule=rules.FIELDS[key], validators=[Required()] if required else [], **options)


def identifier(value: str | int | None) -> int | None:
    """A row's id from a select or a combobox; None for nothing. ValueError for what cannot be one."""
    text = "" if value is None else str(value)
    if not text:
        return None
    found = id_of(text)
    if not found:
        raise ValueError(_("请从列表中选择。"))
    return found


class Checkboxes(SelectMultipleField):
    """Several of some rows, as checkboxes."""

    option_widget = CheckboxInput()


class AliasField(RuleTextArea):
    """Other names, one a line."""

    def _value(self) -> str:
        return self.text if self.text is not None else "\n".join(self.data or ())


class PlaceField(RuleField):
    """A place by its name; `data` is the code."""

    def _value(self) -> str:
        return self.text if self.text is not None else places.full_name(self.data)


class CompanyField(StringField):
    """A company chosen in a combobox: `data` is its id."""

    data: int | None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the id of a company that exists."""
        self.data = identifier(valuelist[0]) if valuelist else self.data
        if self.data is not None and self.company is None:
            self.data = None
            raise ValueError(_("请从列表中选择。"))

    @property
    def company(self) -> Company | None:
        """The chosen company."""
        return db.session.get(Company, self.data) if self.data else None

    def _value(self) -> str:
        return self.company.name if self.company else ""


class CompanyForm(Form):
    """What a person knows of a company."""

    name = field("name", _l("企业名称"), required=True)
    uscc = field("uscc", _l("统一社会信用代码"))
    aliases = AliasField(_l("简称、曾用名"), rule=rules.FIELDS["aliases"])
    division_code = PlaceField(_l("所在地"), rule=rules.FIELDS["division_code"])
    address = field("address", _l("地址"))
    website = field("website", _l("网址"))
    main_segment_id = SelectField(_l("主环节"), coerce=identifier)
    segment_ids = Checkboxes(_l("其他环节"), coerce=identifier)
    tier_ids = Checkboxes(_l("梯队"), coerce=identifier)
    products = field("products", _l("主营产品"), area=True)
    capital_wan = field("capital_wan", _l("注册资本"), unit=N_("万元"))
    capital_currency = field("capital_currency", _l("注册资本币种"))
    employees = field("employees", _l("员工人数"), unit=N_("人"))
    introduction = field("introduction", _l("企业简介"), area=True)
    expansion_signal = field("expansion_signal", _l("扩产信号"), area=True)
    parent_id = CompanyField(_l("上级企业"))
    is_local = BooleanField(_l("在本市有生产经营（计入本地供给）"))
    town = field("town", _l("镇街"))
    source = field("source", _l("资料来源"), area=True)
    version = VersionField()

    def __init__(self, company: Company | None = None, **options: Any) -> None:
        super().__init__(**options, **({"data": values_of(company)} if company else {}))
        self.company = company
        segments = db.session.scalars(queries.segments_by_chain()).all()
        by_chain = {chain: dict(choices) for chain, choices in grouped(segments).items()}
        self.main_segment_id.choices = {"": _("未归类"), **by_chain}
        self.segment_ids.choices = {str(segment.id): segment.name for segment in segments}
        self.tier_ids.choices = {str(tier.id): _(tier.name) for tier in db.session.scalars(queries.tiers())}

    def validate_parent_id(self, field: CompanyField) -> None:
        """The parent is not the company itself."""
        if self.company is not None and field.data == self.company.id:
            raise ValidationError(_("企业不能是自己的上级。"))

    @property
    def values(self) -> dict[str, Any]:
        """What the services take: what was sent, so that a form without a field leaves the column as it is."""
        left_out = {"csrf_token", "version", "take", "confirmed"}
        return {field.name: field.data for field in self if field.name not in left_out and was_sent(field)}


def was_sent(field: Any) -> bool:
    """Whether the form held the field; of a checkbox that is off a browser sends nothing."""
    return bool(field.raw_data) or isinstance(field, BooleanField | SelectMultipleField)


class NewCompanyForm(CompanyForm):
    """The same, with who is to follow it, and whether its likenesses have been looked at."""

    take = RadioField(
        _l("由谁跟进"), choices=[SelectChoice("me", _l("我跟进")), SelectChoice("pool", _l("放入名录池"))], default="me"
    )
    confirmed = HiddenField()


def values_of(company: Company) -> dict[str, Any]:
    """A company as the form shows it."""
    others = [link.segment_id for link in company.segments if not link.is_main]
    main = next((link.segment_id for link in company.segments if link.is_main), None)
    columns = {key: getattr(company, key) for key in (*rules.FIELDS, "parent_id", "version") if hasattr(Company, key)}
    return {
        **columns,
        "aliases": [alias.alias for alias in company.aliases],
        "tier_ids": [link.tier_id for link in company.tiers],
        "main_segment_id": main,
        "segment_ids": others,
        "is_local": company.local is not None,
        "town": company.local.town if company.local else "",
    }


def grouped(segments: Iterable[Segment]) -> dict[str, list[tuple[str, str]]]:
    """Segments as choices by chain."""
    found: dict[str, list[tuple[str, str]]] = {}
    for segment in segments:
        found.setdefault(segment.chain.name, []).append((str(segment.id), segment.name))
    return found


BASES = [N_("取得本人同意"), N_("本人自行公开或已合法公开"), N_("履行法定职责所必需"), N_("订立或履行合同所必需")]


class ContactForm(Form):
    """A person, and why we may know of her (PIPL art. 13, 17)."""

    name = RuleField(_l("姓名"), rule=rules.CONTACT_FIELDS["name"], validators=[Required()])
    title = RuleField(_l("职务"), rule=rules.CONTACT_FIELDS["title"])
    phone = RuleField(_l("电话"), rule=rules.CONTACT_FIELDS["phone"])
    purpose = RuleField(_l("收集目的"), rule=rules.CONTACT_FIELDS["purpose"], default=N_("招商联络"))
    basis = SelectField(_l("合法性依据"), default="")
    source = RuleField(_l("来源"), rule=rules.CONTACT_FIELDS["source"])
    collected_on = RuleField(_l("收集日期"), rule=rules.CONTACT_FIELDS["collected_on"], default=today)
    expires_on = RuleField(_l("保存到"), rule=rules.CONTACT_FIELDS["expires_on"])
    version = VersionField()

    def __init__(self, contact: Contact | None = None, **options: Any) -> None:
        super().__init__(**options, **({"obj": contact} if contact else {}))
        kept = {} if contact is None else {contact.basis: contact.basis}
        self.basis.choices = {**kept, "": _("未注明"), **{basis: _(basis) for basis in BASES}}

    @property
    def values(self) -> dict[str, Any]:
        """What the acts take."""
        return {
            field.name: field.data for field in self if field.name not in ("csrf_token", "version") and was_sent(field)
        }


class EditContactForm(ContactForm):
    """The same; the number is never filled in: empty keeps it."""

    forget_phone = BooleanField(_l("删除已存的电话"))


class RevealForm(Form):
    """Why one needs a number."""

    reason = RuleField(_l("查看理由"), rule=common.line(300), validators=[Required()])


class ListForm(Form):
    """A target list."""

    name = RuleField(_l("清单名称"), rule=common.line(200), validators=[Required()])
    chain_id = SelectField(_l("产业链"), coerce=identifier)
    source = RuleTextArea(_l("来源"), rule=common.prose())
    version = VersionField()

    def __init__(self, target_list: TargetList | None = None, **options: Any) -> None:
        super().__init__(**options, **({"obj": target_list} if target_list else {}))
        known = {str(chain.id): chain.name for chain in db.session.scalars(chains())}
        self.chain_id.choices = {"": _("不限产业链"), **known}

    @property
    def values(self) -> dict[str, Any]:
        """What the acts take."""
        return {"name": self.name.data, "chain_id": self.chain_id.data, "source": self.source.data}


class EntryForm(Form):
    """A company for a list; the view reads it from what was sent."""

    company_id = CompanyField(_l("企业"))
    note = RuleField(_l("备注"), rule=common.line(500))


@dataclass(frozen=True)
class FilterSelect:
    """A filter above the list: its query parameter, what it can be ({group: [(value, label)]}), and what it is now."""

    name: str
    label: str
    groups: Mapping[str, Sequence[tuple[str, str]]]
    value: str

    @property
    def chosen(self) -> str | None:
        """The label of the value, for a chip; None where nothing is chosen."""
        found = (label for choices in self.groups.values() for value, label in choices if value == self.value)
        return next(found, self.value) if self.value else None


def filter_selects(args: Mapping[str, str]) -> list[FilterSelect]:
    """The filters with the values of the query string, which CompanyFilter has judged."""
    known = db.session.scalars(queries.segments_by_chain()).all()
    lists = db.session.scalars(queries.target_lists()).all()
    plain: list[tuple[str, str, Mapping[str, Sequence[tuple[str, str]]]]] = [
        (
            "cluster",
            _("集群"),
            {"": [*((str(c.id), c.name) for c in db.session.scalars(clusters())), ("0", _("其他地区"))]},
        ),
        ("segment", _("环节"), grouped(known)),
        ("tier", _("梯队"), {"": [(str(tier.id), _(tier.name)) for tier in db.session.scalars(queries.tiers())]}),
        ("list", _("清单"), {"": [(str(target_list.id), target_list.name) for target_list in lists]}),
        *((key, _(extra.label), {"": list(extra.choices())}) for key, extra in extensions.filters.items()),
        ("idle", _("多久没有接触"), {"": [(str(days), _("%(days)d 天以上", days=days)) for days in (14, 30, 60, 90)]}),
        ("local", _("本地企业"), {"": [("1", _("只看本地企业")), ("0", _("不含本地企业"))]}),
    ]
    return [FilterSelect(name, label, groups, args.get(name, "")) for name, label, groups in plain]


class OtherForm(Form):
    """The other row of a company; the view reads it from the address."""

    other_id = CompanyField(_l("另一条记录"))


class MergeForm(Form):
    """Which of two companies' values is kept, column by column; fields are named keep-COLUMN."""

    version = VersionField()
    other_version = VersionField()

    def __init__(self, target: Company, source: Company, **options: Any) -> None:
        super().__init__(**options)
        if not self.is_submitted():
            self.version.data, self.other_version.data = target.version, source.version

    @property
    def choices(self) -> dict[str, str]:
        """{column: "target" or "source"}, as far as a person chose."""
        sent = {name[5:]: value for name, value in request.form.items() if name.startswith("keep-")}
        return {column: value for column, value in sent.items() if value in ("target", "source")}
