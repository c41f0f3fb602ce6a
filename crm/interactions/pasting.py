"""What a paragraph from a chat says of a contact, by rules; a person confirms it before anything is kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from sqlalchemy import any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import selectinload
from sqlalchemy.types import Text

from crm.accounts.models import User
from crm.companies import queries as companies
from crm.companies.models import Company, CompanyAlias, Contact
from crm.companies.naming import name_key
from crm.database import db
from crm.interactions import queries
from crm.interactions.mentions import SURNAMES, named_in
from crm.interactions.models import InteractionKind
from crm.interactions.spoken import TIME, Spoken, days_in, time_in
from crm.rules import today
from crm.tokens import normal

#: So much of a text is read; a longer one is a report, not a message.
LONGEST = 1_500
#: A name in a text has between so many characters.
NAME_LENGTHS = range(2, 25)
#: A part of one's own company's name of so many characters tells it.
TELLING = 4
#: A day without a year that would come within so long is meant to come, not to be nearly a year ago.
SOON = timedelta(days=180)
#: So many of one's own companies are compared with the text.
OWN = 300

#: The first that is found says how the contact was; a visit is the commonest and needs none. Who exchanged numbers has
#: not called, and whom the others' people received (王董接待) has visited them.
KINDS = tuple(
    (kind, re.compile(words))
    for kind, words in (
        (InteractionKind.CALL, "(?<!留了)(?<!留个)电话(?!号)|通话|打来|来电(?!池)"),
        (InteractionKind.WECHAT, "(?<!加)(?<!加了)(?<!加个)微信(?![号群])"),
        (InteractionKind.EXHIBITION, "展会|博览会|展位|参展|高交会|工博会"),
        (InteractionKind.RECEPTION, "来访|接待了|来我[市区县镇局委]|来.{0,4}考察"),
        (InteractionKind.MEETING, "座谈|开会|会议(?!室)|洽谈会|对接会|视频会"),
    )
)
NEXT = re.compile("(?:下一步|下步|接下来|后续|待办|跟进事项)(?:工作|计划|安排)?(?:是|要|为)?[:：,，]?")
TO_DO = re.compile(
    "寄|(?<![开研批出自])发(?![展现动电布光明货票])|约(?! ?[0-9一二三四五六七八九十])|(?<!汇)报(?![道关])|给|回复"
    "|对接|安排|提供|联系|邀请|准备|送|反馈|来访|考察|拜访|走访|再[谈议看]|组织|答复|协调|落实|确认|提交|交(?![通流货易界付])|补充|会见"
    "|请.{0,8}[来看]"
)
#: Several steps in a row, each with its number.
NUMBERED = re.compile(r"\s*(?:[1一①]|[（(][1一])[、.．）)\s]?")
SENTENCE = re.compile("[^。；;！!\n]+")
PIECE = re.compile("[^，,]+")

#: A full name of a company that is not known here.
LEGAL_NAME = re.compile("[一-龥A-Za-z0-9（）()·]{2,40}?(?:股份有限公司|有限责任公司|有限公司)")
BEFORE_NAME = re.compile("^.*(?:去了|到了|走访了?|拜访了?|接待了?|来自|对接了?|见了|联系了?|陪同|[去到在与和跟的]了?)")


@dataclass(frozen=True)
class Proposal:
    """What was read; empty where the text does not say it. Several `companies`: it may be any of them."""

    summary: str
    kind: InteractionKind | None = None
    day: date | None = None
    at: time | None = None
    companies: Sequence[Company] = ()
    #: The full name of a company that is not known.
    unknown_company: str = ""
    contacts: Sequence[Contact] = ()
    other_people: str = ""
    officers: Sequence[User] = ()
    next_step: str = ""
    next_step_on: date | None = None

    @property
    def company(self) -> Company | None:
        """The company, where there is no doubt."""
        return self.companies[0] if len(self.companies) == 1 else None


@dataclass
class Reading:
    """A text with what has been taken from it blanked, so that nothing is read twice."""

    text: str
    base: date = field(default_factory=today)

    def blank(self, start: int, end: int) -> None:
        """Take a part out; places of the rest stay."""
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]


def read(text: str, by: User) -> Proposal:
    """Read a paragraph that `by` has pasted."""
    summary = text.strip()
    reading = Reading(text[:LONGEST])
    take_header(reading)
    next_step, next_step_on = take_next_step(reading)
    found = companies_in(reading.text, by)
    officers = take_officers(reading, by)
    contacts, others = people_in(reading, found[0] if len(found) == 1 else None, by)
    return Proposal(
        summary=summary,
        kind=kind_in(reading.text),
        day=day_in(reading),
        at=time_in(without_days(reading.text)),
        companies=found,
        unknown_company="" if found else unknown_in(reading.text),
        contacts=contacts,
        other_people="、".join(others),
        officers=officers,
        next_step=next_step,
        next_step_on=next_step_on,
    )


def take_header(reading: Reading) -> None:
    """Take out the line over a copied message (李专员 2026-11-20 15:32): what the message says counts from its day."""
    for spoken in days_in(reading.text):
        clock = TIME.match(reading.text, spoken.end + 1) if spoken.is_dated else None
        if clock and re.match(r"\s*(?:[\n:：\]]|$)", reading.text[clock.end() :]):
            reading.base = spoken.day(today(), ahead=False) or reading.base
            start = reading.text.rfind("\n", 0, spoken.start) + 1
            reading.blank(start, clock.end())
            return


def take_next_step(reading: Reading) -> tuple[str, date | None]:
    """What is to be done next and by when: what follows 下一步, else what is to be done by a day ahead."""
    start, end = announced_step(reading.text) or planned_step(reading) or (0, 0)
    said = reading.text[start:end]
    reading.blank(start, end)
    return NEXT.sub("", said, count=1).strip(" ，,。\n")[:200], due_in(said, reading.base)


def announced_step(text: str) -> tuple[int, int] | None:
    """Where the words stand that begin with 下一步: a sentence, or all that is numbered."""
    for sentence in SENTENCE.finditer(text):
        for piece in PIECE.finditer(text, sentence.start(), sentence.end()):
            if word := NEXT.search(text, piece.start(), piece.end()):
                is_list = NUMBERED.match(text, word.end())
                return piece.start(), len(text) if is_list else sentence.end()
    return None


def planned_step(reading: Reading) -> tuple[int, int] | None:
    """Where the words stand of what is to be done by a day ahead: from what 我 does on, else from the first of it."""
    for sentence in SENTENCE.finditer(reading.text):
        pieces = list(PIECE.finditer(reading.text, sentence.start(), sentence.end()))
        ahead = [piece for piece in pieces if any(lies_ahead(each, reading) for each in days_in(piece.group()))]
        to_do = [piece for piece in pieces if TO_DO.search(piece.group())]
        if ahead and to_do:
            first = min(ahead[0].start(), to_do[0].start())
            own = (piece.start() for piece in ahead if piece.group().strip().startswith("我") and piece in to_do)
            return next(own, first), sentence.end()
    return None


def lies_ahead(spoken: Spoken, reading: Reading) -> bool:
    """Whether a day is to come, seen from the one on which the text was written."""
    if spoken.is_ahead or not spoken.is_dated:
        return spoken.is_ahead
    day = spoken.day(reading.base, ahead=True)
    return day is not None and reading.base < day < reading.base + SOON


def due_in(said: str, base: date) -> date | None:
    """The first day that a next step names."""
    return next((day for spoken in days_in(said) if (day := spoken.day(base, ahead=True))), None)


def day_in(reading: Reading) -> date | None:
    """The day of the contact: the first that is named and not ahead; with a header but no day, the header's."""
    for spoken in days_in(reading.text):
        day = None if lies_ahead(spoken, reading) else spoken.day(reading.base, ahead=False)
        if day and day <= today():
            return day
    return reading.base if reading.base != today() else None


