"""Texts of public data -> source files, which are read and indexed as anyone's are."""

from __future__ import annotations

import json
import re
from pathlib import Path

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def write_source(
    folder: Path, id_: str, title: str, text: str, publisher: str, suffix: str = ".txt"
) -> None:
    """Writes a whole publication, of no kind that would be known, under an id of the suite's."""
    head = {
        "id": id_,
        "title": " ".join(title.split()) or id_,
        "publisher": publisher,
        "kind": "unclassified",
        "text_kind": "full",
    }
    # JSON is YAML, and quotes whatever a title may hold.
    lines = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
    # A file with control characters would be taken for no text at all.
    text = _CONTROLS.sub(" ", text)
    content = "\n".join(["---", *lines, "---", text, ""])
    (folder / f"{id_}{suffix}").write_text(content, encoding="utf-8", errors="replace")
