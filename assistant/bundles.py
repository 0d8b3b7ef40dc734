"""The file that a backup is: a zip of known members, a manifest of hashes, and a seal.

Format 2 holds the shelf of filed sources as well, in files below `shelf/`.

The seal is the zip's comment, its last 64 bytes: the SHA-256 of all bytes before it. With it a
byte that changed anywhere is found before anything is unpacked, also where a zip keeps bytes
that no hash of a member covers.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant import archive, settings
from assistant.shelf_copies import PLAIN
from corpus.errors import BackupError
from corpus.shelf import FOLDER
from index import copying, library

Progress = Callable[[str, int, int], None]

FORMAT = 2
LIBRARY = library.FILE
RECORDS = archive.FILE
TOML = settings.FILE
SETTINGS = "settings.json"
FOLDERS = "folders.txt"
_MANIFEST = "manifest.json"
_ALWAYS = {LIBRARY, SETTINGS, FOLDERS}
_MEMBERS = _ALWAYS | {RECORDS, TOML}

_BLOCK = 1 << 20
_SEAL = 64
_MANIFEST_BYTES = 1 << 26
# Members of the shelf: plain names below its folder, so that none leads out of it.
_SHELF = re.compile(rf"{FOLDER}(?:/{PLAIN})+")
_AGAIN = "Take another copy of the backup; nothing here was touched."


class Member(BaseModel):
    """A file in the zip: its size in bytes and its SHA-256 in hex."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(ge=0)
    sha256: str


class ChainHead(BaseModel):
    """Where the chain of records ended: the number of its entries and the last link."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seq: int
    link: str


class Contents(BaseModel):
    """What a backup was made of. `revision` and `head` are None where there were no records."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    program: str
    created: datetime
    library_schema: int
    revision: str | None
    head: ChainHead | None


