"""Asks and records without end, until the parent kills it.

    python recording_child.py FILE

`ready` goes out once the file is open; then the id of every record, as soon as its answer is seen.
Each answer cites a source of its own, so that its text is written too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from cited import DAY, a_source, a_statement, text_of

from assistant.archive import Archive
from assistant.questions import understand
from assistant.recording import Recording
from assistant.records import Records
from assistant.types import (
    Answer,
    Ask,
    Circumstances,
    Draft,
    Event,
    Kept,
    Searched,
    Stage,
    Workings,
)
from index.types import Filters, Found


class Prepared:
    """A chain that says the same of a source of the question's name, at once."""

    def worked(self, ask: Ask, /) -> Iterator[Event | Workings]:
        yield Stage("understand", "Reading the question")
        question = understand(ask)
        statement = a_statement(a_source(ask.text))
        yield statement
        yield Workings(Found((), 1, 1, 1, ()), 0.9, Draft(()), ())
        searched = Searched(question.standalone, 1, 1, 1, Filters())
        yield Answer(question, "answered", (statement,), (), (), (), searched)


def main(file: str) -> None:
    records = Records(Archive(Path(file)))
    recording = Recording(
        Prepared(),
        records,
        lambda found: Circumstances("0.1.0", {}, {}, {}, found.generation, found.collection),
        lambda source_id, _: text_of(source_id),
    )
    first = records.head().seq
    print("ready", flush=True)
    for i in count(first):
        kept = ""
        for event in recording.stream(Ask(f"bridge-{i}", DAY), "k" * 24):
            if isinstance(event, Kept):
                kept = event.record
            elif isinstance(event, Answer):
                print(kept, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
