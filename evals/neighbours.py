"""How many of the truly nearest passages the search graph finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.building import fingerprints
from index.embedders import Embedder
from index.library import Library
from index.snapshots import Snapshot
from index.stores import make_store

NEAREST = 10
_CHUNK = 20_000
# Cosines closer than this are those of equal vectors, summed in another order.
_SAME = 1e-6


def neighbour_recall(home: Path, store: str, embedder: Embedder, questions: Sequence[str]) -> float:
    """Share (0..1) of each question's ten nearest passages that the search finds, averaged.

    The truth is an exact scan of the library's vectors. A passage as near as the tenth counts, so
    that of two equal ones either may be found.
    """
    asked = np.stack([embedder.embed_query(question) for question in questions])
    library = Library(home)
    try:
        snapshot = Snapshot(home, library, make_store(store), fingerprints(embedder))
        try:
            exact = _tenth_nearest(library, snapshot, asked)
            shares = [
                (snapshot.cosines(snapshot.nearest(vector, None, NEAREST), vector) >= least).mean()
                for vector, least in zip(asked, exact - _SAME, strict=True)
            ]
        finally:
            snapshot.close()
    finally:
        library.database.close()
    return float(np.mean(shares))


def _tenth_nearest(
    library: Library, snapshot: Snapshot, asked: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The cosine of each question's tenth nearest passage, shape (n,)."""
    rows = library.rows(snapshot.number)
    nearest = np.empty((len(asked), 0), np.float32)
    for at in range(0, len(rows), _CHUNK):
        vectors = library.passage_vectors(rows[at : at + _CHUNK], snapshot.generation.dimension)
        both = np.concatenate([nearest, asked @ vectors.T], axis=1)
        nearest = -np.partition(-both, min(NEAREST, both.shape[1]) - 1, axis=1)[:, :NEAREST]
    least: NDArray[np.float32] = nearest.min(axis=1)
    return least
