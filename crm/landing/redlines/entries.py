"""What is to know of a red line."""

from collections.abc import Mapping
from typing import Any

from crm.database import N_
from crm.errors import RuleError
from crm.landing.entries import Noun, day, line, prose, yes
from crm.landing.redlines.models import RedLine
from crm.landing.redlines.wording import words_of


def says_something(values: Mapping[str, Any]) -> None:
    """RuleError where its words would find nothing, or it is used nowhere."""
    if not words_of(RedLine(words=values.get("words") or "")):
        raise RuleError(N_("请至少写一个识别词。"))
    if not values.get("for_policies") and not values.get("for_agreements"):
        raise RuleError(N_("请至少选择一种用途：政策条件，或协议和承诺。"))


RED_LINE = Noun(
    "red_line",
    "red-lines",
    N_("红线"),
    RedLine,
    (
        line("name", N_("红线"), 100, words="红线", required=True, identity=True),
        prose(
            "words", N_("识别词"), words="识别词", required=True, hint=N_("用顿号分开；“税收+奖励”表示同一句里都出现")
        ),
        line("rule", N_("依据"), 300, words="依据", required=True, hint=N_("文件名和施行日期")),
        line("advice", N_("怎么改"), 300, words="怎么改"),
        day("valid_from", N_("施行日期"), words="施行日期", required=True),
        day("valid_until", N_("失效日期"), words="失效日期"),
        yes("for_policies", N_("用于政策条件"), words="用于政策条件", hint=N_("触及就不能保存")),
        yes(
            "for_agreements",
            N_("用于协议和承诺"),
            words="用于协议和承诺",
            default=True,
            hint=N_("触及就提示，要书面答复"),
        ),
    ),
    refusals={"ck_red_lines_valid_until": N_("失效日期不能早于施行日期。")},
    check=says_something,
)
