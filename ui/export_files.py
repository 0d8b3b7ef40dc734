"""The files of an export: written once, hashed on the way, there as a whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from corpus.errors import ExportError


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to write into, which takes the wanted name once all is done, or goes."""
    out = out.absolute()
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise ExportError(f"{out} is there already and not empty.", "Give a new folder.")
        making = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
        out.parent.mkdir(parents=True, exist_ok=True)
        making.mkdir(mode=0o700)
        try:
            yield making
            making.replace(out)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
    except OSError as error:
        raise ExportError(
            f"The export {out} cannot be written: {error.strerror}.",
            "Check the disk and the rights, or give another folder.",
        ) from error


class TextFile:
    """A text file that only its owner may read, hashed while it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sha256 = ""
        self.size = 0
        self._hash = hashlib.sha256()
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def write(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def as_json(self, root: Path) -> dict[str, Any]:
        """Its line in the manifest."""
        path = self.path.relative_to(root).as_posix()
        return {"path": path, "sha256": self.sha256, "size": self.size}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self.sha256 = self._hash.hexdigest()


class ListFile(TextFile):
    """A JSON object with a long list of entries, of which one at a time is held."""

    def __init__(self, path: Path, first: dict[str, Any]) -> None:
        super().__init__(path)
        self._between = "\n"
        self.write(f'{_dumped(first)[:-1]}, "entries": [')

    def add(self, entry: dict[str, Any]) -> None:
        self.write(f"{self._between}{_dumped(entry)}")
        self._between = ",\n"

    def finish(self, **rest: Any) -> None:
        """Ends the list and the object; `rest` are its last members."""
        last = f", {_dumped(rest)[1:-1]}" if rest else ""
        self.write(f"\n]{last}}}\n")


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
