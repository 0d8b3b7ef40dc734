"""The commands `attache eval rate | ratings`: what people think of a run's answers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from corpus.errors import CorpusError
from ui.arguments import add_command, filled, port, positive, print_json, seed, takes_json

DONE = 0
PORT = 7861


def add_commands(evaluating: Any) -> None:
    """Adds the commands to those of `attache eval`."""
    rate = add_command(evaluating, "rate", _rate, "rate answers in a page: blind, one at a time")
    rate.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="finished runs")
    rate.add_argument("--rater", type=filled, required=True, metavar="NAME", help="who rates")
    rate.add_argument("--sample", type=positive, metavar="N", help="only so many questions")
    rate.add_argument("--seed", type=seed, default=0, help="of sample and order; default 0")
    rate.add_argument("--port", type=port, default=PORT, help="default %(default)s; 0: a free one")

    ratings = add_command(evaluating, "ratings", _ratings, "how people rated a run, and agree")
    ratings.add_argument("run", type=Path, metavar="RUN")
    takes_json(ratings)


def _rate(chosen: argparse.Namespace) -> int:
    from evals.runs import Run
    from ui.rating_page import build_app, work
    from ui.serving import listen, serve, silence

    silence()
    runs = [Run(path) for path in chosen.runs]
    for run in runs:
        run.summary()
    of = work(runs, chosen.rater, chosen.seed, chosen.sample)
    if not of.items:
        raise CorpusError("There is no answer to rate.", "Name a run that answered something.")
    of.given()
    with listen("127.0.0.1", chosen.port) as bound:
        serve(build_app(of), bound, lambda address: print(f"Rate on {address}", flush=True))
    return DONE


def _ratings(chosen: argparse.Namespace) -> int:
    from evals.rating import summarise
    from evals.runs import Run

    told = summarise(Run(chosen.run))
    if chosen.json:
        print_json(told.as_json())
    else:
        print(told.as_text() or "Nobody rated this run yet: attache eval rate RUN --rater NAME")
    return DONE
