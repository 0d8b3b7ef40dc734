"""Disagreements are told where they are plain, and nowhere else."""

from __future__ import annotations

import pytest
from finds import BY_COSINE, found, hit, question, source

from assistant.caveats import caveats
from assistant.composers import ExtractiveComposer
from assistant.disagreeing import alike, differ
from assistant.grounding import ground
from assistant.types import Caveat, Statement
from assistant.verifiers import LexicalVerifier
from corpus.types import Authority, Kind, Standpoint
from index.types import Hit


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "The ferry carried 400 passengers in 2024.",
            "According to the union, the ferry carried 300 passengers in 2024.",
        ),
        (
            "The strike cost the port $12 million.",
            "The strike cost the port $14.5 million, the operator said.",
        ),
        (
            "The bridge in Kiel was opened to traffic on 3 May 1999.",
            "The bridge in Kiel was opened to traffic in June 1998, the Kiel Times reported.",
        ),
        ("The city has 12 partners abroad.", "The city has 15 partners abroad."),
    ],
)
def test_two_figures_or_dates_for_one_thing_differ(one: str, other: str) -> None:
    assert differ(one, other)
    assert differ(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The ferry carried 400 passengers.", "The ferry carried 400 passengers, they said."),
        ("About 500 people attended the rally.", "Some 480 people attended the rally."),
        ("More than 40 cities in Britain are tied.", "At least 26 cities in Britain are tied."),
        ("The ferry carried 400 passengers in 2020.", "The ferry carried 300 passengers in 2024."),
        ("Kiel has 12 partner cities abroad.", "Bonn has 15 partner cities abroad."),
        ("The bridge was opened in 1999.", "The bridge was opened on 3 May 1999."),
        ("The ferry carried 400 passengers.", "The ferry made 300 trips with passengers."),
    ],
)
def test_what_may_both_be_right_or_is_about_other_things_does_not_differ(
    one: str, other: str
) -> None:
    assert not differ(one, other)


def test_the_law_and_a_report_of_it_are_not_of_like_weight() -> None:
    law = source("law", authority=Authority.ENACTED_TEXT)
    report, old = source("report"), source("old", superseded_by="report")
    assert not alike(law, report)
    assert not alike(old, report)
    assert not alike(report, report)
    assert alike(report, source("other"))


def answered(asked: str, *hits: Hit) -> tuple[list[Statement], tuple[Caveat, ...]]:
    find = found(*hits)
    draft = ExtractiveComposer(BY_COSINE).compose(question(asked), find)
    statements = [
        g.statement for g in ground(draft, find, LexicalVerifier()) if g.statement is not None
    ]
    return statements, caveats(question(asked), None, statements, find, (), 5, str)


def test_sources_that_differ_stand_side_by_side_with_date_and_source() -> None:
    statements, noted = answered(
        "How many passengers did the ferry carry in 2024?",
        hit("The ferry carried 400 passengers in 2024.", (0.9,), source("a")),
        hit("Weather was fine.", (0.6,), source("b")),
        hit("The ferry carried 300 passengers in 2024.", (0.7,), source("c", published="2025-02")),
    )
    assert [s.citations[0].source.id for s in statements[:2]] == ["a", "c"]
    assert statements[1].label == "Differs"
    (caveat,) = noted
    assert caveat.kind == "disagreement"
    assert "Publisher of a (20 June 2025)" in caveat.text
    assert "Publisher of c (February 2025)" in caveat.text
    assert caveat.statements == (0, 1)


def test_a_text_that_says_that_accounts_differ_on_what_is_asked_is_shown_beside() -> None:
    told = "Sources differ on when the ferry sank: one says 1990, another 1991."
    statements, noted = answered(
        "When did the ferry sink?",
        hit("The ferry did sink in 1990.", (0.9,), source("a")),
        hit(told, (0.8,), source("b")),
    )
    assert statements[1].text == told
    assert [c.kind for c in noted] == ["disagreement"]
    statements, noted = answered(
        "Why was the ferry so slow?",
        hit("The ferry was slow because of its engine.", (0.9,), source("a")),
        hit(told, (0.8,), source("b")),
    )
    assert noted == ()


def test_judgements_from_both_sides_are_a_disagreement_where_advice_is_asked_for() -> None:
    friends = source("a", kind=Kind.ASSOCIATION, standpoint=Standpoint.SUPPORTIVE)
    critics = source("b", kind=Kind.THINK_TANK, standpoint=Standpoint.CAUTIONARY)
    sides = (
        hit("The ferry is of great benefit.", (0.9,), friends),
        hit("The ferry is a grave risk.", (0.8,), critics),
    )
    _, noted = answered("Should we keep the ferry?", *sides)
    assert "disagreement" in {c.kind for c in noted}
    _, noted = answered("What is the benefit of the ferry?", *sides)
    assert "disagreement" not in {c.kind for c in noted}
