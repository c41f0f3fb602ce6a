"""Messages as officers write them to a group: what the rules propose of each. People and companies are invented."""

# ruff: noqa: E501 -- characters count double, and messages are long

from dataclasses import dataclass
from datetime import date, time

import pytest
import time_machine

from crm.companies.models import CompanyAlias
from crm.interactions.models import InteractionKind
from crm.interactions.pasting import read
from tests import factories

MON, TUE, WED, FRI = (date(2026, 11, day) for day in (23, 24, 25, 27))


@dataclass(frozen=True)
class Message:
    """A message of Tuesday, 24 November 2026, with what a person would fill in."""

    text: str
    day: date | None = None
    at: time | None = None
    kind: InteractionKind | None = None
    company: str = ""
    unknown: str = ""
    met: str = ""
    others: str = ""
    ours: str = ""
    step: str = ""
    due: date | None = None


MESSAGES = [
    Message(
        "各位领导，今天上午10点我和小明到示例星河激光拜访，王董亲自接待，谈了一个半小时。企业二期想扩 2 万平厂房，用电要"
        " 3000kVA，对我们激光园的位置比较满意，主要顾虑是供电什么时候到位。杨总监说周五之前把用地需求表发过来，"
        "我这边明天把园区图纸和电价政策发她。",
        day=TUE, at=time(10), company="示例星河激光有限公司", met="王建国、杨女士", ours="陈小明",
        step="我这边明天把园区图纸和电价政策发她", due=WED,
    ),
    Message(
        "黄静 11-20 17:45\n刚跟北辰光纤的李厂长通完电话，他们第二条拉丝线设备已经订了，明年 3 月到货，厂房还没定。对方问能不能"
        "先租后买，我说回去问一下园区。下周二约了他过来看厂房。",
        day=date(2026, 11, 20), kind=InteractionKind.CALL, company="示例北辰特种光纤有限公司", others="李厂长",
        step="下周二约了他过来看厂房", due=TUE,
    ),
    Message(
        "11月18号下午，瀚海光电张总、市场部刘经理一行5人来我局座谈，陈科主持。对方介绍了在武汉和苏州的布局，计划在华南设生产"
        "基地，投资约 3 亿元，需要 50 亩地，希望年内选址。会后带他们看了火炬区两块地。后续：1、本周内把两块地的红线图给对方；"
        "2、12 月 5 日前回访苏州总部。",
        day=date(2026, 11, 18), kind=InteractionKind.RECEPTION, company="示例瀚海光电股份有限公司", others="张总、刘经理",
        ours="陈科", step="1、本周内把两块地的红线图给对方；2、12 月 5 日前回访苏州总部", due=FRI,
    ),
    Message(
        "领导好，汇报一下：昨天和招商二科黄静一起去东莞，上午走访示例远航激光装备有限公司，见到总经理周敏和财务负责人。"
        "远航计划明年把售后中心搬过来，先要 2000 平写字楼，年租金希望 25 元以内。打算下月初请周总来看现场。",
        day=MON, company="示例远航激光装备有限公司", others="周敏", ours="黄静",
        step="打算下月初请周总来看现场", due=date(2026, 12, 5),
    ),
    Message(
        "李专员 2026/11/19 下午6:12\n今天参加高交会，在瀚海光电展位碰到市场总监何琳，加了微信。他们主要做光通信模块，目前在找"
        " 1 万平左右厂房。她让我先发资料，约下周找时间去公司拜访。",
        day=date(2026, 11, 19), kind=InteractionKind.EXHIBITION, company="示例瀚海光电股份有限公司", others="何琳",
        step="她让我先发资料，约下周找时间去公司拜访", due=FRI,
    ),
    Message(
        "@所有人 前天（周日）在北辰光纤和他们董秘沈女士吃了个便饭，聊到上市募投项目，可能放一部分产能到中山，但董事会 12 月中旬"
        "才开。要我们先给一份税收测算，争取这周五前给她。",
        day=date(2026, 11, 22), company="示例北辰特种光纤有限公司", others="沈女士",
        step="要我们先给一份税收测算，争取这周五前给她", due=FRI,
    ),
    Message(
        "下午三点到示例星河激光有限公司现场办公，一并去的有供电局、火炬区经发局的同志。企业反映：1.双回路什么时候通；2.员工子女"
        "入学。王董表态只要明年 6 月供电到位，二期马上签。我们答应月底前给书面答复。",
        at=time(15), company="示例星河激光有限公司", met="王建国",
        step="我们答应月底前给书面答复", due=date(2026, 11, 30),
    ),
    Message(
        "和瀚海光电李博士微信沟通：①样品线 12 月 10 日投产；②想了解人才补贴；③暂不考虑外迁总部。我已把人才政策链接发给他。",
        kind=InteractionKind.WECHAT, company="示例瀚海光电股份有限公司", others="李博士",
    ),
    Message(
        "今天跟镇里的同志拜访了示例南斗智能装备有限公司，董事长兼总经理郭志强、行政副总林小姐接待。公司2015年成立，做激光切割头，"
        "员工120多人，去年产值1.8亿。目前租的厂房明年8月到期，有意向买地自建，意向20亩左右。郭总12月8号来中山出差，届时安排局领导"
        "会见，请办公室协助。",
        day=TUE, unknown="示例南斗智能装备有限公司", others="郭志强、林小姐",
        step="郭总12月8号来中山出差，届时安排局领导会见，请办公室协助", due=date(2026, 12, 8),
    ),
    Message(
        "【走访记录】时间：2026年11月17日上午9:30 地点：示例星河激光有限公司会议室 参加：我局李专员、黄静；企业方：王建国董事长、"
        "设备部谭工 内容：企业现有产线饱和，拟扩产 30%，希望协调 110kV 变电站进度。下步：1）对接供电局，11月27日前反馈；"
        "2）邀请企业参加12月4日产业推介会。",
        day=date(2026, 11, 17), at=time(9, 30), company="示例星河激光有限公司", met="王建国", others="谭工", ours="黄静",
        step="1）对接供电局，11月27日前反馈；2）邀请企业参加12月4日产业推介会", due=FRI,
    ),
    Message(
        "今早和北辰光纤开视频会，对方李厂长、采购小赵。确认三点：设备清单已给；环评委托了第三方；12月15日之前交可研。",
        day=TUE, kind=InteractionKind.MEETING, company="示例北辰特种光纤有限公司", others="李厂长、小赵",
        step="12月15日之前交可研", due=date(2026, 12, 15),
    ),
    Message(
        "示例瀚海那边今天来电话了，说董事会没通过，项目先放一放，明年一季度再议。",
        day=TUE, kind=InteractionKind.CALL, company="示例瀚海光电股份有限公司",
        step="明年一季度再议", due=date(2027, 3, 31),
    ),
]  # fmt: skip


