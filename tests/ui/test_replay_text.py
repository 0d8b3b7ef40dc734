"""A replay as people and programs read it: hand-made replays, real values."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from assistant.questions import understand
from assistant.reasons import Reason
from assistant.replaying import Pair, Replay, TieSaid, Turned
from assistant.types import (
    Answer,
    Ask,
    Caveat,
    Circumstances,
    Citation,
    Draft,
    Failure,
    Record,
    Searched,
    Silence,
    Statement,
    Support,
)
from corpus.types import Kind, Passage, Source, Span, TextKind
from index.types import Filters
from ui.replay_text import replay_json, replay_text

THEN, NOW = date(2026, 11, 23), date(2027, 3, 1)
ID = "0123456789abcdef"
TITLE = "Title of harbour"
OPENED = "The bridge opened in 1932."
LANES = "The bridge carries eight lanes."
SET_LATER = "The bridge opened in 1934."


def said(text: str, **changes: object) -> Statement:
    source = Source(
        "harbour", "v" * 64, TITLE, "City Press", "City Press", Kind.NEWS, TextKind.FULL, "h.md"
    )
    passage = Passage("p", "harbour", "v" * 64, text, 0, len(text), "", None, (Span(0, len(text)),))
    citation = Citation(1, source, passage, text, 0, len(text))
    base = Statement(text, "City Press, 1990", (citation,), Support("verbatim", 1.0))
    return replace(base, **changes)  # type: ignore[arg-type]


def answer(today: date, *statements: Statement) -> Answer:
    question = understand(Ask("When did the bridge open?", today))
    searched = Searched(question.standalone, 1, 1, 1, Filters())
    if statements:
        return Answer(question, "answered", statements, (), (), (), searched)
    silence = Silence("not_answered", "Sources speak of this but do not answer.")
    return Answer(question, "not_in_sources", (), (), (), (), searched, silence=silence)


def replayed(**changes: object) -> Replay:
    """A replay of an answer of two sentences that came out the same."""
    statements = (said(OPENED), said(LANES))
    record = Record(
        ask=Ask("When did the bridge open?", THEN),
        conversation="c" * 24,
        who="local",
        outcome="complete",
        answer=answer(THEN, *statements),
        premise=None,
        partial=(),
        failure=None,
        likelihood=0.9,
        hits=(),
        draft=Draft(()),
        checks=(),
        shown=(),
        timings={},
        circumstances=Circumstances("0.1.0", {}, {}, {}, 1, "digest"),
    )
    same = Replay(
        record=record,
        created=datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
        today=NOW,
        answer=answer(NOW, *statements),
        kept=statements,
        gone=(),
        new=(),
        reworded=(),
        relabelled=(),
        leading=None,
        caveats_gone=(),
        caveats_new=(),
        turned=(),
        ties_gone=(),
        ties_new=(),
        why=(),
    )
    return replace(same, **changes)  # type: ignore[arg-type]


def test_the_same_answer_is_said_to_be_the_same_and_nothing_else() -> None:
    assert replay_text(replayed(), ID) == (
        "Record 0123456789abcdef, 2026-11-23 14:05 UTC\n"
        "Question: When did the bridge open?\n"
        "Then: asked as on 2026-11-23, answered in 2 sentences\n"
        "Now:  asked as on 2027-03-01, answered in 2 sentences\n"
        "\n"
        "Same answer.\n"
    )


def test_what_the_register_showed_otherwise_is_told_value_by_value() -> None:
    gone = TieSaid("Kiel and Qingdao", "start", "1992", ("city-paper",))
    new = TieSaid("Kiel and Qingdao", "status", "ended or 2023-09", ("ndr", "taz"))
    changed = replayed(ties_gone=(gone,), ties_new=(new,))
    text = replay_text(changed, ID)
    assert "The answer differs." in text
    assert "Gone from the register of ties\n- Kiel and Qingdao: start 1992 (city-paper)" in text
    assert "New in the register of ties\n- Kiel and Qingdao: status ended or 2023-09" in text
    told = replay_json(changed, ID)
    assert told["same"] is False
    assert [said["value"] for said in told["ties_gone"]] == ["1992"]


def test_differences_come_before_the_reasons_and_each_reason_names_its_sentences() -> None:
    changed = replayed(
        answer=answer(NOW, said(SET_LATER)),
        kept=(),
        gone=(said(LANES, label="Limit"),),
        reworded=(Pair(said(OPENED), said(SET_LATER)),),
        why=(
            Reason("text-changed", f"“{TITLE}” (harbour) has another text.", "harbour", (0, 1)),
            Reason("setting", "Setting old_after_years was 5, is 1.", "old_after_years"),
        ),
    )
    assert replay_text(changed, ID).split("\n\n", 1)[1] == (
        "The answer differs.\n"
        "\n"
        "Gone\n"
        "- Limit – City Press, 1990 (matches the cited text; harbour):\n"
        "    The bridge carries eight lanes.\n"
        "\n"
        "Reworded\n"
        "- then: City Press, 1990 (matches the cited text; harbour):\n"
        "    The bridge opened in 1932.\n"
        "  now:  City Press, 1990 (matches the cited text; harbour):\n"
        "    The bridge opened in 1934.\n"
        "\n"
        "Why\n"
        "- “Title of harbour” (harbour) has another text. On it rested:\n"
        "    “The bridge opened in 1932.”\n"
        "    “The bridge carries eight lanes.”\n"
        "- Setting old_after_years was 5, is 1.\n"
    )


def test_a_difference_that_nothing_explains_is_said_to_be_one() -> None:
    text = replay_text(replayed(new=(said(SET_LATER),)), ID)
    assert "The answer differs.\n2 sentences are the same." in text
    assert "Why\nNo reason was found: " in text


def test_what_changed_without_changing_the_answer_is_not_called_a_reason() -> None:
    text = replay_text(replayed(why=(Reason("program", "Program was 0.0.9, is 0.1.0."),)), ID)
    assert "Same answer." in text
    assert "What is not as it was then\n- Program was 0.0.9, is 0.1.0." in text
    assert "Why" not in text


def test_another_first_sentence_is_told_beside_the_same_answer() -> None:
    text = replay_text(replayed(leading=Pair(said(OPENED), said(LANES))), ID)
    assert f"Same answer.\nIt now begins with: {LANES}\nIt began with: {OPENED}\n" in text


def test_notes_and_what_an_answer_says_of_itself_are_told_then_and_now() -> None:
    changed = replayed(
        answer=answer(NOW),
        kept=(),
        gone=(said(OPENED), said(LANES)),
        caveats_gone=(Caveat("date", "City Press dates from 1990."),),
        caveats_new=(Caveat("opinion", "It is opinion."),),
        turned=(
            Turned("status", "answered", "not_in_sources"),
            Turned("silence", "", "Sources speak of this but do not answer."),
        ),
    )
    text = replay_text(changed, ID)
    assert "Now:  asked as on 2027-03-01, not in the sources\n" in text
    assert "Notes that are gone\n- Date. City Press dates from 1990.\n" in text
    assert "New notes\n- Opinion. It is opinion.\n" in text
    assert "- Silence\n    then: nothing\n    now:  Sources speak of this" in text
    assert "not_in_sources" not in text


@pytest.mark.parametrize(
    ("outcome", "failure", "says"),
    [
        ("stopped", None, "stopped after 1 sentence\n"),
        ("failed", Failure("The index is damaged.", "Mend it."), "failed: The index is damaged.\n"),
    ],
)
def test_what_was_never_a_whole_answer_is_not_compared_as_one(
    outcome: str, failure: Failure | None, says: str
) -> None:
    whole = replayed()
    partial = replace(
        whole.record,
        outcome=outcome,  # type: ignore[arg-type]
        answer=None,
        partial=(said(OPENED),),
        failure=failure,
    )
    text = replay_text(replace(whole, record=partial, new=(said(LANES),), kept=(said(OPENED),)), ID)
    assert f"Then: asked as on 2026-11-23, {says}" in text
    assert "There was no whole answer to compare with.\n1 sentence is the same." in text
    assert "Same answer" not in text
    assert "Why" not in text


def test_text_from_outside_steers_no_terminal_and_fakes_no_line() -> None:
    evil = "x\x1b[2J\u202e\n\nSame answer.\n\ud800"
    whole = replayed()
    record = replace(whole.record, ask=replace(whole.record.ask, text=evil))
    changed = replace(
        whole,
        record=record,
        gone=(said(evil, attribution=evil),),
        caveats_new=(Caveat("date", evil),),
        turned=(Turned("opening", evil, ""),),
        why=(Reason("retired", f"“{evil}” is gone.", "x", (0,)),),
    )
    text = replay_text(changed, ID)
    assert "\nSame answer." not in text
    for sign in "\x1b\u202e\ud800":
        assert sign not in text


def test_the_json_holds_both_answers_and_every_difference() -> None:
    reason = Reason("retired", "It is gone.", "harbour", (1,))
    changed = replayed(
        kept=(said(OPENED),),
        gone=(said(LANES),),
        reworded=(Pair(said(OPENED), said(SET_LATER)),),
        leading=Pair(said(OPENED), said(SET_LATER)),
        caveats_new=(Caveat("date", "Old."),),
        turned=(Turned("opening", "", "Hello."),),
        why=(reason,),
    )
    told = json.loads(json.dumps(replay_json(changed, ID)))
    assert (told["record"], told["same"], told["outcome"]) == (ID, False, "complete")
    assert (told["then"]["today"], told["now"]["today"]) == ("2026-11-23", "2027-03-01")
    assert [s["text"] for s in told["then"]["answer"]["statements"]] == [OPENED, LANES]
    assert told["now"]["answer"]["status"] == "answered"
    assert [s["text"] for s in told["gone"]] == [LANES]
    assert told["gone"][0]["sources"] == [
        {"source_id": "harbour", "version": "v" * 64, "title": TITLE}
    ]
    assert told["reworded"][0]["now"]["text"] == SET_LATER
    assert told["leading"]["then"]["text"] == OPENED
    assert told["caveats_new"] == [{"kind": "date", "text": "Old."}]
    assert told["turned"] == [{"what": "opening", "then": "", "now": "Hello."}]
    assert told["why"] == [
        {"kind": "retired", "subject": "harbour", "text": "It is gone.", "statements": [1]}
    ]


def test_the_json_of_a_failed_question_says_why_there_was_no_answer() -> None:
    whole = replayed()
    record = replace(
        whole.record, outcome="failed", answer=None, failure=Failure("It broke.", "Mend it.")
    )
    told = replay_json(replace(whole, record=record), ID)
    assert (told["outcome"], told["failure"], told["same"]) == ("failed", "It broke.", False)
    assert told["then"]["answer"] is None
