"""Statistics of scores: figures with intervals, bounds, agreement.

Intervals are at 95 %. Turns of one group (a document, a conversation) are not independent, so
whole groups are drawn, never single turns (cluster bootstrap: Davison and Hinkley, "Bootstrap
Methods and their Application", 1997, section 3.8; percentiles).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evals.bounds import lower_bound, upper_bound
from evals.types import Figure, Measure, Score

Floats = NDArray[np.float64]
Statistic = Callable[[Floats, Floats], float]

RESAMPLES = 2000
# What is no mean is computed anew for each resample, which is slower.
SLOW_RESAMPLES = 500
BINS = 10
WRONG_AT_MOST = 0.05


def mean(values: Floats, _: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan


def median(values: Floats, _: Floats) -> float:
    return float(np.median(values)) if len(values) else math.nan


def p95(values: Floats, _: Floats) -> float:
    return float(np.percentile(values, 95)) if len(values) else math.nan


def auroc(values: Floats, truths: Floats) -> float:
    """Area under the ROC curve from the ranks (Hanley and McNeil, 1982); ties count half."""
    from scipy.stats import rankdata

    positive = truths > 0.5
    yes, no = int(positive.sum()), int((~positive).sum())
    if not yes or not no:
        return math.nan
    return float((rankdata(values)[positive].sum() - yes * (yes + 1) / 2) / (yes * no))


def brier(values: Floats, truths: Floats) -> float:
    """Mean squared error of probabilities (Brier, 1950)."""
    return float(np.mean((values - truths) ** 2)) if len(values) else math.nan


def calibration_error(values: Floats, truths: Floats) -> float:
    """Expected calibration error over ten equal bins (Naeini, Cooper and Hauskrecht, 2015)."""
    if not len(values):
        return math.nan
    bins = np.minimum((values * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, values - truths, BINS)
    return float(np.abs(gaps).sum() / len(values))


def risk_coverage(values: Floats, truths: Floats) -> tuple[Floats, Floats]:
    """Coverage (m,) and risk (m,) when only questions of at least a likelihood are answered, for
    each likelihood that occurs, highest first: the share of all questions that is answered, and
    the share of those that could not be (El-Yaniv and Wiener, 2010). Ties are answered together.
    """
    order = np.argsort(-values, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(values[order])), len(values) - 1)
    answered = ends + 1
    wrong = np.cumsum(truths[order] < 0.5)[ends]
    return answered / len(values), wrong / answered


def aurc(values: Floats, truths: Floats) -> float:
    """Area under risk over coverage, each risk held over the coverage that it adds (Geifman,
    Uziel and El-Yaniv, 2019).
    """
    if not len(values):
        return math.nan
    coverage, risk = risk_coverage(values, truths)
    return float(np.sum(risk * np.diff(coverage, prepend=0.0)))


def coverage_at_5(values: Floats, truths: Floats) -> float:
    """Largest share of the answerable that is answered while at most 5 % of all that is answered
    is not answerable.
    """
    answerable = float((truths > 0.5).sum())
    if not answerable:
        return math.nan
    coverage, risk = risk_coverage(values, truths)
    right = coverage * len(values) * (1 - risk)
    return float(np.max(right[risk <= WRONG_AT_MOST], initial=0.0) / answerable)


def macro_f1(values: Floats, truths: Floats) -> float:
    """Mean of the F1 of yes and of no, for predictions that are yes from 0.5 on."""
    from sklearn.metrics import f1_score

    if len(np.unique(truths)) < 2:
        return math.nan
    return float(f1_score(truths > 0.5, values >= 0.5, average="macro", zero_division=0.0))


def balanced_accuracy(values: Floats, truths: Floats) -> float:
    """Mean of the shares of yes and of no that are told rightly; yes from 0.5 on."""
    said, true = values >= 0.5, truths > 0.5
    if true.all() or not true.any():
        return math.nan
    return float((said[true].mean() + (~said[~true]).mean()) / 2)


def spearman(values: Floats, truths: Floats) -> float:
    """Rank correlation (Spearman, 1904)."""
    from scipy.stats import spearmanr

    if len(values) < 3 or np.ptp(values) == 0 or np.ptp(truths) == 0:
        return math.nan
    return float(spearmanr(values, truths).statistic)


def pearson(values: Floats, truths: Floats) -> float:
    """Linear correlation."""
    if len(values) < 3 or np.ptp(values) == 0 or np.ptp(truths) == 0:
        return math.nan
    return float(np.corrcoef(values, truths)[0, 1])


STATISTICS: dict[str, Statistic] = {
    "mean": mean, "median": median, "p95": p95, "auroc": auroc, "brier": brier,
    "calibration_error": calibration_error, "aurc": aurc, "coverage_at_5": coverage_at_5,
    "macro_f1": macro_f1, "balanced_accuracy": balanced_accuracy, "spearman": spearman,
    "pearson": pearson,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """Values and truths (n,) with the number of each one's group (n,), by its place in `names`."""

    values: Floats
    truths: Floats
    group: NDArray[np.intp]
    names: tuple[str, ...]

    @classmethod
    def of(cls, scores: Sequence[Score]) -> Rows:
        names = sorted({score.group for score in scores})
        place = {name: i for i, name in enumerate(names)}
        return cls(
            np.asarray([score.value for score in scores], dtype=np.float64),
            np.asarray([score.truth or 0.0 for score in scores], dtype=np.float64),
            np.asarray([place[score.group] for score in scores], dtype=np.intp),
            tuple(names),
        )

    @property
    def groups(self) -> int:
        return len(self.names)

    def sums(self) -> tuple[Floats, Floats]:
        """The sum of values (groups,) and the number of turns (groups,) of each group."""
        return (
            np.bincount(self.group, self.values, self.groups).astype(np.float64),
            np.bincount(self.group, minlength=self.groups).astype(np.float64),
        )

    def members(self) -> list[NDArray[np.intp]]:
        order = np.argsort(self.group, kind="stable")
        return np.split(order, np.cumsum(np.bincount(self.group, minlength=self.groups))[:-1])


