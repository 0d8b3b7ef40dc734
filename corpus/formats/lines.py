"""Words and lines with their places on a page: what the modules of layout work on.

Places are in points from the left and the bottom of the page as it is seen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

# A gap between two words of one line, in sizes of its letters, that sets cells apart.
CELL_GAP = 1.5
_MARK = re.compile(r"(?:[•·▪◦‣●■□➢*–—o-]|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)])$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word without white space; `size` is that of its letters in points."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    bold: bool = False


@dataclass(frozen=True)
class Line:
    """Words on one line, from left to right, and the number of the page, from 1."""

    words: tuple[Word, ...]
    page: int

    @cached_property
    def text(self) -> str:
        """The words, with single spaces."""
        return " ".join(word.text for word in self.words)

    @cached_property
    def size(self) -> float:
        """The size of most of its letters."""
        sizes: Counter[float] = Counter()
        for word in self.words:
            sizes[round(word.size, 1)] += len(word.text)
        return sizes.most_common(1)[0][0]

    @cached_property
    def bold(self) -> bool:
        """Whether all words with letters are bold."""
        return all(word.bold for word in self.words if any(map(str.isalnum, word.text)))

    @property
    def left(self) -> float:
        """Where the first word begins."""
        return self.words[0].left

    @cached_property
    def right(self) -> float:
        """Where the last word ends."""
        return max(word.right for word in self.words)

    @cached_property
    def bottom(self) -> float:
        """The lower edge of most of its words."""
        return sorted(word.bottom for word in self.words)[len(self.words) // 2]

    @cached_property
    def top(self) -> float:
        """The upper edge of most of its words."""
        return sorted(word.top for word in self.words)[len(self.words) // 2]

    @cached_property
    def cells(self) -> tuple[tuple[Word, ...], ...]:
        """The words in groups with wide gaps between; the mark of a list item is no cell."""
        return split_at_gaps(self.words, CELL_GAP)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its number from 1, its size in points, its lines in reading order.

    `rules` are heights at which lines or edges are drawn across at least a part of the page.
    """

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    rules: tuple[float, ...] = ()


def split_at_gaps(
    words: Iterable[Word], widest: float, starts: Iterable[float] = ()
) -> tuple[tuple[Word, ...], ...]:
    """Words in groups: apart by more than `widest` sizes, or half that where a column starts."""
    groups: list[list[Word]] = []
    edges = tuple(starts)
    for word in words:
        if not groups:
            groups.append([word])
            continue
        last = groups[-1]
        gap = (word.left - last[-1].right) / max(last[-1].size, word.size, 1)
        aligned = any(abs(word.left - edge) < 3 for edge in edges)
        apart = gap > (widest / 2.5 if aligned else widest)
        if apart and not (len(last) == 1 and is_mark(last[0].text)):
            groups.append([word])
        else:
            last.append(word)
    return tuple(map(tuple, groups))


def is_mark(text: str) -> bool:
    """Whether a word alone marks a list item: a bullet, "3.", "(b)"."""
    return bool(_MARK.match(text))


def body_size(lines: Iterable[Line]) -> float:
    """The size of letters that most of the text is set in; 10 where there is no text."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0
