"""The commands `attache eval …`: asking cases, scoring, and what is made of it."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import CorpusError, SettingsError
from ui.arguments import (
    add_command,
    day,
    folder,
    positive,
    print_json,
    say,
    seed,
    takes_json,
)

if TYPE_CHECKING:
    from assistant.settings import Settings
    from evals.runs import Run, Summary

DONE, FAILED = 0, 1
# The day on which the project's own cases are asked, so that figures do not change with time.
OWN_DAY = date(2026, 1, 1)
_SHOWN = (
    "answered_rightly", "abstained_rightly", "serious_error", "fact_recall", "fact_precision",
    "source_recall", "recall_1000", "citation_precision", "caveats_found",
    "omitted_limits", "mirror_balance", "wording_agreement", "auroc", "time_p50",
)  # fmt: skip


def add_commands(commands: Any) -> Any:
    """Adds the group `eval`; returns what further commands of the group are added to."""
    evaluating = add_command(commands, "eval", None, "measure Attaché").add_subparsers(
        title="measures", required=True, metavar="MEASURE"
    )
    _add_run(evaluating)
    check = add_command(evaluating, "check", _check, "find cases that name what is not there")
    check.add_argument("--cases", type=Path, metavar="FILE", help="default: the project's own")
    takes_json(check)
    speed = add_command(evaluating, "speed", _speed, "compare its speed with a plain pipeline")
    speed.add_argument("--data", type=folder, help="folder of the chunking-evaluation data")
    speed.add_argument("--passages", type=positive, default=10_000, help="default %(default)s")
    speed.add_argument("--alone", action="store_true", help="leave the plain pipeline out")
    takes_json(speed)
    fit = add_command(evaluating, "fit", _fit, "fit the floor of answering to labelled data")
    fit.add_argument("--data", type=folder, required=True, help="folder of labelled questions")
    fit.add_argument("--questions", type=Path, help="file of further questions with answers")
    fit.add_argument("--out", type=Path, help="file to write the fitted values to")
    takes_json(fit)
    return evaluating


def _add_run(evaluating: Any) -> None:
    run = add_command(evaluating, "run", _run, "ask cases and score the answers")
    what = run.add_mutually_exclusive_group()
    what.add_argument("--cases", type=Path, metavar="FILE", help="cases, one JSON object a line")
    what.add_argument("--suite", metavar="NAME", help="starter (the default) or a public suite")
    run.add_argument("--data", type=folder, metavar="DIR", help="folder of a public suite's data")
    run.add_argument("--split", choices=("tune", "test"), help="only this half of the cases")
    run.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE",
        help="a setting for this run only; may be given again",
    )  # fmt: skip
    run.add_argument(
        "--out", type=Path, metavar="RUN", help="run folder; an unfinished one goes on"
    )
    run.add_argument("--today", type=day, metavar="DATE", help="the day on which it is asked")
    run.add_argument("--seed", type=seed, default=0, metavar="N", help="default %(default)s")
    run.add_argument("--no-baselines", action="store_true", help="leave out the plain pipelines")
    takes_json(run)

    score = add_command(evaluating, "score", _score, "score a finished run again")
    score.add_argument("run", type=Path, metavar="RUN")
    takes_json(score)


def _run(chosen: argparse.Namespace) -> int:
    from evals.running import run_suite
    from evals.scoring import score_run
    from evals.suites.choosing import choose
    from evals.suites.suite import Plan
    from ui.progress import Progress

    settings = settings_with(chosen.set)
    suite = choose(chosen.suite, chosen.data, chosen.cases, chosen.split)
    own = suite.documents == "starter"
    today = chosen.today or (OWN_DAY if own else date.today())
    out = chosen.out or runs_folder(settings) / _run_name(suite.name)
    with Progress() as progress:
        plan = Plan(today, chosen.seed, not chosen.no_baselines)
        run = run_suite(suite, settings, out, plan, progress)
        progress("Scoring", 0, 0)
        summary = score_run(run)
    _show(run, summary, chosen.json)
    return DONE


def _score(chosen: argparse.Namespace) -> int:
    from evals.runs import Run
    from evals.scoring import score_run

    run = Run(chosen.run)
    run.check_asked()
    _show(run, score_run(run), chosen.json)
    return DONE


def _show(run: Run, summary: Summary, as_json: bool) -> None:
    from evals.pairing import against_baselines

    if summary.errors:
        say(f"{summary.errors} of {summary.turns} questions met an error and are unscored.")
    beside = against_baselines(run)
    if as_json:
        told = {
            name: {measure: asdict(d) for measure, d in differences.items()}
            for name, differences in beside.items()
        }
        print_json({**summary.as_json(), "differences": told, "run": str(run.path)})
        return
    print(f"{summary.suite}: {summary.cases} cases, {summary.turns} questions; run {run.path}")
    print(f"Cases by {summary.made_by}.")
    both = {name for figures in summary.baseline.values() for name in figures}
    print(_table(summary.measures, also=both))
    for name, figures in summary.baseline.items():
        print(f"{name}:")
        print(_table(figures, all_of_them=True))
        print(f"Ours minus {name}, on the same questions:")
        for measure, d in beside[name].items():
            known = d.low is not None and d.high is not None
            interval = f"[{d.low:+.3f}, {d.high:+.3f}]" if known else ""
            print(f"  {measure:26} {d.value:+8.3f} {interval:18} {d.turns} questions".rstrip())


def _table(
    figures: Mapping[str, Any], all_of_them: bool = False, also: Collection[str] = ()
) -> str:
    """The figures that are shown without being asked for; what does not apply at all is not."""
    shown = [
        name
        for name, told in figures.items()
        if (all_of_them or name in _SHOWN or name in also or name not in _usual())
        and (told.scored or told.unscored)
    ]
    return "\n".join(f"  {name:26} {figure_text(figures[name])}" for name in shown)


def _usual() -> set[str]:
    from evals.scoring import MEASURES

    return {measure.name for measure in MEASURES}


def figure_text(figure: Any) -> str:
    """A figure in a line: value, interval, how many were scored, tokens."""
    value = "-" if figure.value is None else f"{figure.value:.3f}"
    known = figure.low is not None and figure.high is not None
    interval = f"[{figure.low:.3f}, {figure.high:.3f}]" if known else ""
    counts = f"{figure.scored} scored"
    counts += f", {figure.unscored} unscored" if figure.unscored else ""
    tokens = f", {figure.tokens:.0f} tokens" if figure.tokens is not None else ""
    return f"{value:>8} {interval:18} {counts}{tokens}"


def _check(chosen: argparse.Namespace) -> int:
    from evals.checking import check_cases, check_keys
    from evals.reading import own_files, read_case, read_rows
    from evals.running import open_collection

    paths = own_files() if chosen.cases is None else (chosen.cases,)
    rows = [row for path in paths for row in read_rows(path)]
    if not rows:
        raise CorpusError(f"{chosen.cases} has no case to check.", "Add cases, one a line.")
    cases = tuple(map(read_case, rows))
    documents: Any = "starter" if chosen.cases is None else "settings"
    with (
        tempfile.TemporaryDirectory() as scratch,
        open_collection(documents, settings_with(()), Path(scratch)) as at,
    ):
        sources = {source.id: source.version for source in at.retriever.sources()}
        flaws = check_keys(rows)
        flaws += check_cases(
            cases, sources, lambda id_: at.retriever.source_text(id_, sources[id_])
        )
    errors = sum(flaw.error for flaw in flaws)
    if chosen.json:
        print_json({"cases": len(cases), "errors": errors, "flaws": [_flaw(f) for f in flaws]})
    else:
        for flaw in flaws:
            word = "error" if flaw.error else "note"
            print(f"{flaw.case}, question {flaw.turn + 1}: {word}: {flaw.text}")
        print(f"{len(cases)} cases, {errors} errors.")
    return FAILED if errors else DONE


def _flaw(flaw: Any) -> dict[str, Any]:
    return {"case": flaw.case, "turn": flaw.turn, "error": flaw.error, "text": flaw.text}


def _speed(chosen: argparse.Namespace) -> int:
    from evals.benchmarks import speed

    figures = speed(chosen.data, chosen.passages, say, comparing=not chosen.alone).as_json()
    if chosen.json:
        print_json(figures)
    else:
        for name, value in figures.items():
            print(f"{name}: {value}")
    return DONE


def _fit(chosen: argparse.Namespace) -> int:
    from evals.fitting import fit

    report = fit(chosen.data, chosen.questions, chosen.out, say)
    if chosen.json:
        print_json(report.as_json())
    else:
        print(report.as_text())
    return DONE


def settings_with(given: Sequence[str]) -> Settings:
    """Today's settings with those given as KEY=VALUE.

    Raises:
        SettingsError: one is not of that form, not known or not allowed.
    """
    from assistant.settings import load_settings

    overrides = {}
    for setting in given:
        key, sign, value = setting.partition("=")
        if not sign:
            raise SettingsError(f"{setting!r} is no setting.", "Write it as KEY=VALUE.")
        overrides[key.strip()] = value.strip()
    return load_settings(**overrides)


def runs_folder(settings: Settings) -> Path:
    """Where runs are kept that were given no folder of their own."""
    return settings.home / "runs"


def _run_name(suite: str) -> str:
    return f"{datetime.now():%Y-%m-%d-%H%M%S}-{suite}"
