"""Two runs side by side: what shaped each, what differs and how sure that is, both answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from evals.comparing import Change, Compared, Comparison, told_verdict
from evals.report.answers import brief_html
from evals.report.cases import type_name
from evals.report.markup import count, esc, interval, number, table
from evals.runs import RunInfo
from evals.types import Trial

Trials = Mapping[tuple[str, int], Trial]
Way = Literal["worse", "better", "both"]
WAYS: dict[Way, str] = {
    "worse": "A is worse", "better": "A is better", "both": "Better and worse",
}  # fmt: skip


def differences_html(
    comparison: Comparison, infos: tuple[RunInfo, RunInfo], trials: tuple[Trials, Trials]
) -> str:
    """The comparison of this run, A, with another, B, and every question that differs."""
    groups = "".join(
        f"<details class='group'><summary>{title} ({len(changes)})</summary>"
        f"{changes_html(changes, trials)}</details>"
        for way, title in WAYS.items()
        if (changes := [change for change in comparison.changes if way_of(change) == way])
    )
    return f"<p>A is this run, B the other.</p>{comparison_html(comparison, infos)}{groups}"


def comparison_html(comparison: Comparison, infos: tuple[RunInfo, RunInfo]) -> str:
    """The verdict, what shaped the two runs differently, and the differences by measure."""
    a, b = infos
    unlike = "" if a.cases == b.cases else (
        "<p class='note'>The two runs did not ask the same: only what both asked is compared.</p>"
    )  # fmt: skip
    rows = [_row(compared) for compared in comparison.measures]
    number_of = len(comparison.changes)
    differing = f"{count(number_of, 'question')} {'differs' if number_of == 1 else 'differ'}"
    heads = ("Measure", "A", "B", "A − B [95 % interval]", "Questions", "p, adjusted", "Verdict")
    told = table("Differences, paired by question", heads, rows) if rows else ""
    return (
        f"<p><b>{esc(comparison.verdict)}</b></p>{unlike}"
        f"{_circumstances(a, b)}{told}{_by_type(comparison)}"
        f"<p>{differing} in what is tested.</p>"
    )


def _by_type(comparison: Comparison) -> str:
    """The differences of each type of case in what is tested."""
    tested = comparison.tested
    types = sorted({type_ for compared in tested for type_ in compared.types})
    rows = [
        (esc(type_name(type_)), *(_of_type(compared, type_) for compared in tested))
        for type_ in types
    ]
    if not rows:
        return ""
    heads = ("Type", *(esc(compared.measure.name) for compared in tested))
    told = table("A − B by type, with 95 % intervals and numbers of questions", heads, rows)
    note = "None of these is tested: of so many, some leave out 0 by chance."
    return (
        f"<details class='types'><summary>By type</summary><p class='meta'>{note}</p>{told}"
        "</details>"
    )


def _of_type(compared: Compared, type_: str) -> str:
    d = compared.types.get(type_)
    if d is None:
        return ""
    share = compared.measure.share
    value = f"<b>{number(d.value, share)}</b> {interval(d.low, d.high, share)}"
    return f"{value} <span class='n'>of {d.turns:,}</span>"


def way_of(change: Change) -> Way:
    """Whether A is worse than B in a question, better, or both."""
    return "both" if change.better and change.worse else "worse" if change.worse else "better"


def changes_html(
    changes: Iterable[Change],
    trials: tuple[Trials, Trials],
    more: Callable[[Change], str] = lambda _: "",
) -> str:
    """Questions that differ, each with both answers and then what `more` gives as HTML."""
    return "".join(_change(change, trials, more(change)) for change in changes)


def _circumstances(a: RunInfo, b: RunInfo) -> str:
    """What is not the same in both; where all is, that."""
    one, other = circumstances(a), circumstances(b)
    names = [n for n in dict.fromkeys([*one, *other]) if one.get(n) != other.get(n)]
    rows = [(esc(n), esc(one.get(n, "")), esc(other.get(n, ""))) for n in names]
    if not rows:
        return "<p>Both were asked under the same circumstances.</p>"
    return table("What differs in how they were made", ("", "A", "B"), rows, "plain")


def circumstances_html(info: RunInfo) -> str:
    """Everything that shaped a run."""
    rows = [(esc(name), esc(value)) for name, value in circumstances(info).items()]
    return table("Circumstances of the run", ("What", "Value"), rows, "plain")


def circumstances(info: RunInfo) -> dict[str, str]:
    """Everything that shaped a run, by its name."""
    return {
        "Suite": info.suite,
        "Asked on": info.created,
        "As if on": info.today,
        "Seed": str(info.seed),
        "Program": info.program,
        "Revision": info.revision or "not known",
        "Collection": f"{count(info.sources, 'source')}, {count(info.passages, 'passage')}",
        "Fingerprint of the collection": info.collection,
        "Fingerprint of the cases": info.cases,
        **{f"Setting {name}": value for name, value in info.settings.items()},
        **{f"Model: {name}": value for name, value in info.models.items()},
        **{f"Package {name}": value for name, value in info.packages.items()},
    }


def _row(compared: Compared) -> tuple[str, ...]:
    d, share = compared.difference, compared.measure.share
    return (
        esc(compared.measure.name),
        number(d.ours, share),
        number(d.theirs, share),
        f"<b>{number(d.value, share)}</b> {interval(d.low, d.high, share)}",
        f"{d.turns:,}",
        "" if compared.p is None else f"{compared.p:.3f}",
        told_verdict(compared),
    )


def _change(change: Change, trials: tuple[Trials, Trials], more: str) -> str:
    """One question with both answers."""
    key = (change.case, change.turn)
    ours, theirs = (asked.get(key) for asked in trials)
    record = next((t.record for t in (ours, theirs) if t and t.record), None)
    question = record.ask.text if record else ""
    moved = "".join(
        f"<li>{esc(name)}: A <b>{a:.2f}</b>, B <b>{b:.2f}</b>, {word}</li>"
        for word, values in (("worse", change.worse), ("better", change.better))
        for name, (a, b) in values.items()
    )
    return (
        f'<details class="case"><summary><code>{esc(change.case)}:{change.turn + 1}</code> '
        f'<span class="tag">{esc(change.type)}</span> <span dir="auto">{esc(question)}</span>'
        f'</summary><ul class="scores">{moved}</ul><div class="two">{_side("A", ours)}'
        f"{_side('B', theirs)}</div>{more}</details>"
    )


def _side(name: str, trial: Trial | None) -> str:
    said = brief_html(trial.record, trial.problem) if trial else "<p>Not asked.</p>"
    return f'<div class="answer"><h4>{name}</h4>{said}</div>'
