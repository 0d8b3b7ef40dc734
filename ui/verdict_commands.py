"""The commands `attache eval compare | accept | gate | baseline`: what runs let one conclude."""

from __future__ import annotations

import argparse
import math
import tempfile
import textwrap
from collections.abc import Mapping
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import CorpusError, SettingsError
from ui.arguments import add_command, day, positive, print_json, say, takes_json
from ui.eval_commands import settings_with

if TYPE_CHECKING:
    from assistant.types import Record
    from evals.runs import Run
    from evals.types import Trial

DONE, FAILED = 0, 1
Trials = Mapping[tuple[str, int], "Trial"]


def add_commands(evaluating: Any) -> None:
    """Adds the commands to those of `attache eval`."""
    compare = add_command(
        evaluating, "compare", _compare, "what differs between two runs of the same cases"
    )
    compare.add_argument("a", type=Path, metavar="A", help="a run folder")
    compare.add_argument("b", type=Path, metavar="B", help="the run folder to hold it against")
    compare.add_argument(
        "--answers", action="store_true", help="show both answers to each question that differs"
    )
    compare.add_argument(
        "--swaps", type=positive, metavar="N",
        help="instead, exchange the runs' labels by chance so often, and count false alarms",
    )  # fmt: skip
    takes_json(compare)

    accept = add_command(
        evaluating, "accept", _accept, "test limits that were stated beforehand: pass or fail"
    )
    what = accept.add_mutually_exclusive_group(required=True)
    what.add_argument("--cases", type=Path, metavar="FILE", help="cases to ask")
    what.add_argument("--run", type=Path, metavar="RUN", help="a finished run")
    accept.add_argument("--limits", type=Path, required=True, metavar="FILE", help="TOML")
    accept.add_argument("--out", type=Path, metavar="FILE", help="write a page to sign (HTML)")
    accept.add_argument("--today", type=day, metavar="DATE", help="the day on which it is asked")
    takes_json(accept)

    gate = add_command(evaluating, "gate", _gate, "fail where a measure fell below a baseline")
    gate.add_argument("--baseline", type=Path, required=True, metavar="RUN", help="run or file")
    gate.add_argument("--run", type=Path, metavar="RUN", help="hold this run against it, not a new")
    gate.add_argument(
        "--allow", action="append", default=[], metavar="[MEASURE=]AMOUNT",
        help="how far a measure (all without a name) may fall for sure; default 0",
    )  # fmt: skip
    takes_json(gate)

    baseline = add_command(evaluating, "baseline", _baseline, "keep a run as one small file")
    baseline.add_argument("run", type=Path, metavar="RUN")
    baseline.add_argument("--out", type=Path, required=True, metavar="FILE")


def _compare(chosen: argparse.Namespace) -> int:
    from evals.comparing import compare_runs, false_alarms, paired_scores
    from evals.runs import Run
    from evals.scoring import TESTED_MEASURES

    a, b = Run(chosen.a), Run(chosen.b)
    if a.info.cases != b.info.cases:
        say("The two runs did not ask the same: only questions that both asked are compared.")
    if chosen.swaps:
        ours, theirs = paired_scores(a, b)
        share = false_alarms(ours, theirs, TESTED_MEASURES, chosen.swaps, a.info.seed)
        if chosen.json:
            print_json({"swaps": chosen.swaps, "false_alarms": share})
        else:
            print(f"{share:.1%} of {chosen.swaps} exchanges of the labels gave a false alarm.")
        return DONE
    comparison = compare_runs(a, b)
    asked = a.trials(), b.trials()
    both = [_both(asked, (change.case, change.turn)) for change in comparison.changes]
    if chosen.json:
        told = comparison.as_json()
        for change, answers in zip(told["changes"], both, strict=True):
            change |= answers
        print_json(told)
        return DONE
    print(comparison.as_text())
    for change, answers in zip(comparison.changes, both, strict=True):
        if chosen.answers:
            print(f"\n{change.case}:{change.turn + 1} {answers['question']}")
            print(side_by_side(f"A: {answers['a']}", f"B: {answers['b']}"))
    return DONE


def _both(asked: tuple[Trials, Trials], key: tuple[str, int]) -> dict[str, str]:
    """The question and both short answers."""
    records = [trials[key].record for trials in asked]
    question = next((record.ask.text for record in records if record), "")
    return {"question": question, "a": _said(records[0]), "b": _said(records[1])}


def _said(record: Record | None) -> str:
    from ui.rendering import silence_text

    if record is None or record.answer is None:
        return "no answer"
    said = [f"{s.text} [{s.citations[0].source_id}]" for s in record.answer.statements]
    rows = record.answer.ties.matched if record.answer.ties else 0
    said += [f"({rows} ties of the register)"] if rows else []
    return "\n".join(said) or silence_text(record.answer)


