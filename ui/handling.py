"""What happens on the page: each handler turns what a person did into what is shown next.

Gradio is imported when a handler runs; `app.py` puts the handlers and the components together.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from assistant.conversations import Listed
from assistant.types import Ask, Event, Failure
from corpus.errors import AttacheError, QuestionError, RecordMissing
from corpus.types import Kind
from index.types import Filters
from ui import curating, feedback, phrases
from ui.conversation import conversation_html, panel_html, status_html
from ui.history import LIMIT, MAX_SEARCH, MAX_TITLE, head_html, list_html, problem_html
from ui.talking import INTERNAL, Conversation, Talk, restored

if TYPE_CHECKING:
    from assistant.assembly import Desk

log = logging.getLogger(__name__)

NOT_FOUND = (
    "The conversation of this address was not found. It may have been disposed of, or its first "
    "answer is still being written down: then it is here when you reload."
)
BUSY = "An answer is on its way. Stop it or let it end, then ask the case again."
NOT_UNDERSTOOD = "That could not be understood. Reload the page and try again."
_ID = re.compile("[0-9a-f]{24}")

Updates = list[Any]
Choices = list[tuple[str, str]] | list[tuple[str, int]]


class Recorder(Protocol):
    """What answers a question and writes the answer down."""

    def stream(self, ask: Ask, conversation: str, /) -> Iterator[Event]: ...


def answering(
    recorder: Recorder, conversation: Conversation, text: str, filters: Filters
) -> Generator[Conversation, None, None]:
    """The conversation as it grows by one exchange; a failure becomes part of it, said as one."""
    turns = conversation.turns
    conversation = conversation.asking(text)
    yield conversation
    exchange = conversation.exchanges[-1]
    try:
        ask = Ask(text, date.today(), turns, filters)
        for event in recorder.stream(ask, conversation.id):
            exchange = exchange.after(event)
            yield conversation.with_last(exchange)
        if exchange.answer is None:
            raise RuntimeError("the assistant's stream ended without an answer")
    except AttacheError as error:
        failure = Failure(error.message, error.remedy)
        refused = isinstance(error, QuestionError)
        yield conversation.with_last(replace(exchange, failure=failure, refused=refused))
    except Exception:
        log.exception("a question could not be answered")
        yield conversation.with_last(replace(exchange, failure=INTERNAL))


def chosen(
    kinds: Sequence[str],
    jurisdictions: Sequence[str],
    first: int,
    last: int,
    collections: Sequence[str] = (),
) -> Filters:
    """Filters from the page's fields, where year 0 stands for any; swapped years are put right."""
    if first and last and first > last:
        first, last = last, first
    return Filters(
        kinds=tuple(Kind(kind) for kind in kinds or ()),
        jurisdictions=tuple(jurisdictions or ()),
        year_from=first or None,
        year_to=last or None,
        collections=tuple(collections or ()),
    )


