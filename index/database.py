"""The SQLite file below the library: opening and upgrading it, and what its errors mean."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import IndexBusy, IndexProblem, IndexUnusable
from index.copying import PATIENCE, copy

# A row is part of generation g when added <= g and (removed is null or removed > g).
# Row numbers are never used twice (autoincrement): they are the ids in the search graph.
_FIRST = """
CREATE TABLE generations (
    number INTEGER PRIMARY KEY, embedder TEXT NOT NULL, splitting TEXT NOT NULL,
    dimension INTEGER NOT NULL, seal TEXT NOT NULL);
CREATE TABLE pointer (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    generation INTEGER NOT NULL REFERENCES generations);
CREATE TABLE sources (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, version TEXT NOT NULL,
    root TEXT NOT NULL, relative TEXT NOT NULL, digest TEXT NOT NULL,
    metadata TEXT NOT NULL, blocks TEXT NOT NULL,
    added INTEGER NOT NULL, removed INTEGER);
CREATE TABLE texts (
    source_id TEXT NOT NULL, version TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (source_id, version)) WITHOUT ROWID;
CREATE TABLE refused (
    root TEXT NOT NULL, relative TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (root, relative)) WITHOUT ROWID;
CREATE TABLE vectors (
    number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,
    passage BLOB NOT NULL, sentences BLOB NOT NULL);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,
    source INTEGER NOT NULL REFERENCES sources (row),
    vector INTEGER NOT NULL REFERENCES vectors (number),
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, title TEXT NOT NULL, heading TEXT NOT NULL,
    page INTEGER, text TEXT NOT NULL, sentences TEXT NOT NULL,
    added INTEGER NOT NULL, removed INTEGER);
CREATE INDEX passages_source ON passages (source);
CREATE INDEX passages_vector ON passages (vector);
CREATE INDEX passages_generation ON passages (added, removed, source);
CREATE INDEX passages_removed ON passages (removed);
CREATE VIRTUAL TABLE keywords USING fts5 (
    title, heading, text, content = 'passages', content_rowid = 'row',
    tokenize = 'porter unicode61');
CREATE TRIGGER passages_inserted AFTER INSERT ON passages BEGIN
    INSERT INTO keywords (rowid, title, heading, text)
    VALUES (new.row, new.title, new.heading, new.text);
END;
CREATE TRIGGER passages_deleted AFTER DELETE ON passages BEGIN
    INSERT INTO keywords (keywords, rowid, title, heading, text)
    VALUES ('delete', old.row, old.title, old.heading, old.text);
END;
"""
# When a version was first indexed, ISO 8601 in UTC; null where that was before schema 2.
_SEEN = "ALTER TABLE texts ADD COLUMN seen TEXT;"

# The script at place n leads from schema n to n + 1; a new library runs them all.
_SCRIPTS = (_FIRST, _SEEN)
SCHEMA = len(_SCRIPTS)

REBUILD = (
    "Delete that file and the folder `chroma` beside it, nothing else there, and run "
    "`attache index` again; sources and records are not touched by that."
)
_MEANINGS: dict[int, tuple[type[IndexProblem], str, str]] = {
    sqlite3.SQLITE_BUSY: (
        IndexBusy,
        "is locked by another process",
        "Wait until that process is done, or end it, and try again.",
    ),
    sqlite3.SQLITE_LOCKED: (
        IndexBusy,
        "is locked by another process",
        "Wait until that process is done, or end it, and try again.",
    ),
    sqlite3.SQLITE_FULL: (
        IndexUnusable,
        "cannot grow: the disk is full",
        "Make room and run `attache index` again; what was indexed before is kept.",
    ),
    sqlite3.SQLITE_IOERR: (
        IndexUnusable,
        "cannot be read or written: the disk reports an error or is full",
        "Make room or mend the disk, and run `attache index` again.",
    ),
    sqlite3.SQLITE_READONLY: (
        IndexUnusable,
        "may not be written",
        "Give yourself the right to write there, or set another `home`.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        IndexUnusable,
        "cannot be opened",
        "Check the folder, its rights and the room on its disk, or set another `home`.",
    ),
    sqlite3.SQLITE_PERM: (IndexUnusable, "may not be opened", "Check the rights of the folder."),
    sqlite3.SQLITE_CORRUPT: (IndexUnusable, "is damaged", REBUILD),
    sqlite3.SQLITE_NOTADB: (IndexUnusable, "is not a database", REBUILD),
}


class Database:
    """Connections to one library file, kept for reuse by any thread.

    `patience` is how many seconds to wait for a lock before IndexBusy.
    """

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self.path = path
        self._patience = patience
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for one thread at a time; SQLite's errors leave it as IndexProblems."""
        with self.meaning():
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._give(connection)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one write transaction: all of it happens, or nothing."""
        with self.connection() as connection, atomic(connection):
            yield connection

    def create(self) -> None:
        """Make the schema where there is none yet."""
        with self.connection() as connection:
            self._upgrade(connection)

    def close(self) -> None:
        """Close what is idle; a connection in use is closed when it is given back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def meaning(self) -> Iterator[None]:
        """Turn SQLite's errors into IndexBusy and IndexUnusable; others pass through."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            if code not in _MEANINGS:
                raise
            kind, what, remedy = _MEANINGS[code]
            raise kind(f"The library {self.path} {what} ({error}).", remedy) from error
        except OSError as error:
            _, what, remedy = _MEANINGS[sqlite3.SQLITE_IOERR]
            raise IndexUnusable(f"The library {self.path} {what} ({error}).", remedy) from error

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        connection = sqlite3.connect(
            self.path, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version > SCHEMA:
            raise IndexUnusable(
                f"The library {self.path} was made by a newer version of Attaché "
                f"(schema {version}; this one knows up to {SCHEMA}).",
                "Use that version, or set another `home`.",
            )
        if version == 0 and tables:
            raise IndexUnusable(
                f"The file {self.path} is a database, but not a library of Attaché.",
                "Set another `home`, or move the file away.",
            )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA temp_store = MEMORY")
        if 0 < version < SCHEMA:
            self._upgrade(connection)

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        """Bring the file to today's schema, with a copy of an older one kept beside it.

        Whoever comes second waits for the lock and finds it done. A kill leaves the older
        schema, or the new one with its copy.
        """
        with atomic(connection):
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version >= SCHEMA:
                return
            if version:
                kept = self.path.with_name(f"{self.path.name}.schema-{version}-copy")
                copy(self.path, kept)
            for script in _SCRIPTS[version:]:
                for statement in _statements(script):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA}")

    def _give(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()


@contextmanager
def atomic(connection: sqlite3.Connection) -> Iterator[None]:
    """One write transaction of a connection: all of it happens, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: executescript would end the transaction."""
    held = ""
    for line in script.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            yield held
            held = ""
