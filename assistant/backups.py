"""Library, records, filed sources and settings of a home in one file, while others use the home."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from assistant.bundles import (
    FOLDERS,
    LIBRARY,
    RECORDS,
    SETTINGS,
    TOML,
    ChainHead,
    Contents,
    Progress,
    write_bundle,
)
from assistant.settings import Settings
from assistant.shelf_copies import copy_shelf
from corpus.errors import BackupError, IndexMissing, IndexUnusable, RecordsBusy, RecordsUnusable
from index import copying
from index.database import REBUILD, SCHEMA
from index.library import Library

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds. `size` is the file's, in bytes; `entries` are those of the records."""

    path: Path
    size: int
    sources: int
    passages: int
    entries: int
    seconds: float


def write_backup(
    settings: Settings, target: Path, progress: Progress = lambda *_: None
) -> BackupReport:
    """Write library, records, filed sources and settings to one file that only its owner may read.

    `progress` hears the stages "copy" (pages) and "pack" (bytes). A kill leaves a hidden folder
    beside the target and no target.

    Raises:
        BackupError: the target exists or cannot be written.
        IndexMissing: there is no index yet.
        IndexProblem, RecordProblem: the library or the records cannot be read, or are damaged.
        ShelfProblem: the shelf cannot be read.
    """
    began = time.monotonic()
    if target.exists():
        raise BackupError(f"{target} exists already.", "Name a file that does not exist yet.")
    with (
        _reported(target.parent),
        tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as made,
    ):
        folder = Path(made)
        # The records first: the library then holds all that they cite.
        revision, head = _copy_records(settings.home / RECORDS, folder / RECORDS, progress)
        sources, passages = _copy_library(settings.home, folder, progress)
        copy_shelf(settings.home, folder, lambda one, other: _copy(one, other, progress))
        _copy_settings(settings, folder)
        contents = Contents(
            program=version("attache"),
            created=datetime.now(UTC),
            library_schema=SCHEMA,
            revision=revision,
            head=head,
        )
        packed = folder / "packed"
        write_bundle(folder, packed, contents, progress)
        packed.chmod(0o600)
        packed.rename(target)
        copying.sync(target.parent)
    size, seconds = target.stat().st_size, time.monotonic() - began
    return BackupReport(target, size, sources, passages, head.seq if head else 0, seconds)


@contextmanager
def records_meaning(path: Path) -> Iterator[None]:
    """SQLite's errors on a file of records as RecordsBusy and RecordsUnusable."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _BUSY:
            raise RecordsBusy(
                f"The file {path} is locked by another process ({error}).",
                "Wait until that process is done, or end it, and try again.",
            ) from error
        raise RecordsUnusable(
            f"The file {path} cannot be read or written ({error}).",
            "Check its rights and the room on its disk; `attache record verify` says whether it "
            "is whole.",
        ) from error


def _copy_records(
    source: Path, target: Path, progress: Progress
) -> tuple[str | None, ChainHead | None]:
    """The Alembic revision and the head of the chain of what was copied, None where nothing is."""
    if not source.exists():
        return None, None
    with records_meaning(source):
        _copy(source, target, progress)
        if not copying.sound(target):
            raise RecordsUnusable(
                f"The file {source} is damaged, so that a backup of it would be.",
                "Bring back an earlier backup with `attache restore FILE --replace`.",
            )
        with closing(sqlite3.connect(target)) as connection:
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            row = connection.execute("SELECT seq, link FROM chain_head").fetchone()
    return revision, ChainHead(seq=row[0], link=row[1]) if row else None


def _copy_library(home: Path, folder: Path, progress: Progress) -> tuple[int, int]:
    """How many sources and passages the copy holds, which has today's schema."""
    if not (home / LIBRARY).exists():
        raise IndexMissing(f"There is no index in {home} yet.", "Run `attache index`.")
    library = Library(folder)
    with library.database.meaning(), closing(library.database):
        _copy(home / LIBRARY, library.path, progress)
        if not copying.sound(library.path):
            raise IndexUnusable(f"The library {home / LIBRARY} is damaged.", REBUILD)
        current = library.current()
        if current is None:
            raise IndexMissing(f"There is no index in {home} yet.", "Run `attache index`.")
        return len(library.indexed(current.number)), len(library.rows(current.number))


def _copy(source: Path, target: Path, progress: Progress) -> None:
    # What goes wrong with the copy says nothing about the database that is copied.
    with _reported(target.parent.parent):
        copying.copy(source, target, partial(progress, "copy"))


def _copy_settings(settings: Settings, folder: Path) -> None:
    (folder / SETTINGS).write_text(settings.model_dump_json(indent=2), encoding="utf-8")
    (folder / FOLDERS).touch()
    for path in (settings.home / FOLDERS, Path(TOML)):
        if path.exists():
            shutil.copyfile(path, folder / path.name)


@contextmanager
def _reported(folder: Path) -> Iterator[None]:
    """A full disk and the file system's other refusals as BackupError."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_FULL) & 0xFF
        if code != sqlite3.SQLITE_FULL:
            raise
        raise BackupError(
            f"The backup cannot be written to {folder}: "
            f"{getattr(error, 'strerror', None) or error}.",
            "Make room there, or name a file in a folder that you may write to.",
        ) from error
