"""A filed source: one JSON file with the head, the text that was read, and where from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.errors import CorpusError
from corpus.heads import Head, WebAddress
from corpus.types import Block, Clue, Document, Extract, Notice, Source, Span

ENDING = ".source.json"


class Original(BaseModel):
    """The file as it was received, kept beside the text. `size` is in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(max_length=255)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(ge=0)
    url: WebAddress | None = None


class FiledBlock(BaseModel):
    """A block of the text, by offsets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    heading: str = ""
    page: int | None = Field(None, ge=1)


class Like(BaseModel):
    """Another source that this one resembles, filed or elsewhere, and in what.

    `share` is which part of the sentences of the shorter of both is in the other, 0..1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    what: Literal["same-text", "same-address", "same-sentences"]
    share: float = Field(ge=0, le=1)


class Card(BaseModel):
    """What is filed of a source beside its text.

    `clues` are what the document itself says that may belong into the head: what a person has
    confirmed is no longer among them. `likes` are the sources it resembled when it was added.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    head: Head
    original: Original | None = None
    clues: tuple[Clue, ...] = ()
    notices: tuple[Notice, ...] = ()
    likes: tuple[Like, ...] = ()


class Filed(Card):
    """What a filed source holds. Head and text are separate, so that one may be corrected alone."""

    text: str
    blocks: tuple[FiledBlock, ...]

    @property
    def version(self) -> str:
        """The SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def source(self, collection: str) -> Source:
        """The source, in that collection."""
        return self.head.source(self.version, f"{self.head.id}{ENDING}", collection)

    def document(self, collection: str) -> Document:
        """The source with its text and blocks."""
        blocks = tuple(Block(Span(b.start, b.end), b.heading, b.page) for b in self.blocks)
        return Document(self.source(collection), self.text, blocks)


def filed(head: Head, extract: Extract, original: Original | None) -> Filed:
    """What is to be filed of a file that was read."""
    blocks = tuple(
        FiledBlock(start=b.span.start, end=b.span.end, heading=b.heading, page=b.page)
        for b in extract.blocks
    )
    return Filed(
        head=head,
        text=extract.text,
        blocks=blocks,
        original=original,
        clues=extract.clues,
        notices=extract.notices,
    )


def read_filed(path: Path) -> Filed:
    """The filed source in a file.

    Raises:
        CorpusError: it is none, or its blocks lie outside its text.
        OSError: the file cannot be read.
    """
    try:
        found = Filed.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CorpusError(
            f"{path.name} is not a filed source ({where}: {first['msg']}).",
            "Bring it back from a backup, or add its original again.",
        ) from error
    if any(not b.start < b.end <= len(found.text) for b in found.blocks):
        raise CorpusError(
            f"A block of {path.name} lies outside its text.",
            "Bring it back from a backup, or add its original again.",
        )
    return found
