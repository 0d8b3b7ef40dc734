"""Building the index: add what is new, drop what is gone, touch nothing else.

One straight line: plan, embed, write rows, make the search graph, check it, move the pointer.
Whatever interrupts it, readers stay on the last finished generation and the next build carries
on with the vectors that were already computed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from corpus.catalogue import Listing, Problem
from corpus.errors import CorpusError
from corpus.splitting import SPLITTING, split
from corpus.types import Document, Passage, Span
from index import generations
from index.embedders import Embedder, PassageInput
from index.library import Addition, File, Fingerprints, Generation, Library
from index.planning import Plan, make_plan, settled
from index.stores import check, copy, intact, make_store, seal

Progress = Callable[[str, int, int], None]

# Few enough that a kill loses little work, many enough that texts of one length meet.
_EMBED_BATCH = 128
_GRAPH_BATCH = 5000
_PROBES = 8


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. `added`, `changed`, `removed` and `unchanged` count sources.

    `embedded` counts the passages that went through the embedder; `seconds` is wall time.
    """

    generation: int
    sources: int
    passages: int
    added: int
    changed: int
    removed: int
    unchanged: int
    embedded: int
    problems: tuple[Problem, ...]
    seconds: float


def fingerprints(embedder: Embedder) -> Fingerprints:
    """What shapes an index that this embedder and today's splitting make."""
    return Fingerprints(embedder.fingerprint, SPLITTING)


def state(
    home: Path, listing: Listing, embedder: Embedder
) -> Literal["missing", "stale", "current"]:
    """Whether the index holds what the listing names, by digests and fingerprints alone.

    A file that the last build refused and that has not changed since does not make it stale.

    Raises:
        IndexBusy, IndexUnusable: the library cannot be read.
    """
    library = Library(home)
    try:
        current = library.current()
        if current is None:
            return "missing"
        same = current.fingerprints == fingerprints(embedder)
        graph = generations.folder(home, current.number).is_dir()
        indexed = library.indexed(current.number)
        return "current" if same and graph and settled(library, indexed, listing) else "stale"
    finally:
        library.database.close()


def build(
    home: Path,
    listing: Listing,
    embedder: Embedder,
    progress: Progress = lambda *_: None,
    *,
    store: str = "chroma:",
) -> BuildReport:
    """Bring the index in `home` up to the listing; a file with a problem keeps its last version.

    `progress` hears the stage ("read", "embed", "write", "graph", "check", "publish") and how far
    it is. Where nothing changed, the generation stays the same.

    Raises:
        CorpusError: not one file could be used; an existing index stays as it is.
        IndexBusy: another build is running, or the library is locked.
        IndexUnusable: the disk is full or the library is damaged; nothing is lost.
        ModelError: the embedding model is missing or not what it should be.
        SettingsError: the store is unknown; said before anything is embedded.
    """
    began = time.monotonic()
    make_store(store)
    with generations.building(home), Library(home).created() as library:
        generations.discard_unfinished(home, library)
        current = library.current()
        indexed = library.indexed(current.number) if current else ()
        afresh = current is None or current.fingerprints != fingerprints(embedder)
        plan = make_plan(
            library,
            indexed,
            listing,
            lambda file, document: _prepare(file, document, embedder),
            lambda done, total: progress("read", done, total),
            afresh=afresh,
        )
        embedded = _embed(library, plan, embedder, progress)
        base = current if not afresh and current and _intact(home, current) else None
        if base is None or not plan.idle:
            with generations.writing(home):
                base = _next_generation(home, library, plan, base, embedder, progress, store)
        library.refuse(plan.refused)
        generations.clear_old(home, library)
        library.clear_vectors()
        return BuildReport(
            generation=base.number,
            sources=len(plan.claimed),
            passages=len(library.rows(base.number)),
            added=len(plan.additions) - plan.changed,
            changed=plan.changed,
            removed=plan.gone,
            unchanged=len(plan.kept),
            embedded=embedded,
            problems=tuple(plan.problems),
            seconds=time.monotonic() - began,
        )


def _prepare(file: File, document: Document, embedder: Embedder) -> Addition:
    passages = split(document, embedder.count_tokens, embedder.max_tokens)
    if not passages:
        raise CorpusError("The file holds no text.", "Add text to it or take it out.")
    keys = tuple(_key(embedder, _input(passage)) for passage in passages)
    return Addition(file, document, passages, keys)


