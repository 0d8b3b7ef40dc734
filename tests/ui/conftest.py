"""Records made by hand, kept in a file of the test's own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.archive import FILE, Archive
from assistant.assembly import KeptFiles
from assistant.conversations import Conversations
from assistant.corrections import Corrections
from assistant.questions import understand
from assistant.records import Entry, Records
from assistant.retention import Retention
from assistant.types import (
    Answer,
    Ask,
    Caveat,
    Check,
    Circumstances,
    Citation,
    Draft,
    DraftSentence,
    Failure,
    Nearest,
    Record,
    RecordedHit,
    Searched,
    Shown,
    Statement,
    Support,
)
from corpus.types import Kind, Passage, Source, Span, TextKind
from index.types import Filters

DAY = date(2026, 5, 4)


class Clock:
    """A clock that the test moves; a second passes at every look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(tmp_path: Path, clock: Clock) -> Iterator[KeptFiles]:
    """The records of the folder `home`, on the test's clock."""
    home = tmp_path / "home"
    home.mkdir()
    archive = Archive(home / FILE)
    records = Records(archive, clock)
    yield KeptFiles(
        archive, records, Conversations(records), Corrections(records), Retention(records)
    )
    archive.close()


def a_statement(words: str, **changes: object) -> Statement:
    """A sentence with the whole text of a made-up source behind it."""
    version = hashlib.sha256(words.encode()).hexdigest()
    source = Source(
        id="bridge",
        version=version,
        title="The bridge",
        publisher="City archive",
        cite_as="the city archive",
        kind=Kind.CITY_RECORD,
        text_kind=TextKind.FULL,
        path="bridge.md",
        published="2025-03-01",
        url="https://example.org/bridge",
    )
    source = replace(source, **changes)  # type: ignore[arg-type]
    end = len(words)
    passage = Passage(f"p{version[:8]}", source.id, version, words, 0, end, "", 3, (Span(0, end),))
    cited = Citation(1, source, passage, words, 0, end)
    return Statement(words, f"{source.publisher}, 2025", (cited,), Support("verbatim", 1.0), "Law")


@pytest.fixture
def make_record() -> Callable[..., Record]:
    """`make_record(question, conversation, words, outcome, **source)`: a record of one sentence."""

    def make(
        text: str = "When was the bridge opened?",
        conversation: str = "c" * 24,
        words: str = "The bridge was opened in 1979.",
        outcome: str = "complete",
        **source: object,
    ) -> Record:
        ask = Ask(text, DAY)
        statement = a_statement(words, **source)
        cited = statement.citations[0]
        answer = Answer(
            question=understand(ask),
            status="answered",
            statements=(statement,),
            more=(),
            caveats=(Caveat("date", "This was long ago.", (0,)),),
            uncovered=("Who paid for it?",),
            searched=Searched(text, 30, 90, 1, Filters()),
            nearest=(Nearest(cited.source, "Tolls"),),
            withheld=1,
        )
        whole = outcome == "complete"
        hit = RecordedHit(
            cited.passage.id, cited.source_id, cited.version, 0, len(words), "Opening",
            1.0, 0.5, 2.0, (0.25,),
        )  # fmt: skip
        return Record(
            ask=ask,
            conversation=conversation,
            who="local",
            outcome=outcome,  # type: ignore[arg-type]
            answer=answer if whole else None,
            premise=None,
            partial=() if whole else (statement,),
            failure=Failure("The disk broke.", "Mend it.") if outcome == "failed" else None,
            likelihood=0.9,
            hits=(hit,),
            draft=Draft((DraftSentence(words, (cited.passage.id,)), DraftSentence("No.", ()))),
            checks=(Check(Support("verbatim", 1.0)), Check(None, "a figure differs")),
            shown=(Shown(0.5, "stage", "Searching"), Shown(2.5, "statement", words)),
            timings={"retrieve": 12.5},
            circumstances=Circumstances("0.1.0", {"composer": "extractive"}, {}, {}, 1, "abc"),
        )

    return make


@pytest.fixture
def keep(kept: KeptFiles, make_record: Callable[..., Record]) -> Callable[..., Entry]:
    """`keep(question, …)` writes a made-up record down, with the text of its source."""

    def write(*args: object, **options: object) -> Entry:
        record = make_record(*args, **options)
        return kept.records.keep(record, lambda *_: record.statements[0].text)

    return write
