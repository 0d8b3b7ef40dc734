"""Proposed questions read as a person would ask them."""

from __future__ import annotations

import pytest

from corpus.types import Passage, Span
from evals.generating import _asked_about


def a_passage(heading: str, text: str) -> Passage:
    span = Span(0, len(text))
    return Passage("p", "s", "v", text, 0, len(text), heading, None, (span,))


@pytest.mark.parametrize(
    ("heading", "text", "asked"),
    [
        ("Report › How it ended", "It ended in 2020.", "how it ended"),
        ("Invercargill", "The council of Invercargill met.", "Invercargill"),
        ("Marlow", "It is near Marlow.", "Marlow"),
        ("Sweden", "It ended.", "Sweden"),
        ("HB 128", "It is law.", "HB 128"),
        ("New York’s tie", "It is old.", "New York’s tie"),
        ("What (exactly)?", "It is old.", "what (exactly)?"),
    ],
)
def test_a_heading_within_a_question_keeps_the_capital_of_a_name(
    heading: str, text: str, asked: str
) -> None:
    assert _asked_about(a_passage(heading, text)) == asked
