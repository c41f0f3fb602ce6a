"""A sheet that holds several tables, one below the other: each has a header of its own, and none is lost."""

from collections.abc import Sequence
from dataclasses import replace

from imports.columns import Field, Head, deepest, has_identity, header_words, with_units_above, words_of
from imports.spool import chosen
from imports.workbook import Sheet


def tables(sheet: Sheet, head: Head, fields: Sequence[Field]) -> list[tuple[Sheet, Head]]:
    """The sheet with its header; of a sheet with several tables one below the other, each with its own."""
    words = words_of(tuple(fields))
    places = [
        place
        for place, (number, cells) in enumerate(sheet.rows)
        if number > head.last_row and sum(text.strip() in words for text in cells) > 1
    ]
    heads = [head]
    for place in places:
        (number, cells), found = sheet.rows[place], deepest(sheet, place, fields)
        if number > heads[-1].last_row and is_other_header(found, heads[-1], cells, fields):
            heads.append(with_units_above(found, sheet, fields))
    if len(heads) == 1:
        return [(sheet, head)]
    ends = [*(each.row for each in heads[1:]), sheet.rows[-1][0] + 1]
    return [
        (replace(sheet, rows=chosen(sheet.rows, range(each.row, end).__contains__)), each)
        for each, end in zip(heads, ends, strict=True)
    ]


def is_other_header(found: Head, head: Head, cells: Sequence[str], fields: Sequence[Field]) -> bool:
    """Whether a row heads a table that is laid out otherwise than the one above it."""
    filled = sum(bool(text.strip()) for text in cells)
    is_header = has_identity(found, fields) and filled > 1 and len(found.mapping) * 2 >= filled
    return is_header and header_words(found) != header_words(head)
