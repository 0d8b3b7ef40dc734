"""What a question takes for granted is held against the sources before anything else."""

from __future__ import annotations

import pytest
from finds import BY_COSINE, found, hit, question, source

from assistant.composers import ExtractiveComposer
from assistant.premises import denies, supposed
from assistant.types import Draft
from index.types import Hit

BAN = "Harbour County has banned ferries"


def compose(asked: str, *hits: Hit) -> Draft:
    return ExtractiveComposer(BY_COSINE).compose(question(asked), found(*hits))


@pytest.mark.parametrize(
    "asked",
    [
        f"Now that {BAN}, what about boats?",
        f"Since {BAN}, what about boats?",
        f"Given that {BAN}, may I row?",
        f"{BAN}, right?",
        f"{BAN}, haven't they?",
        f"{BAN} - how did it do that?",
    ],
)
def test_a_clause_that_is_said_outright_is_supposed(asked: str) -> None:
    assert supposed(asked) == BAN


@pytest.mark.parametrize(
    "asked",
    [
        "Since when are ferries banned in Harbour County?",
        "Since 2018, who has to agree?",
        "Has Harbour County banned ferries?",
        "What did the county do about the ban?",
        "As a mayor, what may I do?",
    ],
)
def test_a_plain_question_says_nothing_outright(asked: str) -> None:
    assert supposed(asked) == ""


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("The county has not banned ferries.", "When did the county outlaw ferries?"),
        ("No version of the act was enacted.", "When did the act become law?"),
        ("Penalties against the port are not shown.", "Which sanctions did it impose on the port?"),
        ("The warnings do not name the port.", "Which port did the warnings name?"),
    ],
)
def test_a_negated_word_of_the_same_meaning_denies(text: str, asked: str) -> None:
    assert denies(text, asked)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("The county banned ferries, not boats.", "When did the county outlaw ferries?"),
        ("The act was passed on 3 May.", "When did the act become law?"),
        ("The port has no direct train.", "When did the port close?"),
    ],
)
def test_a_negation_of_something_else_denies_nothing(text: str, asked: str) -> None:
    assert not denies(text, asked)


def test_a_contradicted_premise_opens_the_answer_and_names_the_source() -> None:
    draft = compose(
        "When did Harbour County outlaw ferries?",
        hit("Harbour County runs two ferries.", (0.9,)),
        hit("Harbour County has never banned ferries.", (0.8,), source("denial")),
    )
    assert draft.sentences[0].text == "Harbour County has never banned ferries."
    assert draft.sentences[0].label == "Premise"
    assert draft.premise == ("The sources contradict what it supposes; see Publisher of denial.")


def test_what_sources_merely_do_not_show_is_not_called_contradicted() -> None:
    draft = compose(
        "When did Harbour County outlaw ferries?",
        hit("The pages read do not show that Harbour County banned ferries.", (0.9,)),
    )
    assert "do not confirm" in draft.premise


def test_a_supposed_clause_that_nothing_tells_is_said_to_be_unconfirmed() -> None:
    draft = compose(f"Now that {BAN}, what about boats?", hit("Harbour has many boats.", (0.9,)))
    assert draft.premise == f"“{BAN}”: no source found confirms that."
    assert draft.sentences[0].label is None


def test_a_premise_that_the_sources_tell_is_left_alone() -> None:
    told = hit("In 2021 Harbour County outlawed all ferries.", (0.9,))
    assert compose(f"Now that {BAN}, what about boats?", told).premise == ""
    assert compose("When did Harbour County outlaw ferries?", told).premise == ""
    assert compose("Did Harbour County outlaw ferries?", told).premise == ""
