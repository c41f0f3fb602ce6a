"""Documents (docx) with our look: Chinese fonts, headings, tables. No text is taken as markup."""

from collections.abc import Iterable, Sequence
from io import BytesIO

from docx import Document
from docx.document import Document as DocumentType
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from crm.rules import UNWANTED

FONT = "宋体"


def begin(title: str, *lead: str) -> DocumentType:
    """A new A4 document with its title and lines below it."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        style = document.styles[name]
        style.font.name = FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    document.styles["Normal"].font.size = Pt(11)
    document.add_heading(clean(title), level=0)
    for line in lead:
        document.add_paragraph(clean(line))
    return document


def clean(text: str) -> str:
    """Text without characters that XML cannot hold."""
    return UNWANTED.sub("", text)


def heading(document: DocumentType, text: str, level: int = 1) -> None:
    """A heading."""
    document.add_heading(clean(text), level=level)


def paragraphs(document: DocumentType, lines: Iterable[str], style: str | None = None) -> None:
    """A paragraph for each line."""
    for line in lines:
        document.add_paragraph(clean(line), style=style)


def table(
    document: DocumentType, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float] = ()
) -> None:
    """A table with its header on every page; `widths` of its columns in cm (16 fill the page), else all alike."""
    found = document.add_table(rows=1, cols=len(head))
    found.style = "Table Grid"
    found.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell, text in zip(found.rows[0].cells, head, strict=True):
        cell.paragraphs[0].add_run(clean(text)).bold = True
    for row in rows:
        cells = found.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            cell.text = clean(text)
    for column, width in zip(found.columns, widths, strict=False):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)
    document.add_paragraph()


def content(document: DocumentType) -> bytes:
    """The document's bytes."""
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()
