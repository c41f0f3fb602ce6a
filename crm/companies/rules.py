"""Rules of a company's and a contact's fields, for forms and imports alike: text → value, or RuleError.

`FIELDS` names the rule of each column. Empty text is '' or None, as in crm/rules.py.
"""

import re
from typing import Any

from stdnum.cn import uscc as gb32100

from crm import rules
from crm.companies import places
from crm.database import N_
from crm.errors import RuleError
from crm.rules import Rule, clean, narrow

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af]")
BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff（）])\s+(?=[\u3400-\u9fff（）])")
#: What lists put before a name (1、 ① (2)) and marks that point to a note (★ ※).
ORDINAL = re.compile(r"^(?:[①-⑳]|[(（]?\d{1,3}(?:[、.．](?!\d)|[)）]))\s*(?=[\u3400-\u9fff“\"])")
NOTE_MARKS = "★☆※▲△●○■□◆◇✓√ "
QUOTED = re.compile(r"[“\"'‘《]([^“”\"'‘’《》]+)[”\"'’》]")
#: Names of which two in one text are two companies; branches do not count.
WHOLE_NAME = re.compile(r"[\u3400-\u9fff）)]{3,}(?<![分子])(?:公司|工厂|合作社|事务所)$")
CODE_INSIDE = re.compile("(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Z])")
_name_line = rules.line(200)


def name(text: str) -> str:
    """A company's name: one line; among Chinese characters without spaces and with Chinese brackets.

    Numbers and marks of the list in which it stood are left out; two names, or a name with its code, are refused.
    """
    value = bare_name(_name_line(text))
    if value.lower() in rules.NO_VALUE:
        return ""
    if sum(bool(WHOLE_NAME.search(part.strip())) for part in re.split(r"[、，,;；/\n]", clean(text))) > 1:
        raise RuleError(N_("一格里写了几家企业，请分成几行，一家一行。"))
    if HAN.search(value) and CODE_INSIDE.search(narrow(value).upper()):
        raise RuleError(N_("名称里写了信用代码，请把名称和代码分成两栏。"))
    if HAN.search(value):
        value = BETWEEN_HAN.sub("", value.replace("(", "（").replace(")", "）"))
    if sum(c.isalnum() for c in value) < 2:
        raise RuleError(N_("企业名称至少要有两个字。"))
    return value


def bare_name(value: str) -> str:
    """A name without the number, the marks and the quotes that a list puts around it."""
    value = ORDINAL.sub("", value).strip(NOTE_MARKS)
    found = QUOTED.fullmatch(value)
    return found[1].strip() if found else value


LONGEST_ALIASES = 20


def aliases(text: str) -> list[str]:
    """Other names, separated by ；、, or line breaks; each judged as a name."""
    parts = [name(part) for part in re.split(r"[;；、,，\n]", rules.prose(4_000)(text))]
    found = list(dict.fromkeys(filter(None, parts)))
    if len(found) > LONGEST_ALIASES:
        raise RuleError(N_("最多 %(count)d 个别名。"), count=LONGEST_ALIASES)
    return found


def uscc(text: str) -> str | None:
    """统一社会信用代码 by GB 32100-2015: 18 characters without I, O, S, V, Z, the last one a check digit.

    Stands as ck_companies_uscc in the database, which checks the alphabet but not the digit.
    """
    value = re.sub(r"[\s-]", "", narrow(text)).upper()
    if value.lower() in rules.NO_VALUE:
        return None
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", value):
        raise RuleError(N_("信用代码被表格软件改成了数字，请以文本格式重新填写 18 位代码。"))
    if len(value) != 18:
        raise RuleError(N_("信用代码应是 18 位，现在是 %(length)d 位。"), length=len(value))
    if not re.fullmatch("[0-9A-HJ-NPQRTUWXY]{18}", value):
        raise RuleError(N_("信用代码只含数字和大写字母，不含 I、O、S、V、Z。"))
    if gb32100.calc_check_digit(value[:-1]) != value[-1]:
        raise RuleError(N_("信用代码的校验位不对，请核对是否抄错。"))
    return value


def place(text: str) -> str | None:
    """A division's code from its name or number; RuleError asks for a clearer name."""
    value = narrow(text)
    if value.lower() in rules.NO_VALUE:
        return None
    found = places.code_of(value)
    if found is None:
        raise RuleError(N_("没有认出这个地方，请写成“广东省深圳市”这样；境外写国家或地区，如“德国”“香港”。"))
    return found


