"""The command `attache eval fit-verifier`: what the learned verifier weighs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ui.arguments import add_command, folder, print_json, say, takes_json

DONE = 0


def add_commands(evaluating: Any) -> None:
    """Adds the command to those of `attache eval`."""
    fit = add_command(
        evaluating, "fit-verifier", _fit, "fit the verifier to claims that people judged"
    )
    fit.add_argument(
        "--data", type=folder, required=True, metavar="DIR",
        help="folder that holds attribution-bench",
    )  # fmt: skip
    fit.add_argument("--out", type=Path, metavar="FILE", help="file to write the weights to")
    takes_json(fit)


def _fit(chosen: argparse.Namespace) -> int:
    from evals.fitting_verifier import fit_verifier

    report = fit_verifier(chosen.data, chosen.out, say)
    if chosen.json:
        print_json(report.as_json())
    else:
        print(report.as_text())
    return DONE
