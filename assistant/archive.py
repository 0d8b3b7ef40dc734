"""The file of records: opening and upgrading it, transactions, and what its errors mean."""

from __future__ import annotations

import fcntl
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text

from corpus.errors import RecordsBusy, RecordsUnusable
from corpus.sqlite_files import PATIENCE, Meaning, SqliteFile, meanings
from index.copying import copy

FILE = "records.sqlite3"
HEAD_REVISION = "0002"

_CHANGED = Meaning(
    RecordsUnusable,
    "takes no further entry: what is in it is not what was written",
    "Run `attache record verify` to see what was changed.",
)
_KNOWN = meanings(
    RecordsBusy,
    RecordsUnusable,
    "what was recorded before is kept",
    (
        "is damaged or is not a file of records",
        "Keep the file, and bring back a backup with `attache restore FILE --replace`.",
    ),
) | {sqlite3.SQLITE_CONSTRAINT: _CHANGED}


class Archive(SqliteFile):
    """Connections to one file of records, for any thread; made or upgraded when opened.

    `patience` is how many seconds to wait for a lock before RecordsBusy. Upgrading keeps a copy
    of the older file beside it.

    Raises:
        RecordsUnusable: the file cannot be opened, is damaged, or a newer version made it.
        RecordsBusy: another process holds it locked.
    """

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        super().__init__(path, _KNOWN, patience, self._prepare)
        try:
            with self._meaning():
                self._upgrade()
        except OSError as error:
            self.close()
            kind, what, remedy = _KNOWN[sqlite3.SQLITE_CANTOPEN]
            raise kind(f"The file {self.path} {what}: {error.strerror}.", remedy) from error
        except BaseException:
            self.close()
            raise

    def forget_erased(self) -> None:
        """Takes what was erased out of the write-ahead log too, as far as readers let it."""
        with self._meaning(), self._engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _prepare(self, connection: Any) -> None:
        # Bytes that are no text must reach whoever verifies, and not end in an error before.
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        connection.execute("PRAGMA secure_delete = ON")
        if not self.path.stat().st_size:
            self.path.chmod(0o600)

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
