"""The commands `attache sources …`: what curators do with the sources.

A decision that changes what may be cited brings the index up to date at once, unless `--no-index`
says otherwise.
"""

from __future__ import annotations

import argparse
import getpass
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_origin

from corpus.errors import AttacheError, ShelfProblem
from corpus.types import Kind
from ui.arguments import add_command, filled, print_json, say, takes_json
from ui.audit_commands import add_commands as add_audit_commands
from ui.collection_commands import add_commands as add_collection_commands
from ui.source_adding import DONE, FAILED, add
from ui.source_listing import list_collections, list_sources, log, opened, queue, show

if TYPE_CHECKING:
    from assistant.settings import Settings
    from corpus.changes import Change
    from corpus.shelf import Shelf
    from ui.elsewhere import Elsewhere

OWN = "own"
"""The collection of what is added without naming one."""
STATUSES = ("current", "proposed", "rejected", "retired")


def add_commands(commands: Any) -> None:
    """Adds the command `sources` with its own commands."""
    text = "the sources: add, review, retire and replace them"
    sources = add_command(commands, "sources", None, text).add_subparsers(
        title="commands", required=True, metavar="COMMAND"
    )
    adding = add_command(sources, "add", add, "propose documents as sources")
    adding.add_argument("paths", nargs="+", metavar="PLACE", help="file, folder or address")
    adding.add_argument(
        "--collection",
        type=filled,
        default=OWN,
        metavar="NAME",
        help="collection it is added to; without it %(default)s",
    )
    adding.add_argument("--replaces", metavar="ID", help="the source it is a new edition of")
    _takes_by(adding)

    listing = add_command(sources, "list", list_sources, "list the sources, filed and indexed ones")
    listing.add_argument("--collection", metavar="NAME", help="of this collection only")
    listing.add_argument("--status", choices=STATUSES, help="%(choices)s")
    kinds = [kind.value for kind in Kind]
    listing.add_argument("--kind", choices=kinds, metavar="K", help="%(choices)s")
    takes_json(listing)

    showing = add_command(sources, "show", show, "show a source: head, guesses, notices, history")
    showing.add_argument("id")
    takes_json(showing)

    review = add_command(
        sources, "review", _review, "decide on proposed sources; without ids: list"
    )
    review.add_argument("ids", nargs="*", metavar="ID")
    deciding = review.add_mutually_exclusive_group()
    deciding.add_argument("--approve", action="store_true", help="may be cited from now on")
    deciding.add_argument("--reject", type=filled, metavar="REASON")
    _takes_values(review)
    _takes_decision(review, why=False)

    edit = add_command(sources, "edit", _edit, "correct the head of a source, or move it")
    edit.add_argument("id")
    _takes_values(edit)
    edit.add_argument("--collection", type=filled, metavar="NAME", help="move it there")
    _takes_decision(edit, why=True)

    retire = add_command(sources, "retire", _retire, "take a source out of use; history stays")
    retire.add_argument("id")
    _takes_decision(retire, why=True)

    supersede = add_command(sources, "supersede", _supersede, "one source takes another's place")
    supersede.add_argument("old")
    supersede.add_argument("new")
    _takes_decision(supersede, why=True)

    restore = add_command(sources, "restore", _restore, "propose a retired or rejected source anew")
    restore.add_argument("id")
    _takes_decision(restore, why=False)

    logging = add_command(sources, "log", log, "every change: who, when, what and why")
    logging.add_argument("id", nargs="?")
    takes_json(logging)
    takes_json(
        add_command(sources, "collections", list_collections, "the collections, with counts")
    )
    add_collection_commands(sources)
    add_audit_commands(sources)


def _takes_by(command: argparse.ArgumentParser) -> None:
    by = "who decides; without it the name of the system's user"
    command.add_argument("--by", type=filled, default=_user(), metavar="NAME", help=by)
    takes_json(command)


def _takes_decision(command: argparse.ArgumentParser, *, why: bool) -> None:
    command.add_argument("--why", required=why, default="", help="kept in the history")
    command.add_argument("--no-index", action="store_true", help="leave the index as it is")
    _takes_by(command)


def _takes_values(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set", dest="values", action="append", default=[], type=_value, metavar="KEY=VALUE",
        help="a key of the head; several values of a list with ; between them",
    )  # fmt: skip


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"


