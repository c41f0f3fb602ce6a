"""What is to know of an event and its guests."""

from crm.chain.models import Chain
from crm.database import N_
from crm.landing.entries import DEMO, SOURCE, CompanyLink, Noun, choice, day, line, link, owned_by, prose, whole, yes
from crm.landing.events.models import Event, EventKind, Guest

EVENT = Noun(
    "event",
    "events",
    N_("招商活动"),
    Event,
    (
        line("name", N_("活动名称"), words="活动名称 活动", required=True, identity=True),
        choice("kind", N_("类型"), EventKind, EventKind.PROMOTION, words="类型 活动类型"),
        day("starts_on", N_("开始日期"), words="开始日期 日期", required=True, identity=True),
        day("ends_on", N_("结束日期"), words="结束日期"),
        line("place", N_("地点"), words="地点"),
        line("host", N_("主办单位"), words="主办单位"),
        link("chain", N_("产业链"), Chain, words="产业链"),
        prose("summary", N_("活动简介"), words="活动简介 简介"),
        DEMO,
        SOURCE,
    ),
    refusals={"ck_events_ends_on": N_("结束日期不能早于开始日期。")},
)
GUEST = Noun(
    "guest",
    "guests",
    N_("来宾"),
    Guest,
    (
        owned_by(EVENT),
        link("company", N_("企业"), CompanyLink(), words="企业名称 企业", identity=True),
        line("unit", N_("其他单位"), words="其他单位 单位", identity=True, hint=N_("名录里没有的单位写在这里")),
        whole("people", N_("人数"), 1, 10_000, words="人数"),
        yes("is_lead", N_("形成线索"), words="形成线索 线索"),
        line("lead", N_("线索内容"), 500, words="线索内容 意向"),
    ),
    title="name",
    parent="event",
    refusals={"ck_event_guests_who": N_("请选择企业，或写明单位名称。")},
)
