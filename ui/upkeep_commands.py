"""The commands `attache replay`, `attache backup` and `attache restore`."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from assistant.settings import load_settings
from ui.arguments import add_command, day, print_json, takes_json
from ui.progress import Progress

DONE = 0


def add_commands(commands: Any) -> None:
    """Adds them to the commands there are."""
    replay = add_command(commands, "replay", _replay, "ask a recorded question again, and compare")
    replay.add_argument("record", help="the record's id, or the beginning of it")
    replay.add_argument(
        "--today", type=day, default=date.today(), metavar="DATE", help="YYYY-MM-DD"
    )
    takes_json(replay)

    backup = add_command(commands, "backup", _backup, "library, records and settings in one file")
    backup.add_argument("file", type=Path, help="file to write; it must not exist yet")
    takes_json(backup)

    restore = add_command(commands, "restore", _restore, "bring back what a backup holds")
    restore.add_argument("file", type=Path, help="a file that `attache backup` wrote")
    restore.add_argument(
        "--replace", action="store_true",
        help="give up records that the backup does not hold; a copy of them is kept",
    )  # fmt: skip
    takes_json(restore)


def _replay(chosen: argparse.Namespace) -> int:
    from assistant.assembly import existing_records, open_desk
    from assistant.replaying import replay
    from ui.replay_text import replay_json, replay_text

    settings = load_settings()
    kept = existing_records(settings)
    try:
        entry, record = kept.records.get(chosen.record), kept.records.record(chosen.record)
    finally:
        kept.close()
    desk = open_desk(settings)
    try:
        again = replay(
            record,
            entry.created,
            desk.assistant,
            desk.retriever.sources(),
            desk.circumstances,
            desk.retriever.seen,
            chosen.today,
        )
    finally:
        desk.close()
    if chosen.json:
        print_json(replay_json(again, entry.id))
    else:
        print(replay_text(again, entry.id), end="")
    return DONE


def _backup(chosen: argparse.Namespace) -> int:
    from assistant.backups import write_backup

    with Progress() as progress:
        report = write_backup(load_settings(), chosen.file, progress)
    if chosen.json:
        print_json(_plain(report))
    else:
        print(
            f"Wrote {report.path}: {report.sources} sources in {report.passages} passages, "
            f"records up to entry {report.entries}; {report.size:,} bytes, {report.seconds:.1f} s."
        )
    return DONE


def _restore(chosen: argparse.Namespace) -> int:
    from assistant.restoring import restore_backup

    with Progress() as progress:
        report = restore_backup(load_settings(), chosen.file, progress, replace=chosen.replace)
    if chosen.json:
        print_json(_plain(report))
        return DONE
    entries = "no records" if report.entries is None else f"records up to entry {report.entries}"
    print(
        f"Restored the backup of {report.created:%Y-%m-%d %H:%M} UTC: {report.sources} sources in "
        f"{report.passages} passages, {entries}; {report.seconds:.1f} s."
    )
    for path in report.kept:
        print(f"Kept what was there before: {path}")
    for note in report.notes:
        print(note)
    return DONE


def _plain(report: Any) -> dict[str, Any]:
    """A report's fields as JSON values."""
    from pydantic import TypeAdapter

    plain: dict[str, Any] = TypeAdapter(type(report)).dump_python(report, mode="json")
    return plain
