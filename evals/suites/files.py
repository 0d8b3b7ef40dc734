"""Files of public data -> values, or one line that says which file is not as it should be."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from corpus.errors import CorpusError

Content = TypeVar("Content")


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
        text = f"[{','.join(lines)}]"
    try:
        return content.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CorpusError(
            f"{path} is not as published: {where}: {first['msg']}.", "Get the file anew."
        ) from error
