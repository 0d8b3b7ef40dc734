"""The project's own cases: enough of every kind, balanced, and true to the notes they name."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import get_args

import pytest

from assistant.types import CaveatKind
from corpus.catalogue import list_files, read_document
from corpus.types import Document
from evals.checking import check_cases
from evals.locating import holders
from evals.reading import own_cases, split_of
from evals.types import TYPES, Case

NOTES = Path(__file__).parents[2] / "corpus" / "sources"


@pytest.fixture(scope="module")
def cases() -> tuple[Case, ...]:
    return own_cases()


@pytest.fixture(scope="module")
def notes() -> dict[str, Document]:
    return {d.source.id: d for d in map(read_document, list_files([NOTES]).entries)}


def test_every_source_and_every_word_that_a_case_names_is_there(
    cases: tuple[Case, ...], notes: dict[str, Document]
) -> None:
    assert check_cases(cases, notes, lambda id_: notes[id_].text) == []


def test_there_are_two_hundred_cases_and_ten_of_every_type(cases: tuple[Case, ...]) -> None:
    types = Counter(case.type for case in cases)
    assert len(cases) >= 200
    assert set(types) == set(TYPES)
    assert min(types.values()) >= 10


def test_a_case_falls_to_its_half_by_the_fixed_rule_and_its_variants_with_it(
    cases: tuple[Case, ...],
) -> None:
    by_id = {case.id: case for case in cases}
    assert len(by_id) == len(cases)
    assert all(case.split == split_of(case.id, case.pair, case.wording_of) for case in cases)
    assert all(case.split == by_id[case.wording_of].split for case in cases if case.wording_of)
    pairs = defaultdict(set)
    for case in cases:
        pairs[case.pair].add(case.split)
    assert all(len(halves) == 1 for pair, halves in pairs.items() if pair)
    assert 0.25 < sum(case.split == "test" for case in cases) / len(cases) < 0.42


def test_sixty_near_misses_cannot_be_answered_and_say_what_comes_near(
    cases: tuple[Case, ...],
) -> None:
    misses = [case for case in cases if case.type == "NA" and case.turns[0].nearest]
    assert len(misses) >= 60
    assert not any(turn.answerable for case in misses for turn in case.turns)


def test_thirty_matters_are_asked_about_from_both_sides(cases: tuple[Case, ...]) -> None:
    pairs = defaultdict(list)
    for case in cases:
        if case.pair:
            pairs[case.pair].append(case)
    assert len(pairs) >= 30
    for sides in pairs.values():
        assert sorted(case.side for case in sides) == ["benefits", "risks"]
        assert all(case.turns[0].facts for case in sides)


def test_thirty_cases_mislead_without_their_exception(cases: tuple[Case, ...]) -> None:
    turns = [turn.facts or () for case in cases for turn in case.turns]
    limited = [facts for facts in turns if {fact.limit for fact in facts} == {True, False}]
    assert len(limited) >= 30


def test_fifteen_cases_expect_each_kind_of_caveat(cases: tuple[Case, ...]) -> None:
    kinds = Counter(
        kind for case in cases for turn in case.turns for kind in set(turn.caveats or ())
    )
    assert {kind for kind, number in kinds.items() if number >= 15} >= set(get_args(CaveatKind))


def test_nine_in_ten_answerable_questions_name_the_facts_that_answer(
    cases: tuple[Case, ...],
) -> None:
    turns = [turn for case in cases for turn in case.turns if turn.answerable]
    assert sum(bool(turn.facts) for turn in turns) >= 0.9 * len(turns)


def test_no_jurisdiction_and_no_kind_of_source_is_most_of_what_is_asked(
    cases: tuple[Case, ...], notes: dict[str, Document]
) -> None:
    places: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    asked = 0
    for turn in (turn for case in cases for turn in case.turns if turn.sources):
        named = [notes[id_].source for s in turn.sources or () for id_ in holders(s, notes)]
        asked += 1
        places.update({place for source in named for place in source.jurisdictions})
        kinds.update({source.kind.value for source in named})
    assert len(kinds) >= 8
    assert len([place for place, n in places.items() if n >= 5]) >= 15
    assert max(kinds.values()) < asked / 2
    assert sum(place.startswith("US") for place in places) < len(places)


def test_the_cases_say_that_the_makers_of_the_system_wrote_them() -> None:
    from evals.suites.own import starter

    assert "makers of the system" in starter().made_by
