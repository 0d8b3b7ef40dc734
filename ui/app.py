"""The page: a conversation, a question box with filters, and the source panel, in Gradio.

The page holds no state of its own: a `Talk` per browser session, whose conversation is turned
into HTML by pure functions. Gradio is imported when the page is built, because that takes seconds.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from assistant.types import Ask, Event
from corpus.errors import AttacheError
from corpus.types import Kind
from index.types import Filters
from ui import phrases
from ui.conversation import (
    Conversation,
    Failure,
    Talk,
    conversation_html,
    panel_html,
    status_html,
)

if TYPE_CHECKING:
    import gradio as gr

log = logging.getLogger(__name__)

CONCURRENT = 16  # people whose questions are worked on at the same time; Gradio's default is 1

EXAMPLES = (
    "What does Texas law say about sister cities?",
    "What does Indiana forbid local governments to do with foreign adversaries?",
    "Why did Prague end its sister-city agreement with Beijing?",
    "What happened to Victoria's Belt and Road agreement in Australia?",
    "Should we end our sister-city relationship?",
)

HEADING = (
    '<header><h1>Attaché</h1><p class="lead">Answers from a curated set of sources. Every '
    "sentence is checked against the words it cites before it is shown.</p></header>"
)
BOX_NOTE = (
    '<p class="hint">Answers come only from the sources of this collection. Many '
    "of these are notes: our own summaries of a publication, introduced as “summary of …” and "
    "never quoted as its words.</p>"
)


class Assistant(Protocol):
    """What the page needs of the chain."""

    def stream(self, ask: Ask, /) -> Iterator[Event]: ...


class Facets(Protocol):
    """What may be filtered by."""

    @property
    def kinds(self) -> Sequence[Kind]: ...
    @property
    def jurisdictions(self) -> Sequence[str]: ...
    @property
    def year_min(self) -> int | None: ...
    @property
    def year_max(self) -> int | None: ...


class Retriever(Protocol):
    """What the page needs of the index."""

    def facets(self) -> Facets: ...


class Desk(Protocol):
    """An assistant and its index, opened."""

    @property
    def assistant(self) -> Assistant: ...
    @property
    def retriever(self) -> Retriever: ...


def answering(
    assistant: Assistant, conversation: Conversation, text: str, filters: Filters
) -> Iterator[Conversation]:
    """The conversation as it grows by one exchange; a failure becomes part of it, said as one."""
    conversation = conversation.asking(text)
    yield conversation
    exchange = conversation.exchanges[-1]
    try:
        ask = Ask(text, date.today(), conversation.turns, filters)
        for event in assistant.stream(ask):
            exchange = exchange.after(event)
            yield conversation.with_last(exchange)
        if exchange.answer is None:
            raise RuntimeError("the assistant's stream ended without an answer")
    except AttacheError as error:
        failure = Failure(error.message, error.remedy)
        yield conversation.with_last(replace(exchange, failure=failure))
    except Exception:
        log.exception("a question could not be answered")
        failure = Failure(
            "Something went wrong inside Attaché; this says nothing about the sources.",
            "Ask again. If it happens again, tell whoever runs this server: its log has the "
            "details.",
        )
        yield conversation.with_last(replace(exchange, failure=failure))


def chosen(kinds: Sequence[str], jurisdictions: Sequence[str], first: int, last: int) -> Filters:
    """Filters from the page's fields, where year 0 stands for any; swapped years are put right."""
    if first and last and first > last:
        first, last = last, first
    return Filters(
        kinds=tuple(Kind(kind) for kind in kinds or ()),
        jurisdictions=tuple(jurisdictions or ()),
        year_from=first or None,
        year_to=last or None,
    )


