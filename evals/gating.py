"""A gate: today's scores against a baseline, which may be kept as one small file."""

from __future__ import annotations

import hashlib
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
from evals.types import Expected, Measure, Score

# More than this share gone or without a score, and nothing can be said to have held.
MOST_LOST = 0.05
GATED = tuple(measure for measure in MEASURES if measure.name in TESTED)
Turns = Mapping[str, tuple[str, str, str]]
"""By "case:turn" the type, the group and a digest of what was asked."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The scores to hold others against: by measure and "case:turn" the value and the truth."""

    suite: str
    revision: str
    today: str
    seed: int
    turns: Turns
    scores: dict[str, dict[str, tuple[float, float | None]]]

    def rows(self) -> list[Score]:
        return [
            Score(*_split(key), *self.turns[key][:2], name, value, "scored", truth=truth)
            for name, values in self.scores.items()
            for key, (value, truth) in values.items()
        ]


@dataclass(frozen=True, slots=True)
class Held:
    """One measure at the gate; `fell` where it is worse by more than `allowed` for sure, `lost`
    where too many turns that were scored then are unscored now.
    """

    measure: Measure
    then: float | None
    now: float | None
    difference: Difference
    allowed: float
    fell: bool
    lost: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """Every gated measure. `new` and `gone` count questions that only one of the two has, of
    `asked` then.
    """

    held: tuple[Held, ...]
    new: int
    gone: int
    asked: int

    @property
    def passed(self) -> bool:
        return not self.shrunk and not any(held.fell or held.lost for held in self.held)

    @property
    def shrunk(self) -> bool:
        """Whether too few of the baseline's questions are left to say that nothing fell."""
        return self.gone > MOST_LOST * self.asked or not self.asked

    def as_json(self) -> dict[str, Any]:
        rows = {
            h.measure.name: asdict(h.difference)
            | {"then": h.then, "now": h.now, "allowed": h.allowed, "fell": h.fell, "lost": h.lost}
            for h in self.held
        }
        counts = {"asked": self.asked, "new": self.new, "gone": self.gone}
        return {"passed": self.passed, **counts, "measures": rows}

    def as_text(self) -> str:
        lines = [_line(held) for held in self.held]
        if self.new or self.gone:
            lines.append(
                f"{self.new} questions are new or asked otherwise, and {self.gone} of {self.asked} "
                "gone; neither is compared."
            )
        lines.append(self._verdict)
        return "\n".join(lines)

    @property
    def _verdict(self) -> str:
        if self.shrunk:
            return "Failed: too few of the baseline's questions were asked."
        if any(held.lost for held in self.held):
            return "Failed: what was scored then cannot be scored now."
        return "Passed." if self.passed else "Failed: a measure fell."


def gate(
    baseline: Baseline, turns: Turns, scores: Sequence[Score], allowed: Mapping[str, float]
) -> Gate:
    """Holds a run, its turns and scores, against a baseline, over the questions that both asked in
    the same words.

    A measure fell where the whole 95 % interval of the paired difference lies more than the
    allowance (by its name, or by "" for all) on the worse side.
    """
    same = {
        key for key, then in baseline.turns.items() if key in turns and turns[key][2] == then[2]
    }
    before = [score for score in baseline.rows() if _key(score) in same]
    after = [score for score in scores if _key(score) in same]
    held = tuple(_hold(measure, before, after, allowed, baseline.seed) for measure in GATED)
    asked = len(baseline.turns)
    return Gate(held, len(turns) - len(same), asked - len(same), asked)


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
    """What of a finished run later ones are held against.

    Raises:
        CorpusError: the run is not finished.
    """
    run.summary()
    reads = {measure.scores for measure in GATED}
    scores: dict[str, dict[str, tuple[float, float | None]]] = {name: {} for name in sorted(reads)}
    for score in run.scores():
        if score.measure in reads and score.value is not None:
            scores[score.measure][_key(score)] = (score.value, score.truth)
    info = run.info
    return Baseline(info.suite, info.revision, info.today, info.seed, turns_of(run), scores)


def turns_of(run: Run) -> Turns:
    """What a run asked."""
    return {
        f"{case.id}:{number}": (case.type, case.group, _digest(turn))
        for case in run.cases()
        for number, turn in enumerate(case.turns)
    }


def _digest(turn: Expected) -> str:
    """Eight hex digits of what was asked, and after what."""
    asked = [turn.question, *turn.history, turn.filters.model_dump_json()]
    return hashlib.sha256("\n".join(asked).encode()).hexdigest()[:8]


def write_baseline(baseline: Baseline, out: Path) -> None:
    """Writes the baseline as JSON, a line for each measure, so that changes can be read.

    Raises:
        CorpusError: it cannot be written.
    """
    content = asdict(baseline)
    scores = content.pop("scores")
    head = json.dumps(content, ensure_ascii=False)[1:-1]
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in scores.items())
    try:
        out.write_text(f'{{{head},\n"scores": {{\n{rows}\n}}}}\n', encoding="utf-8")
    except OSError as error:
        raise CorpusError(
            f"{out} cannot be written: {error.strerror}.", "Name another file with --out."
        ) from error


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
    told = [score.key for score in baseline if score.measure == measure.scores]
    states = {score.key: score.state for score in now if score.measure == measure.scores}
    unscored = sum(states.get(key, "unscored") == "unscored" for key in told)
    lost = unscored > MOST_LOST * len(told)
    return Held(measure, change.theirs, change.ours, change, allowance, fell, lost)


def _line(held: Held) -> str:
    if held.then is None or held.now is None or held.difference.value is None:
        return f"{held.measure.name:20} cannot be compared{'  LOST' if held.lost else ''}"
    low, high = held.difference.low, held.difference.high
    interval = f"[{low:+.3f}, {high:+.3f}]" if low is not None and high is not None else ""
    told = f"{held.then:.3f} -> {held.now:.3f}  {held.difference.value:+.3f} {interval}"
    word = "  FELL" if held.fell else "  LOST" if held.lost else ""
    return f"{held.measure.name:20} {told}{word}"


def _key(score: Score) -> str:
    return f"{score.case}:{score.turn}"


def _split(key: str) -> tuple[str, int]:
    case, _, turn = key.rpartition(":")
    return case, int(turn)
