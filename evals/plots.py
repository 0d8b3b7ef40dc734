"""Plots of a run as SVG to set into a page: same scores, same bytes.

Colours are the page's own (`--ink`, `--soft`, `--line`, `--link`, `--warn`), so that they follow
its light and dark look, and text stays text.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from threading import Lock
from typing import Any

import numpy as np

from evals.report.markup import printable
from evals.statistics import BINS, Floats, risk_coverage
from evals.types import Figure

# What matplotlib is told to draw in, and the page's colour that takes its place.
_COLOURS = {
    "#010203": "var(--ink)", "#040506": "var(--soft)", "#070809": "var(--line)",
    "#0a0b0c": "var(--link)", "#0d0e0f": "var(--warn)",
}  # fmt: skip
_INK, _SOFT, _LINE, _LINK, _WARN = _COLOURS
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "attache", "font.size": 11, "axes.edgecolor": _SOFT,
    "axes.labelcolor": _INK, "text.color": _INK, "xtick.color": _SOFT, "ytick.color": _SOFT,
    "xtick.labelcolor": _INK, "ytick.labelcolor": _INK, "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "grid.color": _LINE, "grid.linewidth": 0.6,
    "axes.axisbelow": True, "figure.constrained_layout.use": True, "text.parse_math": False,
}  # fmt: skip
_LONGEST = 24
_ONE_AT_A_TIME = Lock()
"""What matplotlib is told to draw in holds for the whole process, not for a thread."""


def risk_coverage_svg(values: Floats, truths: Floats) -> str:
    """Risk over coverage of likelihoods (n,) and truths (n,), n > 0: what share of the answers
    would be wrong to give, were so many questions answered, the likeliest first.
    """
    coverage, risk = risk_coverage(values, truths)
    with _Drawing("risk", 3.4) as drawing:
        axes = drawing.axes
        axes.step([0, *coverage], [risk[0], *risk], where="pre", color=_LINK, linewidth=1.8)
        axes.axhline(float(np.mean(truths < 0.5)), color=_WARN, linewidth=1, linestyle="--")
        axes.set(xlim=(0, 1), ylim=(0, None), xlabel="share of all questions that is answered")
        axes.set_ylabel("share of these not answerable")
    return drawing.svg


def reliability_bins(values: Floats, truths: Floats) -> list[tuple[float, float, int]]:
    """Mean likelihood, share answerable and count of each of ten equal bins that is not empty."""
    bins = np.minimum((values * BINS).astype(int), BINS - 1)
    return [
        (float(values[here].mean()), float(truths[here].mean()), int(here.sum()))
        for number in range(BINS)
        if (here := bins == number).any()
    ]


def reliability_svg(values: Floats, truths: Floats) -> str:
    """Share answerable over likelihood by bins, with the count of each bin; n > 0."""
    told = reliability_bins(values, truths)
    with _Drawing("reliability", 3.4) as drawing:
        axes = drawing.axes
        axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=1, linestyle="--")
        axes.plot([x for x, _, _ in told], [y for _, y, _ in told], "o-", color=_LINK)
        for x, y, n in told:
            above = y < 0.9
            axes.annotate(
                str(n), (x, y), (0, 7 if above else -7), textcoords="offset points", ha="center",
                va="bottom" if above else "top",
            )  # fmt: skip
        axes.set(xlim=(0, 1), ylim=(-0.03, 1.03), xlabel="likelihood of being answerable")
        axes.set_ylabel("share that is")
    return drawing.svg


def types_svg(panels: Mapping[str, Mapping[str, Figure]]) -> str:
    """Values with intervals (0..1) by type, one panel for each measure; at least one value."""
    types = list(dict.fromkeys(t for figures in panels.values() for t in figures))
    height = 0.28 * len(types) + 1.0
    with _Drawing("types", height, columns=len(panels), width=10.2) as drawing:
        for axes, (name, figures) in zip(drawing.all_axes, panels.items(), strict=True):
            for place, type_ in enumerate(types):
                figure = figures.get(type_)
                if figure is None or figure.value is None:
                    continue
                low, high = (figure.value if x is None else x for x in (figure.low, figure.high))
                axes.plot([low, high], [place, place], color=_LINK, linewidth=1.6)
                axes.plot(figure.value, place, "o", color=_LINK)
            axes.set(xlim=(-0.02, 1.02), ylim=(len(types) - 0.5, -0.5), title=name)
            axes.set_yticks(range(len(types)), list(map(_label, types)))
    return drawing.svg


def stages_svg(stages: Sequence[tuple[str, float]]) -> str:
    """Median milliseconds by stage; at least one."""
    with _Drawing("stages", 0.4 * len(stages) + 0.9) as drawing:
        axes = drawing.axes
        bars = axes.barh([name for name, _ in stages], [ms for _, ms in stages], color=_LINK)
        axes.bar_label(bars, fmt="%.1f", padding=3)
        axes.margins(x=0.12)
        axes.invert_yaxis()
        axes.set(xlabel="milliseconds, median")
        axes.grid(axis="y", visible=False)
    return drawing.svg


def _label(text: str) -> str:
    """Text that stands in a plot: what a person may write, in a length that leaves room."""
    even = " ".join(printable(text).split())
    return even if len(even) <= _LONGEST else f"{even[: _LONGEST - 1]}…"


class _Drawing:
    """A figure to draw into; when done, `svg` holds it."""

    def __init__(self, name: str, height: float, columns: int = 1, width: float = 5.0) -> None:
        self._name = name
        self._size = (width, height)
        self._columns = columns
        self.svg = ""

    def __enter__(self) -> _Drawing:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure as Canvas

        with ExitStack() as stack:
            stack.enter_context(_ONE_AT_A_TIME)
            stack.enter_context(matplotlib.rc_context({**matplotlib.rcParamsDefault, **_SETTINGS}))
            self._figure = Canvas(figsize=self._size)
            FigureCanvasSVG(self._figure)
            self.all_axes: list[Any] = list(
                self._figure.subplots(1, self._columns, sharey=True, squeeze=False)[0]
            )
            self.axes = self.all_axes[0]
            self._held = stack.pop_all()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with self._held:
            if kind is None:
                self.svg = self._drawn()

    def _drawn(self) -> str:
        out = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        with warnings.catch_warnings():
            # The browser has the letters that the font to measure with lacks.
            warnings.filterwarnings("ignore", "Glyph")
            self._figure.savefig(out, format="svg", transparent=True, metadata=nothing)
        svg = out.getvalue()
        svg = svg[svg.index("<svg") :].strip()
        svg = re.sub(r"<(metadata|style).*?</\1>", "", svg, flags=re.DOTALL)
        svg = re.sub(r' (?:width|height)="[\d.]+pt"|<!--.*?-->', "", svg, flags=re.DOTALL)
        svg = re.sub("<[^>]+>", lambda tag: self._fitted(tag[0]), svg)
        return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)

    def _fitted(self, tag: str) -> str:
        """A tag with ids of this drawing's own, as several stand on one page where every id may
        occur only once, and with the page's colours.
        """
        tag = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{self._name}-", tag)
        for drawn, shown in _COLOURS.items():
            tag = tag.replace(drawn, shown)
        return tag
