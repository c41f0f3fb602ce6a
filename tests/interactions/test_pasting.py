"""What is read from a paragraph of a chat: proposals by rules."""

from datetime import date, time

import pytest
import time_machine

from crm.companies.models import CompanyAlias
from crm.database import db
from crm.interactions.models import InteractionKind
from crm.interactions.pasting import read
from crm.interactions.spoken import days_in, time_in
from tests import factories

#: A Tuesday.
TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel("2026-11-24T15:00:00+08:00", tick=False):
        yield


@pytest.fixture
def officer(session):
    office = factories.Office()
    factories.User(display_name="陈小明", office=office)
    return factories.User(display_name="李专员", office=office)


@pytest.fixture
def star(officer):
    company = factories.Company(owner=officer, name="示例星河激光有限公司", name_key="示例星河激光有限公司")
    factories.Contact(company=company, name="王建国", title="董事长")
    factories.Contact(company=company, name="杨女士", title="投资总监")
    return company


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("今天去了", (2026, 11, 24)),
        ("昨天下午", (2026, 11, 23)),
        ("前天", (2026, 11, 22)),
        ("大前天", (2026, 11, 21)),
        ("昨晚", (2026, 11, 23)),
        ("周三去了", (2026, 11, 18)),
        ("星期一", (2026, 11, 23)),
        ("周二", (2026, 11, 24)),
        ("上周五", (2026, 11, 20)),
        ("本周一", (2026, 11, 23)),
        ("礼拜天", (2026, 11, 22)),
        ("11月20日", (2026, 11, 20)),
        ("11月20号", (2026, 11, 20)),
        ("12月3日", (2025, 12, 3)),
        ("11/20", (2026, 11, 20)),
        ("20号", (2026, 11, 20)),
        ("28号", (2026, 10, 28)),
        ("三天前", (2026, 11, 21)),
        ("2周前", (2026, 11, 10)),
        ("2026年11月5日", (2026, 11, 5)),
        ("2026-11-05", (2026, 11, 5)),
        ("2026.11.5", (2026, 11, 5)),
        ("二〇二四年三月五日", (2024, 3, 5)),
        ("二零二六年十一月二十日", (2026, 11, 20)),
        ("十一月二十", (2026, 11, 20)),
    ],
)
def test_days_that_were(text, day):
    [spoken] = days_in(text)
    assert spoken.day(TODAY, ahead=False) == date(*day)
    assert not spoken.is_ahead


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("明天", (2026, 11, 25)),
        ("后天", (2026, 11, 26)),
        ("周五前", (2026, 11, 27)),
        ("周一之前", (2026, 11, 30)),
        ("下周三", (2026, 12, 2)),
        ("下下周一", (2026, 12, 7)),
        ("三天后", (2026, 11, 27)),
        ("两周内", (2026, 12, 8)),
        ("12月1日前", (2026, 12, 1)),
        ("1月5日前", (2027, 1, 5)),
        ("3号前", (2026, 12, 3)),
        ("月底", (2026, 11, 30)),
        ("下周", (2026, 12, 4)),
        ("年底", (2026, 12, 31)),
        ("下月初", (2026, 12, 5)),
        ("下个月中", (2026, 12, 15)),
        ("明年一季度", (2027, 3, 31)),
    ],
)
def test_days_that_come(text, day):
    [spoken] = days_in(text)
    assert spoken.day(TODAY, ahead=True) == date(*day)
    assert spoken.is_ahead


@pytest.mark.parametrize(
    ("text", "day"), [("12 月 3 日", (2026, 12, 3)), ("2月底", (2027, 2, 28)), ("12月中旬", (2026, 12, 20))]
)
def test_days_with_blanks_and_parts_of_a_named_month(text, day):
    [spoken] = days_in(text)
    assert spoken.day(TODAY, ahead=True) == date(*day)


