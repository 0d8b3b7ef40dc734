"""The page: conversations, a question box with filters, the source panel; the other tabs.

Layout and wiring only; what happens is told in `handling.py`. The page holds no state of its own:
a `Talk` per browser session, which is turned into HTML by pure functions. Gradio is imported when
the page is built, because that takes seconds. Annotations here are evaluated, unlike elsewhere:
Gradio looks at them to see which handlers want the event or the request.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from corpus.errors import AttacheError
from ui import phrases
from ui.collection import At
from ui.collection_handling import Collecting
from ui.conversation import conversation_html, panel_html, status_html
from ui.handling import Handlers, Updates
from ui.history import FOLD, MAX_SEARCH, head_html
from ui.quality import Visit
from ui.quality_handling import Measuring
from ui.talking import Conversation, Talk

if TYPE_CHECKING:
    import gradio as gr

    from assistant.assembly import Desk

CONCURRENT = 16  # people whose questions are worked on at the same time; Gradio's default is 1

EXAMPLES = (
    "What does Texas law say about sister cities?",
    "How did Carmel and Columbus handle Indiana's law?",
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
    "never quoted as its words. {kept}</p>"
)
CURATING = (
    '<p class="hint">For curators: sentences that readers reported as wrong, and answers that rest '
    "on sources which have changed.</p>"
)

# Buttons, links and forms marked with `data-do` are told to the server with all their data; those
# with `data-event` as another event than a click.
ACTS = """
element.addEventListener('click', event => {
  const chosen = event.target.closest('[data-do]:not(form)');
  if (!chosen || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  trigger(chosen.dataset.event ?? 'click', {...chosen.dataset});
});
element.addEventListener('submit', event => {
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(event.target, event.submitter));
  if (!event.target.dataset.upload) trigger('submit', {...event.target.dataset, ...fields});
});
"""
# A file goes to the address that its form names; what became of it is told like any other form.
UPLOADS = """
element.addEventListener('submit', async event => {
  const {upload, ...rest} = event.target.dataset;
  if (!upload) return;
  const {file, ...fields} = Object.fromEntries(new FormData(event.target));
  const query = new URLSearchParams({...fields, name: file.name});
  let told = {outcome: 'lost'};
  try {
    told = await (await fetch(`${upload}?${query}`, {method: 'POST', body: file})).json();
  } catch {}
  trigger('submit', {...rest, ...fields, ...told});
});
"""
# By default Gradio drops an event while it believes the last one, perhaps stopped, runs.
_COMMON: dict[str, Any] = {
    "api_visibility": "private", "show_progress": "hidden", "trigger_mode": "multiple",
}  # fmt: skip
_AT_ONCE = {**_COMMON, "queue": False}
_ASKING: dict[str, Any] = {"concurrency_limit": CONCURRENT, "concurrency_id": "ask"}
_PLAIN: dict[str, Any] = {"js_on_load": None, "apply_default_css": False}
_ACTING: dict[str, Any] = {"js_on_load": ACTS, "apply_default_css": False}


class History(NamedTuple):
    """The side bar."""

    new: "gr.Button"
    search: "gr.Textbox"
    hidden: "gr.Checkbox"
    talks: "gr.HTML"


class Chat(NamedTuple):
    """The conversation and the question box."""

    head: "gr.HTML"
    problem: "gr.HTML"
    answers: "gr.HTML"
    shown: "gr.Textbox"
    status: "gr.HTML"
    samples: "gr.Column"
    buttons: "list[gr.Button]"
    box: "gr.Textbox"
    send: "gr.Button"
    halt: "gr.Button"
    fields: "list[Any]"


def build_page(desk: "Desk", examples: Sequence[str] = EXAMPLES) -> "gr.Blocks":
    """The page, ready to be mounted."""
    import gradio as gr

    handlers = Handlers(desk)
    with gr.Blocks(title="Attaché", analytics_enabled=False, fill_width=True) as page:
        talk = gr.State(Talk())
        gr.HTML(HEADING, elem_id="heading", **_PLAIN)
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab("Questions", id="questions"), gr.Row(elem_id="columns"):
                with gr.Column(elem_id="history", scale=1, min_width=200):
                    history = _history()
                with gr.Column(elem_id="chat", scale=3, min_width=320):
                    chat = _chat(handlers, examples, desk.settings.keep_answers_days)
                with gr.Column(elem_id="side", scale=2, min_width=320):
                    panel = gr.HTML(panel_html(Conversation()), elem_id="panel", **_PLAIN)
            with gr.Tab("Sources", id="catalogue") as shelf:
                at = gr.State(At())
                catalogue = gr.HTML(
                    "", elem_id="catalogue", js_on_load=ACTS + UPLOADS, apply_default_css=False
                )
            with gr.Tab("Corrections", id="corrections") as tab:
                gr.HTML(CURATING, **_PLAIN)
                trouble = gr.HTML("", elem_id="trouble", **_PLAIN)
                reports = gr.HTML("", elem_id="reports", **_ACTING)
            with gr.Tab("Quality", id="quality") as measured:
                visit = gr.State(Visit())
                quality = gr.HTML("", elem_id="quality", **_ACTING)
        _wire(page, handlers, talk, history, chat, panel, examples)
        _wire_collection(Collecting(desk), shelf, catalogue, at)
        _wire_curating(handlers, tab, reports, trouble)
        measuring = Measuring(desk)
        _wire_quality(measuring, measured, quality, visit)
        _wire_trying(handlers, measuring, quality, tabs, talk, history, chat, panel)
    return page


def _history() -> History:
    import gradio as gr

    new = gr.Button("New conversation", elem_id="new")
    gr.HTML(FOLD, elem_id="folding", **_PLAIN)
    with gr.Column(elem_id="folded"):
        search = gr.Textbox(
            label="Search conversations", lines=1, max_lines=1, max_length=MAX_SEARCH,
            elem_id="search",
        )  # fmt: skip
        hidden = gr.Checkbox(label="Hidden conversations", elem_id="hidden")
        talks = gr.HTML("", elem_id="talks", **_ACTING)
    return History(new, search, hidden, talks)


def _chat(handlers: Handlers, examples: Sequence[str], days: int) -> Chat:
    import gradio as gr

    empty = Conversation()
    head = gr.HTML(head_html(None), elem_id="head", **_ACTING)
    problem = gr.HTML("", elem_id="problem", **_PLAIN)
    answers = gr.HTML(conversation_html(empty), elem_id="conversation", **_ACTING)
    shown = gr.Textbox(visible=False)  # the id of what the browser shows outlives the server
    status = gr.HTML(status_html(empty), **_PLAIN)
    with gr.Column(elem_id="examples") as samples:
        gr.HTML("<h2>Questions to begin with</h2>", **_PLAIN)
        buttons = [gr.Button(text, elem_classes="example") for text in examples]
    with gr.Row(elem_id="asking"):
        box = gr.Textbox(label="Your question", lines=1, max_lines=6, elem_id="question", scale=8)
        send = gr.Button("Ask", variant="primary", elem_id="ask", min_width=72)
        halt = gr.Button("Stop", interactive=False, elem_id="stop", min_width=72)
    gr.HTML(BOX_NOTE.format(kept=phrases.kept_for(days)), elem_id="box-hint", **_PLAIN)
    with gr.Accordion("Filters", open=False, elem_id="filters"):
        kinds, places, first, last, collections = handlers.choices()
        fields = [
            gr.CheckboxGroup(kinds, label="Kind of source", elem_id="kinds"),
            gr.Dropdown(places, multiselect=True, label="Jurisdiction", elem_id="jurisdictions"),
            gr.Dropdown(first, value=0, label="From year", elem_id="year-from"),
            gr.Dropdown(last, value=0, label="To year", elem_id="year-to"),
            gr.CheckboxGroup(
                collections,
                label="Collection",
                elem_id="collections",
                visible=len(collections) > 1,
            ),
        ]
    return Chat(head, problem, answers, shown, status, samples, buttons, box, send, halt, fields)


def _wire(
    page: "gr.Blocks",
    handlers: Handlers,
    talk: "gr.State",
    history: History,
    chat: Chat,
    panel: "gr.HTML",
    examples: Sequence[str],
) -> None:
    """Connects what a person does on the first tab with its handler."""
    import gradio as gr

    def load(request: gr.Request, at: Talk) -> Updates:
        choices = [gr.update(choices=choices) for choices in handlers.choices()]
        choices[-1]["visible"] = len(choices[-1]["choices"]) > 1
        return [*handlers.load(at, request.query_params.get("c", "")), *choices]

    def open_(event: gr.EventData, at: Talk, search: str, hidden: bool) -> Updates:
        return handlers.open(at, str(event._data.get("conversation", "")), search, hidden)

    def manage(event: gr.EventData, at: Talk, id_: str, search: str, hidden: bool) -> Updates:
        return handlers.manage(at, id_, event._data, search, hidden)

    def mark(event: gr.EventData, at: Talk, id_: str) -> Updates:
        return handlers.mark(at, id_, event._data)

    shown, around = _views(history, chat, panel)
    listing = [talk, history.search, history.hidden]
    asking = {**_COMMON, **_ASKING, "outputs": [*shown, *around, chat.box]}
    at_once = _AT_ONCE

    resuming = [talk, chat.shown, history.search, history.hidden]
    fields, ask = [*resuming, *chat.fields], handlers.ask
    gr.on([chat.box.submit, chat.send.click], ask, [chat.box, *fields], **asking)
    for button, text in zip(chat.buttons, examples, strict=True):
        button.click(ask, [gr.State(text), *fields], **asking)
    chat.halt.click(handlers.stop, talk, shown, **at_once)
    history.new.click(handlers.begin, listing, [*shown, *around, chat.box], **at_once)
    history.talks.click(open_, listing, [*shown, *around], **at_once)
    gr.on([chat.head.click, chat.head.submit], manage, resuming, [chat.problem, *around], **at_once)
    gr.on(
        [chat.answers.click, chat.answers.submit], mark, [talk, chat.shown],
        [chat.answers, chat.problem],
        **at_once,
    )  # fmt: skip
    latest = {**at_once, "trigger_mode": "always_last"}
    for changes in (history.search.change, history.hidden.change):
        changes(handlers.listed, listing, history.talks, **latest)
    page.load(load, talk, [*shown, *around, *chat.fields], **at_once)


def _wire_collection(
    collecting: Collecting, tab: "gr.Tab", catalogue: "gr.HTML", at: "gr.State"
) -> None:
    import gradio as gr

    def act(event: gr.EventData, where: At) -> Updates:
        return collecting.act(where, event._data)

    tab.select(collecting.show, at, [catalogue, at], **_AT_ONCE)
    gr.on([catalogue.click, catalogue.submit], act, at, [catalogue, at], **_AT_ONCE)


def _wire_curating(
    handlers: Handlers, tab: "gr.Tab", reports: "gr.HTML", trouble: "gr.HTML"
) -> None:
    import gradio as gr

    def decide(event: gr.EventData) -> Updates:
        return handlers.decide(event._data)

    tab.select(handlers.curate, None, [reports, trouble], **_AT_ONCE)
    reports.submit(decide, None, [reports, trouble], **_AT_ONCE)


def _wire_quality(
    measuring: Measuring, tab: "gr.Tab", quality: "gr.HTML", visit: "gr.State"
) -> None:
    import gradio as gr

    def show(here: Visit) -> Any:
        html = here.shown(measuring.show)
        return gr.skip() if html is None else html

    def act(event: gr.EventData, here: Visit) -> Any:
        html = here.acted(lambda at: measuring.act(at, event._data))
        return gr.skip() if html is None else html

    tab.select(show, visit, quality, **_AT_ONCE)
    gr.on([quality.click, quality.submit], act, visit, quality, **_AT_ONCE)


def _wire_trying(
    handlers: Handlers,
    measuring: Measuring,
    quality: "gr.HTML",
    tabs: "gr.Tabs",
    talk: "gr.State",
    history: History,
    chat: Chat,
    panel: "gr.HTML",
) -> None:
    """A case of a run is asked in the chat, with its filters, in a conversation of its own.

    The page's own filters stay: those of a case may be none of the choices there.
    """
    import gradio as gr

    def try_(event: gr.EventData, at: Talk, search: str, hidden: bool) -> Iterator[Updates]:
        there = gr.update(selected="questions")
        try:
            asked = measuring.asking(event._data)
        except AttacheError as error:
            yield [*handlers.view(at, str(error)), *[gr.skip()] * 3, there]
            return
        for step in handlers.ask_all(asked, at, search, hidden):
            yield [*step, there]
            there = gr.skip()

    shown, around = _views(history, chat, panel)
    outputs = [*shown, *around, chat.box, tabs]
    listing = [talk, history.search, history.hidden]
    quality.select(try_, listing, outputs, **_COMMON, **_ASKING)


def _views(history: History, chat: Chat, panel: "gr.HTML") -> tuple[list[Any], list[Any]]:
    """What shows the conversation, and what stands around it, in the order of the handlers."""
    shown = [chat.answers, chat.shown, chat.status, panel]
    shown += [chat.send, chat.halt, chat.samples, chat.problem]
    return shown, [history.talks, chat.head]
