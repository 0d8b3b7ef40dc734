"""Records made by hand, and a file to keep them in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.archive import FILE, Archive
from assistant.questions import understand
from assistant.records import Entry, Records
from assistant.types import (
    Answer,
    Ask,
    Check,
    Circumstances,
    Draft,
    DraftSentence,
    Failure,
    Record,
    RecordedHit,
    Searched,
    Shown,
    Support,
)
from corpus.types import Source
from index.types import Filters

# What tests of this folder share is imported by name: files here are no packages.
sys.path.insert(0, str(Path(__file__).parent))
from cited import DAY, a_source, a_statement, text_of, version_of
from homes import Home


@pytest.fixture
def make_record() -> Callable[..., Record]:
    """`make_record(question, conversation=…, sources=…, outcome=…)` is a whole record."""

    def make(
        text: str = "When was the bridge opened?",
        conversation: str = "c" * 24,
        sources: tuple[Source, ...] | None = None,
        outcome: str = "complete",
    ) -> Record:
        ask = Ask(text, DAY)
        question = understand(ask)
        statements = tuple(map(a_statement, (a_source(),) if sources is None else sources))
        answer = Answer(
            question=question,
            status="answered",
            statements=statements,
            more=(),
            caveats=(),
            uncovered=(),
            searched=Searched(question.standalone, 1, 1, 1, Filters()),
        )
        whole = outcome == "complete"
        return Record(
            ask=ask,
            conversation=conversation,
            who="local",
            outcome=outcome,  # type: ignore[arg-type]
            answer=answer if whole else None,
            premise=None,
            partial=() if whole else statements,
            failure=Failure("It broke.", "Mend it.") if outcome == "failed" else None,
            likelihood=0.9,
            hits=(RecordedHit("p", "bridge", "v", 0, 5, "", 1.0, 0.5, 2.0, (0.25, 0.5)),),
            draft=Draft((DraftSentence("A sentence.", ("p",), "Law", 1),)),
            checks=(Check(Support("verbatim", 1.0)), Check(None, "a figure differs")),
            shown=(Shown(0.5, "stage", "Searching"),),
            timings={"retrieve": 12.5},
            circumstances=Circumstances("0.1.0", {"composer": "extractive"}, {}, {}, 1, "abc"),
        )

    return make


class Clock:
    """A clock that the test moves; a second passes at every look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def records(tmp_path: Path, clock: Clock) -> Iterator[Records]:
    """Records in a fresh file, on the test's clock."""
    archive = Archive(tmp_path / FILE)
    yield Records(archive, clock)
    archive.close()


@pytest.fixture
def keep(records: Records, make_record: Callable[..., Record]) -> Callable[..., Entry]:
    """`keep(question, …)` writes a made-up record down, with the texts of its sources."""

    def kept(*args: object, **options: object) -> Entry:
        record = make_record(*args, **options)
        texts = {
            version_of(s.citations[0].source_id, edition): text_of(
                s.citations[0].source_id, edition
            )
            for s in record.statements
            for edition in (1, 2)
        }
        return records.keep(record, lambda _, version: texts[version])

    return kept


@pytest.fixture
def home(
    records: Records, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Home:
    """A home with an index of twelve bridges; `records` and `keep` use its file of records."""
    place = tmp_path_factory.mktemp("place")
    home = Home(records.archive.path.parent, place)
    home.work.mkdir()
    monkeypatch.chdir(home.work)
    home.fill("bridge")
    return home


@pytest.fixture
def other(home: Home) -> Home:
    """A home with nothing in it, on the same machine."""
    return Home(home.place / "other", home.place)
