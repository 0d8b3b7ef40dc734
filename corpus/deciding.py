"""What a change of the shelf does to the sources it touches, inside one transaction."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Literal

from pydantic import ValidationError
from sqlalchemy import Connection

from corpus import changes
from corpus.changes import Entry, Note, Place, What
from corpus.errors import ShelfProblem, SourceMissing
from corpus.filed import Filed
from corpus.heads import Head, Status
from corpus.shelf_files import RESERVED
from corpus.wrong_values import wrong_value

COLLECTION = r"[a-z0-9]+(?:-[a-z0-9]+)*"
MAX_COLLECTION = 60
# What an edit may not set, and why.
LOCKED = {
    "id": "the id of a source is for ever",
    "status": "approve, reject, retire and restore set it",
    "supersedes": "supersede sets it",
    "superseded_by": "supersede sets it",
}


def missing(source_id: str) -> SourceMissing:
    """There is no such source."""
    return SourceMissing(
        f"There is no filed source {source_id!r}.", "See `attache sources list` for the ids."
    )


class Deciding:
    """Changes made by one person at one time; `numbers` are those written, in order."""

    def __init__(self, connection: Connection, at: datetime, who: str) -> None:
        self.connection = connection
        self.numbers: list[int] = []
        self._at = at
        self._who = _said(who, "who decides")

    def write(self, note: Note) -> None:
        """Append to the history."""
        self.numbers.append(changes.write(self.connection, self._at, self._who, note))

    def added(self, filed: Filed, collection: str, why: str, taken: Collection[str]) -> Note:
        """The note of a new source; the caller writes it.

        Raises:
            ShelfProblem: it cannot be filed so.
        """
        head = filed.head
        if head.status != "proposed":
            raise ShelfProblem(
                f"{head.id} is to be filed as {head.status}.", "File it as proposed; approve it."
            )
        if head.id in taken or head.id in changes.used(self.connection):
            raise ShelfProblem(
                f"There is a source {head.id!r} already.",
                "Give this one another id, or say that it replaces that one (--replaces).",
            )
        return Note("added", why, head.id, _collection(collection), filed)

    def approve(self, source_id: str, why: str, elsewhere: Mapping[str, Place]) -> None:
        """See Shelf.approve."""
        filed, entry = self._found(source_id, "proposed", "approved")
        approved = _with(filed, status="current").model_copy(update={"clues": ()})
        self.write(Note("approved", why, source_id, entry.collection, approved))
        for old in filed.head.supersedes:
            if old != source_id:
                self._give_way(old, source_id, f"{source_id} was approved", elsewhere)

    def turn(
        self,
        source_id: str,
        what: Literal["rejected", "retired"],
        why: str,
        *,
        only: Status,
    ) -> None:
        """Rejects or retires a source that has the status `only`."""
        filed, entry = self._found(source_id, only, what)
        self.write(Note(what, _reason(why), source_id, entry.collection, _with(filed, status=what)))

    def edit(self, source_id: str, values: Mapping[str, object], why: str) -> Filed:
        """See Shelf.edit; returns the new state."""
        filed, entry = self._found(source_id)
        kept = tuple(clue for clue in filed.clues if clue.key not in values)
        edited = _edited(filed, values).model_copy(update={"clues": kept})
        if edited == filed:
            raise ShelfProblem(f"Nothing of {source_id} would change.", "Set another value.")
        self.write(Note("edited", why, source_id, entry.collection, edited))
        return edited

    def move(self, source_id: str, collection: str, why: str) -> None:
        """See Shelf.move."""
        filed, entry = self._found(source_id)
        if entry.collection == _collection(collection):
            raise ShelfProblem(f"{source_id} is in {collection} already.", "Name another one.")
        self.write(Note("moved", why, source_id, collection, filed))

    def supersede(self, old: str, new: str, why: str, elsewhere: Mapping[str, Place]) -> None:
        """See Shelf.supersede."""
        reason = _reason(why)
        if old == new:
            raise ShelfProblem("A source cannot take its own place.", "Name two sources.")
        if self._entry(new) is None and new not in elsewhere:
            raise missing(new)
        if self._entry(new):
            filed, entry = self._found(new, "current", "used in place of another")
            linked = tuple(dict.fromkeys((*filed.head.supersedes, old)))
            if linked != filed.head.supersedes:
                note = f"takes the place of {old}: {reason}"
                changed = _with(filed, supersedes=linked)
                self.write(Note("edited", note, new, entry.collection, changed))
        if not self._give_way(old, new, reason, elsewhere):
            raise missing(old)

    def restore(self, source_id: str, why: str) -> None:
        """See Shelf.restore."""
        successor = self._readmit(source_id, why)
        if successor is None:
            filed, entry = self._found(source_id, ("rejected", "retired"), "restored")
            successor = filed.head.superseded_by or ""
            anew = _with(filed, status="proposed", superseded_by=None)
            self.write(Note("restored", why, source_id, entry.collection, anew))
        taker = self._entry(successor) if successor else None
        if taker and source_id in taker.head.supersedes:
            filed, _ = self._found(taker.id)
            left = tuple(i for i in taker.head.supersedes if i != source_id)
            note = f"{source_id} was restored"
            changed = _with(filed, supersedes=left)
            self.write(Note("edited", note, taker.id, taker.collection, changed))

    def withdraw(
        self, place: Place, source_id: str, what: What, why: str, successor: str | None = None
    ) -> None:
        """Takes a file elsewhere out of use.

        Raises:
            ShelfProblem: it is withdrawn already, or there is no reason.
        """
        if any(gone.place == place for gone in changes.withdrawals(self.connection)):
            raise ShelfProblem(f"{source_id} is withdrawn already.", "Nothing is left to do.")
        self.write(Note(what, _reason(why), source_id, "", place=place, successor=successor))

    def _give_way(self, old: str, new: str, why: str, elsewhere: Mapping[str, Place]) -> bool:
        """Retires a source for a newer one; says whether there is such a source at all."""
        if self._entry(old):
            filed, entry = self._found(old)
            if entry.status in ("current", "proposed"):
                gone = _with(filed, status="retired", superseded_by=new)
                self.write(Note("superseded", why, old, entry.collection, gone))
            return True
        if old in elsewhere:
            self.withdraw(elsewhere[old], old, "superseded", why, new)
        return old in elsewhere

    def _readmit(self, source_id: str, why: str) -> str | None:
        """Uses a withdrawn file again; the id of what had taken its place, "" where nothing had.

        None where no such file is withdrawn.
        """
        for gone in changes.withdrawals(self.connection):
            if gone.id == source_id:
                self.write(Note("restored", why, source_id, "", place=gone.place))
                return gone.change.successor or ""
        return None

    def _found(
        self, source_id: str, only: Status | Iterable[Status] = (), doing: str = ""
    ) -> tuple[Filed, Entry]:
        filed, entry = changes.filed(self.connection, source_id), self._entry(source_id)
        if filed is None or entry is None:
            raise missing(source_id)
        allowed = (only,) if isinstance(only, str) else tuple(only)
        if allowed and entry.status not in allowed:
            raise ShelfProblem(
                f"{source_id} is {entry.status}; only a {' or '.join(allowed)} source can be "
                f"{doing}.",
                f"See `attache sources show {source_id}`.",
            )
        return filed, entry

    def _entry(self, source_id: str) -> Entry | None:
        return next(changes.entries(self.connection, source_id=source_id), None)


def changed(head: Head, values: Mapping[str, object]) -> Head:
    """The head with other values.

    Raises:
        ShelfProblem: a value is not allowed; the message names the key.
    """
    try:
        return Head.model_validate({**head.model_dump(), **values})
    except ValidationError as error:
        key, wrong = wrong_value(error)
        described = Head.model_fields[key].description if key in Head.model_fields else ""
        raise ShelfProblem(f"The key {key!r} {wrong}.", f"Correct it: {described}") from error


def _with(filed: Filed, **values: object) -> Filed:
    return filed.model_copy(update={"head": changed(filed.head, values)})


def _edited(filed: Filed, values: Mapping[str, object]) -> Filed:
    for key in values:
        if key in LOCKED:
            raise ShelfProblem(f"The key {key!r} is not set by hand: {LOCKED[key]}.", "Leave it.")
        if key not in Head.model_fields:
            raise ShelfProblem(
                f"The key {key!r} is not known.",
                f"Use one of: {', '.join(k for k in Head.model_fields if k not in LOCKED)}.",
            )
    return _with(filed, **values)


def _collection(name: str) -> str:
    if name in RESERVED or len(name) > MAX_COLLECTION or not re.fullmatch(COLLECTION, name):
        raise ShelfProblem(
            f"{name!r} cannot be the name of a collection.",
            f"Use up to {MAX_COLLECTION} small letters, digits and hyphens, such as city-records.",
        )
    return name


def _reason(why: str) -> str:
    return _said(why, "why")


def _said(text: str, what: str) -> str:
    if not text.strip():
        raise ShelfProblem(f"It is not said {what}.", "The history keeps that: say it.")
    return text.strip()
