"""Fetched publications as what a note can be compared with: stretches of a few sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from assistant.wording import content_stems
from corpus.publications import Publication
from corpus.sentences import sentence_spans
from corpus.types import Extract, Span

_LONGEST = 3


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a fetched publication: `text[start:end]` of what was read in it.

    `sha256` is that of the bytes that were sent, `url` the address that the note names.
    """

    url: str
    sha256: str
    fetched_at: datetime
    words: str
    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """One to three sentences in a row."""

    span: Span
    page: int | None
    stems: frozenset[str]


class Original:
    """A fetched publication and its stretches, none of which runs across two pages."""

    def __init__(self, publication: Publication, extract: Extract) -> None:
        assert publication.received is not None
        self._url = publication.url
        self._received = publication.received
        self._text = extract.text
        self.stretches = tuple(_stretches(extract))

    def words(self, span: Span) -> str:
        return self._text[span.start : span.end]

    def quote(self, stretch: Stretch) -> Quote:
        received = self._received
        return Quote(
            self._url, received.sha256, received.fetched_at,
            self.words(stretch.span), *stretch.span, stretch.page,
        )  # fmt: skip


def _stretches(extract: Extract) -> Iterator[Stretch]:
    found = [
        (span, block.page, content_stems(extract.text[span.start : span.end]))
        for block in extract.blocks
        for span in sentence_spans(
            extract.text[block.span.start : block.span.end], block.span.start
        )
    ]
    for first, (begin, page, _) in enumerate(found):
        for last in range(first, min(first + _LONGEST, len(found))):
            end, its_page, _ = found[last]
            if its_page != page:
                break
            own = frozenset().union(*(s for _, _, s in found[first : last + 1]))
            yield Stretch(Span(begin.start, end.end), page, own)
