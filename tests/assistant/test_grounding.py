"""What cannot be supported by the words it cites never becomes a statement."""

from __future__ import annotations

import pytest
from finds import found, hit
from hypothesis import given
from hypothesis import strategies as st

from assistant.grounding import ground
from assistant.types import Draft, DraftSentence, Statement
from assistant.verifiers import LexicalVerifier
from index.types import Hit

TEXT = (
    "The council of Arnhem voted in July 2021. It ended the tie with Wuhan by 25 votes to 14. "
    "The mayor may return to the matter."
)
HERE = hit(TEXT, start=1000)


def grounded(text: str, *ids: str, hits: tuple[Hit, ...] = (HERE,)) -> tuple[Statement | None, str]:
    draft = Draft((DraftSentence(text, ids or (HERE.passage.id,)),))
    (outcome,) = ground(draft, found(*hits), LexicalVerifier())
    return outcome.statement, outcome.reason


def test_whole_sentences_are_verbatim_with_exact_offsets() -> None:
    text = "It ended the tie with Wuhan by 25 votes to 14."
    statement, _ = grounded(text)
    assert statement is not None
    (citation,) = statement.citations
    assert statement.support.kind == "verbatim"
    assert citation.words == text
    assert TEXT[citation.start - 1000 : citation.end - 1000] == text


@given(st.integers(0, 2), st.integers(0, 2))
def test_any_run_of_sentences_resolves_to_its_own_offsets(a: int, b: int) -> None:
    first, last = sorted((a, b))
    spans = HERE.passage.sentences
    words = TEXT[spans[first].start - 1000 : spans[last].end - 1000]
    statement, _ = grounded(words)
    assert statement is not None
    citation = statement.citations[0]
    assert (citation.start, citation.end) == (spans[first].start, spans[last].end)


def test_a_close_paraphrase_is_supported_by_the_words_it_resembles() -> None:
    statement, _ = grounded("Arnhem's council voted in July 2021.")
    assert statement is not None
    assert statement.support.kind == "supported"
    assert 0.75 <= statement.support.score <= 1
    assert statement.citations[0].words == "The council of Arnhem voted in July 2021."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("It ended the tie with Wuhan by 26 votes to 14.", "figure"),
        ("The council of Arnhem voted in June 2021.", "figure"),
        ("It ended the tie with Beijing by 25 votes to 14.", "name"),
        ("It never ended the tie with Wuhan by 25 votes to 14.", "negation"),
        ("The mayor returns to the matter.", "hedge"),
        ("Their trade fell and jobs were lost.", "too few"),
    ],
)
def test_withholds_a_sentence_whose_content_differs_from_its_quote(text: str, reason: str) -> None:
    statement, why = grounded(text)
    assert statement is None
    assert reason in why


def test_part_of_a_sentence_is_not_verbatim() -> None:
    here = hit("The mayor denied that the ban had failed in 2024.")
    statement, _ = grounded("The ban had failed in 2024.", here.passage.id, hits=(here,))
    assert statement is None


def test_a_sentence_that_claims_an_unknown_passage_is_withheld() -> None:
    statement, why = grounded(TEXT, "no-such-passage")
    assert statement is None
    assert "no passage" in why


def test_the_same_words_keep_their_number_and_others_get_the_next() -> None:
    ids = (HERE.passage.id,)
    first, second = (
        "The council of Arnhem voted in July 2021.",
        "The mayor may return to the matter.",
    )
    draft = Draft(tuple(DraftSentence(t, ids) for t in (first, second, first)))
    outcomes = ground(draft, found(HERE), LexicalVerifier())
    statements = [o.statement for o in outcomes if o.statement]
    assert [s.citations[0].number for s in statements] == [1, 2, 1]
