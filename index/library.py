"""The library: sources, passages, vectors and keywords in one SQLite file. It is the truth.

Rows carry the number of the generation that added them and of the one that removed them; one
pointer says which generation is current. What belongs to a generation above the pointer is
unfinished and seen by nobody.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from corpus.types import Block, Document, Passage, Source
from index.copying import PATIENCE
from index.database import Database
from index.embedders import PassageVectors

FILE = "library.sqlite3"
SOURCE = TypeAdapter(Source)
_BLOCKS = TypeAdapter(tuple[Block, ...])
VISIBLE = "added <= :g AND (removed IS NULL OR removed > :g)"


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What shaped an index: the embedder with its number type, and the splitting."""

    embedder: str
    splitting: str


@dataclass(frozen=True, slots=True)
class Generation:
    """A finished state of the index; `seal` is the digest of its search graph."""

    number: int
    fingerprints: Fingerprints
    dimension: int
    seal: str


@dataclass(frozen=True, slots=True)
class File:
    """A file that was read, or refused: where it lies and the digest it had."""

    root: str
    relative: str
    digest: str

    @property
    def place(self) -> tuple[str, str]:
        return self.root, self.relative


@dataclass(frozen=True, slots=True)
class Indexed:
    """A source of a generation: its row, its id and the file it came from."""

    row: int
    id: str
    file: File


@dataclass(frozen=True, slots=True)
class Addition:
    """A document to add, with the key of each passage's vectors."""

    file: File
    document: Document
    passages: tuple[Passage, ...]
    keys: tuple[bytes, ...]


