"""Lines of pages -> paragraphs, headings and table rows in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from corpus.formats.lines import Line, Page, body_size, is_mark
from corpus.formats.tables import Table, find_tables

_CLOSED = re.compile(r"[.!?:;。！？][\"'”’»)\]]*\d{0,3}$")
_ONE_MORE = re.compile(r"[a-z(\[]|[“\"'‘]?[a-z]")
_HYPHEN = re.compile(r"[^\W\d_][-‐\xad]$")
_ANY_HYPHEN = re.compile(r"\w[-‐–—/]$")
_WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
# The dots between an entry of a table of contents and its page.
LEADERS = re.compile(r"\s*(?:(?:\. ?){4,}|…{2,}|_{4,})\s*")
BULLET = re.compile(r"[•·▪◦‣●■□➢*–—]\s+")

# Sizes of letters that differ by a smaller share are the same.
_SAME_SIZE = 0.08
# A heading is larger than the text by such a share, or bold; longer ones are paragraphs.
_HEADING_SIZE, _HEADING_LENGTH = 1.12, 200
# Above this share of all letters, what looks like headings is the text itself.
_MOST_HEADINGS = 0.25


@dataclass(slots=True)
class Paragraph:
    """Lines that read on as one; they may lie on several pages."""

    lines: list[Line]
    column_right: float

    @property
    def page(self) -> int:
        """The page it begins on."""
        return self.lines[0].page

    @property
    def size(self) -> float:
        """The size of its letters."""
        return self.lines[0].size


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and its level, 1 for the largest letters."""

    text: str
    level: int
    page: int


@dataclass(frozen=True, slots=True)
class Joiner:
    """Joins lines; `words` are all words of the document, by which hyphens are judged."""

    words: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, pages: Iterable[Page]) -> Joiner:
        """A joiner that knows the words of these pages."""
        texts = (line.text for page in pages for line in page.lines)
        return cls(frozenset(w.lower() for text in texts for w in _WORD.findall(text)))

    def parts(self, lines: Sequence[Line]) -> list[str]:
        """A part for each line, that together make up the text."""
        parts: list[str] = []
        for line in lines:
            text = line.text[:-1].replace("\xad", "") + line.text[-1:]
            if parts:
                parts[-1] = self._before(parts[-1], text)
            parts.append(text)
        if parts:
            parts[-1] = parts[-1].rstrip("\xad")
        return parts

    def _before(self, text: str, following: str) -> str:
        """The end of a line as it reads before the next one: mended, or with a space."""
        if _HYPHEN.search(text) and following[:1].islower():
            first, second = re.search(r"\w+$", text[:-1]), re.match(r"\w+", following)
            joined = f"{first[0]}{second[0]}".lower() if first and second else ""
            kept = f"{first[0]}-{second[0]}".lower() if first and second else ""
            if kept in self.words and joined not in self.words:
                return text
            return text[:-1]
        text = text.rstrip("\xad")
        return text if _ANY_HYPHEN.search(text) and text[-2:-1] != " " else text + " "


def paragraphs(pages: Sequence[Page]) -> list[Paragraph | Heading | Table]:
    """All that is to be read, in order; a paragraph that runs over a page is one."""
    body = body_size(line for page in pages for line in page.lines)
    found: list[Paragraph | Table] = []
    for page in pages:
        _append_page(found, list(_of_page(page, body)), body)
    headings = _headings(found, body)
    return [
        Heading(_heading_text(item), headings[id(item)], item.page)
        if isinstance(item, Paragraph) and id(item) in headings
        else item
        for item in found
    ]


