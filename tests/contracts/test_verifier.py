"""What every Verifier must do; a new one is added to VERIFIERS and passes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.verifiers import VERIFIERS, Verifier, make_verifier

MADE = {kind: make_verifier(kind) for kind in sorted(VERIFIERS)}


@pytest.fixture(params=sorted(VERIFIERS))
def verifier(request: pytest.FixtureRequest) -> Verifier:
    return MADE[request.param]


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("The law took effect on 20 June 2025.", "The law took effect on June 20, 2025."),
        ("The law took effect on 20 June 2025.", "The law took effect on 2025-06-20."),
        ("About 2600 towns have ties.", "About 2,600 towns have ties."),
        ("Two cities left.", "2 cities left."),
        ("The bridge cost 1.5 million euros.", "The bridge cost 1,500,000 euros."),
        ("Dutch cities left the network.", "Cities in the Netherlands left the network."),
        ("Twenty-five members voted.", "25 members voted."),
        ("Arnhem's council voted in July 2021.", "The council of Arnhem voted in July 2021."),
    ],
)
def test_the_same_said_in_another_form_is_supported(
    verifier: Verifier, sentence: str, evidence: str
) -> None:
    assert verifier.judge(sentence, evidence).supported


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("Three cities left.", "2 cities left."),
        ("The tie ended in 2019.", "The tie ended in 2020."),
        ("Exports rose by 4.6 percent.", "Exports rose by 46 percent."),
        ("The bridge cost 2 billion euros.", "The bridge cost 2 million euros."),
        ("Texas may not renew it.", "Texas may renew it."),
        ("The mayor returns to the matter.", "The mayor may return to the matter."),
        ("It ended the tie with Beijing by vote.", "It ended the tie with Wuhan by vote."),
        ("In 2021 Arnhem invited Wuhan.", "In 2021 Wuhan invited Arnhem."),
        ("Their trade fell and jobs were lost.", "The council of Arnhem voted in July."),
        ("Zebras graze.", "The bridge was opened in 1979."),
    ],
)
def test_another_figure_name_or_sense_and_other_matters_are_not(
    verifier: Verifier, sentence: str, evidence: str
) -> None:
    verdict = verifier.judge(sentence, evidence)
    assert not verdict.supported
    assert verdict.reason


@settings(max_examples=50)
@given(st.text(min_size=1).filter(lambda t: any(c.isalnum() for c in t)))
def test_every_text_supports_itself(text: str) -> None:
    for verifier in MADE.values():
        assert verifier.judge(text, text).supported


@settings(max_examples=50)
@given(st.text(), st.text())
def test_any_two_texts_have_a_score_in_range(sentence: str, evidence: str) -> None:
    for verifier in MADE.values():
        assert 0 <= verifier.judge(sentence, evidence).score <= 1


def test_nothing_supports_what_it_does_not_hold(verifier: Verifier) -> None:
    assert not verifier.judge("The bridge was opened.", "").supported
