"""What went wrong in a turn, told from its scores, worst first."""

from __future__ import annotations

from collections.abc import Iterable

from evals.measures import answers, retrieval
from evals.types import Outcome, Score

ERROR = "error"
_RIGHT, _SILENT = "answered_rightly", "false_abstention"
FLAWS = {
    "serious_error": "serious error",
    "abstained_rightly": "answered what cannot be",
    _SILENT: "not answered",
    _RIGHT: "no right source cited",
    "omitted_limits": "exception left out",
    "fact_recall": "fact missing",
    "source_recall": "right source not retrieved",
    "caveats_found": "caveat missing",
    "caveats_false": "caveat not expected",
    "citation_precision": "citation of another source",
    "repetition": "repeats itself",
}
"""What a measure that is not at its best is called, the worst first."""

ALL = (ERROR, *FLAWS.values())
_BEST = {
    measure.name: float(measure.better == "higher")
    for measure in (*answers.MEASURES, *retrieval.MEASURES)
}


def flaws_of(outcome: Outcome, scores: Iterable[Score]) -> tuple[str, ...]:
    """The names of what went wrong, a subset of `ALL` in its order."""
    values = {score.measure: score.value for score in scores if score.value is not None}
    wrong = {name for name in FLAWS if name in values and values[name] != _BEST[name]}
    if _SILENT in wrong:
        wrong -= {_RIGHT}
    failed = outcome.problem or outcome.record is None or outcome.record.answer is None
    return (*([ERROR] if failed else []), *(text for name, text in FLAWS.items() if name in wrong))


def severity(flaws: Iterable[str]) -> tuple[bool, ...]:
    """What sorts the worst first: a worse flaw outweighs all lesser ones together."""
    found = set(flaws)
    return tuple(flaw not in found for flaw in ALL)
