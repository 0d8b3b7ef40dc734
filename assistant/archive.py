"""The file of records: opening and upgrading it, transactions, and what its errors mean."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from corpus.errors import RecordProblem, RecordsBusy, RecordsUnusable
from index.copying import copy

FILE = "records.sqlite3"
HEAD_REVISION = "0002"
PATIENCE = 5.0

_BUSY = (
    RecordsBusy,
    "is locked by another process",
    "Wait until that process is done, or end it, and try again.",
)
_FULL = (
    RecordsUnusable,
    "cannot be written: the disk is full or reports an error",
    "Make room or mend the disk and try again; what was recorded before is kept.",
)
_CLOSED = (
    RecordsUnusable,
    "cannot be opened or written",
    "Check the folder and its rights, or set another `home`.",
)
_DAMAGED = (
    RecordsUnusable,
    "is damaged or is not a file of records",
    "Keep the file, and bring back a backup with `attache restore FILE --replace`.",
)
_CHANGED = (
    RecordsUnusable,
    "takes no further entry: what is in it is not what was written",
    "Run `attache record verify` to see what was changed.",
)
_MEANINGS: dict[int, tuple[type[RecordProblem], str, str]] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FULL,
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CONSTRAINT: _CHANGED,
}


class Archive:
    """Connections to one file of records, for any thread; made or upgraded when opened.

    `patience` is how many seconds to wait for a lock before RecordsBusy. Upgrading keeps a copy
    of the older file beside it.

    Raises:
        RecordsUnusable: the file cannot be opened, is damaged, or a newer version made it.
        RecordsBusy: another process holds it locked.
    """

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self.path = path
        self._engine = _engine(path, patience)
        try:
            with self._meaning():
                self._upgrade()
        except OSError as error:
            self._engine.dispose()
            kind, what, remedy = _CLOSED
            raise kind(f"The file {self.path} {what}: {error.strerror}.", remedy) from error
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

    def forget_erased(self) -> None:
        """Takes what was erased out of the write-ahead log too, as far as readers let it."""
        with self._meaning(), self._engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Lets go of the file."""
        self._engine.dispose()

    def _upgrade(self) -> None:
        """Brings the file to today's schema. One process does; others wait and find it done."""
        if self._revision() == HEAD_REVISION:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            revision = self._revision()
            if revision == HEAD_REVISION:
                return
            if revision > HEAD_REVISION:
                raise RecordsUnusable(
                    f"The records {self.path} were made by a newer version of Attaché (revision "
                    f"{revision}; this one knows up to {HEAD_REVISION}).",
                    "Use that version, or set another `home`.",
                )
            if revision:
                copy(self.path, self.path.with_name(f"{self.path.name}.{revision}-copy"))
            self._migrate()

    def _revision(self) -> str:
        """The schema that the file has; empty where there is none yet."""
        if not self.path.exists():
            return ""
        with self.reading() as connection:
            tables = set(inspect(connection).get_table_names())
            if "alembic_version" in tables:
                return str(connection.scalar(text("SELECT version_num FROM alembic_version")))
        if tables:
            raise RecordsUnusable(
                f"The file {self.path} is a database, but not one of records.",
                "Set another `home`, or move the file away.",
            )
        return ""

    def _migrate(self) -> None:
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def _meaning(self) -> Iterator[None]:
        """Turns the database's errors into RecordsBusy and RecordsUnusable; others pass."""
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
        # An error must not show what was asked, nor the salt that hides it.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        # The driver would begin transactions when it sees fit; `begin` below does.
        connection.isolation_level = None
        # Bytes that are no text must reach whoever verifies, and not end in an error before.
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        fresh = not path.stat().st_size
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        if fresh:
            path.chmod(0o600)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
