"""How far measures go with people's judgement, and what to believe them for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from evals.statistics import figure
from evals.types import Figure, Measure, Score

Origin = Literal["ours", "beside", "people", "published"]

# How far the lower end of the interval must be from chance (0) towards perfect (1).
WELL, SOMEWHAT = 0.5, 0.3
SHOWN = {"pearson": "Pearson", "spearman": "Spearman", "macro_f1": "macro-F1", "auroc": "AUROC"}
_CHANCE = {"pearson": 0.0, "spearman": 0.0, "macro_f1": 0.5, "auroc": 0.5}


@dataclass(frozen=True, slots=True)
class Line:
    """How far a measure goes with people's judgement: a figure by each statistic.

    A "published" figure has no interval, counts nothing, and `source` says where it is from.
    """

    measure: str
    origin: Origin
    figures: Mapping[str, Figure]
    believe: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What people judged, in which data, and every measure that was set beside it."""

    judgement: str
    data: str
    lines: tuple[Line, ...]

    def as_text(self) -> str:
        """A table in Markdown."""
        statistics = list(dict.fromkeys(name for line in self.lines for name in line.figures))
        head = ["measure", *(SHOWN[name] for name in statistics), "believe it"]
        rows = [
            [_named(line), *(_shown(line.figures.get(n)) for n in statistics), line.believe]
            for line in self.lines
        ]
        sources = dict.fromkeys(line.source for line in self.lines if line.source)
        return "\n".join(
            [
                f"**{self.judgement}** ({self.data})",
                "",
                _row(head),
                _row(["---"] * len(head)),
                *map(_row, rows),
                *(f"\nPublished: {source}." for source in sources),
            ]
        )


@dataclass(frozen=True, slots=True)
class Meta:
    """Every comparison."""

    comparisons: tuple[Comparison, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        return "\n\n".join(comparison.as_text() for comparison in self.comparisons)


def agreement(
    scores: Sequence[Score], reads: Mapping[str, str], seed: int = 0
) -> dict[str, Figure]:
    """The figure of each statistic over the scores that it `reads`, by the statistic's name."""
    told = {}
    for statistic, name in reads.items():
        measure = Measure(name, "", share=False, statistic=statistic)
        told[statistic] = replace(figure(measure, scores, seed), types={})
    return told


def published(source: str, name: str, values: Mapping[str, float]) -> Line:
    """A line with what others found."""
    figures = {statistic: Figure(value, None, None, 0, 0, 0) for statistic, value in values.items()}
    return Line(name, "published", figures, source=source)


def belief(figures: Mapping[str, Figure], people: Mapping[str, Figure], what: str) -> str:
    """In words how far to believe a measure for `what`, by the last of its statistics: by how far
    the lower end of its interval is from chance, and whether people agree no better.
    """
    statistic, told = list(figures.items())[-1]
    if told.value is None or told.low is None:
        return "cannot be told from so few"
    chance = _CHANCE[statistic]
    sure = (told.low - chance) / (1 - chance)
    each_other = people[statistic].value if statistic in people else None
    if sure <= 0:
        return f"not for {what}"
    if each_other is not None and told.value >= each_other:
        return f"for {what}, as much as one person"
    if sure >= WELL:
        return f"for {what}"
    return f"for {what}, {'as one sign among others' if sure >= SOMEWHAT else 'a little'}"


def _named(line: Line) -> str:
    return f"{line.measure} (published)" if line.origin == "published" else line.measure


def _shown(told: Figure | None) -> str:
    if told is None or told.value is None:
        return "-"
    if told.low is None or told.high is None:
        return f"{told.value:.3f}"
    return f"{told.value:.3f} [{told.low:.3f}, {told.high:.3f}]"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
