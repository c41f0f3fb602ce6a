"""What is to know of a park, its parcels and buildings."""

from crm.database import N_
from crm.landing.entries import (
    DEMO,
    SOURCE,
    Noun,
    choice,
    day,
    line,
    m2,
    mu,
    number,
    owned_by,
    prose,
    wan,
    whole,
    words,
    yes,
)
from crm.landing.parks.models import Building, Parcel, Park, Supply

PARK = Noun(
    "park",
    "parks",
    N_("园区"),
    Park,
    (
        line("name", N_("园区名称"), words="园区名称 园区", required=True, identity=True),
        line("town", N_("镇街"), 100, words="镇街 所在镇街"),
        words("themes", N_("主题产业"), words="主题产业 主导产业", hint=N_("产业链或环节的名称，用顿号分开")),
        mu("planned_mu", N_("规划面积"), words="规划面积"),
        yes("planned_is_about", N_("规划面积约数"), words="规划面积约数"),
        mu("free_mu", N_("可供用地"), words="可供用地 可供用地面积", hint=N_("现在能预留的土地，不是规划面积")),
        m2("free_floor_m2", N_("可供厂房"), words="可供厂房 标准厂房 可供厂房面积"),
        day("counted_on", N_("可供数据日期"), words="可供数据日期 数据日期"),
        wan("min_intensity_wan", N_("投资强度门槛"), words="投资强度门槛 投资强度", hint=N_("每亩固定资产投资")),
        wan("min_tax_wan", N_("亩均税收门槛"), words="亩均税收门槛 亩均税收"),
        number("min_plot_ratio", N_("容积率门槛"), 2, 99, words="容积率门槛 容积率"),
        prose("utilities", N_("配套条件"), words="配套条件 配套"),
        prose("introduction", N_("园区简介"), words="园区简介 简介"),
        DEMO,
        SOURCE,
    ),
    refusals={
        "ck_parks_free_within_planned": N_("可供用地不能超过规划面积。"),
        "CRM05": N_("已预留的面积超过了这个数，请先释放预留。"),
    },
)
PARCEL = Noun(
    "parcel",
    "parcels",
    N_("地块"),
    Parcel,
    (
        owned_by(PARK),
        line("name", N_("地块名称"), words="地块名称 地块 地块编号", required=True, identity=True),
        mu("area_mu", N_("地块面积"), words="地块面积 面积"),
        number("plot_ratio", N_("容积率"), 2, 99, words="容积率"),
        choice("status", N_("状态"), Supply, Supply.FREE, words="状态 供地状态"),
        day("ready_on", N_("可交付日期"), words="可交付日期 交付日期"),
        prose("utilities", N_("水电气条件"), words="水电气条件 配套"),
        prose("note", N_("备注"), words="备注 说明"),
    ),
    parent="park",
)
BUILDING = Noun(
    "building",
    "buildings",
    N_("厂房"),
    Building,
    (
        owned_by(PARK),
        line("name", N_("厂房名称"), words="厂房名称 厂房 楼栋", required=True, identity=True),
        m2("floor_m2", N_("厂房面积"), words="厂房面积 建筑面积 面积"),
        whole("floors", N_("层数"), 1, 200, words="层数"),
        number("load_t_m2", N_("楼面荷载"), 2, 100, words="楼面荷载 荷载", unit="t/㎡"),
        number("height_m", N_("层高"), 2, 100, words="层高 净高", unit="m"),
        choice("status", N_("状态"), Supply, Supply.FREE, words="状态 可租状态"),
        day("ready_on", N_("可交付日期"), words="可交付日期 交付日期"),
        prose("utilities", N_("水电气条件"), words="水电气条件 配套"),
        prose("note", N_("备注"), words="备注 说明"),
    ),
    parent="park",
)
