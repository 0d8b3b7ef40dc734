"""Files of public data -> values, or one line that says which file is not as it should be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from corpus.errors import CorpusError

Content = TypeVar("Content")
Said = Annotated[str, Field(pattern=r"\S")]
"""A text that is not blank."""


def read_file(path: Path, content: TypeAdapter[Content]) -> Content:
    """The content of a JSON file; of one whose name ends in `.jsonl`, the list of its lines.

    Raises:
        CorpusError: there is no such file, or it is not of that form; names it.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(
            f"{path} cannot be read.", "Give the folder that holds it with --data."
        ) from error
    if path.suffix == ".jsonl":
        # Not splitlines: JSON may hold other line separators as they are.
        lines = [line for line in text.split("\n") if line.strip()]
        # A line each, so that an error in one names it.
        text = "[" + ",\n".join(lines) + "]"
    try:
        return content.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(map(str, first["loc"]))
        where = f"at {at} (counted from 0): " if at else ""
        raise CorpusError(
            f"{path} is not as published: {where}{first['msg']}.", "Get the file anew."
        ) from error
