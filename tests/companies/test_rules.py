"""Fields of companies and contacts: what is understood, and what is refused with which sentence."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.chain.models import Division
from crm.companies import places, rules
from crm.errors import RuleError

GOOD = "91110000600037341L"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("大族 激光", "大族激光"),
        ("深圳市示例(集团)有限公司", "深圳市示例（集团）有限公司"),
        ("  Example   Inc. ", "Example Inc."),
        ("　示例激光　", "示例激光"),
        ("示\u200b例激光", "示例激光"),
        ("无", ""),
        ("—", ""),
        ("", ""),
        ("1、示例激光有限公司", "示例激光有限公司"),
        ("(12)示例激光", "示例激光"),
        ("①示例激光★", "示例激光"),
        ("“示例激光”", "示例激光"),
        ("示例激光\n科技有限公司", "示例激光科技有限公司"),
        ("示例有限公司、深圳分公司", "示例有限公司、深圳分公司"),
        ("3M中国有限公司", "3M中国有限公司"),
        ("*ST示例", "*ST示例"),
        ("58同城", "58同城"),
    ],
)
def test_names(text, value):
    assert rules.name(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "1", "（）", "…", "示" * 201, "示例甲有限公司、示例乙有限公司", "示例甲有限公司\n示例乙有限公司",
        f"示例有限公司（{GOOD}）", f"示例有限公司 {GOOD.lower()}",
    ],
)  # fmt: skip
def test_names_refused(text):
    with pytest.raises(RuleError):
        rules.name(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (GOOD, GOOD),
        ("9111 0000 6000 3734 1l", GOOD),
        ("９１１１００００６０００３７３４１Ｌ", GOOD),
        ("91110000-600037341-L", GOOD),
        ("91000000DEM000013G", "91000000DEM000013G"),
        ("", None),
        ("暂无", None),
    ],
)
def test_codes(text, value):
    assert rules.uscc(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("91110000600037341A", "校验位"),
        ("911100006000373", "18 位"),
        ("9.1111E+17", "文本格式"),
        ("9111000060003734OL", "I、O、S、V、Z"),
        ("９１１１００００６０００３７３４１", "17"),
    ],
)
def test_codes_refused_with_the_reason(text, reason):
    with pytest.raises(RuleError) as refusal:
        rules.uscc(text)
    assert reason in refusal.value.message.replace("%(length)d", str(refusal.value.details.get("length")))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("广东省深圳市", "4403"),
        ("深圳", "4403"),
        ("广东", "44"),
        ("广东 深圳市 南山区", "440305"),
        ("广东省-深圳市", "4403"),
        ("北京市", "11"),
        ("北京朝阳区", "110105"),
        ("辽宁省朝阳市", "2113"),
        ("吉林", "22"),
        ("吉林省吉林市", "2202"),
        ("440300", "4403"),
        ("4403", "4403"),
        ("440000", "44"),
        ("中山市火炬开发区", "4420"),
        ("苏州工业园区", "320576"),
        ("湖北省仙桃市", "429004"),
        ("中国广东省深圳市", "4403"),
        ("台湾", "71"),
        ("台湾省新竹市", "71"),
        ("中国香港", "81"),
        ("香港特别行政区", "81"),
        ("澳门", "82"),
        ("Hong Kong", "81"),
        ("810000", "81"),
        ("德国", "DE"),
        ("德国 迪琴根", "DE"),
        ("Germany", "DE"),
        ("united states", "US"),
        ("阿联酋", "AE"),
        ("辽宁黑山县", "210726"),  # not 黑山, the country
        ("黑山县", "210726"),
        ("内蒙古", "15"),
        ("蒙古", "MN"),
        ("", None),
        ("不详", None),
    ],
)
def test_places(text, code):
    assert rules.place(text) == code


def test_each_place_that_a_text_may_name_can_be_stored(session):
    assert dict(session.execute(select(Division.code, Division.name)).all()) == places.names()


@pytest.mark.parametrize("text", ["火星", "鼓楼区", "999999", "市辖区", "巴西路12号", "中国", "境外", "DEU"])
def test_places_refused(text):
    with pytest.raises(RuleError):
        rules.place(text)


@pytest.mark.parametrize(
    ("code", "city", "name"),
    [
        ("440305", "4403", "广东省深圳市南山区"),
        ("44", "44", "广东省"),
        ("110105", "11", "北京市朝阳区"),
        ("31", "31", "上海市"),
        ("429004", "4290", "湖北省仙桃市"),
        ("81", "81", "香港特别行政区"),
        ("DE", "DE", "德国"),
        (None, None, ""),
    ],
)
def test_the_city_and_the_name_of_a_place(code, city, name):
    assert places.city_of(code) == city
    assert places.full_name(code) == name


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("13800138000.0", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("10000000001", "10000000001"),
        ("0760-88880000", "0760-88880000"),
        ("(0760)8888-0000", "0760-88880000"),
        ("076088880000", "0760-88880000"),
        ("86-0760-88880000", "0760-88880000"),
        ("0760-88880000转801", "0760-88880000-801"),
        ("010-12345678", "010-12345678"),
        ("4001234567", "400-123-4567"),
        ("+852 1234 5678", "+85212345678"),
        ("+86-755-88880000", "0755-88880000"),
        ("TEL: 138 0013 8000", "13800138000"),
        ("手机：13800138000", "13800138000"),
        ("", None),
        ("无", None),
    ],
)
def test_phones(text, number):
    assert rules.phone(text) == number


@pytest.mark.parametrize("text", ["1.38E+10", "13800138000/13900139000", "77770000", "打不通", "138001380001"])
def test_phones_refused_without_repeating_them(text):
    with pytest.raises(RuleError) as refusal:
        rules.phone(text)
    assert text not in refusal.value.message
    assert not refusal.value.details


@pytest.mark.parametrize(
    ("text", "count"),
    [("约500人", 500), ("1,200余人", 1200), ("300+", 300), ("200人以上", 200), ("80", 80), ("无", None)],
)
def test_employees(text, count):
    assert rules.employees(text) == count


@pytest.mark.parametrize("text", ["100-200人", "几百人", "约", "-3"])
def test_employees_refused(text):
    with pytest.raises(RuleError):
        rules.employees(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("www.example.com", "https://www.example.com"),
        ("http://example.com/a?b=c", "http://example.com/a?b=c"),
        ("", ""),
        ("无", ""),
    ],
)
def test_websites(text, address):
    assert rules.website(text) == address


@pytest.mark.parametrize("text", ["javascript:alert(1)", "ftp://example.com", 'http://a.com/"onclick=x', "示例"])
def test_websites_refused(text):
    with pytest.raises(RuleError):
        rules.website(text)


def test_other_names_are_split_and_judged():
    assert rules.aliases("大族；大族 激光、大族\nHan's Laser") == ["大族", "大族激光", "Han's Laser"]
    with pytest.raises(RuleError):
        rules.aliases("；".join(f"示例{i}" for i in range(21)))


def test_amounts_keep_their_unit():
    assert rules.FIELDS["capital_wan"]("1.2亿") == Decimal(12_000)
    assert rules.FIELDS["employees"]("1,200") == 1_200
    with pytest.raises(RuleError):
        rules.FIELDS["employees"]("-1")