def _value(text: str) -> tuple[str, object]:
    """`key=value` as key and value; an empty value takes the key back to its default."""
    from corpus.heads import Head

    key, mark, value = text.partition("=")
    field = Head.model_fields.get(key)
    if not mark or field is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not KEY=VALUE with one of the keys {', '.join(Head.model_fields)}"
        )
    if not value and not field.is_required():
        return key, field.get_default()
    if get_origin(field.annotation) is not tuple:
        return key, value
    if value.lstrip().startswith("["):
        try:
            return key, json.loads(value)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{value!r} is not a JSON list ({error})") from error
    return key, [part.strip() for part in value.split(";") if part.strip()]


def _review(chosen: argparse.Namespace) -> int:
    values = dict(chosen.values)
    if not (chosen.approve or chosen.reject or values):
        return queue(chosen)
    if not chosen.ids:
        raise ShelfProblem("It is not said which source to decide on.", "Name its id.")
    made: list[Change] = []
    failed = False
    with opened() as (settings, shelf, elsewhere):
        for source_id in chosen.ids:
            try:
                for change in _decided(chosen, shelf, elsewhere, source_id, values):
                    made.append(change)
            except ShelfProblem as error:
                say(str(error))
                failed = True
    return max(_finish(chosen, settings, made), FAILED if failed else DONE)


def _decided(
    chosen: argparse.Namespace,
    shelf: Shelf,
    elsewhere: Elsewhere,
    source_id: str,
    values: Mapping[str, object],
) -> Iterator[Change]:
    """The head is set first, so that what is approved is what was meant."""
    if values:
        yield shelf.edit(source_id, values, chosen.by, chosen.why)
    if chosen.approve:
        yield from shelf.approve(source_id, chosen.by, chosen.why, elsewhere.places)
    elif chosen.reject:
        yield shelf.reject(source_id, chosen.by, chosen.reject)


def _edit(chosen: argparse.Namespace) -> int:
    values = dict(chosen.values)
    with opened() as (settings, shelf, _):
        made = []
        if chosen.collection:
            made.append(shelf.move(chosen.id, chosen.collection, chosen.by, chosen.why))
        if values or not made:
            made.append(shelf.edit(chosen.id, values, chosen.by, chosen.why))
    return _finish(chosen, settings, made)


def _retire(chosen: argparse.Namespace) -> int:
    with opened() as (settings, shelf, elsewhere):
        place = elsewhere.places.get(chosen.id)
        if place:
            made = shelf.withdraw(place, chosen.id, chosen.by, chosen.why)
        else:
            made = shelf.retire(chosen.id, chosen.by, chosen.why)
    return _finish(chosen, settings, [made])


def _supersede(chosen: argparse.Namespace) -> int:
    with opened() as (settings, shelf, elsewhere):
        made = shelf.supersede(chosen.old, chosen.new, chosen.by, chosen.why, elsewhere.places)
    return _finish(chosen, settings, made)


def _restore(chosen: argparse.Namespace) -> int:
    with opened() as (settings, shelf, _):
        made = shelf.restore(chosen.id, chosen.by, chosen.why)
    return _finish(chosen, settings, [made])


def _finish(chosen: argparse.Namespace, settings: Settings, made: Sequence[Change]) -> int:
    """Says what was decided, and has the index follow where that bears on what may be cited."""
    from ui.source_text import change_json

    if not chosen.json:
        for change in made:
            print(f"{change.id}: {change.what}.", flush=True)
    told: dict[str, Any] = {"changes": [change_json(change, None) for change in made]}
    error: AttacheError | None = None
    if any(map(_bears, made)) and chosen.no_index:
        say("The index is as it was; `attache index` has it follow.")
    elif any(map(_bears, made)):
        try:
            told["index"] = _indexed(settings)
        except AttacheError as raised:
            error = raised
            told["index_error"] = str(raised)
            say(f"The decision is kept, but the index does not follow yet. {raised}")
    if chosen.json:
        print_json(told)
    elif "index" in told:
        from ui.phrases import count

        print(f"The index follows: {count(told['index']['sources'], 'source')} may be cited.")
    return FAILED if error else DONE


def _bears(change: Change) -> bool:
    """Whether a change bears on what may be cited."""
    gone = change.what in ("retired", "superseded")
    return gone or change.head is None or change.head.status == "current"


def _indexed(settings: Settings) -> dict[str, int]:
    from assistant.assembly import build_index
    from ui.progress import Progress

    with Progress() as progress:
        report = build_index(settings, progress)
    for problem in report.problems:
        say(f"{problem.path}: {problem.message} {problem.remedy}")
    return {"generation": report.generation, "sources": report.sources}