def _of_page(page: Page, body: float) -> Iterator[Paragraph | Table]:
    items = find_tables(page)
    lines = [item for item in items if isinstance(item, Line)]
    leading = _leading(lines)
    open_one: Paragraph | None = None
    for item in items:
        if isinstance(item, Table):
            if open_one:
                yield open_one
            open_one = None
            yield item
            continue
        if open_one and _goes_on(open_one, item, leading, body):
            open_one.lines.append(item)
            continue
        if open_one:
            yield open_one
        open_one = Paragraph([item], _column_right(item, lines))
    if open_one:
        yield open_one


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance between lines of text, in sizes of their letters."""
    gaps = [
        (above.bottom - below.bottom) / above.size
        for above, below in pairwise(lines)
        if _alike(above, below) and 0 < above.bottom - below.bottom < 4 * above.size
    ]
    return median(sorted(gaps)[: max(1, len(gaps) * 3 // 4)]) if gaps else 1.3


def _column_right(line: Line, lines: Sequence[Line]) -> float:
    """How far to the right lines of the same column reach."""
    near = 4 * line.size
    return max((o.right for o in lines if abs(o.left - line.left) < near), default=line.right)


def _alike(a: Line, b: Line) -> bool:
    return abs(a.size - b.size) <= _SAME_SIZE * max(a.size, b.size) and a.bold == b.bold


def _goes_on(open_one: Paragraph, line: Line, leading: float, body: float) -> bool:
    """Whether a line reads on from the lines before it on the same page."""
    last = open_one.lines[-1]
    same_size = abs(last.size - line.size) <= _SAME_SIZE * max(last.size, line.size)
    if not same_size or (last.bold != line.bold and not (_unfinished(last.text, line.text))):
        return False
    if is_mark(line.words[0].text) and len(line.words) > 1 and not _is_initial(line, last):
        return False
    if LEADERS.search(last.text):
        return False
    gap = last.bottom - line.bottom
    if gap < -line.size or gap > 4 * line.size:
        return _runs_over(open_one, line)
    if abs(gap) < 0.3 * line.size:
        return True
    if gap > (leading * 1.3 + 0.1) * line.size:
        return False
    if _is_large(line, body) or (line.bold and last.bold):
        return True
    return not _is_new(open_one, line, last)


def _is_initial(line: Line, last: Line) -> bool:
    """Whether what looks like the mark of an item is a word of a sentence: "of section / 3."."""
    word = line.words[0].text
    if line.left > last.left + 0.5 * line.size or word.startswith(("•", "(")):
        return False
    return not _CLOSED.search(last.text) and word[:1].isalnum() and not word[:1].isdigit()


def _is_large(line: Line, body: float) -> bool:
    return line.size >= _HEADING_SIZE * body


def _is_new(open_one: Paragraph, line: Line, last: Line) -> bool:
    """Whether a line at the usual distance begins a paragraph all the same."""
    step = line.left - last.left
    first = open_one.lines[0]
    marked = is_mark(first.words[0].text)
    if step > 0.8 * line.size and not (marked and len(open_one.lines) == 1):
        return not _unfinished(last.text, line.text)
    if step < -0.8 * line.size and (len(open_one.lines) > 1 or marked):
        return not _unfinished(last.text, line.text)
    return not _fills(open_one, line) and not _unfinished(last.text, line.text)


def _fills(open_one: Paragraph, line: Line) -> bool:
    """Whether the last line is full: the first word of the next did not fit on it."""
    last, word = open_one.lines[-1], line.words[0]
    needed = word.right - word.left + 0.25 * line.size
    return last.right + needed > open_one.column_right - 0.5 * line.size


def _unfinished(text: str, following: str) -> bool:
    """Whether a sentence plainly reads on: it is not closed, and goes on in lower case."""
    if _CLOSED.search(text):
        return False
    return bool(_ONE_MORE.match(following) or _ANY_HYPHEN.search(text) or text.endswith(","))


def _runs_over(open_one: Paragraph, line: Line) -> bool:
    """Whether a paragraph goes on in the next column or on the next page."""
    last = open_one.lines[-1]
    if _CLOSED.search(last.text) or not _alike(last, line) or is_mark(line.words[0].text):
        return False
    return _unfinished(last.text, line.text) or _fills(open_one, line)


def _append_page(
    found: list[Paragraph | Table], items: list[Paragraph | Table], body: float
) -> None:
    """Add what a page holds; its first paragraph may go on with the last one of the text before.

    Footnotes, which stand between the two, are put before the paragraph that runs over them.
    """
    above = _last_of_text(found, body)
    if above is not None and items:
        earlier, first = found[above], items[0]
        if isinstance(earlier, Paragraph) and isinstance(first, Paragraph):
            new_column = Paragraph(earlier.lines, earlier.column_right)
            if _runs_over(new_column, first.lines[0]) and not _is_large(first.lines[0], body):
                found.append(found.pop(above))
                earlier.lines += first.lines
                items = items[1:]
    found += items


def _last_of_text(found: Sequence[Paragraph | Table], body: float) -> int | None:
    for at in range(len(found) - 1, -1, -1):
        item = found[at]
        if isinstance(item, Table):
            return None
        if item.size >= (1 - _SAME_SIZE) * body:
            return at
    return None


def _headings(found: Sequence[Paragraph | Table], body: float) -> dict[int, int]:
    """The levels of those paragraphs that are headings, by their ids; none where they are not
    to be told from the text."""
    likely = [item for item in found if isinstance(item, Paragraph) and _looks_like(item, body)]
    letters = sum(len(line.text) for i in found if isinstance(i, Paragraph) for line in i.lines)
    if sum(len(line.text) for i in likely for line in i.lines) > _MOST_HEADINGS * letters:
        likely = [item for item in likely if _is_large(item.lines[0], body)]
    styles = sorted({_style(item) for item in likely}, reverse=True)
    return {id(item): 1 + styles.index(_style(item)) for item in likely}


def _style(item: Paragraph) -> tuple[float, bool]:
    return round(item.size), item.lines[0].bold


def _looks_like(item: Paragraph, body: float) -> bool:
    text = " ".join(line.text for line in item.lines)
    if (
        LEADERS.search(text)
        or len(text) > _HEADING_LENGTH
        or len(item.lines) > 4
        or not re.search(r"[^\W\d_]{2}", text)
    ):
        return False
    large = _is_large(item.lines[0], body)
    bold = all(line.bold for line in item.lines) and item.size >= (1 - _SAME_SIZE) * body
    return (large or bold) and not re.search(r"[,;]$|[a-z]{2}\.$", text)


def _heading_text(item: Paragraph) -> str:
    return " ".join(line.text.replace("\xad", "") for line in item.lines)
