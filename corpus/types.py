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
class Reading:
    """Where facts of a note were read: an address, or in words where that is not known.

    `sentences` are the numbers, from 1 in the order of the text, of the sentences that were read
    there; none means all.
    """

    url: str | None = None
    what: str = ""
    sentences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One publication and who says so; everything a reader must know beside the words.

    Dates are ISO 8601 at the precision that is known: `2023`, `2023-06` or `2023-06-07`.
    `version` is the SHA-256 of the text. `path` is relative to the folder it was read from, and
    `collection` names the collection that folder belongs to. Only a `current` source is searched.
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
    read_at: tuple[Reading, ...] = ()
    collection: str = ""

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
class Notice:
    """Something that a curator must know about a document that was read.

    `kind` is a short name such as `no-text` or `hidden-text`; `text` says it in a sentence or two
    and what to do about it; `pages` are the pages it is about, from 1, where the format has pages.
    """

    kind: str
    text: str
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Clue:
    """What a document itself says that may belong into its head: a guess until a person agrees.

    `key` is a key of the head, `evidence` where in the document the value was seen.
    """

    key: str
    value: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Extract:
    """What a reader makes of a file: text with blocks, clues for its head, and notices."""

    text: str
    blocks: tuple[Block, ...]
    clues: tuple[Clue, ...] = ()
    notices: tuple[Notice, ...] = ()


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
