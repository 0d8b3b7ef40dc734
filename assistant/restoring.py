"""Bringing back what a backup holds, while others use the home.

The order is such that a kill leaves the old or the new library, the old or the new records, and
that running it again finishes:

1. the backup is checked, unpacked below the home and brought to today's schemas;
2. its library is written as an unfinished generation here, which nobody sees;
3. the records are written over those here in one transaction, with a copy of those kept;
4. the filed sources are put in place of those here, which are kept beside;
5. the generation is published in one transaction: readers take it up before their next search;
6. the settings are put in place.

What a kill before step 5 leaves behind is taken away by the next build or restore.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assistant.archive import Archive
from assistant.backups import records_meaning
from assistant.bundles import LIBRARY, RECORDS, Manifest, Progress, read_manifest, unpack
from assistant.records import Records
from assistant.restored_settings import put_settings
from assistant.retention import Retention
from assistant.settings import Settings
from assistant.shelf_copies import check_shelf, put_shelf
from corpus.errors import BackupError, IndexMissing, RecordProblem, RecordsUnusable
from index import copying, generations
from index.adopting import adopt
from index.database import SCHEMA
from index.library import Generation, Library

_UNPACKED = "restore-"
_OTHER_VERSION = "Restore it with that version."


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored.

    `program` made the backup at `created`. `entries` counts those of the restored records; None
    where the backup held none and those here stayed. `kept` names the files in which that lies
    which was replaced; `notes` are sentences on what else there is to know or to do.
    """

    created: datetime
    program: str
    generation: int
    sources: int
    passages: int
    entries: int | None
    kept: tuple[Path, ...]
    notes: tuple[str, ...]
    seconds: float


def restore_backup(
    settings: Settings,
    source: Path,
    progress: Progress = lambda *_: None,
    *,
    replace: bool = False,
) -> RestoreReport:
    """Put library, records and settings of a backup in place of those of the home.

    Records here that the backup lacks are given up only with `replace`, and a copy of them is
    kept in any case. `progress` hears "verify" and "unpack" (bytes), "write", "graph", "check",
    "records" and "publish".

    Raises:
        BackupError: the file is no backup, damaged, too new, or lacks records that are here.
        IndexBusy: a build is running, or the library is locked.
        IndexUnusable: the library here cannot be written, or a newer version made it.
        RecordsBusy, RecordsUnusable: the same for the records.
    """
    began = time.monotonic()
    home = settings.home
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    with _reported(source):
        manifest = read_manifest(source, progress)
    with _reported(source), generations.building(home), _unpacked_below(home) as folder:
        unpack(source, manifest, folder, progress)
        _upgrade(source, manifest, folder)
        if not replace:
            _require_covered(home / RECORDS, folder / RECORDS)
        damaged = _set_damaged_aside(home, folder, stamp)
        with Library(home).created() as library:
            generation = _unpublished(home, library, folder, settings.store, progress)
            try:
                progress("records", 0, 1)
                records = _replace_records(home, folder, stamp, replace)
                progress("records", 1, 1)
            except BaseException:
                generations.discard_unfinished(home, library)
                raise
            shelf = put_shelf(home, folder, stamp)
            _publish(home, library, generation, progress)
            sources = len(library.indexed(generation.number))
            passages = len(library.rows(generation.number))
        lists, notes = put_settings(settings, folder, stamp)
        entries = _entries(folder / RECORDS)
        given_up = tuple(_holds_given_up(home / RECORDS, records))
    return RestoreReport(
        created=manifest.contents.created,
        program=manifest.contents.program,
        generation=generation.number,
        sources=sources,
        passages=passages,
        entries=entries,
        kept=(*damaged, *records, *shelf, *lists),
        notes=(*(_RESTART.format(path.name) for path in damaged), *given_up, *notes),
        seconds=time.monotonic() - began,
    )


_RESTART = (
    "{0} keeps what was damaged here; end every `attache serve` of this home and start it again."
)


def _upgrade(source: Path, manifest: Manifest, folder: Path) -> None:
    """Find the unpacked databases whole and not too new, and bring them to today's schemas."""
    contents = manifest.contents
    names = [name for name in (LIBRARY, RECORDS) if name in manifest.members]
    for name in names:
        if not copying.sound(folder / name):
            raise BackupError(
                f"{name} in {source} is a damaged database, and was when the backup was made.",
                "Take an earlier backup; nothing here was touched.",
            )
    newer = f"{source} was made by a newer version of Attaché ({contents.program}"
    if contents.library_schema > SCHEMA:
        raise BackupError(
            f"{newer}; its library has schema {contents.library_schema}, this one knows up to "
            f"{SCHEMA}).",
            _OTHER_VERSION,
        )
    library = Library(folder)
    with closing(library.database):
        library.current()
    check_shelf(source, folder)
    if RECORDS in names:
        try:
            Archive(folder / RECORDS).close()
        except RecordsUnusable as error:
            raise BackupError(
                f"{newer}; its records have revision {contents.revision}, which this one does "
                "not know).",
                _OTHER_VERSION,
            ) from error


