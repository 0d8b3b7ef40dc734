"""Is the chain whole? Finds any entry that was changed, taken out, put in, or moved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, func, select, true

from assistant.archive import Archive
from assistant.chain import GENESIS, digest_of, link_of
from assistant.packing import cited_in
from assistant.records import EntryKind, Head, head_of
from assistant.tables import chain_head, cited, records, texts

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it was written: where in the chain (0: beside it), and what."""

    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found: how many entries there are, how many were disposed of, the flaws."""

    entries: int
    disposed: int
    head: Head
    flaws: tuple[Flaw, ...]


@dataclass(slots=True)
class _Walk:
    """How far the walk along the chain has come, and what must still be compared at its end."""

    seq: int = 0
    link: str = GENESIS
    entries: int = 0
    erased: dict[int, tuple[str, str]] = field(default_factory=dict)
    disposed: dict[int, tuple[str, str]] = field(default_factory=dict)
    cited: set[tuple[int, str, str]] = field(default_factory=set)
    flaws: list[Flaw] = field(default_factory=list)


def verify(
    archive: Archive,
    progress: Callable[[str, int, int], None] = lambda *_: None,
    against: Head | None = None,
) -> Verification:
    """Reads the whole chain and recomputes every digest and link.

    Entries cut off at the end together with the note of where the chain ends can only be found
    `against` a head that was noted before (every backup and export holds one).

    Raises:
        RecordsBusy, RecordsUnusable: the file cannot be read.
    """
    walk = _Walk()
    met = against is None or against == Head(0, GENESIS)
    with archive.reading() as connection:
        total = connection.scalar(select(func.count()).select_from(records)) or 0
        heads = connection.execute(select(chain_head)).all()
        head = head_of(connection)
        while True:
            query = select(records).where(records.c.seq > walk.seq if walk.entries else true())
            rows = connection.execute(query.order_by(records.c.seq).limit(_BATCH)).all()
            for row in rows:
                _look_at(row, walk)
                met = met or Head(row.seq, row.link) == against
            progress("verify", walk.entries, total)
            if len(rows) < _BATCH:
                break
        walk.flaws += _end(walk, head, len(heads))
        listed = {tuple(row) for row in connection.execute(select(cited))}
        walk.flaws += _texts(connection.execute(select(texts)), {pair[1:] for pair in walk.cited})
    if listed != walk.cited:
        walk.flaws.append(Flaw(0, "the list of cited sources is not what the answers cite"))
    if not met and against:
        walk.flaws.append(
            Flaw(against.seq, "the chain does not hold the entry that was noted before")
        )
    return Verification(walk.entries, len(walk.erased), head, tuple(walk.flaws))


def _look_at(row: Row[Any], walk: _Walk) -> None:
    """One row: in its place, linked to the one before, content as its digest says."""
    if row.seq != walk.seq + 1:
        missing = (
            f"{walk.seq + 1}" if row.seq == walk.seq + 2 else f"{walk.seq + 1} to {row.seq - 1}"
        )
        walk.flaws.append(Flaw(row.seq, f"entry {missing} is missing before this one"))
    names = (row.id, row.kind, row.created, row.conversation, row.digest)
    linked = row.link == link_of(walk.link, row.seq, *map(str, names))
    if not linked:
        walk.flaws.append(Flaw(row.seq, "the entry does not link to the one before it"))
    walk.seq, walk.link, walk.entries = row.seq, str(row.link), walk.entries + 1
    if row.content is None and row.salt is None:
        walk.erased[row.seq] = (row.id, row.digest)
    elif row.digest != digest_of(str(row.salt), str(row.content)):
        walk.flaws.append(Flaw(row.seq, "the content is not what was written"))
    elif linked:
        _read(row, walk)


def _read(row: Row[Any], walk: _Walk) -> None:
    """Notes what an entry says of others, once it is known to be what was written."""
    content = json.loads(row.content)
    if row.kind == EntryKind.DISPOSAL:
        walk.disposed |= {e["seq"]: (e["id"], e["digest"]) for e in content["entries"]}
    elif row.kind == EntryKind.ANSWER:
        walk.cited |= {(row.seq, *pair) for pair in cited_in(content)}


def _end(walk: _Walk, head: Head, heads: int) -> Iterator[Flaw]:
    """What only the whole chain shows: erased without a tombstone, cut off, wrongly ended."""
    for seq, name in walk.erased.items():
        if walk.disposed.get(seq) != name:
            yield Flaw(seq, "the content was erased and no disposal tells of it")
    for seq in walk.disposed.keys() - walk.erased.keys():
        yield Flaw(seq, "a disposal tells of it, but it was not erased")
    if heads > 1 or head != Head(walk.seq, walk.link):
        yield Flaw(head.seq, f"the chain ends at entry {walk.seq}, not where it was noted to end")


def _texts(rows: Any, wanted: set[tuple[str, str]]) -> Iterator[Flaw]:
    """Cited texts that were changed or are not there."""
    kept = set()
    for row in rows:
        kept.add((row.source_id, row.version))
        text = str(row.text).encode("utf-8", "surrogatepass")
        if hashlib.sha256(text).hexdigest() != row.version:
            yield Flaw(0, f"the kept text of {row.source_id} is not what was cited")
    for source_id, version in sorted(wanted - kept):
        yield Flaw(0, f"the text of {source_id} ({version[:12]}) that answers cite is not kept")