class Manifest(BaseModel):
    """What stands in the zip beside its members."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    contents: Contents
    members: dict[str, Member]


def write_bundle(folder: Path, target: Path, contents: Contents, progress: Progress) -> None:
    """Pack the members that lie in a folder; the file is whole and on the disk afterwards.

    Raises:
        OSError: the target cannot be written.
    """
    shelf = (path for path in (folder / FOLDER).rglob("*") if path.is_file())
    names = sorted({*_MEMBERS, *(path.relative_to(folder).as_posix() for path in shelf)})
    paths = {name: path for name in names if (path := folder / name).exists()}
    total = sum(path.stat().st_size for path in paths.values())
    done = 0
    members = {}
    # Vectors hardly shrink, so that the quickest level is nearly as good as the best.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, path in paths.items():
            digest = hashlib.sha256()
            size = 0
            with path.open("rb") as file, packed.open(name, "w", force_zip64=True) as member:
                for block in _blocks(file):
                    progress("pack", done + size, total)
                    member.write(block)
                    digest.update(block)
                    size += len(block)
            done += size
            members[name] = Member(size=size, sha256=digest.hexdigest())
        manifest = Manifest(format=FORMAT, contents=contents, members=members)
        packed.writestr(_MANIFEST, manifest.model_dump_json(indent=2))
        packed.comment = b"0" * _SEAL
    with target.open("r+b") as file:
        seal = _digest_to(file, target.stat().st_size - _SEAL)
        file.seek(-_SEAL, os.SEEK_END)
        file.write(seal.encode())
    copying.sync(target)
    progress("pack", total, total)


def read_manifest(source: Path, progress: Progress) -> Manifest:
    """What a backup holds, once its seal, its names and its sizes are found right.

    Raises:
        BackupError: there is no such file, it is no backup, damaged, or of a newer format.
    """
    with _reported(source):
        _check_seal(source, progress)
        with zipfile.ZipFile(source) as packed:
            infos = packed.infolist()
            names = [info.filename for info in infos]
            if names.count(_MANIFEST) != 1 or packed.getinfo(_MANIFEST).file_size > _MANIFEST_BYTES:
                raise _foreign(source)
            manifest = _manifest(source, packed.read(_MANIFEST))
            sizes = {info.filename: info.file_size for info in infos}
    sizes.pop(_MANIFEST)
    known = {name for name in sizes if name in _MEMBERS or _SHELF.fullmatch(name)}
    if len(names) != len(set(names)) or not _ALWAYS <= set(sizes) <= known:
        raise BackupError(f"{source} holds other files than a backup does.", _AGAIN)
    if sizes != {name: member.size for name, member in manifest.members.items()}:
        raise BackupError(f"{source} does not hold what its manifest says.", _AGAIN)
    return manifest


def unpack(source: Path, manifest: Manifest, folder: Path, progress: Progress) -> None:
    """Unpack the members into a folder, never more of one than the manifest says.

    Raises:
        BackupError: a member is not what the manifest says, or there is no room.
        OSError: the folder cannot be written.
    """
    total = sum(member.size for member in manifest.members.values())
    if total > shutil.disk_usage(folder).free:
        raise BackupError(
            f"The backup takes {total / 2**20:,.0f} MB unpacked, which the disk of {folder.parent} "
            "has no room for.",
            "Make room there, or set another `home`; nothing here was touched.",
        )
    done = 0
    with _reported(source), zipfile.ZipFile(source) as packed:
        for name, member in manifest.members.items():
            digest = hashlib.sha256()
            size = 0
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with packed.open(name) as file, (folder / name).open("xb") as target:
                for block in _blocks(file):
                    progress("unpack", done + size, total)
                    size += len(block)
                    if size > member.size:
                        break
                    digest.update(block)
                    target.write(block)
            if (size, digest.hexdigest()) != (member.size, member.sha256):
                raise BackupError(f"{name} in {source} is not what its manifest says.", _AGAIN)
            done += size
    progress("unpack", total, total)


def _check_seal(source: Path, progress: Progress) -> None:
    size = source.stat().st_size
    with source.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            raise _foreign(source)
        file.seek(max(0, size - _SEAL))
        seal = file.read()
        if not re.fullmatch(rb"[0-9a-f]{64}", seal):
            raise _foreign(source)
        digest = _digest_to(file, size - _SEAL, lambda done: progress("verify", done, size))
    if digest != seal.decode():
        raise BackupError(f"{source} is damaged: it is not what was written.", _AGAIN)


def _manifest(source: Path, text: bytes) -> Manifest:
    try:
        whole = json.loads(text)
        made = whole.get("format") if isinstance(whole, dict) else None
        if isinstance(made, int) and made > FORMAT:
            raise BackupError(
                f"{source} was made by a newer version of Attaché (format {made}; this one knows "
                f"up to {FORMAT}).",
                "Restore it with that version.",
            )
        return Manifest.model_validate(whole)
    except (ValueError, ValidationError) as error:
        raise _foreign(source) from error


def _foreign(source: Path) -> BackupError:
    return BackupError(
        f"{source} is not a backup of Attaché, or its beginning or end is missing.", _AGAIN
    )


@contextmanager
def _reported(source: Path) -> Iterator[None]:
    """What goes wrong while a zip is read, as BackupError."""
    try:
        yield
    except (FileNotFoundError, IsADirectoryError) as error:
        raise BackupError(f"There is no file {source}.", "Name the backup to restore.") from error
    except (
        zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError
    ) as error:  # fmt: skip
        raise BackupError(f"{source} is damaged: {error}.", _AGAIN) from error


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


def _digest_to(file: IO[bytes], end: int, heard: Callable[[int], None] = lambda _: None) -> str:
    """SHA-256 of a file's first `end` bytes."""
    digest = hashlib.sha256()
    file.seek(0)
    done = 0
    while done < end:
        heard(done)
        block = file.read(min(_BLOCK, end - done))
        digest.update(block)
        done += len(block)
    return digest.hexdigest()
