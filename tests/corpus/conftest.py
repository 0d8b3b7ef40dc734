"""A reader of foreign files, and the modules that make such files by hand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.isolating import Reader

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    """A reader with the usual bounds; read with it, change nothing."""
    with Reader() as opened:
        yield opened
