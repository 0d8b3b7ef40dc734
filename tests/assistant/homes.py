"""Homes with an index and records, and backups that are taken apart and put together again."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.assembly import build_index
from assistant.backups import BackupReport, write_backup
from assistant.restoring import RestoreReport, restore_backup
from assistant.settings import Settings, load_settings
from index.embedders import make_embedder
from index.retriever import Retriever
from index.types import Query

LIBRARY = "library.sqlite3"


@dataclass
class Home:
    """A home folder, and the place beside it for sources, the working folder and backups."""

    folder: Path
    place: Path

    @property
    def sources(self) -> Path:
        return self.place / "sources"

    @property
    def work(self) -> Path:
        return self.place / "work"

    @property
    def settings(self) -> Settings:
        return load_settings(
            home=self.folder, starter=False, sources=(self.sources,), embedder="hashing:384"
        )

    def fill(self, word: str) -> None:
        self.sources.mkdir(exist_ok=True)
        for i in range(12):
            text = f"The {word} of town{i} opened in {1900 + i}.\n"
            (self.sources / f"s{i}.md").write_text(text, encoding="utf-8")
        build_index(self.settings)

    def backup(self, name: str = "kept.zip") -> BackupReport:
        return write_backup(self.settings, self.place / name)

    def restore(self, path: Path, **options: Any) -> RestoreReport:
        return restore_backup(self.settings, path, **options)

    def told(self) -> tuple[int, str, str]:
        """The generation, the digest of the collection, and the best passage for a question."""
        retriever = Retriever(self.folder, make_embedder("hashing:384"))
        found = retriever.search(Query("the bridge of town3 or a tunnel"))
        retriever.close()
        return found.generation, found.collection, found.hits[0].passage.text

    def state(self) -> dict[str, str]:
        """Every file below the home with a digest of what it holds."""
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


def chain(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT seq, content, link FROM records ORDER BY seq").fetchall()


def rewrite(source: Path, target: Path, change: Callable[[dict[str, bytes], dict], None]) -> Path:
    """A backup with other members or another manifest, its hashes and its seal made anew."""
    with zipfile.ZipFile(source) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    manifest["members"] = {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in members.items()
    } | manifest.pop("claims", {})
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
        packed.writestr("manifest.json", json.dumps(manifest))
        packed.comment = b"0" * 64
    return seal(target)


def seal(path: Path) -> Path:
    data = path.read_bytes()[:-64]
    path.write_bytes(data + hashlib.sha256(data).hexdigest().encode())
    return path


def altered(data: bytes, folder: Path, *statements: str) -> bytes:
    """A database as bytes, after some statements."""
    path = folder / "altered"
    path.write_bytes(data)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()
