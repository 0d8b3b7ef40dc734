"""Plain retrieval, to hold ours against: chunks by cosine, alone or together with BM25.

The packaged MiniLM in float32 through LangChain, SQLite's BM25, and the sum of both once each is
brought to mean 0 and deviation 1 over all chunks. Nothing is tuned.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from evals.measures.abstention import ANSWERABILITY
from evals.measures.retrieval import RANKED, Stretch, rank_scores, unlabelled
from evals.statistics import Floats
from evals.tutorial import plain_model
from evals.types import Case, Outcome, Score
from index.embedders import Embedder
from index.terms import content_words, match_expression

DENSE = 0.7
MOST = 60
"""So many chunks hold 2,000 tokens even where many are short."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a document with its text."""

    text: str
    place: Stretch


class PlainIndex:
    """Chunks with their vectors and words."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self.chunks = tuple(chunks)
        self._vectors = _unit(plain_model().embed_documents([chunk.text for chunk in chunks]))

    @cached_property
    def _words(self) -> sqlite3.Connection:
        table = sqlite3.connect(":memory:")
        table.execute("CREATE VIRTUAL TABLE t USING fts5 (text, tokenize = 'porter unicode61')")
        rows = ((n, chunk.text) for n, chunk in enumerate(self.chunks))
        table.executemany("INSERT INTO t (rowid, text) VALUES (?, ?)", rows)
        return table

    def dense(self, question: str) -> Floats:
        """Cosines with each chunk (n,)."""
        return np.asarray(self._vectors @ _asked(question), dtype=np.float64)

    def hybrid(self, question: str) -> Floats:
        """0.7 z(cosine) + 0.3 z(BM25) of each chunk (n,)."""
        return DENSE * _z(self.dense(question)) + (1 - DENSE) * _z(self._bm25(question))

    def best(self, scores: Floats, limit: int = MOST) -> list[Chunk]:
        order = np.argsort(-scores, kind="stable")[:limit]
        return [self.chunks[int(i)] for i in order]

    def _bm25(self, question: str) -> Floats:
        scores = np.zeros(len(self.chunks))
        if terms := content_words(question):
            asked = "SELECT rowid, -bm25(t) FROM t WHERE t MATCH ?"
            for row, score in self._words.execute(asked, (match_expression(terms),)):
                scores[row] = score
        return scores


def whole_documents(texts: Mapping[str, str]) -> PlainIndex:
    """Each document as one chunk, of which the model reads what it can."""
    return PlainIndex(
        [Chunk(text, Stretch((id_, ""), 0, len(text))) for id_, text in texts.items()]
    )


def rank_baselines(
    index: PlainIndex, asked: Mapping[str, Sequence[tuple[Case, str]]], embedder: Embedder
) -> dict[str, list[Score]]:
    """Rank measures of the dense and the hybrid order of whole documents, and how well the highest
    cosine tells what can be answered. `asked` has, by what it is called, each case with the words
    that are searched for.
    """
    lengths = {chunk.place.source[0]: embedder.count_tokens(chunk.text) for chunk in index.chunks}
    scores: dict[str, list[Score]] = {}
    for name, questions in asked.items():
        for way in ("dense", "hybrid"):
            scores[f"{way}{name}"] = list(_ranked(index, way, questions, lengths))
    return scores


def _ranked(
    index: PlainIndex, way: str, asked: Sequence[tuple[Case, str]], lengths: Mapping[str, int]
) -> Iterator[Score]:
    found = []
    for case, words in asked:
        outcome = Outcome(case, 0, None, None)
        cosines = index.dense(words)
        if missing := unlabelled(outcome, outcome.expected.sources):
            yield from (outcome.without(name, *missing) for name in RANKED)
        else:
            order = index.best(cosines if way == "dense" else index.hybrid(words))
            names = [chunk.place.source[0] for chunk in order]
            found.append((outcome, names, [float(lengths[name]) for name in names]))
        if way == "dense" and outcome.expected.answerable is not None:
            truth = float(outcome.expected.answerable)
            likely = float(np.clip(cosines.max(initial=0.0), 0, 1))
            yield outcome.score(ANSWERABILITY, likely, truth=truth)
    yield from rank_scores(found)


@lru_cache(maxsize=4096)
def _asked(question: str) -> Floats:
    """The vector of a question, of which several indexes are asked."""
    asked: Floats = _unit([plain_model().embed_query(question)])[0]
    return asked


def _unit(rows: Sequence[Sequence[float]]) -> Floats:
    vectors = np.asarray(rows, dtype=np.float64)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), dtype=np.float64)


def _z(scores: Floats) -> Floats:
    spread = scores.std()
    return (scores - scores.mean()) / spread if spread else np.zeros_like(scores)
