"""What a map file must be, and what is kept of it: GeoJSON (RFC 7946) in degrees, with a name or a code per region."""

import json
import re
from collections.abc import Iterator
from typing import Any

from crm import rules
from crm.companies import places
from crm.database import N_
from crm.errors import RuleError

#: The size of a file in bytes, and how many regions and lines it may have.
LARGEST, MOST = 10 * 1024 * 1024, 5_000
AREAS = ("Polygon", "MultiPolygon")
#: In how many further lists a geometry's lists of positions lie.
DEPTHS = {"LineString": 0, "Polygon": 1, "MultiLineString": 1, "MultiPolygon": 2}
#: GS(2024)0650号, GS京(2022)1061号, 粤S(2021)123号: 地图管理条例 and 地图审核管理规定, article 24.
APPROVAL = re.compile(r"(GS[一-鿿]?|[一-鿿]{1,2}S)\((19|20)\d{2}\)\d{1,6}号")

NO_JSON = N_("读不出来：请上传 UTF-8 编码的 GeoJSON 文件。")
NO_PLACES = N_("第 %(n)d 个区域的坐标不对：要是经纬度组成的面（Polygon、MultiPolygon）或边界线。")


def approval(text: str) -> str:
    """A 审图号 in the form in which it is printed. RuleError for anything else."""
    value = re.sub(r"\s", "", rules.narrow(text)).removeprefix("审图号:").upper()
    if value and not APPROVAL.fullmatch(value):
        raise RuleError(N_("审图号的格式是 GS(2024)0650号 或 粤S(2024)012号。"))
    return value


def regions_of(content: bytes) -> list[dict[str, Any]]:
    """A map's regions in their order: name, code (GB/T 2260 without trailing zeros, '' where unknown), size (square
    degrees of the frame around it) and whether it is a region or a line. Raises RuleError for what is no map."""
    if len(content) > LARGEST:
        raise RuleError(N_("文件超过 10 MB，请换用简化过边界的文件。"))
    features = features_of(content)
    found = [region(feature, number) for number, feature in enumerate(features, 1)]
    if not any(one["is_area"] for one in found):
        raise RuleError(N_("文件里没有区域。"))
    return found


def features_of(content: bytes) -> list[Any]:
    """The features of a collection."""
    try:
        read = json.loads(content.decode("utf-8-sig"), parse_constant=refuse)
    except (ValueError, RecursionError):
        raise RuleError(NO_JSON) from None
    features = read.get("features") if isinstance(read, dict) else None
    if not isinstance(features, list) or read.get("type") != "FeatureCollection":
        raise RuleError(N_("不是 GeoJSON 的 FeatureCollection。"))
    if len(features) > MOST:
        raise RuleError(N_("区域超过 %(most)d 个。"), most=MOST)
    return features


def refuse(word: str) -> None:
    """NaN and Infinity are no JSON: browsers would not read them."""
    raise ValueError(word)


def region(feature: Any, number: int) -> dict[str, Any]:
    """One feature. Lines (a map's boundaries beyond its regions) need no name."""
    geometry, properties = inside(feature, "geometry"), inside(feature, "properties")
    kind = geometry.get("type")
    if kind not in DEPTHS:
        raise RuleError(NO_PLACES, n=number)
    try:
        size = frame(list(positions(geometry.get("coordinates"), DEPTHS[kind])))
    except (TypeError, ValueError):
        raise RuleError(NO_PLACES, n=number) from None
    name, adcode = (text_of(properties.get(key)) for key in ("name", "adcode"))
    if kind in AREAS and not name and not adcode:
        raise RuleError(N_("第 %(n)d 个区域没有名称（name）也没有行政区划代码（adcode）。"), n=number)
    code = places.from_digits(adcode) if adcode.isascii() and adcode.isdigit() else None
    return {
        "name": name or adcode,
        "code": code or places.code_of(name) or "",
        "size": size,
        "is_area": kind in AREAS,
    }


def inside(value: Any, key: str) -> dict[str, Any]:
    """The object under a key; an empty one where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def text_of(value: Any) -> str:
    """A property as one line; codes may be numbers."""
    return rules.line(200)(str(value)) if isinstance(value, str | int) else ""


def positions(value: Any, depth: int) -> Iterator[tuple[float, float]]:
    """(longitude, latitude) of every position; ValueError or TypeError where something else stands."""
    if not isinstance(value, list) or not value:
        raise ValueError(value)
    if depth:
        for part in value:
            yield from positions(part, depth - 1)
        return
    for position in value:
        if not isinstance(position, list):
            raise TypeError(position)
        longitude, latitude = position[:2]
        if not -180 <= longitude <= 180 or not -90 <= latitude <= 90:
            raise ValueError(position)
        yield longitude, latitude


def frame(found: list[tuple[float, float]]) -> float:
    """The area of the frame around positions in square degrees."""
    wide, high = ([position[axis] for position in found] for axis in (0, 1))
    return round((max(wide) - min(wide)) * (max(high) - min(high)), 4)
