"""Files and approves sources until it is killed, or kills itself at a named moment.

    python shelf_child.py HOME PREFIX COUNT

`ready` goes out when everything is imported, and the id of a source once its approval was
reported to the caller. At the COUNTth step of writing (a file or folder that goes to the disk, or
takes its name) the process kills itself; 0 means never: the parent kills it when it likes.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from corpus.filed import Original, filed
from corpus.heads import Head
from corpus.shelf import Shelf
from corpus.types import Block, Extract, Kind, Span, TextKind


def counted(step: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    """The same step; the one at which the count ends kills the process before it happens."""

    def counting(*arguments: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(*arguments)

    return counting


def main(home: str, prefix: str, count: str) -> None:
    left = [int(count)]
    print("ready", flush=True)
    sys.stdin.readline()
    os.fsync = counted(os.fsync, left)  # type: ignore[assignment]
    Path.replace = counted(Path.replace, left)  # type: ignore[method-assign]
    with Shelf(Path(home)) as shelf:
        for number in range(12):
            source_id = f"{prefix}-{number}"
            text = f"The bridge {source_id} was opened. " * 2000
            raw = text.encode()
            head = Head(
                id=source_id, title="A", publisher="B", kind=Kind.NEWS, text_kind=TextKind.FULL,
                status="proposed",
            )  # fmt: skip
            original = Original(name="a.txt", sha256=hashlib.sha256(raw).hexdigest(), size=len(raw))
            extract = Extract(text, (Block(Span(0, len(text) - 1), ""),))
            shelf.add(filed(head, extract, original), "own", "child", raw=raw)
            shelf.approve(source_id, "child")
            print(source_id, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
