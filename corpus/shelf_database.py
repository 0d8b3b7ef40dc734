"""The shelf's file: opening it, transactions, and what its errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from corpus.errors import ShelfBusy, ShelfProblem, ShelfUnusable
from corpus.shelf_tables import SCHEMA, metadata

PATIENCE = 5.0

_BUSY = (
    ShelfBusy,
    "is locked by another process",
    "Wait until that process is done, or end it, and try again.",
)
_FULL = (
    ShelfUnusable,
    "cannot be written: the disk is full or reports an error",
    "Make room or mend the disk and try again; what was filed before is kept.",
)
_CLOSED = (
    ShelfUnusable,
    "cannot be opened or written",
    "Check the folder and its rights, or set another `home`.",
)
_DAMAGED = (
    ShelfUnusable,
    "is damaged or is not the history of a shelf",
    "Keep the file, and bring back a backup.",
)
_MEANINGS: dict[int, tuple[type[ShelfProblem], str, str]] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FULL,
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}


class ShelfDatabase:
    """Connections to the file, for any thread; its tables are made where there are none.

    `patience` is how many seconds to wait for a lock before ShelfBusy.

    Raises:
        ShelfUnusable: the file cannot be opened, is damaged, or a newer version made it.
        ShelfBusy: another process holds it locked.
    """

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self.path = path
        self._engine = _engine(path, patience)
        try:
            self._prepare()
        except BaseException:
            self._engine.dispose()
            raise

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

    def _prepare(self) -> None:
        if self._schema() == SCHEMA:
            return
        with self.writing() as connection:
            tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
            found = self._schema_of(connection)
            if found > SCHEMA:
                raise ShelfUnusable(
                    f"The shelf {self.path} was made by a newer version of Attaché (schema "
                    f"{found}; this one knows up to {SCHEMA}).",
                    "Use that version, or set another `home`.",
                )
            if not found and tables:
                raise ShelfUnusable(
                    f"The file {self.path} is a database, but not the history of a shelf.",
                    "Set another `home`, or move the file away.",
                )
            if not found:
                metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")

    def _schema(self) -> int:
        with self.reading() as connection:
            return self._schema_of(connection)

    def _schema_of(self, connection: Connection) -> int:
        return int(connection.exec_driver_sql("PRAGMA user_version").scalar() or 0)

    @contextmanager
    def _meaning(self) -> Iterator[None]:
        """Turns the database's errors into ShelfBusy and ShelfUnusable; others pass."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            if code not in _MEANINGS:
                raise
            kind, what, remedy = _MEANINGS[code]
            raise kind(f"The file {self.path} {what} ({cause}).", remedy) from error


def _engine(path: Path, patience: float) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": patience, "check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        # The driver would begin transactions when it sees fit; `begin` below does.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