def without_days(text: str) -> str:
    """The text without its days: 11月20 is no time."""
    spoken: list[Spoken] = list(days_in(text))
    for each in reversed(spoken):
        if not each.match["word"]:
            text = text[: each.start] + " " + text[each.end :]
    return text


def kind_in(text: str) -> InteractionKind | None:
    """In which way they met, where a word says so."""
    return next((kind for kind, words in KINDS if words.search(text)), None)


# Companies


def companies_in(text: str, by: User) -> list[Company]:
    """The companies that a text names: by a whole name, short or former one, else by a part of one's own's name.

    The longest name wins; several of one length are all given, for a person to choose.
    """
    named = by_name(text)
    return named or own_by_part(text, by)


def by_name(text: str) -> list[Company]:
    """The companies one of whose names stands in a text; a name within a longer one that was found does not count."""
    pieces = {
        name_key(run[at : at + length]) for run in runs(text) for length in NAME_LENGTHS for at in range(len(run))
    }
    keys = literal(sorted(pieces - {""}), ARRAY(Text))
    of_alias = select(CompanyAlias.company_id).where(CompanyAlias.alias_key == any_(keys))
    query = select(Company).where(
        Company.archived_at.is_(None), or_(Company.name_key == any_(keys), Company.id.in_(of_alias))
    )
    found = db.session.scalars(query.options(selectinload(Company.aliases)).limit(OWN)).all()
    said = {company: max((key for key in keys_of(company) if key in pieces), key=len) for company in found}
    return [company for company in found if not any(said[company] in other != said[company] for other in said.values())]


