"""An HTML table that an office system saved under the name of a spreadsheet."""

from html.parser import HTMLParser

from imports.reading import Layout, Refused, Row

SPAN_MAX = 1_000


def table(text: str) -> tuple[Layout, list[Row]]:
    """All rows of the page's tables, one below the other; a merged cell stands in its first place. Raises Refused."""
    page = TablePage()
    page.feed(text)
    page.close()
    if not page.rows:
        raise Refused("not_a_sheet")
    return page.layout, list(enumerate(page.rows, 1))


class TablePage(HTMLParser):
    """The cells of a page; those that a merged one covers stay empty."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.layout = Layout()
        self.in_cell = False
        #: Places that cells of rows above cover: {row's number: places}.
        self.covered: dict[int, set[int]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row or a cell."""
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            if not self.rows:
                self.rows.append([])
            self.begin_cell({name: value or "" for name, value in attrs})
        elif tag == "br" and self.in_cell:
            self.rows[-1][-1] += "\n"

    def begin_cell(self, attributes: dict[str, str]) -> None:
        """Place a cell behind those that are there and those that stand from above."""
        number, row = len(self.rows), self.rows[-1]
        while len(row) in self.covered.get(number, ()):
            row.append("")
        place, wide, high = len(row), span(attributes, "colspan"), span(attributes, "rowspan")
        # The text goes to the last cell of the row, so the cells beside it are covered rather than written.
        row.append("")
        for line in range(number, number + high):
            self.covered.setdefault(line, set()).update(range(place, place + wide))
        if wide > 1 or high > 1:
            self.layout.merges.append((number, place, number + high - 1, place + wide - 1))
        self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        if tag in ("td", "th", "tr"):
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        """The text of a cell."""
        if self.in_cell:
            self.rows[-1][-1] += data


def span(attributes: dict[str, str], name: str) -> int:
    """Over how many rows or columns a cell goes."""
    text = attributes.get(name, "").strip()
    return min(max(int(text), 1), SPAN_MAX) if text.isascii() and text.isdigit() and len(text) < 7 else 1
