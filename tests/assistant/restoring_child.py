"""Uses a home in a process of its own: searches it, or restores into it until it is killed.

    python restoring_child.py search HOME
    python restoring_child.py restore HOME BACKUP STAGE COUNT

`search` goes on searching and reading the records until standard input ends; each line that
comes in is answered with what is found then and what went wrong so far. `restore` says `ready` and
kills itself with SIGKILL at the COUNTth report of STAGE.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import chromadb  # noqa: F401 - so that a kill meets the work and not an import

from assistant.archive import FILE, Archive
from assistant.records import Records
from assistant.restoring import restore_backup
from assistant.settings import load_settings
from index.embedders import make_embedder
from index.retriever import Retriever
from index.types import Query


def search(home: str) -> None:
    retriever = Retriever(Path(home), make_embedder("hashing:384"))
    records = Records(Archive(Path(home) / FILE))
    done = threading.Event()
    problems: list[str] = []

    def look() -> dict[str, Any]:
        found = retriever.search(Query("the bridge of town3 or a tunnel"))
        words = " ".join(hit.passage.text for hit in found.hits)
        held = [word for word in ("bridge", "tunnel") if word in words]
        return {"generation": found.generation, "held": held, "entries": records.head().seq}

    def go_on() -> None:
        while not done.is_set():
            try:
                seen = look()
                if len(seen["held"]) != 1:
                    problems.append(f"a mixture: {seen}")
            except Exception as error:
                problems.append(repr(error))

    thread = threading.Thread(target=go_on)
    thread.start()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps({**look(), "problems": problems}), flush=True)
    done.set()
    thread.join()
    retriever.close()
    records.archive.close()


def restore(home: str, backup: str, stage: str, count: str) -> None:
    left = int(count)

    def progress(at: str, done: int, total: int) -> None:  # noqa: ARG001
        nonlocal left
        if at == stage:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    settings = load_settings(home=home, starter=False, embedder="hashing:384")
    print("ready", flush=True)
    restore_backup(settings, Path(backup), progress, replace=True)


if __name__ == "__main__":
    {"search": search, "restore": restore}[sys.argv[1]](*sys.argv[2:])
