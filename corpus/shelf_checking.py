"""Whether the files of a shelf are as its history says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.changes import Entry
from corpus.errors import CorpusError, ShelfProblem
from corpus.filed import read_filed
from corpus.shelf_reading import ShelfReading


@dataclass(frozen=True, slots=True)
class Flaw:
    """A file of the shelf that is not as the history says, and what is wrong with it."""

    path: Path
    text: str


def flaws(shelf: ShelfReading) -> Iterator[Flaw]:
    """Filed sources and originals that are gone, changed, or not known to the history.

    Reads every file. `Shelf.mend` writes filed sources anew; an original comes from a backup only.
    """
    entries = shelf.entries()
    for entry in entries:
        yield from _flaws(shelf, entry)
    known = {shelf.file(entry) for entry in entries}
    for path in sorted(shelf.filed_files() - known):
        yield Flaw(path, "is not known to the history")


def _flaws(shelf: ShelfReading, entry: Entry) -> Iterator[Flaw]:
    path = shelf.file(entry)
    try:
        if read_filed(path) != shelf.get(entry.id):
            yield Flaw(path, "was changed by other hands")
    except OSError as error:
        yield Flaw(path, f"cannot be read ({error.strerror or error})")
    except CorpusError as error:
        yield Flaw(path, error.message)
    if entry.card.original:
        try:
            shelf.original(entry.id)
        except ShelfProblem as error:
            yield Flaw(path, error.message)
