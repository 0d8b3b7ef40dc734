"""Files that a curator adds on the page: received, and filed as proposed sources.

The bytes come as they are and are kept in memory only; Gradio's own uploads stay closed.
"""

from __future__ import annotations

import logging
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from corpus.acquiring import Acquired, Acquiring
from corpus.catalogue import MAX_BYTES
from corpus.errors import AttacheError, CorpusError
from corpus.isolating import read_isolated
from corpus.shelf import Shelf
from corpus.types import Extract
from ui.elsewhere import read_elsewhere

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from assistant.assembly import Desk

log = logging.getLogger(__name__)

MAX_NAME = 255


def add_upload(app: FastAPI, desk: Desk) -> None:
    """Adds `POST /sources?name=…&collection=…&who=…`, whose body is a file.

    The answer is JSON: `outcome` (proposed, unchanged or refused), the source's `id`, and in
    `problem` why it was refused.
    """
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse

    async def take(request: Request) -> Response:
        query, raw = request.query_params, await _body(request)
        given = [query.get(key, "")[:MAX_NAME] for key in ("name", "collection", "who")]
        told = await run_in_threadpool(_told, desk.settings.home, raw, *given)
        return JSONResponse(told)

    app.add_route("/sources", take, methods=["POST"])


async def _body(request: Request) -> bytes | None:
    """The file; None where it is too large. All of it is read, as browsers then hear the answer."""
    raw = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BYTES:
            raw += chunk
    return bytes(raw) if size <= MAX_BYTES else None


def _told(home: Path, raw: bytes | None, name: str, collection: str, who: str) -> dict[str, str]:
    try:
        acquired = take_file(home, raw, name, collection, who)
    except CorpusError as error:
        base = PurePath(name).name
        said = str(error) if base in error.message else f"{base}: {error}"
        return {"outcome": "refused", "problem": said}
    except AttacheError as error:
        return {"outcome": "refused", "problem": str(error)}
    except Exception:
        log.exception("a file could not be added")
        return {"outcome": "refused", "problem": "The file could not be added; the log says why."}
    return {"outcome": acquired.outcome, "id": acquired.entry.id}


def take_file(home: Path, raw: bytes | None, name: str, collection: str, who: str) -> Acquired:
    """Files a document as a proposed source; `raw` is None where it was too large.

    Raises:
        CorpusError: it is too large, empty, or its reader refuses it.
        ShelfProblem: it is not said who adds it, or it cannot be filed.
    """
    if raw is None:
        raise CorpusError(
            f"The file is larger than {MAX_BYTES // 2**20} MiB.", "Split it into parts."
        )
    if not raw:
        raise CorpusError("The file is empty.", "Choose another one.")
    elsewhere = read_elsewhere(home)
    with Shelf(home) as shelf:
        shelf.compare_with(elsewhere.known(), elsewhere.sentences)
        taken = frozenset(elsewhere.sources)
        return Acquiring(shelf, _Isolated(), collection, who, taken).take(raw, name)


class _Isolated:
    """The reader that the whole process shares."""

    def read(self, raw: bytes, name: str) -> Extract:
        return read_isolated(raw, name)
