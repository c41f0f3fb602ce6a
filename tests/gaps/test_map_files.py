"""The map that an installation may add: what is refused, what its regions show, and that it can go and come back."""

import json
import re
from io import BytesIO

import pytest

from crm.accounts.models import Role
from crm.chain.models import Cluster, ClusterDivision
from crm.companies.models import CompanySegment
from crm.errors import RuleError
from crm.gaps import geojson
from tests import factories
from tests.gaps.test_views import chain, crystal, read, section  # noqa: F401 -- fixtures

APPROVAL = "GS(2024)0001号"
#: Instead of 10 MB: what a test sends is kept in memory.
LARGEST = 300_000


def region(at: int, **properties):
    """An invented region: a square, each next to the one before it; `wide` tells how wide."""
    wide = properties.pop("wide", 1)
    ring = [[at, 30], [at + wide, 30], [at + wide, 31], [at, 31], [at, 30]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def collection(*features) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


#: 深圳 by code, 广东 by name, a region that is nowhere, and a line without a name.
SQUARES = (
    region(100, name="方块甲", adcode=440300),
    region(101, name="广东省", wide=3),
    region(104, name="示例方块"),
    {"type": "Feature", "properties": None, "geometry": {"type": "LineString", "coordinates": [[100, 29], [105, 29]]}},
)


@pytest.fixture
def admin(session):
    return factories.User(role=Role.ADMIN)


@pytest.fixture
def delta(session):
    made = Cluster(name="珠三角", divisions=[ClusterDivision(division_code="4403")])
    factories.db.session.add_all([made, Cluster(name="示例海岛", divisions=[ClusterDivision(division_code="4604")])])
    factories.db.session.flush()
    return made


def upload(client, content: bytes = b"", approval: str = APPROVAL, name: str = "示例.geojson"):
    return client.post("/settings/map", data={"file": (BytesIO(content), name), "approval": approval})


def test_regions_show_their_clusters_figures_and_open_its_list(admin, chain, crystal, delta, sign_in):  # noqa: F811
    company = factories.Company(city_code="4403", name="深圳示例晶体有限公司")
    company.segments = [CompanySegment(segment=crystal, is_main=True)]
    client = sign_in(admin)
    before = read(client, "/chains/laser/map")
    assert "审图号" not in before
    assert "data-chart-file" not in before
    assert upload(client, collection(*SQUARES)).status_code == 302
    settings = read(client, "/settings/map")
    assert "示例方块" in settings
    assert "1 个区域不属于任何集群" in settings
    assert "只有方块：示例海岛" in settings
    page = read(sign_in(factories.User()), "/chains/laser/map")
    tiles = section(page, "tiles")
    assert f"审图号：{APPROVAL}" in tiles
    drawn = json.loads(page.split("data-chart='")[2].split("'")[0])
    first, second = drawn["series"][0]["data"]
    listed = f"/companies?chain={chain.id}&cluster={delta.id}"
    assert (first["name"], first["value"], first["url"]) == ("0", 1, listed)
    assert first["tip"] == "珠三角 · 方块甲\n企业：1 家；在推项目：0 个"
    assert (second["name"], second["label"]) == ("1", {"show": True, "formatter": "珠三角 1"})
    assert not first["label"]["show"]
    assert f'<a href="{listed.replace("&", "&amp;")}">珠三角</a>' in page
    assert "深圳示例晶体有限公司" in read(client, listed)
    with client.get(page.split('data-chart-file="')[1].split('"')[0]) as file:
        assert file.get_data() == collection(*SQUARES)


def test_a_map_is_replaced_put_back_and_removed(admin, chain, crystal, sign_in):  # noqa: F811
    client = sign_in(admin)

    def shown() -> list[str]:
        page = section(read(client, "/chains/laser/map"), "tiles")
        return [number for number in ("0001", "0002") if f"GS(2024){number}号" in page]

    upload(client, collection(SQUARES[0]))
    upload(client, collection(SQUARES[1]), "审图号：GS（2024）0002 号")
    undo = re.findall(r'action="(/settings/map/\d+/use)"', read(client, "/settings/map"))
    assert len(set(undo)) == 1
    assert len(undo) == 2  # beside the word that the other is in use, and in the list
    assert shown() == ["0002"]
    assert client.post(undo[0]).status_code == 302
    assert shown() == ["0001"]
    client.post("/settings/map/removal")
    assert shown() == []
    client.post(undo[0])
    assert shown() == ["0001"]


@pytest.mark.parametrize(
    ("content", "approval", "sentence"),
    [
        (b"", APPROVAL, "读不出来"),
        (b"\xff\xfe{}", APPROVAL, "读不出来"),
        (b"[" * 200_000, APPROVAL, "读不出来"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', APPROVAL, "读不出来"),
        (b"{}", APPROVAL, "FeatureCollection"),
        (collection(), APPROVAL, "文件里没有区域"),
        (collection(region(100)), APPROVAL, "第 1 个区域没有名称"),
        (collection(SQUARES[0], region(40_000, name="平面坐标")), APPROVAL, "第 2 个区域的坐标不对"),
        (collection(1), APPROVAL, "第 1 个区域的坐标不对"),
        (collection({"geometry": {"type": "Polygon", "coordinates": [[["a", 1]]]}}), APPROVAL, "坐标不对"),
        (collection({"geometry": {"type": "Point", "coordinates": [1, 1]}}), APPROVAL, "坐标不对"),
        (b" " * (LARGEST + 1), APPROVAL, "文件超过 10 MB"),
        (collection(SQUARES[0]), "", "请填写“审图号”"),
        (collection(SQUARES[0]), "2024-0650", "审图号的格式是"),
    ],
)
def test_what_is_no_approved_map_is_refused_with_a_sentence(admin, sign_in, monkeypatch, content, approval, sentence):
    monkeypatch.setattr(geojson, "LARGEST", LARGEST)
    client = sign_in(admin)
    answer = upload(client, content, approval)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert "保存的地图" not in read(client, "/settings/map")


@pytest.mark.parametrize("number", ["GS(2024)0650号", "gs（2019）1822号", "GS京(2022)1061号", "粤S(2021)123号"])
def test_numbers_of_approval(number):
    assert geojson.approval(number).endswith("号")


@pytest.mark.parametrize("number", ["GS2024-0650", "GS(24)1号", "GS(2024)号", "JS(2024)0650号", "GS(2024)0650号x"])
def test_other_numbers(number):
    with pytest.raises(RuleError):
        geojson.approval(number)
