"""Conversations: listed, searched, renamed, hidden, read again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.conversations import Conversations, new_id
from assistant.corrections import Corrections, Feedback
from assistant.records import Entry, Records
from corpus.errors import RecordMissing

ONE, OTHER = "1" * 24, "2" * 24


@pytest.fixture
def conversations(records: Records) -> Conversations:
    return Conversations(records)


def test_ids_are_not_guessed() -> None:
    made = {new_id() for _ in range(100)}
    assert len(made) == 100
    assert all(len(id_) == 24 and set(id_) <= set("0123456789abcdef") for id_ in made)


def test_lists_what_was_touched_last_first(
    conversations: Conversations, keep: Callable[..., Entry]
) -> None:
    for question, conversation in (("First?", ONE), ("Second?", OTHER), ("Third?", ONE)):
        keep(question, conversation=conversation)
    listed = conversations.listed()
    assert [(c.id, c.title, c.exchanges) for c in listed] == [
        (ONE, "First?", 2), (OTHER, "Second?", 1)
    ]  # fmt: skip
    assert listed[0].created < listed[1].created < listed[0].updated


def test_finds_words_of_titles_questions_and_answers(
    conversations: Conversations, keep: Callable[..., Entry]
) -> None:
    keep("What of the Ångström pier?", conversation=ONE)
    keep("And 100% of_it?", conversation=OTHER)
    conversations.rename(OTHER, "Harbour works")

    def found(search: str) -> list[str]:
        return [c.id for c in conversations.listed(search)]

    assert found("ångström") == [ONE]
    assert found("PIER opened") == [ONE]
    assert found("pier harbour") == []
    assert found("harbour") == [OTHER]
    assert found("100%") == [OTHER]
    assert found("%") == [OTHER]
    assert found("f_i") == [OTHER]
    assert found("x_x") == []
    assert found("") == [OTHER, ONE]


def test_a_long_question_is_shortened_at_a_word_to_a_title(
    conversations: Conversations, keep: Callable[..., Entry]
) -> None:
    keep("What  of\nthe pier " + "and the bridge " * 20, conversation=ONE)
    title = conversations.get(ONE).title
    assert title.startswith("What of the pier and the bridge")
    assert title.endswith("…")
    assert len(title) <= 81


def test_an_empty_title_brings_back_the_first_question(
    conversations: Conversations, keep: Callable[..., Entry]
) -> None:
    keep("First?", conversation=ONE)
    conversations.rename(ONE, "Mine")
    assert conversations.get(ONE).title == "Mine"
    conversations.rename(ONE, "  ")
    assert conversations.get(ONE).title == "First?"


def test_hiding_takes_it_out_of_the_list_and_nothing_out_of_the_records(
    conversations: Conversations, records: Records, keep: Callable[..., Entry]
) -> None:
    keep(conversation=ONE)
    conversations.hide(ONE)
    assert conversations.listed() == ()
    assert [c.id for c in conversations.listed(hidden=True)] == [ONE]
    assert conversations.get(ONE).hidden
    assert records.count(conversation=ONE) == 1
    conversations.show(ONE)
    assert [c.id for c in conversations.listed()] == [ONE]


def test_what_is_not_there_is_named(conversations: Conversations) -> None:
    assert conversations.exchanges(ONE) == ()
    for call in (conversations.get, conversations.hide, conversations.show):
        with pytest.raises(RecordMissing, match=ONE):
            call(ONE)
    with pytest.raises(RecordMissing, match=ONE):
        conversations.rename(ONE, "x")


def test_exchanges_carry_the_latest_feedback_and_what_was_reported(
    conversations: Conversations, records: Records, keep: Callable[..., Entry]
) -> None:
    first, second = keep("First?", conversation=ONE), keep("Second?", conversation=ONE)
    corrections = Corrections(records)
    corrections.feedback(first.id, True)
    corrections.feedback(first.id, False, "out of date")
    corrections.report(first.id, 0)
    told = conversations.exchanges(ONE)
    assert [t.id for t in told] == [first.id, second.id]
    assert told[0].feedback == Feedback(False, "out of date")
    assert (told[0].reported, told[1].reported) == ((0,), ())
    assert told[1].feedback is None
    assert [t.record.ask.text for t in told if t.record] == ["First?", "Second?"]
