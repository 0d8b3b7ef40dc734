"""Clues -> a proposed head: what the document itself says of its title, date, publisher and kind.

Every guess is marked as one by a clue that tells where it was seen. A key without any clue gets
the value that says so: `unstated`, `unclassified`, or none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePath

from pydantic import TypeAdapter, ValidationError

from corpus.errors import CorpusError
from corpus.heads import Head, PartialDate, WebAddress
from corpus.types import Clue, Extract, Kind, ReadExtent, TextKind
from corpus.wording import outranking, printed_dates, seen
from corpus.wrong_values import wrong_value

MAX_TITLE = 300
_MAX_ID = 70
# What programs write where a person gave no title.
_NO_TITLE = re.compile(
    r"(?:microsoft word|untitled|document ?\d*|slide \d+|title)\b.{0,3}$|microsoft \w+ - "
    r"|.*\.(?:docx?|pdf|indd|qxd|pptx?|xlsx?|rtf|odt|tmp)$",
    re.IGNORECASE,
)
# Control characters, halves of characters, line ends, and what turns the direction of text.
_NOT_IN_HEADS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069]")
# How PDF and Word say so.
_MADE = ("when the file was made", "the document's property created")
_DATES: TypeAdapter[str] = TypeAdapter(PartialDate)
_ADDRESSES: TypeAdapter[str] = TypeAdapter(WebAddress)


def guess(
    extract: Extract, name: str, taken: Collection[str], url: str | None = None
) -> tuple[Head, tuple[Clue, ...]]:
    """A proposed head for a text, and the clues that it was made from.

    `name` is that of the file, `taken` are the ids in use, `url` is where it was fetched from.

    Raises:
        CorpusError: the document says of itself what cannot stand in a head.
    """
    stated = [clue for clue in extract.clues if not _tells_when_made(clue)]
    made = [clue for clue in extract.clues if _tells_when_made(clue)]
    found = (
        *outranking(extract), *stated, *printed_dates(extract), *made, *seen(extract, name),
    )  # fmt: skip
    clues = [tidy for clue in found if (tidy := _tidied(clue))]
    if url:
        clues.insert(0, Clue("url", url, "where it was fetched from"))
    first: dict[str, str] = {}
    for clue in clues:
        first.setdefault(clue.key, clue.value)
    title = first.get("title") or _plain(PurePath(name).name) or "untitled"
    published = first.get("published")
    partly = any(notice.kind == "no-text" for notice in extract.notices)
    values: dict[str, object] = {
        "id": make_id(title, name, published, taken),
        "title": title[:MAX_TITLE],
        "publisher": first.get("publisher", "unstated"),
        "kind": first.get("kind", Kind.UNCLASSIFIED),
        "text_kind": TextKind.FULL,
        "authors": tuple(dict.fromkeys(_authors(clues))),
        "published": published,
        "language": first.get("language", "en"),
        "url": first.get("url"),
        "licence": first.get("licence"),
        "status": "proposed",
        "read_extent": ReadExtent.PART if partly else ReadExtent.WHOLE,
    }
    try:
        head = Head.model_validate(values)
    except ValidationError as error:
        key, wrong = wrong_value(error)
        raise CorpusError(
            f"No head can be proposed for {name}: its {key!r} {wrong}.",
            "Give it as Markdown with a head of its own.",
        ) from error
    return head, tuple(dict.fromkeys(clues))


def _tells_when_made(clue: Clue) -> bool:
    """Whether it is the date of a file, which anything printed in the document outranks."""
    return clue.key == "published" and clue.evidence.startswith(_MADE)


def _authors(clues: Iterable[Clue]) -> Iterator[str]:
    for clue in clues:
        if clue.key == "authors":
            yield from filter(None, map(str.strip, clue.value.split(";")))


def make_id(title: str, name: str, published: str | None, taken: Collection[str]) -> str:
    """An id from the title, else from the file's name, with the year; one that is not taken."""
    stem = _slug(title) or _slug(PurePath(name).stem) or "source"
    year = (published or "")[:4]
    base = stem if not year or year in stem.split("-") else f"{stem}-{year}"
    number, made = 1, base
    while made in taken:
        number += 1
        made = f"{base}-{number}"
    return made


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(slug) <= _MAX_ID:
        return slug
    return slug[: _MAX_ID + 1].rpartition("-")[0] or slug[:_MAX_ID]


def _published(value: str) -> str | None:
    try:
        return _DATES.validate_python(value)
    except ValidationError:
        return None


def _plain(text: str) -> str:
    return " ".join(_NOT_IN_HEADS.sub(" ", text).split())


def _tidied(clue: Clue) -> Clue | None:
    """A clue whose value may stand in a head; None where it may not."""
    value: str | None = _plain(clue.value)
    if not value or len(value) > MAX_TITLE:
        return None
    if clue.key == "title" and _NO_TITLE.match(value):
        value = None
    elif clue.key == "published":
        value = _published(value.split("T")[0].split(" ")[0])
    elif clue.key == "language":
        value = value.split("-")[0].lower()
        value = value if re.fullmatch(r"[a-z]{2,3}", value) else None
    elif clue.key == "kind":
        value = value if value in set(Kind) else None
    elif clue.key == "url":
        value = value if _is_address(value) else None
    return Clue(clue.key, value, clue.evidence) if value else None


def _is_address(value: str) -> bool:
    try:
        return bool(_ADDRESSES.validate_python(value))
    except ValidationError:
        return False
