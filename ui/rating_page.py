"""A page of its own on which a person rates answers: blind, one at a time, sources at hand.

Nothing on it tells which run an answer comes from, what was expected, or what a measure or another
person thought of it. It works without scripts; one adds keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from assistant.types import Record
from evals.rating import VERDICTS, Key, Rating, order, rate, ratings_of
from evals.runs import Run
from ui.panel import sources_html
from ui.rendering import answer_html, esc

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

HERE = Path(__file__).parent
MEANINGS = {
    "right": "it answers the question, and nothing that matters is missing or wrong",
    "incomplete": "what it says is right, but something that matters is missing",
    "misleading": "a reader would come away with a wrong idea",
    "would cause a wrong decision": "who relies on it would do the wrong thing",
}
MAX_NOTE = 2000
# Keys 1 to 4 press the buttons, except while a note is typed.
SCRIPT = """
document.addEventListener('keydown', (event) => {
  if (event.target.closest('textarea') || event.ctrlKey || event.metaKey || event.altKey) return;
  const button = document.querySelector(`button[data-key="${event.key}"]`);
  if (button) button.click();
});
"""


@dataclass(frozen=True, slots=True)
class Work:
    """What one person is to rate: `items` are (number of the run, turn), in their order."""

    runs: tuple[Run, ...]
    rater: str
    items: tuple[tuple[int, Key], ...]

    def record(self, place: int) -> Record | None:
        number, (case, turn) = self.items[place]
        trial = self.runs[number].trial(case, turn)
        return trial.record if trial else None

    def given(self) -> list[Rating | None]:
        """The last verdict on each item, None where there is none yet."""
        told = [ratings_of(run).get(self.rater, {}) for run in self.runs]
        return [told[number].get(key) for number, key in self.items]

    def rate(self, place: int, verdict: str, note: str) -> None:
        """
        Raises:
            KeyError: there is no such verdict.
            CorpusError: the run folder cannot be written.
        """
        known = {v: v for v in VERDICTS}[verdict]  # type: ignore[index]
        number, (case, turn) = self.items[place]
        rate(self.runs[number], case, turn, self.rater, known, note)


def work(runs: Sequence[Run], rater: str, seed: int, sample: int | None) -> Work:
    """What a person is to rate of finished runs."""
    return Work(tuple(runs), rater, tuple(order(runs, rater, seed, sample)))


def build_app(of: Work) -> FastAPI:
    """The web application: one answer at `/`, its verdict sent back there."""
    from fastapi import FastAPI
    from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

    from ui.guarding import OWN_FORMS, Guard

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, forms=OWN_FORMS)

    def show(request: Request) -> Response:
        return HTMLResponse(page_html(of, _place(request.query_params.get("at", ""), of)))

    async def receive(request: Request) -> Response:
        fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=8)
        place = _place(fields.get("at", [""])[0], of)
        note = fields.get("note", [""])[0].strip()[:MAX_NOTE]
        if place is None:
            return RedirectResponse("/", 303)
        try:
            of.rate(place, fields.get("verdict", [""])[0], note)
        except KeyError:
            return RedirectResponse(f"/?at={place + 1}", 303)
        return RedirectResponse("/", 303)

    def style(_: Request) -> Response:
        return FileResponse(HERE / "page.css")

    app.add_route("/", show, methods=["GET"])
    app.add_route("/", receive, methods=["POST"])
    app.add_route("/page.css", style)
    return app


def page_html(of: Work, place: int | None) -> str:
    """The page for one item, counted from 0; without a place, for the first that has no verdict."""
    given = of.given()
    done = sum(rating is not None for rating in given)
    if place is None:
        place = next((i for i, rating in enumerate(given) if rating is None), None)
    if place is None:
        return _frame("All rated", _finished(len(of.items)))
    record = of.record(place)
    if record is None or record.answer is None:
        return _frame("Nothing to rate", "<p>This answer is no longer in its run.</p>")
    head = (
        f'<p class="back">{done} of {len(of.items)} rated, by {esc(of.rater)}</p>'
        f"{_steps(place, len(of.items))}{_conversation(record)}"
        f'<h1 dir="auto">{esc(record.ask.text)}</h1>'
    )
    answer = answer_html(record.answer, "0", record.premise)
    sources = sources_html("0", record.ask.text, record.answer.everything, record.citations)
    body = (
        f'{head}<section id="log" aria-label="Answer">{answer}</section>'
        f"{_form(place, given[place])}"
        f'<section id="panel" aria-label="Sources">{sources}</section>'
    )
    return _frame(f"Answer {place + 1} of {len(of.items)}", body)


def _place(text: str, of: Work) -> int | None:
    """The item of that number; None where there is none such."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else -1
    return number if 0 <= number < len(of.items) else None


def _steps(place: int, total: int) -> str:
    back = f'<a href="/?at={place - 1}">Back to the answer before</a>' if place else ""
    skip = f'<a href="/?at={place + 1}">Skip this answer</a>' if place + 1 < total else ""
    return f'<p class="steps">{" · ".join(filter(None, [back, skip]))}</p>'


def _conversation(record: Record) -> str:
    earlier = "".join(f'<li dir="auto">{esc(turn.question)}</li>' for turn in record.ask.history)
    return f"<p>Asked before:</p><ol>{earlier}</ol>" if earlier else ""


def _form(place: int, given: Rating | None) -> str:
    buttons = "".join(
        f'<button name="verdict" value="{esc(verdict)}" data-key="{key}"'
        f' aria-describedby="m{key}"{" aria-pressed=true" if _is(given, verdict) else ""}>'
        f'{key} {esc(verdict[:1].upper() + verdict[1:])}</button><span id="m{key}">'
        f"{esc(MEANINGS[verdict])}</span>"
        for key, verdict in enumerate(VERDICTS, start=1)
    )
    note = esc(given.note) if given else ""
    return (
        '<form class="rating" method="post" action="/"><h2>This answer is …</h2>'
        f'<input type="hidden" name="at" value="{place}">'
        '<label for="note">Note, if you like (before you choose)</label>'
        f'<textarea id="note" name="note" rows="2" maxlength="{MAX_NOTE}" dir="auto">{note}'
        f'</textarea><div class="choices">{buttons}</div></form>'
    )


def _is(given: Rating | None, verdict: str) -> bool:
    return given is not None and given.verdict == verdict


def _finished(total: int) -> str:
    return (
        f"<h1>All {total} answers are rated</h1><p>Thank you. Every verdict is kept; this page can "
        'be closed. <a href="/?at=0">Look at them again</a></p>'
    )


def _frame(title: str, body: str) -> str:
    # Without a referrer a form's origin would be "null", which the guard takes for another site.
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="same-origin"><link rel="icon" href="data:,">'
        f'<title>{esc(title)} – Attaché</title><link rel="stylesheet" href="/page.css"></head>'
        f'<body class="reading"><main>{body}</main><script>{SCRIPT}</script></body></html>'
    )