class Handlers:
    """What the page does with a desk.

    A handler that changes the conversation gives `view` (VIEW updates) and then `around`
    (the list of conversations and the head of the open one). `shown` is the id of the
    conversation that the browser shows, which a server that was started anew does not know.
    """

    VIEW = 8

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def view(self, talk: Talk, problem: str = "") -> Updates:
        """The conversation, its id, status and sources, Ask, Stop, the examples, and a problem."""
        import gradio as gr

        conversation = talk.conversation
        running = conversation.running
        return [
            conversation_html(conversation, talk.marks),
            conversation.id if conversation.begun else "",
            status_html(conversation),
            panel_html(conversation),
            gr.update(interactive=not running),
            gr.update(interactive=running),
            gr.update(visible=not conversation.exchanges),
            problem_html(problem),
        ]

    def around(self, talk: Talk, search: str, hidden: bool) -> Updates:
        """The side bar's list and the head of the open conversation."""
        return [self.listed(talk, search, hidden), head_html(self._open(talk))]

    def listed(self, talk: Talk, search: str, hidden: bool) -> str:
        """The side bar's list."""
        words = (search or "")[:MAX_SEARCH]
        try:
            found = self._desk.kept.conversations.listed(words, bool(hidden), LIMIT)
        except AttacheError as error:
            return problem_html(str(error))
        return list_html(found, talk.conversation.id, words, bool(hidden))

    def _open(self, talk: Talk) -> Listed | None:
        if not talk.conversation.begun:
            return None
        try:
            return self._desk.kept.conversations.get(talk.conversation.id)
        except AttacheError:
            return None

    def load(self, talk: Talk, id_: str) -> Updates:
        """The conversation that the address names, or an empty one."""
        problem = self._read(talk, id_) if id_ else ""
        return [*self.view(talk, problem), *self.around(talk, "", False)]

    def open(self, talk: Talk, id_: str, search: str, hidden: bool) -> Updates:
        """Another conversation, read from the records; the one being answered stays."""
        import gradio as gr

        if talk.conversation.running and talk.conversation.id == id_:
            return [gr.skip()] * (self.VIEW + 2)
        problem = self._read(talk, id_)
        return [*self.view(talk, problem), *self.around(talk, search, hidden)]

    def _resume(self, talk: Talk, shown: str) -> None:
        """A page that outlived the server goes on with the conversation that it shows."""
        if shown and not talk.conversation.exchanges:
            self._read(talk, shown)

    def _read(self, talk: Talk, id_: str) -> str:
        """Puts a conversation into the talk; what went wrong, where it did not."""
        if not _ID.fullmatch(id_):
            return NOT_FOUND
        kept = self._desk.kept.conversations
        try:
            kept.get(id_)
        except RecordMissing:
            return NOT_FOUND
        except AttacheError as error:
            return str(error)
        try:
            talk.open(*restored(id_, kept.exchanges(id_), self._desk.retriever.sources()))
        except AttacheError as error:
            return str(error)
        return ""

    def begin(self, talk: Talk, search: str, hidden: bool) -> Updates:
        """An empty conversation."""
        talk.open(Conversation(), {})
        return [*self.view(talk), *self.around(talk, search, hidden), ""]

    def ask(
        self, text: str, talk: Talk, shown: str, search: str, hidden: bool, *fields: Any
    ) -> Iterator[Updates]:
        """The answer as it comes; the list follows once it is complete.

        The box is emptied; what was refused stands in it again, to be put right.
        """
        self._resume(talk, shown)
        yield from self._asked(text or "", talk, talk.conversation, chosen(*fields), search, hidden)

    def ask_all(
        self, asked: Sequence[tuple[str, Filters]], talk: Talk, search: str, hidden: bool
    ) -> Iterator[Updates]:
        """A new conversation in which questions are asked one after the other, as `ask`, and what
        stands in the box is left alone. Where one is stopped or fails, or another conversation is
        opened, the rest is not asked.
        """
        import gradio as gr

        here = talk.begin()
        if here is None:
            yield [*self.view(talk, BUSY), *[gr.skip()] * 3]
            return
        id_ = here.id
        for number, (text, filters) in enumerate(asked, start=1):
            for step in self._asked(text, talk, here, filters, search, hidden):
                yield [*step[:-1], gr.skip()]
            here = talk.conversation
            done = here.exchanges
            if here.id != id_ or len(done) != number or done[-1].answer is None:
                return

    def _asked(
        self,
        text: str,
        talk: Talk,
        before: Conversation,
        filters: Filters,
        search: str,
        hidden: bool,
    ) -> Iterator[Updates]:
        """The answer to a question of the conversation `before`, unless the talk has left it."""
        import gradio as gr

        skip, box = gr.skip(), ""
        if before.running:  # Enter while an answer is on its way: the words stay in the box
            yield [skip] * (self.VIEW + 3)
            return
        steps = answering(self._desk.recording, before, text, filters)
        with closing(steps):
            for step in steps:
                if not talk.moves(before, step):
                    complete = step.running and step.exchanges[-1].record
                    caught_up = talk.catch_up(next(steps, step) if complete else step)
                    break
                around = [skip, skip] if step.running else self.around(talk, search, hidden)
                box = text if step.exchanges[-1].refused else box
                view = self.view(talk)
                if before.running:  # a problem that was told meanwhile stays to be read
                    view[-1] = skip
                yield [*view, *around, box]
                before, box = step, skip
            else:
                return
        # Stopped, or left for another conversation; what had come has been written down by now.
        view = self.view(talk) if caught_up else [skip] * self.VIEW
        yield [*view, *self.around(talk, search, hidden), skip]

    def stop(self, talk: Talk) -> Updates:
        """What has arrived stays; the answer goes no further."""
        talk.put(Conversation.stopped)
        return self.view(talk)

    def manage(
        self, talk: Talk, shown: str, data: dict[str, Any], search: str, hidden: bool
    ) -> Updates:
        """Renames, hides or shows the open conversation."""
        self._resume(talk, shown)
        conversations, id_ = self._desk.kept.conversations, str(data.get("conversation", ""))

        def act() -> None:
            if not _ID.fullmatch(id_):
                raise RecordMissing(NOT_FOUND, "")
            match data.get("do"):
                case "rename":
                    conversations.rename(id_, str(data.get("title", ""))[:MAX_TITLE])
                case "hide":
                    conversations.hide(id_)
                case "show":
                    conversations.show(id_)

        problem = _problem_of(act)
        return [problem_html(problem), *self.around(talk, search, hidden)]

    def mark(self, talk: Talk, shown: str, data: dict[str, Any]) -> Updates:
        """Takes thumbs, a report of a sentence or a note on one."""
        self._resume(talk, shown)
        problem = _problem_of(lambda: feedback.take(self._desk.kept, talk, data))
        return [conversation_html(talk.conversation, talk.marks), problem_html(problem)]

    def curate(self) -> Updates:
        """The Corrections tab as it stands now."""
        try:
            sources = self._desk.retriever.sources()
            return [curating.tab_html(self._desk.kept, sources), ""]
        except AttacheError as error:
            return ["", problem_html(str(error))]

    def decide(self, data: dict[str, Any]) -> Updates:
        """Takes a curator's decision."""
        problem = _problem_of(lambda: curating.decide(self._desk.kept, data))
        shown, trouble = self.curate()
        return [shown, problem_html(problem) or trouble]

    def choices(self) -> tuple[Choices, Choices, Choices, Choices, Choices]:
        """Labels and values of the five filter fields; only "any" where there is no index."""
        nothing: list[tuple[str, int]] = [("Any", 0)]
        try:
            facets = self._desk.retriever.facets()
        except AttacheError as error:
            log.warning("filters are empty: %s", error)
            return [], [], nothing, nothing, []
        kinds = [(phrases.kind_name(Kind(kind)), str(kind)) for kind in facets.kinds]
        places = [(phrases.clean(place), place) for place in facets.jurisdictions]
        years = list(nothing)
        if facets.year_min is not None and facets.year_max is not None:
            years += [(str(y), y) for y in range(facets.year_max, facets.year_min - 1, -1)]
        collections = [(phrases.clean(name), name) for name in facets.collections]
        return kinds, places, years, years, collections


def _problem_of(act: Callable[[], None]) -> str:
    """Why something could not be done, in a line; empty where it was."""
    try:
        act()
    except ValidationError:
        return NOT_UNDERSTOOD
    except AttacheError as error:
        return str(error)
    return ""
