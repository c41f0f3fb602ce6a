"""Names and codes of companies that do not exist, as many as are asked for, the same at every run."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

#: Cities with their codes, municipalities with their province's; the bench's own city is Zhongshan, 4420.
CITIES = {
    "深圳": "4403", "广州": "4401", "苏州": "3205", "杭州": "3301", "上海": "31", "北京": "11", "合肥": "3401",
    "武汉": "4201", "成都": "5101", "西安": "6101", "南京": "3201", "宁波": "3302", "无锡": "3202", "东莞": "4419",
    "佛山": "4406", "厦门": "3502", "青岛": "3702", "长沙": "4301", "重庆": "50", "天津": "12",
}  # fmt: skip
HOME = ("中山", "4420")
CHARACTERS = (
    "华大族天海中新创智能光电科芯微联合众诚信达瑞宏远恒泰金银铜铁钢锂钠氢能源动力机器人控制系统云数算网通讯安全精密模具材料"
    "生物医药健康食品农业环保水务航空航天船舶汽车轨道交通"
)
TRADES = (
    "激光", "半导体", "新能源", "机器人", "生物医药", "新材料", "智能装备", "电子信息", "汽车零部件", "航空", "软件",
    "储能", "光伏", "医疗器械", "精密仪器",
)  # fmt: skip
FORMS = ("科技有限公司", "股份有限公司", "有限公司", "集团有限公司", "智能科技有限公司")
PRODUCTS = (
    "激光器切割机焊接控制器传感模组伺服电机减速关节电池正极负极隔膜电解液芯片封装测试晶圆光刻胶靶材导轨丝杠轴承液压阀"
)
CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True)
class Made:
    """A made-up company."""

    number: int
    name: str
    uscc: str
    city_code: str
    products: str
    is_local: bool


def companies(first: int, last: int, locals_in: int) -> Iterator[Made]:
    """Companies number `first` up to `last`; one in `locals_in` is of the city itself.

    Each is made from its own number, so that parts can be made side by side.
    """
    cities = list(CITIES.items())
    for number in range(first, last):
        made = random.Random(number)
        is_local = number % locals_in == 0
        city, code = HOME if is_local else made.choice(cities)
        middle = "".join(made.choices(CHARACTERS, k=made.randint(2, 6)))
        yield Made(
            number=number,
            name=(city + middle + made.choice(TRADES) + made.choice(FORMS))[:20],
            uscc=f"91{code:0<4}{made.randint(0, 999):03d}{number:07d}{''.join(made.choices(CODE_CHARACTERS, k=2))}",
            city_code=code,
            products="、".join("".join(made.choices(PRODUCTS, k=made.randint(4, 7))) for _ in range(4)),
            is_local=is_local,
        )
