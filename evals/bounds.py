"""Exact bounds of a rate, and how many cases a limit needs."""

from __future__ import annotations


def upper_bound(events: float, n: float, confidence: float = 0.95) -> float:
    """One-sided upper bound of a rate (Clopper and Pearson, 1934); 1 where nothing was tried.
    Both may be fractions, as an effective number of cases is.
    """
    from scipy.stats import beta

    if events >= n:
        return 1.0
    return float(beta.ppf(confidence, events + 1, n - events))


def lower_bound(events: float, n: float, confidence: float = 0.95) -> float:
    """One-sided lower bound of a rate, as `upper_bound`; 0 where nothing was tried."""
    return 1.0 - upper_bound(n - events, n, confidence)


def needed(limit: float, rate: float = 0.0, confidence: float = 0.95) -> int | None:
    """The smallest number of independent cases at which a rate seen keeps its upper bound within
    the limit; None where no number would, as the rate reaches the limit.

    Raises:
        ValueError: the limit does not lie between 0 and 1.
    """
    if not 0 < limit < 1:
        raise ValueError("a limit lies between 0 and 1")
    if rate >= limit:
        return None
    low, high = 0, 2
    while upper_bound(rate * high, high, confidence) > limit:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if upper_bound(rate * middle, middle, confidence) > limit:
            low = middle
        else:
            high = middle
    return high
