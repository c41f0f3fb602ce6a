"""What people type and which company must come first, among the real listed companies and laser firms."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crm.companies.models import Company, CompanyAlias
from crm.companies.naming import name_key, pinyin_key
from crm.companies.queries import best
from crm.tokens import index_text
from tests import factories

pytestmark = pytest.mark.real

HAN, RAYCUS, HGTECH = "大族激光科技产业集团股份有限公司", "武汉锐科光纤激光技术股份有限公司", "华工科技产业股份有限公司"
JPT, INNO, DELPHI = "深圳市杰普特光电股份有限公司", "英诺激光科技股份有限公司", "苏州德龙激光股份有限公司"
ADVANCED, CASTECH, UW = "珠海光库科技股份有限公司", "福建福晶科技股份有限公司", "深圳市联赢激光股份有限公司"
HYMSON, DR, EVERBRIGHT = (
    "海目星激光科技集团股份有限公司",
    "武汉帝尔激光科技股份有限公司",
    "苏州长光华芯光电技术股份有限公司",
)
FOCUSLIGHT, FRIENDESS, BJJCZ = "西安炬光科技股份有限公司", "上海柏楚电子科技股份有限公司", "北京金橙子科技股份有限公司"
APPOTRONICS, YIFEI, UNION = "深圳光峰科技股份有限公司", "武汉逸飞激光股份有限公司", "中山联合光电科技股份有限公司"
OPTOWIDE, BLT, NEWTECH = "腾景科技股份有限公司", "西安铂力特增材技术股份有限公司", "深圳市大族数控科技股份有限公司"
WAVELENGTH, SUNNY, YONGXIN = "南京波长光电科技股份有限公司", "浙江水晶光电科技股份有限公司", "宁波永新光学股份有限公司"
XIAMEN_GCO, CHANGSHA_ZL, YUANJIE = "厦门乾照光电股份有限公司", "中联重科股份有限公司", "陕西源杰半导体科技股份有限公司"
AUPU, HTGD, JINGHUA = "长春奥普光电技术股份有限公司", "江苏亨通光电股份有限公司", "浙江京华激光科技股份有限公司"
MINGYANG, LEINING, CHIXIN = "明阳智慧能源集团股份公司", "莱赛激光科技股份有限公司", "武汉奇致激光技术股份有限公司"
BYD, CATL, MIDEA = "比亚迪股份有限公司", "宁德时代新能源科技股份有限公司", "美的集团股份有限公司"
GREE, PINGAN, BOE = "珠海格力电器股份有限公司", "平安银行股份有限公司", "京东方科技集团股份有限公司"

#: (what is typed, the company that must come first). Kinds of query one after the other.
QUERIES = [
    # The full name, with and without its form, in whatever width and brackets.
    (HAN, HAN),
    ("大族激光科技产业集团", HAN),
    ("武汉锐科光纤激光技术", RAYCUS),
    ("　武汉锐科光纤激光技术股份有限公司　", RAYCUS),
    ("英诺激光科技股份有限公司", INNO),
    ("南京波长光电科技股份有限公司", WAVELENGTH),
    ("厦门乾照光电股份有限公司", XIAMEN_GCO),
    ("中山联合光电科技", UNION),
    # The short name under which it is listed.
    ("大族激光", HAN),
    ("锐科激光", RAYCUS),
    ("华工科技", HGTECH),
    ("英诺激光", INNO),
    ("光库科技", ADVANCED),
    ("福晶科技", CASTECH),
    ("帝尔激光", DR),
    ("联合光电", UNION),
    ("水晶光电", SUNNY),
    ("乾照光电", XIAMEN_GCO),
    ("奥普光电", AUPU),
    ("中联重科", CHANGSHA_ZL),
    ("宁德时代", CATL),
    ("比亚迪", BYD),
    ("美的集团", MIDEA),
    ("格力电器", GREE),
    ("平安银行", PINGAN),
    ("京东方Ａ", BOE),
    # What people call it, which stands nowhere as a name of its own.
    ("杰普特", JPT),
    ("德龙激光", DELPHI),
    ("联赢激光", UW),
    ("海目星", HYMSON),
    ("长光华芯", EVERBRIGHT),
    ("炬光科技", FOCUSLIGHT),
    ("柏楚电子", FRIENDESS),
    ("金橙子", BJJCZ),
    ("光峰科技", APPOTRONICS),
    ("逸飞激光", YIFEI),
    ("腾景科技", OPTOWIDE),
    ("铂力特", BLT),
    ("大族数控", NEWTECH),
    ("永新光学", YONGXIN),
    ("源杰", YUANJIE),
    ("亨通光电", HTGD),
    ("京华激光", JINGHUA),
    ("莱赛激光", LEINING),
    ("奇致", CHIXIN),
    ("明阳智慧", MINGYANG),
    # One and two characters.
    ("橙", BJJCZ),
    ("炬光", FOCUSLIGHT),
    ("柏楚", FRIENDESS),
    ("海目", HYMSON),
    ("逸飞", YIFEI),
    ("帝尔", DR),
    ("锐科", RAYCUS),
    ("福晶", CASTECH),
    ("联赢", UW),
    ("腾景", OPTOWIDE),
    ("光库", ADVANCED),
    ("英诺", INNO),
    ("亨通", HTGD),
    # Pinyin, whole and unfinished.
    ("dazujiguang", HAN),
    ("dazuji", HAN),
    ("ruikejiguang", RAYCUS),
    ("huagongkeji", HGTECH),
    ("jieput", JPT),
    ("jieputeguangdian", JPT),
    ("delongjiguang", DELPHI),
    ("haimuxing", HYMSON),
    ("changguanghuaxin", EVERBRIGHT),
    ("juguangkeji", "聚光科技(杭州)股份有限公司"),
    ("bochudianzi", FRIENDESS),
    ("baichudianzi", FRIENDESS),
    ("jinchengzi", BJJCZ),
    ("yifeijiguang", YIFEI),
    ("lianyingjiguang", UW),
    ("xiamenqianzhao", XIAMEN_GCO),
    ("zhonglianzhongke", CHANGSHA_ZL),
    ("ningdeshidai", CATL),
    ("biyadi", BYD),
    ("gelidianqi", GREE),
    # Initials.
    ("dzjg", HAN),
    ("DZJG", HAN),
    ("rkjg", RAYCUS),
    ("hgkjcy", HGTECH),
    ("jptgd", JPT),
    ("cghx", EVERBRIGHT),
    ("hmxjg", HYMSON),
    ("jczkj", BJJCZ),
    ("ynjg", INNO),
    ("szlyjg", UW),
    ("zslhgd", UNION),
    ("bdyjg", None),
    ("ndsd", CATL),
    ("gldq", GREE),
    ("whyfjg", YIFEI),
    # Mixed: characters with letters, pinyin with initials.
    ("大族jg", HAN),
    ("锐科jiguang", RAYCUS),
    ("dazujg", HAN),
    ("dzjiguang", HAN),
    ("华工kj", HGTECH),
    ("海目xing", HYMSON),
    ("changguanghx", EVERBRIGHT),
    ("delongjg", DELPHI),
    ("武汉 逸飞", YIFEI),
    ("中山 光电", UNION),
    # Misspelt pinyin: sounds that are taken for each other, one letter off.
    ("dazhujiguang", HAN),
    ("dazujigaung", HAN),
    ("dazujiguan", HAN),
    ("ruikejigang", RAYCUS),
    ("haimuxin", HYMSON),
    ("haimusing", HYMSON),
    ("changuanghuaxin", EVERBRIGHT),
    ("jingchengzi", BJJCZ),
    ("lianyinjiguang", UW),
    ("bochudianzhi", FRIENDESS),
    ("yifeijiguangg", YIFEI),
    ("delonjiguang", DELPHI),
    ("zonglianzhongke", CHANGSHA_ZL),
    ("lingdeshidai", CATL),
    ("gelidianqqi", GREE),
    # Traditional characters, full width, blanks.
    ("大族激光科技產業集團", HAN),
    ("銳科", RAYCUS),
    ("華工科技", HGTECH),
    ("廈門乾照", XIAMEN_GCO),
    ("長光華芯", EVERBRIGHT),
    ("寧德時代", CATL),
    ("ｄｚｊｇ", HAN),
    ("大 族 激 光", HAN),
    ("ＤＡＺＵ　ＪＩＧＵＡＮＧ", HAN),
    # Former names and codes, of firms whose register says them.
    ("深圳市大族激光科技股份有限公司", HAN),
    ("91420100731062475", CHIXIN),
    ("914201007310624752", CHIXIN),
    ("9142 0100 7310 6247 52", CHIXIN),
    # What is nowhere.
    ("不存在的示例企业", None),
    ("vvvvvv", None),
]


@pytest.fixture
def real_names(session: Session, shared_data: Path) -> None:
    """The listed companies with their short names, and the laser firms with their codes."""
    shorts = dict(short_names(shared_data))
    codes = dict(laser_firms(shared_data))
    names = sorted({*full_names(shared_data), *shorts, *codes})
    made = [
        {
            "name": name,
            "name_key": name_key(name),
            "pinyin_key": pinyin_key(name),
            "uscc": codes.get(name),
            "search": index_text(name, shorts.get(name), codes.get(name)),
        }
        for name in names
    ]
    session.execute(insert(Company), made)
    ids = dict(session.execute(select(Company.name, Company.id)).all())
    aliases = [(name, short, "short") for name, short in shorts.items()]
    aliases.append((HAN, "深圳市大族激光科技股份有限公司", "former"))
    session.execute(
        insert(CompanyAlias),
        [
            {"company_id": ids[name], "alias": alias, "alias_key": name_key(alias), "kind": kind}
            for name, alias, kind in aliases
        ],
    )


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The lines of a workbook's first sheet by its header, blanks in the header left out."""
    head, *lines = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    keys = [str(cell).replace(" ", "") for cell in head]
    return (dict(zip(keys, (str(cell).strip() for cell in line), strict=True)) for line in lines)


def full_names(folder: Path) -> Iterator[str]:
    """The listed companies of 2024."""
    return (row["公司名称"] for row in rows(folder / "yymsunday_上市公司基本信息.xlsx") if row["公司名称"])


def short_names(folder: Path) -> Iterator[tuple[str, str]]:
    """(full name, short name) of the companies listed in Shenzhen."""
    return ((row["公司全称"], row["A股简称"]) for row in rows(folder / "szse_A股列表_2020.xlsx") if row["A股简称"])


def laser_firms(folder: Path) -> Iterator[tuple[str, str]]:
    """(name, code) of the firms that have 激光 in their name, those with a valid length of code."""
    with (folder / "kinginsun_激光企业.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if len(row["统一社会信用代码"]) == 18:
                yield row["企业名称"], row["统一社会信用代码"]


def test_what_people_type_finds_the_company_first(session: Session, real_names: None) -> None:
    user = factories.User()
    assert len(QUERIES) >= 120
    wrong = []
    for typed, wanted in QUERIES:
        found = [company.name for company in best(typed, user)]
        if found[:1] != ([wanted] if wanted else []):
            wrong.append(f"{typed}: {wanted} is not first of {found[:4]}")
    assert not wrong, "\n".join(wrong)
