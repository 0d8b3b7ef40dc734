"""The commands `attache sources originals` and `audit`: notes set beside their publications."""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from corpus.errors import SourceMissing
from ui.arguments import add_command, filled, positive, print_json, say, takes_json, whole

if TYPE_CHECKING:
    from assistant.audits import Audited, Audits
    from assistant.settings import Settings
    from corpus.types import Document

DONE, WRONG_USE = 0, 2
_MARKS = ("agrees", "differs", "not-found")
_OUTCOMES = (*_MARKS, "not-reachable")
_USAGE = """attache sources audit [--sample N] [--seed N] [--json] [ID ...]
       attache sources audit --list [--outcome OUTCOME] [--json] [ID ...]
       attache sources audit mark ID SENTENCE {agrees,differs,not-found} --by NAME [--note NOTE]"""


def add_commands(sources: Any) -> None:
    """Adds the two commands to those of `attache sources`."""
    originals = add_command(
        sources, "originals", _originals, "fetch the publications that notes name"
    )
    originals.add_argument("ids", nargs="*", metavar="ID", help="of these notes only")
    originals.add_argument("--again", action="store_true", help="those that are here already, too")
    originals.add_argument(
        "--pause", type=_seconds, default=2, metavar="SECONDS",
        help="between two requests to a host; default %(default)s",
    )  # fmt: skip
    takes_json(originals)

    audit = add_command(
        sources, "audit", _audit, "set the sentences of notes beside the publications' words"
    )
    audit.usage = _USAGE
    audit.epilog = "`mark` keeps what a person found of a sentence; it needs --by."
    audit.add_argument("ids", nargs="*", metavar="ID", help="of these notes only")
    audit.add_argument("--sample", type=positive, metavar="N", help="so many sentences, drawn")
    audit.add_argument("--seed", type=_seed, default=0, metavar="N", help="which draw")
    audit.add_argument("--list", action="store_true", help="show what was found before")
    audit.add_argument("--outcome", choices=_OUTCOMES, help="only these: %(choices)s")
    audit.add_argument("--by", type=filled, metavar="NAME", help="who marks a sentence")
    audit.add_argument("--note", default="", help="why it is marked so")
    takes_json(audit)


def _originals(chosen: argparse.Namespace) -> int:
    from assistant.assembly import fetching_policy, shelf_folder
    from assistant.settings import load_settings
    from corpus.fetching import fetch, require_enabled
    from corpus.isolating import Reader
    from corpus.publications import Publications, addresses_of, fetch_all
    from ui.progress import Progress

    settings = load_settings()
    policy = fetching_policy(settings)
    require_enabled(policy)
    addresses = [a for note in _notes(settings, chosen.ids) for a in addresses_of(note.source)]
    publications = Publications(shelf_folder(settings))
    with Reader() as reader, Progress() as progress:
        report = fetch_all(
            publications,
            addresses,
            lambda url: fetch(url, policy),
            reader.read,
            again=chosen.again,
            pause=chosen.pause,
            progress=progress,
        )
    for url, why in report.failed:
        say(f"{url}: {why}")
    if chosen.json:
        failed = [{"url": url, "why": why} for url, why in report.failed]
        counts = {"fetched": list(report.fetched), "passed_over": report.passed_over}
        print_json({**counts, "failed": failed})
    else:
        print(
            f"{len(report.fetched):,} fetched, {len(report.failed):,} failed, "
            f"{report.passed_over:,} were here already."
        )
    return DONE


def _audit(chosen: argparse.Namespace) -> int:
    # A command within a command that takes ids.
    if chosen.ids[:1] == ["mark"]:
        return _mark(chosen)
    from assistant.settings import load_settings

    settings = load_settings()
    # What was found of a note that has gone may still be listed.
    notes = _notes(settings, [] if chosen.list else chosen.ids)
    with _opened(settings) as audits:
        places = None if chosen.list else _compared(settings, notes, chosen, audits)
        found = audits.all()
    versions = {note.source.id: note.source.version for note in notes}

    def is_wanted(one: Audited) -> bool:
        asked = _place(one) in places if places is not None else not chosen.ids
        listed = places is None and one.finding.source_id in chosen.ids
        return (asked or listed) and chosen.outcome in (None, one.outcome)

    told = [
        (one, one.finding.version != versions.get(one.finding.source_id))
        for one in found
        if is_wanted(one)
    ]
    _tell(told, chosen)
    return DONE


