"""What people think of answers: their verdicts in a run folder, and how far they agree."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from pydantic import TypeAdapter, ValidationError

from corpus.errors import CorpusError
from evals.bounds import lower_bound, upper_bound
from evals.runs import Run
from evals.statistics import SLOW_RESAMPLES, kappa, percentiles

Verdict = Literal["right", "incomplete", "misleading", "would cause a wrong decision"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
FOLDER = "ratings"
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Rating:
    """One person's verdict on one turn; `at` is an ISO time."""

    case: str
    turn: int
    rater: str
    verdict: Verdict
    at: str
    note: str = ""

    @property
    def key(self) -> Key:
        return self.case, self.turn


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a rater gave each verdict, and the share of right ones with its exact 95 %
    interval.
    """

    rater: str
    rated: int
    verdicts: Mapping[str, int]
    right: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two raters over the turns that both rated: how often they say the same, Cohen's kappa with
    its 95 % interval, and kappa with near misses counting less (linear weights); None where they
    cannot be told.
    """

    raters: tuple[str, str]
    both: int
    same: float | None
    kappa: float | None
    low: float | None
    high: float | None
    weighted: float | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A turn on which raters differ."""

    case: str
    turn: int
    question: str
    ratings: tuple[Rating, ...]


@dataclass(frozen=True, slots=True)
class Ratings:
    """What people said of a run."""

    tallies: tuple[Tally, ...]
    agreements: tuple[Agreement, ...]
    disagreements: tuple[Disagreement, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        lines = [_tally_line(tally) for tally in self.tallies]
        lines += [_agreement_line(agreement) for agreement in self.agreements]
        lines += [f"{len(self.disagreements)} disagreements:"] if self.disagreements else []
        for found in self.disagreements:
            lines.append(f"  {found.case}:{found.turn + 1} {found.question}")
            lines += [
                f"    {r.rater}: {r.verdict}{f' ({r.note})' if r.note else ''}"
                for r in found.ratings
            ]
        return "\n".join(lines)


_RATING = TypeAdapter(Rating)


def ratings_of(run: Run) -> dict[str, dict[Key, Rating]]:
    """Each rater's last verdict on each turn.

    Raises:
        CorpusError: a file of ratings cannot be read.
    """
    told: dict[str, dict[Key, Rating]] = {}
    folder = run.path / FOLDER
    for path in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        for rating in _read(path):
            told.setdefault(rating.rater, {})[rating.key] = rating
    return told


def verdicts(run: Run) -> dict[Key, list[Verdict]]:
    """The last verdict of every rater, by turn."""
    told: dict[Key, list[Verdict]] = {}
    for rated in ratings_of(run).values():
        for key, rating in rated.items():
            told.setdefault(key, []).append(rating.verdict)
    return told


def rate(run: Run, case: str, turn: int, rater: str, verdict: Verdict, note: str = "") -> Rating:
    """Writes a verdict down, for good; a later one of the same rater on the same turn counts
    instead.

    Raises:
        CorpusError: the run folder cannot be written.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    rating = Rating(case, turn, rater, verdict, now, note)
    path = run.path / FOLDER / file_name(rater)
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(rating), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CorpusError(
            f"{path} cannot be written: {error.strerror}.", "Make the run folder writable."
        ) from error
    return rating


def file_name(rater: str) -> str:
    """A rater's file: readable, safe, and no other rater's."""
    readable = re.sub(r"[^a-z0-9]+", "-", rater.lower()).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(rater.encode()).hexdigest()[:8]}.jsonl"


def order(runs: Sequence[Run], rater: str, seed: int, sample: int | None) -> list[tuple[int, Key]]:
    """Which answers a rater gets, as (number of the run, turn), in an order of their own.

    Answers of several runs to one question are all in, and never directly after each other where
    that can be avoided: first one answer to every question comes, then the next ones.
    """
    chance = random.Random(f"{seed}:{rater}")
    turns = [key for key, trial in runs[0].trials().items() if trial.record and trial.record.answer]
    chance.shuffle(turns)
    turns = turns[:sample]
    answered = [run.trials() for run in runs]
    rounds: list[list[tuple[int, Key]]] = [[] for _ in runs]
    for key in turns:
        numbers = [n for n, trials in enumerate(answered) if _answered(trials.get(key))]
        chance.shuffle(numbers)
        for place, number in enumerate(numbers):
            rounds[place].append((number, key))
    return [item for one in rounds for item in one]


