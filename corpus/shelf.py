"""The shelf: sources that were filed, from proposal to retirement, with their whole history.

The history in `shelf.sqlite3` is the truth. The files that are indexed, one for each source, follow
it: a change is written into the history first, and whoever opens the shelf next completes what a
kill kept from being written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from corpus import changes, likeness
from corpus.changes import Change, Place
from corpus.deciding import Deciding
from corpus.filed import Filed
from corpus.likeness import Known
from corpus.shelf_reading import FILE, FOLDER, ShelfReading, has_shelf

__all__ = ["FILE", "FOLDER", "Shelf", "has_shelf"]


class Shelf(ShelfReading):
    """The filed sources of a home folder, to look at and to change, for any thread.

    Changes raise ShelfProblem where it is not said who makes them.
    """

    def compare_with(
        self, elsewhere: Mapping[str, Known], sentences_of: Callable[[str], Iterable[str]]
    ) -> None:
        """Has `likes` look at these sources too, which are not filed here; others it forgets.

        `sentences_of` is asked for the ids of those that are new or changed.
        """
        with self._files.lock(), self._opened().writing() as connection:
            filed = frozenset(changes.ids(connection))
            likeness.refresh(connection, elsewhere, filed, sentences_of)

    def add(
        self,
        filed: Filed,
        collection: str,
        who: str,
        why: str = "",
        *,
        raw: bytes | None = None,
        taken: Collection[str] = (),
    ) -> Change:
        """Files a proposed source. `raw` is its original; `taken` are the ids of sources elsewhere.

        Raises:
            ShelfProblem: the id is in use, the name of the collection cannot be one, the source
                is not a proposed one, or its original is not what was given.
        """
        with self._changing(who) as deciding:
            note = deciding.added(filed, collection, why, taken)
            if filed.original and raw is not None:
                self._files.keep_original(filed.original, raw)
            deciding.write(note)
            known = Known(filed.version, filed.head.url)
            sentences = likeness.sentences_of(filed.document(collection))
            likeness.note(deciding.connection, filed.head.id, known, sentences)
        return self._made(deciding)[0]

    def approve(
        self, source_id: str, who: str, why: str = "", elsewhere: Mapping[str, Place] | None = None
    ) -> tuple[Change, ...]:
        """Makes a proposed source a current one, and retires those that it takes the place of.

        `elsewhere` tells the places of sources that are not filed here. What was guessed of the
        head counts as confirmed.

        Raises:
            SourceMissing: there is none of that id.
            ShelfProblem: it is not proposed.
        """
        with self._changing(who) as deciding:
            deciding.approve(source_id, why, elsewhere or {})
        return self._made(deciding)

    def reject(self, source_id: str, who: str, why: str) -> Change:
        """Turns a proposed source down.

        Raises:
            SourceMissing: there is none of that id.
            ShelfProblem: it is not proposed, or there is no reason.
        """
        with self._changing(who) as deciding:
            deciding.turn(source_id, "rejected", why, only="proposed")
        return self._made(deciding)[0]

    def edit(self, source_id: str, values: Mapping[str, object], who: str, why: str = "") -> Change:
        """Sets keys of the head; what was guessed of them is confirmed by that.

        Raises:
            SourceMissing: there is none of that id.
            ShelfProblem: a key is not known or not to be set, a value is not allowed, or nothing
                would change.
        """
        with self._changing(who) as deciding:
            url = deciding.edit(source_id, values, why).head.url
            likeness.note_address(deciding.connection, source_id, url)
        return self._made(deciding)[0]

    def move(self, source_id: str, collection: str, who: str, why: str = "") -> Change:
        """Puts a source into another collection.

        Raises:
            SourceMissing: there is none of that id.
            ShelfProblem: it is there already, or that cannot be the name of a collection.
        """
        with self._changing(who) as deciding:
            deciding.move(source_id, collection, why)
        return self._made(deciding)[0]

    def retire(self, source_id: str, who: str, why: str) -> Change:
        """Takes a current source out of use; its text and history stay.

        Raises:
            SourceMissing: there is none of that id.
            ShelfProblem: it is not current, or there is no reason.
        """
        with self._changing(who) as deciding:
            deciding.turn(source_id, "retired", why, only="current")
        return self._made(deciding)[0]

    def supersede(
        self,
        old: str,
        new: str,
        who: str,
        why: str,
        elsewhere: Mapping[str, Place] | None = None,
    ) -> tuple[Change, ...]:
        """Retires a source because another took its place; either may lie elsewhere.

        Raises:
            SourceMissing: one of them is neither filed nor in `elsewhere`.
            ShelfProblem: one of them is not current, both are the same, or there is no reason.
        """
        with self._changing(who) as deciding:
            deciding.supersede(old, new, why, elsewhere or {})
        return self._made(deciding)

    def restore(self, source_id: str, who: str, why: str = "") -> Change:
        """Proposes a retired or rejected source anew; a withdrawn file elsewhere is used again.

        Raises:
            SourceMissing: there is none of that id.
            ShelfProblem: it is neither.
        """
        with self._changing(who) as deciding:
            deciding.restore(source_id, why)
        return self._made(deciding)[0]

    def withdraw(self, place: Place, source_id: str, who: str, why: str) -> Change:
        """Takes a source that is a file elsewhere out of use.

        Raises:
            ShelfProblem: it is withdrawn already, or there is no reason.
        """
        with self._changing(who) as deciding:
            deciding.withdraw(place, source_id, "retired", why)
        return self._made(deciding)[0]

    def mend(self) -> None:
        """Writes every filed source anew whose file is not as the history says."""
        if has_shelf(self.folder.parent):
            with self._files.lock():
                self._write([entry.id for entry in self.entries()])

    @contextmanager
    def _changing(self, who: str) -> Iterator[Deciding]:
        """One transaction of the history, and then the files that follow from it."""
        with self._files.lock():
            self._opened()
            self._write(self._behind())
            with self._opened().writing() as connection:
                changes.settle(connection)
                deciding = Deciding(connection, self._clock(), who)
                yield deciding
            self._write(sorted({change.id for change in self._made(deciding) if change.head}))

    def _made(self, deciding: Deciding) -> tuple[Change, ...]:
        with self._opened().reading() as connection:
            return tuple(changes.change(connection, number) for number in deciding.numbers)
