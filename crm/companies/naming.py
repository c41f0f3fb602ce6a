"""Names as matching compares and lists sort them."""

import re

from crm.tokens import normal_characters, syllables

#: White space, brackets, quotes, dots and dashes tell no two companies apart.
NOISE = re.compile(r"[\s()\[\]{}<>《》〈〉【】〔〕「」『』“”‘’\"'`·•・.,，。、;；:：\-‐‑‒–—―_/\\|*#&+~!?]+")
#: Two ways to write one legal form.
FORMS = (("有限责任公司", "有限公司"), ("股份公司", "股份有限公司"))


def name_key(name: str) -> str:
    """A name without what spelling varies in: width, case, spaces, brackets, traditional characters, legal form.

    Equal keys mean one name, not surely one company: matching decides with the code and the place.
    """
    key = NOISE.sub("", normal_characters(name))
    for variant, form in FORMS:
        if key.endswith(variant) and not key.endswith(form):
            key = key[: -len(variant)] + form
    return key[:200]


def pinyin_key(name: str) -> str:
    """What a name sorts by: its syllables set apart by spaces, which sort before letters (大 da before 戴 dai)."""
    return " ".join(syllables(character)[0] for character in normal_characters(name) if not character.isspace())[:200]
