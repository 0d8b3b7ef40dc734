"""Feedback, reports of wrong sentences, and the answers that rest on a source."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cited import a_source, text_of, version_of

from assistant.corrections import MAX_NOTE, Corrections
from assistant.records import Entry, EntryKind, Records
from corpus.errors import RecordMissing

CHANGES = [
    ((), "gone"),
    ((a_source(edition=2),), "text-changed"),
    ((a_source(superseded_by="other"),), "superseded"),
    ((a_source(status="retracted"),), "withdrawn"),
]


@pytest.fixture
def corrections(records: Records) -> Corrections:
    return Corrections(records)


def test_a_report_carries_its_sentence_its_record_and_its_sources(
    corrections: Corrections, keep: Callable[..., Entry]
) -> None:
    entry = keep("When?", conversation="a" * 24)
    corrections.report(entry.id, 0, "it was closed")
    (waiting,) = corrections.queue()
    assert (waiting.record, waiting.conversation) == (entry.id, "a" * 24)
    assert (waiting.question, waiting.text) == ("When?", text_of("bridge"))
    assert waiting.sources == (("bridge", version_of("bridge")),)
    assert (waiting.note, waiting.decision) == ("it was closed", None)


def test_what_is_decided_leaves_the_queue(
    corrections: Corrections, keep: Callable[..., Entry]
) -> None:
    entry = keep()
    first, second = corrections.report(entry.id, 0), corrections.report(entry.id, 0, "again")
    corrections.decide(first.id, "source-corrected", "mended", "the curator")
    assert [c.id for c in corrections.queue()] == [second.id]
    (decided,) = corrections.queue(decided=True)
    assert decided.decision is not None
    assert (decided.decision.outcome, decided.decision.note) == ("source-corrected", "mended")
    corrections.decide(first.id, "nothing-wrong")
    (decided,) = corrections.queue(decided=True)
    assert decided.decision is not None
    assert decided.decision.outcome == "nothing-wrong"


@pytest.mark.parametrize("position", [-1, 1, 99])
def test_a_sentence_that_is_not_there_cannot_be_reported(
    corrections: Corrections, keep: Callable[..., Entry], position: int
) -> None:
    with pytest.raises(RecordMissing, match="has no sentence"):
        corrections.report(keep().id, position)
    assert corrections.queue() == ()


def test_feedback_is_given_to_answers_only(
    corrections: Corrections, records: Records, keep: Callable[..., Entry]
) -> None:
    given = corrections.feedback(keep().id, True, "x" * 3 * MAX_NOTE)
    assert len((records.get(given.id).content or {})["reason"]) == MAX_NOTE
    for wrong in (given.id, "0" * 16, "", "zz"):
        with pytest.raises(RecordMissing):
            corrections.feedback(wrong, True)
    assert records.count(kinds=[EntryKind.FEEDBACK]) == 1


def test_an_outcome_is_one_of_those_there_are(
    corrections: Corrections, keep: Callable[..., Entry]
) -> None:
    report = corrections.report(keep().id, 0)
    with pytest.raises(RecordMissing, match="nothing-wrong"):
        corrections.decide(report.id, "whatever")  # type: ignore[arg-type]
    with pytest.raises(RecordMissing, match="no report"):
        corrections.decide(keep().id, "nothing-wrong")


@pytest.mark.parametrize(("today", "change"), CHANGES)
def test_a_source_that_changed_lists_the_answers_that_rest_on_it(
    corrections: Corrections, keep: Callable[..., Entry], today, change: str
) -> None:
    first, second = keep("First?"), keep("Second?")
    keep("Third?", sources=(a_source("other"),))
    (affected,) = corrections.affected((*today, a_source("other")))
    assert (affected.source_id, affected.change) == ("bridge", change)
    assert affected.title == "On the bridge"
    assert [a.record for a in affected.answers] == [second.id, first.id]
    assert [a.question for a in affected.answers] == ["Second?", "First?"]


def test_a_source_that_did_not_change_is_not_listed(
    corrections: Corrections, keep: Callable[..., Entry]
) -> None:
    keep()
    assert corrections.affected((a_source(),)) == ()
    assert [r.version for r in corrections.resting_on("bridge")] == [version_of("bridge")]
    assert corrections.resting_on("bridge", "another version") == ()
    assert corrections.resting_on("nothing") == ()
