"""Whether this machine can run Attaché: what `attache doctor` looks at."""

from __future__ import annotations

import platform
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.archive import FILE
from assistant.assembly import index_state, list_sources, open_records
from assistant.settings import Settings
from corpus.errors import AttacheError, CorpusError, IndexMissing, IndexStale, ServingError
from index.embedders import make_embedder


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, whether it is as it should be, and what was found."""

    name: str
    ok: bool
    text: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Looks at Python, sources, embedding model, index, records and port, in that order."""
    python = platform.python_version()
    yield Finding("Python", sys.version_info >= (3, 11), f"{python}; 3.11 or newer is needed.")
    yield _tried("Sources", lambda: _sources(settings))
    yield _tried("Embedding model", lambda: _model(settings))
    yield _tried("Index", lambda: _index(settings))
    yield _tried("Records", lambda: _records(settings))
    yield _tried("Port", lambda: _port(settings))


def _tried(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, look())
    except AttacheError as error:
        return Finding(name, False, str(error))


def _sources(settings: Settings) -> str:
    found = list_sources(settings)
    if not found.entries:
        raise CorpusError("There are no source files.", "Name a folder: attache index PATH.")
    if found.problems:
        first = found.problems[0]
        more = f" (and {len(found.problems) - 1} more)" if len(found.problems) > 1 else ""
        raise CorpusError(f"{first.path}: {first.message}{more}", first.remedy)
    return f"{len(found.entries)} files."


def _model(settings: Settings) -> str:
    return f"{make_embedder(settings.embedder, settings.number_type).fingerprint}."


def _index(settings: Settings) -> str:
    state = index_state(settings)
    if state == "missing":
        raise IndexMissing("There is no index yet.", "Run: attache index")
    if state == "stale":
        raise IndexStale("The index is out of date.", "Run: attache index")
    return "up to date."


def _records(settings: Settings) -> str:
    if not (settings.home / FILE).exists():
        return "none yet."
    kept = open_records(settings)
    try:
        return f"{kept.records.head().seq} entries; `attache record verify` reads them all."
    finally:
        kept.close()


def _port(settings: Settings) -> str:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the server does, so that a connection that is still closing is not taken for one.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ServingError(
                f"Port {settings.port} of {settings.host} cannot be used: {error.strerror}.",
                "Stop what uses it, or choose another: attache serve --port.",
            ) from error
    return f"{settings.port} of {settings.host} is free."
