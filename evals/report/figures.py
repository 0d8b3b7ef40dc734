"""The figures of a run: in words, in tables and in plots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from evals.measures.abstention import ANSWERABILITY
from evals.measures.cost import STAGES
from evals.plots import (
    reliability_bins,
    reliability_svg,
    risk_coverage_svg,
    stages_svg,
    types_svg,
)
from evals.report.cases import type_name
from evals.report.markup import esc, figure_html, table
from evals.runs import Summary
from evals.statistics import risk_coverage
from evals.types import Figure, Measure, Score

_SENTENCES = {
    "answered_rightly": "Of {n} questions that the sources answer, {value} were answered from a "
    "right source.",
    "abstained_rightly": "Of {n} questions that they do not answer, {value} were rightly left "
    "unanswered.",
    "serious_error": "Of {n} questions, {value} met a serious error: an answer to what cannot be "
    "answered, from no right source, or without the exception that turns it.",
    "fact_recall": "Answers held {value} of the facts that a question should bring up, on average "
    "over {n} questions.",
    "omitted_limits": "Of {n} answers with a rule that has an exception, {value} left it out.",
    "citation_precision": "Of an answer's citations {value} were of a right source, on average "
    "over {n} answers.",
}
_OTHER_SENTENCES = 5
_BY_TYPE = (
    "answered_rightly", "abstained_rightly", "serious_error", "fact_recall", "citation_precision",
    "omitted_limits", "source_recall",
)  # fmt: skip
_PANELS = 3
# Coverages at which the table beside the curve tells the risk.
_AT = (0.25, 0.5, 0.75, 1.0)


def in_words(summary: Summary, measures: Sequence[Measure]) -> str:
    """The main figures as sentences; those of a suite of another kind by their measures' words."""
    told = {n: f for n, f in summary.measures.items() if f.value is not None}
    said = [
        sentence.format(n=f"{told[name].scored:,}", value=f"<b>{_share(told[name])}</b>")
        for name, sentence in _SENTENCES.items()
        if name in told
    ]
    if not said:
        first = [m for m in measures if m.name in told][:_OTHER_SENTENCES]
        said = [f"{esc(m.what).capitalize()}: {figure_html(told[m.name], m)}." for m in first]
    median = told.get("time_p50")
    if median and median.value is not None:
        said.append(f"Half of the answers took at most <b>{median.value:,.0f} ms</b>.")
    if not said:
        said = ["Nothing could be scored."]
    if summary.errors:
        verb = "question was" if summary.errors == 1 else "questions were"
        said.append(f"{summary.errors} {verb} met by an error: unscored, not counted as wrong.")
    return f"<ul class='main'>{''.join(f'<li>{sentence}</li>' for sentence in said)}</ul>"


def measures_html(summary: Summary, measures: Sequence[Measure]) -> str:
    """Every measure that says something, baselines beside; then those that say nothing here."""
    names = list(summary.baseline)
    shown, silent = [], []
    for measure in measures:
        ours = summary.measures.get(measure.name)
        theirs = [summary.baseline[name].get(measure.name) for name in names]
        if any(f and f.scored + f.unscored for f in (ours, *theirs)):
            shown.append(_measure_row(measure, ours, theirs))
        elif ours:
            silent.append(measure.name)
    heads = ["Measure", "Value [95 % interval]", "Scored", "Unscored", "Not applicable", "Tokens"]
    heads += [esc(name) for name in names]
    left = f"<p class='meta'>Not applicable to any question here: {', '.join(silent)}.</p>"
    if not shown:
        return f"<p>Nothing was scored.</p>{left if silent else ''}"
    return table("All measures", heads, shown) + (left if silent else "")


def types_html(summary: Summary, measures: Sequence[Measure]) -> str:
    """The main measures by type of case, with a plot."""
    chosen = _by_type(summary, measures)
    if not chosen:
        return "<p>Nothing was scored.</p>"
    types = list(dict.fromkeys(t for m in chosen for t in summary.measures[m.name].types))
    rows = [
        (
            esc(type_name(type_)),
            *(_cell(summary.measures[m.name].types.get(type_), m) for m in chosen),
        )
        for type_ in types
    ]
    heads = ["Type", *(esc(measure.name) for measure in chosen)]
    caption = "Main measures by type, with 95 % intervals and numbers scored"
    told = f'<div class="types">{table(caption, heads, rows)}</div>'
    panels = {m.name: summary.measures[m.name].types for m in chosen if m.share}
    first = dict(list(panels.items())[:_PANELS])
    if not first:
        return told
    caption = f"{', '.join(first)} by type, with 95 % intervals; the numbers are in the table."
    return _plot(types_svg(first), caption, "wide-plot") + told


