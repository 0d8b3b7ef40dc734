"""Question -> Hits: dense and keyword search over one generation, fused."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray
from pydantic import ConfigDict

from corpus.errors import IndexBusy, IndexProblem
from corpus.types import Kind, Passage, Source
from index import generations
from index.building import fingerprints
from index.embedders import Embedder
from index.library import Fingerprints, Library
from index.snapshots import Positions, Snapshot, Vector, best
from index.stores import make_store
from index.terms import content_words, words
from index.types import Filters, Found, Hit, Query, Rank

# Share of the dense score in the fused one; the rest is the keyword score's.
DENSE_WEIGHT = 0.7
# How many passages each of the two searches proposes.
CANDIDATES = 60

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Facets:
    """What can be filtered by in the current generation: sorted values that occur, and years."""

    kinds: tuple[Kind, ...]
    publishers: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    collections: tuple[str, ...]
    year_min: int | None
    year_max: int | None


class Retriever:
    """Searches the index in `home`, from several threads at once.

    Each search looks at the pointer and takes up a newer generation; searches under way finish
    on the one they began with. Where the newer one cannot be opened, the old one is kept.

    Raises:
        IndexMissing: no generation was ever finished.
        IndexStale: the index was made with another embedder or splitting.
        IndexBusy, IndexUnusable: the library or the search graph cannot be read.
    """

    def __init__(
        self,
        home: Path,
        embedder: Embedder,
        *,
        dense_weight: float = DENSE_WEIGHT,
        store: str = "chroma:",
    ) -> None:
        self._home = home
        self._embedder = embedder
        self._weight = dense_weight
        self._open_store = make_store(store)
        self._library = Library(home)
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._declined = 0
        self._closed = False
        try:
            self._snapshot = self._open()
        except BaseException:
            self._library.database.close()
            raise

    def search(self, query: Query, rank: Rank | None = None) -> Found:
        """The passages that answer best: `query.limit` of them, never fewer where more match, and
        as many more as `query.characters` want.

        Candidates are the best of the dense and of the keyword search; both scores are known for
        each. `score` is what `rank` gives; without it, the weighted sum of the two, standardised
        over the candidates.
        """
        vector = self._embedder.embed_query(query.text)
        with self._reading() as snapshot:
            found, places, keyword = self._candidates(snapshot, query, vector)
            if rank is not None:
                scores = rank(found)
                order = best(scores, len(scores))
                hits = tuple(replace(found.hits[i], score=float(scores[i])) for i in order)
                found, places = replace(found, hits=hits), places[order]
            kept = enough(found.hits, query)
            lowest = min((hit.score for hit in kept), default=0.0)
            near = snapshot.beside(places[: len(kept)])
            beside = _hits(snapshot, near, np.full(len(near), lowest), vector, keyword)
            return replace(found, hits=kept, beside=beside)

    def candidates(self, query: Query) -> Found:
        """All that `search` ranks for a query, in the order of the weighted sum."""
        vector = self._embedder.embed_query(query.text)
        with self._reading() as snapshot:
            return self._candidates(snapshot, query, vector)[0]

    def _candidates(
        self, snapshot: Snapshot, query: Query, vector: Vector
    ) -> tuple[Found, Positions, Vector]:
        """The candidates, where they stand, and the BM25 of every passage."""
        content = content_words(query.text)
        allowed = snapshot.allowed(query.filters)
        wanted = max(CANDIDATES, query.limit)
        keyword = snapshot.keyword_scores(content or words(query.text))
        eligible = keyword if allowed is None else np.where(allowed, keyword, 0)
        worded = best(eligible, min(wanted, int((eligible > 0).sum())))
        places = np.union1d(snapshot.nearest(vector, allowed, wanted), worded)
        score = fuse(snapshot.cosines(places, vector), keyword[places], self._weight)
        order = best(score, len(places))
        places = places[order]
        found = Found(
            hits=_hits(snapshot, places, score[order], vector, keyword),
            sources=snapshot.count_sources(allowed),
            passages=len(snapshot) if allowed is None else int(allowed.sum()),
            generation=snapshot.number,
            frequency=snapshot.frequency(content),
            collection=snapshot.collection,
        )
        return found, places, keyword

    @property
    def fingerprints(self) -> Fingerprints:
        """What shapes an index that this retriever can search."""
        return fingerprints(self._embedder)

    def facets(self) -> Facets:
        """What the sources can be filtered by."""
        sources = self.sources()
        years = [source.year for source in sources if source.year is not None]
        return Facets(
            tuple(sorted({s.kind for s in sources})),
            tuple(sorted({s.publisher for s in sources}, key=str.casefold)),
            tuple(sorted({j for s in sources for j in s.jurisdictions}, key=str.casefold)),
            tuple(sorted({s.collection for s in sources})),
            min(years, default=None),
            max(years, default=None),
        )

    def sources(self) -> tuple[Source, ...]:
        """All sources of the current generation, by title."""
        with self._reading() as snapshot:
            return tuple(sorted(snapshot.sources.values(), key=lambda s: (s.title, s.id)))

    def passages_of(self, ids: Collection[str]) -> dict[str, tuple[tuple[Passage, Source], ...]]:
        """All passages of sources with these ids in the current generation, in order."""
        with self._reading() as snapshot:
            found = snapshot.passages(snapshot.of_sources(ids))
        by_source: dict[str, list[tuple[Passage, Source]]] = {}
        for passage, source, _ in found:
            by_source.setdefault(source.id, []).append((passage, source))
        return {
            id_: tuple(sorted(passages, key=lambda p: p[0].start))
            for id_, passages in by_source.items()
        }

    def source_text(self, source_id: str, version: str) -> str:
        """The text of any version that was ever indexed: offsets of citations point into it.

        Raises:
            KeyError: the library never held that version.
        """
        return self._library.text(source_id, version)

    def seen(self, versions: Collection[tuple[str, str]]) -> dict[tuple[str, str], datetime | None]:
        """When versions, as (source id, version), were first indexed, in UTC.

        None where that was before the library kept it; one that was never indexed is left out.
        """
        return self._library.seen(versions)

    def close(self) -> None:
        """Let go of the index once the searches under way are done, and clear what is old."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            idle = self._snapshot.users == 0
        if idle:
            self._finish()

    def _finish(self) -> None:
        self._snapshot.close()
        generations.tidy(self._home, self._library)
        self._library.database.close()

    @contextmanager
    def _reading(self) -> Iterator[Snapshot]:
        """The current generation, kept open at least until the end of the block."""
        self._refresh()
        with self._lock:
            if self._closed:
                raise RuntimeError("This retriever was closed.")
            snapshot = self._snapshot
            snapshot.users += 1
        try:
            yield snapshot
        finally:
            with self._lock:
                snapshot.users -= 1
                unused = snapshot.users == 0
                current = snapshot is self._snapshot
                closed = self._closed
            if unused and not current:
                snapshot.close()
            elif unused and closed:
                self._finish()

    def _refresh(self) -> None:
        """Take up a newer generation. One thread opens it; the others go on with the old one."""
        number = self._library.pointer()
        if number in (self._snapshot.number, self._declined):
            return
        if not self._opening.acquire(blocking=False):
            return
        try:
            if number == self._snapshot.number:
                return
            newer = self._open()
        except IndexBusy:
            return
        except IndexProblem as problem:
            _log.warning("Generation %d is not taken up: %s", number, problem)
            self._declined = number
            return
        finally:
            self._opening.release()
        with self._lock:
            if self._closed:
                spare = newer
            else:
                spare, self._snapshot = self._snapshot, newer
            unused = spare.users == 0
        if unused:
            spare.close()

    def _open(self) -> Snapshot:
        return Snapshot(self._home, self._library, self._open_store, self.fingerprints)


