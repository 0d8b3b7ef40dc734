"""Filed sources, their proposed heads and their history as plain text, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from corpus.changes import Change, Entry
from corpus.filed import Like
from corpus.heads import Head
from corpus.types import Clue, Source
from ui import phrases
from ui.record_text import line

_LIKE = {
    "same-text": "the same text",
    "same-address": "the same address",
    "same-sentences": "nearly the same sentences",
}


def source_line(source: Source) -> str:
    """One line of a list."""
    published = source.published or "undated"
    named = f"{source.id}  {source.collection}  {source.status}  {source.kind.value}  {published}"
    return f"{named}  {line(source.title)}"


def source_text(source: Source, history: Sequence[Change]) -> str:
    """A source that is a file elsewhere in full, without its text."""
    left_out = ("id", "collection", "status", "version", "path")
    head = {name: value for name, value in asdict(source).items() if name not in left_out}
    blocks = [
        f"{source.id} in {source.collection}: {source.status}",
        "\n".join(f"{key}: {told}" for key, value in head.items() if (told := _value(value))),
        _block("History", history_lines(history)),
        f"Text {source.version}\nA file elsewhere: {source.path}",
    ]
    return phrases.clean("\n\n".join(block for block in blocks if block))


def source_json(source: Source) -> dict[str, Any]:
    """What a list says of a source."""
    names = "id collection status title publisher published superseded_by".split()
    return {name: getattr(source, name) for name in names} | {"kind": source.kind.value}


def guessed(entry: Entry) -> dict[str, Clue]:
    """The keys of a head whose values are guesses, with the clue that each was taken from."""
    found: dict[str, Clue] = {}
    for clue in entry.card.clues:
        found.setdefault(clue.key, clue)
    return found


def queue_text(entry: Entry) -> str:
    """A proposed source in the queue: what it is and what to look at."""
    head, card = entry.head, entry.card
    looks = [f"guessed: {', '.join(sorted(guessed(entry)))}"] if card.clues else []
    looks += [notice.kind for notice in card.notices] + [like_text(like) for like in card.likes]
    looks += [f"replaces {old}" for old in head.supersedes]
    told = f"\n    {'; '.join(looks)}" if looks else ""
    return phrases.clean(f"{entry.id}  {entry.collection}  {line(head.title)}{told}")


def like_text(like: Like) -> str:
    """That a source resembles another, and in what."""
    share = "" if like.what == "same-text" else f" ({like.share:.0%} of the sentences)"
    return f"{_LIKE[like.what]} as {like.id}{share}"


def entry_text(entry: Entry, history: Sequence[Change], original: str) -> str:
    """A filed source in full, without its text; `original` says where its original lies."""
    card = entry.card
    blocks = [
        f"{entry.id} in {entry.collection}: {entry.status}",
        "\n".join(head_lines(entry)),
        _block("Notices", (_notice(n.text, n.pages) for n in card.notices)),
        _block("Resembles", map(like_text, card.likes)),
        _block("History", history_lines(history)),
        f"Text {entry.version}\n{original}",
    ]
    return phrases.clean("\n\n".join(block for block in blocks if block))


def head_lines(entry: Entry) -> Iterator[str]:
    """The keys of a head that are set, each guess with what it rests on, and other candidates."""
    marks = guessed(entry)
    for key, value in entry.head.model_dump(mode="json", exclude={"id", "status"}).items():
        if value in (None, "", []):
            continue
        mark = f"   (guessed: {line(marks[key].evidence)})" if key in marks else ""
        yield f"{key}: {_value(value)}{mark}"
    taken = {_value(v) for v in entry.head.model_dump(mode="json").values() if v is not None}
    for clue in entry.card.clues:
        if clue.value not in taken and clue.key != "authors":
            yield f"  or {clue.key}: {line(clue.value)}   ({line(clue.evidence)})"


def entry_json(entry: Entry, history: Sequence[Change], original: str | None) -> dict[str, Any]:
    """A filed source without its text."""
    told: dict[str, Any] = entry.card.model_dump(mode="json")
    return told | {
        "id": entry.id,
        "collection": entry.collection,
        "status": entry.status,
        "version": entry.version,
        "guessed": sorted(guessed(entry)),
        "original_path": original,
        "history": [change_json(change, before) for before, change in steps(history)],
    }


def history_lines(history: Sequence[Change]) -> Iterator[str]:
    """The changes, oldest first, a line each."""
    for before, change in steps(history):
        parts = [f"{change.what} by {change.who}"]
        parts += [f"by {change.successor}"] if change.successor else []
        parts += [
            f"{key}: {_value(old) or 'none'} → {_value(new) or 'none'}"
            for key, (old, new) in differences(before, change.head).items()
            if key != "status"
        ]
        told = f"{'; '.join(parts)}{f' — {change.why}' if change.why else ''}"
        when = phrases.moment(change.at)
        yield phrases.clean(f"{change.number}  {when}  {change.id}  {' '.join(told.split())}")


def change_json(change: Change, before: Head | None) -> dict[str, Any]:
    """A change; `set` holds what of the head was set, as the old and the new value."""
    names = "number who what why id collection place successor".split()
    return {name: getattr(change, name) for name in names} | {
        "at": change.at.isoformat(),
        "status": change.head.status if change.head else None,
        "set": differences(before, change.head),
    }


def steps(history: Sequence[Change]) -> Iterator[tuple[Head | None, Change]]:
    """Each change with the head that its source had before; None where it had none."""
    heads: dict[str, Head | None] = {}
    for change in history:
        yield heads.get(change.id), change
        heads[change.id] = change.head


def differences(before: Head | None, after: Head | None) -> dict[str, tuple[Any, Any]]:
    """The keys in which two heads differ, with both values; none where one is missing."""
    if before is None or after is None:
        return {}
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {key: (old[key], new[key]) for key in old if old[key] != new[key]}


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(map(_value, value))
    if isinstance(value, dict):
        return ", ".join(f"{k} {_value(v)}" for k, v in value.items() if v)
    return "" if value is None else str(value)


def _notice(text: str, pages: Sequence[int]) -> str:
    return f"{text} (pages {', '.join(map(str, pages))})" if pages else text


def _block(heading: str, items: Iterable[str]) -> str:
    lines = [f"- {item}" for item in items]
    return "\n".join([heading, *lines]) if lines else ""
