"""Exact bounds, against their definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.bounds import lower_bound, needed, upper_bound


def test_exact_bounds_are_those_of_the_definition() -> None:
    # None of n: (1 - p) ** n = 0.05.
    assert upper_bound(0, 59) == pytest.approx(1 - 0.05 ** (1 / 59))
    assert lower_bound(59, 59) == pytest.approx(0.05 ** (1 / 59))
    assert upper_bound(0, 0) == upper_bound(5, 5) == 1
    assert lower_bound(0, 0) == lower_bound(0, 5) == 0


def test_the_number_of_cases_that_a_limit_needs_is_the_smallest_that_does() -> None:
    # The well-known 59 without one event for 5 %.
    assert needed(0.05) == 59
    assert needed(0.05, 0.05) is None
    for impossible in (0.0, 1.0, -0.1):
        with pytest.raises(ValueError, match="between 0 and 1"):
            needed(impossible)


@given(st.floats(0.01, 0.9), st.floats(0, 0.9))
def test_what_is_needed_is_enough_and_one_less_is_not(limit: float, share: float) -> None:
    rate = share * limit
    n = needed(limit, rate)
    assert n is not None
    assert upper_bound(rate * n, n) <= limit
    assert upper_bound(rate * (n - 1), n - 1) > limit
