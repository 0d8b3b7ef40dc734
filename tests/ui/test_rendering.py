"""Answers as HTML, plain text and JSON: nothing of a source or a user becomes markup."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.corrections import Change, Feedback
from assistant.types import (
    Answer,
    Ask,
    Caveat,
    Citation,
    Failure,
    Nearest,
    Premise,
    Question,
    Searched,
    Silence,
    Stage,
    Statement,
    Support,
)
from corpus.errors import QuestionError
from corpus.types import Kind, Passage, ReadExtent, Source, TextKind
from index.types import Filters
from ui.conversation import conversation_html, failure_html, panel_html
from ui.handling import answering, chosen
from ui.panel import link_html, sources_html
from ui.phrases import day, web_address
from ui.rendering import answer_html, answer_json, answer_text, esc
from ui.talking import Conversation, Marks, Talk

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "![x](https://example.com/x.png)",
    "[click](javascript:alert(1))",
    "<!-- hidden --> `code` $$x^2$$ {{constructor}} ${alert(1)}",
    "</textarea></pre></details><iframe src=//example.com>",
)
# Every element and attribute that the page's own markup is made of.
ELEMENTS = set(
    "a article blockquote button cite dd details div dl dt fieldset form h2 h3 h4 input label "
    "legend li mark nav p pre section span strong summary textarea ul".split()
)
ATTRIBUTES = set(
    "aria-busy aria-current aria-describedby aria-label aria-labelledby aria-live class "
    "data-conversation data-copy data-count data-do data-exchange data-position data-record "
    "data-reports dir download hidden href id maxlength name rel required role rows tabindex "
    "target type value".split()
)
OWN_ADDRESSES = ("#", "http://", "https://", "/?c=", "/source/", "/conversation/")

texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))


def cited(statements: tuple[Statement, ...]) -> list[Citation]:
    return [citation for statement in statements for citation in statement.citations]


class Reader(HTMLParser):
    """Reads HTML as a browser would: elements, attributes and the text that is seen."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.comments = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:  # noqa: ARG002 - the name is HTMLParser's
        self.comments += 1

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


def assert_only_own_markup(html: str) -> None:
    read = Reader(html)
    assert {tag for tag, _ in read.elements} <= ELEMENTS
    assert {name for _, attributes in read.elements for name in attributes} <= ATTRIBUTES
    assert read.comments == 0
    for attributes in read.all("a"):
        assert (attributes["href"] or "").startswith(OWN_ADDRESSES)


def make_source(words: str = "Example News", **changes: object) -> Source:
    source = Source(
        id="example-2025",
        version="v1",
        title=f"Title of {words}",
        publisher=words,
        cite_as=words,
        kind=Kind.NEWS,
        text_kind=TextKind.NOTE,
        path="example-2025.md",
        published="2025-03-01",
        read_extent=ReadExtent.SECONDARY,
        url="https://example.org/a",
    )
    return replace(source, **changes)  # type: ignore[arg-type]


def make_citation(number: int, source: Source, words: str, before: str = "Before. ") -> Citation:
    text = f"{before}{words} After."
    passage = Passage("p1", source.id, "v1", text, 100, 100 + len(text), "Heading", 3, ())
    start = 100 + len(before)
    return Citation(number, source, passage, words, start, start + len(words))


