"""The search graph over the library's vectors: the VectorStore plug point and Chroma.

A graph lives in a folder that one build makes, closes and seals; afterwards it is only read.
What it holds can always be made anew from the library, without embedding.

Run as a module (`python -m index.stores chroma FOLDER`) this checks a graph in a process of its
own, because a damaged Chroma folder can crash whoever opens it.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexUnusable, SettingsError

_BATCH = 5461  # the most that Chroma takes at once
_NAME = "passages"
_DATABASE = "chroma.sqlite3"
_LOCK_SECONDS = 10
_PR_SET_PDEATHSIG = 1  # prctl(2)
_REPAIR = "Run `attache index`: it makes the search graph anew without embedding again."
_CHECK_SECONDS = 300
# Chroma keeps one system per folder in this process; making two at once is a race of its own.
_opening = threading.Lock()


class VectorStore(Protocol):
    """An open graph of unit vectors by row number. Reading is safe from several threads."""

    def add(self, rows: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Add rows, new to the graph, with vectors of shape (len(rows), dimension)."""

    def delete(self, rows: Sequence[int]) -> None:
        """Take rows out; one that is not there is no error."""

    def nearest(
        self, vector: NDArray[np.float32], limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows and cosines (-1..1) of at most `limit` vectors near this one, nearest first."""

    def count(self) -> int:
        """How many rows the graph holds."""

    def close(self) -> None:
        """Let go of the folder. Nothing else may be called afterwards."""


Opener = Callable[[Path], VectorStore]


class ChromaStore:
    """A Chroma collection in a folder, made there when the folder is empty.

    Raises:
        IndexUnusable: Chroma cannot read or write the folder; from every method.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with self._meaning(), _opening:
            import chromadb
            from chromadb.config import Settings

            self._client: Any = chromadb.PersistentClient(
                str(folder), settings=Settings(anonymized_telemetry=False)
            )
            self._collection = self._client.get_or_create_collection(
                _NAME,
                embedding_function=None,
                # Every write reaches the files at once: a reader of a graph whose last writes
                # wait in Chroma's log would change them.
                configuration={
                    "hnsw": {
                        "space": "cosine",
                        "ef_search": 200,
                        "sync_threshold": 2,
                        "batch_size": 2,
                    }
                },
            )

    def add(self, rows: Sequence[int], vectors: NDArray[np.float32]) -> None:
        with self._meaning():
            for at in range(0, len(rows), _BATCH):
                ids = [str(row) for row in rows[at : at + _BATCH]]
                self._collection.add(ids=ids, embeddings=vectors[at : at + _BATCH])

    def delete(self, rows: Sequence[int]) -> None:
        with self._meaning():
            for at in range(0, len(rows), _BATCH):
                self._collection.delete(ids=[str(row) for row in rows[at : at + _BATCH]])

    def nearest(
        self, vector: NDArray[np.float32], limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        with self._meaning():
            found: Any = self._collection.query(
                query_embeddings=vector[None, :], n_results=max(1, limit), include=["distances"]
            )
        rows = np.array([int(row) for row in found["ids"][0]], np.int64)
        return rows, np.float32(1.0) - np.asarray(found["distances"][0], np.float32)

    def count(self) -> int:
        with self._meaning():
            return int(self._collection.count())

    def close(self) -> None:
        with self._meaning(), _opening:
            self._client.close()

    @contextmanager
    def _meaning(self) -> Iterator[None]:
        """Chroma's errors have no useful common root; all of them mean that the graph failed."""
        try:
            yield
        except ImportError:
            raise
        except Exception as error:
            full = "full" in str(error).lower() or "no space" in str(error).lower()
            raise IndexUnusable(
                f"The search graph {self._folder} cannot be used: {error}.",
                "Make room on the disk and run `attache index` again." if full else _REPAIR,
            ) from error


STORES: dict[str, Opener] = {"chroma": ChromaStore}


def make_store(setting: str) -> Opener:
    """What opens the graphs that a setting names, such as `chroma:`.

    Raises:
        SettingsError: the kind is unknown or the argument is not understood.
    """
    kind, _, argument = setting.partition(":")
    if kind not in STORES or argument:
        raise SettingsError(
            f"There is no store {setting!r}.",
            f"Valid are: {', '.join(f'{name}:' for name in STORES)}.",
        )
    return STORES[kind]


def seal(folder: Path) -> str:
    """Digest of the graph's own files, which reading never changes.

    Chroma rewrites a lock row of its SQLite file at every opening, so that file is left out; and
    a graph of one vector lies in that file alone, beside files with nothing in them yet.
    """
    digest = hashlib.blake2b(digest_size=20)
    for path in sorted(folder.glob("*/*")):
        if (path.parent / "index_metadata.pickle").is_file():
            digest.update(
                f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode()
            )
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()


def intact(folder: Path, expected: str) -> bool:
    """Whether a sealed graph is there and unchanged; opens nothing that could crash."""
    database = folder / _DATABASE
    try:
        if not database.is_file() or seal(folder) != expected:
            return False
        # Not read-only: what a killed reader left half-written must be rolled back.
        with closing(sqlite3.connect(database, timeout=_LOCK_SECONDS)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except (OSError, sqlite3.DatabaseError):
        return False


def copy(folder: Path, target: Path) -> None:
    """Copy a sealed graph, whoever reads it meanwhile.

    Raises:
        OSError: the disk is full or the target cannot be written.
        IndexUnusable: Chroma's SQLite file cannot be copied.
    """
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(f"{_DATABASE}*"))
    try:
        # SQLite's own copy, because a reader that opens the graph may write at this moment.
        with (
            closing(sqlite3.connect(folder / _DATABASE, timeout=_LOCK_SECONDS)) as old,
            closing(sqlite3.connect(target / _DATABASE)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as error:
        raise IndexUnusable(
            f"The search graph {folder} cannot be copied: {error}.",
            "Make room on the disk and run `attache index` again.",
        ) from error


def check(setting: str, folder: Path, count: int, probes: NDArray[np.float32]) -> None:
    """Open a graph in a process of its own, count it, and look for vectors that it must hold.

    The search is approximate and may miss one of them; half of them it must find.

    Raises:
        IndexUnusable: the process fails, crashes, or finds something else.
    """
    package = str(Path(__file__).resolve().parent.parent)
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    wanted = json.dumps({"count": count, "probes": probes.tolist(), "parent": os.getpid()})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "index.stores", setting, str(folder)],
            input=wanted,
            capture_output=True,
            text=True,
            timeout=_CHECK_SECONDS,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
    except subprocess.TimeoutExpired as error:
        raise IndexUnusable("The new search graph does not answer.", _REPAIR) from error
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        raise IndexUnusable(f"The new search graph fails its check: {reason[0]}.", _REPAIR)


def _main(setting: str, folder: str) -> None:
    wanted = json.loads(sys.stdin.read())
    _die_with(wanted["parent"])
    store = make_store(setting)(Path(folder))
    count = store.count()
    probes = np.array(wanted["probes"], np.float32)
    found = sum(store.nearest(probe, 10)[1].max(initial=0) >= 0.99 for probe in probes)
    store.close()
    if count != wanted["count"]:
        raise SystemExit(f"it holds {count} vectors, not {wanted['count']}")
    if 2 * found < len(probes):
        raise SystemExit(f"it finds {found} of {len(probes)} vectors that it must hold")


def _die_with(parent: int) -> None:
    """End when the build ends, however it ends: its folder is about to be taken away."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the build is gone")


if __name__ == "__main__":
    _main(*sys.argv[1:])
