"""The command `attache eval report`: a finished run as one page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ui.arguments import add_command, print_json, takes_json

DONE = 0


def add_commands(evaluating: Any) -> None:
    """Adds the command to those of `attache eval`."""
    report = add_command(evaluating, "report", _report, "write a finished run as one page (HTML)")
    report.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    report.add_argument("--against", type=Path, metavar="RUN2", help="set it beside another run")
    report.add_argument(
        "--out", type=Path, metavar="FILE", help="default: report.html in the run folder"
    )
    takes_json(report)


def _report(chosen: argparse.Namespace) -> int:
    from evals.reporting import write_report
    from evals.runs import Run

    run = Run(chosen.run)
    against = Run(chosen.against) if chosen.against else None
    out = write_report(run, chosen.out or run.path / "report.html", against)
    if chosen.json:
        print_json({"report": str(out)})
    else:
        print(f"Wrote {out}.")
    return DONE
