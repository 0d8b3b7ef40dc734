"""Questions are tidied, limited, and completed from the conversation."""

from __future__ import annotations

import pytest
from finds import TODAY, question
from hypothesis import given
from hypothesis import strategies as st

from assistant.questions import MAX_CHARS, tidy, understand
from assistant.types import Ask, Question, Turn
from corpus.errors import QuestionError


def follow_up(new: str, earlier: str) -> Question:
    common = {"chinese", "china"}
    return understand(
        Ask(new, TODAY, (Turn(earlier, earlier),)), lambda place: place.lower() in common
    )


@pytest.mark.parametrize(
    ("new", "earlier", "standalone"),
    [
        (
            "And Sweden?",
            "How many Dutch cities ended Chinese ties?",
            "How many Swedish cities ended Chinese ties?",
        ),
        ("What about Ohio?", "What does Texas law say?", "What does Ohio law say?"),
        ("and in Indiana?", "What does Texas law say?", "What does Indiana law say?"),
        (
            "When was that?",
            "Did Arnhem end its tie?",
            "When was that? (about: Did Arnhem end its tie?)",
        ),
        (
            "Who proposed it?",
            "What does HB 128 say?",
            "Who proposed it? (about: What does HB 128 say?)",
        ),
        ("And the Swedish?", "How many Dutch ties ended?", "How many Swedish ties ended?"),
        ("And the Dutch?", "How did Sweden react?", "How did Netherlands react?"),
        ("In the United States?", "What does Texas law say?", "What does United States law say?"),
        ("And New Zealand?", "How many Dutch ties ended?", "How many New Zealand ties ended?"),
        ("And Swedish cities?", "How many Dutch cities left?", "How many Swedish cities left?"),
        ("and indiana?", "what does texas law say?", "what does Indiana law say?"),
        ("And Indiana?", "When does Texas's HB 128 end?", "When does Indiana's HB 128 end?"),
        ("And in 2021?", "What did Darwin do in 2018?", "What did Darwin do in 2021?"),
        (
            "What about private clubs?",
            "What does Texas law say?",
            "What does Texas law say – private clubs?",
        ),
        (
            "And what happened in Darwin?",
            "What happened in Rockhampton?",
            "And what happened in Darwin? (about: What happened in Rockhampton?)",
        ),
        (
            "Why did it?",
            "When? (about: Did Arnhem end its tie?)",
            "Why did it? (about: Did Arnhem end its tie?)",
        ),
        (
            "And in Ohio?",
            "When did it start? (about: What does Texas law say?)",
            "When did it start? (about: What does Ohio law say?)",
        ),
        (
            "Which is stricter?",
            "Compare Texas and Utah.",
            "Which is stricter? (about: Compare Texas and Utah.)",
        ),
        ("OK", "Did Arnhem end its tie?", "OK (about: Did Arnhem end its tie?)"),
        ("Why?", "Did Arnhem end its tie?", "Why? (about: Did Arnhem end its tie?)"),
        ("Is there a law in Utah?", "Did Arnhem end its tie?", "Is there a law in Utah?"),
        ("Why did Kiel end its tie?", "What does Texas say?", "Why did Kiel end its tie?"),
        ("德州法律要求什么？", "What does Texas say?", "德州法律要求什么？"),
        (
            "Which sources say that the Prague clause exists?",
            "Did Arnhem end its tie?",
            "Which sources say that the Prague clause exists?",
        ),
    ],
)
def test_a_follow_up_is_completed_and_a_new_question_is_not(
    new: str, earlier: str, standalone: str
) -> None:
    assert follow_up(new, earlier).standalone == standalone


def test_a_follow_up_keeps_its_own_aim_and_the_earlier_names() -> None:
    understood = follow_up("When was that?", "Did Arnhem end its tie with Wuhan?")
    assert understood.aim == "when"
    assert understood.names == ("Arnhem", "Wuhan")


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        ("Should we renew the agreement?", "should"),
        ("How many ties are there?", "count"),
        ("When did Prague sign?", "when"),
        ("Who signed it?", "who"),
        ("Compare Texas and Indiana.", "compare"),
        ("What does the law require?", "fact"),
    ],
)
def test_knows_what_is_asked_for(text: str, aim: str) -> None:
    assert question(text).aim == aim


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Did St. Louis end its tie?", ("St Louis",)),
        ("Did Gov. Abbott sign it?", ("Gov Abbott",)),
        ("Did the U.S. Senate act?", ("U.S. Senate",)),
    ],
)
def test_an_abbreviation_does_not_end_a_name(text: str, names: tuple[str, ...]) -> None:
    assert question(text).names == names


def test_names_and_numbers_are_those_of_the_question() -> None:
    understood = question("Did Palo Alto sign with Yangpu in 2012?")
    assert understood.names == ("Palo Alto", "Yangpu")
    assert understood.numbers == ("2012",)


def test_a_question_of_two_parts_is_taken_apart() -> None:
    assert question("How many were cancelled and whose were they?").parts == (
        "How many were cancelled",
        "whose were they?",
    )


@pytest.mark.parametrize("text", ["", "   ", "\x00\x07", "???", "\u200b\u202e", "\n\n"])
def test_an_empty_question_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(QuestionError) as error:
        question(text)
    assert error.value.remedy


def test_a_question_of_ten_thousand_characters_is_refused_with_the_limit() -> None:
    with pytest.raises(QuestionError, match=f"{MAX_CHARS:,}"):
        question("why " * 2500)


@pytest.mark.parametrize(
    "text", ["What? 😀", "ما هو القانون؟", "德克萨斯州法律要求什么？", "What\x00 now?"]
)
def test_emoji_other_scripts_and_control_characters_are_taken(text: str) -> None:
    assert question(text).standalone == tidy(text)


@given(st.text())
def test_tidying_twice_changes_nothing_and_leaves_no_control_character(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in once)
    assert not set(once) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")
