"""What searching takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.types import Kind, Passage, Source


@dataclass(frozen=True, slots=True)
class Filters:
    """Which sources may be searched; an empty field lets everything through.

    Within a field any value may match; across fields all must. Years are inclusive and leave
    out sources with no date.
    """

    kinds: tuple[Kind, ...] = ()
    publishers: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    collections: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        listed = self.kinds or self.publishers or self.jurisdictions or self.collections
        return bool(listed or self.year_from or self.year_to)


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for: a standalone question, filters, and how much is wanted: so many passages,
    and on from there until they have so many characters.
    """

    text: str
    filters: Filters = Filters()
    limit: int = 12
    characters: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, with every score it was judged by.

    `score` is what hits are ordered by. `dense` is the cosine of question and passage
    (-1..1), `keyword` the BM25 score (0 where no word matched, higher is better). `sentences`
    holds the cosine of the question with each sentence of the passage, in order.
    """

    passage: Passage
    source: Source
    score: float
    dense: float
    keyword: float
    sentences: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of a search: hits, best first, and what was searched to find them.

    `sources` and `passages` count what the filters let through in this generation. `frequency`
    gives for each content word of the question in how many of all passages it (or a form of
    it) occurs, in the order of the question. `beside` are the passages before and after each hit
    in its own source, where they are no hits themselves: what qualifies a hit may stand there.
    `collection` is a digest of all sources of the generation, their texts and metadata: the same
    for two indexes that hold the same.
    """

    hits: tuple[Hit, ...]
    sources: int
    passages: int
    generation: int
    frequency: tuple[tuple[str, int], ...]
    beside: tuple[Hit, ...] = ()
    collection: str = ""


Rank = Callable[[Found], NDArray[np.float64]]
"""Scores (n,) of the n hits of a find, higher is better."""
