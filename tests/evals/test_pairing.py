"""Two runs side by side: differences, their chance, and labels exchanged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import a_score

from evals.pairing import difference, pair
from evals.types import Measure

SHARE = Measure("m", "a share")
AUROC = Measure("m", "told apart", statistic="auroc")


def test_a_difference_is_that_of_the_turns_that_both_have_scored() -> None:
    ours = [a_score("a", 1.0), a_score("b", 1.0), a_score("c", None), a_score("d", 0.0)]
    theirs = [a_score("a", 0.0), a_score("b", 1.0), a_score("c", 1.0), a_score("e", 1.0)]
    found = difference(SHARE, ours, theirs)
    assert (found.ours, found.theirs, found.value) == (1.0, 0.5, 0.5)
    assert (found.turns, found.groups, found.apart) == (2, 2, 3)


def test_runs_without_a_common_turn_have_no_difference() -> None:
    found = difference(SHARE, [a_score("a", 1.0)], [a_score("b", 1.0)])
    assert (found.value, found.p, found.turns, found.apart) == (None, None, 0, 2)
    assert pair(SHARE, [a_score("a", 1.0)], [a_score("b", 1.0)]).p(0) is None


def test_the_same_run_twice_differs_in_nothing() -> None:
    scores = [a_score(str(n), float(n % 2)) for n in range(30)]
    found = difference(SHARE, scores, scores)
    assert (found.value, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_the_p_of_a_difference_is_the_share_of_label_exchanges_as_large() -> None:
    # Six groups that all differ alike: only the exchange of none or of all is as large.
    ours = [a_score(str(n), 1.0) for n in range(6)]
    theirs = [a_score(str(n), 0.0) for n in range(6)]
    found = difference(SHARE, ours, theirs)
    assert found.p == pytest.approx(2 / 2**6, abs=0.01)
    assert found.p == pair(SHARE, ours, theirs).p(0)


def test_predictions_are_compared_by_their_own_statistic() -> None:
    truths = [float(n % 2) for n in range(40)]
    ours = [a_score(str(n), t, truth=t) for n, t in enumerate(truths)]
    theirs = [a_score(str(n), 0.5, truth=t) for n, t in enumerate(truths)]
    found = difference(AUROC, ours, theirs)
    assert (found.ours, found.theirs, found.value) == (1.0, 0.5, 0.5)
    assert found.p is not None
    assert found.p < 0.01


def test_exchanging_labels_turns_the_groups_that_are_named_and_no_others() -> None:
    ours = [a_score("a", 1.0, group="x"), a_score("b", 1.0, group="x"), a_score("c", 0.5)]
    theirs = [a_score("a", 0.0), a_score("b", 0.25), a_score("c", 0.75)]
    both = pair(SHARE, ours, theirs)
    turned = both.exchanged({"x", "absent"})
    assert turned.ours.values.tolist() == [0.0, 0.25, 0.5]
    assert turned.theirs.values.tolist() == [1.0, 1.0, 0.75]
    assert both.exchanged({}).ours.values.tolist() == both.ours.values.tolist()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=12))
def test_exchanging_every_label_turns_the_difference_round_and_leaves_its_p(
    values: list[tuple[float, float]],
) -> None:
    ours = [a_score(str(n), a) for n, (a, _) in enumerate(values)]
    theirs = [a_score(str(n), b) for n, (_, b) in enumerate(values)]
    both = pair(SHARE, ours, theirs)
    turned = both.exchanged(both.ours.names)
    assert turned.values() == both.values()[::-1]
    assert turned.p(0) == both.p(0)
