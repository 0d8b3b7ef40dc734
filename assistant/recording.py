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
        except AttacheError as error:
            failure = Failure(error.message, error.remedy)
            self._keep_if_possible(ask, conversation, tape, failure)
            raise
        except Exception as error:
            failure = Failure(f"{type(error).__name__}: {error}", UNEXPECTED_REMEDY)
            self._keep_if_possible(ask, conversation, tape, failure)
            raise
        if tape.answer is None:
            raise RuntimeError("the chain ended without an answer")
        yield Kept(self._keep(ask, conversation, tape, None).id)
        yield tape.answer

    def _keep(self, ask: Ask, conversation: str, tape: _Tape, failure: Failure | None) -> Entry:
        workings = tape.workings
        record = Record(
            ask=ask,
            conversation=conversation,
            who=self._who,
            outcome="complete" if tape.answer else "failed" if failure else "stopped",
            answer=tape.answer,
            premise=tape.premise,
            partial=() if tape.answer else tuple(tape.statements),
            failure=failure,
            likelihood=workings.likelihood,
            hits=tuple(map(_without_words, workings.found.hits)),
            draft=workings.draft,
            checks=workings.checks,
            shown=tuple(tape.shown),
            timings={stage: _ms(seconds) for stage, seconds in tape.timings.items()},
            circumstances=self._circumstances(workings.found),
        )
        return self._records.keep(record, self._text)

    def _keep_if_possible(
        self, ask: Ask, conversation: str, tape: _Tape, failure: Failure | None
    ) -> None:
        """Keeps what is no answer; that it cannot be kept must not hide why there is none."""
        try:
            self._keep(ask, conversation, tape, failure)
        except AttacheError as problem:
            log.warning("a question that was not answered could not be recorded: %s", problem)


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
