"""The command `attache sources add`: files, folders and web addresses become proposed sources."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import (
    CorpusError,
    FetchError,
    SettingsError,
    ShelfBusy,
    ShelfProblem,
    ShelfUnusable,
)
from ui.arguments import print_json, say

if TYPE_CHECKING:
    from corpus.acquiring import Acquired, Acquiring
    from corpus.catalogue import Problem
    from corpus.fetching import Policy

DONE, FAILED = 0, 1
_ADDRESS = re.compile("https?://", re.IGNORECASE)

Place = Path | str
"""A file, or a web address."""


@dataclass(slots=True)
class Tally:
    """What became of the documents so far."""

    total: int
    acquired: list[tuple[str, Acquired]] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)

    def outcome(self, wanted: str) -> list[tuple[str, Acquired]]:
        return [(path, one) for path, one in self.acquired if one.outcome == wanted]


def add(chosen: argparse.Namespace) -> int:
    """Adds documents; a folder of them can be interrupted and added again."""
    from assistant.assembly import fetching_policy
    from assistant.settings import load_settings
    from corpus.acquiring import Acquiring
    from corpus.isolating import Reader
    from corpus.shelf import Shelf
    from ui.elsewhere import read_elsewhere

    documents, refused = _documents(chosen.paths)
    if chosen.replaces and (len(documents) != 1 or refused):
        raise SettingsError(
            f"--replaces is for one document, and {len(documents) + len(refused)} were given.",
            "Add the new edition alone.",
        )
    settings = load_settings()
    elsewhere = read_elsewhere(settings.home)
    tally = Tally(len(documents), refused=refused)
    with Shelf(settings.home) as shelf, Reader() as reader:
        shelf.compare_with(elsewhere.known(), elsewhere.sentences)
        taken = frozenset(elsewhere.sources)
        acquiring = Acquiring(shelf, reader, chosen.collection, chosen.by, taken)
        with _told_when_stopped(tally):
            _take_all(acquiring, documents, tally, chosen.replaces, fetching_policy(settings))
    _tell(chosen, tally)
    return FAILED if tally.refused and not tally.acquired else DONE


def _take_all(
    acquiring: Acquiring,
    documents: Sequence[Place],
    tally: Tally,
    replaces: str | None,
    policy: Policy,
) -> None:
    from corpus.catalogue import Problem
    from ui.progress import Progress

    with Progress() as progress:
        for done, place in enumerate(documents):
            progress("adding documents", done, tally.total)
            try:
                raw, name, url = _received(place, policy)
                acquired = acquiring.take(raw, name, url=url, replaces=replaces)
                tally.acquired.append((str(place), acquired))
            except (ShelfBusy, ShelfUnusable):
                raise
            except (CorpusError, FetchError, ShelfProblem) as error:
                tally.refused.append(Problem(str(place), error.message, error.remedy))
        progress("adding documents", tally.total, tally.total)


def _documents(places: Sequence[str]) -> tuple[list[Place], list[Problem]]:
    """What to add: the files and addresses named, and the files in folders that are named."""
    from corpus.catalogue import list_files

    found: list[Place] = []
    problems: list[Problem] = []
    for place in places:
        if _ADDRESS.match(place):
            found.append(place)
            continue
        path = Path(place)
        if not path.exists():
            raise CorpusError(f"There is no file or folder {path}.", "Name one that exists.")
        if path.is_dir():
            listing = list_files([path])
            found += [entry.root / entry.relative for entry in listing.entries]
            problems += listing.problems
        else:
            found.append(path)
    return list(dict.fromkeys(found)), problems


def _received(place: Place, policy: Policy) -> tuple[bytes, str, str | None]:
    """The bytes of a document, its name, and the address that it was fetched from, if any."""
    if isinstance(place, Path):
        return _content(place), place.name, None
    from corpus.fetching import fetch

    fetched = fetch(place, policy)
    return fetched.body, fetched.name, fetched.final_url


def _content(path: Path) -> bytes:
    from corpus.catalogue import MAX_BYTES

    try:
        # Neither a pipe nor a device says how much it will give.
        if not path.is_file():
            raise CorpusError("This is not a regular file.", "Copy it into one and add that.")
        if path.stat().st_size > MAX_BYTES:
            raise CorpusError(
                f"The file is larger than {MAX_BYTES // 2**20} MiB.", "Split it into parts."
            )
        return path.read_bytes()
    except OSError as error:
        raise CorpusError(
            f"The file cannot be read ({error.strerror or error}).",
            "Check that it is there and that it may be read.",
        ) from error


@contextmanager
def _told_when_stopped(tally: Tally) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, ShelfBusy, ShelfUnusable):
        done = len(tally.acquired)
        say(f"{done:,} of {tally.total:,} documents are done; the same command goes on from there.")
        raise


def _tell(chosen: argparse.Namespace, tally: Tally) -> None:
    for problem in tally.refused:
        say(f"{problem.path}: {problem.message} {problem.remedy}")
    proposed, unchanged = tally.outcome("proposed"), tally.outcome("unchanged")
    if chosen.json:
        print_json(_json(tally))
        return
    from ui.source_text import queue_text

    for _, acquired in proposed:
        print(queue_text(acquired.entry))
    for path, acquired in unchanged:
        say(f"{path}: on the shelf already as {acquired.entry.id} ({acquired.entry.status}).")
    print(
        f"Proposed {len(proposed):,}, unchanged {len(unchanged):,}, refused "
        f"{len(tally.refused):,}. Nothing is cited before it is approved: attache sources review"
    )


def _json(tally: Tally) -> dict[str, Any]:
    def told(path: str, acquired: Acquired) -> dict[str, Any]:
        entry = acquired.entry
        likes = [like.model_dump() for like in entry.card.likes]
        return {"path": path, "id": entry.id, "status": entry.status, "likes": likes}

    return {
        "proposed": [told(*one) for one in tally.outcome("proposed")],
        "unchanged": [told(*one) for one in tally.outcome("unchanged")],
        "refused": [
            {"path": p.path, "message": p.message, "remedy": p.remedy} for p in tally.refused
        ],
    }
