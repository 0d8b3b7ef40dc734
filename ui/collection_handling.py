"""What happens on the Sources tab: each act of a person becomes what is shown next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from assistant.assembly import build_index, starter_ties
from assistant.register import Register
from corpus.balance import balance
from corpus.catalogue import MAX_BYTES
from corpus.changes import Change, Entry, Withdrawal
from corpus.errors import AttacheError, SourceMissing
from corpus.shelf import Shelf
from corpus.types import Document, Source
from index.library import Library
from ui.balance_charts import balance_html
from ui.collection import (
    BACK,
    Act,
    At,
    Decide,
    Event,
    Find,
    FindTies,
    Go,
    Open,
    Reindex,
    Sort,
    Uploaded,
    behind_html,
    frame_html,
    read_event,
)
from ui.collection_table import collection_html
from ui.elsewhere import Elsewhere, all_sources, read_elsewhere
from ui.head_forms import changed
from ui.review_pages import Queue, queue_html
from ui.sent import Back, Turn
from ui.source_commands import OWN
from ui.source_pages import Sheet, sheet_html
from ui.tie_pages import ties_html

if TYPE_CHECKING:
    from assistant.assembly import Desk

NOT_UNDERSTOOD = "That could not be understood. Reload the page and try again."
LOST = "The file could not be sent. Check that the program still runs, and try again."
SAID: dict[Act, str] = {
    "save": "the head was saved.",
    "approve": "approved.",
    "reject": "rejected.",
    "retire": "retired.",
    "supersede": "superseded.",
    "restore": "restored.",
}

Updates = list[Any]


class Collecting:
    """The tab over a desk. Every method gives the tab's HTML and where the person is in it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def _home(self) -> Path:
        return self._desk.settings.home

    def show(self, at: At) -> Updates:
        """The tab as it stands now; without the source that was open, where that is gone."""
        try:
            return [self._html(at), at]
        except SourceMissing as error:
            return self.show(replace(at, source="", problem=at.problem or str(error)))
        except AttacheError as error:
            return [frame_html(replace(at, problem=str(error)), 0, ""), at]

    def act(self, at: At, data: dict[str, Any]) -> Updates:
        """The tab after what a person did; where that failed, as before and with the reason."""
        before = replace(at, turn=at.turn + 1, said="", problem="")
        try:
            after = self._after(before, read_event(data))
            return [self._html(after), after]
        except ValidationError:
            return self.show(replace(before, problem=NOT_UNDERSTOOD))
        except AttacheError as error:
            return self.show(replace(before, problem=str(error)))

    def _after(self, at: At, event: Event) -> At:
        match event:
            case Find():
                return replace(at, find=event, page=1, source="")
            case FindTies():
                return replace(at, ties=event)
            case Go():
                return replace(at, part=event.part, source="")
            case Sort():
                return replace(at, by=event.by, down=event.by == at.by and not at.down, page=1)
            case Turn():
                return replace(at, page=event.page)
            case Open():
                return replace(at, source=event.source)
            case Back():
                return replace(at, source="")
            case Uploaded():
                return _uploaded(at, event)
            case Reindex():
                return self._reindexed(at, "The index is up to date.")
            case Decide():
                return self._decided(at, event)

    def _decided(self, at: At, event: Decide) -> At:
        elsewhere = read_elsewhere(self._home)
        with Shelf(self._home) as shelf:
            made = list(decide(shelf, elsewhere, event))
            titles = {source.id: source.title for source in all_sources(shelf, elsewhere)}
        # What is a file elsewhere leaves the index when it is no longer used.
        leaves = event.act in ("approve", "reject", "restore") or event.source in elsewhere.places
        said = f"{titles.get(event.source, event.source)}: {SAID[event.act]}"
        at = replace(at, who=event.who, source="" if leaves else at.source, said=said)
        if all(change.head and change.head.status in ("proposed", "rejected") for change in made):
            return at
        return self._reindexed(at, f"{at.said} The index is up to date.")

    def _reindexed(self, at: At, said: str) -> At:
        """Questions are answered from the index as it was until the new one is finished."""
        try:
            build_index(self._desk.settings)
        except AttacheError as error:
            return replace(at, problem=f"The index could not be brought up to date: {error}")
        return replace(at, said=said)

    def _html(self, at: At) -> str:
        with Shelf(self._home) as shelf:
            sources = self._desk.retriever.sources()
            entries = shelf.entries()
            waiting = sum(entry.status == "proposed" for entry in entries)
            body = self._sheet_html(shelf, at) if at.source else self._part_html(shelf, sources, at)
            late = behind_html(behind(entries, shelf.withdrawals(), sources))
        return frame_html(at, waiting, f'<div class="late">{late}</div>{body}')

    def _part_html(self, shelf: Shelf, sources: Sequence[Source], at: At) -> str:
        today = date.today()
        match at.part:
            case "collection":
                return collection_html(sources, at, today.isoformat())
            case "ties":
                ties = starter_ties(self._desk.settings)
                return ties_html(ties, Register(ties, self._desk.retriever).rows(), at.ties)
            case "review":
                queue = _queue(shelf, self._home)
                return queue_html(queue, at.who, OWN, MAX_BYTES // 2**20)
            case "balance":
                return balance_html(balance(sources, today))

    def _sheet_html(self, shelf: Shelf, at: At) -> str:
        sheet = self._sheet(shelf, at.source)
        return sheet_html(sheet, BACK[at.part], at.who, date.today().isoformat())

    def _sheet(self, shelf: Shelf, source_id: str) -> Sheet:
        elsewhere = read_elsewhere(self._home)
        entries = {entry.id: entry for entry in shelf.entries()}
        entry = entries.get(source_id)
        if entry:
            document = shelf.get(source_id).document(entry.collection)
        else:
            document = self._elsewhere(shelf, elsewhere, source_id)
        titles = {id_: source.title for id_, source in elsewhere.sources.items()}
        return Sheet(
            document,
            entry,
            shelf.history(source_id),
            self._desk.kept.corrections.resting_on(source_id),
            titles | {id_: one.head.title for id_, one in entries.items()},
        )

    def _elsewhere(self, shelf: Shelf, elsewhere: Elsewhere, source_id: str) -> Document:
        row = elsewhere.rows.get(source_id)
        if row is None:
            raise SourceMissing(
                f"There is no source {source_id!r} in use or on the shelf.",
                "It may have been taken out; the history tells: attache sources log.",
            )
        library = Library(self._home)
        with closing(library.database):
            document = library.document(row)
        withdrawn = any(gone.id == source_id for gone in shelf.withdrawals())
        status = "retired" if withdrawn else document.source.status
        return replace(document, source=replace(document.source, status=status))


def decide(shelf: Shelf, elsewhere: Elsewhere, event: Decide) -> Iterator[Change]:
    """Makes the changes that a curator decided on.

    Raises:
        SourceMissing: there is no such source.
        ShelfProblem: it is not allowed, or it is not said by whom or why.
    """
    id_, who, why = event.source, event.who, event.why
    if event.act in ("save", "approve"):
        values = changed(shelf.entry(id_).head, event.values)
        if values or event.act == "save":
            yield shelf.edit(id_, values, who, why)
    match event.act:
        case "approve":
            yield from shelf.approve(id_, who, why, elsewhere.places)
        case "reject":
            yield shelf.reject(id_, who, why)
        case "retire" if id_ in elsewhere.places:
            yield shelf.withdraw(elsewhere.places[id_], id_, who, why)
        case "retire":
            yield shelf.retire(id_, who, why)
        case "supersede":
            yield from shelf.supersede(id_, event.other, who, why, elsewhere.places)
        case "restore":
            yield shelf.restore(id_, who, why)


def behind(
    entries: Iterable[Entry], withdrawn: Iterable[Withdrawal], indexed: Iterable[Source]
) -> int:
    """How many sources stand in the index otherwise than curators decided."""
    today = {source.id: source for source in indexed}
    filed = {entry.id: entry.source() for entry in entries}
    used = {id_: source for id_, source in filed.items() if source.status == "current"}
    unused = (filed.keys() - used.keys()) | {gone.id for gone in withdrawn}
    return sum(today.get(i) != source for i, source in used.items()) + len(unused & today.keys())


def _queue(shelf: Shelf, home: Path) -> Queue:
    entries, withdrawn = shelf.entries(), shelf.withdrawals()
    sources = all_sources(shelf, read_elsewhere(home)) if withdrawn else ()
    return Queue(
        tuple(entry for entry in entries if entry.status == "proposed"),
        tuple(entry for entry in entries if entry.status in ("rejected", "retired")),
        withdrawn,
        shelf.collections(),
        {source.id: source.title for source in sources},
    )


def _uploaded(at: At, event: Uploaded) -> At:
    at = replace(at, part="review", who=event.who or at.who)
    match event.outcome:
        case "proposed":
            return replace(at, source=event.id, said="The file was added. Review it now or later.")
        case "unchanged":
            return replace(at, source=event.id, said="This very file is on the shelf already.")
        case _:
            return replace(at, problem=event.problem or LOST)
