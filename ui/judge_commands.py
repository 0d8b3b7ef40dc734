"""The command `attache eval judge`: a chat model's opinion of a finished run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.arguments import add_command, filled, positive, print_json, say, takes_json
from ui.eval_commands import figure_text

if TYPE_CHECKING:
    from evals.judging import Judged

DONE = 0


def add_commands(evaluating: Any) -> None:
    """Adds the command to those of `attache eval`."""
    judge = add_command(
        evaluating, "judge", _judge, "let a chat model judge a finished run's answers"
    )
    judge.add_argument("run", type=Path, metavar="RUN")
    judge.add_argument(
        "--model", type=filled, required=True, metavar="PROVIDER:NAME", help="as LangChain names it"
    )
    judge.add_argument("--base-url", metavar="URL", help="server that speaks the provider's way")
    judge.add_argument(
        "--repeats", type=positive, default=3, metavar="N",
        help="replies to each answer; default %(default)s",
    )  # fmt: skip
    judge.add_argument("--most", type=positive, metavar="N", help="only the first answers")
    judge.add_argument("--price-in", type=_price, metavar="MONEY", help="of a million tokens sent")
    judge.add_argument("--price-out", type=_price, metavar="MONEY", help="of a million received")
    takes_json(judge)


def _judge(chosen: argparse.Namespace) -> int:
    from evals.judging import judge, reach, summarise
    from evals.runs import Run
    from ui.progress import Progress

    run = Run(chosen.run)
    run.summary()
    by = reach(chosen.model, chosen.base_url)
    say(f"Questions, answers and what was expected of them go to {by.host}.")
    with Progress() as progress:
        judge(run, by, chosen.repeats, chosen.most, progress)
    judged = summarise(run, by, chosen.price_in, chosen.price_out)
    if chosen.json:
        print_json(judged.as_json())
    else:
        print(_text(judged))
    return DONE


def _text(judged: Judged) -> str:
    lines = [f"{judged.model}, prompt {judged.prompt}:"]
    lines += [f"  {name:16} {figure_text(told)}" for name, told in judged.measures.items()]
    if judged.steady is not None:
        lines.append(f"  all replies alike on {judged.steady:.3f} of the answers")
    lines.append(f"  {judged.problems} replies did not count")
    money = "" if judged.money is None else f", {judged.money:.4f} to pay"
    lines.append(f"  {judged.tokens_in} tokens sent, {judged.tokens_out} received{money}")
    for found in judged.people:
        told = "-" if found.kappa is None else f"{found.kappa:.3f}"
        if found.low is not None and found.high is not None:
            told += f" [{found.low:.3f}, {found.high:.3f}]"
        lines.append(f"  with {found.raters[1]}: kappa {told} over {found.both} answers")
    if not judged.people:
        lines.append("  no person rated this run yet: attache eval rate")
    return "\n".join(lines)


def _price(text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        price = -1.0
    if not 0 <= price < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no price")
    return price
