"""Web pages: what a reader sees of the main text, without navigation, scripts and hidden words."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corpus.errors import CorpusError
from corpus.formats.clues import page_clues
from corpus.formats.decoding import decode
from corpus.formats.hidden import SILENT, drop_hidden
from corpus.formats.markup import Segment, parse_html, segments, tell_tables, write
from corpus.formats.writing import Writer
from corpus.types import Extract, Notice

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_FURNITURE = ("nav", "footer", "aside", "form", "menu", "dialog")
_FURNITURE_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "dialog", "menu"})
_BANNER = re.compile(r"cookie|consent|gdpr", re.IGNORECASE)
# Rare ideographs that mark segments: letters, so that nobody takes them for white space or signs.
_MARK, _MARKS = 0x20000, 42_000
_REMEDY = (
    "If it is filled by a script, print it to PDF in a browser and add that; "
    "else save its text as plain text."
)


def read(raw: bytes) -> Extract:
    """The main text of a page with its headings, clues for a head, and notices.

    Raises:
        CorpusError: the page holds no text, or is nested too deeply.
    """
    text, encoding = decode(raw)
    root = parse_html(text)
    body = root.find(".//body") if root is not None else None
    if root is None or body is None:
        raise CorpusError("The page holds no text.", _REMEDY)
    clues = page_clues(root)
    notices = (*encoding, *see(root, [style.text or "" for style in root.iter("style")]))
    tell_tables(body)
    parts = list(segments(body))
    main = _main_parts(root, parts)
    writer = Writer()
    write(main or _without_furniture(parts), writer)
    notices += _left_out(parts, main)
    return writer.extract(clues, notices, "The page", _REMEDY)


def see(root: Element, sheets: list[str]) -> tuple[Notice, ...]:
    """Takes out of a tree whatever its readers do not see, and says what that was."""
    from lxml import etree

    etree.strip_elements(root, *SILENT, with_tail=False)
    notices = drop_hidden(root, sheets)
    # What is still there is seen, whatever others make of its style.
    etree.strip_attributes(root, "style")
    return notices


def _main_parts(root: Element, parts: list[Segment]) -> list[Segment]:
    """The segments that trafilatura takes for the main text; none where it finds no such text.

    It is asked only which segments belong there, because what it gives back has lost paragraphs
    and cells. So each gets a mark that comes back with its text; the tree is of no use afterwards.
    """
    from trafilatura import bare_extraction

    # What it warns of, "discarding data", is the case that is handled here.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    marks = [chr(_MARK + at * _MARKS // max(_MARKS, len(parts))) for at in range(len(parts))]
    for part, mark in zip(parts, marks, strict=True):
        for element, is_tail in part.pieces:
            if is_tail:
                element.tail = f"{element.tail}{mark}"
            else:
                element.text = f"{element.text}{mark}"
    found = bare_extraction(root, with_metadata=False, include_comments=False, favor_recall=True)
    body: Element | None = getattr(found, "body", None)
    kept = set("".join(map(str, body.itertext()))) if body is not None else set()
    return [part for part, mark in zip(parts, marks, strict=True) if mark in kept]


def _without_furniture(parts: list[Segment]) -> Iterator[Segment]:
    """The segments but those within what is navigation, footer or banner by its name."""
    for part in parts:
        element, is_tail = part.pieces[0]
        around = [*([] if is_tail else [element]), *element.iterancestors()]
        if not any(map(_is_furniture, around)):
            yield part


def _is_furniture(element: Element) -> bool:
    names = f"{element.get('id', '')} {element.get('class', '')}"
    return element.tag not in ("html", "body") and (
        element.tag in _FURNITURE
        or element.get("role", "").lower() in _FURNITURE_ROLES
        or _BANNER.search(names) is not None
    )


def _left_out(parts: list[Segment], main: list[Segment]) -> tuple[Notice, ...]:
    if not main:
        return (
            Notice(
                "main-text",
                "No main text could be told from the rest of the page, so all of it was taken"
                " but what is named as navigation or footer. Look through it.",
            ),
        )
    words, kept = (sum(len(part.words.split()) for part in some) for some in (parts, main))
    if kept >= words / 2:
        return ()
    return (
        Notice(
            "main-text",
            f"{kept:,} of the page's {words:,} words were taken as its main text;"
            " the others look like navigation and the like. Look whether anything is missing.",
        ),
    )
