"""Progress of long work on standard error, so that standard output stays for results."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import NoReturn

from tqdm import tqdm

_TITLES = {
    "read": "Reading sources",
    "embed": "Embedding passages",
    "write": "Writing the library",
    "graph": "Making the search graph",
    "check": "Checking the search graph",
    "publish": "Publishing the index",
}


class Progress:
    """A bar for each stage on a terminal, one line for each stage elsewhere.

    Called as `progress(stage, done, total)`; `total` may be 0 where it is not known.
    """

    def __init__(self) -> None:
        self._stage = ""
        self._bar: tqdm[NoReturn] | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._begin(stage)
        if self._bar is not None:
            self._bar.total = total or None
            self._bar.n = done
            self._bar.refresh()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

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
