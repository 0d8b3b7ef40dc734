"""Beside the chat: a text as it was cited, a conversation or a report to take away."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import quote

from assistant.assembly import KeptFiles, shelf_folder
from assistant.audits import Audited, Audits
from assistant.corrections import Change, change_of
from corpus.errors import AttacheError, RecordMissing
from corpus.types import Source, Span, TextKind
from evals.reporting import report_html
from ui import phrases
from ui.audit_text import audited_html, placed
from ui.eval_commands import runs_folder
from ui.markdown import conversation_json, conversation_markdown
from ui.quality_handling import find_run
from ui.rendering import esc

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from assistant.assembly import Desk
    from index.retriever import Retriever

MAX_SPANS = 200


def add_routes(app: FastAPI, desk: Desk) -> None:
    """Adds `/source/{id}/{version}`, `/conversation/{id}.md` and `.json`, and the report of a run,
    `/run/{name}.html`; 404 for what is not there.
    """
    from starlette.responses import HTMLResponse, PlainTextResponse, Response

    def source(request: Request) -> Response:
        id_, version = request.path_params["id"], request.path_params["version"]
        try:
            found = find_text(desk.kept, desk.retriever, id_, version)
            with closing(Audits(shelf_folder(desk.settings))) as audits:
                audited = audits.all(id_)
        except AttacheError as error:
            return PlainTextResponse(str(error), 503)
        if found is None:
            return PlainTextResponse("There is no such text.", 404)
        text, as_cited, change = found
        query = request.query_params
        spans = spans_of(query.getlist("start"), query.getlist("end"), len(text))
        beneath = placed(text, version, audited)
        return HTMLResponse(text_html(text, as_cited, change, spans, beneath))

    def conversation(request: Request) -> Response:
        id_, form = request.path_params["id"], request.path_params["form"]
        if not re.fullmatch("[0-9a-f]{24}", id_) or form not in ("md", "json"):
            return PlainTextResponse("There is no such file.", 404)
        kept = desk.kept.conversations
        try:
            listed, told = kept.get(id_), kept.exchanges(id_)
        except RecordMissing:
            return PlainTextResponse("There is no such conversation.", 404)
        except AttacheError as error:
            return PlainTextResponse(str(error), 503)
        if form == "md":
            body, kind = conversation_markdown(listed, told), "text/markdown"
        else:
            shown = conversation_json(listed, told)
            body, kind = json.dumps(shown, ensure_ascii=False, indent=2), "application/json"
        return Response(
            body.encode("utf-8", "replace"),
            media_type=f"{kind}; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="conversation-{id_}.{form}"'},
        )

    def report(request: Request) -> Response:
        try:
            run = find_run(runs_folder(desk.settings), request.path_params["name"])
            body = report_html(run)
        except AttacheError as error:
            return PlainTextResponse(str(error), 404)
        except ModuleNotFoundError as error:
            return PlainTextResponse(phrases.package_missing(error), 503)
        name = quote(f"{run.name}.html")
        return Response(
            body.encode("utf-8", "replace"),
            media_type="text/html; charset=utf-8",
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
        )

    app.add_route("/source/{id:path}/{version}", source)
    app.add_route("/run/{name}.html", report)
    app.add_route("/conversation/{id}.{form}", conversation)


def find_text(
    kept: KeptFiles, retriever: Retriever, source_id: str, version: str
) -> tuple[str, Source, Change | None] | None:
    """The text of a version, what the source was then, and what became of it; None if unknown.

    Raises:
        RecordProblem: the records cannot be read.
    """
    text = _text(kept, retriever, source_id, version)
    today = {source.id: source for source in retriever.sources()}.get(source_id)
    if text is None:
        return None
    if today is not None and today.version == version:
        return text, today, change_of(today, version)
    as_cited = kept.corrections.as_cited(source_id, version) or today
    return (text, as_cited, change_of(today, version)) if as_cited else None


def _text(kept: KeptFiles, retriever: Retriever, source_id: str, version: str) -> str | None:
    for look in (kept.records.text, retriever.source_text):
        try:
            return look(source_id, version)
        except KeyError:
            continue
    return None


def spans_of(starts: Sequence[str], ends: Sequence[str], length: int) -> tuple[Span, ...]:
    """Stretches of a text from an address, in order, joined where they overlap; others left out."""
    numbers = re.compile("[0-9]{1,9}")
    pairs = [
        Span(int(start), int(end))
        for start, end in list(zip(starts, ends, strict=False))[:MAX_SPANS]
        if numbers.fullmatch(start) and numbers.fullmatch(end)
    ]
    joined: list[Span] = []
    for span in sorted(s for s in pairs if s.start < s.end <= length):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)


def text_html(
    text: str,
    source: Source,
    change: Change | None,
    spans: Sequence[Span],
    audits: Sequence[tuple[Span, Audited, bool]] = (),
) -> str:
    """A page of its own: what the source is, and the whole text with the stretches marked.

    Beneath each of the `audits`' sentences stands what the original says; it is open where the
    sentence is marked. True: an older version of the text was audited.
    """

    def is_marked(at: Span) -> bool:
        return any(span.start < at.end and at.start < span.end for span in spans)

    beneath = {at.end: audited_html(audit, old, is_marked(at)) for at, audit, old in audits}
    shown = _marked(text, spans, beneath)
    told = f'<p class="changed">{esc(phrases.change(change))}</p>' if change else ""
    rows = "".join(
        f'<div><dt>{esc(label)}</dt><dd dir="auto">{esc(value)}</dd></div>'
        for label, value in phrases.facts(source)
    )
    note = source.text_kind is TextKind.NOTE
    heading = "The whole summary" if note else "The whole text"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{esc(source.title)} – Attaché</title>"
        '<link rel="stylesheet" href="/page.css"></head><body class="reading"><main>'
        f'<p class="back"><a href="/">Attaché</a></p>'
        f'<h1 dir="auto">{esc(source.title)}</h1>'
        f'<p class="by" dir="auto">{esc(source.publisher)}, {esc(phrases.day(source.published))}'
        f'</p><p class="textkind">{esc(phrases.text_kind(source))}</p>{told}'
        f"<dl>{rows}</dl><h2>{heading}</h2>"
        f'<div class="text" dir="auto">{shown}</div></main></body></html>'
    )


def _marked(text: str, spans: Sequence[Span], beneath: Mapping[int, str]) -> str:
    """The text with stretches marked, and with HTML put in at offsets."""
    cuts = sorted({0, len(text), *beneath, *(at for span in spans for at in span)})
    parts = []
    for start, end in pairwise(cuts):
        words = esc(text[start:end])
        if any(span.start <= start < span.end for span in spans):
            name = ' id="cited"' if start == spans[0].start else ""
            words = f"<mark{name}>{words}</mark>"
        parts.append(words + beneath.get(end, ""))
    return "".join(parts)
