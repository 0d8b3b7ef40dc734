"""Markdown and JSON of conversations: everything told, and nothing of a text becomes markup."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.conversations import Listed, Told
from assistant.corrections import Feedback
from assistant.types import Premise, Record, Silence
from corpus.types import TextKind
from ui.markdown import conversation_json, conversation_markdown, literal
from ui.phrases import clean

WHEN = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://example.com/x.png)",
    "[click](javascript:alert(1))",
    "[^1]: https://example.com",
    "<https://example.com>",
    "https://example.com www.example.com a@example.com",
    "# Heading",
    "1. one\n2. two",
    "- item\n\n    code\n\n---",
    "| a | b |\n|---|---|",
    "a\n===",
    "> quote &amp; &lt;b&gt; `code` **bold** __bold__ ~~no~~ $x$ \\",
    "```\nfence",
    "<!-- hidden",
    "\u202eedirrevo\x1b[31m",
)

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=60),
    st.text("[]()<>!*_`#-+=.1 \n\t|~&;:\"'^\\a/wx@", max_size=30),
)


class Reader(HTMLParser):
    """The elements and the text of HTML, and where its links and images lead."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[str] = set()
        self.targets: set[str] = set()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.targets |= {value or "" for name, value in attrs if name in ("href", "src")}

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def rendered(markdown: str, kind: str = "commonmark") -> Reader:
    return Reader(MarkdownIt(kind, {"html": True}).enable("table").render(markdown))


def plain(text: str) -> str:
    """What is read of a text: its words, without what no screen shows."""
    return "".join(clean(text).split())


def listed(title: str = "The bridge") -> Listed:
    return Listed("c" * 24, title, WHEN, WHEN, 1, False)


def told(record: Record | None, **changes: object) -> Told:
    return replace(Told("0" * 16, WHEN, record, None, ()), **changes)  # type: ignore[arg-type]


@given(texts, st.sampled_from(["{}", "- {}", "## 1. {}", "**{}** (said):", "Title: *{}*, next."]))
@example("*", "**{}** (said):")
def test_any_text_is_shown_as_it_is_wherever_it_stands(text: str, place: str) -> None:
    if not plain(text):
        return
    shown = rendered(place.format(literal(text)))
    assert plain(text) in plain(shown.text)
    assert shown.elements <= {"p", "ul", "li", "h2", "strong", "em"}
    assert shown.targets == set()


@given(text=texts)
def test_no_text_of_a_conversation_becomes_markup(
    text: str, make_record: Callable[..., Record]
) -> None:
    record = make_record(
        f"Why {text}?", words=f"So {text}.", title=text, publisher=text, cite_as=text, url=text
    )
    answer = record.answer
    assert answer
    citations = answer.statements[0].citations
    record = replace(
        record,
        premise=Premise(text, citations),
        answer=replace(
            answer, opening=text, uncovered=(text,), silence=Silence("not_answered", text)
        ),
    )
    markdown = conversation_markdown(listed(text), [told(record, feedback=Feedback(False, text))])
    shown = rendered(markdown)
    assert shown.elements <= set("h1 h2 p strong em ul li a".split())
    assert shown.targets <= {record.statements[0].citations[0].source.url}
    assert plain(shown.text).count(plain(text)) >= 8 or not plain(text)


def test_footnotes_are_numbered_through_the_whole_file_and_each_is_told_once(
    make_record: Callable[..., Record],
) -> None:
    markdown = conversation_markdown(listed(), [told(make_record()), told(make_record())])
    assert re.findall(r"^\[\^(\d+)\]: ", markdown, re.MULTILINE) == ["1", "2"]
    assert re.findall(r"\[\^(\d+)\](?!:)", markdown) == ["1", "2"]


def test_words_stand_in_quotation_marks_only_where_they_are_the_publications_own(
    make_record: Callable[..., Record],
) -> None:
    own = conversation_markdown(listed(), [told(make_record())])
    note = conversation_markdown(listed(), [told(make_record(text_kind=TextKind.NOTE))])
    assert "the city archive, page 3: “The bridge was opened in 1979.”" in own
    assert "Summary of the city archive, page 3: The bridge was opened in 1979." in note
    assert "“" not in note


def test_an_answer_is_told_with_who_says_so_what_was_checked_and_what_is_missing(
    make_record: Callable[..., Record],
) -> None:
    record = make_record()
    feedback = Feedback(False, "Too old.")
    markdown = conversation_markdown(listed(), [told(record, feedback=feedback, reported=(0,))])
    for wanted in (
        "**City archive, 2025** (matches the cited text):",
        "The bridge was opened in 1979.[^1]",
        "**Date.** This was long ago.",
        "- Who paid for it?",
        "1 sentence was withheld",
        "- The bridge, City archive (Tolls)",
        "Searched: 30 sources, 90 passages.",
        "<https://example.org/bridge>",
        "4 May 2026, 12:00:00 UTC",
        "**A reader found this not helpful.** Too old.",
        "**Reported as wrong:** sentence 1.",
    ):
        assert wanted in markdown


@pytest.mark.parametrize(
    ("outcome", "said"), [("stopped", "Stopped before the answer"), ("failed", "no answer")]
)
def test_what_is_no_whole_answer_is_told_as_such_with_what_had_come(
    make_record: Callable[..., Record], outcome: str, said: str
) -> None:
    one = told(make_record(outcome=outcome))
    markdown = conversation_markdown(listed(), [one])
    assert said in markdown
    assert "The bridge was opened in 1979.[^1]" in markdown
    (exchange,) = conversation_json(listed(), [one])["exchanges"]
    assert exchange["outcome"] == outcome
    assert exchange["answer"] is None
    assert exchange["partial"][0]["text"] == "The bridge was opened in 1979."


def test_what_was_disposed_of_is_told_as_such() -> None:
    markdown = conversation_markdown(listed(), [told(None)])
    assert "disposed of by the schedule" in markdown
    (exchange,) = conversation_json(listed(), [told(None)])["exchanges"]
    assert exchange["outcome"] == "disposed"


def test_the_json_of_a_conversation_holds_question_answer_and_what_was_said_of_it(
    make_record: Callable[..., Record],
) -> None:
    one = told(make_record(), feedback=Feedback(True, "Good."), reported=(0,))
    value = json.loads(json.dumps(conversation_json(listed(), [one])))
    (exchange,) = value["exchanges"]
    assert value["title"] == "The bridge"
    assert exchange["question"] == "When was the bridge opened?"
    assert exchange["answer"]["statements"][0]["citations"][0]["source_id"] == "bridge"
    assert exchange["feedback"] == {"good": True, "reason": "Good."}
    assert exchange["reported"] == [0]