def enough(hits: tuple[Hit, ...], query: Query) -> tuple[Hit, ...]:
    """The first hits, `query.limit` of them and on until they have `query.characters`."""
    lengths = np.cumsum([len(hit.passage.text) for hit in hits])
    held = int(np.searchsorted(lengths, query.characters)) + 1 if query.characters else 0
    return hits[: max(query.limit, held)]


def _hits(
    snapshot: Snapshot,
    places: Positions,
    score: NDArray[np.floating],
    vector: Vector,
    keyword: Vector,
) -> tuple[Hit, ...]:
    """The passages at these places with their scores (n,) and the BM25 (all passages,)."""
    cosines = snapshot.cosines(places, vector)
    return tuple(
        Hit(
            passage, source, float(score[i]), float(cosines[i]), float(keyword[places[i]]),
            tuple((sentences @ vector).tolist()),
        )
        for i, (passage, source, sentences) in enumerate(snapshot.passages(places))
    )  # fmt: skip


def fuse(
    dense: NDArray[np.float32], keyword: NDArray[np.float32], weight: float
) -> NDArray[np.float32]:
    """`weight` × z(dense) + (1 - weight) × z(keyword), z over the candidates given.

    Standardising makes cosines and BM25 scores comparable (z-score fusion); a score that is the
    same for all candidates counts for nothing.
    """
    return (weight * standard(dense) + (1 - weight) * standard(keyword)).astype(np.float32)


def standard(scores: NDArray[np.floating]) -> NDArray[np.floating]:
    """Scores (n,) brought to mean 0 and deviation 1; zeros where all are about the same."""
    spread = scores.std() if len(scores) else 0.0
    if spread < 1e-6:
        return np.zeros_like(scores)
    return np.asarray((scores - scores.mean()) / spread)


class PassageRetriever(BaseRetriever):
    """The retriever as LangChain knows one: a question gives Documents with their scores."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: Retriever
    filters: Filters = Filters()
    limit: int = 12

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - the signature is LangChain's
    ) -> list[LangChainDocument]:
        found = self.retriever.search(Query(query, self.filters, self.limit))
        return [
            LangChainDocument(
                id=hit.passage.id,
                page_content=hit.passage.text,
                metadata={
                    "source_id": hit.source.id,
                    "version": hit.source.version,
                    "title": hit.source.title,
                    "publisher": hit.source.publisher,
                    "heading": hit.passage.heading,
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                    "score": hit.score,
                    "dense": hit.dense,
                    "keyword": hit.keyword,
                },
            )
            for hit in found.hits
        ]
