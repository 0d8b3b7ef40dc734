"""Case files -> cases."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from corpus.errors import CorpusError
from evals.types import Case


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a file.

    Raises:
        CorpusError: the file is missing or a line is not a case; names the line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise CorpusError(
            f"{path} cannot be read.", "Name a file of cases (JSON lines)."
        ) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield Case.model_validate_json(line)
            except ValidationError as error:
                raise CorpusError(
                    f"{path.name}, line {number}: {error.errors()[0]['msg']}.", "Correct the line."
                ) from error


def own_cases(*names: str) -> Iterator[Case]:
    """Cases that ship with the project: "starter", "near-misses"."""
    for name in names:
        yield from read_cases(Path(str(files("evals").joinpath("cases", f"{name}.jsonl"))))


def matches(source_id: str, wanted: tuple[str, ...]) -> bool:
    """Whether a source is one of those wanted; an id stands for its parts (`id--part`) too."""
    return source_id in wanted or source_id.split("--")[0] in wanted