@pytest.fixture
def officer(session):
    office = factories.Office()
    for name in ("陈小明", "黄静", "陈科"):
        factories.User(display_name=name, office=office)
    officer = factories.User(display_name="李专员", office=office)
    for name, short in (("示例北辰特种光纤", "北辰光纤"), ("示例瀚海光电股份", "瀚海光电"), ("示例远航激光装备", "")):
        full = f"{name}有限公司"
        company = factories.Company(owner=officer, name=full, name_key=full)
        company.aliases += [CompanyAlias(alias=short, alias_key=short)] if short else []
    star = factories.Company(owner=officer, name="示例星河激光有限公司", name_key="示例星河激光有限公司")
    factories.Contact(company=star, name="王建国", title="董事长")
    factories.Contact(company=star, name="杨女士", title="投资总监")
    session.flush()
    return officer


@pytest.mark.parametrize("message", MESSAGES, ids=range(1, len(MESSAGES) + 1))
def test_what_is_proposed(officer, message):
    with time_machine.travel("2026-11-24T19:00:00+08:00", tick=False):
        found = read(message.text, officer)
    proposed = Message(
        message.text,
        day=found.day,
        at=found.at,
        kind=found.kind,
        company=found.company.name if found.company else "",
        unknown=found.unknown_company,
        met="、".join(person.name for person in found.contacts),
        others=found.other_people,
        ours="、".join(user.display_name for user in found.officers),
        step=found.next_step,
        due=found.next_step_on,
    )
    assert proposed == message
