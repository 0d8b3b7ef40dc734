"""A gate: today's scores against a baseline, which may be kept as one small file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from corpus.errors import CorpusError
from evals.pairing import Difference, difference
from evals.runs import Run
from evals.scoring import MEASURES, TESTED
from evals.types import Measure, Score


@dataclass(frozen=True, slots=True)
class Baseline:
    """The scores to hold others against. `turns` holds for each "case:turn" its type and group;
    `scores` by measure and turn the value and the truth.
    """

    suite: str
    revision: str
    today: str
    seed: int
    turns: dict[str, tuple[str, str]]
    scores: dict[str, dict[str, tuple[float, float | None]]]

    def rows(self) -> list[Score]:
        return [
            Score(*_split(key), *self.turns[key], name, value, "scored", truth=truth)
            for name, values in self.scores.items()
            for key, (value, truth) in values.items()
        ]


@dataclass(frozen=True, slots=True)
class Held:
    """One measure at the gate; `fell` where it is worse by more than `allowed` for sure."""

    measure: Measure
    then: float | None
    now: float | None
    difference: Difference
    allowed: float
    fell: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """Every gated measure. `new` and `gone` count questions that only one of the two has."""

    held: tuple[Held, ...]
    new: int
    gone: int

    @property
    def passed(self) -> bool:
        return not any(held.fell for held in self.held)

    def as_json(self) -> dict[str, Any]:
        rows = {
            h.measure.name: asdict(h.difference)
            | {"then": h.then, "now": h.now, "allowed": h.allowed, "fell": h.fell}
            for h in self.held
        }
        return {"passed": self.passed, "new": self.new, "gone": self.gone, "measures": rows}

    def as_text(self) -> str:
        lines = [_line(held) for held in self.held]
        if self.new or self.gone:
            lines.append(f"{self.new} questions are new and {self.gone} gone; neither is compared.")
        lines.append("Passed." if self.passed else "Failed: a measure fell.")
        return "\n".join(lines)


def gate(
    baseline: Sequence[Score], now: Sequence[Score], allowed: Mapping[str, float], seed: int = 0
) -> Gate:
    """Holds today's scores against the baseline's, over the questions that both have.

    A measure fell where the whole 95 % interval of the paired difference lies more than the
    allowance (by its name, or by "" for all) on the worse side.
    """
    measures = [measure for measure in MEASURES if measure.name in TESTED]
    before, after = {s.key for s in baseline}, {s.key for s in now}
    held = tuple(_hold(m, baseline, now, allowed, seed) for m in measures)
    return Gate(held, len(after - before), len(before - after))


def read_baseline(path: Path) -> Baseline:
    """A baseline from its file, or from a finished run folder.

    Raises:
        CorpusError: it is neither.
    """
    if path.is_dir():
        return baseline_of(Run(path))
    try:
        return TypeAdapter(Baseline).validate_json(path.read_bytes())
    except OSError as error:
        raise CorpusError(f"There is no baseline {path}.", "Name a run or its baseline.") from error
    except ValidationError as error:
        raise CorpusError(
            f"{path} is no baseline.", "Make one: attache eval baseline RUN --out FILE."
        ) from error


def baseline_of(run: Run) -> Baseline:
    """What of a run later ones are held against."""
    reads = {measure.scores for measure in MEASURES if measure.name in TESTED}
    turns: dict[str, tuple[str, str]] = {}
    scores: dict[str, dict[str, tuple[float, float | None]]] = {name: {} for name in sorted(reads)}
    for score in run.scores():
        if score.measure in reads:
            key = f"{score.case}:{score.turn}"
            turns[key] = (score.type, score.group)
            if score.value is not None:
                scores[score.measure][key] = (round(score.value, 4), score.truth)
    info = run.info
    return Baseline(info.suite, info.revision, info.today, info.seed, turns, scores)


def write_baseline(baseline: Baseline, out: Path) -> None:
    """Writes the baseline as JSON, a line for each measure, so that changes can be read."""
    content = asdict(baseline)
    scores = content.pop("scores")
    head = json.dumps(content, ensure_ascii=False)[1:-1]
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in scores.items())
    out.write_text(f'{{{head},\n"scores": {{\n{rows}\n}}}}\n', encoding="utf-8")


def _hold(
    measure: Measure,
    baseline: Sequence[Score],
    now: Sequence[Score],
    allowed: Mapping[str, float],
    seed: int,
) -> Held:
    change = difference(measure, now, baseline, seed)
    allowance = allowed.get(measure.name, allowed.get("", 0.0))
    best = (
        change.high if measure.better == "higher" else None if change.low is None else -change.low
    )
    fell = best is not None and best < -allowance
    return Held(measure, change.theirs, change.ours, change, allowance, fell)


def _line(held: Held) -> str:
    if held.then is None or held.now is None or held.difference.value is None:
        return f"{held.measure.name:20} cannot be compared"
    low, high = held.difference.low, held.difference.high
    interval = f"[{low:+.3f}, {high:+.3f}]" if low is not None and high is not None else ""
    told = f"{held.then:.3f} -> {held.now:.3f}  {held.difference.value:+.3f} {interval}"
    return f"{held.measure.name:20} {told}{'  FELL' if held.fell else ''}"


def _split(key: str) -> tuple[str, int]:
    case, _, turn = key.rpartition(":")
    return case, int(turn)
