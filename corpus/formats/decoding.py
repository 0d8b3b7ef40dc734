"""Bytes of a page -> its characters, and a notice where the encoding had to be guessed."""

from __future__ import annotations

import codecs
import re

from corpus.types import Notice

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})|"""
    rb"""<meta[^>]{0,400}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_WHERE_DECLARED = 4096  # bytes
_LATIN = "cp1252"
# The share of accented letters in German or French; Polish has more, Russian has nothing else.
_MOST_ACCENTS = 0.065
# What pages call by an old name is written in the larger encoding that took its place.
_MEANT = {
    "iso8859-1": _LATIN, "ascii": _LATIN, "iso8859-9": "cp1254", "gb2312": "gb18030",
    "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs",
    "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8",
}  # fmt: skip
# Python knows further "encodings", such as unicode_escape, that no page is written in.
_ENCODINGS = re.compile(
    r"utf-8|cp\d+|iso8859-\d+|koi8-[rut]|mac-\w+|gb18030|big5hkscs|euc_(?:jp|jis_2004|kr)|hz"
    r"|iso2022_\w+|shift_jis\w*|tis-620|johab"
)


def decode(raw: bytes) -> tuple[str, tuple[Notice, ...]]:
    """The characters of a page: by its byte-order mark, what it says of itself, UTF-8, or a guess.

    A page that is UTF-8 although it says otherwise is read as UTF-8. There is always a result;
    bytes that stand for nothing become U+FFFD.
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _told(raw[len(mark) :], encoding, guessed=False)
    declared = _declared(raw)
    is_utf8 = _decodes(raw, "utf-8")
    if declared and not (is_utf8 and not raw.isascii()) and _decodes(raw, declared):
        return raw.decode(declared), ()
    if is_utf8:
        return _told(raw, "utf-8", guessed=declared not in (None, "utf-8") and not raw.isascii())
    return _told(raw, _detected(raw), guessed=True)


def _declared(raw: bytes) -> str | None:
    found = _DECLARED.search(raw, 0, _WHERE_DECLARED)
    if found is None:
        return None
    return encoding_named((found[1] or found[2]).decode("ascii", "replace"))


def encoding_named(name: str) -> str | None:
    """The encoding that pages mean by a name; None where no page is written in it."""
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    known = _MEANT.get(known, known)
    return known if _ENCODINGS.fullmatch(known) else None


def _detected(raw: bytes) -> str:
    from trafilatura.utils import detect_encoding

    letters = re.findall(rb"[A-Za-z\x80-\xff]", re.sub(rb"<[^>]*>", b"", raw[:200_000]))
    foreign = sum(letter >= b"\x80" for letter in letters)
    if foreign <= _MOST_ACCENTS * len(letters) and _decodes(raw, _LATIN):
        return _LATIN
    for name in detect_encoding(raw[:200_000]):
        known = encoding_named(name)
        if known and _decodes(raw, known):
            return known
    return _LATIN


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeError:
        return False
    return True


def _told(raw: bytes, encoding: str, guessed: bool) -> tuple[str, tuple[Notice, ...]]:
    text = raw.decode(encoding, "replace")
    lost = text.count("\ufffd")
    if not guessed and not lost:
        return text, ()
    said = f"It was read as {encoding}, which is a guess." if guessed else f"It is {encoding}."
    broken = f" {lost:,} characters could not be read." if lost else ""
    return text, (
        Notice(
            "encoding",
            f"The file does not say rightly how its characters are written. {said}{broken}"
            " Look whether accents and quotation marks are right.",
        ),
    )
