"""The project's own cases over the starter collection, and case files of anyone."""

from __future__ import annotations

from pathlib import Path

from corpus.errors import CorpusError
from evals.reading import own_cases, read_cases
from evals.suites.suite import Suite
from evals.types import Split

MAKERS = (
    "the makers of the system: the notes of the starter collection and these cases come from the "
    "same facts, so figures are likely to flatter"
)


def starter(split: Split | None = None) -> Suite:
    """The project's own cases, or those of one half."""
    cases = tuple(case for case in own_cases() if split in (None, case.split))
    name = f"starter-{split}" if split else "starter"
    return Suite(name, MAKERS, cases, documents="starter")


def from_file(path: Path, split: Split | None = None) -> Suite:
    """The cases of a file, asked of the collection that the settings name.

    Raises:
        CorpusError: the file is no case file, or has no case that counts.
    """
    cases = tuple(
        case for case in read_cases(path) if not case.proposed and split in (None, case.split)
    )
    if not cases:
        raise CorpusError(
            f"{path} has no case to ask.",
            "Add cases; proposed ones count once a person has accepted them.",
        )
    return Suite(path.stem, f"the authors of {path.name}", cases)
