"""红线: what no condition of a policy may ask, because it would favour some over others.

After 《公平竞争审查条例》 (国务院令第783号, in force since 2024-08-01), arts. 8–11: no preference by list, ownership,
tax paid, moved registration or where a company's figures are counted.
"""

import re
from dataclasses import dataclass

from crm.database import N_
from crm.errors import RuleError


@dataclass(frozen=True)
class RedLine:
    """A kind of condition that is refused: by which words it is recognised, and what to say."""

    key: str
    pattern: re.Pattern[str]
    message: str


RED_LINES = (
    RedLine(
        "list",
        re.compile("名录|名单|推荐目录|指定企业|入选企业|企业库"),
        N_("红线：不能以是否列入名录、名单作为条件。请改用公开、客观的指标。"),
    ),
    RedLine(
        "ownership",
        re.compile("所有制|国有企业|国企|央企|民营企业|私营企业|外资企业|内资企业|内外资|股权性质"),
        N_("红线：不能以企业的所有制或资本来源作为条件。请改用公开、客观的指标。"),
    ),
    RedLine(
        "tax",
        re.compile("纳税|税收|缴税|税额|税款|财政贡献|地方贡献|经济贡献|综合贡献"),
        N_("红线：不能以缴纳税收或经济贡献作为条件，也不能与之挂钩计算金额。"),
    ),
    RedLine(
        "registration",
        re.compile("迁入|迁移|迁至|迁址|注册地|登记地|变更登记|在本地注册|在本市注册|注册资本实缴地"),
        N_("红线：不能要求企业迁移注册地或在本地设立登记。请改用公开、客观的指标。"),
    ),
    RedLine(
        "statistics",
        re.compile("纳统|入统|在地统计|统计入库|统计数据|统计归属|产值归"),
        N_("红线：不能要求企业把统计数据留在本地。请改用公开、客观的指标。"),
    ),
)


def crossed(text: str) -> RedLine | None:
    """The first red line that a text crosses."""
    spaceless = re.sub(r"\s", "", text)
    return next((line for line in RED_LINES if line.pattern.search(spaceless)), None)


def refuse(*texts: str) -> None:
    """RuleError where any of the texts crosses a red line."""
    for text in texts:
        if (found := crossed(text)) is not None:
            raise RuleError(found.message)