class Library:
    """The library in a home folder. Every method may raise IndexBusy or IndexUnusable."""

    def __init__(self, home: Path, patience: float = PATIENCE) -> None:
        self.path = home / FILE
        self.database = Database(self.path, patience)

    @contextmanager
    def created(self) -> Iterator[Library]:
        """The library ready for writing, made where there was none, and closed at the end."""
        try:
            self.database.create()
            yield self
        finally:
            self.database.close()

    def current(self) -> Generation | None:
        """The generation that the pointer names; None where none was ever finished."""
        if not self.path.exists():
            return None
        with self.database.connection() as connection:
            if not connection.execute("PRAGMA user_version").fetchone()[0]:
                return None
            row = connection.execute(
                "SELECT number, embedder, splitting, dimension, seal FROM generations "
                "JOIN pointer ON pointer.generation = generations.number"
            ).fetchone()
        return Generation(row[0], Fingerprints(row[1], row[2]), row[3], row[4]) if row else None

    def pointer(self) -> int:
        """The number of the current generation, 0 where there is none; cheap."""
        with self.database.connection() as connection:
            row = connection.execute("SELECT generation FROM pointer").fetchone()
        return int(row[0]) if row else 0

    def indexed(self, generation: int) -> tuple[Indexed, ...]:
        """The sources of a generation."""
        with self.database.connection() as connection:
            rows = connection.execute(
                f"SELECT row, id, root, relative, digest FROM sources WHERE {VISIBLE}",
                {"g": generation},
            ).fetchall()
        return tuple(Indexed(row, id_, File(*file)) for row, id_, *file in rows)

    def sources(self, generation: int) -> dict[int, Source]:
        """The sources of a generation, by their rows."""
        with self.database.connection() as connection:
            found = connection.execute(
                f"SELECT row, metadata FROM sources WHERE {VISIBLE}", {"g": generation}
            )
            return {row: SOURCE.validate_json(metadata) for row, metadata in found}

    def refused(self) -> frozenset[File]:
        """The files that the last build could not take."""
        with self.database.connection() as connection:
            return frozenset(File(*row) for row in connection.execute("SELECT * FROM refused"))

    def document(self, row: int) -> Document:
        """The document in a row of sources, as it was read."""
        with self.database.connection() as connection:
            metadata, blocks, text = connection.execute(
                "SELECT metadata, blocks, text FROM sources JOIN texts "
                "ON texts.source_id = sources.id AND texts.version = sources.version "
                "WHERE row = ?",
                (row,),
            ).fetchone()
        return Document(SOURCE.validate_json(metadata), text, _BLOCKS.validate_json(blocks))

    def text(self, source_id: str, version: str) -> str:
        """The text of any version that was ever indexed.

        Raises:
            KeyError: there is none.
        """
        with self.database.connection() as connection:
            row = connection.execute(
                "SELECT text FROM texts WHERE source_id = ? AND version = ?", (source_id, version)
            ).fetchone()
        if row is None:
            raise KeyError(f"{source_id} {version}")
        return str(row[0])

    def seen(self, versions: Collection[tuple[str, str]]) -> dict[tuple[str, str], datetime | None]:
        """When versions, as (source id, version), were first indexed, in UTC.

        None where that was before the library kept it; one that was never indexed is left out.
        """
        with self.database.connection() as connection:
            rows = connection.execute(
                "SELECT source_id, version, seen FROM json_each(?) AS wanted "
                "CROSS JOIN texts ON source_id = json_extract(wanted.value, '$[0]') "
                "AND version = json_extract(wanted.value, '$[1]')",
                (json.dumps(list(versions)),),
            ).fetchall()
        return {
            (id_, version): seen and datetime.fromisoformat(seen) for id_, version, seen in rows
        }

    def known(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of the keys whose vectors are stored."""
        sql = "SELECT 1 FROM vectors WHERE key = ?"
        with self.database.connection() as connection:
            return {key for key in keys if connection.execute(sql, (key,)).fetchone()}

    def store_vectors(self, vectors: Mapping[bytes, PassageVectors]) -> None:
        """Keep vectors at once, whatever becomes of the build; sentences as float16."""
        with self.database.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO vectors (key, passage, sentences) VALUES (?, ?, ?)",
                (
                    (
                        key,
                        np.asarray(v.passage, np.float32).tobytes(),
                        np.asarray(v.sentences, np.float16).tobytes(),
                    )
                    for key, v in vectors.items()
                ),
            )

    def apply(self, number: int, additions: Sequence[Addition], removed: Iterable[int]) -> None:
        """Write what generation `number` adds, and which rows of sources it removes."""
        with self.database.transaction() as connection:
            gone = [(number, row) for row in removed]
            connection.executemany("UPDATE sources SET removed = ? WHERE row = ?", gone)
            connection.executemany("UPDATE passages SET removed = ? WHERE source = ?", gone)
            for addition in additions:
                _insert(connection, number, addition)

    def refuse(self, files: Iterable[File]) -> None:
        """Remember the files that could not be taken, in place of earlier ones."""
        with self.database.transaction() as connection:
            connection.execute("DELETE FROM refused")
            rows = [(f.root, f.relative, f.digest) for f in files]
            connection.executemany("INSERT OR REPLACE INTO refused VALUES (?, ?, ?)", rows)

    def difference(self, number: int) -> tuple[list[int], list[int]]:
        """The rows of passages that generation `number` removes and adds."""
        with self.database.connection() as connection:
            removed = connection.execute("SELECT row FROM passages WHERE removed = ?", (number,))
            added = connection.execute("SELECT row FROM passages WHERE added = ?", (number,))
            return [row for (row,) in removed], [row for (row,) in added]

    def rows(self, generation: int) -> list[int]:
        """The rows of all passages of a generation, ascending."""
        with self.database.connection() as connection:
            found = connection.execute(
                f"SELECT row FROM passages WHERE {VISIBLE} ORDER BY row", {"g": generation}
            )
            return [row for (row,) in found]

    def passage_vectors(self, rows: Sequence[int], dimension: int) -> NDArray[np.float32]:
        """The passages' vectors in the order of `rows`, shape (len(rows), dimension)."""
        with self.database.connection() as connection:
            found = dict(
                connection.execute(
                    "SELECT p.row, v.passage FROM json_each(?) AS wanted "
                    "CROSS JOIN passages AS p ON p.row = wanted.value "
                    "JOIN vectors AS v ON v.number = p.vector",
                    (json.dumps(list(rows)),),
                ).fetchall()
            )
        joined = b"".join(found[row] for row in rows)
        return np.frombuffer(joined, np.float32).reshape(len(rows), dimension)

    def publish(self, generation: Generation) -> None:
        """Move the pointer to a generation: from here on it is what everybody sees."""
        prints = generation.fingerprints
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT INTO generations VALUES (?, ?, ?, ?, ?)",
                (
                    generation.number,
                    prints.embedder,
                    prints.splitting,
                    generation.dimension,
                    generation.seal,
                ),
            )
            connection.execute("INSERT OR REPLACE INTO pointer VALUES (1, ?)", (generation.number,))

    def discard_unfinished(self) -> None:
        """Take back the rows of a build that never moved the pointer; its vectors are kept."""
        pointer = self.pointer()
        with self.database.transaction() as connection:
            for table in ("passages", "sources"):
                connection.execute(f"DELETE FROM {table} WHERE added > ?", (pointer,))
                connection.execute(
                    f"UPDATE {table} SET removed = NULL WHERE removed > ?", (pointer,)
                )

    def clear(self, oldest: int) -> None:
        """Drop rows that no generation from `oldest` on sees. Texts stay, for old citations."""
        with self.database.transaction() as connection:
            for table in ("passages", "sources"):
                connection.execute(f"DELETE FROM {table} WHERE removed <= ?", (oldest,))
            connection.execute("DELETE FROM generations WHERE number < ?", (oldest,))

    def clear_vectors(self) -> None:
        """Drop vectors that no passage uses. Only between builds: a build's own have no passage."""
        with self.database.transaction() as connection:
            connection.execute(
                "DELETE FROM vectors WHERE NOT EXISTS "
                "(SELECT 1 FROM passages WHERE passages.vector = vectors.number)"
            )


def _insert(connection: sqlite3.Connection, number: int, addition: Addition) -> None:
    source, file = addition.document.source, addition.file
    connection.execute(
        "INSERT OR IGNORE INTO texts VALUES (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
        (source.id, source.version, addition.document.text),
    )
    row = connection.execute(
        "INSERT INTO sources (id, version, root, relative, digest, metadata, blocks, added) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            source.id,
            source.version,
            file.root,
            file.relative,
            file.digest,
            SOURCE.dump_json(source).decode(),
            _BLOCKS.dump_json(addition.document.blocks).decode(),
            number,
        ),
    ).lastrowid
    connection.executemany(
        'INSERT INTO passages (id, source, vector, start, "end", title, heading, page, text, '
        "sentences, added) VALUES (?, ?, (SELECT number FROM vectors WHERE key = ?), "
        "?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                passage.id,
                row,
                key,
                passage.start,
                passage.end,
                source.title,
                passage.heading,
                passage.page,
                passage.text,
                json.dumps(passage.sentences),
                number,
            )
            for passage, key in zip(addition.passages, addition.keys, strict=True)
        ),
    )
