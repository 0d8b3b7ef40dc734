"""Opens libraries in processes of their own that are killed with SIGKILL after so many lines.

    python upgrading_child.py

Reads lines "HOME COUNT" and answers each with the exit status. The process that opens the library
kills itself when it has run COUNT lines of the modules that open and copy it; with COUNT 0 it
never does. Imports happen once, so that a kill meets the upgrade and not an import.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from index.library import Library

_TRACED = ("database.py", "copying.py")


def _kill_after(count: int) -> None:
    left = count

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if not frame.f_code.co_filename.endswith(_TRACED):
            return None
        if event == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def _open(home: str, count: int) -> None:
    if count:
        _kill_after(count)
    library = Library(Path(home))
    library.current()
    sys.settrace(None)
    library.database.close()


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        home, count = line.rstrip("\n").rsplit(" ", 1)
        child = os.fork()
        if not child:
            _open(home, int(count))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
