"""The Quality tab: runs, their cases, comparisons, and the way of a case into the chat."""

from __future__ import annotations

import json
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from assistant.assembly import Desk, build_index, open_desk
from assistant.settings import load_settings
from corpus.errors import CorpusError
from evals.plots import stages_svg
from evals.reading import read_case
from evals.running import run_suite
from evals.runs import Run
from evals.scoring import score_run
from evals.suites.suite import Plan, Suite
from index.types import Filters
from ui.handling import BUSY, Handlers
from ui.quality import At, Find, Visit
from ui.quality_handling import INTERNAL, NOT_UNDERSTOOD, Measuring
from ui.quality_pages import PAGE, Listed, fits
from ui.serving import Served, start
from ui.talking import Talk

DAY = date(2026, 11, 24)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
HEAD = "publisher: The Harbour Office\nkind: news\ntext_kind: full\njurisdictions: [SE]"
TEXTS = {
    "bridge": "The bridge over the river was opened in 1979. It may not carry lorries.",
    "ferry": "The ferry leaves from the old pier. It runs every hour.",
}
CASES: list[dict[str, Any]] = [
    {
        "id": "opened", "type": "SF", "question": "When was the bridge over the river opened?",
        "sources": ["bridge"],
        "facts": [{"fact": "Opened in 1979", "source": "bridge", "words": "opened in 1979"}],
    },
    {"id": "zebra", "type": "NA", "question": f"How much do zebras weigh? {HOSTILE}"},
    {
        "id": "talk", "type": "FU", "notes": HOSTILE,
        "turns": [
            {"question": "Where does the ferry leave?", "sources": ["ferry"]},
            {
                "question": "How often?", "sources": ["ferry"], "history": ["Is there a ferry?"],
                "filters": {"kinds": ["news"], "jurisdictions": ["SE"], "year_from": 2020},
            },
        ],
    },
    {"id": "wrong", "type": "SF", "question": "When was the bridge opened?", "sources": ["ferry"]},
]  # fmt: skip


def make_run(desk: Desk, name: str, cases: Sequence[dict[str, Any]], day: date = DAY) -> Run:
    suite = Suite("small", "this test", tuple(map(read_case, cases)))
    run = run_suite(suite, desk.settings, desk.settings.home / "runs" / name, Plan(day))
    score_run(run)
    return run


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Two small sources, and in its runs: two that are finished, one begun, one damaged."""
    folder = tmp_path_factory.mktemp("quality")
    (folder / "files").mkdir()
    for id_, text in TEXTS.items():
        head = f"---\nid: {id_}\ntitle: On the {id_}\n{HEAD}\n---\n"
        (folder / "files" / f"{id_}.md").write_text(f"{head}{text}\n", encoding="utf-8")
    settings = load_settings(
        home=folder / "home", embedder="hashing:384", starter=False, sources=(folder / "files",)
    )
    build_index(settings)
    desk = open_desk(settings)
    first = make_run(desk, "first", CASES)
    make_run(desk, f"odd {HOSTILE.replace('/', '-')}", CASES, date(2026, 11, 23))
    runs = settings.home / "runs"
    Run.begin(runs / "begun", first.info, first.cases())
    (runs / "damaged").mkdir()
    (runs / "damaged" / "run.json").write_text("{")
    yield desk
    desk.close()


@pytest.fixture
def measuring(desk: Desk) -> Measuring:
    return Measuring(desk)


def after(measuring: Measuring, *acts: dict[str, Any], at: At | None = None) -> tuple[str, At]:
    """The tab after a person's acts."""
    where, html = at or At(), ""
    for act in acts:
        html, where = measuring.act(where, act)
    return html, where


@pytest.fixture
def alone(desk: Desk, tmp_path: Path) -> Measuring:
    """The tab over a home of its own that holds a copy of the run "first"."""
    shutil.copytree(desk.settings.home / "runs" / "first", tmp_path / "runs" / "first")
    settings = desk.settings.model_copy(update={"home": tmp_path})
    return Measuring(replace(desk, settings=settings))


def run_file(home: Path, name: str, **changes: Any) -> None:
    """Changes what a file of the run "first" says."""
    file = home / "runs" / "first" / name
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


ODD = f"odd {HOSTILE.replace('/', '-')}"
OPEN = {"do": "run", "run": "first"}
COMPARE = {"do": "compare", "run": "first", "other": ODD}


