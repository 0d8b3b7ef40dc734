"""A conversation on the page as values: each event turns it into the next.

What has been answered is read back from the records, so that a conversation outlives browser
and server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock

from assistant.conversations import Told, new_id
from assistant.corrections import Change, Feedback, change_of
from assistant.recording import UNEXPECTED_REMEDY
from assistant.types import (
    Answer,
    Citation,
    Event,
    Failure,
    Kept,
    Premise,
    Record,
    Stage,
    Statement,
    Turn,
)
from corpus.types import Source

INTERNAL = Failure(
    "Something went wrong inside Attaché; this says nothing about the sources.",
    "Ask again. If it happens again, tell whoever runs this server: its log has the details.",
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what has arrived for it so far.

    `record` is the id it was written down under, once that is known, and `day` when it was asked,
    where it was read back. A `refused` question was none and is not written down.
    """

    number: int
    asked: str
    stage: str = "Starting"
    premise: Premise | None = None
    statements: tuple[Statement, ...] = ()
    answer: Answer | None = None
    failure: Failure | None = None
    stopped: bool = False
    refused: bool = False
    disposed: bool = False
    record: str = ""
    day: date | None = None

    @property
    def running(self) -> bool:
        """Whether more may arrive."""
        return not (self.answer or self.failure or self.stopped or self.disposed)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Everything cited, the premise's citations first."""
        first = self.premise.citations if self.premise else ()
        partly = [c for statement in self.statements for c in statement.citations]
        return tuple(dict.fromkeys([*first, *(self.answer.citations if self.answer else partly)]))

    def after(self, event: Event) -> Exchange:
        """The exchange with one more event taken in."""
        match event:
            case Stage():
                return replace(self, stage=event.text)
            case Premise():
                return replace(self, premise=event)
            case Statement():
                return replace(self, statements=(*self.statements, event))
            case Kept():
                return replace(self, record=event.record)
            case Answer():
                return replace(self, answer=event, statements=event.everything)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Exchanges, oldest first.

    `changes` tells of cited versions, as (source id, version), that are not what the collection
    holds today.
    """

    id: str = ""
    exchanges: tuple[Exchange, ...] = ()
    changes: Mapping[tuple[str, str], Change] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether an answer is on its way."""
        return any(e.running for e in self.exchanges)

    @property
    def begun(self) -> bool:
        """Whether there is anything in it that is written down, or is going to be."""
        return any(not e.refused for e in self.exchanges)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What a next question may refer back to."""
        return tuple(e.answer.turn for e in self.exchanges if e.answer)

    def asking(self, text: str) -> Conversation:
        """The conversation with a new question; the first one gives it its id."""
        exchange = Exchange(len(self.exchanges) + 1, text)
        return replace(self, id=self.id or new_id(), exchanges=(*self.exchanges, exchange))

    def with_last(self, exchange: Exchange) -> Conversation:
        """The conversation with its last exchange exchanged."""
        return replace(self, exchanges=(*self.exchanges[:-1], exchange))

    def stopped(self) -> Conversation:
        """The conversation after Stop: what has arrived stays."""
        if not self.exchanges or not self.exchanges[-1].running:
            return self
        return self.with_last(replace(self.exchanges[-1], stopped=True))


@dataclass(frozen=True, slots=True)
class Marks:
    """What the reader said of one answer: of the whole, and of its sentences by position.

    `noted` are the reports that got a note here; `count` grows with every mark.
    """

    feedback: Feedback | None = None
    reported: frozenset[int] = frozenset()
    noted: frozenset[int] = frozenset()
    count: int = 0


class Talk:
    """Where a browser session stands: its conversation, and the marks by number of exchange.

    An answer is worked on while Stop or another conversation may be chosen: what was chosen last
    holds, and the answer goes no further.
    """

    def __init__(self) -> None:
        self.conversation = Conversation()
        self.marks: dict[int, Marks] = {}
        self._lock = Lock()

    def __deepcopy__(self, memo: object) -> Talk:
        """A fresh one: Gradio copies what it is given for every browser session."""
        return Talk()

    def moves(self, before: Conversation, after: Conversation) -> bool:
        """Takes `after` in the place of `before`; False, and not, where another stands there."""
        with self._lock:
            if self.conversation is not before:
                return False
            self.conversation = after
            return True

    def catch_up(self, late: Conversation) -> bool:
        """Takes what arrived while Stop was pressed: it is on record. False where the talk has
        gone on to something else.
        """
        with self._lock:
            here = self.conversation
            same = here.id == late.id and len(here.exchanges) == len(late.exchanges)
            if not same or not here.exchanges[-1].stopped:
                return False
            self.conversation = late.stopped()
            return True

    def put(self, change: Callable[[Conversation], Conversation]) -> Conversation:
        """Changes the conversation whatever it is, and gives the new one."""
        with self._lock:
            self.conversation = change(self.conversation)
            return self.conversation

    def begin(self) -> Conversation | None:
        """An empty conversation in the place of this one; None, and not, while an answer is on
        its way.
        """
        with self._lock:
            if self.conversation.running:
                return None
            self.conversation, self.marks = Conversation(new_id()), {}
            return self.conversation

    def open(self, conversation: Conversation, marks: Mapping[int, Marks]) -> None:
        """Another conversation in the place of this one."""
        with self._lock:
            self.conversation, self.marks = conversation, dict(marks)

    def mark(self, number: int, change: Callable[[Marks], Marks]) -> None:
        """Changes the marks of one exchange."""
        with self._lock:
            marks = change(self.marks.get(number, Marks()))
            self.marks = {**self.marks, number: replace(marks, count=marks.count + 1)}


def restored(
    id_: str, told: Sequence[Told], sources: Iterable[Source]
) -> tuple[Conversation, dict[int, Marks]]:
    """A conversation as it was recorded, and its marks; `sources` are those of today."""
    exchanges = tuple(_exchange(i, t) for i, t in enumerate(told, 1))
    marks = {
        i: Marks(t.feedback, frozenset(t.reported))
        for i, t in enumerate(told, 1)
        if t.feedback or t.reported
    }
    today = {source.id: source for source in sources}
    cited = {(c.source_id, c.version) for e in exchanges for c in e.citations}
    changes = {pair: change for pair in cited if (change := change_of(today.get(pair[0]), pair[1]))}
    return Conversation(id_, exchanges, changes), marks


def _exchange(number: int, told: Told) -> Exchange:
    day = told.created.astimezone().date()
    record = told.record
    if record is None:
        return Exchange(number, "", disposed=True, record=told.id, day=day)
    return Exchange(
        number,
        record.ask.text,
        premise=record.premise,
        statements=record.statements,
        answer=record.answer,
        failure=_shown(record),
        stopped=record.outcome == "stopped",
        record=told.id,
        day=day,
    )


def _shown(record: Record) -> Failure | None:
    """The failure as the reader saw it: what is internal is for the records and the log."""
    failure = record.failure
    return INTERNAL if failure and failure.remedy == UNEXPECTED_REMEDY else failure
