"""People with their numbers in one cell: 张三 13800000000、李四（经理）0760-88880000."""

import re
from typing import NamedTuple

from crm.companies import rules as company_rules
from crm.database import N_
from crm.errors import RuleError
from crm.rules import NO_VALUE, clean, narrow

#: Between people; also where a number is followed by a name.
BETWEEN = re.compile(r"[;,、/\n]+|(?<=\d)\s*(?=[\u3400-\u9fff](?!\d))(?!转)")
NUMBER = re.compile(r"\+?\(?\d[\d\s()-]{5,}\d(?:转\d+)?")
TITLE = re.compile(r"\(([^()]*)\)")
LABEL = re.compile("^(?:联系人|姓名|联系电话|电话|手机号?|座机|tel|mob)(?=[:\\s]|$|待定)", re.IGNORECASE)
LONGEST_NAME = 30
UNCLEAR = N_("看不懂这一格，请写成“张三 13800138000”，几个人用顿号分开。")


class Reached(NamedTuple):
    """A person of a cell: the name ('' where the cell gives none), the title, the number as rules.phone gives it."""

    name: str
    title: str
    phone: str | None


def reached(text: str) -> list[Reached]:
    """Everybody whom a cell names. RuleError, without repeating a number, for what is no name and no number."""
    found: list[Reached] = []
    for piece in BETWEEN.split(narrow(clean(text).replace("，", ","))):
        person = one(piece)
        if person.phone and not person.name and found and found[-1].phone is None:
            found[-1] = found[-1]._replace(phone=person.phone)  # 张三，13800000000
        elif person.name or person.phone:
            found.append(person)
    if sum(not person.name for person in found) > 1:
        raise RuleError(company_rules.SEVERAL_NUMBERS)
    return found


def one(piece: str) -> Reached:
    """Name, title and number of one person."""
    number = NUMBER.search(piece)
    rest = piece.replace(number[0], " ") if number else piece
    title = TITLE.search(rest)
    rest = TITLE.sub(" ", rest) if title else rest
    name = re.sub(r"\s+", " ", LABEL.sub("", rest.strip()).strip(" :：()-"))
    if len(name) > LONGEST_NAME or re.search(r"\d{3}", name):
        raise RuleError(UNCLEAR)
    if name.lower() in NO_VALUE:
        name = ""
    return Reached(name, title[1].strip() if title else "", company_rules.phone(number[0]) if number else None)
