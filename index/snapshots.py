"""One generation, open for searching: its rows, sources, vectors, keywords and search graph."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Collection, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexMissing, IndexStale, IndexUnusable
from corpus.types import Passage, Source, Span
from index import generations
from index.library import VISIBLE, Fingerprints, Generation, Library
from index.stores import Opener, VectorStore, intact
from index.terms import MAX_TERMS, match_expression
from index.types import Filters

Positions = NDArray[np.int64]
Vector = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Generations whose vectors take more than this are read from the library row by row.
CACHE_BYTES = 512 * 2**20
_READ_BATCH = 2000
# From this share of matching passages on, looking further in the graph beats scanning them all.
_BROAD = 0.25
_FREQUENCY_CAP = 1000
_REMEMBERED_FILTERS = 64

_log = logging.getLogger(__name__)


class Snapshot:
    """What one generation holds, however many newer ones are finished meanwhile.

    Passages are addressed by their position, 0..len-1, in the order of their rows. Safe to use
    from several threads. `users` belongs to the retriever, which counts searches with it.
    """

    def __init__(self, home: Path, library: Library, open_store: Opener, wanted: Fingerprints):
        self._library = library
        self.generation, self._lease = _leased(home, library)
        try:
            self.number = self.generation.number
            _require(self.generation, wanted)
            self._rows, self._source_rows, self.sources = self._layout()
            self._written = self._count_written()
            self.collection = self._digest()
            folder = generations.folder(home, self.number)
            if not intact(folder, self.generation.seal):
                raise IndexUnusable(
                    f"The search graph {folder} is damaged or missing.",
                    "Run `attache index`: it makes the graph anew without embedding again.",
                )
            self._store = _opened(open_store, folder)
        except BaseException:
            self._lease.release()
            raise
        self.users = 0
        self._matrix: NDArray[np.float32] | None = None
        self._loading = threading.Lock()
        self._masks: dict[Filters, Mask] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def close(self) -> None:
        """Let go of the search graph and the generation."""
        try:
            if self._store:
                self._store.close()
        finally:
            self._lease.release()

    def allowed(self, filters: Filters) -> Mask | None:
        """Which passages the filters let through, shape (len,); None where there are none."""
        if not filters:
            return None
        if filters not in self._masks:
            if len(self._masks) >= _REMEMBERED_FILTERS:
                self._masks = {}
            rows = [row for row, source in self.sources.items() if matches(source, filters)]
            self._masks[filters] = np.isin(self._source_rows, np.array(rows, np.int64))
        return self._masks[filters]

    def count_sources(self, allowed: Mask | None) -> int:
        """How many sources have a passage that is let through."""
        if allowed is None:
            return len(self.sources)
        return len(np.unique(self._source_rows[allowed]))

    def nearest(self, vector: Vector, allowed: Mask | None, wanted: int) -> Positions:
        """Positions of about the nearest passages: `wanted` of them, or all where fewer match."""
        total = len(self)
        matching = total if allowed is None else int(allowed.sum())
        wanted = min(wanted, matching)
        if not wanted:
            return np.empty(0, np.int64)
        if self._store and matching >= _BROAD * total:
            rows, _ = self._store.nearest(vector, min(total, int(1.5 * wanted * total / matching)))
            found = self._positions(rows)
            if allowed is not None:
                found = found[allowed[found]]
            if len(found) >= wanted:
                return found[:wanted]
        places = np.arange(total) if allowed is None else np.flatnonzero(allowed)
        return places[best(self.cosines(places, vector), wanted)]

    def cosines(self, positions: Positions, vector: Vector) -> Vector:
        """Cosines of passages with a vector, by the library's own vectors."""
        if self._matrix is None and len(positions) > _READ_BATCH // 4 and self._fits():
            with self._loading:
                if self._matrix is None:
                    self._matrix = self._vectors(np.arange(len(self)))
        if self._matrix is not None:
            return self._matrix[positions] @ vector
        return np.concatenate(
            [
                self._vectors(positions[at : at + _READ_BATCH]) @ vector
                for at in range(0, max(1, len(positions)), _READ_BATCH)
            ]
        )

    def beside(self, positions: Positions) -> Positions:
        """Positions right before and behind the given ones in the same source, without these."""
        near = np.unique(np.concatenate([positions - 1, positions + 1]))
        near = near[(near >= 0) & (near < len(self))]
        same = [
            place
            for place in np.setdiff1d(near, positions)
            if any(
                other in positions and self._source_rows[other] == self._source_rows[place]
                for other in (place - 1, place + 1)
            )
        ]
        return np.array(same, np.int64)

    def keyword_scores(self, terms: tuple[str, ...]) -> Vector:
        """BM25 of every passage, shape (len,): higher is better, 0 where no telling term occurs."""
        scores = np.zeros(len(self), np.float32)
        if terms:
            telling = self._telling(terms)
            with self._library.database.connection() as connection:
                found = connection.execute(
                    "SELECT rowid, -bm25(keywords) FROM keywords WHERE keywords MATCH ?",
                    (match_expression(telling),),
                ).fetchall()
            if found:
                flat = np.fromiter(chain.from_iterable(found), np.float64, 2 * len(found))
                rows = flat[::2].astype(np.int64)
                seen = np.isin(rows, self._rows)
                scores[self._positions(rows[seen])] = flat[1::2][seen]
        return scores

    def _telling(self, terms: tuple[str, ...]) -> tuple[str, ...]:
        """The terms without those in more than half of all rows; all where none would be left.

        BM25 as FTS5 reckons it gives such a term the weight 0.000001
        (https://www.sqlite.org/fts5.html, "The bm25() function"): to score half the collection
        for it changes nothing and takes most of the time.
        """
        sql = "SELECT count(*) FROM keywords WHERE keywords MATCH ?"
        with self._library.database.connection() as connection:
            telling = tuple(
                term
                for term in terms[:MAX_TERMS]
                if 2 * connection.execute(sql, (match_expression((term,)),)).fetchone()[0]
                <= self._written
            )
        return telling or terms

    def frequency(self, terms: Sequence[str]) -> tuple[tuple[str, int], ...]:
        """In how many passages each term or a form of it occurs, counted up to 1,000."""
        sql = "SELECT rowid FROM keywords WHERE keywords MATCH ? LIMIT ?"
        counts = []
        with self._library.database.connection() as connection:
            for term in terms:
                # Rows of other generations may fill the first thousand: then all are looked at.
                for limit in (_FREQUENCY_CAP, -1):
                    rows = connection.execute(sql, (match_expression((term,)), limit)).fetchall()
                    seen = int(np.isin(np.array(rows, np.int64), self._rows).sum())
                    if seen or len(rows) < _FREQUENCY_CAP:
                        break
                counts.append((term, min(seen, _FREQUENCY_CAP)))
        return tuple(counts)

    def passages(self, positions: Positions) -> list[tuple[Passage, Source, Vector]]:
        """Passages with their sources and the vectors of their sentences, shape (n, d)."""
        rows = [int(row) for row in self._rows[positions]]
        with self._library.database.connection() as connection:
            found = connection.execute(
                'SELECT p.row, p.source, p.id, p.text, p.start, p."end", p.heading, p.page, '
                "p.sentences, v.sentences FROM json_each(?) AS wanted "
                "CROSS JOIN passages AS p ON p.row = wanted.value "
                "JOIN vectors AS v ON v.number = p.vector",
                (json.dumps(rows),),
            ).fetchall()
        by_row = {row: self._passage(rest) for row, *rest in found}
        return [by_row[row] for row in rows]

    def of_sources(self, ids: Collection[str]) -> Positions:
        """Positions of all passages of sources with these ids, in the order of their texts."""
        rows = [row for row, source in self.sources.items() if source.id in ids]
        return np.flatnonzero(np.isin(self._source_rows, np.array(rows, np.int64)))

    def _passage(self, columns: Sequence[Any]) -> tuple[Passage, Source, Vector]:
        source_row, id_, text, start, end, heading, page, spans, vectors = columns
        source = self.sources[source_row]
        sentences = tuple(Span(*span) for span in json.loads(spans))
        passage = Passage(
            id_, source.id, source.version, text, start, end, heading, page, sentences
        )
        matrix = np.frombuffer(vectors, np.float16).reshape(-1, self.generation.dimension)
        return passage, source, matrix.astype(np.float32)

    def _layout(self) -> tuple[Positions, Positions, dict[int, Source]]:
        with self._library.database.connection() as connection:
            rows = connection.execute(
                f"SELECT row, source FROM passages WHERE {VISIBLE}", {"g": self.number}
            ).fetchall()
        sources = self._library.sources(self.number)
        table = np.array(sorted(rows), np.int64).reshape(-1, 2)
        return np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1]), sources

    def _count_written(self) -> int:
        """How many rows the keywords cover, those of other generations included."""
        with self._library.database.connection() as connection:
            return int(connection.execute("SELECT count(*) FROM passages").fetchone()[0])

    def _digest(self) -> str:
        """A digest of the sources, whatever rows they lie in."""
        with self._library.database.connection() as connection:
            found = connection.execute(
                f"SELECT id, version, metadata FROM sources WHERE {VISIBLE}", {"g": self.number}
            ).fetchall()
        lines = sorted((i, v, hashlib.sha256(m.encode()).hexdigest()) for i, v, m in found)
        return hashlib.sha256(json.dumps(lines).encode()).hexdigest()

    def _positions(self, rows: Positions) -> Positions:
        return np.searchsorted(self._rows, rows).astype(np.int64)

    def _vectors(self, positions: Positions) -> NDArray[np.float32]:
        rows = self._rows[positions].tolist()
        return self._library.passage_vectors(rows, self.generation.dimension)

    def _fits(self) -> bool:
        return 4 * len(self) * self.generation.dimension <= CACHE_BYTES


