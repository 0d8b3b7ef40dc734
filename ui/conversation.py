"""A conversation as HTML: the log, the line for screen readers, and the source panel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from assistant.types import Answer, Failure
from ui.feedback import feedback_html, report_html
from ui.panel import Standing, sources_html
from ui.rendering import answer_html, answer_text, esc, premise_html, statement_html
from ui.talking import Conversation, Exchange, Marks

MAX_SHOWN = 2000
STOPPED = "Stopped. What is shown was checked; the answer is not complete."
STOPPED_EARLY = "Stopped before any of the answer had come."
FORGOTTEN = "A question that is no longer kept"
DISPOSED = "This question and its answer were disposed of under the retention schedule."

EMPTY_PANEL = (
    '<p class="hint">The sources of an answer appear here. Choose a number such as [1] in an '
    "answer to see the exact words that it rests on.</p>"
)


def conversation_html(conversation: Conversation, marks: Mapping[int, Marks] | None = None) -> str:
    """The log of the conversation, with the reader's marks by number of exchange.

    Screen readers are told an answer once it is complete.
    """
    known = marks or {}
    shown = "".join(_exchange_html(e, known.get(e.number, Marks())) for e in conversation.exchanges)
    id_ = conversation.id if conversation.begun else ""
    return (
        f'<div id="log" role="log" aria-live="polite" aria-label="Questions and answers" '
        f'data-conversation="{esc(id_)}" '
        f'aria-busy="{"true" if conversation.running else "false"}" tabindex="0">{shown}</div>'
    )


def status_html(conversation: Conversation) -> str:
    """A line that tells those who do not see the page how far the answer is."""
    last = conversation.exchanges[-1] if conversation.exchanges else None
    if last is None:
        text = ""
    elif last.running:
        text = last.stage
    elif last.stopped:
        text = "Stopped."
    else:
        text = "The answer is complete." if last.answer else ""
    return f'<p class="unseen" role="status">{esc(text)}</p>'


def panel_html(conversation: Conversation) -> str:
    """The source panel: the sources of all answers, the newest answer's first."""
    sections = [
        sources_html(
            str(e.number),
            _title(e),
            e.statements,
            e.citations,
            Standing(e.day, conversation.changes),
        )
        for e in reversed(conversation.exchanges)
    ]
    return (
        '<section id="sources" aria-labelledby="sources-h"><h2 id="sources-h">Sources</h2>'
        f"{''.join(sections) or EMPTY_PANEL}</section>"
    )


def _exchange_html(exchange: Exchange, marks: Marks) -> str:
    key = str(exchange.number)
    return (
        f'<article class="exchange" id="x{key}" aria-labelledby="q{key}">'
        f'<h3 class="asked" id="q{key}" dir="auto">{esc(_title(exchange))}</h3>'
        f"{_reply_html(exchange, key, marks)}</article>"
    )


def _title(exchange: Exchange) -> str:
    return FORGOTTEN if exchange.disposed else _shortened(exchange.asked)


def _reply_html(exchange: Exchange, key: str, marks: Marks) -> str:
    if exchange.disposed:
        return f'<p class="note">{DISPOSED}</p>'
    if exchange.failure:
        return failure_html(exchange.failure)
    around = partial(report_html, exchange, marks)
    if exchange.answer:
        actions = _copy_html(exchange.asked, exchange.answer, key)
        return (
            answer_html(exchange.answer, key, exchange.premise, around)
            + f'<div class="actions">{actions}{feedback_html(exchange, marks)}</div>'
        )
    premise = premise_html(exchange.premise, key) if exchange.premise else ""
    said = "".join(
        statement_html(s, key, i, *(around(i) if exchange.stopped else ()))
        for i, s in enumerate(exchange.statements)
    )
    end = (
        f'<p class="note">{STOPPED if premise + said else STOPPED_EARLY}</p>'
        if exchange.stopped
        else f'<p class="stage">{esc(exchange.stage)}…</p>'
    )
    return premise + said + end


def failure_html(failure: Failure) -> str:
    """A failure and its remedy, announced at once."""
    return (
        '<div class="failure" role="alert"><p><strong>This question could not be worked on.'
        f'</strong> <span dir="auto">{esc(failure.message)}</span></p>'
        f'<p dir="auto">{esc(failure.remedy)}</p></div>'
    )


def _copy_html(asked: str, answer: Answer, key: str) -> str:
    """A button and, hidden, the plain text that it copies."""
    plain = esc(f"{_shortened(asked)}\n\n{answer_text(answer)}")
    return (
        f'<button type="button" class="copy" data-copy="c{key}">Copy with citations</button>'
        f'<pre id="c{key}" class="plain" hidden>{plain}</pre>'
    )


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
