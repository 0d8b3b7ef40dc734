"""Cases beside the collection: what is wrong with them, before anybody trusts their figures."""

from __future__ import annotations

from made import FACT, LIMIT, TEXTS, a_case

from evals.checking import Flaw, check_cases, check_keys
from evals.types import Case


def said(*cases: Case) -> list[tuple[str, bool]]:
    return [(flaw.text, flaw.error) for flaw in check_cases(cases, TEXTS, TEXTS.__getitem__)]


def test_a_good_case_has_no_flaw() -> None:
    assert said(a_case(sources=["bridge", "tunnel"], facts=[FACT, LIMIT], caveats=["date"])) == []
    assert said(a_case(type="NA", nearest=["ferry"])) == []


def test_a_missing_source_is_an_error_wherever_it_is_named() -> None:
    gone = FACT | {"source": "gone"}
    flaws = said(a_case(sources=["missing"], nearest=["away"], facts=[gone]))
    assert flaws == [(f"there is no source {id!r}", True) for id in ("missing", "away", "gone")]


def test_words_that_are_not_in_their_source_are_an_error() -> None:
    ((text, error),) = said(a_case(sources=["bridge"], facts=[FACT | {"words": "painted red"}]))
    assert error
    assert text == "these words are not in bridge: 'painted red'"


def test_what_cannot_be_answered_names_nothing_that_answers_it() -> None:
    assert said(a_case(type="NA", sources=["bridge"])) == [
        ("it is not answerable, and yet names sources or facts that answer it", True)
    ]
    assert said(a_case(answerable=None, sources=["bridge"])) == []


def test_a_wording_needs_its_case_and_a_pair_both_sides() -> None:
    assert ("it words 'gone' anew, which is no case here", True) in said(
        a_case("b", "OW", wording_of="gone", sources=["bridge"])
    )
    assert ("the pair 'p' has not two sides", True) in said(
        a_case("b", pair="p", side="risks", sources=["bridge"])
    )


def test_what_is_only_odd_is_a_note_and_no_error() -> None:
    flaws = said(a_case(type="ZZ", answerable=True, sources=[], caveats=["mood"]))
    assert [error for _, error in flaws] == [False, False, False]


def test_a_key_that_nothing_reads_is_a_note_that_names_it() -> None:
    rows = [{"id": "a", "turns": [{"question": "When?"}, {"question": "Why?", "tpye": "SF"}]}]
    assert check_keys(rows) == [Flaw("a", 1, "nothing reads the key 'tpye'", error=False)]


def test_a_flaw_names_its_turn() -> None:
    turns = [
        {"question": "When?", "sources": ["bridge"]},
        {"question": "Why?", "sources": ["gone"]},
    ]
    (flaw,) = check_cases([a_case(type="FU", turns=turns)], TEXTS, TEXTS.__getitem__)
    assert (flaw.case, flaw.turn) == ("c1", 1)
