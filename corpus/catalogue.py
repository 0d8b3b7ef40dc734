"""Folders of source files -> validated documents; a bad file is named, the others go on."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import CorpusError
from corpus.filed import ENDING, read_filed
from corpus.formats import FOREIGN
from corpus.heads import parse
from corpus.isolating import read_isolated
from corpus.readers import MAX_HEADING, clean, read_markdown, read_plain
from corpus.types import Document, Extract, Kind, Source, TextKind

MAX_BYTES = 20 * 1024 * 1024
READABLE = {".md": read_markdown, ".markdown": read_markdown, ".txt": read_plain}
# Part of every digest, so that a change in reading has files read again.
_READING = "reading-5"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One source file: `root / relative`, and the SHA-256 of its bytes and of how it is read.

    `collection` is the name of the collection that the root belongs to.
    """

    root: Path
    relative: str
    digest: str
    collection: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that cannot be used: which, why, and what to do about it."""

    path: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in the folders: usable files in a fixed order, and the problems met."""

    entries: tuple[FileEntry, ...]
    problems: tuple[Problem, ...]


def list_files(roots: Sequence[Path], names: Mapping[Path, str] | None = None) -> Listing:
    """All source files below folders (or the files themselves), without reading their meaning.

    Hidden files and folders are passed over; a link that leads out of its folder is refused.
    `names` tells the collections of roots; one without is called after its folder.

    Raises:
        CorpusError: a folder does not exist.
    """
    entries: list[FileEntry] = []
    problems: list[Problem] = []
    for root in dict.fromkeys(Path(os.path.abspath(r)) for r in roots):  # noqa: PTH100 - links stay
        if not root.exists():
            raise CorpusError(
                f"There is no folder or file {root}.",
                "Name one that exists; if it is gone for good: attache index --forget PATH.",
            )
        folder = root if root.is_dir() else root.parent
        collection = (names or {}).get(root) or slug(folder.name) or "own"
        for path in _walk(root) if root.is_dir() else [root]:
            relative = path.relative_to(folder).as_posix()
            try:
                entries.append(FileEntry(folder, relative, _digest(folder, path), collection))
            except CorpusError as error:
                problems.append(Problem(str(path), error.message, error.remedy))
    unique = {(e.root, e.relative): e for e in entries}
    return Listing(tuple(unique.values()), tuple(dict.fromkeys(problems)))


def read_document(entry: FileEntry) -> Document:
    """The source and text of one file; a format that is not plain text is read in isolation.

    Raises:
        CorpusError: the file cannot be read, is not UTF-8 text, its head is wrong, or it holds no
            text; the message names the line where there is one.
    """
    path = entry.root / entry.relative
    try:
        if path.name.endswith(ENDING):
            return read_filed(path).document(entry.collection)
        if path.suffix.lower() in FOREIGN:
            return _foreign(entry, read_isolated(path.read_bytes(), path.name))
        raw = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"The file is not UTF-8 text (byte {error.start}).", "Save it as UTF-8."
        ) from error
    except OSError as error:
        raise _unreadable(error) from error
    head, body = parse(clean(raw))
    text = body if body.strip() else ""
    blocks = tuple(READABLE[path.suffix.lower()](text))
    if not blocks:
        raise CorpusError("The file holds no text.", "Add text below the head, or take it out.")
    version = hashlib.sha256(text.encode()).hexdigest()
    if head is None:
        heading = re.match(r"\s*#\s+(\S.*)", text)
        title = heading[1].strip(" #") if heading else ""
        return Document(_headless(entry, title, version), text, blocks)
    return Document(head.source(version, entry.relative, entry.collection), text, blocks)


def slug(name: str) -> str:
    """A name in lower-case letters, digits and single hyphens; empty where it has none."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _foreign(entry: FileEntry, extract: Extract) -> Document:
    title = next((clue.value for clue in extract.clues if clue.key == "title"), "")
    version = hashlib.sha256(extract.text.encode()).hexdigest()
    return Document(_headless(entry, title, version), extract.text, extract.blocks)


def _headless(entry: FileEntry, title: str, version: str) -> Source:
    stem = Path(entry.relative).with_suffix("").as_posix()
    title = title or re.sub(r"[-_]+", " ", Path(stem).name)
    return Source(
        id=slug(f"{entry.root.name}-{stem}") or f"file-{entry.digest[:8]}",
        version=version,
        title=title[:MAX_HEADING],
        publisher="unstated",
        cite_as=Path(entry.relative).name,
        kind=Kind.UNCLASSIFIED,
        text_kind=TextKind.FULL,
        path=entry.relative,
        collection=entry.collection,
    )


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and (path.is_symlink() or not path.is_dir()):
            yield path


def _digest(folder: Path, path: Path) -> str:
    plain, suffix = path.suffix.lower() in READABLE, path.suffix.lower()
    if not plain and suffix not in FOREIGN and not path.name.endswith(ENDING):
        raise CorpusError(
            f"Files of the type {path.suffix or 'without an ending'!r} are not read.",
            f"Give it as one of: {', '.join(sorted({*READABLE, *FOREIGN}))}.",
        )
    try:
        if not path.resolve(strict=True).is_relative_to(folder.resolve()):
            raise CorpusError("The link leads out of its folder.", "Put a copy in its place.")
        if not path.is_file():
            raise CorpusError("This is not a regular file.", "Take it out of the folder.")
        size = path.stat().st_size
        if size == 0:
            raise CorpusError("The file is empty.", "Fill it or take it out.")
        if size > MAX_BYTES:
            raise CorpusError(
                f"The file is too large ({size // 2**20} MiB; the limit is {MAX_BYTES // 2**20}).",
                "Split it into parts.",
            )
        content = path.read_bytes()
    # A link that leads to itself is no OSError here.
    except (OSError, RuntimeError) as error:
        raise _unreadable(error) from error
    if plain and b"\0" in content:
        raise CorpusError("The file is binary, not text.", "Give it as Markdown or plain text.")
    return hashlib.sha256(_READING.encode() + path.suffix.encode() + content).hexdigest()


def _unreadable(error: OSError | RuntimeError) -> CorpusError:
    return CorpusError(
        f"The file cannot be read ({getattr(error, 'strerror', None) or error}).",
        "Check that it is there and that it may be read.",
    )