def plots_html(summary: Summary, scores: Iterable[Score]) -> str:
    """Risk over coverage, reliability and time by stage, as far as the run tells them."""
    told = [s for s in scores if s.measure == ANSWERABILITY and s.value is not None]
    values = np.asarray([score.value for score in told], dtype=np.float64)
    truths = np.asarray([score.truth or 0.0 for score in told], dtype=np.float64)
    parts = []
    if told:
        coverage, risk = risk_coverage(values, truths)
        reached = [int(np.searchsorted(coverage, at - 1e-9)) for at in _AT]
        rows = [(f"{coverage[i]:.1%}", f"{risk[i]:.1%}") for i in reached]
        parts.append(
            _plot(
                risk_coverage_svg(values, truths),
                "Risk over coverage: were only the likeliest answered. The dashed line is the risk "
                f"of answering all {len(told):,}.",
                numbers=table("Risk at a coverage", ("Answered", "Not answerable"), rows),
            )
        )
        bins = [(f"{x:.3f}", f"{y:.3f}", str(n)) for x, y, n in reliability_bins(values, truths)]
        parts.append(
            _plot(
                reliability_svg(values, truths),
                "Reliability: of questions held to be answerable with a likelihood, the share "
                "that is, with the number of questions in each bin. On the dashed line they agree.",
                numbers=table(
                    "Reliability by bin", ("Mean likelihood", "Share answerable", "Questions"), bins
                ),
            )
        )
    stages = [
        (stage, figure.value)
        for stage in STAGES
        if (figure := summary.measures.get(f"time_{stage}")) and figure.value is not None
    ]
    if stages:
        rows = [(stage, f"{ms:.2f}") for stage, ms in stages]
        parts.append(
            _plot(
                stages_svg(stages),
                "Time by stage.",
                numbers=table("Time by stage", ("Stage", "Median, ms"), rows),
            )
        )
    return f'<div class="plots">{"".join(parts)}</div>' if parts else "<p>Nothing to plot.</p>"


def _plot(svg: str, caption: str, look: str = "", numbers: str = "") -> str:
    told = f"<details><summary>The numbers</summary>{numbers}</details>" if numbers else ""
    wide = 'tabindex="0" role="region" aria-label="Plot" ' if look else ""
    return (
        f'<figure {wide}class="{look}">{svg}<figcaption>{esc(caption)}</figcaption>{told}</figure>'
    )


def _measure_row(
    measure: Measure, ours: Figure | None, theirs: Sequence[Figure | None]
) -> tuple[str, ...]:
    way = {"higher": "higher is better", "lower": "lower is better"}.get(measure.better, "")
    what = esc(f"{measure.what}; {way}" if way else measure.what)
    counts = ["", "", "", ""]
    if ours:
        tokens = "" if ours.tokens is None else f"{ours.tokens:,.0f}"
        counts = [f"{ours.scored:,}", f"{ours.unscored:,}", f"{ours.not_applicable:,}", tokens]
    return (
        f"{esc(measure.name)}<span class='what'>{what}</span>",
        figure_html(ours, measure),
        *counts,
        *(_beside(figure, measure) for figure in theirs),
    )


def _beside(figure: Figure | None, measure: Measure) -> str:
    tokens = "" if figure is None or figure.tokens is None else f" in {figure.tokens:,.0f} tokens"
    return figure_html(figure, measure) + tokens


def _by_type(summary: Summary, measures: Sequence[Measure]) -> list[Measure]:
    """The main measures that were scored; for a suite of another kind its first ones."""
    scored = [m for m in measures if (f := summary.measures.get(m.name)) and f.value is not None]
    main = [m for name in _BY_TYPE for m in scored if m.name == name]
    return main or scored[:_OTHER_SENTENCES]


def _cell(figure: Figure | None, measure: Measure) -> str:
    if figure is None or not figure.scored:
        return ""
    return f"{figure_html(figure, measure)} <span class='n'>of {figure.scored:,}</span>"


def _share(figure: Figure) -> str:
    """`66 % (60 to 72 %)`."""
    value = f"{figure.value:.0%}".replace("%", " %")
    if figure.low is None or figure.high is None:
        return value
    return f"{value} ({100 * figure.low:.0f} to {100 * figure.high:.0f} %)"