class Elements(HTMLParser):
    """The elements and attributes of HTML, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "


def test_lists_finished_runs_with_their_figures_and_names_those_that_are_none(
    measuring: Measuring,
) -> None:
    html, _ = measuring.show(At())
    assert 'data-do="run" data-run="first"' in html
    assert 'begun <span class="tag">not finished</span>' in html
    assert 'data-run="begun"' not in html
    assert "damaged/run.json cannot be read as part of a run" in html
    assert Elements(html).text.count("answered_rightly") == 1


@pytest.mark.parametrize("content", ["{", "[]", '{"suite": 1}'])
def test_a_summary_that_cannot_be_read_leaves_the_other_runs_listed(
    alone: Measuring, tmp_path: Path, content: str
) -> None:
    shutil.copytree(tmp_path / "runs" / "first", tmp_path / "runs" / "second")
    (tmp_path / "runs" / "second" / "summary.json").write_text(content)
    html, _ = alone.show(At())
    assert 'data-run="first"' in html
    assert 'data-run="second"' not in html
    assert "second/summary.json cannot be read as part of a run" in html


def test_without_a_run_it_says_how_to_make_one(desk: Desk, tmp_path: Path) -> None:
    bare = replace(desk, settings=desk.settings.model_copy(update={"home": tmp_path}))
    html, _ = Measuring(bare).show(At())
    assert "There is no run yet." in html
    assert "attache eval run" in html
    assert "Compare" not in html


def test_a_run_opens_with_its_figures_in_words_and_its_cases(measuring: Measuring) -> None:
    html, at = after(measuring, OPEN)
    assert at.run == "first"
    assert "Of 4 questions that the sources answer" in Elements(html).text.replace("  ", " ")
    assert "Cases by this test." in html
    assert all(f'data-case="{case["id"]}"' in html for case in CASES)
    assert "no right source cited" in html
    assert "asked on 20" not in html  # the day stands in words
    assert "All cases" in html
    assert "Nothing wrong" in html
    assert 'class="count" role="status"' in html


def test_cases_stand_the_worst_first_whatever_their_type(desk: Desk, measuring: Measuring) -> None:
    early = {"id": "a", "type": "SF", "question": CASES[0]["question"], "sources": ["bridge"]}
    both = {**CASES[3], "id": "z", "type": "XX"}, {**CASES[3], "id": "y", "type": "XX"}
    make_run(desk, "mixed", [early, *both])
    html, _ = after(measuring, {"do": "run", "run": "mixed"})
    places = [html.index(f'data-case="{id_}"') for id_ in ("y", "z", "a")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("find", "shown"),
    [
        ({"type": "NA"}, ["zebra"]),
        ({"words": "BRIDGE when"}, ["opened", "wrong"]),
        ({"words": "often"}, ["talk"]),
        ({"flaw": "no right source cited"}, ["wrong"]),
        ({"flaw": "none", "type": "SF"}, ["opened"]),
        ({"words": "submarine"}, []),
    ],
)
def test_cases_are_found_by_type_words_and_what_went_wrong(
    measuring: Measuring, find: dict[str, str], shown: list[str]
) -> None:
    html, _ = after(measuring, OPEN, {"do": "find", **find})
    assert f"{len(shown)} of 4 cases" in html
    assert sorted(id_ for id_ in ("opened", "zebra", "talk", "wrong") if f'="{id_}"' in html) == (
        sorted(shown)
    )


def test_a_case_with_several_flaws_is_found_by_each_and_not_as_faultless() -> None:
    listed = Listed(read_case({"id": "c", "question": "Why?"}), ("serious error", "fact missing"))
    assert fits(listed, Find(flaw="fact missing"))
    assert not fits(listed, Find(flaw="none"))


def test_a_case_shows_what_was_expected_said_scored_and_retrieved(measuring: Measuring) -> None:
    html, at = after(measuring, OPEN, {"do": "case", "case": "opened"})
    text = " ".join(Elements(html).text.split())
    assert at.case == "opened"
    assert "When was the bridge over the river opened?" in text
    assert "Opened in 1979" in text
    assert "<mark>opened in 1979</mark>" in html
    assert "answered_rightly" in text
    assert 'href="#p' not in html  # every passage stands where it was retrieved
    assert "The chat answers from the same collection, settings and models, as of today." in html
    assert "Asked with filters" not in html


def test_a_case_says_its_note_and_the_filters_of_its_questions(measuring: Measuring) -> None:
    html, _ = after(measuring, OPEN, {"do": "case", "case": "talk"})
    text = " ".join(Elements(html).text.split())
    assert f"Note on the case: {HOSTILE}" in text
    said = "Asked with filters: kind of source news; jurisdiction SE; published 2020 to any year."
    assert text.count(said) == 1
    assert text.count("Asked with filters") == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"collection": "f" * 64}, "from another collection"),
        ({"settings": {"embedder": "other"}}, "with other settings (embedder, number type, "),
        ({"models": {}}, "with other models (embedder, evidence, "),
        ({"collection": "f", "models": {}}, "from another collection and with other models ("),
    ],
)
def test_a_case_says_what_the_chat_answers_otherwise_from(
    alone: Measuring, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    run_file(tmp_path, "run.json", **changes)
    html, _ = after(alone, OPEN, {"do": "case", "case": "opened"})
    assert f"The chat answers {said}" in html
    assert "than this run, as of today." in html


def test_a_case_is_shown_where_it_is_not_known_what_the_chat_answers_from(desk: Desk) -> None:
    def broken(_: object) -> Any:
        raise OSError("the disk broke")

    html, at = after(
        Measuring(replace(desk, circumstances=broken)), OPEN, {"do": "case", "case": "opened"}
    )
    assert at.case == "opened"
    assert "The chat answers" not in html
    assert "Opened in 1979" in html


def test_back_leads_from_a_case_to_what_it_was_opened_from(measuring: Measuring) -> None:
    case, back = {"do": "case", "case": "opened"}, {"do": "back"}
    html, at = after(measuring, OPEN, case, back)
    assert (at.run, at.other, at.case) == ("first", "", "")
    assert 'data-left="opened"' in html
    html, _ = after(measuring, {"do": "find"}, at=at)
    assert 'data-left=""' in html
    _, at = after(measuring, COMPARE, case, back)
    assert (at.run, at.other, at.case) == ("first", ODD, "")
    _, at = after(measuring, OPEN, case, {"do": "runs"})
    assert at.run == ""


def test_two_runs_stand_side_by_side_with_a_careful_verdict(measuring: Measuring) -> None:
    html, _ = after(measuring, COMPARE)
    assert "Too few cases to tell" in html
    assert "2026-11-23" in html  # what differs in how they were made
    assert "0 of 0 differences" in html


def test_differences_stand_with_both_answers_and_are_narrowed(
    desk: Desk, measuring: Measuring
) -> None:
    asked = [*CASES[1:], CASES[0] | {"sources": ["ferry"]}]
    make_run(desk, "other", asked)
    compare = {"do": "compare", "run": "first", "other": "other"}
    html, _ = after(measuring, compare)
    assert "did not ask the same" in html
    assert "1 of 1 difference." in html
    assert html.count("opened in 1979") >= 2
    assert 'data-case="opened"' in html
    for way, count in (("better", 1), ("worse", 0), ("both", 0)):
        narrowed, _ = after(measuring, compare, {"do": "changes", "way": way})
        assert f"{count} of 1 difference." in narrowed


@pytest.mark.parametrize(
    "act",
    [
        {"do": "run", "run": "../runs/first"},
        {"do": "run", "run": "first/"},
        {"do": "run", "run": "/etc"},
        {"do": "run", "run": ".."},
        {"do": "run", "run": "absent"},
        {"do": "compare", "run": "first", "other": "../runs/first"},
    ],
)
def test_what_is_no_run_of_the_list_is_not_opened(measuring: Measuring, act: Any) -> None:
    html, at = after(measuring, act)
    assert "There is no run" in html
    assert at.run == at.other == ""


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ({"do": "run", "run": "begun"}, "is not finished"),
        ({"do": "compare", "run": "first", "other": "first"}, "cannot be compared with itself"),
        ({"do": "run"}, NOT_UNDERSTOOD),
        ({"do": "delete", "run": "first"}, NOT_UNDERSTOOD),
        ({"do": "find", "words": "x" * 1000}, NOT_UNDERSTOOD),
        ({"do": "find", "words": "x"}, "No run is open"),
        ({"do": "changes", "way": "worse"}, "No run is open"),
        ({"do": "case", "case": "opened"}, "No run is open"),
        ({"do": "page", "page": 2}, "No run is open"),
        ({}, NOT_UNDERSTOOD),
    ],
)
def test_what_cannot_be_done_is_said_in_place(measuring: Measuring, act: Any, said: str) -> None:
    html, at = after(measuring, act)
    assert said in html
    assert at == replace(At(), problem=at.problem, turn=1)


def test_a_case_that_is_not_of_the_run_leaves_the_run_open(measuring: Measuring) -> None:
    html, at = after(measuring, OPEN, {"do": "case", "case": "none"})
    assert (at.run, at.case) == ("first", "")
    assert "first has no case" in html


def test_what_could_not_be_done_is_no_longer_said_when_the_tab_is_chosen_again(
    measuring: Measuring,
) -> None:
    html, at = after(measuring, OPEN, {"do": "case", "case": "none"})
    assert "problem" in html
    html, at = measuring.show(at)
    assert 'class="problem"' not in html
    assert (at.run, at.problem) == ("first", "")


def test_what_is_not_expected_is_said_in_place_and_logged(
    measuring: Measuring, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Run) -> Any:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(Run, "texts", broken)
    html, at = after(measuring, OPEN, {"do": "case", "case": "opened"})
    assert INTERNAL in html
    assert at.run == "first"
    assert "nobody thought of this" in caplog.text


def test_a_run_that_is_deleted_just_then_leaves_the_list_open(
    alone: Measuring, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, at = after(alone, OPEN)
    real = Run.summary

    def late(run: Run) -> Any:
        summary = real(run)
        (run.path / "summary.json").unlink()
        return summary

    monkeypatch.setattr(Run, "summary", late)
    html, at = alone.show(at)
    assert at.run == ""
    assert INTERNAL in html


def test_what_an_older_act_shows_is_dropped_once_a_newer_one_was_begun() -> None:
    visit = Visit()

    def slow(at: At) -> tuple[str, At]:
        assert visit.acted(lambda at: ("a run", replace(at, run="b"))) == "a run"
        return "compared", replace(at, run="a", other="b")

    assert visit.acted(slow) is None
    assert (visit.at.run, visit.at.other) == ("b", "")


def test_choosing_the_tab_again_drops_no_act_and_is_dropped_after_one() -> None:
    visit = Visit()

    def slow(at: At) -> tuple[str, At]:
        assert visit.shown(lambda at: ("as before", replace(at, problem=""))) == "as before"
        return "compared", replace(at, other="b")

    assert visit.acted(slow) == "compared"
    assert visit.at.other == "b"
    assert visit.shown(lambda at: (visit.acted(slow) or "", at)) is None


def test_the_figures_of_a_run_are_drawn_once_until_it_is_scored_again(
    alone: Measuring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []

    def plots(*told: Any) -> str:
        drawn.append(told)
        return ""

    monkeypatch.setattr("ui.quality_pages.plots_html", plots)
    _, at = after(alone, OPEN, {"do": "find", "type": "SF"}, {"do": "page", "page": 1})
    assert len(drawn) == 1
    (tmp_path / "runs" / "first" / "summary.json").touch()
    alone.show(at)
    assert len(drawn) == 2


def test_plots_that_are_drawn_at_the_same_time_look_as_when_drawn_alone() -> None:
    def draw(n: int) -> str:
        return stages_svg([(f"stage {n}", 1.0)])

    alone = [draw(n) for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(draw, range(8))) == alone


def test_a_page_after_the_last_is_the_last(desk: Desk, measuring: Measuring) -> None:
    many = [{"id": f"c{n:03}", "question": f"Is {n} even?"} for n in range(PAGE + 1)]
    make_run(desk, "many", many)
    html, _ = after(measuring, {"do": "run", "run": "many"}, {"do": "page", "page": 9})
    assert 'data-case="c050"' in html
    assert 'data-case="c049"' not in html
    assert 'data-page="1"' in html


def test_no_text_of_runs_or_cases_becomes_markup(measuring: Measuring) -> None:
    odd = {"do": "run", "run": ODD}
    cases = [{"do": "case", "case": id_} for id_ in ("zebra", "talk")]
    for acts in ([odd], [COMPARE], *([odd, case] for case in cases)):
        html, _ = after(measuring, *acts)
        told = Elements(html)
        assert "alert(1)" in told.text
        assert not {"script", "img"} & told.names
        assert not {name for name in told.attributes if name.startswith("on")}


def test_a_package_that_is_not_installed_is_named(
    measuring: Measuring, monkeypatch: pytest.MonkeyPatch
) -> None:
    (measuring._folder / "first" / "summary.json").touch()  # else the figures are drawn already
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    html, at = after(measuring, OPEN)
    assert "pip install attache[evals]" in html
    assert at.run == ""


def test_the_questions_of_a_case_are_asked_with_their_filters(measuring: Measuring) -> None:
    asked = measuring.asking({"do": "try", "run": "first", "case": "talk"})
    assert [text for text, _ in asked] == [
        "Where does the ferry leave?",
        "Is there a ferry?",
        "How often?",
    ]
    assert asked[0][1] == Filters()
    assert asked[2][1].jurisdictions == ("SE",)


@pytest.mark.parametrize(
    "data", [{"do": "try"}, {"do": "try", "run": "first", "case": "none"}, {"do": "x"}]
)
def test_a_case_that_is_not_there_cannot_be_asked(
    measuring: Measuring, data: dict[str, Any]
) -> None:
    with pytest.raises(CorpusError):
        measuring.asking(data)


def test_a_case_begins_a_conversation_in_which_every_question_is_asked(
    desk: Desk, measuring: Measuring
) -> None:
    handlers, talk = Handlers(desk), Talk()
    before = talk.conversation.id
    asked = measuring.asking({"do": "try", "run": "first", "case": "talk"})
    steps = list(handlers.ask_all(asked, talk, "", False))
    assert [e.asked for e in talk.conversation.exchanges] == [text for text, _ in asked]
    assert talk.conversation.id != before
    assert all(len(step) == handlers.VIEW + 3 for step in steps)
    assert all(step[-1] == gr.skip() for step in steps)  # a draft in the box stays
    (kept,) = desk.kept.conversations.listed("ferry", False, 10)
    assert kept.id == talk.conversation.id


def test_after_a_question_that_is_refused_the_rest_is_not_asked(desk: Desk) -> None:
    talk = Talk()
    asked = [("When was the bridge opened?", Filters()), ("?", Filters()), ("Why?", Filters())]
    list(Handlers(desk).ask_all(asked, talk, "", False))
    assert [e.asked for e in talk.conversation.exchanges] == ["When was the bridge opened?", "?"]


def test_after_another_conversation_was_opened_the_rest_is_not_asked_in_that_one(
    desk: Desk,
) -> None:
    handlers, before, talk = Handlers(desk), Talk(), Talk()
    asked = [("When was the bridge opened?", Filters()), ("How often?", Filters())]
    list(handlers.ask_all(asked[:1], before, "", False))
    for _ in handlers.ask_all(asked, talk, "", False):
        if talk.conversation.id != before.conversation.id and not talk.conversation.running:
            talk.open(before.conversation, {})
    assert talk.conversation is before.conversation


def test_a_case_is_not_asked_while_an_answer_is_on_its_way(desk: Desk) -> None:
    handlers, talk = Handlers(desk), Talk()
    answer = handlers.ask("When was the bridge opened?", talk, "", "", False, [], [], 0, 0)
    next(answer)
    (refused,) = handlers.ask_all([("How often?", Filters())], talk, "", False)
    assert BUSY in refused[handlers.VIEW - 1]
    later = list(answer)
    assert talk.conversation.exchanges[0].answer
    assert [e.asked for e in talk.conversation.exchanges] == ["When was the bridge opened?"]
    assert all(step[handlers.VIEW - 1] == gr.skip() for step in later)  # it stays to be read


@pytest.fixture(scope="module")
def served(desk: Desk) -> Iterator[Served]:
    page = start(desk)
    yield page
    page.stop()


def test_the_report_of_a_run_can_be_taken_away(
    desk: Desk, measuring: Measuring, served: Served
) -> None:
    make_run(desk, "50% #1?", CASES[:1])
    for name in ("first", ODD, "50% #1?"):
        html, _ = after(measuring, {"do": "run", "run": name})
        (link,) = re.findall('href="/(run/[^"]*)" download', html)
        with urllib.request.urlopen(served.url + link) as response:
            body = response.read().decode()
            assert response.headers["Content-Disposition"].startswith("attachment")
        assert "report of a run" in body


@pytest.mark.parametrize("name", ["absent", "begun", "..%2Fruns%2Ffirst", "damaged"])
def test_there_is_no_report_of_what_is_no_finished_run(served: Served, name: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{served.url}run/{name}.html")
    assert refused.value.code == 404
    refused.value.close()


def test_a_report_that_needs_a_package_that_is_missing_names_it(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{served.url}run/first.html")
    assert refused.value.code == 503
    assert b"pip install attache[evals]" in refused.value.read()
    refused.value.close()
