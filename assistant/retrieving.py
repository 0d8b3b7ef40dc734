"""Question -> what was found, in as many searches as the question needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from assistant.types import Question
from assistant.wording import without
from index.types import Found, Hit, Query

MOST_SEARCHES = 4
EXTRA_HITS = 4


class Retrieves(Protocol):
    """What the chain needs of a retriever."""

    def search(self, query: Query) -> Found: ...


def retrieve(question: Question, retriever: Retrieves) -> Found:
    """The passages for a question, best first, with those of further angles behind them.

    A comparison is searched once more for each thing compared and a "should we" once for benefits
    and once for risks, so that no side goes missing.
    """
    filters = question.ask.filters
    first = retriever.search(Query(question.standalone, filters))
    return merged(
        first,
        [
            retriever.search(Query(angle, filters, limit=EXTRA_HITS))
            for angle in angles(question)[: MOST_SEARCHES - 1]
        ],
    )


def angles(question: Question) -> list[str]:
    """Further wordings of a question that has several sides; none for most."""
    text = question.standalone
    if question.aim == "should":
        return [f"benefits and reasons in favour: {text}", f"risks, warnings and limits: {text}"]
    if question.aim == "compare" and len(question.names) > 1:
        return [
            without(text, tuple(other for other in question.names if other != name))
            for name in question.names
        ]
    return []


def merged(first: Found, others: list[Found]) -> Found:
    """One find with every hit once; a find of another generation is left out."""
    finds = [first, *(find for find in others if find.generation == first.generation)]
    hits: dict[str, Hit] = {}
    beside: dict[str, Hit] = {}
    for find in finds:
        hits = {hit.passage.id: hit for hit in find.hits} | hits
        beside = {hit.passage.id: hit for hit in find.beside} | beside
    ordered = [hit for find in finds for hit in find.hits]
    unique = tuple({hit.passage.id: hits[hit.passage.id] for hit in ordered}.values())
    return replace(
        first, hits=unique, beside=tuple(hit for id, hit in beside.items() if id not in hits)
    )
