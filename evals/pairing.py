"""Two runs' scores of the same turns: what differs, how sure it is, what chance would give."""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from evals.runs import Run
from evals.scoring import EVERY_MEASURE
from evals.statistics import (
    SLOW_RESAMPLES,
    STATISTICS,
    Floats,
    Rows,
    finite,
    percentiles,
    resampled,
)
from evals.types import Measure, Score

PERMUTATIONS = 5000


@dataclass(frozen=True, slots=True)
class Difference:
    """`ours - theirs` by one measure over the turns that both have scored.

    `p` is the chance of a difference as large, were the two runs' labels given by chance. `apart`
    counts turns that only one of the two scored.
    """

    ours: float | None
    theirs: float | None
    value: float | None
    low: float | None
    high: float | None
    p: float | None
    turns: int
    groups: int
    apart: int


@dataclass(frozen=True, slots=True)
class Pairing:
    """The turns that two runs have both scored by a measure, in one order; `apart` counts those
    that only one of the two has.
    """

    measure: Measure
    ours: Rows
    theirs: Rows
    apart: int

    @property
    def turns(self) -> int:
        return len(self.ours.values)

    def exchanged(self, names: Container[str]) -> Pairing:
        """The same with the labels of the two runs exchanged in the groups of these names."""
        groups = np.asarray([name in names for name in self.ours.names], dtype=bool)
        here = groups[self.ours.group]
        a, b = self.ours.values, self.theirs.values
        ours, theirs = np.where(here, b, a), np.where(here, a, b)
        return replace(
            self,
            ours=replace(self.ours, values=ours),
            theirs=replace(self.theirs, values=theirs),
        )

    def values(self) -> tuple[float | None, float | None]:
        """The measure of each run."""
        statistic = STATISTICS[self.measure.statistic]
        one, other = (statistic(rows.values, rows.truths) for rows in (self.ours, self.theirs))
        return finite(one), finite(other)

    def p(self, seed: int) -> float | None:
        """The share of label exchanges with a difference as large, at least
        1 / (permutations + 1); None where nothing can be compared.
        """
        one, other = self.values() if self.ours.groups > 1 else (None, None)
        if one is None or other is None:
            return None
        drawn = self._permuted(seed)
        as_large = int((np.abs(drawn) >= abs(one - other) - 1e-12).sum())
        return (as_large + 1) / (len(drawn) + 1)

    def _permuted(self, seed: int) -> Floats:
        """The differences that exchanges of labels by chance give."""
        a, b = self.ours, self.theirs
        if self.measure.statistic == "mean":
            (ours, counts), (theirs, _) = a.sums(), b.sums()
            drawn: Floats = _signs(a.groups, seed) @ (ours - theirs) / counts.sum()
            return drawn
        rng = np.random.default_rng(seed + 1)
        statistic = STATISTICS[self.measure.statistic]
        differences = []
        for swap in rng.random((SLOW_RESAMPLES, a.groups)) < 0.5:
            here = swap[a.group]
            x, y = np.where(here, b.values, a.values), np.where(here, a.values, b.values)
            differences.append(statistic(x, a.truths) - statistic(y, b.truths))
        return np.asarray([value for value in differences if math.isfinite(value)])


def pair(measure: Measure, ours: Sequence[Score], theirs: Sequence[Score]) -> Pairing:
    """The turns that both runs have scored."""
    a = {s.key: s for s in ours if s.measure == measure.scores and s.state == "scored"}
    b = {s.key: s for s in theirs if s.measure == measure.scores and s.state == "scored"}
    both = sorted(key for key in a if key in b)
    first = Rows.of([a[key] for key in both])
    # The same turn belongs to the same group, whatever a later edition of the cases says.
    second = Rows.of([replace(b[key], group=a[key].group) for key in both])
    return Pairing(measure, first, second, len(a) + len(b) - 2 * len(both))


def difference(
    measure: Measure, ours: Sequence[Score], theirs: Sequence[Score], seed: int = 0
) -> Difference:
    """The paired difference of two runs by a measure, with a bootstrap interval over groups and a
    permutation test that exchanges the runs' labels group by group (Efron and Tibshirani, "An
    Introduction to the Bootstrap", 1993, chapters 8 and 15).
    """
    both = pair(measure, ours, theirs)
    turns, groups = both.turns, both.ours.groups
    one, other = both.values() if turns else (None, None)
    if one is None or other is None:
        return Difference(one, other, None, None, None, None, turns, groups, both.apart)
    value, low, high = one - other, None, None
    if groups > 1:
        # The same seed draws the same groups for both.
        drawn = resampled(measure, both.ours, seed) - resampled(measure, both.theirs, seed)
        low, high = percentiles(drawn, value)
    return Difference(one, other, value, low, high, both.p(seed), turns, groups, both.apart)


def against_baselines(run: Run) -> dict[str, dict[str, Difference]]:
    """For each plain baseline of a run the differences, ours minus its, by the measures that both
    have.
    """
    ours = run.scores()
    return {
        name: {
            measure.name: found
            for measure in EVERY_MEASURE
            if (found := difference(measure, ours, theirs, run.info.seed)).value is not None
        }
        for name, theirs in run.baselines().items()
    }


@lru_cache(maxsize=32)
def _signs(groups: int, seed: int) -> Floats:
    """Exchanges of labels as signs (permutations, groups)."""
    rng = np.random.default_rng(seed + 1)
    return np.where(rng.random((PERMUTATIONS, groups)) < 0.5, -1.0, 1.0)
