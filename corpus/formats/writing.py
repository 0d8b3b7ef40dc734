"""Headings and blocks, one after the other -> an extract whose offsets come out right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from corpus.errors import CorpusError
from corpus.formats.characters import OddCharacters
from corpus.readers import MAX_HEADING
from corpus.types import Block, Clue, Extract, Notice, Span

_GAP = "\n\n"
_MAX_CLUES = 60


class Writer:
    """Gathers what a reader of the document sees, in order."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._headings: list[tuple[int, str]] = []
        self._length = 0
        self._odd = OddCharacters()

    def heading(self, level: int, words: str) -> None:
        """Opens a section of that level, 0 outermost; a paragraph set as a heading is a block."""
        line = " ".join(self._odd.take_out(words).split())
        if len(line) > MAX_HEADING:
            self.block(line)
        elif line:
            self._headings = [h for h in self._headings if h[0] < level]
            self._headings.append((level, line))
            self._append(line)

    def close_sections(self) -> None:
        """What follows stands under no heading, until the next one."""
        self._headings = []

    def block(self, words: str, page: int | None = None) -> None:
        """A paragraph, item or row; an empty line parts it in two, other line ends stay."""
        for part in re.split(r"\n[^\S\n]*\n\s*", self._odd.take_out(words)):
            lines = [" ".join(line.split()) for line in part.split("\n")]
            shown = "\n".join(line for line in lines if line)
            if shown:
                start = self._append(shown)
                heading = " › ".join(h[1] for h in self._headings)
                self._blocks.append(Block(Span(start, start + len(shown)), heading, page))

    def extract(
        self, clues: Iterable[Clue], notices: Iterable[Notice], what: str, remedy: str
    ) -> Extract:
        """All of it.

        Raises:
            CorpusError: nothing was written; `what` names the file and `remedy` what to do.
        """
        if not self._blocks:
            raise CorpusError(f"{what} holds no text.", remedy)
        odd = self._odd.notice()
        noticed = (*notices, odd) if odd else tuple(notices)
        kept = tuple(dict.fromkeys(islice(clues, _MAX_CLUES)))
        return Extract(_GAP.join(self._parts), tuple(self._blocks), kept, noticed)

    def _append(self, part: str) -> int:
        start = self._length + len(_GAP) if self._parts else 0
        self._parts.append(part)
        self._length = start + len(part)
        return start
