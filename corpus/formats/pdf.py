"""PDF -> text with page numbers, by PDFium.

Scripts, attachments and actions are never run or opened: PDFium is asked for text and places only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, groupby
from typing import Any

from corpus.errors import CorpusError
from corpus.formats.language import language_clue
from corpus.formats.paragraphs import BULLET, LEADERS, Heading, Joiner, Paragraph, paragraphs
from corpus.formats.pdf_clues import pdf_clues
from corpus.formats.pdf_notices import file_notices, page_notices
from corpus.formats.pdf_page import Seen, read_page
from corpus.formats.running import without_running_lines
from corpus.formats.tables import Table
from corpus.formats.writing import Writer
from corpus.sentences import sentence_spans
from corpus.types import Extract

MAX_PAGES = 5_000
_PASSWORD, _SECURITY = 4, 5
_OCR = "Run text recognition on it (for example: ocrmypdf in.pdf out.pdf) and add what comes out."


def read(raw: bytes) -> Extract:
    """The text of a PDF; a block never lies on two pages.

    Raises:
        CorpusError: it is damaged, needs a password, has too many pages or no text.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(raw)
    except PdfiumError as error:
        raise _refused(error) from error
    try:
        return _extract(document, raw)
    finally:
        document.close()


def _refused(error: Exception) -> CorpusError:
    if getattr(error, "err_code", 0) in (_PASSWORD, _SECURITY):
        return CorpusError(
            "The PDF is encrypted and needs a password.", "Save a copy without one and add that."
        )
    return CorpusError(
        f"The PDF is damaged or none at all ({error}).",
        "Get the file again, or open it and save it anew.",
    )


def _extract(document: Any, raw: bytes) -> Extract:
    count = len(document)
    if count > MAX_PAGES:
        raise CorpusError(
            f"The PDF has {count:,} pages; the limit is {MAX_PAGES:,}.", "Split it into parts."
        )
    seen, lost = _read_pages(document, count)
    pages, running = without_running_lines([one.page for one in seen])
    if not any(page.lines for page in pages):
        hidden = " What text it has is hidden from readers." if any(s.hidden for s in seen) else ""
        raise CorpusError(
            f"No page of the PDF has text ({count:,} in all): it is a scan, or empty.{hidden}", _OCR
        )
    sample = " ".join(line.text for page in pages for line in page.lines)
    language = language_clue(sample)
    writer = Writer()
    _write(writer, paragraphs(pages), Joiner.of(pages), language[0].value if language else "en")
    noticed = [*file_notices(document, raw, lost), *page_notices(seen, pages, running)]
    clues = [*pdf_clues(document.get_metadata_dict(), pages), *language]
    return writer.extract(clues, noticed, "The PDF", _OCR)


def _read_pages(document: Any, count: int) -> tuple[list[Seen], list[int]]:
    """What is on the pages, and the numbers of those that cannot be read."""
    from pypdfium2 import PdfiumError

    seen: list[Seen] = []
    lost: list[int] = []
    for number in range(1, count + 1):
        try:
            page = document[number - 1]
        except PdfiumError:
            lost.append(number)
            continue
        try:
            seen.append(read_page(page, number))
        except PdfiumError:
            lost.append(number)
        finally:
            page.close()
    return seen, lost


def _write(
    writer: Writer,
    items: Sequence[Paragraph | Heading | Table],
    joiner: Joiner,
    language: str,
) -> None:
    for item in items:
        if isinstance(item, Heading):
            writer.heading(item.level, item.text)
        elif isinstance(item, Table):
            for row in item.rows:
                writer.block(row, item.page)
        else:
            for page, words in _by_page(item, joiner, language):
                writer.block(words, page)


def _by_page(item: Paragraph, joiner: Joiner, language: str) -> list[tuple[int, str]]:
    """A paragraph in a part for each page; a sentence belongs to the page that it begins on."""
    parts = joiner.parts(item.lines)
    bullet = BULLET.match(parts[0])
    if bullet:
        parts[0] = parts[0][bullet.end() :]
    text = "".join(parts)
    if item.lines[-1].page == item.page:
        return [(item.page, LEADERS.sub(" … ", text))]
    starts = [0, *accumulate(map(len, parts))][:-1]

    def page_of(offset: int) -> int:
        return item.lines[bisect_right(starts, offset) - 1].page

    spans = sentence_spans(text, language=language)
    grouped = ((page, list(group)) for page, group in groupby(spans, lambda s: page_of(s.start)))
    return [(page, text[group[0].start : group[-1].end]) for page, group in grouped]
