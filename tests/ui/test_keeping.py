"""What the page shows of the records: conversations read back, lists, marks, and old texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from assistant.assembly import Desk, build_index, circumstances, open_desk
from assistant.conversations import Listed
from assistant.corrections import Affected, Correction, Decision, Feedback, Resting
from assistant.recording import Recording
from assistant.settings import load_settings
from assistant.tables import records
from assistant.types import Ask, Event, Stage, Workings
from corpus.types import Span
from index.embedders import make_embedder
from index.types import Filters
from ui import curating, feedback, phrases
from ui.conversation import DISPOSED, STOPPED_EARLY, conversation_html, panel_html
from ui.handling import NOT_FOUND, NOT_UNDERSTOOD, Handlers, answering
from ui.history import head_html, list_html, problem_html
from ui.panel import text_address
from ui.routes import find_text, spans_of, text_html
from ui.talking import INTERNAL, Conversation, Talk, restored

HOSTILE = (
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "</textarea></form></details><iframe src=//example.com>",
)
ATTRIBUTES = set(
    "aria-current aria-label class data-conversation data-count data-do data-reports dir download "
    "href maxlength name rel required role rows target type value".split()
)
LATER = datetime(2026, 11, 23, 12, tzinfo=UTC)
WRONG = ("0123456789abcdef01234567", "../../etc/passwd", "", "x" * 24, "0" * 23, "é" * 24)


def source_file(words: str) -> str:
    return (
        '---\nid: zelbridge-2025\ntitle: "Zelbridge ends an agreement"\n'
        'publisher: Zelbridge Gazette\ncite_as: Zelbridge Gazette\npublished: "2025-01-02"\n'
        f"kind: news\ntext_kind: full\nread_extent: whole\n---\n\n{words}\n"
    )


FIRST = "The Zelbridge council ended its sister-city agreement with Quillport in March 2024."
SECOND = "The Zelbridge council ended its sister-city agreement with Quillport in May 2024."
ASKED = "When did the Zelbridge council end its sister-city agreement with Quillport?"


class Reader(HTMLParser):
    """Reads HTML as a browser would."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "zelbridge.md").write_text(source_file(FIRST), encoding="utf-8")
    return folder


@pytest.fixture
def desk(tmp_path: Path, folder: Path) -> Iterator[Desk]:
    settings = load_settings(
        home=tmp_path / "home", starter=False, sources=(folder,), embedder="hashing:384"
    )
    build_index(settings)
    desk = open_desk(settings)
    yield desk
    desk.close()


def asked(desk: Desk, talk: Talk, text: str = ASKED) -> Conversation:
    """Asks on the page's own way and gives the conversation with the complete answer."""
    *_, done = Handlers(desk).ask(text, talk, "", "", False, [], [], 0, 0)
    assert len(done) == Handlers.VIEW + 3
    return talk.conversation


def read_back(desk: Desk, id_: str) -> tuple[Conversation, Any]:
    return restored(id_, desk.kept.conversations.exchanges(id_), desk.retriever.sources())


def test_reads_a_conversation_back_as_it_was(desk: Desk) -> None:
    talk = Talk()
    asked(desk, talk)
    lived = asked(desk, talk, "And what did Zelbridge do in Ohio?")
    again, marks = read_back(desk, lived.id)
    assert marks == {}
    assert again.turns == lived.turns
    assert conversation_html(again) == conversation_html(lived)
    assert panel_html(again) == panel_html(lived)


def test_reads_back_what_was_stopped_with_what_had_come(desk: Desk) -> None:
    talk = Talk()
    handlers = Handlers(desk)
    steps = handlers.ask(ASKED, talk, "", "", False, [], [], 0, 0)
    while not talk.conversation.exchanges or not talk.conversation.exchanges[-1].statements:
        next(steps)
    handlers.stop(talk)
    *_, last = steps
    assert talk.conversation.id in last[Handlers.VIEW]
    again, _ = read_back(desk, talk.conversation.id)
    html = conversation_html(again)
    assert "Stopped. What is shown was checked" in html
    assert again.exchanges[0].statements == talk.conversation.exchanges[0].statements
    assert again.exchanges[0].stopped


