"""The commands `attache corrections …`: reports of wrong sentences, and the answers they touch."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ui.arguments import add_command, print_json, takes_json
from ui.record_commands import DONE, opened, plain

if TYPE_CHECKING:
    from assistant.corrections import Outcome

_OUTCOMES: tuple[Outcome, ...] = ("source-corrected", "source-retired", "nothing-wrong")


def add_commands(commands: Any) -> None:
    """Adds the command `corrections` with its own commands."""
    text = "sentences that readers reported as wrong; without a command: list them"
    corrections = add_command(commands, "corrections", _queue, text)
    corrections.add_argument("--decided", action="store_true", help="those decided, newest first")
    takes_json(corrections)
    inner = corrections.add_subparsers(title="commands", metavar="COMMAND")

    decide = add_command(inner, "decide", _decide, "note what was made of a report")
    decide.add_argument("id", help="the report's id, or the beginning of it")
    decide.add_argument("outcome", choices=_OUTCOMES, help="%(choices)s")
    decide.add_argument("--note", default="")
    decide.add_argument("--by", default="local", metavar="NAME", help="who decided")
    takes_json(decide)

    affected = add_command(
        inner, "affected", _affected, "sources that changed since answers cited them, and those"
    )
    takes_json(affected)

    resting = add_command(inner, "resting-on", _resting_on, "the answers that cite a source")
    resting.add_argument("source", help="the source's id")
    resting.add_argument(
        "--version", metavar="V", help="in that version only (SHA-256 of its text)"
    )
    takes_json(resting)


def _queue(chosen: argparse.Namespace) -> int:
    from ui.record_text import correction_text

    with opened() as kept:
        queue = kept.corrections.queue(decided=chosen.decided)
    if chosen.json:
        print_json({"corrections": [plain(one) for one in queue]})
    else:
        none = "Nothing was decided yet." if chosen.decided else "No report is waiting."
        print("\n\n".join(map(correction_text, queue)) or none)
    return DONE


def _decide(chosen: argparse.Namespace) -> int:
    with opened() as kept:
        entry = kept.corrections.decide(chosen.id, chosen.outcome, chosen.note, chosen.by)
    if chosen.json:
        print_json(plain(entry))
    else:
        content = entry.content or {}
        print(f"Report {content['correction']}: {chosen.outcome}.")
    return DONE


def _affected(chosen: argparse.Namespace) -> int:
    from assistant.assembly import todays_sources
    from assistant.settings import load_settings
    from ui.record_text import affected_text

    current = todays_sources(load_settings())
    with opened() as kept:
        affected = kept.corrections.affected(current)
    if chosen.json:
        print_json({"affected": [plain(one) for one in affected]})
    else:
        none = "No source that an answer cites has changed."
        print("\n\n".join(map(affected_text, affected)) or none)
    return DONE


def _resting_on(chosen: argparse.Namespace) -> int:
    from ui.record_text import resting_text

    with opened() as kept:
        resting = kept.corrections.resting_on(chosen.source, chosen.version)
    if chosen.json:
        print_json({"answers": [plain(one) for one in resting]})
    else:
        print("\n".join(map(resting_text, resting)) or "No answer cites it.")
    return DONE
