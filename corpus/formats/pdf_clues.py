"""What a PDF says of itself: its properties, and its first page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from corpus.formats.clues import clue
from corpus.formats.lines import Line, Page, body_size
from corpus.types import Clue

_PROGRAM = re.compile(r"^(?:microsoft (?:word|powerpoint|excel) - |powerpoint presentation$)", re.I)
_FILE_NAME = re.compile(r"\.(?:docx?|pdf|indd|qxd|pptx?|xlsx?|rtf|odt|tex|dvi|wpd|html?)$", re.I)
_NO_TITLE = re.compile(r"(?:untitled|document|slide|layout|title|scan)\W*\d*$", re.I)
# Names of accounts and programs.
_NO_PERSON = re.compile(r"(?:administrator|microsoft.*|\w{0,8}|\W*)$", re.I)
_MADE = re.compile(r"(?:D:)?((?:19|20)\d\d)(0[1-9]|1[0-2])?([0-2]\d|3[01])?")
_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
)
_DATE = re.compile(
    rf"\b(?:(?:{_MONTHS})\.? \d{{1,2}}, (?:19|20)\d\d|\d{{1,2}} (?:{_MONTHS}) (?:19|20)\d\d"
    rf"|(?:{_MONTHS}) (?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d)\b"
)
_BODY_OF_PEOPLE = re.compile(
    r"\b(?:Department|Ministry|Agency|Office|Institut\w*|University|Council|Commission|Board|Bureau"
    r"|Cent(?:er|re)|Foundation|Association|Committee|Authority|Administration|Parliament|Society)\b"
)
_RIGHTS = re.compile(
    r"(?:©|\(c\)|copyright)[\s©,(c)]*(?:19|20)\d\d,?\s+(?:by\s+)?([^\W\d_][^.;|]{2,80})", re.I
)
# Letters of a title are larger than those of the text by this share.
_LARGE = 1.15
# A page before others that has no more lines is a cover.
_COVER_LINES = 6


def pdf_clues(properties: Mapping[str, str], pages: Sequence[Page]) -> Iterator[Clue]:
    """Clues, the likeliest of each key first."""
    yield from _titles(_plain(properties.get("Title", "")), pages)
    for name in re.split(r"\s*(?:;|\band\b|&)\s*", _plain(properties.get("Author", ""))):
        if not _NO_PERSON.match(name):
            yield from clue("authors", name, "the properties of the file (Author)")
    first = next((page for page in pages if page.lines), None)
    if first is not None:
        yield from _publisher(first)
        if found := _DATE.search(" ".join(line.text for line in first.lines)):
            day = re.sub(r"(?<=[a-z])\.", "", found[0])
            yield from clue("published", day, f"a date on page {first.number}: {found[0]}")
    if made := _MADE.match(properties.get("CreationDate", "")):
        day = "-".join(filter(None, made.groups()))
        yield from clue(
            "published", day, "when the file was made, which may be long after publication"
        )


def _plain(value: str) -> str:
    return " ".join(value.replace("\0", " ").split())


def _titles(stated: str, pages: Sequence[Page]) -> Iterator[Clue]:
    """The stated title if the first page shows it, else the first page's largest letters first."""
    stated = _FILE_NAME.sub("", _PROGRAM.sub("", stated)) if _is_title(stated) else ""
    largest, number = _largest(pages)
    beginning = " ".join(line.text for page in pages[:2] for line in page.lines).casefold()
    shown = (largest, f"the largest letters on page {number}")
    told = (stated, "the properties of the file (Title)")
    for title, evidence in (told, shown) if stated.casefold() in beginning else (shown, told):
        yield from clue("title", title, evidence)


def _is_title(stated: str) -> bool:
    plain = bool(re.search(r"[^\W\d_]{3}", stated)) and not _NO_TITLE.match(stated)
    return plain and not (_FILE_NAME.search(stated) and " " not in stated)


def _largest(pages: Sequence[Page]) -> tuple[str, int]:
    """The words in the largest letters of the first page with text, if they stand out."""
    page = next((page for page in pages if page.lines), None)
    if page is None:
        return "", 0
    body = body_size(line for page in pages for line in page.lines)
    lines = [line for line in page.lines if re.search(r"[^\W\d_]{2}", line.text)]
    size = max((line.size for line in lines), default=0.0)
    large = [line.text for line in lines if line.size > 0.97 * size]
    # Who publishes it often stands above a title in the same letters.
    if len(large) > 1 and _BODY_OF_PEOPLE.search(large[0]):
        large = large[1:]
    words = " ".join(large)
    cover = len(page.lines) <= _COVER_LINES and len(pages) > 1
    stands_out = size >= _LARGE * body or cover
    fits = len(words) <= 300 and not words.endswith(".")
    return (words, page.number) if stands_out and fits else ("", 0)


def _publisher(page: Page) -> Iterator[Clue]:
    text = " ".join(line.text for line in page.lines)
    if found := _RIGHTS.search(text):
        yield from clue("publisher", found[1], f"the copyright line on page {page.number}")
    body = body_size(page.lines)
    for line in _first_lines(page):
        if _BODY_OF_PEOPLE.search(line.text) and (line.size > body or line.bold):
            yield from clue("publisher", line.text, f"a line at the top of page {page.number}")
            return


def _first_lines(page: Page) -> list[Line]:
    return [line for line in page.lines[:8] if len(line.text) <= 80]