def test_says_that_nothing_had_come_where_it_was_stopped_at_once(desk: Desk) -> None:
    talk, handlers = Talk(), Handlers(desk)
    steps = handlers.ask(ASKED, talk, "", "", False, [], [], 0, 0)
    next(steps)
    handlers.stop(talk)
    list(steps)
    html = conversation_html(talk.conversation)
    assert STOPPED_EARLY in html
    assert "What is shown was checked" not in html


def test_the_conversation_being_answered_is_not_opened_over_its_answer(desk: Desk) -> None:
    talk, handlers = Talk(), Handlers(desk)
    asked(desk, talk)
    steps = handlers.ask("And in Ohio?", talk, "", "", False, [], [], 0, 0)
    next(steps)
    shown = handlers.open(talk, talk.conversation.id, "", False)
    assert len(shown) == Handlers.VIEW + 2
    list(steps)
    assert [e.answer is not None for e in talk.conversation.exchanges] == [True, True]


def test_an_answer_that_is_on_record_is_shown_though_stop_was_pressed(desk: Desk) -> None:
    talk, handlers = Talk(), Handlers(desk)
    steps = handlers.ask(ASKED, talk, "", "", False, [], [], 0, 0)
    while not talk.conversation.exchanges or not talk.conversation.exchanges[-1].record:
        next(steps)
    handlers.stop(talk)
    list(steps)
    again, _ = read_back(desk, talk.conversation.id)
    assert again.exchanges[0].answer is not None
    assert conversation_html(again) == conversation_html(talk.conversation)


def test_a_stopped_answer_goes_nowhere_once_another_conversation_is_open(desk: Desk) -> None:
    talk, handlers = Talk(), Handlers(desk)
    steps = handlers.ask(ASKED, talk, "", "", False, [], [], 0, 0)
    next(steps)
    handlers.begin(talk, "", False)
    list(steps)
    assert talk.conversation == Conversation()
    (listed,) = desk.kept.conversations.listed()
    assert listed.title == ASKED


def test_a_page_that_outlived_the_server_goes_on_with_what_it_shows(desk: Desk) -> None:
    lived = asked(desk, Talk())
    fresh = Talk()
    list(Handlers(desk).ask("And in Ohio?", fresh, lived.id, "", False, [], [], 0, 0))
    assert fresh.conversation.id == lived.id
    assert len(fresh.conversation.exchanges) == 2
    record = lived.exchanges[0].record
    sent = {"do": "report", "exchange": "1", "record": record, "position": "0"}
    shown, problem = Handlers(desk).mark(Talk(), lived.id, sent)
    assert problem == ""
    assert "Reported" in shown


def test_reports_a_sentence_of_an_answer_that_was_stopped_here(desk: Desk) -> None:
    talk = Talk()
    handlers = Handlers(desk)
    steps = handlers.ask(ASKED, talk, "", "", False, [], [], 0, 0)
    while not talk.conversation.exchanges or not talk.conversation.exchanges[-1].statements:
        next(steps)
    handlers.stop(talk)
    list(steps)
    shown, problem = handlers.mark(
        talk, "", {"do": "report", "exchange": "1", "record": "", "position": "0"}
    )
    assert problem == ""
    assert "Reported" in shown
    (report,) = desk.kept.corrections.queue()
    assert report.text == talk.conversation.exchanges[0].statements[0].text


def test_reports_the_sentence_that_was_shown_though_the_question_was_stopped_twice(
    desk: Desk,
) -> None:
    talk, handlers = Talk(), Handlers(desk)
    for wanted in (1, 0):
        steps = handlers.ask(ASKED, talk, "", "", False, [], [], 0, 0)
        next(steps)
        while len(talk.conversation.exchanges[-1].statements) < wanted:
            next(steps)
        handlers.stop(talk)
        list(steps)
    first, second = desk.kept.conversations.exchanges(talk.conversation.id)
    assert second.record is not None
    assert second.record.statements == ()
    sent = {"do": "report", "exchange": "1", "record": "", "position": "0"}
    _, problem = handlers.mark(talk, "", sent)
    assert problem == ""
    (report,) = desk.kept.corrections.queue()
    assert report.record == first.id


