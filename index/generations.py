"""Generations on disk: their folders, who reads them, who builds, and clearing what is old.

home/library.sqlite3      the library
home/build.lock           held by the one builder
home/chroma/gen-7         the sealed search graph of generation 7
home/chroma/gen-7.lock    shared by every reader of generation 7
home/chroma/new-…         a graph in the making; left over only by a killed build
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from corpus.errors import IndexBusy, IndexUnusable
from index.library import Library


def graphs(home: Path) -> Path:
    """The folder that all search graphs lie in."""
    return home / "chroma"


def folder(home: Path, generation: int) -> Path:
    """Where the search graph of a generation lies."""
    return graphs(home) / f"gen-{generation}"


class Lease:
    """Holding a generation for reading: while held, nobody clears its rows or its folder."""

    def __init__(self, home: Path, generation: int) -> None:
        self._file = _open_lock(folder(home, generation).with_suffix(".lock"))
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go; the generation may be cleared as soon as it is not the current one."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


@contextmanager
def building(home: Path) -> Iterator[None]:
    """Be the only builder of this home.

    Raises:
        IndexBusy: another build is running.
        IndexUnusable: the folder cannot be written.
    """
    with writing(home):
        graphs(home).mkdir(parents=True, exist_ok=True)
        lock = _open_lock(home / "build.lock")
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IndexBusy(
                f"Another process is building the index in {home}.",
                "Wait until it is done; what it builds is taken up by itself.",
            ) from error
        yield
    finally:
        os.close(lock)


@contextmanager
def writing(home: Path) -> Iterator[None]:
    """Turn the file system's refusals into IndexUnusable."""
    try:
        yield
    except OSError as error:
        # Copying a folder reports one tuple per file, each with the reason at its end.
        copying = isinstance(error, shutil.Error)
        reason = error.args[0][0][-1] if copying else error.strerror or error
        raise IndexUnusable(
            f"The index in {home} cannot be written: {reason}.",
            "Make room on the disk, or give yourself the right to write there; then run "
            "`attache index` again. What was indexed before is kept.",
        ) from error


def discard_unfinished(home: Path, library: Library) -> None:
    """Take away what a killed build left behind. Only for the holder of `building`."""
    pointer = library.pointer()
    library.discard_unfinished()
    for path in graphs(home).iterdir():
        number = _number(path)
        if path.name.startswith("new-") or (number is not None and number > pointer):
            _remove(path)


def clear_old(home: Path, library: Library) -> None:
    """Clear rows and folders of generations below the current one that nobody reads.

    Rows stay as long as any generation that sees them is read. A reader that takes a lease looks
    at the pointer again before it goes on, so that an old generation without a lease cannot come
    into use any more; this is safe beside builds and other readers.
    """
    current = library.pointer()
    read = []
    for number in sorted({n for n in map(_number, graphs(home).iterdir()) if n is not None}):
        if number < current:
            lock_path = folder(home, number).with_suffix(".lock")
            lock = _open_lock(lock_path)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(folder(home, number))
                lock_path.unlink(missing_ok=True)
            except BlockingIOError:
                read.append(number)
            finally:
                os.close(lock)
    library.clear(min([*read, current]))


def tidy(home: Path, library: Library) -> None:
    """What a reader does on leaving: clear old generations where that goes without trouble."""
    with suppress(IndexBusy, IndexUnusable, OSError):
        clear_old(home, library)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _number(path: Path) -> int | None:
    match = re.fullmatch(r"gen-(\d+)(\.lock)?", path.name)
    return int(match[1]) if match else None


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