def summarise(run: Run) -> Ratings:
    """Tallies, agreement of each two raters, and disagreements.

    Raises:
        CorpusError: the run or its ratings cannot be read.
    """
    told = ratings_of(run)
    questions = {
        (case.id, number): turn.question
        for case in run.cases()
        for number, turn in enumerate(case.turns)
    }
    return Ratings(
        tuple(_tally(rater, list(rated.values())) for rater, rated in told.items()),
        tuple(
            agreement_of((a, b), _said(told[a]), _said(told[b])) for a, b in combinations(told, 2)
        ),
        _disagreements(told, questions),
    )


def agreement_of(
    raters: tuple[str, str], one: Mapping[Key, str], other: Mapping[Key, str]
) -> Agreement:
    """How far two agree on the turns that both rated."""
    both = sorted(one.keys() & other.keys())
    a, b = [one[key] for key in both], [other[key] for key in both]
    same = sum(x == y for x, y in zip(a, b, strict=True)) / len(both) if both else None
    ranked = kappa(a, b, VERDICTS) if {*a, *b} <= set(VERDICTS) else None
    value = kappa(a, b)
    low, high = (None, None) if value is None else _kappa_interval(a, b, value)
    return Agreement(raters, len(both), same, value, low, high, ranked)


def _kappa_interval(
    a: Sequence[str], b: Sequence[str], value: float
) -> tuple[float | None, float | None]:
    """By bootstrap over the turns, always of the same draws."""
    chance = np.random.default_rng(0)
    drawn = [
        np.nan if (k := kappa([a[i] for i in turns], [b[i] for i in turns])) is None else k
        for turns in chance.integers(len(a), size=(SLOW_RESAMPLES, len(a)))
    ]
    return percentiles(np.asarray(drawn), value)


def _said(rated: Mapping[Key, Rating]) -> dict[Key, str]:
    return {key: rating.verdict for key, rating in rated.items()}


def _answered(trial: Any) -> bool:
    return bool(trial and trial.record and trial.record.answer)


def _tally(rater: str, rated: Sequence[Rating]) -> Tally:
    counts = Counter(rating.verdict for rating in rated)
    n, right = len(rated), counts["right"]
    low, high = lower_bound(right, n, 0.975), upper_bound(right, n, 0.975)
    return Tally(rater, n, {v: counts[v] for v in VERDICTS}, right / n, low, high)


def _disagreements(
    told: Mapping[str, Mapping[Key, Rating]], questions: Mapping[Key, str]
) -> tuple[Disagreement, ...]:
    by_turn: dict[Key, list[Rating]] = {}
    for rated in told.values():
        for key, rating in rated.items():
            by_turn.setdefault(key, []).append(rating)
    return tuple(
        Disagreement(*key, questions.get(key, ""), tuple(given))
        for key, given in sorted(by_turn.items())
        if len({rating.verdict for rating in given}) > 1
    )


def _read(path: Path) -> list[Rating]:
    try:
        lines = path.read_bytes().split(b"\n")
        # A last line without its end was cut off by a stop and never confirmed.
        return [_RATING.validate_json(line) for line in lines[:-1] if line.strip()]
    except (OSError, ValidationError) as error:
        raise CorpusError(
            f"{path} cannot be read as ratings.", "Correct the line, or move the file away."
        ) from error


def _tally_line(tally: Tally) -> str:
    counts = ", ".join(f"{count} {verdict}" for verdict, count in tally.verdicts.items() if count)
    share = f"{tally.right:.3f} [{tally.low:.3f}, {tally.high:.3f}]"
    return f"{tally.rater}: {tally.rated} rated, right {share}: {counts}"


def _agreement_line(found: Agreement) -> str:
    def told(value: float | None) -> str:
        return "-" if value is None else f"{value:.3f}"

    return (
        f"{' and '.join(found.raters)}: {found.both} rated by both, the same {told(found.same)}, "
        f"kappa {told(found.kappa)} [{told(found.low)}, {told(found.high)}], weighted "
        f"{told(found.weighted)}"
    )
