"""Places as sheets write them (广东, 深圳市, 广东省深圳市) → codes of GB/T 2260."""

import re
from collections.abc import Iterable

from sqlalchemy import select

from crm.chain.models import Division
from crm.database import db

SUFFIX = re.compile("(特别行政区|(壮族|回族|维吾尔)?自治区|[省市]|地区|盟)$")


class Places:
    """All provinces and cities by name, with and without 省 and 市."""

    def __init__(self, divisions: Iterable[tuple[str, str, int]]) -> None:
        self.provinces: dict[str, str] = {}
        self.cities: dict[str, str] = {}
        for code, name, level in divisions:
            if level == 1:
                self.provinces.update({name: code, short(name): code})
            elif level == 2 and name not in ("市辖区", "县"):
                self.cities.update({name: code, short(name): code})

    @classmethod
    def load(cls) -> "Places":
        """From the database."""
        rows = db.session.execute(select(Division.code, Division.name, Division.level).where(Division.level < 3))
        return cls(rows.tuples())

    def code(self, *texts: str | None) -> str | None:
        """The code of the city that the texts name together, else of the province; None for an unknown place.

        A municipality (北京, 上海, 天津, 重庆) is its province.
        """
        text = "".join(re.sub(r"[\s/·-]+", "", part) for part in texts if part)
        if found := self.cities.get(text) or self.provinces.get(text):
            return found
        province = next((name for name in self.provinces if text.startswith(name)), "")
        rest = text.removeprefix(longest(self.provinces, text)) if province else text
        city = longest(self.cities, rest)
        if city:
            return self.cities[city]
        return self.provinces[longest(self.provinces, text)] if province else None


def short(name: str) -> str:
    """深圳 for 深圳市, 广西 for 广西壮族自治区."""
    return SUFFIX.sub("", name)


def longest(names: Iterable[str], text: str) -> str:
    """The longest of the names that the text starts with, or ''."""
    return max((name for name in names if text.startswith(name)), key=len, default="")
