"""The commands of `attache sources` that only look: list, show, log, collections, and the queue."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from corpus.errors import ShelfProblem, SourceMissing
from ui.arguments import print_json

if TYPE_CHECKING:
    from assistant.settings import Settings
    from corpus.changes import Entry
    from corpus.shelf import Shelf
    from corpus.types import Source
    from ui.elsewhere import Elsewhere

DONE = 0


@contextmanager
def opened() -> Iterator[tuple[Settings, Shelf, Elsewhere]]:
    """The settings of today, the shelf, and what else the index holds."""
    from assistant.settings import load_settings
    from corpus.shelf import Shelf
    from ui.elsewhere import read_elsewhere

    settings = load_settings()
    with Shelf(settings.home) as shelf:
        yield settings, shelf, read_elsewhere(settings.home)


def list_sources(chosen: argparse.Namespace) -> int:
    """Every source, filed or elsewhere, a line each."""
    from ui.elsewhere import all_sources
    from ui.source_text import source_json, source_line

    with opened() as (_, shelf, elsewhere):
        found = [
            source
            for source in all_sources(shelf, elsewhere)
            if chosen.collection in (None, source.collection)
            and chosen.status in (None, source.status)
            and chosen.kind in (None, source.kind)
        ]
    if chosen.json:
        print_json({"sources": [source_json(source) for source in found]})
    else:
        print("\n".join(map(source_line, found)) or "There is no such source.")
    return DONE


def list_collections(chosen: argparse.Namespace) -> int:
    """The collections, with how many sources of each status they have."""
    from ui.elsewhere import all_sources

    with opened() as (_, shelf, elsewhere):
        counts: dict[str, Counter[str]] = {}
        for source in all_sources(shelf, elsewhere):
            counts.setdefault(source.collection, Counter())[source.status] += 1
    if chosen.json:
        print_json({"collections": {name: dict(c) for name, c in counts.items()}})
    else:
        for name, by_status in counts.items():
            told = ", ".join(f"{number:,} {status}" for status, number in by_status.items())
            print(f"{name}: {told}")
    return DONE


def show(chosen: argparse.Namespace) -> int:
    """One source in full, without its text."""
    from ui.source_text import entry_json, entry_text, source_json, source_text

    with opened() as (_, shelf, elsewhere):
        history = shelf.history(chosen.id)
        if chosen.id in {entry.id for entry in shelf.entries()}:
            entry = shelf.entry(chosen.id)
            path, said = _original(shelf, entry)
            told, text = entry_json(entry, history, path), entry_text(entry, history, said)
        else:
            source = _elsewhere(shelf, elsewhere, chosen.id)
            told = source_json(source) | {"path": source.path}
            text = source_text(source, history)
    if chosen.json:
        print_json(told)
    else:
        print(text)
    return DONE


def queue(chosen: argparse.Namespace) -> int:
    """The proposed sources, or those of the ids that are given, to be looked at."""
    from ui.source_text import entry_json, entry_text, queue_text

    with opened() as (_, shelf, _elsewhere):
        found = [shelf.entry(id_) for id_ in chosen.ids] or shelf.entries(status="proposed")
        told = {"proposed": [entry_json(entry, (), None) for entry in found]}
        if chosen.ids:
            texts = [entry_text(e, shelf.history(e.id), _original(shelf, e)[1]) for e in found]
        else:
            texts = [queue_text(entry) for entry in found]
    if chosen.json:
        print_json(told)
    else:
        between = "\n\n" if chosen.ids else "\n"
        print(between.join(texts) or "No source is waiting for review.")
    return DONE


def _elsewhere(shelf: Shelf, elsewhere: Elsewhere, source_id: str) -> Source:
    from ui.elsewhere import all_sources

    for source in all_sources(shelf, elsewhere):
        if source.id == source_id:
            return source
    raise SourceMissing(f"There is no source {source_id!r}.", "See `attache sources list`.")


def _original(shelf: Shelf, entry: Entry) -> tuple[str | None, str]:
    if entry.card.original is None:
        return None, "No original was kept."
    try:
        path, original = shelf.original(entry.id)
    except ShelfProblem as error:
        return None, f"Original: {error}"
    told = f"{original.name}, {original.size:,} bytes, SHA-256 {original.sha256}"
    return str(path), f"Original {told}, as it was received"


def log(chosen: argparse.Namespace) -> int:
    """The changes of one source or of all."""
    from ui.source_text import change_json, history_lines, steps

    with opened() as (_, shelf, _elsewhere):
        history = shelf.history(chosen.id)
    if chosen.json:
        print_json({"changes": [change_json(c, before) for before, c in steps(history)]})
    else:
        print("\n".join(history_lines(history)) or "Nothing was changed yet.")
    return DONE