def _compared(
    settings: Settings, notes: Sequence[Document], chosen: argparse.Namespace, audits: Audits
) -> set[tuple[str, str, int]]:
    """Audits the sentences of notes, or a sample; gives the places of those."""
    from assistant.assembly import make_auditor
    from corpus.checking import spans
    from ui.progress import Progress

    todo = [(note, number) for note in notes for number in range(1, len(spans(note)) + 1)]
    if chosen.sample and chosen.sample < len(todo):
        drawn = random.Random(chosen.seed).sample(range(len(todo)), chosen.sample)
        todo = [todo[i] for i in sorted(drawn)]
    auditor = make_auditor(settings)
    with Progress() as progress:
        for done, (note, number) in enumerate(todo):
            progress("comparing sentences", done, len(todo))
            audits.keep(auditor.audit(note, number))
        progress("comparing sentences", len(todo), len(todo))
    return {(note.source.id, note.source.version, number) for note, number in todo}


def _mark(chosen: argparse.Namespace) -> int:
    from assistant.settings import load_settings
    from ui.audit_text import audited_json, audited_text

    given = chosen.ids[1:]
    if len(given) != 3 or not given[1].isdecimal() or given[2] not in _MARKS:
        marks = ",".join(_MARKS)
        say(f"A mark is given as: mark ID SENTENCE {{{marks}}}. See attache sources audit --help.")
        return WRONG_USE
    source_id, sentence, outcome = given[0], int(given[1]), given[2]
    if not chosen.by:
        say("It is not said who marks the sentence. Add --by NAME.")
        return WRONG_USE
    settings = load_settings()
    (note,) = _notes(settings, [source_id])
    with _opened(settings) as audits:
        marked = audits.mark(
            source_id, note.source.version, sentence, outcome, chosen.by, chosen.note
        )
    if chosen.json:
        print_json(audited_json(marked, older=False))
    else:
        print(audited_text(marked, older=False))
    return DONE


def _tell(told: Sequence[tuple[Audited, bool]], chosen: argparse.Namespace) -> None:
    from ui import phrases
    from ui.audit_text import OUTCOMES, audited_json, audited_text

    counts = Counter(audited.outcome for audited, _ in told)
    if chosen.json:
        findings = [audited_json(*one) for one in told]
        print_json({"outcomes": {o: counts[o] for o in OUTCOMES}, "findings": findings})
        return
    # Without their publications all notes at once would be pages of the same line.
    every = chosen.list or chosen.ids or chosen.sample or chosen.outcome
    shown = [one for one in told if every or one[0].outcome != "not-reachable"]
    for one in shown:
        print(f"{audited_text(*one)}\n")
    if len(shown) < len(told):
        print(
            f"{len(told) - len(shown):,} sentences have no original here that could be read. "
            "`attache sources originals` fetches originals where `fetching` is on; "
            "`attache sources audit --list --outcome not-reachable` lists these sentences.\n"
        )
    summary = "; ".join(f"{name}: {counts[outcome]:,}" for outcome, name in OUTCOMES.items())
    counted = phrases.count(len(told), "sentence")
    print(f"{counted}. {summary}. This is a help for people, no verdict.")


def _notes(settings: Settings, ids: Sequence[str]) -> tuple[Document, ...]:
    """The notes of those ids, or all.

    Raises:
        SourceMissing: one of the ids is that of no current note.
    """
    from assistant.assembly import current_notes

    notes = current_notes(settings)
    known = {note.source.id: note for note in notes}
    for id_ in ids:
        if id_ not in known:
            raise SourceMissing(
                f"There is no current note {id_!r}.", "See `attache sources list` for the ids."
            )
    return tuple(known[id_] for id_ in dict.fromkeys(ids)) if ids else notes


@contextmanager
def _opened(settings: Settings) -> Iterator[Audits]:
    from assistant.assembly import shelf_folder
    from assistant.audits import Audits

    audits = Audits(shelf_folder(settings))
    try:
        yield audits
    finally:
        audits.close()


def _place(audited: Audited) -> tuple[str, str, int]:
    finding = audited.finding
    return finding.source_id, finding.version, finding.sentence


def _seconds(text: str) -> int:
    return whole(text, 0, 3600, "a number of seconds from 0 to 3,600")


def _seed(text: str) -> int:
    return whole(text, 0, 2**31, "a number from 0 on")
