"""The suites by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from corpus.errors import CorpusError, SettingsError
from evals.suites import (
    attribution,
    beir,
    chunking,
    clapnq,
    faithfulness,
    mtrag,
    ragchecker,
    summedits,
)
from evals.suites.own import from_file, starter
from evals.suites.suite import Suite
from evals.types import Split

PUBLIC: dict[str, Callable[[Path], Suite]] = {
    chunking.NAME: chunking.chunking,
    clapnq.NAME: clapnq.clapnq,
    faithfulness.NAME: mtrag.mtrag,
    attribution.NAME: attribution.attribution,
    ragchecker.NAME: ragchecker.ragchecker,
    summedits.NAME: summedits.summedits,
    beir.NAME: beir.beir,
}
"""Suites over public data, made from the folder that holds it."""

NAMES = ("starter", *PUBLIC)


def choose(
    name: str | None, data: Path | None, cases: Path | None, split: Split | None = None
) -> Suite:
    """The suite that is asked for: a file of cases, the project's own, or public data.

    `data` is the folder of a public suite, or one that holds it under the suite's name.

    Raises:
        CorpusError: the data or the file is absent or not as it should be.
        SettingsError: there is no suite of that name.
    """
    if cases is not None:
        return from_file(cases, split)
    if name is None or name == "starter":
        return starter(split)
    if name not in PUBLIC:
        raise SettingsError(f"There is no suite {name!r}.", f"Use one of: {', '.join(NAMES)}.")
    if data is None:
        raise CorpusError(f"The suite {name!r} needs its data.", "Give its folder with --data.")
    inside = data / name
    folder = inside if inside.is_dir() else data
    suite = PUBLIC[name](folder)
    if suite.documents is not None and not suite.cases:
        raise CorpusError(f"{folder} has no question to ask.", "Get the data anew.")
    return suite
