"""Triage, admission, agreements with promises, milestones, reasons and red lines, with their defaults; gates ask for them.

Revision ID: pipeline_acts
Revises: place_in_names
"""

import sqlalchemy as sa
from alembic import op

from crm.history.triggers import history_ddl, version_ddl

revision = "pipeline_acts"
down_revision = "place_in_names"
branch_labels = None
depends_on = None

#: Rows that nobody edits have no version.
UNVERSIONED = ("agreement_versions", "opinion_scores", "opinion_vetoes")
VERSIONED = (
    "admission_criteria",
    "admission_levels",
    "admission_vetoes",
    "reasons",
    "red_lines",
    "admissions",
    "agreements",
    "dispatches",
    "leads",
    "milestones",
    "triages",
    "agreement_reviews",
    "opinions",
    "promises",
    "wording_warnings",
)
#: Versioned tables that get a column: the trigger names its columns.
WIDENED = ("stages", "gate_items")
KINDS = "kind in ('opening', 'imported', 'forward', 'back'%s)"

REASONS = {
    "back": ["条件发生变化", "资料不实或不全", "误操作", "其他"],
    "reroute": ["企业改为租购厂房", "企业改为拿地自建", "改为增资现有企业", "改为合作", "其他"],
    "pause": ["企业推迟投资", "等待政策或规划", "等待用地或厂房", "等待上级决策", "其他"],
    "lose": ["落户外地", "用地或厂房不合适", "政策条件不及竞争地", "配套或人才不足", "企业资金困难", "其他"],
    "abort": ["未通过准入联审", "环保或能耗不符合", "涉及否决项", "企业撤回", "失信或经营异常", "其他"],
    "reopen": ["企业重启投资", "条件已经具备", "误操作", "其他"],
    "return": ["不属于本部门职责", "已由其他部门跟进", "线索不实", "人手不足", "其他"],
}
#: (name, full marks, what is looked at)
CRITERIA = [
    ("投资规模", 17, "投资总额和固定资产投资"),
    ("投资强度", 17, "固定资产投资 ÷ 用地，对照园区门槛"),
    ("预期税收", 16, "达产税收和亩均税收，只作评估，不作为给予条件的依据"),
    ("投资方实力", 10, "主营业务、财务状况、信用"),
    ("用地集约", 10, "用地规模、容积率、供地条件"),
    ("产业链契合", 10, "补链、强链、延链，缺口环节"),
    ("技术水平", 10, "技术来源、知识产权、产品先进性"),
    ("环保与能耗", 10, "环评类别、能耗总量和强度"),
]
VETOES = [
    ("淘汰类或限制类产业", "《产业结构调整指导目录》"),
    ("市场准入负面清单禁止事项", "《市场准入负面清单》"),
    ("外商投资准入负面清单禁止事项", "《外商投资准入特别管理措施（负面清单）》"),
    ("高耗能、高排放项目未落实替代来源", "“两高”项目管理要求"),
    ("不符合国土空间规划或生态保护红线", "国土空间规划、“三区三线”"),
    ("安全生产条件不具备", "安全生产法律法规"),
    ("投资方列入严重失信主体名单", "信用管理规定"),
]
LEVELS = [("招商工作专班会议", 0), ("招商引资领导小组会议", 10_000), ("市政府常务会议", 100_000)]