def test_reads_back_an_internal_failure_as_it_was_shown(desk: Desk) -> None:
    class Broken:
        def worked(self, ask: Ask) -> Iterator[Event | Workings]:
            yield Stage("understand", ask.text)
            raise ZeroDivisionError("secret detail")

    shaped = circumstances(desk.settings, make_embedder(desk.settings.embedder))
    recording = Recording(Broken(), desk.kept.records, shaped, desk.retriever.source_text)
    *_, failed = answering(recording, Conversation(), ASKED, Filters())
    assert failed.exchanges[0].failure == INTERNAL
    again, _ = read_back(desk, failed.id)
    assert conversation_html(again) == conversation_html(failed)
    assert "secret detail" not in conversation_html(again)


def test_says_that_an_answer_was_disposed_of(desk: Desk) -> None:
    lived = asked(desk, Talk())
    told = [replace(t, record=None) for t in desk.kept.conversations.exchanges(lived.id)]
    again, _ = restored(lived.id, told, desk.retriever.sources())
    html = conversation_html(again)
    assert DISPOSED in html
    assert ASKED not in html
    assert "data-do" not in html
    assert again.turns == ()


def test_a_question_that_was_none_begins_no_conversation(desk: Desk) -> None:
    talk = Talk()
    asked(desk, talk, "?")
    assert 'data-conversation=""' in conversation_html(talk.conversation)
    assert desk.kept.conversations.listed() == ()
    lived = asked(desk, talk)
    assert f'data-conversation="{lived.id}"' in conversation_html(lived)


def test_what_was_refused_stands_in_the_box_again(desk: Desk) -> None:
    long = "Zelbridge? " * 1000
    first, *_, last = Handlers(desk).ask(long, Talk(), "", "", False, [], [], 0, 0)
    assert first[-1] == ""
    assert last[-1] == long


def test_says_that_a_record_was_changed_and_not_that_it_was_not_found(desk: Desk) -> None:
    id_ = asked(desk, Talk()).id
    with desk.kept.archive.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER records_change_only_by_erasing")
        connection.execute(update(records).values(content="{}"))
    problem = Reader(Handlers(desk).load(Talk(), id_)[7]).text
    assert "its content was changed" in problem
    assert NOT_FOUND not in problem


def test_marks_the_cited_text_as_an_earlier_one_once_the_source_has_changed(
    desk: Desk, folder: Path
) -> None:
    lived = asked(desk, Talk())
    assert "changed" not in panel_html(lived)
    (folder / "zelbridge.md").write_text(source_file(SECOND), encoding="utf-8")
    build_index(desk.settings)
    again, _ = read_back(desk, lived.id)
    panel = panel_html(again)
    today = phrases.day(date.today().isoformat())
    assert f"Earlier version of this text, cited on {today}; the source has changed" in panel
    assert "March 2024" in panel
    citation = again.exchanges[0].citations[0]
    found = find_text(desk.kept, desk.retriever, citation.source_id, citation.version)
    assert found is not None
    assert FIRST in found[0]
    page = text_html(*found, [Span(citation.start, citation.end)])
    assert "Earlier version of this text" in page
    assert f'<mark id="cited">{citation.words}</mark>' in page
    assert "Earlier version of this text" in curating.tab_html(desk.kept, desk.retriever.sources())
    (folder / "zelbridge.md").unlink()
    (folder / "other.md").write_text(
        source_file("Something else.").replace("zelbridge-2025", "other"), encoding="utf-8"
    )
    build_index(desk.settings)
    again, _ = read_back(desk, lived.id)
    assert "no longer in the collection" in panel_html(again)
    gone = find_text(desk.kept, desk.retriever, citation.source_id, citation.version)
    assert gone is not None
    assert gone[1].title == "Zelbridge ends an agreement"
    assert gone[2] == "gone"


