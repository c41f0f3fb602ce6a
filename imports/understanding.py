"""What is read of a batch's file: which sheets, as which kind of row, with the header where and meaning what.

Found by itself as far as it is understood, by a saved profile where one fits, and changed by a person.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crm.accounts.models import User
from crm.accounts.permissions import may
from crm.database import N_
from crm.errors import BadRequest
from imports import columns, edits, feeds, profiles, uploads
from imports.columns import Head
from imports.feeds import Feed
from imports.models import Batch, BatchStatus, Part, Profile
from imports.problems import HeadNotFound
from imports.reading.texts import ENCODINGS
from imports.workbook import Sheet, Workbook

NOT_A_ROW = N_("没有这一行。")


@dataclass(frozen=True)
class Reading:
    """What a person chose to read; without a header row it is looked for."""

    sheets: Sequence[str]
    feed: str
    head_row: int | None = None
    encoding: str = ""
    with_hidden: bool = False


def offered_to(user: User) -> list[Feed]:
    """The kinds of row that the user may import from a page."""
    return [feed for feed in feeds.all_feeds() if feed.offered and may(user, feed.act)]


def add_alike(batch: Batch, book: Workbook, sheet: Sheet) -> None:
    """Read the other visible sheets that are laid out like the first one too: a sheet per group is one list."""
    if batch.head_row is not None:
        alike = [other for other in book.sheets if other is not sheet and other.rows and not other.hidden]
        batch.set_more([part for other in alike if (part := part_like(batch, sheet, other))])


def understand(batch: Batch, sheet: Sheet, candidates: list[Feed], by: User, wanted: Profile | None = None) -> None:
    """Take the profile that knows the header, else the kind of row whose fields it names best.

    Nothing found is nothing set, with the reason. Raises HeadNotFound where the wanted profile does not fit.
    """
    batch.more, batch.problem = [], None
    known = profiles.recognise(sheet, by, candidates, wanted)
    if wanted and not known:
        raise HeadNotFound("profile", name=wanted.name)
    if known is not None:
        profile, head = known
        batch.feed, batch.problem, batch.fill_only = profile.feed, None, profile.fill_only
        set_head(batch, head)
        return
    found: list[tuple[int, Feed, Head]] = []
    for feed in candidates:
        try:
            head = columns.find_head(sheet, feed.fields)
        except HeadNotFound as problem:
            if batch.problem is None or batch.problem["code"] == "no_head":  # the others say more
                batch.problem = {"code": problem.code, "details": problem.details}
            continue
        found.append((len(head.mapping), feed, head))
    if not found:
        batch.head_row, batch.head_depth, batch.mapping = None, 1, {}
        return
    _count, feed, head = max(found, key=lambda item: item[0])
    batch.feed, batch.problem = feed.key, None
    set_head(batch, head)


def beyond_a_cover(batch: Batch, book: Workbook, first: Sheet, candidates: list[Feed], by: User) -> Sheet:
    """The first sheet, or where it is no list (a cover, instructions) the next visible one that is understood."""
    problem = batch.problem
    for sheet in (sheet for sheet in book.sheets if sheet.rows and not sheet.hidden):
        if batch.head_row is not None:
            break
        understand(batch, sheet, candidates, by)
        batch.sheet = sheet.name
    if batch.head_row is None:
        batch.sheet, batch.problem = first.name, problem
    return book.sheet(batch.sheet)


def set_head(batch: Batch, head: Head) -> None:
    """Note where the header stands and what its columns mean."""
    batch.head_row, batch.head_depth = head.row, head.depth
    batch.mapping = {str(column.index): column.key for column in head.columns if column.key}


def part_like(batch: Batch, sheet: Sheet, other: Sheet) -> Part | None:
    """Another sheet with the header of the first one, its columns meaning the same; None if it has another one."""
    fields = feeds.get(batch.feed).fields
    head = head_of(batch.parts[0], sheet, fields)
    words = columns.header_words(head)
    wanted = {words[column.index]: column.key or "" for column in head.columns if column.index in words}
    found = columns.find_by_words(other, wanted, fields)
    return part_of(other, found) if found else None


def part_of(sheet: Sheet, head: Head) -> Part:
    """A sheet with its header as a batch keeps it."""
    mapping = {str(column.index): column.key for column in head.columns if column.key}
    return Part(sheet.name, head.row, head.depth, mapping)


def head_of(part: Part, sheet: Sheet, fields: Sequence[columns.Field]) -> Head:
    """The header as the batch has it. Raises HeadNotFound."""
    if part.head_row is None:
        return columns.find_head(sheet, fields)
    head = columns.head_at(sheet, part.head_row, fields, part.head_depth)
    return columns.mapped(head, {int(index): key for index, key in part.mapping.items()}, fields)


def head_or_guess(batch: Batch, sheet: Sheet) -> Head:
    """The header as the batch has it, or the first filled row for a person to start from."""
    fields = feeds.get(batch.feed).fields
    try:
        return head_of(batch.parts[0], sheet, fields)
    except HeadNotFound:
        return columns.head_at(sheet, sheet.rows[0][0] if batch.head_row is None else batch.head_row, fields)


def choose(batch: Batch, by: User, reading: Reading) -> None:
    """Read other sheets, as another kind of row, with the header in another row, in another encoding.

    BadRequest for what is not there. UnreadableFile when the encoding does not fit.
    """
    feed = next((feed for feed in offered_to(by) if feed.key == reading.feed), None)
    if feed is None:
        raise BadRequest(N_("不能导入这种内容。"))
    if reading.encoding and reading.encoding not in ENCODINGS:
        raise BadRequest(N_("不能按这种编码读取。"))
    batch.encoding, batch.with_hidden = reading.encoding, reading.with_hidden
    filled = {sheet.name: sheet for sheet in uploads.head_of_file(batch).sheets if sheet.rows}
    if not reading.sheets or not filled.keys() >= set(reading.sheets):
        raise BadRequest(N_("没有这张工作表，或表里没有内容。"))
    first, *others = (filled[name] for name in dict.fromkeys(reading.sheets))
    batch.sheet, batch.feed, batch.problem, batch.status = first.name, feed.key, None, BatchStatus.UPLOADED
    if reading.head_row is None:
        understand(batch, first, [feed], by)
    else:
        point_at(batch, first, feed, reading.head_row)
    batch.set_more([Part(sheet.name) for sheet in others])


def point_at(batch: Batch, sheet: Sheet, feed: Feed, row: int) -> None:
    """The header stands in the row at which a person pointed."""
    try:
        set_head(batch, columns.head_at(sheet, row, feed.fields))
    except HeadNotFound as problem:
        raise BadRequest(NOT_A_ROW) from problem


def settle(batch: Batch, book: Workbook, choices: Mapping[int, str | None]) -> None:
    """Take the meanings that a person chose for the columns of the first sheet, by place. Raises HeadNotFound.

    Further sheets follow the first where their headers are alike, and are understood by themselves where not.
    """
    feed, sheet = feeds.get(batch.feed), book.sheet(batch.sheet)
    set_head(batch, columns.mapped(head_or_guess(batch, sheet), choices, feed.fields))
    others = [book.sheet(part.sheet) for part in batch.parts[1:]]
    batch.set_more([part_like(batch, sheet, other) or understood(other, feed) for other in others])


def understood(sheet: Sheet, feed: Feed) -> Part:
    """A sheet by its own header. Raises HeadNotFound with the sheet's name."""
    try:
        return part_of(sheet, columns.find_head(sheet, feed.fields))
    except HeadNotFound as problem:
        raise HeadNotFound("sheet_without_head", sheet=sheet.title) from problem


def parts_to_read(batch: Batch, given: Sheet | None = None) -> Iterator[tuple[Sheet, Head]]:
    """Each of the batch's sheets with its header, as it is to be checked: hidden rows left out, cells as typed over.

    `given` is the batch's only sheet where it was read already. Raises UnreadableFile, HeadNotFound.
    """
    fields = feeds.get(batch.feed).fields
    book = None if given else uploads.whole_file(batch)
    typed = edits.latest(batch.id)
    for place, part in enumerate(batch.parts):
        sheet = given or book.sheet(part.sheet)  # type: ignore[union-attr]
        sheet = sheet if batch.with_hidden else sheet.without_hidden_rows()
        yield edits.applied(sheet, place, typed), head_of(part, sheet, fields)