def _input(passage: Passage) -> PassageInput:
    spans = tuple(Span(s - passage.start, e - passage.start) for s, e in passage.sentences)
    return PassageInput(passage.text, spans)


def _key(embedder: Embedder, item: PassageInput) -> bytes:
    """Digest of all that shapes a passage's vectors: same key, same vectors."""
    whole = json.dumps([embedder.fingerprint, item.text, item.sentences])
    return hashlib.sha256(whole.encode()).digest()


def _embed(library: Library, plan: Plan, embedder: Embedder, progress: Progress) -> int:
    """Embed what has no vectors yet, keeping every batch at once; returns how many passages."""
    inputs = {
        key: _input(passage)
        for addition in plan.additions
        for passage, key in zip(addition.passages, addition.keys, strict=True)
    }
    known = library.known(list(inputs))
    # Texts of like length share a batch, which a model that pads them works through faster.
    todo = sorted(inputs.keys() - known, key=lambda key: (len(inputs[key].text), key))
    for at in range(0, len(todo), _EMBED_BATCH):
        progress("embed", at, len(todo))
        keys = todo[at : at + _EMBED_BATCH]
        vectors = embedder.embed_passages([inputs[key] for key in keys])
        library.store_vectors(dict(zip(keys, vectors, strict=True)))
    progress("embed", len(todo), len(todo))
    return len(todo)


def _intact(home: Path, generation: Generation) -> bool:
    return intact(generations.folder(home, generation.number), generation.seal)


def _next_generation(
    home: Path,
    library: Library,
    plan: Plan,
    base: Generation | None,
    embedder: Embedder,
    progress: Progress,
    store: str,
) -> Generation:
    """Write the rows, make and check the graph beside the old one, then move the pointer."""
    number = library.pointer() + 1
    progress("write", 0, 1)
    library.apply(number, plan.additions, plan.removed)
    progress("write", 1, 1)
    shape = fingerprints(embedder), embedder.dimension
    generation = make_generation(home, library, number, *shape, base, progress, store)
    progress("publish", 0, 1)
    library.publish(generation)
    progress("publish", 1, 1)
    return generation


def make_generation(
    home: Path,
    library: Library,
    number: int,
    prints: Fingerprints,
    dimension: int,
    base: Generation | None,
    progress: Progress,
    store: str,
) -> Generation:
    """The generation of the rows written under `number`, its graph made, checked and sealed.

    Nobody sees it before it is published. `base` is the one below it, whose graph may be built
    upon; without it the graph is made anew. Only for the holder of `generations.building`.

    Raises:
        IndexUnusable: the graph fails its check.
        OSError: the disk is full or the folder cannot be written.
    """
    making = Path(tempfile.mkdtemp(prefix="new-", dir=generations.graphs(home)))
    try:
        graph = making / "graph"
        probes = _make_graph(home, library, number, base, graph, dimension, progress, store)
        progress("check", 0, 1)
        check(store, graph, len(library.rows(number)), probes)
        generation = Generation(number, prints, dimension, seal(graph))
        progress("check", 1, 1)
        graph.rename(generations.folder(home, number))
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return generation


def _make_graph(
    home: Path,
    library: Library,
    number: int,
    base: Generation | None,
    graph: Path,
    dimension: int,
    progress: Progress,
    store: str,
) -> NDArray[np.float32]:
    """The graph of a generation, closed; returns some vectors that it holds, a row each."""
    rows = library.rows(number)
    removed, added = library.difference(number)
    # A graph keeps room for what was deleted, so that after a large change a new one is better.
    if base and 2 * (len(removed) + len(added)) <= len(rows):
        copy(generations.folder(home, base.number), graph)
    else:
        removed, added = [], rows
    opened = make_store(store)(graph)
    try:
        opened.delete(removed)
        for at in range(0, len(added), _GRAPH_BATCH):
            progress("graph", at, len(added))
            some = added[at : at + _GRAPH_BATCH]
            opened.add(some, library.passage_vectors(some, dimension))
    finally:
        opened.close()
    progress("graph", len(added), len(added))
    return library.passage_vectors(rows[:: -(-len(rows) // _PROBES)], dimension)
