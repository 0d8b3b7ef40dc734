"""Values that the rest of the system cites: sources, documents, passages, sentence spans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What sort of publication a source is (or, for a note, summarises)."""

    LEGISLATION = "legislation"
    GOVERNMENT_REPORT = "government-report"
    GOVERNMENT_NOTICE = "government-notice"
    THINK_TANK = "think-tank"
    ACADEMIC = "academic"
    NEWS = "news"
    ASSOCIATION = "association"
    CITY_RECORD = "city-record"
    OFFICIAL_STATEMENT = "official-statement"
    OPINION = "opinion"
    UNCLASSIFIED = "unclassified"


class Standpoint(StrEnum):
    """Where the source stands on the matter it describes; `perspective` says it in words."""

    NEUTRAL = "neutral"
    SUPPORTIVE = "supportive"
    CAUTIONARY = "cautionary"
    MIXED = "mixed"
    UNSTATED = "unstated"


class TextKind(StrEnum):
    """Whose words the text is made of."""

    FULL = "full"
    EXCERPT = "excerpt"
    NOTE = "note"


class ReadExtent(StrEnum):
    """How much of the publication was read by whoever wrote or took over the text."""

    WHOLE = "whole"
    PART = "part"
    ABSTRACT = "abstract"
    SECONDARY = "secondary"
    UNSTATED = "unstated"


class Authority(StrEnum):
    """Whose word outranks whose on the same point, strongest first."""

    ENACTED_TEXT = "enacted-text"
    OFFICIAL_RECORD = "official-record"
    REPORT = "report"
    COMMENTARY = "commentary"


class Confidence(StrEnum):
    """How sure the curator is of what the text says about the publication."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNSTATED = "unstated"


class Span(NamedTuple):
    """Character offsets into a document's text: `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """One publication and who says so; everything a reader must know beside the words.

    Dates are ISO 8601 at the precision that is known: `2023`, `2023-06` or `2023-06-07`.
    `version` is the SHA-256 of the text. `path` is relative to the folder it was read from.
    """

    id: str
    version: str
    title: str
    publisher: str
    cite_as: str
    kind: Kind
    text_kind: TextKind
    path: str
    authors: tuple[str, ...] = ()
    published: str | None = None
    standpoint: Standpoint = Standpoint.UNSTATED
    perspective: str = ""
    jurisdictions: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    language: str = "en"
    url: str | None = None
    licence: str | None = None
    status: str = "current"
    read_extent: ReadExtent = ReadExtent.UNSTATED
    read_note: str = ""
    authority: Authority = Authority.REPORT
    confidence: Confidence = Confidence.UNSTATED
    as_of: str | None = None
    review_by: str | None = None
    supersedes: tuple[str, ...] = ()
    superseded_by: str | None = None

    @property
    def year(self) -> int | None:
        """The year of publication, where known."""
        return int(self.published[:4]) if self.published else None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item or table row: sentences never run across two of them.

    `heading` is the path of headings above it, joined by " › " (`""` before the first).
    """

    span: Span
    heading: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A source together with its text. All offsets in the system point into `text`."""

    source: Source
    text: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of whole sentences that is embedded and retrieved as one.

    `document.text[start:end] == text`; `sentences` are offsets into the document's text too,
    in order, each within `start..end`. The id is made from source, version and offsets, so
    that building twice gives the same ids.
    """

    id: str
    source_id: str
    version: str
    text: str
    start: int
    end: int
    heading: str
    page: int | None
    sentences: tuple[Span, ...]

    def sentence(self, i: int) -> str:
        """The words of sentence `i`."""
        span = self.sentences[i]
        return self.text[span.start - self.start : span.end - self.start]
