"""Markdown and plain text of unknown encoding -> text with blocks."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator

from corpus import readers
from corpus.errors import CorpusError
from corpus.formats.characters import OddCharacters
from corpus.heads import Head, parse
from corpus.types import Block, Clue, Extract, Notice

_FENCE = re.compile(r"---[ \t]*\n.*?^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"\s*#\s+(\S.*)")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\x81\x8d\x8f\x90\x9d]")
# The share of ordinary letters and spaces below which bytes are not taken for Western text.
_LEAST_PLAIN = 0.7


def read(raw: bytes) -> Extract:
    """Plain text: paragraphs by blank lines.

    Raises:
        CorpusError: it is no text, or holds none.
    """
    text, notices = decode(raw)
    return _extract(readers.clean(text), (), readers.read_plain, notices)


def read_markdown(raw: bytes) -> Extract:
    """Markdown, with or without a head.

    Raises:
        CorpusError: it is no text, or holds none below its head.
    """
    decoded, notices = decode(raw)
    text = readers.clean(decoded)
    try:
        head, body = parse(text)
    except CorpusError as error:
        head, body = None, _FENCE.sub("", text, count=1) if _FENCE.match(text) else text
        notices += (Notice("head", f"The head of the file was passed over. {error}"),)
    return _extract(body, _clues(head, body), readers.read_markdown, notices)


def decode(raw: bytes) -> tuple[str, tuple[Notice, ...]]:
    """The text of bytes of unknown encoding, and a notice where the encoding was guessed.

    A byte-order mark is believed; without one it is UTF-8, or else Windows-1252 if that makes
    sense of it.

    Raises:
        CorpusError: it is no text in any of these.
    """
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
        if "\0" in text:
            raise CorpusError(
                "The file holds NUL characters: it is binary, or text in an unmarked encoding.",
                "Save it as UTF-8 text.",
            )
        return text, ()
    except UnicodeDecodeError as error:
        letters = len(re.findall(rb"[A-Za-z0-9\s.,;:'\"()-]", raw))
        if encoding != "utf-8" or _BINARY.search(raw) or letters < _LEAST_PLAIN * len(raw):
            raise CorpusError(
                f"The file is not text in UTF-8 or any encoding it names (byte {error.start}).",
                "Save it as UTF-8.",
            ) from error
    notice = Notice(
        "encoding",
        "The file is not UTF-8; it was read as Windows-1252 (Western European). Check that accents"
        " and quotation marks are right; if not, save it as UTF-8 and add it again.",
    )
    return raw.decode("cp1252"), (notice,)


def _extract(
    text: str,
    clues: tuple[Clue, ...],
    split: Callable[[str], Iterator[Block]],
    notices: tuple[Notice, ...],
) -> Extract:
    odd = OddCharacters()
    text = odd.take_out(text)
    unseen = odd.notice()
    blocks = tuple(split(text)) if text.strip() else ()
    if not blocks:
        raise CorpusError("The file holds no text.", "Check that this is the file you meant.")
    return Extract(text, blocks, clues, notices + ((unseen,) if unseen else ()))


def _clues(head: Head | None, body: str) -> tuple[Clue, ...]:
    if head is None:
        heading = _TITLE.match(body)
        shown = heading[1].strip(" #")[: readers.MAX_HEADING] if heading else ""
        return (Clue("title", shown, "the first heading"),) if shown else ()
    given = head.model_dump(mode="json", include=set(_GIVEN), exclude_none=True)
    return tuple(Clue(key, given[key], "the file's own head") for key in _GIVEN if key in given)


_GIVEN = ("title", "publisher", "kind", "published", "language", "url", "licence")
