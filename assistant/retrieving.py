"""Question -> what was found, in as many searches as the question needs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Protocol

from assistant.learned import Model
from assistant.ranking import rank_scores
from assistant.types import Question
from assistant.wording import without
from index.types import Found, Hit, Query, Rank

HITS = 12
MOST_SEARCHES = 4
EXTRA_HITS = 4
# Short passages hold little each: about 2,000 tokens are read, whatever the passages' length.
CHARACTERS = 10_000


class Retrieves(Protocol):
    """What the chain needs of a retriever."""

    def search(self, query: Query, rank: Rank | None = None) -> Found: ...


def retrieve(question: Question, retriever: Retrieves, ranking: Model) -> Found:
    """The passages for a question, best first, with those of further angles behind them.

    A comparison is searched once more for each thing compared and a "should we" once for benefits
    and once for risks, so that no side goes missing.
    """
    filters = question.ask.filters

    def search(text: str, limit: int, characters: int) -> Found:
        rank = partial(rank_scores, replace(question, standalone=text), model=ranking)
        return retriever.search(Query(text, filters, limit, characters), rank)

    return merged(
        search(question.standalone, HITS, CHARACTERS),
        [search(angle, EXTRA_HITS, 0) for angle in angles(question)[: MOST_SEARCHES - 1]],
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