def best(scores: NDArray[np.floating], wanted: int) -> Positions:
    """Indices of the highest scores, best first; of equal ones the earlier."""
    if wanted < len(scores):
        threshold = np.partition(scores, -wanted)[-wanted]
        candidates = np.flatnonzero(scores >= threshold)
    else:
        candidates = np.arange(len(scores))
    order = np.argsort(-scores[candidates], kind="stable")
    return candidates[order][:wanted]


def matches(source: Source, filters: Filters) -> bool:
    """Whether a source passes: any value within a field, all fields together; case is ignored."""
    publishers = {name.casefold() for name in filters.publishers}
    places = {name.casefold() for name in filters.jurisdictions}
    if filters.kinds and source.kind not in filters.kinds:
        return False
    if filters.collections and source.collection not in filters.collections:
        return False
    if publishers and source.publisher.casefold() not in publishers:
        return False
    if places and not places & {name.casefold() for name in source.jurisdictions}:
        return False
    if filters.year_from is None and filters.year_to is None:
        return True
    if source.year is None:
        return False
    return (filters.year_from is None or source.year >= filters.year_from) and (
        filters.year_to is None or source.year <= filters.year_to
    )


def _leased(home: Path, library: Library) -> tuple[Generation, generations.Lease]:
    """The current generation, held. It is looked at twice, as it may be cleared in between."""
    while True:
        generation = library.current()
        if generation is None:
            raise IndexMissing(f"There is no index in {home} yet.", "Run `attache index`.")
        with generations.writing(home):
            lease = generations.Lease(home, generation.number)
        if library.pointer() == generation.number:
            return generation, lease
        lease.release()


def _opened(open_store: Opener, folder: Path) -> VectorStore | None:
    """The graph; None where an undamaged one cannot be opened, and the library is scanned instead.

    Chroma writes at opening, which a full disk or a missing right forbids; reading goes on.
    """
    try:
        return open_store(folder)
    except IndexUnusable as problem:
        _log.warning("%s Until then every search scans the library.", problem)
        return None


def _require(generation: Generation, wanted: Fingerprints) -> None:
    made = generation.fingerprints
    for what, was, now in (
        ("embedder", made.embedder, wanted.embedder),
        ("splitting", made.splitting, wanted.splitting),
    ):
        if was != now:
            raise IndexStale(
                f"The index was made with another {what} ({was}; now it is {now}).",
                "Run `attache index` to make it anew.",
            )