def side_by_side(one: str, other: str, width: int = 60) -> str:
    """Two texts in two columns of so many characters."""
    columns = [
        [
            part
            for line in text.splitlines()
            for part in textwrap.wrap(line, width, break_on_hyphens=False) or [""]
        ]
        for text in (one, other)
    ]
    return "\n".join(
        f"{left:{width}} | {right}".rstrip() for left, right in zip_longest(*columns, fillvalue="")
    )


def _accept(chosen: argparse.Namespace) -> int:
    from evals.accepting import accept, read_limits, with_people
    from evals.rating import verdicts
    from evals.runs import Run

    limits = read_limits(chosen.limits)
    with tempfile.TemporaryDirectory() as scratch:
        run = Run(chosen.run) if chosen.run else _asked(chosen, Path(scratch) / "run")
        run.summary()
        rated = verdicts(run)
        asked = datetime.fromisoformat(run.info.created).date()
        acceptance = accept(with_people(run.scores(), rated), limits, asked, run.info.seed)
        if chosen.out:
            _write(chosen.out, acceptance.as_html(_circumstances(run, len(rated))))
    if chosen.json:
        print_json(acceptance.as_json())
    else:
        print(acceptance.as_text())
    return DONE if acceptance.passed else FAILED


def _asked(chosen: argparse.Namespace, out: Path) -> Run:
    from evals.running import run_suite
    from evals.scoring import score_run
    from evals.suites.own import from_file
    from evals.suites.suite import Plan
    from ui.progress import Progress

    with Progress() as progress:
        plan = Plan(chosen.today or date.today())
        run = run_suite(from_file(chosen.cases), settings_with(()), out, plan, progress)
    score_run(run)
    return run


def _circumstances(run: Run, rated: int) -> dict[str, str]:
    info = run.info
    return {
        "Rated by people": f"{rated} answers",
        "Cases": f"{info.suite}, by {info.made_by}",
        "Asked on": info.created,
        "As if on": info.today,
        "Program": f"{info.program}, revision {info.revision or 'not known'}",
        "Collection": f"{info.sources} sources, fingerprint {info.collection}",
        **{f"Setting {name}": value for name, value in info.settings.items()},
        **{f"Model: {name}": value for name, value in info.models.items()},
    }


def _gate(chosen: argparse.Namespace) -> int:
    from evals.gating import gate, read_baseline, turns_of
    from evals.runs import Run

    allowed = dict(map(_allowance, chosen.allow))
    baseline = read_baseline(chosen.baseline)
    with tempfile.TemporaryDirectory() as scratch:
        run = Run(chosen.run) if chosen.run else _asked_again(baseline, Path(scratch) / "run")
        run.summary()
        held = gate(baseline, turns_of(run), run.scores(), allowed)
    if chosen.json:
        print_json(held.as_json())
    else:
        print(held.as_text())
    return DONE if held.passed else FAILED


def _asked_again(baseline: Any, out: Path) -> Run:
    """The baseline's suite, asked of the program as it is.

    Raises:
        CorpusError: it is not one of the project's own.
    """
    from evals.running import run_suite
    from evals.scoring import score_run
    from evals.suites.own import starter
    from evals.suites.suite import Plan
    from ui.progress import Progress

    suite = next(
        (s for s in map(starter, (None, "tune", "test")) if s.name == baseline.suite), None
    )
    if suite is None:
        raise CorpusError(
            f"The baseline is of {baseline.suite}, which is not the project's own.",
            "Run those cases, and name the run with --run.",
        )
    with Progress() as progress:
        plan = Plan(date.fromisoformat(baseline.today), baseline.seed)
        run = run_suite(suite, settings_with(()), out, plan, progress)
    score_run(run)
    return run


def _allowance(text: str) -> tuple[str, float]:
    from evals.gating import GATED

    name, _, amount = text.rpartition("=")
    try:
        value = float(amount)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise SettingsError(
            f"{text!r} is no allowance.", "Write --allow 0.02 or --allow fact_recall=0.05."
        )
    names = [measure.name for measure in GATED]
    if name and name not in names:
        raise SettingsError(f"{name!r} is not gated.", f"Name one of: {', '.join(names)}.")
    return name, value


def _baseline(chosen: argparse.Namespace) -> int:
    from evals.gating import baseline_of, write_baseline
    from evals.runs import Run

    run = Run(chosen.run)
    write_baseline(baseline_of(run), chosen.out)
    print(f"Kept {run.name} as {chosen.out}.")
    return DONE


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CorpusError(
            f"{out} cannot be written: {error.strerror}.", "Name another file with --out."
        ) from error
    say(f"Wrote {out}.")
