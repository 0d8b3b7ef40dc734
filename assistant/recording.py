"""The assistant whose every answer is written down before it is shown complete."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from assistant.records import Entry, Records
from assistant.types import (
    Answer,
    Ask,
    Circumstances,
    Draft,
    Event,
    Failure,
    Kept,
    Premise,
    Record,
    RecordedHit,
    Shown,
    Stage,
    Statement,
    Workings,
)
from corpus.errors import AttacheError, QuestionError
from index.types import Found, Hit

log = logging.getLogger(__name__)

UNEXPECTED_REMEDY = "The log has the details."  # marks a recorded failure that nobody foresaw


class Works(Protocol):
    """The chain, showing its workings."""

    def worked(self, ask: Ask, /) -> Iterator[Event | Workings]: ...


@dataclass(slots=True)
class _Tape:
    """What has come so far of one question, and how long each stage worked on it."""

    began: float = field(default_factory=time.perf_counter)
    stage: str = "understand"
    timings: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    shown: list[Shown] = field(default_factory=list)
    premise: Premise | None = None
    statements: list[Statement] = field(default_factory=list)
    workings: Workings = field(
        default_factory=lambda: Workings(Found((), 0, 0, 0, ()), 0.0, Draft(()), ())
    )
    answer: Answer | None = None

    def take(self, event: Event | Workings) -> None:
        match event:
            case Workings():
                self.workings = event
            case Stage():
                self.stage = event.name
                self._show("stage", event.text)
            case Premise():
                self.premise = event
                self._show("premise", event.text)
            case Statement():
                self.statements.append(event)
                self._show("statement", event.text)
            case Answer():
                self.answer = event
                self._show("answer", event.status)
            case Kept():
                pass

    def record(
        self,
        ask: Ask,
        conversation: str,
        who: str,
        failure: Failure | None,
        circumstances: Circumstances,
    ) -> Record:
        """What is on the tape, as a record."""
        return Record(
            ask=ask,
            conversation=conversation,
            who=who,
            outcome="complete" if self.answer else "failed" if failure else "stopped",
            answer=self.answer,
            premise=self.premise,
            partial=() if self.answer else tuple(self.statements),
            failure=failure,
            likelihood=self.workings.likelihood,
            hits=tuple(map(_without_words, self.workings.found.hits)),
            draft=self.workings.draft,
            checks=self.workings.checks,
            shown=tuple(self.shown),
            timings={stage: _ms(seconds) for stage, seconds in self.timings.items()},
            circumstances=circumstances,
        )

    def _show(self, kind: str, text: str) -> None:
        now = _ms(time.perf_counter() - self.began)
        self.shown.append(Shown(now, kind, text))  # type: ignore[arg-type]


class Recording:
    """Answers as the chain does and keeps a Record of each question: answered, stopped or failed.

    `circumstances` gives what shaped an answer from these passages, `text` the text of a version
    that can be cited. What is refused as no question is not recorded.
    """

    def __init__(
        self,
        chain: Works,
        records: Records,
        circumstances: Callable[[Found], Circumstances],
        text: Callable[[str, str], str],
        who: str = "local",
    ) -> None:
        self._chain = chain
        self._records = records
        self._circumstances = circumstances
        self._text = text
        self._who = who

    def invoke(self, ask: Ask, conversation: str) -> tuple[str, Answer]:
        """The id of the record and the whole answer; raises as `stream` does."""
        *_, kept, answer = self.stream(ask, conversation)
        if not isinstance(kept, Kept) or not isinstance(answer, Answer):
            raise TypeError("the last events of a question are its record and its answer")
        return kept.record, answer

    def stream(self, ask: Ask, conversation: str) -> Iterator[Event]:
        """The chain's events; once the record is written, Kept with its id, then the Answer.

        Raises:
            QuestionError: nothing was asked, or too much.
            IndexProblem: the index cannot be read.
            RecordProblem: the record could not be written, and so the answer is not shown.
        """
        ask, tape = replace(ask, text=_storable(ask.text)), _Tape()
        try:
            for event in _timed(self._chain.worked(ask), tape):
                if isinstance(event, Answer):
                    break
                if not isinstance(event, Workings):
                    yield event
        except (GeneratorExit, KeyboardInterrupt):
            self._keep_if_possible(ask, conversation, tape, None)
            raise
        except QuestionError:
            raise
        except Exception as error:
            self._keep_if_possible(ask, conversation, tape, _failure(error))
            raise
        if tape.answer is None:
            raise RuntimeError("the chain ended without an answer")
        yield Kept(self._keep(ask, conversation, tape, None).id)
        yield tape.answer

    def _keep(self, ask: Ask, conversation: str, tape: _Tape, failure: Failure | None) -> Entry:
        shaped = self._circumstances(tape.workings.found)
        record = tape.record(ask, conversation, self._who, failure, shaped)
        return self._records.keep(record, self._text)

    def _keep_if_possible(
        self, ask: Ask, conversation: str, tape: _Tape, failure: Failure | None
    ) -> None:
        """Keeps what is no answer; that it cannot be kept must not hide why there is none."""
        try:
            self._keep(ask, conversation, tape, failure)
        except AttacheError as problem:
            log.warning("a question that was not answered could not be recorded: %s", problem)


def taped(
    chain: Works,
    ask: Ask,
    conversation: str,
    circumstances: Callable[[Found], Circumstances],
    who: str = "local",
) -> Record:
    """Asks, and gives the record without keeping it; a failure is in it, not raised."""
    ask, tape, failure = replace(ask, text=_storable(ask.text)), _Tape(), None
    try:
        for _ in _timed(chain.worked(ask), tape):
            pass
    except Exception as error:
        failure = _failure(error)
    return tape.record(ask, conversation, who, failure, circumstances(tape.workings.found))


def _failure(error: Exception) -> Failure:
    if isinstance(error, AttacheError):
        return Failure(error.message, error.remedy)
    return Failure(f"{type(error).__name__}: {error}", UNEXPECTED_REMEDY)


def _timed(events: Iterator[Event | Workings], tape: _Tape) -> Iterator[Event | Workings]:
    """The events, taken on tape; only the time that making them took is counted."""
    while True:
        began = time.perf_counter()
        event = next(events, None)
        tape.timings[tape.stage] += time.perf_counter() - began
        if event is None:
            return
        tape.take(event)
        yield event


def _without_words(hit: Hit) -> RecordedHit:
    passage = hit.passage
    return RecordedHit(
        passage.id, passage.source_id, passage.version, passage.start, passage.end,
        passage.heading, hit.score, hit.dense, hit.keyword, hit.sentences,
    )  # fmt: skip


def _storable(text: str) -> str:
    """The text without lone surrogates, which stand for bytes that were no text."""
    return text.encode("utf-8", "replace").decode()


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 3)
