"""SQLite files through SQLAlchemy: transactions that begin when they are meant to, and errors that
say what is the matter with which file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError

from corpus.errors import AttacheError

PATIENCE = 5.0


class Meaning(NamedTuple):
    """What an error of SQLite means for a file: the error to raise, what is so, what to do."""

    kind: type[AttacheError]
    what: str
    remedy: str


Meanings = Mapping[int, Meaning]


def meanings(
    busy: type[AttacheError], unusable: type[AttacheError], kept: str, damaged: tuple[str, str]
) -> dict[int, Meaning]:
    """The usual meanings. `kept` says what a full disk does not lose; `damaged` what a damaged
    file is called, and what to do about it."""
    locked = Meaning(
        busy,
        "is locked by another process",
        "Wait until that process is done, or end it, and try again.",
    )
    full = Meaning(
        unusable,
        "cannot be written: the disk is full or reports an error",
        f"Make room or mend the disk and try again; {kept}.",
    )
    closed = Meaning(
        unusable,
        "cannot be opened or written",
        "Check the folder and its rights, or set another `home`.",
    )
    broken = Meaning(unusable, *damaged)
    return {
        sqlite3.SQLITE_BUSY: locked,
        sqlite3.SQLITE_LOCKED: locked,
        sqlite3.SQLITE_FULL: full,
        sqlite3.SQLITE_IOERR: full,
        sqlite3.SQLITE_READONLY: closed,
        sqlite3.SQLITE_CANTOPEN: closed,
        sqlite3.SQLITE_PERM: closed,
        sqlite3.SQLITE_CORRUPT: broken,
        sqlite3.SQLITE_NOTADB: broken,
    }


class SqliteFile:
    """Connections to one file, for any thread.

    `patience` is how many seconds to wait for a lock; `prepare` is called with each new
    connection of the driver.
    """

    def __init__(
        self,
        path: Path,
        known: Meanings,
        patience: float = PATIENCE,
        prepare: Callable[[Any], None] = lambda _: None,
    ) -> None:
        self.path = path
        self._known = known
        self._engine = _engine(path, patience, prepare)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the file throughout."""
        with self._meaning(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection inside one write transaction: all of it happens, or nothing."""
        with self._meaning(), self._engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Lets go of the file."""
        self._engine.dispose()

    @contextmanager
    def _meaning(self) -> Iterator[None]:
        """Turns the database's errors into those of the file; others pass."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            if code not in self._known:
                raise
            kind, what, remedy = self._known[code]
            raise kind(f"The file {self.path} {what} ({cause}).", remedy) from error


class VersionedFile(SqliteFile):
    """A file whose tables are made where there are none; one that a newer version made is refused.

    Raises:
        AttacheError: of the kinds in `known`; the file cannot be opened, is damaged, is of a newer
            schema, or holds other tables than these.
    """

    def __init__(
        self, path: Path, metadata: MetaData, schema: int, known: Meanings, patience: float
    ) -> None:
        super().__init__(path, known, patience)
        self._tables, self._wanted = metadata, schema
        try:
            self._make()
        except BaseException:
            self.close()
            raise

    def _make(self) -> None:
        with self.reading() as connection:
            if _schema(connection) == self._wanted:
                return
        with self.writing() as connection:
            found = _schema(connection)
            tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
            kind, what, _ = self._known[sqlite3.SQLITE_NOTADB]
            if found > self._wanted:
                raise kind(
                    f"The file {self.path} was made by a newer version of Attaché (schema "
                    f"{found}; this one knows up to {self._wanted}).",
                    "Use that version, or set another `home`.",
                )
            if not found and tables:
                raise kind(
                    f"The file {self.path} is a database with other tables: it {what}.",
                    "Set another `home`, or move the file away.",
                )
            if not found:
                self._tables.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA user_version = {self._wanted}")


def _schema(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar() or 0)


def _engine(path: Path, patience: float, prepare: Callable[[Any], None]) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": patience, "check_same_thread": False},
        # An error must not show what was asked or filed.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: object) -> None:
        # The driver would begin transactions when it sees fit; `begin` below does.
        connection.isolation_level = None
        prepare(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
