"""How long records are kept: the schedule, legal holds, tombstones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from cited import a_source, text_of, version_of

from assistant.archive import Archive
from assistant.conversations import Conversations
from assistant.corrections import Corrections
from assistant.records import Entry, EntryKind, Records
from assistant.retention import Retention, Schedule
from assistant.settings import load_settings
from assistant.verifying import verify
from corpus.errors import RecordMissing, SettingsError

ONE, OTHER = "1" * 24, "2" * 24
CLERK = "the city clerk"


@pytest.fixture
def retention(records: Records) -> Retention:
    return Retention(records)


@pytest.fixture
def aged(records: Records, keep: Callable[..., Entry], clock) -> tuple[Entry, Entry]:
    """An answer of 100 days ago and one of today, each in a conversation of its own."""
    old = keep("Who is Zebulon Quillfeather?", conversation=ONE, sources=(a_source("old"),))
    Corrections(records).feedback(old.id, False, "Zebulon is my uncle")
    clock.pass_days(100)
    return old, keep("What is new?", conversation=OTHER)


def on_disk(path: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(path.parent.glob(f"{path.name}*")))


def test_disposal_erases_content_and_leaves_a_tombstone(
    retention: Retention, records: Records, aged: tuple[Entry, Entry]
) -> None:
    old, new = aged
    done = retention.dispose(Schedule(answers=30, feedback=30), CLERK)
    assert done.counts == {"answer": 1, "feedback": 1}
    assert records.get(old.id).content is records.get(old.id).salt is None
    assert records.get(new.id).content == new.content
    tombstones = [e.content or {} for e in records.entries(kinds=[EntryKind.DISPOSAL])]
    assert tombstones[0]["rule"] == "answer after 30 days"
    assert tombstones[0]["authorised_by"] == CLERK
    named = {"seq": old.seq, "id": old.id, "digest": old.digest}
    assert tombstones[0]["entries"] == [named]
    found = verify(records.archive)
    assert (found.disposed, found.flaws) == (2, ())
    with pytest.raises(RecordMissing, match="disposed of"):
        records.record(old.id)


def test_no_byte_of_what_was_disposed_of_stays_in_the_file(
    retention: Retention, records: Records, aged: tuple[Entry, Entry]
) -> None:
    assert b"Quillfeather" in on_disk(records.archive.path)
    retention.dispose(Schedule(answers=30, feedback=30), CLERK)
    left = on_disk(records.archive.path).lower()
    assert b"quillfeather" not in left
    assert b"zebulon" not in left
    assert text_of("old").lower().encode() not in left
    assert str(aged[0].salt).encode() not in left


def test_what_a_reader_kept_in_the_log_goes_at_the_next_run_though_nothing_is_due_then(
    retention: Retention, records: Records, aged: tuple[Entry, Entry]
) -> None:
    assert aged
    impatient = Records(Archive(records.archive.path, patience=0.05), records.clock)
    with records.archive.reading() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM records")
        assert Retention(impatient).dispose(Schedule(answers=30), CLERK).counts["answer"]
    assert b"Quillfeather" in on_disk(records.archive.path)
    assert not retention.dispose(Schedule(answers=30), CLERK).counts["answer"]
    assert b"Quillfeather" not in on_disk(records.archive.path)
    impatient.archive.close()


def test_a_conversation_with_nothing_left_goes_and_texts_that_nothing_cites(
    retention: Retention, records: Records, aged: tuple[Entry, Entry]
) -> None:
    conversations = Conversations(records)
    done = retention.dispose(Schedule(answers=30), CLERK)
    assert (done.conversations, done.texts) == (1, 1)
    assert [c.id for c in conversations.listed()] == [OTHER]
    assert conversations.listed("quillfeather") == ()
    assert [t.record for t in conversations.exchanges(ONE)] == [None]
    with pytest.raises(KeyError):
        records.text("old", version_of("old"))
    assert records.text("bridge", version_of("bridge")) == text_of("bridge")
    assert aged[1].conversation == OTHER


def test_a_conversation_that_goes_on_is_named_after_what_is_left_of_it(
    retention: Retention, records: Records, aged: tuple[Entry, Entry], keep: Callable[..., Entry]
) -> None:
    keep("What is left?", conversation=aged[0].conversation)
    retention.dispose(Schedule(answers=30, feedback=30), CLERK)
    assert Conversations(records).get(aged[0].conversation).title == "What is left?"
    assert b"quillfeather" not in on_disk(records.archive.path).lower()


def test_nothing_is_disposed_of_without_a_schedule_or_before_its_time(
    retention: Retention, records: Records, aged: tuple[Entry, Entry]
) -> None:
    assert retention.dispose(Schedule(), "").counts == {}
    assert retention.dispose(Schedule(answers=101), CLERK).counts == {"answer": 0}
    assert records.record(aged[0].id).ask.text.startswith("Who")
    assert records.count(kinds=[EntryKind.DISPOSAL]) == 0


def test_a_dry_run_tells_and_changes_nothing(
    retention: Retention, records: Records, aged: tuple[Entry, Entry]
) -> None:
    head = records.head()
    assert retention.dispose(Schedule(answers=30), CLERK, dry_run=True).counts == {"answer": 1}
    assert records.head() == head
    assert records.record(aged[0].id)


@pytest.mark.parametrize(
    "bounds",
    [
        {},
        {"conversation": ONE},
        {"since": date(2026, 1, 1), "until": date(2026, 1, 1)},
        {"until": date(2026, 2, 1)},
    ],
)
def test_what_a_hold_covers_is_kept_until_the_hold_is_released(
    retention: Retention, records: Records, aged: tuple[Entry, Entry], bounds
) -> None:
    hold = retention.hold("a lawsuit", CLERK, **bounds)
    held = retention.dispose(Schedule(answers=30, feedback=30), CLERK)
    assert (held.counts, held.held) == ({"answer": 0, "feedback": 0}, 2)
    assert records.record(aged[0].id)
    retention.release(hold.id[:6], CLERK)
    assert retention.holds() == ()
    assert retention.dispose(Schedule(answers=30), CLERK).counts == {"answer": 1}


@pytest.mark.parametrize(
    "bounds", [{"conversation": OTHER}, {"since": date(2026, 1, 2)}, {"until": date(2025, 1, 1)}]
)
def test_a_hold_on_something_else_holds_nothing_up(
    retention: Retention, aged: tuple[Entry, Entry], bounds
) -> None:
    retention.hold("a lawsuit", CLERK, **bounds)
    done = retention.dispose(Schedule(answers=30), CLERK)
    assert (done.counts, done.held) == ({"answer": 1}, 0)
    assert aged


def test_two_holds_on_one_thing_must_both_be_released(
    retention: Retention, aged: tuple[Entry, Entry]
) -> None:
    first, second = retention.hold("one", CLERK), retention.hold("two", CLERK)
    retention.release(first.id, CLERK)
    assert [hold.id for hold in retention.holds()] == [second.id]
    assert retention.dispose(Schedule(answers=30), CLERK).held == 1
    assert aged
    with pytest.raises(RecordMissing, match="no hold"):
        retention.release(first.id, CLERK)


def test_somebody_must_answer_for_holds_and_disposal(
    retention: Retention, aged: tuple[Entry, Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    for call in (
        lambda: retention.hold("", CLERK),
        lambda: retention.hold("a lawsuit", " "),
        lambda: retention.dispose(Schedule(answers=30), " "),
        lambda: load_settings(keep_answers_days=30),
        lambda: load_settings(keep_answers_days=10**6, disposal_authorised_by=CLERK),
    ):
        with pytest.raises(SettingsError):
            call()
    monkeypatch.setenv("ATTACHE_KEEP_ANSWERS_DAYS", "30")
    monkeypatch.setenv("ATTACHE_DISPOSAL_AUTHORISED_BY", CLERK)
    assert load_settings().keep_answers_days == 30
    assert aged
