"""What is on the shelf: opening it, completing what a kill interrupted, and looking things up."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection

from corpus import changes, likeness
from corpus.changes import Change, Entry, Place, Withdrawal
from corpus.deciding import missing
from corpus.errors import ShelfProblem, ShelfUnusable
from corpus.filed import Filed, Like, Original
from corpus.heads import Status
from corpus.shelf_database import ShelfDatabase
from corpus.shelf_files import ShelfFiles
from corpus.sqlite_files import PATIENCE

FOLDER = "shelf"
FILE = "shelf.sqlite3"


def has_shelf(home: Path) -> bool:
    """Whether anything was ever filed in this home folder."""
    folder = home / FOLDER
    return (folder / FILE).exists() or bool(ShelfFiles(folder, PATIENCE).all_filed())


def _now() -> datetime:
    return datetime.now(UTC)


class ShelfReading:
    """The filed sources of a home folder, to look at, for any thread. Close it when done.

    Nothing is made before the first change. Every method may raise ShelfBusy or ShelfUnusable.
    `patience` is how many seconds to wait for another who changes the shelf.

    Raises:
        ShelfUnusable: it cannot be opened, is damaged, or a newer version made it.
    """

    def __init__(
        self, home: Path, *, clock: Callable[[], datetime] = _now, patience: float = PATIENCE
    ) -> None:
        self.folder = home.absolute() / FOLDER
        self._files = ShelfFiles(self.folder, patience)
        self._patience = patience
        self._clock = clock
        self._database: ShelfDatabase | None = None
        if has_shelf(home):
            try:
                self._recover()
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the shelf's file."""
        if self._database:
            self._database.close()

    def get(self, source_id: str) -> Filed:
        """A filed source as it is today, with its text.

        Raises:
            SourceMissing: there is none of that id.
        """
        with self._reading() as connection:
            found = connection and changes.filed(connection, source_id)
        if not found:
            raise missing(source_id)
        return found

    def entry(self, source_id: str) -> Entry:
        """As `get`, without the text.

        Raises:
            SourceMissing: there is none of that id.
        """
        with self._reading() as connection:
            found = connection and next(changes.entries(connection, source_id=source_id), None)
        if not found:
            raise missing(source_id)
        return found

    def entries(
        self, collection: str | None = None, status: Status | None = None
    ) -> tuple[Entry, ...]:
        """The filed sources, by their ids."""
        with self._reading() as connection:
            if connection is None:
                return ()
            wanted = {"collection": collection or "", "status": status or ""}
            return tuple(changes.entries(connection, **wanted))

    def ids(self) -> frozenset[str]:
        """The ids that are in use here: of filed sources, and of withdrawn files elsewhere."""
        with self._reading() as connection:
            return frozenset(changes.used(connection)) if connection else frozenset()

    def history(self, source_id: str | None = None) -> tuple[Change, ...]:
        """The changes of one source or of all, oldest first."""
        with self._reading() as connection:
            return changes.read(connection, source_id) if connection else ()

    def after(self, number: int) -> Filed | None:
        """A filed source as a change left it; None where that was of a file elsewhere."""
        with self._reading() as connection:
            return changes.filed_after(connection, number) if connection else None

    def versions(self, source_id: str) -> tuple[Entry, ...]:
        """The filed source with those it took the place of and those that took its place.

        Raises:
            SourceMissing: there is none of that id.
        """
        all_of_them = {entry.id: entry for entry in self.entries()}
        if source_id not in all_of_them:
            raise missing(source_id)
        line, todo = {source_id}, [source_id]
        while todo:
            head = all_of_them[todo.pop()].head
            linked = {*head.supersedes, *filter(None, [head.superseded_by])}
            fresh = (linked & all_of_them.keys()) - line
            line |= fresh
            todo += fresh
        added = {change.id: change.number for change in reversed(self.history())}
        return tuple(all_of_them[i] for i in sorted(line, key=lambda i: added[i]))

    def withdrawals(self) -> tuple[Withdrawal, ...]:
        """The sources that are files elsewhere and no longer to be used."""
        with self._reading() as connection:
            return tuple(changes.withdrawals(connection)) if connection else ()

    def withdrawn(self) -> frozenset[Place]:
        """The places of those: root and relative path."""
        return frozenset(withdrawal.place for withdrawal in self.withdrawals())

    def collections(self) -> tuple[str, ...]:
        """The names of the collections that have filed sources."""
        return tuple(sorted({entry.collection for entry in self.entries()}))

    def roots(self) -> dict[Path, str]:
        """The folders with filed sources, and the collection that each belongs to."""
        return {self.folder / name: name for name in self.collections()}

    def original(self, source_id: str) -> tuple[Path, Original]:
        """The file that a source was read from, as it was received.

        Raises:
            SourceMissing: there is no source of that id.
            ShelfProblem: the source has no original.
            ShelfUnusable: the original is gone or is not what was received.
        """
        original = self.entry(source_id).card.original
        if original is None:
            raise ShelfProblem(f"{source_id} was filed without an original.", "See its `url`.")
        path = self._files.original(original)
        flaw = flaw_of_original(path, original)
        if flaw:
            raise ShelfUnusable(
                f"The original of {source_id} {flaw}: {path}.", "Bring it back from a backup."
            )
        return path, original

    def holding(self, original: str) -> Entry | None:
        """The source whose original has that SHA-256, whatever its status."""
        with self._reading() as connection:
            found = connection and changes.holding(connection, original)
        return self.entry(found) if found else None

    def likes(self, filed: Filed) -> tuple[Like, ...]:
        """The known sources that a text is like, the likest first."""
        with self._reading() as connection:
            return likeness.likes(connection, filed) if connection else ()

    def file(self, entry: Entry) -> Path:
        """The file that is indexed for a source."""
        return self._files.filed(entry.collection, entry.id)

    def filed_files(self) -> set[Path]:
        """All files of filed sources that are there, known or not."""
        return self._files.all_filed()

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        """A connection, or None where nothing was filed yet."""
        if self._database is None and not has_shelf(self.folder.parent):
            yield None
            return
        with self._opened().reading() as connection:
            yield connection

    def _opened(self) -> ShelfDatabase:
        """The shelf's file, made where there is none: for the holder of the lock, or if it exists.

        Raises:
            ShelfUnusable: sources are filed, but there is no history of them.
        """
        if self._database is None:
            path = self.folder / FILE
            if not path.exists() and self._files.all_filed():
                raise ShelfUnusable(
                    f"{self.folder} holds filed sources, but {FILE} with their history is gone.",
                    "Bring it back from a backup.",
                )
            self._database = ShelfDatabase(path, self._patience)
        return self._database

    def _recover(self) -> None:
        """Completes what a kill kept from being written; takes the lock only where it must."""
        if self._behind():
            with self._files.lock():
                self._write(self._behind())

    def _behind(self) -> list[str]:
        """The sources whose files are not as the last changes left them."""
        with self._opened().reading() as connection:
            touched = {changes.change(connection, n).id for n in changes.unsettled(connection)}
            return [i for i in sorted(touched) if self._due(connection, i)]

    def _write(self, ids: list[str]) -> None:
        """Writes the files of sources as the history has them; for the holder of the lock."""
        with self._opened().reading() as connection:
            for source_id in ids:
                if due := self._due(connection, source_id):
                    path, content = due
                    self._files.put(path, content)
                    for other in self._files.others(path):
                        self._files.remove(other)

    def _due(self, connection: Connection, source_id: str) -> tuple[Path, bytes] | None:
        """The file that a source should have, and nothing where it has just that one."""
        filed = changes.filed(connection, source_id)
        assert filed is not None
        path = self.file(next(changes.entries(connection, source_id=source_id)))
        content = filed.model_dump_json(indent=1).encode()
        same = self._files.content(path) == content and not self._files.others(path)
        return None if same else (path, content)


def flaw_of_original(path: Path, original: Original) -> str:
    """What is wrong with the file of an original; empty where nothing is."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    same = hashlib.sha256(raw).hexdigest() == original.sha256
    return "" if same else "is not what was received"
