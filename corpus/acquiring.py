"""A file -> a proposed source on the shelf, for a curator to review."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, Protocol

from pydantic import ValidationError

from corpus.changes import Entry
from corpus.deciding import changed
from corpus.errors import CorpusError, ShelfProblem, SourceMissing
from corpus.filed import ENDING, Filed, Like, Original, filed
from corpus.formats import MARKDOWN, TEXT
from corpus.formats.text import decode
from corpus.guessing import guess, make_id
from corpus.heads import Head, parse
from corpus.readers import clean
from corpus.shelf import Shelf
from corpus.types import Extract


class Reads(Protocol):
    """What acquiring needs of a reader; `corpus.isolating.Reader` is one."""

    def read(self, raw: bytes, name: str) -> Extract:
        """The text of a file; raises CorpusError where it is refused."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be filed of a file, and the bytes that it was read from."""

    filed: Filed
    raw: bytes

    @property
    def likes(self) -> tuple[Like, ...]:
        """The sources that it resembles."""
        return self.filed.likes


@dataclass(frozen=True, slots=True)
class Acquired:
    """What became of a file: proposed now, or on the shelf already with the same bytes."""

    outcome: Literal["proposed", "unchanged"]
    entry: Entry


@dataclass(frozen=True, slots=True)
class Acquiring:
    """Files documents as proposed sources of one collection, one after the other.

    `taken` are the ids of sources that are not on the shelf; `who` is who adds them.
    """

    shelf: Shelf
    reader: Reads
    collection: str
    who: str
    taken: Collection[str] = ()

    def take(
        self, raw: bytes, name: str, *, url: str | None = None, replaces: str | None = None
    ) -> Acquired:
        """Proposes a file. `url` is where it was fetched from; `replaces` the id of the source
        that it takes the place of once it is approved.

        Raises:
            CorpusError: the file is refused, or holds no text.
            SourceMissing: there is no source of the id that it replaces.
            ShelfProblem: its own id is in use, or the shelf cannot be written.
        """
        held = self.shelf.holding(hashlib.sha256(raw).hexdigest())
        if held:
            return Acquired("unchanged", held)
        ids = {*self.taken, *self.shelf.ids()}
        if replaces is not None and replaces not in ids:
            raise SourceMissing(
                f"There is no source {replaces!r} to replace.", "See `attache sources list`."
            )
        proposal = propose(raw, name, self.reader, self.shelf, ids, url=url, replaces=replaces)
        source_id = proposal.filed.head.id
        try:
            self.shelf.add(proposal.filed, self.collection, self.who, raw=raw, taken=self.taken)
        except ShelfProblem:
            if source_id not in self.shelf.ids():
                raise
            # Another took the id meanwhile, perhaps for the same file.
            return self.take(raw, name, url=url, replaces=replaces)
        return Acquired("proposed", self.shelf.entry(source_id))


def propose(
    raw: bytes,
    name: str,
    reader: Reads,
    shelf: Shelf,
    taken: Collection[str],
    *,
    url: str | None = None,
    replaces: str | None = None,
) -> Proposal:
    """A proposed source made of a file; files nothing.

    A head that the file has itself is kept; otherwise one is guessed, and every guess is marked by
    a clue. `taken` are all ids in use.

    Raises:
        CorpusError: the file is refused.
        ShelfProblem: the id in the file's own head is in use.
    """
    # A name that is not UTF-8 comes with halves of characters, which nothing can keep.
    base = PurePath(name).name.encode(errors="replace").decode()
    if base.endswith(ENDING):
        raise CorpusError(
            f"{base} is a filed source, not a document.", "Add the original that it was read from."
        )
    own, body = _own_head(raw, base)
    extract = reader.read(raw if own is None else body.encode(), base)
    if own is None:
        head, clues = guess(extract, base, taken, url)
    else:
        head, clues = _owned(own, taken, replaces), ()
    if replaces is not None:
        linked = tuple(dict.fromkeys((*head.supersedes, replaces)))
        head = changed(head, {"supersedes": linked})
    try:
        original = Original(
            name=base[-255:], sha256=hashlib.sha256(raw).hexdigest(), size=len(raw), url=url
        )
        found = filed(head, extract, original).model_copy(update={"clues": clues})
        likes = shelf.likes(found)
    except (UnicodeEncodeError, ValidationError) as error:
        raise CorpusError(
            f"{base} holds text that cannot be kept ({error}).", "Save it as UTF-8 text."
        ) from error
    return Proposal(found.model_copy(update={"likes": likes}), raw)


def _own_head(raw: bytes, name: str) -> tuple[Head | None, str]:
    """The head that a text file has, and what stands below it.

    A head with a mistake counts as none: the reader says so in a notice.
    """
    if PurePath(name).suffix.lower() not in MARKDOWN.endings + TEXT.endings:
        return None, ""
    try:
        return parse(clean(decode(raw)[0]))
    except CorpusError:
        return None, ""


def _owned(own: Head, taken: Collection[str], replaces: str | None) -> Head:
    """A file's own head as a proposed one; a new edition of a source gets an id beside it."""
    source_id = own.id
    if source_id in taken:
        if source_id != replaces:
            raise ShelfProblem(
                f"There is a source {source_id!r} already.",
                "Give this one another id, or say that it replaces that one (--replaces).",
            )
        source_id = make_id(source_id, "", own.published, taken)
    return changed(own, {"id": source_id, "status": "proposed", "superseded_by": None})
