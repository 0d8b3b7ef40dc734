"""Text -> passages of whole sentences. `text[p.start:p.end] == p.text`, always."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import groupby

from corpus.sentences import sentence_spans, trimmed
from corpus.types import Block, Document, Passage, Span

MAX_CHARS = 800
SPLITTING = f"sentences;chars={MAX_CHARS};v3"

CountTokens = Callable[[str], int]


def split(document: Document, count_tokens: CountTokens, max_tokens: int) -> tuple[Passage, ...]:
    """All passages of a document, in order.

    Each holds whole sentences of one heading and one page, at most 800 characters and at most
    `max_tokens` tokens. A sentence longer than that is cut at a clause, else at a space.
    """
    passages: list[Passage] = []
    for (heading, page), blocks in groupby(document.blocks, key=lambda b: (b.heading, b.page)):
        for spans in _packed(document.text, list(blocks), count_tokens, max_tokens):
            passages.append(_passage(document, spans, heading, page))
    return tuple(passages)


def _packed(
    text: str, blocks: list[Block], count_tokens: CountTokens, room: int
) -> Iterator[list[Span]]:
    """Sentences packed greedily; a block that fits a passage of its own is not torn for little."""

    def fits(spans: list[Span]) -> bool:
        stretch = text[spans[0].start : spans[-1].end]
        return len(stretch) <= MAX_CHARS and count_tokens(stretch) <= room

    held: list[Span] = []
    for block in blocks:
        spans = [
            piece
            for sentence in sentence_spans(
                text[block.span.start : block.span.end], block.span.start
            )
            for piece in _cut(text, sentence, count_tokens, room)
        ]
        if not spans:
            continue
        half_full = held and held[-1].end - held[0].start > MAX_CHARS // 2
        if half_full and fits(spans) and not fits(held + spans):
            yield held
            held = []
        for span in spans:
            if held and not fits([*held, span]):
                yield held
                held = []
            held.append(span)
    if held:
        yield held


def _cut(text: str, span: Span, count_tokens: CountTokens, room: int) -> Iterator[Span]:
    """A sentence as it is, or in pieces that fit."""
    while True:
        # One character more than fits tells whether to cut; all of a huge sentence costs time.
        words = text[span.start : min(span.end, span.start + MAX_CHARS + 1)]
        if len(words) <= MAX_CHARS and count_tokens(words) <= room:
            yield span
            return
        at = span.start + _cutting_point(words, count_tokens, room)
        piece, span = trimmed(text, span.start, at), trimmed(text, at, span.end)
        yield piece
        if span.start >= span.end:
            return


def _cutting_point(words: str, count_tokens: CountTokens, room: int) -> int:
    """The last clause end, else line end, else space, else character at which the head fits."""
    lengths = range(1, min(len(words), MAX_CHARS + 1))
    longest = bisect_right(lengths, room, key=lambda length: count_tokens(words[:length]))
    for pattern in (r"[;:]\s", r"\n", r",\s", r"\s"):
        for found in reversed([m.end() for m in re.finditer(pattern, words[:longest])]):
            if found >= MAX_CHARS // 4 and count_tokens(words[:found]) <= room:
                return found
    while longest > 1 and count_tokens(words[:longest]) > room:
        longest //= 2
    return max(1, longest)


def _passage(document: Document, spans: list[Span], heading: str, page: int | None) -> Passage:
    start, end = spans[0].start, spans[-1].end
    source = document.source
    key = f"{source.id}\n{source.version}\n{start}\n{end}"
    return Passage(
        id=hashlib.sha256(key.encode()).hexdigest()[:24],
        source_id=source.id,
        version=source.version,
        text=document.text[start:end],
        start=start,
        end=end,
        heading=heading,
        page=page,
        sentences=tuple(spans),
    )
