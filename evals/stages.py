"""Which part of an answer's time each stage takes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import wraps
from typing import Any

from assistant.answering import Steps
from assistant.assembly import Bench
from assistant.types import Ask, Stage, Workings
from index.snapshots import Snapshot

# A stage of the chain that is named after what remains of it beside the stages inside it.
_REMAINS = {"retrieve": "rank"}


class Stopwatch:
    """Seconds spent in each stage, in one thread. Time in an inner stage is its own alone."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._now = now
        self._stack: list[str] = []
        self._since = now()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Everything in the block belongs to this stage."""
        self._note()
        self._stack.append(name)
        try:
            yield
        finally:
            self._note()
            self._stack.pop()

    def turn(self, name: str) -> None:
        """From here on the innermost open stage is this one."""
        self._note()
        self._stack[-1] = name

    @contextmanager
    def watching(self, owner: type, method: str, stage: str) -> Iterator[None]:
        """While in the block, calls of a class's method belong to a stage."""
        original = getattr(owner, method)

        @wraps(original)
        def timed(*given: Any, **named: Any) -> Any:
            with self.stage(stage):
                return original(*given, **named)

        setattr(owner, method, timed)
        try:
            yield
        finally:
            setattr(owner, method, original)

    def _note(self) -> None:
        now = self._now()
        if self._stack:
            self.seconds[self._stack[-1]] += now - self._since
        self._since = now


def stage_times(bench: Bench, questions: Sequence[str]) -> dict[str, float]:
    """Mean milliseconds of each stage over the questions, in the order in which they begin.

    "embed" is the question's vector, "dense" and "keyword" are the two searches, "read" is the
    reading of passages, "rank" all else that retrieving does; "judge" tells whether what was
    found answers; what is said of silence counts as "caveat".
    """
    watch = Stopwatch()
    watched = (
        (type(bench.embedder), "embed_query", "embed"),
        (Snapshot, "nearest", "dense"),
        (Snapshot, "cosines", "dense"),
        (Snapshot, "keyword_scores", "keyword"),
        (Snapshot, "frequency", "keyword"),
        (Snapshot, "passages", "read"),
        (Steps, "likelihood", "judge"),
    )
    with ExitStack() as stack:
        for owner, method, name in watched:
            stack.enter_context(watch.watching(owner, method, name))
        for question in questions:
            with watch.stage("understand"):
                for event in bench.assistant.worked(Ask(question, date.today())):
                    if isinstance(event, Stage):
                        watch.turn(_REMAINS.get(event.name, event.name))
                    elif isinstance(event, Workings):
                        watch.turn("caveat")
    return {name: 1000 * seconds / len(questions) for name, seconds in watch.seconds.items()}
