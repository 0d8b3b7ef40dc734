"""The commands `attache record …`: what a records officer needs.

They open the records only: no model, no search graph, no page. Days are of UTC.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import RecordMissing, SettingsError
from ui.arguments import add_command, day, filled, print_json, say, takes_json

if TYPE_CHECKING:
    from datetime import date

    from assistant.assembly import KeptFiles
    from assistant.records import Entry, Head

DONE, FAILED = 0, 1


def add_commands(commands: Any) -> None:
    """Adds the command `record` with its own commands."""
    record = add_command(commands, "record", None, "what was asked and answered").add_subparsers(
        title="commands", required=True, metavar="COMMAND"
    )
    listing = add_command(record, "list", _list, "list the answers, oldest first")
    _takes_range(listing)
    listing.add_argument("--search", default="", metavar="WORDS", help="all of these words occur")
    takes_json(listing)

    show = add_command(record, "show", _show, "show one record in full")
    show.add_argument("id", help="the record's id, or the beginning of it")
    takes_json(show)

    verify = add_command(record, "verify", _verify, "find whatever was changed or taken out")
    verify.add_argument(
        "--against", type=_head, metavar="SEQ:LINK", help="where the chain ended at an earlier time"
    )
    takes_json(verify)

    export = add_command(record, "export", _export, "write files for a public-records request")
    _takes_range(export, required=True)
    export.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="a new folder")
    export.add_argument(
        "--redact", type=Path, metavar="FILE",
        help='what to leave out, a line each: {"text": …, "reason": …, "record": …}',
    )  # fmt: skip
    takes_json(export)

    hold = add_command(record, "hold", _hold, "keep records from being disposed of")
    hold.add_argument("--reason", required=True)
    hold.add_argument("--by", required=True, metavar="NAME", help="who answers for it")
    _takes_range(hold)
    takes_json(hold)
    release = add_command(record, "release", _release, "lift a hold")
    release.add_argument("id", help="the hold's id, or the beginning of it")
    release.add_argument("--by", required=True, metavar="NAME", help="who answers for it")
    takes_json(release)
    takes_json(add_command(record, "holds", _holds, "list the holds in force"))

    dispose = add_command(record, "dispose", _dispose, "erase what the schedule says is due")
    dispose.add_argument("--dry-run", action="store_true", help="only say what is due")
    takes_json(dispose)


def _takes_range(command: argparse.ArgumentParser, required: bool = False) -> None:
    for name, target, text in (("--from", "since", "since"), ("--to", "until", "until")):
        command.add_argument(
            name, dest=target, type=day, required=required, metavar="DATE",
            help=f"recorded {text} that day of UTC, YYYY-MM-DD",
        )  # fmt: skip
    command.add_argument(
        "--conversation", type=filled, metavar="ID", help="of that conversation only"
    )


def _list(chosen: argparse.Namespace) -> int:
    from assistant.records import EntryKind
    from ui.record_text import said, summary, summary_text

    words = chosen.search.casefold().split()
    found = []
    with opened() as kept:
        for entry in kept.records.entries(
            **_range(chosen), conversation=chosen.conversation, kinds=(EntryKind.ANSWER,)
        ):
            text = said(entry.content) if words and entry.content else ""
            if not all(word in text for word in words):
                continue
            if chosen.json:
                found.append(summary(entry))
            else:
                print(summary_text(summary(entry)))
    if chosen.json:
        print_json({"records": found})
    return DONE


def _show(chosen: argparse.Namespace) -> int:
    from ui.record_text import record_text

    with opened() as kept:
        record = kept.records.record(chosen.id)
        entry = kept.records.get(chosen.id)
        later = list(_about(kept, entry))
    if chosen.json:
        print_json(plain(entry) | {"later": [plain(one) for one in later]})
    else:
        print(record_text(entry, record, later))
    return DONE


def _about(kept: KeptFiles, entry: Entry) -> Iterator[Entry]:
    """The feedback, reports and decisions that tell of an answer."""
    from assistant.records import EntryKind

    known = {entry.id}
    kinds = (EntryKind.FEEDBACK, EntryKind.CORRECTION, EntryKind.DECISION)
    for one in kept.records.entries(conversation=entry.conversation, kinds=kinds):
        content = one.content or {}
        if content.get("record") in known or content.get("correction") in known:
            known.add(one.id)
            yield one


def _verify(chosen: argparse.Namespace) -> int:
    from assistant.verifying import verify
    from ui.progress import Progress

    with opened() as kept, Progress() as progress:
        found = verify(kept.archive, progress, chosen.against)
    for flaw in found.flaws:
        say(f"Entry {flaw.seq}: {flaw.text}." if flaw.seq else f"{flaw.text}.")
    if chosen.json:
        print_json(plain(found))
    else:
        print(
            f"{found.entries:,} entries, {found.disposed:,} disposed of, "
            f"{len(found.flaws):,} flaws; head {found.head.seq}:{found.head.link}"
        )
    return FAILED if found.flaws else DONE


def _export(chosen: argparse.Namespace) -> int:
    days = _range(chosen)
    from ui.phrases import count
    from ui.progress import Progress
    from ui.record_export import export_records
    from ui.redacting import read_redactions

    redactions = read_redactions(chosen.redact) if chosen.redact else ()
    with opened() as kept, Progress() as progress:
        report = export_records(
            kept, chosen.out, **days, conversation=chosen.conversation or "",
            redactions=redactions, progress=progress,
        )  # fmt: skip
    for warning in report.warnings:
        say(warning)
    if chosen.json:
        print_json(plain(report))
    else:
        print(
            f"Wrote {report.folder}: {count(report.conversations, 'conversation')}, entries "
            f"{report.entries:,}, disposed of {report.disposed:,}, redacted {report.redactions:,}; "
            f"{count(report.files, 'file')}. SHA-256 of manifest.json: {report.manifest}"
        )
    return DONE


def _hold(chosen: argparse.Namespace) -> int:
    days = _range(chosen)
    with opened() as kept:
        conversation = chosen.conversation or ""
        if conversation and not kept.records.count(conversation=conversation):
            raise RecordMissing(
                f"There is no conversation {conversation!r}.", "See `attache record list --json`."
            )
        placed = kept.retention.hold(chosen.reason, chosen.by, conversation=conversation, **days)
    _told(chosen, f"Hold {placed.id} is in force.", plain(placed))
    return DONE


def _release(chosen: argparse.Namespace) -> int:
    with opened() as kept:
        released = kept.retention.release(chosen.id, chosen.by)
    content = released.content or {}
    _told(chosen, f"Hold {content['hold']} is lifted.", plain(released))
    return DONE


def _holds(chosen: argparse.Namespace) -> int:
    from ui.record_text import hold_text

    with opened() as kept:
        holds = kept.retention.holds()
    if chosen.json:
        print_json({"holds": [plain(hold) for hold in holds]})
    else:
        print("\n".join(map(hold_text, holds)) or "No hold is in force.")
    return DONE


def _dispose(chosen: argparse.Namespace) -> int:
    from assistant.assembly import schedule
    from assistant.settings import load_settings

    settings = load_settings()
    with opened() as kept:
        done = kept.retention.dispose(
            schedule(settings), settings.disposal_authorised_by, dry_run=chosen.dry_run
        )
        copies = _older_copies(kept.archive.path)
    for copy in copies:
        say(f"{copy} is an older copy and may still hold what was erased; delete it when you can.")
    counts = ", ".join(f"{kind} {count:,}" for kind, count in done.counts.items())
    would = "Would dispose of" if chosen.dry_run else "Disposed of"
    text = f"{would}: {counts or 'nothing, as no schedule is set'}; {done.held:,} held back."
    _told(chosen, text, plain(done) | {"dry_run": chosen.dry_run, "copies": list(map(str, copies))})
    return DONE


def _older_copies(path: Path) -> list[Path]:
    """Files that upgrading and restoring, finished or killed, left beside the records."""
    return sorted(
        [*path.parent.glob(f"{path.name}.*"), *path.parent.glob(f"restore-*/{path.name}")]
    )


@contextmanager
def opened() -> Iterator[KeptFiles]:
    """The records of today's settings."""
    from assistant.assembly import existing_records
    from assistant.settings import load_settings

    kept = existing_records(load_settings())
    try:
        yield kept
    finally:
        kept.close()


def plain(value: Any) -> dict[str, Any]:
    """A dataclass as JSON values."""
    assert is_dataclass(value)
    assert not isinstance(value, type)
    told: dict[str, Any] = json.loads(json.dumps(asdict(value), default=_as_text))
    return told


def _as_text(value: Any) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _told(chosen: argparse.Namespace, text: str, value: dict[str, Any]) -> None:
    if chosen.json:
        print_json(value)
    else:
        print(text)


def _range(chosen: argparse.Namespace) -> dict[str, date | None]:
    if chosen.since and chosen.until and chosen.since > chosen.until:
        raise SettingsError(
            f"--from {chosen.since} is after --to {chosen.until}.", "Give the earlier day first."
        )
    return {"since": chosen.since, "until": chosen.until}


def _head(text: str) -> Head:
    from assistant.records import Head

    seq, _, link = text.partition(":")
    if seq.isdecimal() and len(link) == 64 and set(link) <= set("0123456789abcdef"):
        return Head(int(seq), link)
    raise argparse.ArgumentTypeError(f"{text!r} is not SEQ:LINK as `attache record verify` prints")