@pytest.mark.parametrize("id_", WRONG)
def test_opens_an_empty_conversation_for_an_address_that_names_none(desk: Desk, id_: str) -> None:
    talk = Talk()
    shown = Handlers(desk).load(talk, id_)
    assert talk.conversation == Conversation()
    assert (NOT_FOUND in Reader(shown[7]).text) is bool(id_)


def test_a_reason_is_kept_and_the_latest_counts(desk: Desk) -> None:
    talk, handlers = Talk(), Handlers(desk)
    record = asked(desk, talk).exchanges[0].record
    given = {"do": "feedback", "exchange": "1", "record": record}
    handlers.mark(talk, "", {**given, "good": "yes"})
    why = {"why": "A source is missing", "words": " The <b>treaty</b>. ", "good": "no"}
    shown, problem = handlers.mark(talk, "", {**given, **why})
    assert problem == ""
    assert "You said: not helpful: A source is missing. The &lt;b&gt;treaty&lt;/b&gt;." in shown
    again, marks = read_back(desk, talk.conversation.id)
    assert marks[1].feedback == Feedback(False, "A source is missing. The <b>treaty</b>.")
    assert "You said: not helpful" in conversation_html(again, marks)


def test_a_sentence_is_reported_once_and_a_note_is_added(desk: Desk) -> None:
    talk, handlers = Talk(), Handlers(desk)
    record = asked(desk, talk).exchanges[0].record
    report = {"do": "report", "exchange": "1", "record": record, "position": "0"}
    shown, _ = handlers.mark(talk, "", report)
    assert "Reported" in shown
    assert "Add a note" in shown
    handlers.mark(talk, "", report)
    assert len(desk.kept.corrections.queue()) == 1
    shown, _ = handlers.mark(talk, "", {**report, "do": "note", "note": "It was May." + "x" * 9000})
    assert "Reported, with your note" in shown
    notes = [report.note for report in desk.kept.corrections.queue()]
    assert notes[0] == ""
    assert len(notes[1]) == feedback.MAX_NOTE
    _, marks = read_back(desk, talk.conversation.id)
    assert marks[1].reported == {0}


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"do": "report"},
        {"do": "report", "exchange": "0", "position": "0"},
        {"do": "report", "exchange": "1", "record": "' or 1=1", "position": "0"},
        {"do": "report", "exchange": "1", "position": "-1"},
        {"do": "report", "exchange": ["1"], "position": {}},
        {"do": "feedback", "exchange": "1", "good": "maybe"},
        {"do": "delete", "exchange": "1", "position": "0"},
    ],
)
def test_says_in_a_line_that_what_a_browser_sent_makes_no_sense(
    desk: Desk, sent: dict[str, Any]
) -> None:
    shown, problem = Handlers(desk).mark(Talk(), "", sent)
    assert "Traceback" not in shown
    assert NOT_UNDERSTOOD in Reader(problem).text


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"position": "99"}, "has no sentence 100"),
        ({"exchange": "2"}, "no longer on the page"),
        ({"record": "0123456789abcdef"}, "no longer on the page"),
    ],
)
def test_marks_nothing_but_what_is_on_the_page(
    desk: Desk, changed: dict[str, str], message: str
) -> None:
    talk = Talk()
    record = asked(desk, talk).exchanges[0].record
    sent = {"do": "report", "exchange": "1", "record": record, "position": "0", **changed}
    _, problem = Handlers(desk).mark(talk, "", sent)
    assert message in problem
    assert desk.kept.corrections.queue() == ()
    assert talk.marks == {}


