"""Made-up sources that are cited: real values, whose texts have the versions they say."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

from assistant.types import Citation, Statement, Support
from corpus.types import Kind, Passage, Source, Span, TextKind

DAY = date(2026, 11, 23)


def text_of(source_id: str, edition: int = 1) -> str:
    """The text of a made-up source."""
    return f"Edition {edition} of {source_id} says that the bridge was opened."


def version_of(source_id: str, edition: int = 1) -> str:
    return hashlib.sha256(text_of(source_id, edition).encode()).hexdigest()


def a_source(id: str = "bridge", edition: int = 1, **changes: object) -> Source:
    base = Source(
        id=id,
        version=version_of(id, edition),
        title=f"On the {id}",
        publisher="The Harbour Office",
        cite_as="Harbour Office",
        kind=Kind.NEWS,
        text_kind=TextKind.NOTE,
        path=f"{id}.md",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def a_statement(source: Source, edition: int = 1) -> Statement:
    words = text_of(source.id, edition)
    passage = Passage(
        f"{source.id}-{edition}", source.id, source.version, words, 0, len(words), "",
        None, (Span(0, len(words)),),
    )  # fmt: skip
    citation = Citation(1, source, passage, words, 0, len(words))
    return Statement(words, "Summary of Harbour Office", (citation,), Support("verbatim", 1.0))