def _require_covered(here: Path, backup: Path) -> None:
    """Refuse to go on where the records here hold what the backup's chain lacks."""
    if not here.exists() or not backup.exists():
        return
    with records_meaning(here):
        lacking = _lacking(here, backup) if copying.sound(here) else None
    if lacking is None:
        raise BackupError(
            f"The records {here} are damaged, so that it cannot be told whether the backup holds "
            "all of them.",
            "Go on with --replace; what is there now is kept beside.",
        )
    if lacking:
        raise BackupError(
            f"The records here hold {lacking:,} {'entry' if lacking == 1 else 'entries'} that the "
            "backup lacks: they were written after it, or it is of other records.",
            "Give them up with --replace; a copy of the records is kept beside.",
        )


def _lacking(here: Path, backup: Path) -> int:
    """How many entries stand here that do not stand at the same place of the backup's chain.

    A link covers all entries before it, so that equal links mean equal chains up to there.
    """
    with closing(sqlite3.connect(here)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'records'").fetchone():
            return 0
        connection.execute("ATTACH DATABASE ? AS backup", (str(backup),))
        (count,) = connection.execute(
            "SELECT count(*) FROM main.records AS ours WHERE NOT EXISTS (SELECT 1 "
            "FROM backup.records AS theirs WHERE theirs.seq = ours.seq AND theirs.link = ours.link)"
        ).fetchone()
        return int(count)


def _set_damaged_aside(home: Path, folder: Path, stamp: str) -> tuple[Path, ...]:
    """Move databases that are damaged out of the way of unpacked ones; what they are called now."""
    kept = []
    for name in (LIBRARY, RECORDS):
        path = home / name
        if path.exists() and (folder / name).exists() and not copying.sound(path):
            aside = path.with_name(f"{name}.damaged-{stamp}")
            for ending in ("-wal", "-shm", ""):
                part = path.with_name(name + ending)
                if part.exists():
                    part.rename(aside.with_name(aside.name + ending))
            kept.append(aside)
    return tuple(kept)


def _unpublished(
    home: Path, library: Library, folder: Path, store: str, progress: Progress
) -> Generation:
    """What the unpacked library holds as the next generation here, with its search graph."""
    generations.discard_unfinished(home, library)
    other = Library(folder)
    with closing(other.database):
        try:
            return adopt(home, library, other, progress, store)
        except IndexMissing as error:
            raise BackupError(
                "The library in the backup holds no index.", "Take another backup."
            ) from error


def _replace_records(home: Path, folder: Path, stamp: str, replace: bool) -> tuple[Path, ...]:
    """Write the backup's records over those here; the copy that is kept of these, if any."""
    here, backup = home / RECORDS, folder / RECORDS
    if not backup.exists():
        return ()
    kept = here.with_name(f"{RECORDS}.before-restore-{stamp}") if here.exists() else None
    # Made where there is none, so that one that a server makes meanwhile is found all the same.
    Archive(here).close()

    def before() -> None:
        # Again, as more may have been written since; from here on nobody can.
        if not replace:
            _require_covered(here, backup)
        if kept:
            copying.copy(here, kept)

    with records_meaning(here):
        copying.overwrite(here, backup, before)
    return (kept,) if kept else ()


def _holds_given_up(here: Path, kept: tuple[Path, ...]) -> Iterator[str]:
    """Notes on legal holds that stand in replaced records, and not in those here any more."""
    # What was changed may tell of no holds; that must not fail a restore that is done.
    with suppress(RecordProblem, KeyError):
        now = _holds(here) if kept else {}
        for id_, reason in (hold for path in kept for hold in _holds(path).items()):
            if id_ not in now:
                yield f"The legal hold {id_} ({reason}) was given up as well; place it anew."


def _holds(path: Path) -> dict[str, str]:
    with closing(Archive(path)) as archive:
        return {hold.id: hold.reason for hold in Retention(Records(archive)).holds()}


def _publish(home: Path, library: Library, generation: Generation, progress: Progress) -> None:
    progress("publish", 0, 1)
    library.publish(generation)
    generations.clear_old(home, library)
    library.clear_vectors()
    progress("publish", 1, 1)


def _entries(backup: Path) -> int | None:
    if not backup.exists():
        return None
    with closing(sqlite3.connect(backup)) as connection:
        return int(connection.execute("SELECT count(*) FROM records").fetchone()[0])


@contextmanager
def _unpacked_below(home: Path) -> Iterator[Path]:
    """A folder to unpack in, on the disk of the home; those of killed restores are taken away.

    Only for the holder of `generations.building`.
    """
    for left in home.glob(f"{_UNPACKED}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_UNPACKED, dir=home) as folder:
        yield Path(folder)


@contextmanager
def _reported(source: Path) -> Iterator[None]:
    """What the file system, or SQLite in the unpacked files, refuses as BackupError."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise BackupError(
            f"The backup {source} cannot be restored: {reason}.",
            "Make room on the disk, or give yourself the right to write there; then run it again.",
        ) from error
