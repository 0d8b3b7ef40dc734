"""Where sentences break, and where they don't."""

from __future__ import annotations

import pytest

from corpus.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[slice(*span)] for span in sentence_spans(text)]


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. Senate met on Monday.",
        "No. 10 declined to comment.",
        "Smith a.k.a. Joe paid the fine.",
        "It grew by 3.5 percent.",
        "J. R. Smith signed it.",
        "See vol. 3 for the rest.",
        "It took approx. 5 days.",
        "At 10 a.m. Monday they left.",
        'He said "It is over. We go home." and left.',
        "Under art. 4 a city may act.",
        "The rule in Sec. 795.003 applies.",
    ],
)
def test_does_not_break_inside(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One ends. Two begins.", ["One ends.", "Two begins."]),
        ("He moved to the U.S. The city agreed.", ["He moved to the U.S.", "The city agreed."]),
        ("Really? Yes! Good.", ["Really?", "Yes!", "Good."]),
        ("  Padded.   Text. ", ["Padded.", "Text."]),
    ],
)
def test_breaks_between(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_spans_are_shifted_by_the_start_of_the_block() -> None:
    assert [tuple(s) for s in sentence_spans("It is. We go.", start=10)] == [
        (10, 16),
        (17, 23),
    ]
