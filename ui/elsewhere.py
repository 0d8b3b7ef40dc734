"""Sources of the index that are files elsewhere: the starter notes, and folders that were given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.catalogue import FileEntry, read_document
from corpus.changes import Place
from corpus.errors import CorpusError
from corpus.likeness import Known, sentences_of
from corpus.shelf import FOLDER, Shelf
from corpus.types import Source
from index.library import Library


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Those sources by their ids, with their places and where their texts are found."""

    home: Path
    sources: Mapping[str, Source]
    places: Mapping[str, Place]
    rows: Mapping[str, int]

    def known(self) -> dict[str, Known]:
        """What new sources are compared with."""
        return {id_: Known(s.version, s.url) for id_, s in self.sources.items()}

    def sentences(self, source_id: str) -> Iterator[str]:
        """The sentences of one of them, in order."""
        library = Library(self.home)
        with closing(library.database):
            document = library.document(self.rows[source_id])
        return sentences_of(document)


def read_elsewhere(home: Path) -> Elsewhere:
    """What the finished index holds beside the shelf; nothing where there is no index yet.

    Raises:
        IndexBusy, IndexUnusable: the library cannot be read.
    """
    library = Library(home)
    shelf = (home / FOLDER).absolute()
    with closing(library.database):
        current = library.current()
        if current is None:
            return Elsewhere(home, {}, {}, {})
        found = [
            indexed
            for indexed in library.indexed(current.number)
            if not Path(indexed.file.root).is_relative_to(shelf)
        ]
        sources = library.sources(current.number)
    return Elsewhere(
        home,
        {indexed.id: sources[indexed.row] for indexed in found},
        {indexed.id: indexed.file.place for indexed in found},
        {indexed.id: indexed.row for indexed in found},
    )


def all_sources(shelf: Shelf, elsewhere: Elsewhere) -> tuple[Source, ...]:
    """Every source, filed or elsewhere, as it is today, by collection and id.

    A withdrawn file counts as retired; one that can no longer be read is left out.
    """
    found = [entry.source() for entry in shelf.entries()]
    withdrawn = {gone.id: gone for gone in shelf.withdrawals()}
    found += [s for id_, s in elsewhere.sources.items() if id_ not in withdrawn]
    for id_, gone in withdrawn.items():
        source = elsewhere.sources.get(id_) or _read(gone.place)
        if source:
            successor = gone.change.successor
            found.append(replace(source, status="retired", superseded_by=successor))
    return tuple(sorted(found, key=lambda source: (source.collection, source.id)))


def _read(place: Place) -> Source | None:
    root, relative = place
    try:
        return read_document(FileEntry(Path(root), relative, "")).source
    except CorpusError:
        return None