def make_answer(words: str = "The law forbids it.", **changes: object) -> Answer:
    source = make_source()
    statement = Statement(
        words,
        "Summary of Example News, 2025",
        (make_citation(1, source, words),),
        Support("verbatim", 1.0),
        "Law",
    )
    ask = Ask("What does the law say?", date(2026, 1, 1))
    question = Question(ask, ask.text, "fact", (), (), (ask.text,))
    answer = Answer(
        question,
        "answered",
        (statement,),
        (),
        (),
        (),
        Searched(ask.text, 30, 412, 1, Filters()),
    )
    return replace(answer, **changes)  # type: ignore[arg-type]


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Answers every text of which may be hostile."""
    source = make_source(
        draw(texts),
        title=draw(texts),
        url=draw(st.none() | texts | st.just("javascript:alert(1)")),
        authors=(draw(texts),),
        perspective=draw(texts),
        jurisdictions=(draw(texts),),
        read_note=draw(texts),
        as_of=draw(texts),
        status=draw(texts),
        text_kind=draw(st.sampled_from(TextKind)),
    )
    citation = make_citation(1, source, draw(texts), draw(texts))
    statement = Statement(draw(texts), draw(texts), (citation,), Support("supported", 0.5))
    ask = Ask(draw(texts), date(2026, 1, 1))
    question = Question(ask, draw(texts), "fact", (), (), ())
    return Answer(
        question,
        draw(st.sampled_from(("answered", "partly_answered", "not_in_sources"))),
        (statement,),
        (statement,),
        (Caveat("opinion", draw(texts), (0,)),),
        (draw(texts),),
        Searched("q", 1, 1, 1, Filters(jurisdictions=(draw(texts),))),
        opening=draw(texts),
        silence=Silence("not_answered", draw(texts)),
        nearest=(Nearest(source, draw(texts)),),
        withheld=draw(st.integers(0, 3)),
    )


@given(answers(), texts)
def test_no_text_of_a_source_or_user_becomes_markup(answer: Answer, asked: str) -> None:
    conversation = Conversation().asking(asked)
    premise = Premise(asked, answer.statements[0].citations)
    exchange = conversation.exchanges[0].after(premise).after(answer.statements[0])
    running = conversation.with_last(exchange)
    finished = conversation.with_last(exchange.after(answer))
    failed = failure_html(Failure(asked, asked))
    marks = {1: Marks(Feedback(True, asked), frozenset({0, 1}), frozenset({1}))}
    changes: dict[tuple[str, str], Change] = {("example-2025", "v1"): "text-changed"}
    for state in (conversation, running, running.stopped(), finished):
        late = replace(state, changes=changes)
        for known in (None, marks):
            assert_only_own_markup(conversation_html(late, known) + panel_html(late) + failed)


@given(texts)
def test_escaped_text_reads_as_it_was_typed(text: str) -> None:
    read = Reader(f"<p>{esc(text)}</p>")
    assert [tag for tag, _ in read.elements] == ["p"]
    plain = "".join(c for c in text if c.isprintable())
    assert "".join(c for c in read.text if c.isprintable()) == plain


@given(answers())
def test_plain_text_holds_no_terminal_escapes(answer: Answer) -> None:
    hostile = replace(answer, opening="\x1b[31mred\x07\u202e")
    assert not {"\x1b", "\x07", "\u202e"} & set(answer_text(hostile))


@given(answers())
def test_json_survives_being_written_and_read(answer: Answer) -> None:
    assert json.loads(json.dumps(answer_json(answer))) == answer_json(answer)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_shows_a_hostile_title_as_the_text_it_is(hostile: str) -> None:
    answer = make_answer(hostile)
    assert hostile in Reader(answer_html(answer, "1")).text
    assert hostile in Reader(sources_html("1", hostile, answer.statements, answer.citations)).text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//example.org",
        "https:",
        "http://[half",
        "https://example.org/\nx",
        'https://example.org/"onclick="x',
        "ftp://example.org",
        "file:///etc/passwd",
    ],
)
def test_links_only_to_web_addresses(url: str) -> None:
    assert web_address(url) is None
    assert list(Reader(link_html(url)).all("a")) == []
    assert Reader(link_html(url)).text == url


def test_opens_a_publication_apart_and_without_telling_it_where_from() -> None:
    (link,) = Reader(link_html("https://example.org/a?b=1&c=2")).all("a")
    assert link["href"] == "https://example.org/a?b=1&c=2"
    assert link["target"] == "_blank"
    assert link["rel"] == "noopener noreferrer"


def test_puts_who_says_it_outside_the_words_and_says_what_was_checked() -> None:
    read = answer_html(make_answer(), "1")
    assert "Summary of Example News, 2025</span>" in read
    assert "matches the cited text" in read
    assert "The law forbids it. <a" in read
    for claim in ("verified", "true"):
        assert claim not in Reader(read).text.lower()


def test_never_sets_the_words_of_a_note_in_quotation_marks() -> None:
    answer = make_answer()
    panel = Reader(sources_html("1", "q", answer.statements, answer.citations))
    assert "Summary of Example News" in panel.text
    assert "Our summary (note); read: secondary reports only" in panel.text
    assert "“" not in panel.text + answer_text(answer)


@pytest.mark.parametrize("kind", [TextKind.FULL, TextKind.EXCERPT])
def test_quotes_original_words(kind: TextKind) -> None:
    source = make_source(text_kind=kind)
    citation = make_citation(1, source, "It is forbidden.")
    statement = replace(make_answer().statements[0], citations=(citation,))
    panel = Reader(sources_html("1", "q", (statement,), statement.citations))
    assert [tag for tag, _ in panel.elements].count("blockquote") == 1
    assert "“Before. [1] It is forbidden. After.”" in panel.text
    assert "“It is forbidden.”" in answer_text(make_answer(statements=(statement,)))


def test_every_marker_leads_to_its_words_and_every_way_back_to_a_statement() -> None:
    source, other = make_source(), make_source("Other", id="other")
    statements = tuple(
        Statement(f"S{i}", "A", (make_citation(i, s, "x" * i, "b" * i),), Support("verbatim", 1.0))
        for i, s in enumerate((source, other, source), 1)
    )
    answer = make_answer(statements=statements[:2], more=statements[2:])
    html = answer_html(answer, "7") + sources_html("7", "q", statements, cited(statements))
    read = Reader(html)
    names = [a["id"] for _, a in read.elements if a.get("id")]
    assert len(names) == len(set(names))
    targets = {(a["href"] or "")[1:] for a in read.all("a") if (a["href"] or "").startswith("#")}
    assert targets <= set(names)
    assert len(list(read.all("mark"))) == 3
    assert len(list(read.all("article"))) == 2


def test_the_way_back_from_a_passage_leads_to_the_first_statement_that_rests_on_it() -> None:
    source = make_source()
    later = make_citation(1, source, "Later words.", "Earlier words. ")
    earlier = replace(later, number=2, words="Earlier words.", start=later.passage.start)
    earlier = replace(earlier, end=earlier.start + len(earlier.words))
    statements = tuple(
        Statement(c.words, "A", (c,), Support("verbatim", 1.0)) for c in (later, earlier)
    )
    links = list(Reader(sources_html("7", "q", statements, cited(statements))).all("a"))
    assert [a["href"] for a in links if (a["href"] or "")[0] == "#"] == ["#t7-1", "#t7-0", "#t7-0"]


def test_marks_overlapping_words_each_in_a_passage_of_its_own() -> None:
    source = make_source()
    long = make_citation(1, source, "one two three", "")
    short = replace(long, number=2, words="two", start=long.start + 4, end=long.start + 7)
    statement = replace(make_answer().statements[0], citations=(long, short))
    html = sources_html("1", "q", (statement,), statement.citations)
    assert ">one two three</mark>" in html
    assert ">two</mark> three After." in html


def test_names_the_silence_what_was_searched_and_what_comes_near() -> None:
    answer = make_answer(
        status="not_in_sources",
        statements=(),
        uncovered=("What does the law say?",),
        silence=Silence("nothing_on_subject", "No Ohio law is in this collection."),
        nearest=(Nearest(make_source(), "Heading"),),
    )
    for text in (Reader(answer_html(answer, "1")).text, answer_text(answer)):
        assert "Not in this collection" in text
        assert "No Ohio law is in this collection." in text
        assert "Title of Example News" in text
        assert "Searched: 30 sources, 412 passages." in text
        assert "The sources do not answer" not in text


def test_says_how_a_follow_up_was_understood() -> None:
    answer = make_answer()
    assert "Understood as" not in answer_html(answer, "1")
    question = replace(answer.question, standalone="What does the law of Sweden say?")
    for text in (
        answer_html(replace(answer, question=question), "1"),
        answer_text(replace(answer, question=question)),
    ):
        assert "Understood as: What does the law of Sweden say?" in text


def test_a_premise_that_does_not_hold_opens_the_text_and_is_said_once() -> None:
    told = Caveat("false_premise", "The sources contradict what it supposes; see <b>A Law</b>.")
    answer = make_answer(caveats=(told, Caveat("date", "This is old.")))
    text = answer_text(answer)
    assert text.startswith(f"The question takes something for granted. {told.text}")
    assert text.count(told.text) == 1
    assert "- Date. This is old." in text
    premise = Premise(told.text, answer.statements[0].citations)
    page = answer_html(answer, "k", premise)
    assert page.count("&lt;b&gt;A Law&lt;/b&gt;") == 1
    assert page.index("takes something for granted") < page.index('class="statement"')


def test_shows_caveats_gaps_and_how_many_sentences_were_withheld() -> None:
    answer = make_answer(caveats=(Caveat("date", "This is old."),), uncovered=("Ohio",), withheld=2)
    for text in (Reader(answer_html(answer, "1")).text, answer_text(answer)):
        assert "Date. This is old." in text
        assert "Ohio" in text
        assert "2 sentences were withheld" in text


def test_shows_a_failure_as_one_and_never_as_ignorance(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def stream(self, ask: Ask, _: str) -> Iterator[Stage]:
            yield Stage("understand", "Reading")
            if not ask.text:
                raise QuestionError("Nothing was asked.", "Type a question in words.")
            raise ZeroDivisionError("secret detail")

    *_, known = answering(Broken(), Conversation(), "", Filters())
    *_, unknown = answering(Broken(), known, "Why?", Filters())
    html = conversation_html(unknown)
    assert html.count('role="alert"') == 2
    assert "Nothing was asked." in html
    assert "Type a question in words." in html
    assert "secret detail" not in html
    assert "secret detail" in caplog.text
    assert "Not in this collection" not in html
    assert unknown.turns == ()


def test_keeps_what_had_arrived_when_stopped() -> None:
    statement = make_answer().statements[0]
    asking = Conversation().asking("Q")
    stopped = asking.with_last(asking.exchanges[0].after(statement)).stopped()
    html = conversation_html(stopped)
    assert "The law forbids it." in html
    assert "Stopped." in html
    assert 'aria-busy="false"' in html
    assert stopped.stopped() == stopped


def test_an_answer_goes_no_further_after_stop_or_a_new_conversation() -> None:
    changes: tuple[Callable[[Conversation], Conversation], ...] = (
        Conversation.stopped,
        lambda _: Conversation(),
    )
    for change in changes:
        talk = Talk()
        asking = Conversation().asking("Q")
        assert talk.moves(talk.conversation, asking)
        chosen_last = talk.put(change)
        late = asking.with_last(asking.exchanges[0].after(Stage("retrieve", "Searching")))
        assert not talk.moves(asking, late)
        assert talk.conversation == chosen_last
        assert not talk.conversation.running


def test_hands_earlier_turns_to_the_assistant() -> None:
    seen: list[Ask] = []

    class Recording:
        def stream(self, ask: Ask, _: str) -> Iterator[Answer]:
            seen.append(ask)
            yield make_answer()

    *_, first = answering(Recording(), Conversation(), "First?", Filters())
    *_, _second = answering(Recording(), first, "And then?", chosen(["news"], [], 2020, 0))
    assert seen[0].history == ()
    assert [turn.question for turn in seen[1].history] == ["What does the law say?"]
    assert seen[1].filters == Filters(kinds=(Kind.NEWS,), year_from=2020)


def test_puts_swapped_years_right() -> None:
    assert chosen([], ["Texas"], 2024, 2019) == Filters(
        jurisdictions=("Texas",), year_from=2019, year_to=2024
    )


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        ("2023", "2023"),
        ("2023-06", "June 2023"),
        ("2023-06-07", "7 June 2023"),
        (None, "no date"),
        ("spring", "spring"),
    ],
)
def test_writes_dates_at_the_precision_that_is_known(iso: str | None, words: str) -> None:
    assert day(iso) == words
