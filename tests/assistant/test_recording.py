"""Every question leaves a record, written before its answer is shown complete."""

from __future__ import annotations

import json
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from cited import DAY

from assistant.answering import Answering
from assistant.archive import FILE, Archive
from assistant.assembly import Desk, build_index, open_desk
from assistant.conversations import Conversations
from assistant.recording import Recording
from assistant.records import EntryKind, Records
from assistant.settings import Settings
from assistant.types import Answer, Ask, Event, Kept, Premise, Record, Stage, Statement, Workings
from assistant.verifying import verify
from corpus.errors import IndexUnusable, QuestionError, RecordsBusy, RecordsUnusable
from index.types import Filters, Found, Query, Rank

CHILD = Path(__file__).with_name("recording_child.py")
CONVERSATION = "c" * 24
BRIDGE = Ask("When did the harbour bridge of Westport open?", DAY)
# Asked of the present, so that the age of what answers it is noted.
LANES = Ask("How many lanes does the harbour bridge of Westport carry?", DAY)
SOURCES = {
    "harbour": "The harbour bridge of Westport opened in 1932. The bridge carries eight lanes.",
    "ferry": "The ferry of Westport stopped in 1940. The ferry company was sold.",
    "library": "The library holds a thousand books.",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk over three sources; its own records stay empty."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "sources").mkdir()
    for name, text in SOURCES.items():
        head = {"id": name, "title": name, "publisher": "City Press", "kind": "news"}
        head |= {"text_kind": "full", "published": "1990"}
        lines = "\n".join(f"{key}: {json.dumps(value)}" for key, value in head.items())
        (folder / "sources" / f"{name}.md").write_text(f"---\n{lines}\n---\n{text}\n")
    settings = Settings(
        home=folder / "home",
        starter=False,
        sources=(folder / "sources",),
        embedder="hashing:384",
    )
    build_index(settings)
    opened = open_desk(settings)
    yield opened
    opened.close()


@pytest.fixture
def recording(desk: Desk, records: Records) -> Recording:
    """The desk's chain, recorded in a fresh file."""
    return recorded(desk, records, desk.assistant)


def recorded(desk: Desk, records: Records, chain: object) -> Recording:
    return Recording(chain, records, desk.circumstances, desk.retriever.source_text)  # type: ignore[arg-type]


def ask(recording: Recording, asked: Ask = BRIDGE) -> tuple[str, Answer]:
    """The id of the record, and the answer."""
    return recording.invoke(asked, CONVERSATION)


def only_record(records: Records) -> Record:
    (entry,) = records.entries()
    assert entry.kind is EntryKind.ANSWER
    assert entry.conversation == CONVERSATION
    return records.record(entry.id)


def test_the_events_are_the_chains_own_with_the_record_before_the_answer(
    desk: Desk, recording: Recording
) -> None:
    *before, kept, answer = recording.stream(BRIDGE, CONVERSATION)
    assert isinstance(kept, Kept)
    assert [*before, answer] == list(desk.assistant.stream(BRIDGE))


def test_a_record_is_in_the_file_before_the_answer_is_seen(recording: Recording) -> None:
    events = recording.stream(BRIDGE, CONVERSATION)
    kept = next(event for event in events if isinstance(event, Kept))
    other = Archive(recording._records.archive.path)
    try:
        record = Records(other).record(kept.record)
        assert verify(other).flaws == ()
    finally:
        other.close()
    assert record.outcome == "complete"
    assert record.answer == next(events)


def test_stopping_between_the_record_and_the_answer_keeps_one_whole_record(
    recording: Recording, records: Records
) -> None:
    events = recording.stream(BRIDGE, CONVERSATION)
    assert any(isinstance(event, Kept) for event in events)
    events.close()  # type: ignore[attr-defined]
    assert only_record(records).outcome == "complete"


def test_a_record_is_read_as_it_was_written(recording: Recording, records: Records) -> None:
    asked = Ask("And the ferry?", DAY, (ask(recording)[1].turn,), Filters(year_from=1980))
    id_, answer = ask(recording, asked)
    record = records.record(id_)
    assert record.answer == answer
    assert record.ask == asked
    assert (record.conversation, record.who) == (CONVERSATION, "local")
    assert record.statements == answer.everything


def test_a_record_holds_how_the_answer_was_made(
    desk: Desk, recording: Recording, records: Records
) -> None:
    id_, answer = ask(recording, LANES)
    record = records.record(id_)
    *_, workings, _ = desk.assistant.worked(LANES)
    assert isinstance(workings, Workings)
    assert [hit.passage_id for hit in record.hits] == [h.passage.id for h in workings.found.hits]
    for hit, found in zip(record.hits, workings.found.hits, strict=True):
        assert (hit.score, hit.dense, hit.keyword) == (found.score, found.dense, found.keyword)
        assert hit.sentences == found.sentences
        text = desk.retriever.source_text(hit.source_id, hit.version)
        assert text[hit.start : hit.end] == found.passage.text
    assert record.draft == workings.draft
    assert record.checks == workings.checks
    assert len(record.checks) == len(record.draft.sentences) > 0
    assert record.likelihood == workings.likelihood > 0
    assert record.answer is not None
    assert record.answer.caveats == answer.caveats != ()
    assert record.failure is None
    assert record.partial == ()


def test_a_record_holds_what_was_shown_and_when(recording: Recording, records: Records) -> None:
    id_, answer = ask(recording)
    record = records.record(id_)
    moments = [shown.ms for shown in record.shown]
    assert moments == sorted(moments)
    assert [s.text for s in record.shown if s.event == "statement"] == [
        statement.text for statement in answer.statements
    ]
    assert (record.shown[0].event, record.shown[-1].event) == ("stage", "answer")
    assert record.shown[-1].text == "answered"
    assert list(record.timings) == ["understand", "retrieve", "compose", "ground", "caveat"]
    assert all(ms >= 0 for ms in record.timings.values())
    assert sum(record.timings.values()) <= moments[-1]


def test_a_record_holds_what_shaped_the_answer(
    desk: Desk, recording: Recording, records: Records
) -> None:
    shaped = records.record(ask(recording)[0]).circumstances
    found = desk.retriever.search(Query("bridge"))
    assert shaped.generation == found.generation == 1
    assert shaped.collection == found.collection != ""
    assert shaped.settings["embedder"] == "hashing:384"
    assert shaped.settings["old_after_years"] == "5"
    assert set(shaped.models) == {"embedder", "question vectors", "evidence"}
    assert shaped.program


def test_time_that_the_reader_takes_is_no_work_of_a_stage(
    recording: Recording, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    clock = SimpleNamespace(perf_counter=lambda: now)
    monkeypatch.setattr("assistant.recording.time", clock)
    kept = ""
    for event in recording.stream(BRIDGE, CONVERSATION):
        if isinstance(event, Kept):
            kept = event.record
        now += 10
    record = records.record(kept)
    assert set(record.timings.values()) == {0}
    steps = [after.ms - before.ms for before, after in pairwise(record.shown)]
    assert steps == pytest.approx([10_000] * (len(record.shown) - 1))


def test_the_text_that_is_cited_is_kept_with_the_records(
    recording: Recording, records: Records
) -> None:
    _, answer = ask(recording)
    for citation in (c for s in answer.everything for c in s.citations):
        text = records.text(citation.source_id, citation.version)
        assert text[citation.start : citation.end] == citation.words
    with pytest.raises(KeyError):
        records.text("library", "0" * 64)


def test_a_silence_is_recorded_as_the_answer_that_it_is(
    recording: Recording, records: Records
) -> None:
    id_, answer = ask(recording, Ask("How do I bake sourdough bread?", DAY))
    record = records.record(id_)
    assert record.answer == answer
    assert answer.status == "not_in_sources"
    assert (record.outcome, record.statements) == ("complete", ())
    assert record.hits


def test_stopped_midway_what_had_been_shown_is_recorded(
    recording: Recording, records: Records
) -> None:
    events = recording.stream(BRIDGE, CONVERSATION)
    shown = next(event for event in events if isinstance(event, Statement))
    events.close()  # type: ignore[attr-defined]
    record = only_record(records)
    assert (record.outcome, record.answer, record.failure) == ("stopped", None, None)
    assert record.partial == record.statements == (shown,)
    assert record.shown[-1].text == shown.text
    (citation,) = shown.citations
    assert records.text(citation.source_id, citation.version) == SOURCES["harbour"] + "\n"


def test_stopped_before_anything_was_shown_the_question_is_recorded(
    recording: Recording, records: Records
) -> None:
    events = recording.stream(BRIDGE, CONVERSATION)
    assert isinstance(next(events), Stage)
    events.close()  # type: ignore[attr-defined]
    record = only_record(records)
    assert (record.outcome, record.ask, record.partial) == ("stopped", BRIDGE, ())


def test_never_begun_nothing_is_recorded(recording: Recording, records: Records) -> None:
    recording.stream(BRIDGE, CONVERSATION).close()  # type: ignore[attr-defined]
    assert records.count() == 0


class Breaking:
    """The chain, with something that happens once the first statement was shown."""

    def __init__(self, chain: Answering, error: BaseException) -> None:
        self._chain, self._error = chain, error

    def worked(self, asked: Ask, /) -> Iterator[Event | Workings]:
        for event in self._chain.worked(asked):
            yield event
            if isinstance(event, Statement):
                raise self._error


def test_an_interrupt_from_the_keyboard_is_recorded_as_stopped(
    desk: Desk, records: Records
) -> None:
    recording = recorded(desk, records, Breaking(desk.assistant, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        list(recording.stream(BRIDGE, CONVERSATION))
    record = only_record(records)
    assert (record.outcome, len(record.partial)) == ("stopped", 1)


def test_a_failure_inside_is_recorded_with_what_had_been_shown(
    desk: Desk, records: Records
) -> None:
    recording = recorded(desk, records, Breaking(desk.assistant, ZeroDivisionError("by zero")))
    with pytest.raises(ZeroDivisionError):
        list(recording.stream(BRIDGE, CONVERSATION))
    record = only_record(records)
    assert (record.outcome, record.answer, len(record.partial)) == ("failed", None, 1)
    assert record.failure is not None
    assert record.failure.message == "ZeroDivisionError: by zero"


def test_an_index_that_fails_is_recorded_with_message_and_remedy(
    desk: Desk, records: Records
) -> None:
    class Failing:
        def search(self, query: Query, rank: Rank | None = None) -> Found:  # noqa: ARG002
            raise IndexUnusable("The library is damaged.", "Build it again.")

    chain = Answering(replace(desk.assistant.steps, retriever=Failing()))
    with pytest.raises(IndexUnusable):
        list(recorded(desk, records, chain).stream(BRIDGE, CONVERSATION))
    record = only_record(records)
    assert (record.outcome, record.answer, record.partial) == ("failed", None, ())
    assert record.failure is not None
    assert record.failure.message == "The library is damaged."
    assert record.failure.remedy == "Build it again."
    assert [shown.event for shown in record.shown] == ["stage", "stage"]


def test_texts_that_cannot_be_read_hide_neither_a_failure_nor_a_stop(
    desk: Desk, records: Records
) -> None:
    def unreadable(*_: str) -> str:
        raise IndexUnusable("The library is gone.", "Build it again.")

    chain = Breaking(desk.assistant, ZeroDivisionError("by zero"))
    recording = Recording(chain, records, desk.circumstances, unreadable)
    with pytest.raises(ZeroDivisionError):
        list(recording.stream(BRIDGE, CONVERSATION))
    recording = Recording(desk.assistant, records, desk.circumstances, unreadable)
    events = recording.stream(BRIDGE, CONVERSATION)
    assert any(isinstance(event, Statement) for event in events)
    events.close()  # type: ignore[attr-defined]
    assert records.count() == 0


@pytest.mark.parametrize("text", ["", "  ", "?!", "why " * 5000])
def test_what_is_no_question_is_not_recorded(
    recording: Recording, records: Records, text: str
) -> None:
    with pytest.raises(QuestionError):
        list(recording.stream(Ask(text, DAY), CONVERSATION))
    assert records.count() == 0


def test_a_question_with_half_a_character_is_recorded(
    recording: Recording, records: Records
) -> None:
    id_, answer = ask(recording, Ask("When did the bridge of Westport open \udcff?", DAY))
    record = records.record(id_)
    assert record.answer == answer
    assert record.ask.text == "When did the bridge of Westport open ??"
    assert verify(records.archive).flaws == ()


def test_a_premise_is_recorded_with_the_source_that_it_cites(desk: Desk, records: Records) -> None:
    (harbour,) = (s for s in desk.retriever.sources() if s.id == "harbour")
    statement = desk.assistant.invoke(BRIDGE).statements[0]
    assert statement.citations[0].source == harbour
    premise = Premise("It opened in 1932.", statement.citations)

    class Contradicting:
        def worked(self, asked: Ask, /) -> Iterator[Event | Workings]:
            yield premise
            events = desk.assistant.worked(Ask("How do I bake sourdough bread?", asked.today))
            yield from events

    id_, _ = ask(recorded(desk, records, Contradicting()))
    assert records.record(id_).premise == premise
    assert records.text("harbour", harbour.version) == SOURCES["harbour"] + "\n"


def seen_before(error: type[Exception], recording: Recording) -> list[Event]:
    """What a reader sees of a question before the error."""
    seen: list[Event] = []
    with pytest.raises(error):
        seen.extend(recording.stream(BRIDGE, CONVERSATION))
    return seen


def test_where_the_records_are_locked_the_answer_is_not_shown_complete(
    desk: Desk, tmp_path: Path
) -> None:
    archive = Archive(tmp_path / FILE, patience=0.1)
    try:
        recording = recorded(desk, Records(archive), desk.assistant)
        with closing(sqlite3.connect(archive.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            seen = seen_before(RecordsBusy, recording)
            assert any(isinstance(event, Statement) for event in seen)
            assert not any(isinstance(event, Kept | Answer) for event in seen)
        assert Records(archive).count() == 0
        assert ask(recording)[1].status == "answered"
    finally:
        archive.close()


def test_where_there_is_no_room_the_answer_is_not_shown_complete(
    recording: Recording, records: Records
) -> None:
    id_, _ = ask(recording)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
    try:
        seen = seen_before(RecordsUnusable, recording)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not any(isinstance(event, Kept | Answer) for event in seen)
    assert [entry.id for entry in records.entries()] == [id_]
    assert ask(recording)[1].status == "answered"
    assert verify(records.archive).flaws == ()


def killed_at(file: Path, seconds: float) -> list[str]:
    """The ids of the records whose answers were seen before the kill."""
    child = subprocess.Popen([sys.executable, str(CHILD), str(file)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    try:
        child.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
    said, _ = child.communicate()
    assert child.returncode == -signal.SIGKILL
    return said.decode().split()


def test_twenty_kills_lose_at_most_the_answer_in_the_making(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    seen: list[str] = []
    for kill in range(20):
        fresh = killed_at(tmp_path / FILE, chance.uniform(0.0, 0.2))
        seen += fresh
        archive = Archive(tmp_path / FILE)
        try:
            records = Records(archive)
            ids = [entry.id for entry in records.entries()]
            assert set(seen) <= set(ids)
            assert len(ids) <= len(seen) + kill + 1
            assert verify(archive).flaws == ()
            assert len(Conversations(records).exchanges("k" * 24)) == len(ids)
            for id_ in fresh[-1:]:
                assert records.record(id_).outcome == "complete"
        finally:
            archive.close()
    assert len(seen) > 20
