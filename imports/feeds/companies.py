"""Companies, with their places, segments, tiers, lists and contacts: the kind of sheet that offices hold most.

Set-based: the plan reads what is known of all companies of the sheet at once, the write copies what is new. A matched
company gets what it lacks and what the sheet says otherwise, as far as the importer may edit it; an empty cell never
erases, an owner never changes.
"""

from crm import rules
from crm.companies import rules as company_rules
from crm.database import N_
from imports.columns import Field
from imports.feeds import Feed
from imports.feeds.company_compare import FILL_ONLY, PLACE_KEYS, SETTABLE
from imports.feeds.company_plan import plans
from imports.feeds.company_write import write_companies
from imports.feeds.money import in_currency
from imports.feeds.reach import reached
from imports.feeds.several import NUMBERS, first_of
from imports.feeds.words import split, yes
from imports.work import Work

LINE = rules.line(200)

NAME = Field(
    "name",
    N_("企业名称"),
    "企业名称 公司名称 单位名称 企业全称 公司全称 企业名 公司名 客商名称 客商 投资主体 投资方 投资方名称 项目主体"
    " 招商企业 目标企业 意向企业 投资企业 项目单位 申报单位 纳税人名称 法人单位名称 机构名称 单位 公司 企业"
    " companyname company",
    company_rules.name,
    identity=True,
)
USCC = Field(
    "uscc",
    N_("统一社会信用代码"),
    "统一社会信用代码 社会信用代码 信用代码 税号 纳税人识别号 统一信用代码 统一代码 机构信用代码",
    company_rules.uscc,
    identity=True,
)

#: The person at the company to whom one speaks.
CONTACT = (
    Field(
        "contact",
        N_("联系人"),
        "联系人 企业联系人 联系人姓名 对接联系人 企业对接人 contact contactperson",
        company_rules.CONTACT_FIELDS["name"],
    ),
    Field("contact_title", N_("职务"), "职务 联系人职务 职位 职务职位", company_rules.CONTACT_FIELDS["title"]),
    Field(
        "phone",
        N_("联系电话"),
        "联系电话 电话 手机 手机号 手机号码 移动电话 电话号码 联系手机 企业电话 座机 固定电话 固话 办公电话 phone tel"
        " telephone mobile",
        first_of(company_rules.CONTACT_FIELDS["phone"], NUMBERS),
        private=True,
    ),
    Field(
        "reach",
        N_("联系人和电话"),
        "联系人及电话 联系人和电话 联系人及联系电话 联系人及联系方式 联系人和联系方式 联系人联系方式 联系方式"
        " 联系人方式 联系人电话 联系人手机 联系人及手机 联系人/电话 联系人/联系电话 联系人/联系方式 联系人姓名及电话",
        reached,
        private=True,
    ),
)

FIELDS: tuple[Field, ...] = (
    NAME,
    USCC,
    Field(
        "aliases",
        N_("简称"),
        "简称 企业简称 公司简称 单位简称 证券简称 a股简称 证券中文简称 规范简称 曾用名 别名 品牌",
        company_rules.aliases,
    ),
    Field("province", N_("省份"), "省份 省 所在省份 所属省份 province", rules.line(100)),
    Field("city", N_("城市"), "城市 市 所在城市 所属地市 地市 所属城市 city", rules.line(100)),
    Field("district", N_("区县"), "区县 所属区县 县区 区 县 市辖区", rules.line(100)),
    Field(
        "place",
        N_("所在地"),
        "所在地 地区 所属地区 企业所在地 所在地区 注册地 总部所在地 省市 省份城市 所在省市 属地 企业来源地",
        rules.line(200),
    ),
    Field("town", N_("镇街"), "镇街 镇区 所属镇街 街道 乡镇 镇街园区", company_rules.FIELDS["town"]),
    Field(
        "address",
        N_("地址"),
        "地址 注册地址 企业地址 公司地址 单位地址 办公地址 通讯地址 联系地址 详细地址 经营地址 生产地址 address",
        company_rules.FIELDS["address"],
    ),
    Field("is_local", N_("本地企业"), "本地企业 是否本地 本市企业", yes),
    Field("tiers", N_("梯队"), "梯队 企业梯队 企业类型梯队 资质荣誉 资质 荣誉资质", split),
    Field("chain", N_("产业链"), "产业链 所属产业链", LINE),
    Field(
        "segment",
        N_("产业链环节"),
        "产业链环节 环节 所属环节 主要环节 产业环节 产业类别 产业类型 细分领域 所属领域",
        LINE,
    ),
    Field("other_segments", N_("其他环节"), "其他环节 兼营环节", split),
    Field(
        "products",
        N_("主营产品"),
        "主营产品 主要产品 主营业务 主营业务产品 主要业务 核心产品 产品 主营 经营范围 products",
        company_rules.FIELDS["products"],
    ),
    Field("introduction", N_("企业简介"), "企业简介 公司简介 企业介绍 简介", company_rules.FIELDS["introduction"]),
    Field(
        "website",
        N_("网址"),
        "网址 公司网址 企业网址 官网 公司网站 企业官网 网站 website",
        first_of(company_rules.FIELDS["website"], company_rules.SITES),
    ),
    Field(
        "capital_wan",
        N_("注册资本"),
        "注册资本 注册资金 注册资本金 注册资本总额",
        in_currency(company_rules.FIELDS["capital_wan"]),
        takes_unit=True,
    ),
    Field(
        "capital_currency",
        N_("注册资本币种"),
        "注册资本币种 注册资本货币 注册币种",
        company_rules.FIELDS["capital_currency"],
    ),
    Field(
        "employees",
        N_("员工人数"),
        "员工人数 员工数 公司员工数 职工人数 从业人数 从业人员 人员规模 企业人数 员工总数",
        company_rules.FIELDS["employees"],
    ),
    Field(
        "expansion_signal",
        N_("扩产信号"),
        "扩产信号 扩产意向 投资意向 选址动态",
        company_rules.FIELDS["expansion_signal"],
    ),
    Field("lists", N_("招商清单"), "招商清单 清单 名单 所属清单 招商名单", split),
    Field("owner", N_("归属人"), "归属人 跟进人 招商负责人 招商专员 对接人 跟踪人 责任人 负责人", rules.line(100)),
    *CONTACT,
    Field("source", N_("来源"), "来源 信息来源 文号", company_rules.FIELDS["source"]),
    Field("quote", N_("原文"), "原文", rules.prose()),
    Field("note", N_("说明"), "说明 备注", rules.prose()),
)


class CompanyFeed(Feed):
    """企业名录."""

    key = "companies"
    label = N_("企业名录")
    offered = True
    fields = FIELDS

    def overwrites(self, key: str) -> bool:
        """Facts may be replaced; names, codes and sources only fill, relations only add."""
        return key in PLACE_KEYS or (key in SETTABLE and key not in FILL_ONLY)

    def plan(self, work: Work) -> None:
        """Match every company and compare it with what is known."""
        for _plan in plans(work, "compare"):
            pass

    def write(self, work: Work) -> None:
        """Plan anew against the database as it is now, and write that."""
        write_companies(work)
