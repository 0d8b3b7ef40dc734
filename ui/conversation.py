"""A conversation on the page: a value that each event turns into the next, and its HTML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from assistant.types import Answer, Event, Premise, Stage, Statement, Turn
from ui.panel import sources_html
from ui.rendering import answer_html, answer_text, esc, premise_html, statement_html

MAX_SHOWN = 2000

EMPTY_PANEL = (
    '<p class="hint">The sources of an answer appear here. Choose a number such as [1] in an '
    "answer to see the exact words that it rests on.</p>"
)


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong and what to do about it; never an answer."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what has arrived for it so far."""

    number: int
    asked: str
    stage: str = "Starting"
    premise: Premise | None = None
    statements: tuple[Statement, ...] = ()
    answer: Answer | None = None
    failure: Failure | None = None
    stopped: bool = False

    @property
    def running(self) -> bool:
        """Whether more may arrive."""
        return not (self.answer or self.failure or self.stopped)

    def after(self, event: Event) -> Exchange:
        """The exchange with one more event taken in."""
        match event:
            case Stage():
                return replace(self, stage=event.text)
            case Premise():
                return replace(self, premise=event)
            case Statement():
                return replace(self, statements=(*self.statements, event))
            case Answer():
                return replace(self, answer=event, statements=(*event.statements, *event.more))


@dataclass(frozen=True, slots=True)
class Conversation:
    """Exchanges, oldest first; lives as long as the browser's session and is stored nowhere."""

    exchanges: tuple[Exchange, ...] = ()

    @property
    def running(self) -> bool:
        """Whether an answer is on its way."""
        return any(e.running for e in self.exchanges)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What a next question may refer back to."""
        return tuple(e.answer.turn for e in self.exchanges if e.answer)

    def asking(self, text: str) -> Conversation:
        """The conversation with a new question."""
        return Conversation((*self.exchanges, Exchange(len(self.exchanges) + 1, text)))

    def with_last(self, exchange: Exchange) -> Conversation:
        """The conversation with its last exchange exchanged."""
        return Conversation((*self.exchanges[:-1], exchange))

    def stopped(self) -> Conversation:
        """The conversation after Stop: what has arrived stays."""
        if not self.exchanges or not self.exchanges[-1].running:
            return self
        return self.with_last(replace(self.exchanges[-1], stopped=True))


class Talk:
    """Where a browser session's conversation stands. An answer is worked on while Stop or another
    conversation may be chosen: what was chosen last holds, and the answer goes no further.
    """

    def __init__(self) -> None:
        self.conversation = Conversation()
        self._lock = Lock()

    def __deepcopy__(self, memo: object) -> Talk:
        """A fresh one: Gradio copies what it is given for every browser session."""
        return Talk()

    def moves(self, before: Conversation, after: Conversation) -> bool:
        """Takes `after` in the place of `before`; False, and not, where another stands there."""
        with self._lock:
            if self.conversation is not before:
                return False
            self.conversation = after
            return True

    def put(self, change: Callable[[Conversation], Conversation]) -> Conversation:
        """Changes the conversation whatever it is, and gives the new one."""
        with self._lock:
            self.conversation = change(self.conversation)
            return self.conversation


def conversation_html(conversation: Conversation) -> str:
    """The log of the conversation. Screen readers are told an answer once it is complete."""
    shown = "".join(_exchange_html(e) for e in conversation.exchanges)
    return (
        f'<div id="log" role="log" aria-live="polite" aria-label="Questions and answers" '
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
        text = "" if last.failure else "The answer is complete."
    return f'<p class="unseen" role="status">{esc(text)}</p>'


def panel_html(conversation: Conversation) -> str:
    """The source panel: the sources of all answers, the newest answer's first."""
    sections = [
        sources_html(str(e.number), _shortened(e.asked), e.statements, e.premise)
        for e in reversed(conversation.exchanges)
    ]
    return (
        '<section id="sources" aria-labelledby="sources-h"><h2 id="sources-h">Sources</h2>'
        f"{''.join(sections) or EMPTY_PANEL}</section>"
    )


def _exchange_html(exchange: Exchange) -> str:
    key = str(exchange.number)
    return (
        f'<article class="exchange" id="x{key}" aria-labelledby="q{key}">'
        f'<h3 class="asked" id="q{key}" dir="auto">{esc(_shortened(exchange.asked))}</h3>'
        f"{_reply_html(exchange, key)}</article>"
    )


def _reply_html(exchange: Exchange, key: str) -> str:
    if exchange.failure:
        return failure_html(exchange.failure)
    if exchange.answer:
        return answer_html(exchange.answer, key, exchange.premise) + _copy_html(
            exchange.asked, exchange.answer, key
        )
    premise = premise_html(exchange.premise, key) if exchange.premise else ""
    said = "".join(statement_html(s, key, i) for i, s in enumerate(exchange.statements))
    note = "Stopped. What is shown was checked; the answer is not complete."
    end = (
        f'<p class="note">{note}</p>'
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
        f'<p class="actions"><button type="button" class="copy" data-copy="c{key}">'
        f'Copy with citations</button></p><pre id="c{key}" class="plain" hidden>{plain}</pre>'
    )


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
