"""Copying SQLite files that others use meanwhile, and writing one over another."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

Steps = Callable[[int, int], None]

PATIENCE = 5.0
_PAGES = 1000


def copy(source: Path, target: Path, progress: Steps = lambda *_: None) -> None:
    """Copy a database as it stands at this moment: whole and on the disk, or not there at all.

    `target` is replaced and readable by its owner only; `progress` hears how many pages are
    copied and how many there are.

    Raises:
        sqlite3.Error: the source cannot be read, or there is no room for the copy.
        OSError: the target cannot be written.
    """
    making = target.with_name(f"{target.name}.new")
    making.unlink(missing_ok=True)
    os.close(os.open(making, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(_opened(source)) as old, closing(_opened(making)) as new:
        # Nobody else sees the file before it is whole, so that nothing need be rolled back.
        new.execute("PRAGMA journal_mode = OFF")
        # One reading transaction: otherwise every write of others would begin the copy anew.
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()
        old.backup(new, pages=_PAGES, progress=_heard(progress))
    sync(making)
    making.replace(target)
    sync(target.parent)


def overwrite(target: Path, source: Path, before: Callable[[], None]) -> None:
    """Write one database over another in a single transaction of the target.

    Others may have the target open: they see all of the new content or nothing of it. `before` is
    called once nobody else can write any more, while the old content can still be read; what it
    raises leaves the target as it was.

    Raises:
        sqlite3.Error: the target is locked for more than PATIENCE seconds, damaged, or the disk
            is full; it is as it was.
    """
    begun = False

    def begin(done: int, total: int) -> None:  # noqa: ARG001
        nonlocal begun
        if not begun:
            begun = True
            before()

    with closing(_opened(source)) as new, closing(_opened(target)) as old:
        # Single pages, because the first step must not be the last: it takes the lock.
        new.backup(old, pages=1, progress=_heard(begin))


def sound(path: Path) -> bool:
    """Whether a file is a database in which SQLite finds no damage."""
    try:
        with closing(_opened(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return False


def sync(path: Path) -> None:
    """Have the disk hold what was written to a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)


def _heard(progress: Steps) -> Callable[[int, int, int], None]:
    def step(status: int, remaining: int, total: int) -> None:
        # The driver would try again for ever.
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Busy("database is locked")
        progress(total - remaining, total)

    return step


class Busy(sqlite3.OperationalError):
    """A lock was not given up in time."""

    sqlite_errorcode = sqlite3.SQLITE_BUSY