#: Fictitious numbers of the demo start with 10, so the second digit is not looked at.
MOBILE = re.compile(r"1\d{10}")
LANDLINE = re.compile(r"\(?(0(?:10|2\d|[3-9]\d{2}))\)?-?(\d{3,4}-?\d{4})(?:(?:-|转|#|ext\.?)(\d{1,6}))?")
SERVICE = re.compile(r"([48]00)(\d{3})(\d{4})")
FOREIGN = re.compile(r"\+(?!86)\d{7,15}")
COUNTRY_CODE = re.compile(r"^(\+|00)?86-?(?=\(?[01])")
#: As it is dialled from abroad, without the 0: +86-755-88880000.
CHINESE_AREA = re.compile(r"^(?:\+|00)86-?\(?(10|[2-9]\d{1,2})\)?-(?=\d{7})")
SEVERAL = re.compile(r"\d{7,}[/、,;；，或]\d{7,}")


SEVERAL_NUMBERS = N_("一个联系人只填一个号码，其他号码请另加联系人。")
#: What stands before a number to say that it is one.
NUMBER_LABEL = re.compile(r"^(?:tel|mob|phone|联系电话|电话|手机号?|座机)[:\s]*(?=[+(\d])")


def phone(text: str) -> str | None:
    """One telephone number in one spelling: 13800138000, 0760-88880000, 0760-88880000-8001, 400-123-4567, +85212345678.

    Errors never repeat what was typed: it may be somebody's number.
    """
    value = NUMBER_LABEL.sub("", re.sub(r"\.0$", "", narrow(text).lower()))
    if value in rules.NO_VALUE:
        return None
    if re.fullmatch(r"\d(\.\d+)?e\+?\d+", value):
        raise RuleError(N_("电话被表格软件改成了科学计数，请以文本格式重新填写。"))
    spaceless = COUNTRY_CODE.sub("", CHINESE_AREA.sub(r"0\1-", re.sub(r"\s", "", value)))
    if SEVERAL.search(spaceless.replace("-", "")):
        raise RuleError(SEVERAL_NUMBERS)
    if found := LANDLINE.fullmatch(spaceless):
        area, number, extension = found.groups()
        return "-".join(filter(None, (area, number.replace("-", ""), extension)))
    digits = spaceless.replace("-", "")
    if MOBILE.fullmatch(digits):
        return digits
    if found := SERVICE.fullmatch(digits):
        return "-".join(found.groups())
    if FOREIGN.fullmatch(digits):
        return digits
    raise RuleError(N_("看不懂这个电话，请写成 13800138000 或 0760-88880000 这样。"))


#: Between two addresses in one text.
SITES = re.compile(r"(?<=\w)\s*[、,;|\s]\s*(?=(?:https?://)?[\w-]+\.\w)", re.IGNORECASE)


def website(text: str) -> str:
    """An http(s) address; a bare host gets https://."""
    if len(SITES.split(narrow(text))) > 1:
        raise RuleError(N_("这一栏只填一个网址，例如 www.example.com。"))
    value = re.sub(r"\s", "", narrow(text))
    if value.lower() in rules.NO_VALUE:
        return ""
    if not re.match("https?://", value, re.I):
        value = f"https://{value}"
    if not re.fullmatch(r"https?://[\w-]+(\.[\w-]+)+(:\d+)?(/[^\s<>\"'\\]*)?", value, re.I) or len(value) > 300:
        raise RuleError(N_("请填网址，例如 www.example.com。"))
    return value


_people = rules.whole(0, 10_000_000)


def employees(text: str) -> int | None:
    """How many work there: 约500人, 300余人 and 200人以上 are the number that they name."""
    rules.refuse_range(text)
    value = re.sub(r"(?<=\d)(?:余|多|\+)?[人名]?(?:以上|左右)?$", "", narrow(text))
    return _people(re.sub(r"^[约近超](?=\d)", "", value))


def words(longest: int = 2_000) -> Rule[str]:
    """A rule for text in which 无 and its like mean nothing."""
    as_prose = rules.prose(longest)

    def rule(text: str) -> str:
        return "" if clean(text).lower() in rules.NO_VALUE else as_prose(text)

    return rule


#: Columns of Company (and `aliases`, `town`): the rule of each.
FIELDS: dict[str, Rule[Any]] = {
    "name": name,
    "aliases": aliases,
    "uscc": uscc,
    "division_code": place,
    "address": rules.line(300),
    "products": words(),
    "introduction": words(10_000),
    "website": website,
    "capital_wan": rules.wan,
    "capital_currency": rules.currency,
    "employees": employees,
    "expansion_signal": words(),
    "source": words(),
    "town": rules.line(100),
}

#: Columns of Contact (`phone` becomes ciphertext: personal.seal_phone).
CONTACT_FIELDS: dict[str, Rule[Any]] = {
    "name": rules.line(200),
    "title": rules.line(100),
    "phone": phone,
    "purpose": rules.line(200),
    "basis": rules.line(200),
    "source": rules.line(300),
    "collected_on": rules.happened,
    "expires_on": rules.day,
}