def keys_of(company: Company) -> list[str]:
    """The keys of all its names."""
    return [company.name_key, *(alias.alias_key for alias in company.aliases)]


def runs(text: str) -> list[str]:
    """The stretches of a text in which a name may stand."""
    return re.findall("[一-龥A-Za-z0-9（）()·]+", text)


def own_by_part(text: str, by: User) -> list[Company]:
    """Of one's own companies those of whose name the longest part stands in the text."""
    own = select(Company).where(Company.owner_id == by.id, Company.archived_at.is_(None), companies.readable(by))
    latest = own.order_by(Company.last_contact_on.desc().nulls_last(), Company.id.desc()).limit(OWN)
    spoken = normal(text)
    lengths = {company: longest_part(normal(company.name), spoken) for company in db.session.scalars(latest)}
    longest = max(lengths.values(), default=0)
    return [company for company, length in lengths.items() if length == longest >= TELLING]


def longest_part(name: str, text: str) -> int:
    """How many characters the longest part of a name has that stands in a text."""
    for length in range(len(name), TELLING - 1, -1):
        if any(name[at : at + length] in text for at in range(len(name) - length + 1)):
            return length
    return 0


def unknown_in(text: str) -> str:
    """The first full name of a company in a text, without the words before it."""
    found = LEGAL_NAME.search(text)
    return BEFORE_NAME.sub("", found.group())[:200] if found else ""


# People


def take_officers(reading: Reading, by: User) -> list[User]:
    """Our people whose names, or given names, stand in the text, but `by` herself."""
    found = []
    for user in db.session.scalars(queries.officers_for(by)):
        for name in called(user):
            at = reading.text.find(name)
            if at >= 0:
                reading.blank(at, at + len(name))
                found.append(user)
                break
    return [user for user in found if user.id != by.id]


def called(user: User) -> list[str]:
    """By what a colleague is called: her name, and of a name of three characters the given one."""
    name = user.display_name
    return [part for part in (name, name[1:] if len(name) == 3 and name[0] in SURNAMES else "") if len(part) > 1]


def people_in(reading: Reading, company: Company | None, by: User) -> tuple[list[Contact], list[str]]:
    """Their people: the known ones by name, or by the surname that only one of them has; the others as written."""
    known = list(db.session.scalars(queries.known_people(by, company))) if company else []
    met = [person for person in known if len(person.name) > 1 and person.name in reading.text]
    for person in met:
        at = reading.text.find(person.name)
        reading.blank(at, at + len(person.name))
    others = []
    for named in named_in(reading.text):
        of_name = [person for person in known if person.name.startswith(named.surname)]
        if len(of_name) == 1 and not named.is_whole:
            met += [person for person in of_name if person not in met]
        elif named.words not in others:
            others.append(named.words)
    return met, others