LAW = "《公平竞争审查条例》（国务院令第783号，2024-08-01起施行）"
RULES = "《公平竞争审查条例实施办法》（2025-04-20起施行）"
FROM_LAW, FROM_RULES = "2024-08-01", "2025-04-20"
#: (name, words, rule, advice, since, for policies, for agreements)
RED_LINES = [
    ("列入名录", "名录、名单、推荐目录、指定企业、入选企业、企业库", LAW,
     "不能以是否列入名录、名单作为条件，请改用公开、客观的指标。", FROM_LAW, True, False),
    ("企业所有制", "所有制、国有企业、国企、央企、民营企业、私营企业、外资企业、内资企业、内外资、股权性质", LAW,
     "不能以企业的所有制或资本来源作为条件，请改用公开、客观的指标。", FROM_LAW, True, False),
    ("税收或经济贡献", "纳税、税收、缴税、税额、税款、财政贡献、地方贡献、经济贡献、综合贡献", LAW,
     "不能以缴纳税收或经济贡献作为条件，也不能与之挂钩计算金额。", FROM_LAW, True, False),
    ("迁移注册地", "迁入、迁移、迁至、迁址、注册地、登记地、变更登记、在本地注册、在本市注册、注册资本实缴地", LAW,
     "不能要求企业迁移注册地或在本地设立登记。", FROM_LAW, True, True),
    ("统计归属", "纳统、入统、在地统计、统计入库、统计数据、统计归属、产值归", RULES,
     "不能要求企业把统计数据留在本地。", FROM_RULES, True, True),
    ("返还", "返还、退税、返税、奖返、退还+税、退还+款", LAW,
     "不能承诺返还税款、土地款或其他应收款项，请按公开政策申请。", FROM_LAW, False, True),
    ("留成", "留成、地方留存、市级留存、财政留存、留存部分", LAW,
     "不能以地方财政留成计算支持金额。", FROM_LAW, False, True),
    ("先征后返", "先征后返、先征后退、先缴后返、先缴后退、即征即返", LAW,
     "税收优惠只能依照法律、行政法规或国务院批准。", FROM_LAW, False, True),
    ("列收列支", "列收列支", LAW, "不能以列收列支变相返还，请删除。", FROM_LAW, False, True),
    ("零地价", "零地价、地价返还、免费供地、无偿供地、土地出让金+奖励、土地出让金+补助、土地款+奖励", LAW,
     "土地应按规定有偿供应，价款不能变相减免。", FROM_LAW, False, True),
    ("保底", "保底、固定回报、固定收益、最低收益、兜底、保本", LAW,
     "不能承诺保底或固定回报。", FROM_LAW, False, True),
    ("排他", "排他、独家、唯一供应商、不得引进+同类、指定采购、优先采购+本", LAW,
     "不能排除或限制其他经营者参与竞争。", FROM_LAW, False, True),
    ("以税收为基数", "税收+奖励、税收+补助、税收+补贴、纳税+奖励、纳税+补助、纳税额、经济贡献、地方贡献、综合贡献、财政贡献", LAW,
     "支持金额不能以税收或经济贡献为基数，请改用投资、设备、研发等客观指标。", FROM_LAW, False, True),
    ("本地纳税", "在本市纳税、在本地纳税、税收+留在本、税收属地、税务登记+迁", RULES,
     "不能以在本地纳税作为给予支持的条件。", FROM_RULES, False, True),
    ("所有制条件", "仅限国有、仅限民营、仅限内资、仅限外资、所有制", LAW,
     "不能以企业的所有制作为条件。", FROM_LAW, False, True),
]  # fmt: skip

#: By phase: (fact, condition) added behind what is asked there already.
GATES = {
    "negotiating": [("answered", "always")],
    "signed": [
        ("admitted", "makes_supply"),
        ("signed", "makes_supply"),
        ("review_due_diligence", "makes_supply"),
        ("review_fair", "makes_supply"),
        ("review_legal", "makes_supply"),
        ("review_fiscal", "makes_supply"),
    ],
    "started": [("milestone_permit", "takes_land"), ("milestone_started", "makes_supply")],
    "operating": [("milestone_operating", "makes_supply")],
}
ADDED = sorted({fact for items in GATES.values() for fact, _condition in items} | {"milestone_registered"})


