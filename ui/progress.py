"""Progress of long work on standard error, so that standard output stays for results."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, NoReturn

from tqdm import tqdm

_TITLES = {
    "read": "Reading sources",
    "embed": "Embedding passages",
    "write": "Writing the library",
    "graph": "Making the search graph",
    "check": "Checking the search graph",
    "publish": "Publishing the index",
    "copy": "Copying the databases",
    "pack": "Packing the backup",
    "unpack": "Unpacking the backup",
    "verify": "Verifying",
    "export": "Exporting records",
    "records": "Restoring the records",
}


class Progress:
    """A bar for each stage on a terminal, one line for each stage elsewhere.

    Called as `progress(stage, done, total)`; `total` may be 0 where it is not known. Raises
    KeyboardInterrupt at the next call, should an earlier Ctrl-C have been lost: Python drops one
    that comes while a callback or a destructor runs.
    """

    def __init__(self) -> None:
        self._stage = ""
        self._interrupted = False
        self._bar: tqdm[NoReturn] | None = None
        self._before: Any = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._interrupted:
            raise KeyboardInterrupt
        if stage != self._stage:
            self._begin(stage)
        if self._bar is not None:
            self._bar.total = total or None
            self._bar.n = done
            self._bar.refresh()

    def __enter__(self) -> Progress:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        self._interrupted = True
        raise KeyboardInterrupt

    def _begin(self, stage: str) -> None:
        self._end()
        self._stage = stage
        title = _TITLES.get(stage, stage.capitalize())
        if sys.stderr.isatty():
            self._bar = tqdm(desc=title, file=sys.stderr, dynamic_ncols=True)
        else:
            print(title, file=sys.stderr, flush=True)

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
