"""Two runs of the same cases: what differs, how sure that is, and in which cases."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from corpus.errors import CorpusError
from evals.pairing import Difference, difference, pair
from evals.runs import Run
from evals.scoring import EVERY_MEASURE, TESTED_MEASURES
from evals.types import Measure, Score

Verdict = Literal["better", "worse", "not shown", "too few", "not tested"]

# Chance of claiming any difference where there is none, over all measures that are tested.
ALPHA = 0.05
FEWEST_GROUPS = 20
# Two-sided 5 % and a power of 80 %: the usual sum of normal quantiles.
_POWER = 1.96 + 0.84


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure: the difference A - B overall and by type, and what may be said of it.

    `p` is adjusted for all measures tested (Holm, 1979). `needed` is about how many independent
    cases would tell a difference of this size with a power of 80 %.
    """

    measure: Measure
    difference: Difference
    types: Mapping[str, Difference]
    p: float | None
    verdict: Verdict
    needed: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One turn of which A is better or worse than B: by measure, the values of A and of B."""

    case: str
    turn: int
    type: str
    better: Mapping[str, tuple[float, float]]
    worse: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two runs differ in; `changes` has the turns that differ, most of it first."""

    measures: tuple[Compared, ...]
    changes: tuple[Change, ...]

    @property
    def tested(self) -> list[Compared]:
        """The measures of which something may be claimed."""
        return [compared for compared in self.measures if compared.verdict != "not tested"]

    @property
    def verdict(self) -> str:
        """The whole in a sentence or two, no surer than the cases allow."""
        tested = self.tested
        better = [c.measure.name for c in tested if c.verdict == "better"]
        worse = [c.measure.name for c in tested if c.verdict == "worse"]
        if not tested:
            return "Nothing can be compared: no case was scored in both runs."
        if better and not worse:
            return (
                f"A is better than B in {_listed(better)}; in none of the measures tested is it "
                "shown to be worse."
            )
        if worse and not better:
            return (
                f"A is worse than B in {_listed(worse)}; in none of the measures tested is it "
                "shown to be better."
            )
        if better and worse:
            return f"A is better than B in {_listed(better)}, and worse in {_listed(worse)}."
        if all(c.verdict == "too few" for c in tested):
            return (
                f"Too few cases to tell: fewer than {FEWEST_GROUPS} that are independent of each "
                "other. That no difference is shown does not mean that there is none."
            )
        return (
            "No difference is shown. That does not mean that there is none: each line says how "
            "many cases would tell one of the size seen."
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "measures": {
                c.measure.name: asdict(c.difference)
                | {"adjusted_p": c.p, "verdict": c.verdict, "needed": c.needed}
                | {"types": {type_: asdict(d) for type_, d in c.types.items()}}
                for c in self.measures
            },
            "changes": [asdict(change) for change in self.changes],
        }

    def as_text(self) -> str:
        lines = [self.verdict, "", "A - B, with 95 % intervals:"]
        lines += [_line(compared) for compared in self.measures]
        lines += ["", "By type, not tested, where the interval leaves out 0:"]
        lines += [
            f"  {c.measure.name:22} {type_:4} {_told(d)}  {d.turns} questions"
            for c in self.tested
            for type_, d in c.types.items()
            if not _over_zero(d)
        ]
        lines += ["", f"{len(self.changes)} questions differ:"] if self.changes else []
        for change in self.changes:
            told = [f"+{name} {_moved(v)}" for name, v in change.better.items()]
            told += [f"-{name} {_moved(v)}" for name, v in change.worse.items()]
            lines.append(f"  {change.case}:{change.turn + 1} [{change.type}] {', '.join(told)}")
        return "\n".join(lines)


def compare_runs(a: Run, b: Run) -> Comparison:
    """The paired comparison of two runs.

    Raises:
        CorpusError: one is not finished or cannot be read.
    """
    ours, theirs = paired_scores(a, b)
    tested = {measure.name for measure in TESTED_MEASURES}
    return compare(ours, theirs, EVERY_MEASURE, tested, a.info.seed)


def paired_scores(a: Run, b: Run) -> tuple[list[Score], list[Score]]:
    """The scores of two finished runs for what both asked in the same words.

    Raises:
        CorpusError: one is not finished or cannot be read, or they have no question in common.
    """
    a.summary(), b.summary()
    one, other = _asked(a), _asked(b)
    unlike = {key for key in one.keys() & other.keys() if one[key] != other[key]}
    ours = [score for score in a.scores() if score.key not in unlike]
    theirs = [score for score in b.scores() if score.key not in unlike]
    if not {score.key for score in ours} & {score.key for score in theirs}:
        raise CorpusError(
            f"{a.name} and {b.name} have no question in common.", "Compare runs of the same cases."
        )
    return ours, theirs


def _asked(run: Run) -> dict[tuple[str, int], tuple[str, tuple[str, ...], str]]:
    return {
        (case.id, number): (turn.question, turn.history, turn.filters.model_dump_json())
        for case in run.cases()
        for number, turn in enumerate(case.turns)
    }