def test_renames_hides_and_shows_a_conversation(desk: Desk) -> None:
    talk, handlers = Talk(), Handlers(desk)
    id_ = asked(desk, talk).id

    def manage(do: str, **more: str) -> list[str]:
        return handlers.manage(talk, "", {"do": do, "conversation": id_, **more}, "", False)

    _, listing, head = manage("rename", title='Bridge "<b>')
    assert "Bridge &quot;&lt;b&gt;" in listing
    assert 'value="Bridge &quot;&lt;b&gt;"' in head
    _, listing, head = manage("hide")
    assert id_ not in listing
    assert "Show in the list again" in head
    assert id_ in handlers.listed(talk, "", True)
    _, listing, _ = manage("show")
    assert id_ in listing
    assert id_ in handlers.listed(talk, "quillport BRIDGE", False)
    assert "No conversation holds all of these words." in handlers.listed(talk, "<b>x", False)
    problem, *_ = handlers.manage(talk, "", {"do": "hide", "conversation": "../x"}, "", False)
    assert "not found" in problem


def test_a_curator_decides_every_report_of_one_sentence_at_once(desk: Desk) -> None:
    talk, handlers = Talk(), Handlers(desk)
    record = asked(desk, talk).exchanges[0].record
    for note in ("", "It was May."):
        desk.kept.corrections.report(record, 0, note)
    shown, _ = handlers.curate()
    forms = list(Reader(shown).all("form"))
    assert len(forms) == 1
    assert "It was May." in shown
    reports = forms[0]["data-reports"]
    sent = {"do": "decide", "reports": reports, "outcome": "source-corrected", "note": "Mended."}
    shown, problem = handlers.decide(sent)
    assert problem == ""
    assert "No report is waiting." in shown
    assert "Source corrected" in shown
    assert "Mended." in shown
    assert "by local" not in shown
    assert desk.kept.corrections.queue() == ()
    for wrong in ({**sent, "outcome": "burn it"}, {**sent, "reports": "x"}, {}):
        assert NOT_UNDERSTOOD in Reader(handlers.decide(wrong)[1]).text
    assert "no record" in handlers.decide({**sent, "reports": "0" * 16})[1]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_titles_notes_and_reasons_are_shown_as_text(hostile: str) -> None:
    listed = Listed("0" * 24, hostile, LATER, LATER, 1, hidden=True)
    resting = Resting("0" * 16, LATER, hostile, hostile, hostile, hostile)
    decision = Decision("nothing-wrong", hostile, hostile, LATER)
    report = Correction(
        "0" * 16, LATER, "1" * 16, hostile, hostile, 0, hostile, ((hostile, hostile),), hostile,
        hostile, None,
    )  # fmt: skip
    pages = (
        list_html([listed], "", hostile),
        head_html(listed),
        problem_html(hostile),
        curating.corrections_html(
            [report],
            [replace(report, decision=decision)],
            [Affected(hostile, hostile, hostile, "gone", (resting,))],
            {(hostile, hostile): hostile},
        ),
    )
    for page in pages:
        read = Reader(page)
        assert hostile in read.text
        assert {name for _, attributes in read.elements for name in attributes} <= ATTRIBUTES
        assert not {"script", "iframe"} & {tag for tag, _ in read.elements}
        for attributes in read.all("a"):
            assert (attributes["href"] or "").startswith(("/?c=", "/source/", "/conversation/"))


def test_a_source_is_addressed_whatever_its_id_holds() -> None:
    address = text_address('a/b?c#d "<é', "v 1", [(3, 9), (12, 20)])
    assert address == (
        "/source/a%2Fb%3Fc%23d%20%22%3C%C3%A9/v%201?start=3&end=9&start=12&end=20#cited"
    )
    assert text_address("a", "1") == "/source/a/1"


def test_joins_stretches_that_overlap_and_leaves_out_what_is_none() -> None:
    starts = ["10", "5", "7", "9999999999", "-1", "40", "50"]
    ends = ["20", "8", "12", "5", "3", "39", "101"]
    assert spans_of(starts, ends, 100) == (Span(5, 20),)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "are kept; no time limit is set."),
        (1, "are kept for 1 day."),
        (45, "are kept for 45 days."),
        (90, "are kept for 3 months."),
        (365, "are kept for 1 year."),
        (3650, "are kept for 10 years."),
    ],
)
def test_says_for_how_long_questions_are_kept(days: int, words: str) -> None:
    assert phrases.kept_for(days) == f"Questions and answers {words}"