def build_page(desk: Desk, examples: Sequence[str] = EXAMPLES) -> gr.Blocks:
    """The page, ready to be mounted."""
    import gradio as gr

    def view(conversation: Conversation) -> list[Any]:
        running = conversation.running
        return [
            conversation_html(conversation),
            status_html(conversation),
            panel_html(conversation),
            gr.update(interactive=not running),
            gr.update(interactive=running),
            gr.update(visible=not conversation.exchanges),
        ]

    def ask(text: str, talk: Talk, *fields: Any) -> Iterator[list[Any]]:
        before, emptied = talk.conversation, [""]
        if before.running:  # Enter while an answer is on its way: the words stay in the box
            yield [gr.skip()] * (len(shown) + 1)
            return
        for step in answering(desk.assistant, before, text or "", chosen(*fields)):
            if not talk.moves(before, step):
                yield [*view(talk.conversation), gr.skip()]
                return
            yield [*view(step), *emptied]
            before, emptied = step, [gr.skip()]

    def stop(talk: Talk) -> list[Any]:
        return view(talk.put(Conversation.stopped))

    def begin(talk: Talk) -> list[Any]:
        return [*view(talk.put(lambda _: Conversation())), ""]

    def facets() -> list[Any]:
        return [gr.update(choices=choices) for choices in _choices(desk.retriever)]

    plain: dict[str, Any] = {"js_on_load": None, "apply_default_css": False}
    with gr.Blocks(title="Attaché", analytics_enabled=False, fill_width=True) as page:
        state = gr.State(Talk())
        gr.HTML(HEADING, elem_id="heading", **plain)
        with gr.Row(elem_id="columns"):
            with gr.Column(elem_id="chat", scale=3, min_width=320):
                gr.HTML('<h2 class="unseen">Conversation</h2>', **plain)
                answers = gr.HTML(
                    conversation_html(Conversation()), elem_id="conversation", **plain
                )
                status = gr.HTML(status_html(Conversation()), **plain)
                with gr.Column(elem_id="examples") as samples:
                    gr.HTML("<h2>Questions to begin with</h2>", **plain)
                    buttons = [gr.Button(text, elem_classes="example") for text in examples]
                with gr.Row(elem_id="asking"):
                    box = gr.Textbox(
                        label="Your question", lines=1, max_lines=6, elem_id="question", scale=8
                    )
                    send = gr.Button("Ask", variant="primary", elem_id="ask", min_width=72)
                    halt = gr.Button("Stop", interactive=False, elem_id="stop", min_width=72)
                gr.HTML(BOX_NOTE, elem_id="box-hint", **plain)
                with gr.Row(elem_id="beside"):
                    with gr.Accordion("Filters", open=False, elem_id="filters"):
                        kinds, places, first, last = _choices(desk.retriever)
                        fields = [
                            gr.CheckboxGroup(kinds, label="Kind of source", elem_id="kinds"),
                            gr.Dropdown(
                                places,
                                multiselect=True,
                                label="Jurisdiction",
                                elem_id="jurisdictions",
                            ),
                            gr.Dropdown(first, value=0, label="From year", elem_id="year-from"),
                            gr.Dropdown(last, value=0, label="To year", elem_id="year-to"),
                        ]
                    new = gr.Button("New conversation", size="sm", elem_id="new")
            with gr.Column(elem_id="side", scale=2, min_width=320):
                panel = gr.HTML(panel_html(Conversation()), elem_id="panel", **plain)

        shown = [answers, status, panel, send, halt, samples]
        common: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        asking: dict[str, Any] = {**common, "outputs": [*shown, box]}
        asking |= {"concurrency_limit": CONCURRENT, "concurrency_id": "ask"}
        # By default Gradio drops an event while it believes the last one, perhaps stopped, runs.
        asking |= {"trigger_mode": "multiple"}
        running = [gr.on([box.submit, send.click], ask, [box, state, *fields], **asking)]
        running += [
            button.click(ask, [gr.State(text), state, *fields], **asking)
            for button, text in zip(buttons, examples, strict=True)
        ]
        halt.click(stop, state, shown, cancels=running, queue=False, **common)
        new.click(begin, state, [*shown, box], cancels=running, queue=False, **common)
        page.load(facets, None, fields, queue=False, **common)
    return page


Choices = list[tuple[str, str]] | list[tuple[str, int]]


def _choices(retriever: Retriever) -> tuple[Choices, Choices, Choices, Choices]:
    """Labels and values of the four filter fields; only "any" where the index cannot be read."""
    nothing: list[tuple[str, int]] = [("Any", 0)]
    try:
        facets = retriever.facets()
    except AttacheError as error:
        log.warning("filters are empty: %s", error)
        return [], [], nothing, nothing
    kinds = [(phrases.kind_name(Kind(kind)), str(kind)) for kind in facets.kinds]
    places = [(phrases.clean(place), place) for place in facets.jurisdictions]
    years = list(nothing)
    if facets.year_min is not None and facets.year_max is not None:
        years += [(str(y), y) for y in range(facets.year_max, facets.year_min - 1, -1)]
    return kinds, places, years, years