def figure(measure: Measure, scores: Sequence[Score], seed: int = 0) -> Figure:
    """The measure over the scores that it reads, overall and for each type of case."""
    read = [score for score in scores if score.measure == measure.scores]
    types = sorted({score.type for score in read})
    by_type = {t: _figure(measure, [s for s in read if s.type == t], seed) for t in types}
    return replace(_figure(measure, read, seed), types=by_type)


def _figure(measure: Measure, scores: Sequence[Score], seed: int) -> Figure:
    scored = [score for score in scores if score.state == "scored"]
    unscored = sum(score.state == "unscored" for score in scores)
    tokens = [score.tokens for score in scored if score.tokens is not None]
    value = low = high = None
    if scored:
        rows = Rows.of(scored)
        value = finite(STATISTICS[measure.statistic](rows.values, rows.truths))
    if value is not None:
        low, high = _interval(measure, rows, value, seed)
    return Figure(
        value, low, high, len(scored), unscored, len(scores) - len(scored) - unscored,
        sum(tokens) / len(tokens) if tokens else None,
    )  # fmt: skip


def _interval(
    measure: Measure, rows: Rows, value: float, seed: int
) -> tuple[float | None, float | None]:
    if measure.share and measure.statistic == "mean" and np.isin(rows.values, (0.0, 1.0)).all():
        return rate_bounds(rows, 0.975)
    if rows.groups < 2:
        return None, None
    return percentiles(resampled(measure, rows, seed), value)


def rate_bounds(rows: Rows, confidence: float) -> tuple[float, float]:
    """One-sided bounds of the rate of 0s and 1s: exact ones (Clopper and Pearson, 1934) for as
    many cases as they are worth. No bound lies closer than where all were alike, which is known of
    no more than so many groups.
    """
    rate, n = float(rows.values.mean()), effective(rows)
    low = min(
        lower_bound(rate * n, n, confidence), lower_bound(rows.groups, rows.groups, confidence)
    )
    high = max(upper_bound(rate * n, n, confidence), upper_bound(0, rows.groups, confidence))
    return low, high


def resampled(measure: Measure, rows: Rows, seed: int) -> Floats:
    """The statistic of each resample, NaN where it cannot be told of one."""
    rng = np.random.default_rng(seed)
    if measure.statistic == "mean":
        sums, counts = rows.sums()
        drawn = rng.integers(rows.groups, size=(RESAMPLES, rows.groups))
        return np.asarray(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), dtype=np.float64)
    statistic, members = STATISTICS[measure.statistic], rows.members()
    told = []
    for drawn in rng.integers(rows.groups, size=(SLOW_RESAMPLES, rows.groups)):
        chosen = np.concatenate([members[i] for i in drawn])
        told.append(statistic(rows.values[chosen], rows.truths[chosen]))
    return np.asarray(told, dtype=np.float64)


def percentiles(drawn: Floats, value: float) -> tuple[float | None, float | None]:
    """The 95 % interval of a statistic from its resamples, which holds its `value`."""
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return None, None
    low, high = np.percentile(known, [2.5, 97.5])
    return min(float(low), value), max(float(high), value)


def lower_mean(rows: Rows, seed: int = 0) -> float:
    """One-sided 95 % lower bound of the mean of values in 0..1, by bootstrap over groups; no
    higher than were all values alike, where it is the exact bound for so many groups.
    """
    drawn = resampled(Measure("", ""), rows, seed)
    alike = float(rows.values.mean()) * lower_bound(rows.groups, rows.groups)
    return min(float(np.percentile(drawn, 5)), alike)


def effective(rows: Rows) -> float:
    """How many independent cases the 0s and 1s of grouped turns are worth: fewer than they are by
    the design effect (Kish, "Survey Sampling", 1965) and by how badly few groups tell it (Korn and
    Graubard, Survey Methodology, 1998). Where all are alike, which hides how far groups agree,
    they are worth as many as there are groups.
    """
    from scipy.stats import t

    n = len(rows.values)
    rate = float(rows.values.mean()) if n else 0.0
    if rate in (0.0, 1.0) or rows.groups < 2:
        return float(rows.groups)
    sums, counts = rows.sums()
    spread = float(np.sum((sums - rate * counts) ** 2)) / n**2
    worth = min(float(n), rate * (1 - rate) / spread) if spread else float(n)
    of_few = float(t.ppf(0.975, n - 1) / t.ppf(0.975, rows.groups - 1)) ** 2
    return worth * of_few


def kappa(a: Sequence[str], b: Sequence[str], ranked: Sequence[str] | None = None) -> float | None:
    """Cohen's kappa (1960) of two raters' verdicts; None where it cannot be told, as with one
    verdict only. With all verdicts `ranked`, near ones count as partly the same (linear weights).
    """
    from sklearn.metrics import cohen_kappa_score

    if not a or len(set(a) | set(b)) < 2:
        return None
    weights = "linear" if ranked else None
    labels = list(ranked) if ranked else None
    return finite(float(cohen_kappa_score(a, b, weights=weights, labels=labels)))


def finite(value: float) -> float | None:
    """The value, or None where it is none."""
    return value if math.isfinite(value) else None
