"""Hand-made finds: real values, so that steps of the chain can be tried one at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from assistant.learned import Logistic
from assistant.questions import understand
from assistant.types import Ask, Question
from corpus.sentences import sentence_spans
from corpus.types import Authority, Kind, Passage, Source, TextKind
from index.types import Found, Hit

TODAY = date(2026, 11, 1)
# Relevance is the sentence's cosine and nothing else.
BY_COSINE = Logistic(-4.0, (8.0, *(0.0,) * 10))


def source(id: str = "a-source", **changes: object) -> Source:
    base = Source(
        id=id,
        version=f"version-of-{id}",
        title=f"Title of {id}",
        publisher="Publisher",
        cite_as=f"Publisher of {id}",
        kind=Kind.NEWS,
        text_kind=TextKind.FULL,
        path=f"{id}.md",
        published="2025-06-20",
        authority=Authority.REPORT,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def hit(
    text: str,
    cosines: tuple[float, ...] = (),
    of: Source | None = None,
    heading: str = "",
    start: int = 0,
) -> Hit:
    spans = tuple(sentence_spans(text, start))
    of = of or source()
    scores = cosines or tuple(0.5 for _ in spans)
    assert len(scores) == len(spans), [text[s.start - start : s.end - start] for s in spans]
    passage = Passage(
        f"passage-{of.id}-{start}", of.id, of.version, text, start, start + len(text), heading,
        None, spans,
    )  # fmt: skip
    return Hit(passage, of, max(scores), max(scores), 1.0, scores)


def found(*hits: Hit, frequency: tuple[tuple[str, int], ...] = ()) -> Found:
    return Found(hits, len({h.source.id for h in hits}), len(hits), 1, frequency)


def question(text: str) -> Question:
    return understand(Ask(text, TODAY))
