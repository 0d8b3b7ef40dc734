"""The folder of a shelf: its lock, the originals by their digests, and whole files or none."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import ShelfBusy, ShelfProblem, ShelfUnusable
from corpus.filed import ENDING, Original

ORIGINALS = "originals"
PUBLICATIONS = "publications"
# Folders of the shelf, and the collection that ships with the program.
RESERVED = frozenset({ORIGINALS, PUBLICATIONS, "starter"})
_LOCK = "shelf.lock"
_MAKING = ".making"
_STEP = 0.02


class ShelfFiles:
    """Files below one folder, each written as a whole: a kill leaves the old one or the new one.

    Writing is for the holder of `lock()` only.
    """

    def __init__(self, root: Path, patience: float) -> None:
        self.root = root
        self._patience = patience

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the shelf against every other writer, be it a thread or a process.

        Raises:
            ShelfBusy: another holds it for longer than the patience.
            ShelfUnusable: the folder cannot be made or written.
        """
        with self._meaning():
            self.root.mkdir(parents=True, exist_ok=True)
            file = (self.root / _LOCK).open("w")
        with file:
            self._acquire(file.fileno())
            yield

    def _acquire(self, descriptor: int) -> None:
        until = time.monotonic() + self._patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > until:
                    raise ShelfBusy(
                        f"The shelf {self.root} is being changed by another process.",
                        "Wait until that process is done, or end it, and try again.",
                    ) from None
                time.sleep(_STEP)

    def filed(self, collection: str, source_id: str) -> Path:
        """Where a filed source lies."""
        return self.root / collection / f"{source_id}{ENDING}"

    def all_filed(self) -> set[Path]:
        """Every filed source that lies there, whatever the history says."""
        return set(self.root.glob(f"*/*{ENDING}"))

    def others(self, path: Path) -> list[Path]:
        """Files of the same source in other collections."""
        return [other for other in self.root.glob(f"*/{path.name}") if other != path]

    def content(self, path: Path) -> bytes | None:
        """What a file holds; None where it is not there.

        Raises:
            ShelfUnusable: it cannot be read.
        """
        with self._meaning():
            return path.read_bytes() if path.exists() else None

    def put(self, path: Path, content: bytes) -> None:
        """Writes a file, or replaces it, so that the disk holds it when this returns.

        Raises:
            ShelfUnusable: the disk is full, or the folder cannot be written.
        """
        with self._meaning():
            made = not path.parent.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            # One name for all, so that what a kill leaves behind is written over by the next.
            making = self.root / _MAKING
            with making.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            making.replace(path)
            _sync(path.parent)
            if made:
                _sync(self.root)

    def remove(self, path: Path) -> None:
        """Takes a file away.

        Raises:
            ShelfUnusable: the folder cannot be written.
        """
        with self._meaning():
            path.unlink(missing_ok=True)
            if path.parent.exists():
                _sync(path.parent)

    def keep_original(self, original: Original, raw: bytes) -> None:
        """Keeps received bytes under their digest; those that are kept already stay.

        Raises:
            ShelfProblem: they are not the bytes that the original describes.
            ShelfUnusable: the disk is full, or the folder cannot be written.
        """
        if hashlib.sha256(raw).hexdigest() != original.sha256:
            raise ShelfProblem(
                f"The bytes of {original.name} are not those that were read.", "Add it again."
            )
        path = self.original(original)
        if not path.exists() or path.read_bytes() != raw:
            self.put(path, raw)

    def original(self, original: Original) -> Path:
        """Where the bytes of an original lie; the ending is that of its name, where it is plain."""
        suffix = Path(original.name).suffix.lower()
        ending = suffix if re.fullmatch(r"\.[a-z0-9]{1,10}", suffix) else ""
        return self.root / ORIGINALS / f"{original.sha256}{ending}"

    @contextmanager
    def _meaning(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ShelfUnusable(
                f"The shelf {self.root} cannot be written ({error.strerror or error}).",
                "Make room or give yourself the right to write there, and try again; a change "
                "that was noted in the history is completed then.",
            ) from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
