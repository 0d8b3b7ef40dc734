"""The command `attache eval meta`: are the measures any good?"""

from __future__ import annotations

import argparse
from typing import Any

from ui.arguments import add_command, folder, print_json, seed, takes_json
from ui.eval_commands import settings_with

DONE = 0


def add_commands(evaluating: Any) -> None:
    """Adds the command to those of `attache eval`."""
    meta = add_command(evaluating, "meta", _meta, "set the measures beside people's judgement")
    meta.add_argument(
        "--data", type=folder, required=True, metavar="DIR",
        help="folder that holds ragchecker, mtrag and attribution-bench",
    )  # fmt: skip
    meta.add_argument("--seed", type=seed, default=0, metavar="N", help="default %(default)s")
    takes_json(meta)


def _meta(chosen: argparse.Namespace) -> int:
    from evals.meta import meta
    from ui.progress import Progress

    with Progress() as progress:
        found = meta(chosen.data, settings_with(()), lambda what: progress(what, 0, 0), chosen.seed)
    if chosen.json:
        print_json(found.as_json())
    else:
        print(found.as_text())
    return DONE
