"""The shelf in a backup: its databases as SQLite copies them, and the files named by their hash."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from corpus.errors import BackupError
from corpus.filed import ENDING
from corpus.shelf import FOLDER, Shelf, has_shelf
from corpus.shelf_files import ShelfFiles
from corpus.sqlite_files import PATIENCE
from index import copying

DATABASES = "*.sqlite3"
# The names of all that the shelf keeps; what a kill or another program left there has others.
PLAIN = "[A-Za-z0-9_-][A-Za-z0-9._-]*"
_AGAIN = "Take an earlier backup; nothing here was touched."


def copy_shelf(home: Path, folder: Path, copy: Callable[[Path, Path], None]) -> None:
    """Copy the shelf of a home below a folder; nothing where nothing was ever filed.

    The databases come first: what they name was written before, so that all of it is there. The
    files that are indexed are left out, as opening the shelf makes them anew from the history.
    """
    if not has_shelf(home):
        return
    here, there = home / FOLDER, folder / FOLDER
    there.mkdir()
    for database in sorted(here.glob(DATABASES)):
        copy(database, there / database.name)
    for kept in sorted(path for path in here.iterdir() if _is_kept(path)):
        shutil.copytree(kept, there / kept.name, ignore=_foreign)


def _is_kept(path: Path) -> bool:
    """Whether a folder holds what cannot be made anew: not filed sources, which the history has."""
    filed = any(path.glob(f"*{ENDING}"))
    return path.is_dir() and not filed and not _foreign(str(path.parent), [path.name])


def _foreign(folder: str, names: list[str]) -> list[str]:
    """Those of the names in a folder that a backup must not hold: links, and names not plain."""
    return [n for n in names if not re.fullmatch(PLAIN, n) or Path(folder, n).is_symlink()]


def check_shelf(source: Path, folder: Path) -> None:
    """Find the unpacked databases whole.

    Raises:
        BackupError: one of them is damaged.
    """
    for database in sorted((folder / FOLDER).glob(DATABASES)):
        if not copying.sound(database):
            name = f"{FOLDER}/{database.name}"
            raise BackupError(
                f"{name} in {source} is a damaged database, and was when the backup was made.",
                _AGAIN,
            )


def put_shelf(home: Path, folder: Path, stamp: str) -> tuple[Path, ...]:
    """Put the unpacked shelf in place of the one here; where the one that was here is kept.

    Raises:
        ShelfProblem: the shelf is being changed, or the unpacked one cannot be opened.
    """
    unpacked, here = folder / FOLDER, home / FOLDER
    if not unpacked.exists():
        return ()
    with Shelf(folder) as shelf:
        shelf.mend()
    kept = here.with_name(f"{FOLDER}.before-restore-{stamp}")
    replaced = here.exists()
    if replaced:
        with ShelfFiles(here, PATIENCE).lock():
            here.rename(kept)
    unpacked.rename(here)
    return (kept,) if replaced else ()
