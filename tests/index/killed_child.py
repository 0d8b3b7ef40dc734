"""A build that kills itself with SIGKILL at a named moment, or says when it may be killed.

    python killed_child.py SOURCES HOME STAGE COUNT

Everything is imported first; then `ready` goes out. At the COUNTth report of STAGE the process
kills itself. With the stage `any` it never does: the parent kills it when it likes.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import chromadb  # noqa: F401 - so that a kill meets the build and not an import

from corpus.catalogue import list_files
from index.building import build
from index.embedders import make_embedder


def main(sources: str, home: str, stage: str, count: str) -> None:
    left = int(count)

    def progress(at: str, done: int, total: int) -> None:  # noqa: ARG001
        nonlocal left
        if at == stage:
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    listing = list_files([Path(sources)])
    embedder = make_embedder("hashing:384")
    embedder.embed_query("warm")
    print("ready", flush=True)
    sys.stdin.readline()
    build(Path(home), listing, embedder, progress)
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