def upgrade() -> None:
    op.create_table(
        "admission_criteria",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("weight", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("note", sa.String(length=300), server_default="", nullable=False),
        sa.Column("ordinal", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_admission_criteria_name")),
        sa.CheckConstraint("weight > 0", name=op.f("ck_admission_criteria_weight")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission_criteria")),
        sa.UniqueConstraint("name", name=op.f("uq_admission_criteria_name")),
    )
    op.create_table(
        "admission_levels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at_least_wan", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_admission_levels_name")),
        sa.CheckConstraint("at_least_wan >= 0", name=op.f("ck_admission_levels_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission_levels")),
        sa.UniqueConstraint("at_least_wan", name=op.f("uq_admission_levels_at_least_wan")),
        sa.UniqueConstraint("name", name=op.f("uq_admission_levels_name")),
    )
    op.create_table(
        "admission_vetoes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.String(length=300), server_default="", nullable=False),
        sa.Column("ordinal", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_admission_vetoes_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission_vetoes")),
        sa.UniqueConstraint("name", name=op.f("uq_admission_vetoes_name")),
    )
    op.create_table(
        "reasons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "back",
                "reroute",
                "pause",
                "lose",
                "abort",
                "reopen",
                "return",
                name="reasonkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_reasons_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reasons")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_reasons_kind_name")),
    )
    op.create_table(
        "red_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(length=300), nullable=False),
        sa.Column("advice", sa.String(length=300), server_default="", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("for_policies", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("for_agreements", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_red_lines_name")),
        sa.CheckConstraint("btrim(rule) <> ''", name=op.f("ck_red_lines_rule")),
        sa.CheckConstraint("btrim(words) <> ''", name=op.f("ck_red_lines_words")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_red_lines_valid_until")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_red_lines")),
        sa.UniqueConstraint("name", name=op.f("uq_red_lines_name")),
    )
    op.create_table(
        "admissions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("question", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "admitted",
                "conditional",
                "deferred",
                "refused",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("body", sa.String(length=200), server_default="", nullable=False),
        sa.Column("level_id", sa.BigInteger(), nullable=True),
        sa.Column("meeting", sa.String(length=200), server_default="", nullable=False),
        sa.Column("minutes_number", sa.String(length=100), server_default="", nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("conditions", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("expert_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'conditional' or btrim(conditions) <> ''", name=op.f("ck_admissions_conditions")
        ),
        sa.CheckConstraint(
            "outcome is null or (btrim(body) <> '' and btrim(minutes_number) <> '' and level_id is not null)",
            name=op.f("ck_admissions_decider"),
        ),
        sa.CheckConstraint(
            "(outcome is null) = (decided_on is null) and (outcome is null) = (decided_by_id is null)",
            name=op.f("ck_admissions_decided"),
        ),
        sa.CheckConstraint("due_on >= opened_on", name=op.f("ck_admissions_due_on")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_admissions_by_id_users")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_admissions_decided_by_id_users")),
        sa.ForeignKeyConstraint(
            ["level_id"], ["admission_levels.id"], name=op.f("fk_admissions_level_id_admission_levels")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_admissions_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admissions")),
    )
    op.create_index(op.f("ix_admissions_project_id"), "admissions", ["project_id"], unique=False)
    op.create_index(
        "uq_admissions_open", "admissions", ["project_id"], unique=True, postgresql_where=sa.text("outcome is null")
    )
    op.create_table(
        "agreements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "intent",
                "framework",
                "formal",
                "supplement",
                name="agreementkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=100), server_default="", nullable=False),
        sa.Column("amount_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("signatory", sa.String(length=200), server_default="", nullable=False),
        sa.Column("authority", sa.String(length=300), server_default="", nullable=False),
        sa.Column("counterpart", sa.String(length=200), server_default="", nullable=False),
        sa.Column("meeting", sa.String(length=200), server_default="", nullable=False),
        sa.Column("minutes_number", sa.String(length=100), server_default="", nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("voided_on", sa.Date(), nullable=True),
        sa.Column("void_reason", sa.String(length=300), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(voided_on is null) = (btrim(void_reason) = '')", name=op.f("ck_agreements_void_reason")),
        sa.CheckConstraint("btrim(title) <> ''", name=op.f("ck_agreements_title")),
        sa.CheckConstraint(
            "signed_on is null or (btrim(signatory) <> '' and btrim(authority) <> '')",
            name=op.f("ck_agreements_signatory"),
        ),
        sa.CheckConstraint("amount_wan > 0", name=op.f("ck_agreements_amount_wan")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_agreements_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    op.create_index(op.f("ix_agreements_project_id"), "agreements", ["project_id"], unique=False)
    op.create_table(
        "dispatches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("is_accepted is not false or btrim(reason) <> ''", name=op.f("ck_dispatches_reason")),
        sa.CheckConstraint("(is_accepted is null) = (answered_at is null)", name=op.f("ck_dispatches_answered")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_dispatches_answered_by_id_users")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_dispatches_by_id_users")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_dispatches_office_id_offices")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_dispatches_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
    )
    op.create_index(op.f("ix_dispatches_by_id"), "dispatches", ["by_id"], unique=False)
    op.create_index(op.f("ix_dispatches_office_id"), "dispatches", ["office_id"], unique=False)
    op.create_index(op.f("ix_dispatches_project_id"), "dispatches", ["project_id"], unique=False)
    op.create_index(
        "uq_dispatches_open", "dispatches", ["project_id"], unique=True, postgresql_where=sa.text("answered_at is null")
    )
    op.create_table(
        "leads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("introducer_id", sa.BigInteger(), nullable=True),
        sa.Column("introducer_office_id", sa.BigInteger(), nullable=True),
        sa.Column("introducer", sa.String(length=200), server_default="", nullable=False),
        sa.Column(
            "decision",
            sa.Enum("pursue", "hold", "drop", name="decision", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["introducer_id"], ["users.id"], name=op.f("fk_leads_introducer_id_users")),
        sa.ForeignKeyConstraint(
            ["introducer_office_id"], ["offices.id"], name=op.f("fk_leads_introducer_office_id_offices")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_leads_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sa.UniqueConstraint("project_id", name=op.f("uq_leads_project_id")),
    )
    op.create_index(op.f("ix_leads_introducer_id"), "leads", ["introducer_id"], unique=False)
    op.create_table(
        "milestones",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "registered",
                "land",
                "filed",
                "eia",
                "permit",
                "listed",
                "funded",
                "started",
                "operating",
                name="milestonekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("amount_wan", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("evidence", sa.String(length=500), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(kind = 'funded') = (amount_wan is not null)", name=op.f("ck_milestones_amount")),
        sa.CheckConstraint("btrim(evidence) <> ''", name=op.f("ck_milestones_evidence")),
        sa.CheckConstraint(
            "counted_on is null or kind in ('started', 'operating')", name=op.f("ck_milestones_counted_on")
        ),
        sa.CheckConstraint("amount_wan > 0", name=op.f("ck_milestones_amount_wan")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_milestones_by_id_users")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_milestones_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
    )
    op.create_index("ix_milestones_project_id", "milestones", ["project_id", "kind", "on_day", "id"], unique=False)
    op.create_index(
        "uq_milestones_once",
        "milestones",
        ["project_id", "kind"],
        unique=True,
        postgresql_where=sa.text("kind <> 'funded'"),
    )
    op.create_table(
        "triages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum("pursue", "hold", "drop", name="decision", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(answered_on is null) = (btrim(answer) = '')", name=op.f("ck_triages_answer")),
        sa.CheckConstraint("btrim(grounds) <> ''", name=op.f("ck_triages_grounds")),
        sa.CheckConstraint("(answered_on is null) = (answered_by_id is null)", name=op.f("ck_triages_answered")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_triages_answered_by_id_users")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_triages_by_id_users")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_triages_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triages")),
    )
    op.create_index(op.f("ix_triages_project_id"), "triages", ["project_id"], unique=False)
    op.create_table(
        "agreement_reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "due_diligence",
                "fair",
                "legal",
                "fiscal",
                name="agreementreviewkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reviewer", sa.String(length=200), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column(
            "conclusion",
            sa.Enum(
                "passed",
                "with_changes",
                "refused",
                name="reviewconclusion",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("doc_number", sa.String(length=100), server_default="", nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(reviewer) <> ''", name=op.f("ck_agreement_reviews_reviewer")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_reviews_agreement_id_agreements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_reviews")),
    )
    op.create_index(op.f("ix_agreement_reviews_agreement_id"), "agreement_reviews", ["agreement_id"], unique=False)
    op.create_table(
        "agreement_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=300), server_default="", nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(wording) <> ''", name=op.f("ck_agreement_versions_wording")),
        sa.CheckConstraint("number > 0", name=op.f("ck_agreement_versions_number")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_versions_agreement_id_agreements")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_agreement_versions_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_versions")),
        sa.UniqueConstraint("agreement_id", "number", name=op.f("uq_agreement_versions_agreement_id_number")),
    )
    op.create_table(
        "opinions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("admission_id", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "for", "with_conditions", "against", name="grade", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("grade is null or grade = 'for' or btrim(comment) <> ''", name=op.f("ck_opinions_comment")),
        sa.CheckConstraint("(answered_at is null) = (answered_by_id is null)", name=op.f("ck_opinions_answered_by")),
        sa.CheckConstraint("(answered_at is null) = (grade is null)", name=op.f("ck_opinions_answered")),
        sa.ForeignKeyConstraint(["admission_id"], ["admissions.id"], name=op.f("fk_opinions_admission_id_admissions")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_opinions_answered_by_id_users")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_opinions_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinions")),
        sa.UniqueConstraint("admission_id", "office_id", name=op.f("uq_opinions_admission_id_office_id")),
    )
    op.create_index(op.f("ix_opinions_office_id"), "opinions", ["office_id"], unique=False)
    op.create_table(
        "promises",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("city", "company", name="side", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("clause", sa.String(length=50), server_default="", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("fulfilled_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("flagged_on", sa.Date(), nullable=True),
        sa.Column("flag_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("cleared_on", sa.Date(), nullable=True),
        sa.Column("clearing", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(cleared_on is null) = (btrim(clearing) = '')", name=op.f("ck_promises_clearing")),
        sa.CheckConstraint("(flagged_on is null) = (btrim(flag_reason) = '')", name=op.f("ck_promises_flag_reason")),
        sa.CheckConstraint("(fulfilled_on is null) = (btrim(evidence) = '')", name=op.f("ck_promises_evidence")),
        sa.CheckConstraint("btrim(body) <> ''", name=op.f("ck_promises_body")),
        sa.CheckConstraint("cleared_on is null or flagged_on is not null", name=op.f("ck_promises_cleared_after_flag")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_promises_agreement_id_agreements")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_promises_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
    )
    op.create_index(op.f("ix_promises_agreement_id"), "promises", ["agreement_id"], unique=False)
    op.create_index(
        "ix_promises_open",
        "promises",
        ["owner_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("fulfilled_on is null and flagged_on is null"),
    )
    op.create_table(
        "opinion_scores",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("opinion_id", sa.BigInteger(), nullable=False),
        sa.Column("criterion_id", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.CheckConstraint("score between 0 and weight", name=op.f("ck_opinion_scores_score")),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["admission_criteria.id"], name=op.f("fk_opinion_scores_criterion_id_admission_criteria")
        ),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinions.id"], name=op.f("fk_opinion_scores_opinion_id_opinions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_scores")),
        sa.UniqueConstraint("opinion_id", "criterion_id", name=op.f("uq_opinion_scores_opinion_id_criterion_id")),
    )
    op.create_index(op.f("ix_opinion_scores_criterion_id"), "opinion_scores", ["criterion_id"], unique=False)
    op.create_table(
        "opinion_vetoes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("opinion_id", sa.BigInteger(), nullable=False),
        sa.Column("veto_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinions.id"], name=op.f("fk_opinion_vetoes_opinion_id_opinions")),
        sa.ForeignKeyConstraint(
            ["veto_id"], ["admission_vetoes.id"], name=op.f("fk_opinion_vetoes_veto_id_admission_vetoes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_vetoes")),
        sa.UniqueConstraint("opinion_id", "veto_id", name=op.f("uq_opinion_vetoes_opinion_id_veto_id")),
    )
    op.create_index(op.f("ix_opinion_vetoes_veto_id"), "opinion_vetoes", ["veto_id"], unique=False)
    op.create_table(
        "wording_warnings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("promise_id", sa.BigInteger(), nullable=True),
        sa.Column("red_line_id", sa.BigInteger(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(length=300), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(answered_at is null) = (btrim(answer) = '')", name=op.f("ck_wording_warnings_answer")),
        sa.CheckConstraint(
            "(answered_at is null) = (answered_by_id is null)", name=op.f("ck_wording_warnings_answered_by")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_wording_warnings_agreement_id_agreements")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_wording_warnings_answered_by_id_users")
        ),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_wording_warnings_promise_id_promises")),
        sa.ForeignKeyConstraint(
            ["red_line_id"], ["red_lines.id"], name=op.f("fk_wording_warnings_red_line_id_red_lines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording_warnings")),
    )
    op.create_index(op.f("ix_wording_warnings_agreement_id"), "wording_warnings", ["agreement_id"], unique=False)
    op.create_index(op.f("ix_wording_warnings_promise_id"), "wording_warnings", ["promise_id"], unique=False)
    op.create_index(op.f("ix_wording_warnings_red_line_id"), "wording_warnings", ["red_line_id"], unique=False)
    for table in WIDENED:
        op.execute(f"drop trigger raise_version on {table}")
    op.add_column("gate_items", sa.Column("at_least_wan", sa.Numeric(precision=16, scale=4), nullable=True))
    op.add_column("stage_changes", sa.Column("reason_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_stage_changes_reason_id_reasons"), "stage_changes", "reasons", ["reason_id"], ["id"])
    op.add_column("stages", sa.Column("clock_days", sa.BigInteger(), nullable=True))
    op.add_column("status_changes", sa.Column("reason_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_status_changes_reason_id_reasons"), "status_changes", "reasons", ["reason_id"], ["id"]
    )
    op.create_check_constraint(op.f("ck_stages_clock_days"), "stages", "clock_days > 0")
    op.create_check_constraint(op.f("ck_gate_items_at_least_wan"), "gate_items", "at_least_wan > 0")
    allow_kinds(KINDS % ", 'rerouted'", "kind not in ('back', 'rerouted') or btrim(reason) <> ''")
    for table in WIDENED:
        op.execute(version_ddl(table, ["updated_at", "version"]))
    for table in (*UNVERSIONED, *VERSIONED):
        for statement in history_ddl(table, ["updated_at", "version"] if table in VERSIONED else []):
            op.execute(statement)
    for table in VERSIONED:
        op.execute(version_ddl(table, ["updated_at", "version"]))

    fill_defaults()


def fill_defaults() -> None:
    """What an installation begins with."""
    op.execute("select set_config('crm.actor', '0', true)")
    fill(
        "reasons",
        ("kind", "name", "ordinal"),
        [(k, name, i) for k, each in REASONS.items() for i, name in enumerate(each)],
    )
    fill("admission_criteria", ("name", "weight", "note", "ordinal"), [(*row, i) for i, row in enumerate(CRITERIA)])
    fill("admission_vetoes", ("name", "basis", "ordinal"), [(*row, i) for i, row in enumerate(VETOES)])
    fill("admission_levels", ("name", "at_least_wan"), LEVELS)
    columns = ("name", "words", "rule", "advice", "valid_from", "for_policies", "for_agreements")
    fill("red_lines", columns, RED_LINES)
    op.execute("update gate_items set fact = 'pursued' where fact = 'triage_note'")
    for phase, items in GATES.items():
        for number, (fact, condition) in enumerate(items):
            ask("phase = :phase", fact, condition, 100 + number, phase=phase)
    ask("name = :name", "milestone_registered", "makes_supply", 100, name="注册")


def fill(table: str, columns: tuple[str, ...], rows: list[tuple]) -> None:
    """Insert rows."""
    names = ", ".join(columns)
    values = ", ".join(f"cast(:{c} as date)" if c == "valid_from" else f":{c}" for c in columns)
    statement = sa.text(f"insert into {table} ({names}) values ({values})")  # noqa: S608 -- names stand above
    op.get_bind().execute(statement, [dict(zip(columns, row, strict=True)) for row in rows])


def ask(where: str, fact: str, condition: str, ordinal: int, **values: str) -> None:
    """Let the first stage of each route that `where` finds ask for a fact."""
    statement = f"""
        insert into gate_items (stage_id, fact, condition, ordinal)
        select distinct on (route_id) id, :fact, :condition, :ordinal from stages where {where}
        order by route_id, ordinal
    """  # noqa: S608 -- conditions stand above
    op.get_bind().execute(sa.text(statement), {"fact": fact, "condition": condition, "ordinal": ordinal, **values})


def allow_kinds(kinds: str, reason: str) -> None:
    """Say which kinds a change of stage may have, and which of them need a reason."""
    op.drop_constraint(op.f("ck_stage_changes_changekind"), "stage_changes", type_="check")
    op.drop_constraint(op.f("ck_stage_changes_reason"), "stage_changes", type_="check")
    op.create_check_constraint(op.f("ck_stage_changes_changekind"), "stage_changes", kinds)
    op.create_check_constraint(op.f("ck_stage_changes_reason"), "stage_changes", reason)


def downgrade() -> None:
    op.execute("select set_config('crm.actor', '0', true)")
    op.get_bind().execute(sa.text("delete from gate_items where fact = any(:facts)"), {"facts": ADDED})
    op.execute("update gate_items set fact = 'triage_note' where fact = 'pursued'")
    op.execute("update stage_changes set kind = 'back' where kind = 'rerouted'")
    allow_kinds(KINDS % "", "kind <> 'back' or btrim(reason) <> ''")
    for table in WIDENED:
        op.execute(f"drop trigger raise_version on {table}")
    op.drop_constraint(op.f("fk_status_changes_reason_id_reasons"), "status_changes", type_="foreignkey")
    op.drop_column("status_changes", "reason_id")
    op.drop_column("stages", "clock_days")
    op.drop_constraint(op.f("fk_stage_changes_reason_id_reasons"), "stage_changes", type_="foreignkey")
    op.drop_column("stage_changes", "reason_id")
    op.drop_column("gate_items", "at_least_wan")
    op.drop_index(op.f("ix_wording_warnings_red_line_id"), table_name="wording_warnings")
    op.drop_index(op.f("ix_wording_warnings_promise_id"), table_name="wording_warnings")
    op.drop_index(op.f("ix_wording_warnings_agreement_id"), table_name="wording_warnings")
    op.drop_table("wording_warnings")
    op.drop_index(op.f("ix_opinion_vetoes_veto_id"), table_name="opinion_vetoes")
    op.drop_table("opinion_vetoes")
    op.drop_index(op.f("ix_opinion_scores_criterion_id"), table_name="opinion_scores")
    op.drop_table("opinion_scores")
    op.drop_index(
        "ix_promises_open",
        table_name="promises",
        postgresql_where=sa.text("fulfilled_on is null and flagged_on is null"),
    )
    op.drop_index(op.f("ix_promises_agreement_id"), table_name="promises")
    op.drop_table("promises")
    op.drop_index(op.f("ix_opinions_office_id"), table_name="opinions")
    op.drop_table("opinions")
    op.drop_table("agreement_versions")
    op.drop_index(op.f("ix_agreement_reviews_agreement_id"), table_name="agreement_reviews")
    op.drop_table("agreement_reviews")
    op.drop_index(op.f("ix_triages_project_id"), table_name="triages")
    op.drop_table("triages")
    op.drop_index("uq_milestones_once", table_name="milestones", postgresql_where=sa.text("kind <> 'funded'"))
    op.drop_index("ix_milestones_project_id", table_name="milestones")
    op.drop_table("milestones")
    op.drop_index(op.f("ix_leads_introducer_id"), table_name="leads")
    op.drop_table("leads")
    op.drop_index("uq_dispatches_open", table_name="dispatches", postgresql_where=sa.text("answered_at is null"))
    op.drop_index(op.f("ix_dispatches_project_id"), table_name="dispatches")
    op.drop_index(op.f("ix_dispatches_office_id"), table_name="dispatches")
    op.drop_index(op.f("ix_dispatches_by_id"), table_name="dispatches")
    op.drop_table("dispatches")
    op.drop_index(op.f("ix_agreements_project_id"), table_name="agreements")
    op.drop_table("agreements")
    op.drop_index("uq_admissions_open", table_name="admissions", postgresql_where=sa.text("outcome is null"))
    op.drop_index(op.f("ix_admissions_project_id"), table_name="admissions")
    op.drop_table("admissions")
    op.drop_table("red_lines")
    op.drop_table("reasons")
    op.drop_table("admission_vetoes")
    op.drop_table("admission_levels")
    op.drop_table("admission_criteria")
    for table in WIDENED:
        op.execute(version_ddl(table, ["updated_at", "version"]))
