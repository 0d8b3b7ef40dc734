"""Figures, names and negation decide before likeness does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.verifiers import make_verifier
from assistant.wording import figures
from corpus.errors import SettingsError

VERIFIER = make_verifier("lexical")


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("The law took effect on 20 June 2025.", "The law took effect on June 20, 2025."),
        ("The law took effect on 20 June 2025.", "The law took effect on 2025-06-20."),
        ("About 2600 towns have ties.", "About 2,600 towns have ties."),
        ("Two cities left.", "2 cities left."),
        ("Dutch cities left the network.", "Cities in the Netherlands left the network."),
        ("Twenty-five members voted.", "25 members voted."),
    ],
)
def test_the_same_figure_in_another_form_is_supported(sentence: str, evidence: str) -> None:
    assert VERIFIER.judge(sentence, evidence).supported


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("Three cities left.", "2 cities left."),
        ("The tie ended in 2019.", "The tie ended in 2020."),
        ("Exports rose by 4.6 percent.", "Exports rose by 46 percent."),
        ("Texas may not renew it.", "Texas may renew it."),
    ],
)
def test_another_figure_or_a_turned_sense_is_not(sentence: str, evidence: str) -> None:
    verdict = VERIFIER.judge(sentence, evidence)
    assert not verdict.supported
    assert verdict.reason


@given(st.integers(0, 10**9))
def test_a_number_is_the_same_with_and_without_separators(number: int) -> None:
    assert figures(f"{number:,}") == figures(str(number))


@given(st.text(min_size=1).filter(lambda t: any(c.isalnum() for c in t)))
def test_every_text_supports_itself_and_scores_lie_in_range(text: str) -> None:
    verdict = VERIFIER.judge(text, text)
    assert verdict.supported
    assert 0 <= verdict.score <= 1


def test_an_unknown_verifier_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="lexical"):
        make_verifier("oracle")