def compare(
    a: Sequence[Score],
    b: Sequence[Score],
    measures: Iterable[Measure],
    tested: Iterable[str],
    seed: int = 0,
) -> Comparison:
    """The paired comparison of two runs' scores; verdicts only on measures that are `tested`."""
    names = frozenset(tested)
    ours, theirs = _by_measure(a), _by_measure(b)
    told = [
        (measure, found)
        for measure in measures
        if (found := difference(measure, ours[measure.scores], theirs[measure.scores], seed)).turns
        and found.value is not None
    ]
    adjusted = holm({m.name: d.p for m, d in told if m.name in names and d.p is not None})
    compared = tuple(
        _compared(
            measure,
            found,
            _by_type(measure, ours[measure.scores], theirs[measure.scores], seed),
            measure.name in names,
            adjusted,
        )
        for measure, found in told
    )
    return Comparison(compared, _changes(a, b, [m for m, _ in told if m.name in names]))


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """p-values adjusted for all of them together (Holm, "A simple sequentially rejective multiple
    test procedure", 1979).
    """
    adjusted: dict[str, float] = {}
    highest = 0.0
    for rank, name in enumerate(sorted(p, key=lambda name: p[name])):
        highest = max(highest, min(1.0, (len(p) - rank) * p[name]))
        adjusted[name] = highest
    return adjusted


def false_alarms(
    a: Sequence[Score],
    b: Sequence[Score],
    measures: Iterable[Measure],
    swaps: int,
    seed: int = 0,
) -> float:
    """How often (0..1) a difference would be claimed in any measure, were the labels of the two
    runs exchanged by chance, group by group: the share of false alarms.
    """
    chance = random.Random(seed)
    groups = sorted({score.group for score in a})
    pairings = [pair(measure, a, b) for measure in measures]
    alarms = 0
    for _ in range(swaps):
        swapped = {group for group in groups if chance.random() < 0.5}
        found = {p.measure.name: p.exchanged(swapped).p(seed) for p in pairings if p.turns}
        adjusted = holm({name: p for name, p in found.items() if p is not None})
        alarms += any(p < ALPHA for p in adjusted.values())
    return alarms / swaps


def _compared(
    measure: Measure,
    found: Difference,
    types: Mapping[str, Difference],
    tested: bool,
    adjusted: Mapping[str, float],
) -> Compared:
    p = adjusted.get(measure.name)
    verdict: Verdict = "not shown"
    if not tested or measure.better == "neither":
        verdict = "not tested"
    elif found.groups < FEWEST_GROUPS:
        verdict = "too few"
    elif p is not None and p < ALPHA and not _over_zero(found):
        up = (found.value or 0.0) > 0
        verdict = "better" if up == (measure.better == "higher") else "worse"
    return Compared(measure, found, types, p, verdict, _needed(found))


def _over_zero(found: Difference) -> bool:
    return found.low is None or found.high is None or found.low <= 0 <= found.high


def _needed(found: Difference) -> int | None:
    """Independent cases that tell a difference of the size seen, from the width of its interval:
    the standard error falls with the square root of their number. None of a difference within its
    standard error, whose size says nothing.
    """
    if not found.value or found.low is None or found.high is None:
        return None
    error = (found.high - found.low) / (2 * 1.96)
    if abs(found.value) < error:
        return None
    return max(FEWEST_GROUPS, round(found.groups * (_POWER * error / found.value) ** 2))


def _by_measure(scores: Iterable[Score]) -> Mapping[str, Sequence[Score]]:
    told: defaultdict[str, list[Score]] = defaultdict(list)
    for score in scores:
        told[score.measure].append(score)
    return told


def _by_type(
    measure: Measure, a: Sequence[Score], b: Sequence[Score], seed: int
) -> dict[str, Difference]:
    types = sorted({score.type for score in a})
    found = {t: difference(measure, [s for s in a if s.type == t], b, seed) for t in types}
    return {t: replace(d, apart=0) for t, d in found.items() if d.value is not None}


def _changes(
    a: Sequence[Score], b: Sequence[Score], measures: Sequence[Measure]
) -> tuple[Change, ...]:
    """The turns whose own scores differ; a measure of many turns at once has none."""
    better: dict[tuple[str, int], dict[str, tuple[float, float]]] = {}
    worse: dict[tuple[str, int], dict[str, tuple[float, float]]] = {}
    types = {score.key: score.type for score in a}
    for measure in measures:
        if measure.statistic != "mean" or measure.better == "neither":
            continue
        theirs = {s.key: s.value for s in b if s.measure == measure.scores}
        for score in (s for s in a if s.measure == measure.scores):
            other = theirs.get(score.key)
            if score.value is None or other is None or score.value == other:
                continue
            up = (score.value > other) == (measure.better == "higher")
            side = better if up else worse
            side.setdefault(score.key, {})[measure.name] = (score.value, other)
    keys = sorted({*better, *worse})
    changes = [Change(*key, types[key], better.get(key, {}), worse.get(key, {})) for key in keys]
    return tuple(sorted(changes, key=lambda c: -len(c.worse) - len(c.better)))


def _line(compared: Compared) -> str:
    d = compared.difference
    p = "" if compared.p is None else f"p {compared.p:.3f}"
    text = f"  {compared.measure.name:22} {d.ours:8.3f} {d.theirs:8.3f} {_told(d)}"
    return f"{text} {d.turns:4} questions  {p:8} {told_verdict(compared)}"


def _told(d: Difference) -> str:
    interval = "" if d.low is None or d.high is None else f"[{d.low:+.3f}, {d.high:+.3f}]"
    return f"{d.value:+8.3f} {interval:18}"


def told_verdict(compared: Compared) -> str:
    """The verdict with what it rests on: how many independent cases, and how many would tell."""
    d = compared.difference
    apart = f"; {d.apart} scored in one run only" if d.apart else ""
    if compared.verdict != "not shown" or not compared.needed:
        return compared.verdict + apart
    needed = f"about {compared.needed:,} independent cases would tell, here are {d.groups:,}"
    return f"not shown; {needed}{apart}"


def _moved(values: tuple[float, float]) -> str:
    return f"{values[1]:.2f} -> {values[0]:.2f}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
