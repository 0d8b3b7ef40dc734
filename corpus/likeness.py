"""Which sources are alike: the same text, the same address, or nearly all the same sentences.

Sentences are compared by digests of their words, whatever their case, marks and spacing; an
inverted index in the shelf's file says which sources have them.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from corpus.filed import Filed, Like
from corpus.sentences import sentence_spans
from corpus.shelf_tables import digests, prints
from corpus.types import Document

NEARLY_ALL = 0.9
"""From which share of common sentences on two sources are said to be alike."""

# Fewer common sentences than this say little, unless the sources have no others.
_FEW = 3


@dataclass(frozen=True, slots=True)
class Known:
    """A source that others are compared with: the SHA-256 of its text, and its address."""

    version: str
    url: str | None


def note(connection: Connection, source_id: str, known: Known, sentences: Iterable[str]) -> None:
    """Have later sources compared with this one; what was noted of it before goes."""
    forget(connection, [source_id])
    found = digests_of(sentences)
    values = {"source_id": source_id, "version": known.version, "address": address(known.url)}
    row = connection.execute(prints.insert().values(**values, sentences=len(found)))
    assert row.inserted_primary_key is not None
    if found:
        number = row.inserted_primary_key[0]
        connection.execute(
            insert(digests), [{"digest": digest, "print": number} for digest in sorted(found)]
        )


def note_address(connection: Connection, source_id: str, url: str | None) -> None:
    """The source has another address now."""
    changed = prints.update().where(prints.c.source_id == source_id)
    connection.execute(changed.values(address=address(url)))


def forget(connection: Connection, ids: Iterable[str]) -> None:
    """Compare nothing with these sources any more."""
    rows = select(prints.c.row).where(prints.c.source_id.in_(list(ids)))
    numbers = list(connection.scalars(rows))
    if numbers:
        connection.execute(digests.delete().where(digests.c.print.in_(numbers)))
        connection.execute(prints.delete().where(prints.c.row.in_(numbers)))


def refresh(
    connection: Connection,
    elsewhere: Mapping[str, Known],
    filed: frozenset[str],
    sentences_of: Callable[[str], Iterable[str]],
) -> None:
    """Bring what is known of sources that are not filed up to date; only changed ones are read."""
    noted = {
        row.source_id: (row.version, row.address)
        for row in connection.execute(select(prints))
        if row.source_id not in filed
    }
    wanted = {i: k for i, k in elsewhere.items() if i not in filed}
    forget(connection, noted.keys() - wanted.keys())
    for source_id, known in wanted.items():
        if noted.get(source_id) != (known.version, address(known.url)):
            note(connection, source_id, known, sentences_of(source_id))


def likes(connection: Connection, filed: Filed) -> tuple[Like, ...]:
    """The sources that a text is like, the likest first; it itself is not among them."""
    found: dict[str, Like] = {}
    others = select(prints).where(prints.c.source_id != filed.head.id)
    for row in connection.execute(others.where(prints.c.version == filed.version)):
        found[row.source_id] = Like(id=row.source_id, what="same-text", share=1.0)
    mine = digests_of(sentences_of(filed.document("")))
    shares = _shares(connection, mine)
    if where := address(filed.head.url):
        for row in connection.execute(others.where(prints.c.address == where)):
            share = shares.get(row.source_id, 0.0)
            found.setdefault(
                row.source_id, Like(id=row.source_id, what="same-address", share=share)
            )
    for source_id, share in shares.items():
        if share >= NEARLY_ALL and source_id != filed.head.id:
            found.setdefault(source_id, Like(id=source_id, what="same-sentences", share=share))
    return tuple(sorted(found.values(), key=lambda like: (-like.share, like.id)))


def sentences_of(document: Document) -> Iterator[str]:
    """The sentences of a document, in order."""
    for block in document.blocks:
        words = document.text[block.span.start : block.span.end]
        for span in sentence_spans(words, language=document.source.language):
            yield words[span.start : span.end]


def digests_of(sentences: Iterable[str]) -> frozenset[int]:
    """A number of 64 bits, signed, for each different sentence; those without words have none."""
    return frozenset(_digest(words) for words in map(normalised, sentences) if words)


def normalised(sentence: str) -> str:
    """The words of a sentence in lower case, with single spaces between them."""
    folded = unicodedata.normalize("NFKC", sentence).casefold()
    return " ".join(re.findall(r"\w+", folded))


def address(url: str | None) -> str:
    """An address without what seldom tells pages apart: scheme, `www.`, fragment, last slash."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"


def _shares(connection: Connection, mine: frozenset[int]) -> dict[str, float]:
    """For each source with sentences in common, which part of the shorter one those are."""
    wanted = func.json_each(json.dumps(sorted(mine))).table_valued("value")
    common = func.count().label("common")
    query = (
        select(prints.c.source_id, prints.c.sentences, common)
        .join(digests, digests.c.print == prints.c.row)
        .where(digests.c.digest.in_(select(wanted.c.value)))
        .group_by(prints.c.row)
    )
    return {
        row.source_id: row.common / min(len(mine), row.sentences)
        for row in connection.execute(query)
        if row.common >= _FEW or row.common == len(mine) == row.sentences
    }


def _digest(words: str) -> int:
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), signed=True)