@pytest.mark.parametrize("text", ["投资3.5亿", "50亩", "二月三十日那天", "第二期", "2月30日", "13/45"])
def test_what_is_no_day(text):
    assert [day for spoken in days_in(text) if (day := spoken.day(TODAY, ahead=False))] == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("下午三点半", time(15, 30)),
        ("上午9点", time(9)),
        ("15:32", time(15, 32)),
        ("15：05", time(15, 5)),
        ("晚上8点一刻", time(20, 15)),
        ("下午2点40分", time(14, 40)),
        ("十点", time(10)),
        ("确认三点：地块、价格", None),
        ("25:30", None),
        ("没有时间", None),
    ],
)
def test_times(text, at):
    assert time_in(text) == at


def test_a_paragraph_fills_the_form(officer, star):
    said = "昨天下午三点和陈小明去了示例星河激光，见了王总和刘工（研发），谈到二期扩产。下周三前寄送供地方案。"
    found = read(said, officer)
    assert found.summary == said
    assert (found.day, found.at, found.company) == (date(2026, 11, 23), time(15), star)
    assert [person.name for person in found.contacts] == ["王建国"]
    assert [user.display_name for user in found.officers] == ["陈小明"]
    assert found.other_people == "刘工（研发）"
    assert (found.next_step, found.next_step_on) == ("下周三前寄送供地方案", date(2026, 12, 2))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("王董在总部接待，加了微信，会议室里谈的", {"kind": None}),
        ("样品线 12 月 10 日投产", {"day": None}),
        ("李专员 2026-11-20 15:32\n今天走访，气氛不错", {"day": date(2026, 11, 20)}),
        ("李专员 11月20日 15:32:10\n昨天走访", {"day": date(2026, 11, 19)}),
        ("[2026/11/20 15:32] 打了个电话", {"day": date(2026, 11, 20), "kind": InteractionKind.CALL, "at": None}),
        ("对方来访，接待了张总", {"kind": InteractionKind.RECEPTION, "other_people": "张总"}),
        ("展会上碰到", {"kind": InteractionKind.EXHIBITION, "day": None}),
        ("微信聊了几句", {"kind": InteractionKind.WECHAT}),
        ("谈得不错。下一步：约总经理来访", {"next_step": "约总经理来访", "next_step_on": None}),
        (
            "后续要对接供电部门，12月1日前答复",
            {"next_step": "对接供电部门，12月1日前答复", "next_step_on": date(2026, 12, 1)},
        ),
        ("看了总部和工业园，总投资3亿", {"other_people": "", "day": None}),
        ("周三去看了地块，说周五给答复", {"day": date(2026, 11, 18)}),
        ("见到何总监、马副总经理", {"other_people": "何总监、马副总经理"}),
        ("", {"day": None, "companies": [], "next_step": ""}),
    ],
)
def test_what_is_read(officer, text, wanted):
    found = read(text, officer)
    assert {key: getattr(found, key) for key in wanted} == wanted


def test_one_s_own_company_is_told_by_a_part_of_its_name(officer, star):
    assert read("今天去星河激光看了看", officer).company == star


def test_a_short_name_tells_any_company(officer):
    other = factories.Company(name="示例北辰光纤有限公司", name_key="示例北辰光纤有限公司")
    other.aliases.append(CompanyAlias(alias="北辰", alias_key="北辰"))
    db.session.flush()
    assert read("周一拜访北辰", officer).company == other


def test_two_that_it_may_be_are_both_offered(officer):
    for name in ("示例远航激光有限公司", "示例远航激光装备有限公司"):
        factories.Company(owner=officer, name=name, name_key=name)
    found = read("今天去远航激光", officer)
    assert len(found.companies) == 2
    assert found.company is None


def test_a_name_within_a_longer_one_does_not_count(officer):
    for name in ("示例远航", "示例远航激光装备有限公司"):
        factories.Company(name=name, name_key=name)
    assert [company.name for company in read("到了示例远航激光装备有限公司", officer).companies] == [
        "示例远航激光装备有限公司"
    ]


def test_an_unknown_full_name_is_kept_as_typed(officer):
    assert read("今天走访了示例新光激光有限公司，初次见面", officer).unknown_company == "示例新光激光有限公司"
