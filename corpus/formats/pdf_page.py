"""A page of a PDF -> lines of words with their places, and what of it no reader would see."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from corpus.formats.lines import Line, Page, Word
from corpus.formats.pdf_sight import Box, Frame, Survey, address, survey, unseen

# Below this size, in points, letters are there for programs, not for readers.
_LEAST_SIZE = 2.0
# Letters that are no wider than this share of their size stand on each other.
_LEAST_WIDTH = 0.02
_HYPHENS = {0xFFFE: "-", 0x02: "-"}
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
# Shares of the page under pictures, and of letters that are invisible, that make it a scan with
# recognised text behind the picture.
_SCAN_COVER, _SCAN_INVISIBLE = 0.5, 0.8


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of a page: `hidden` holds the words that no reader would see.

    `drawn` is whether anything but text is on it, `recognised` whether the text lies invisibly
    behind the picture of a scan; `unmapped` counts letters of which the file does not say which
    letters they are.
    """

    page: Page
    hidden: str
    drawn: bool
    recognised: bool
    unmapped: int


@dataclass(slots=True)
class _Letters:
    """A word in the making, or the part of one that a text object draws.

    `source` is the address of that object, `goes_on` whether the word began in another.
    """

    text: str
    box: Box
    size: float
    source: int
    goes_on: bool

    @property
    def readable(self) -> bool:
        """Whether letters are neither too small nor, in words on a level line, too narrow."""
        left, bottom, right, top = self.box
        narrow = right - left < _LEAST_WIDTH * self.size * len(self.text)
        squeezed = narrow and top - bottom < 2 * self.size and len(self.text) > 2
        return self.size >= _LEAST_SIZE and not squeezed


def read_page(page: Any, number: int) -> Seen:
    """The text of a page of pypdfium2, in the order in which PDFium gives it."""
    frame = Frame.of(page)
    found = survey(page, frame)
    textpage = page.get_textpage()
    try:
        rows, unmapped = _rows(textpage.raw, frame)
    finally:
        textpage.close()
    words = [word for row in rows for word in row]
    hidden = {
        id(words[at]) for at in unseen(page, frame, found, ((w.source, w.box) for w in words))
    }
    recognised = _is_scan(words, hidden, found, frame)
    if recognised:
        hidden = set()
    hidden |= {id(w) for w in words if not (w.readable and frame.holds(w.box))}
    kept = [[_word(w, found) for w in _whole(row, hidden)] for row in rows]
    lines = tuple(Line(tuple(row), number) for row in kept if row)
    shown = Page(number, frame.width, frame.height, lines, tuple(sorted(found.rules)))
    unshown = " ".join(w.text for w in words if id(w) in hidden)
    return Seen(shown, unshown, found.drawn, recognised, unmapped)


def _rows(textpage: Any, frame: Frame) -> tuple[list[list[_Letters]], int]:
    """Lines as PDFium breaks them, each as its words, and how many letters it could not map."""
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    rows: list[list[_Letters]] = [[]]
    unmapped, inside = 0, False
    for at in range(raw.FPDFText_CountChars(textpage)):
        code = raw.FPDFText_GetUnicode(textpage, at)
        if code in (10, 13):
            rows.append([])
            inside = False
            continue
        if code in (0, 0xFFFD):
            unmapped += 1
            continue
        letter = _HYPHENS.get(code) or chr(code)
        if letter < " " or letter.isspace():
            inside = False
            continue
        raw.FPDFText_GetLooseCharBox(textpage, at, box)
        place = frame.upright(box.left, box.bottom, box.right, box.top)
        word = rows[-1][-1] if inside else None
        source = address(raw.FPDFText_GetTextObject(textpage, at))
        # After a hyphen PDFium goes on with the next line as if it were the same.
        if word and word.text.endswith("-") and place[3] < word.box[1] + 0.3 * word.size:
            rows.append([])
            word = None
        if word and source in (word.source, 0):
            word.text += letter
            word.box = _around(word.box, place)
        else:
            size = _size(textpage, at)
            rows[-1].append(_Letters(letter, place, size, source, word is not None))
            inside = True
    return [row for row in rows if row], unmapped


def _whole(row: list[_Letters], hidden: set[int]) -> list[_Letters]:
    """The words of a row from those of their parts that are not hidden."""
    words: list[_Letters] = []
    begun = False
    for part in row:
        begun = begun and part.goes_on
        if id(part) in hidden:
            continue
        if begun:
            words[-1].text += part.text
            words[-1].box = _around(words[-1].box, part.box)
        else:
            words.append(replace(part))
        begun = True
    return words


def _around(a: Box, b: Box) -> Box:
    return (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))


def _size(textpage: Any, at: int) -> float:
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(textpage, at, matrix)
    return float(raw.FPDFText_GetFontSize(textpage, at)) * math.hypot(matrix.c, matrix.d)


def _word(letters: _Letters, found: Survey) -> Word:
    text = letters.text.translate(_LIGATURES)
    # Two halves of a character beyond the first 65,536 come as two letters.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if all(0xE000 <= ord(letter) < 0xF900 for letter in text):
        text = "•"
    left, bottom, right, top = letters.box
    style = found.styles.get(letters.source)
    return Word(text, left, right, bottom, top, letters.size, style is not None and style.bold)


def _is_scan(words: list[_Letters], hidden: set[int], found: Survey, frame: Frame) -> bool:
    cover = sum(max(0.0, b[2] - b[0]) * max(0.0, b[3] - b[1]) for b in found.pictures)
    invisible = sum(len(w.text) for w in words if id(w) in hidden)
    return (
        invisible > 0
        and cover >= _SCAN_COVER * frame.width * frame.height
        and invisible >= _SCAN_INVISIBLE * sum(len(w.text) for w in words)
    )
