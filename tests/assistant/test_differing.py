"""What a sentence says otherwise than its quote is found; the same in other words is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.differing import difference


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("It cost 1.5 million euros.", "It cost 1,500,000 euros."),
        ("It cost two million euros.", "It cost 2,000,000 euros."),
        ("It cost a million euros.", "It cost 1 million euros."),
        ("Arnhem invited Wuhan in May.", "In May Arnhem invited Wuhan."),
        ("Arnhem invited Wuhan.", "Wuhan was invited by Arnhem."),
        ("Arnhem wrote to Wuhan.", "Arnhem wrote to Wuhan, and Wuhan wrote to Arnhem."),
        ("The council left.", "The council left."),
    ],
)
def test_the_same_said_otherwise_differs_in_nothing(sentence: str, evidence: str) -> None:
    assert difference(sentence, evidence) == ""


@pytest.mark.parametrize(
    ("sentence", "evidence", "what"),
    [
        ("It cost 2 billion euros.", "It cost 2 million euros.", "figure"),
        ("It cost 1.5 million euros.", "It cost 1.5 euros.", "figure"),
        ("It ended in May 2020.", "It ended in June 2020.", "figure"),
        ("It ended the tie with Wuhan.", "It ended the tie with Beijing.", "name"),
        ("It never ended.", "It ended.", "negation"),
        ("It ends.", "It may end.", "hedge"),
        ("In 2021 Arnhem invited Wuhan.", "In 2021 Wuhan invited Arnhem.", "who does it"),
    ],
)
def test_what_differs_is_named(sentence: str, evidence: str, what: str) -> None:
    assert what in difference(sentence, evidence)


@given(st.text())
def test_no_text_differs_from_itself(text: str) -> None:
    assert "figure" not in difference(text, text)
    assert "negation" not in difference(text, text)
    assert "who does it" not in difference(text, text)
