"""Every case: expected, found, said, scored, and the passages with the words that were sought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import (
    FACT,
    HALF,
    LIMIT,
    LORRIES,
    OPENED,
    TEXTS,
    a_case,
    a_hit,
    a_record,
    a_score,
    an_answer,
    an_outcome,
    kept_texts,
    says,
)
from made_report import read, text_of, texts_of

from assistant.types import Record
from evals.report.cases import (
    Shelf,
    cases_html,
    passage_words,
    scores_html,
    source_line,
    tell,
    turn_html,
)
from evals.types import Case, Outcome, Score

KEPT = {(text.id, text.version): text for text in kept_texts()}
BRIDGE = ("bridge", "version-of-bridge")


def a_turn(case: Case, record: Record | None, problem: str = "") -> Element:
    """The one question of a case as it stands on the page."""
    html = turn_html(an_outcome(case, record, problem=problem), (), Shelf(KEPT), 1)
    return read(html)[0]


def a_list(*told: tuple[Case, Sequence[Score]]) -> Element:
    outcomes = [an_outcome(case, a_record(an_answer(says(OPENED)))) for case, _ in told]
    scores = [score for _, given in told for score in given]
    return read(cases_html(tell(outcomes, scores), Shelf(KEPT)))


@pytest.mark.parametrize(
    ("fact", "record", "shown"),
    [
        (FACT, a_record(an_answer(says(OPENED))), "✓ found: Opened in 1979"),
        (FACT, a_record(an_answer(says(HALF))), "✗ missed: Opened in 1979"),
        (FACT, None, "✗ missed: Opened in 1979"),
        (LIMIT, a_record(an_answer(says(OPENED))), "✗ missed: No lorries exception"),
        (FACT | {"words": "red paint"}, None, "? cannot be located: Opened in 1979"),
        (FACT | {"source": "gone"}, None, "? cannot be located: Opened in 1979"),
    ],
)
def test_a_fact_is_found_or_missed_or_cannot_be_located(
    fact: dict[str, object], record: Record | None, shown: str
) -> None:
    (line,) = texts_of(a_turn(a_case(facts=[fact]), record), ".//ul[@class='facts']/li")
    assert line.removesuffix(" On the bridge, its words were not retrieved") == shown


@pytest.mark.parametrize(
    ("hits", "where"),
    [
        ([a_hit("ferry"), a_hit("bridge", 0, 40)], "are in passage 2"),
        ([a_hit("bridge", 40), a_hit("bridge", 0, 40)], "are in passage 1"),
        ([a_hit("bridge", 0, len(OPENED) + 1)], "were not retrieved"),
        ([a_hit("bridge", len(OPENED) + 1 + len(LORRIES))], "were not retrieved"),
        ([], "were not retrieved"),
    ],
)
def test_where_the_words_of_a_fact_were_retrieved_is_told(hits: list[object], where: str) -> None:
    turn = a_turn(a_case(facts=[LIMIT]), a_record(an_answer(says(LORRIES)), *hits))
    (told,) = texts_of(turn, ".//li[@class='found']/span[@class='meta']")
    assert told == f"On the bridge, its words {where}"


@pytest.mark.parametrize(
    ("start", "end", "marked"),
    [
        (0, None, [OPENED, HALF]),
        (4, 20, [OPENED[4:20]]),
        (0, len(OPENED) + 1, [OPENED]),
        (len(TEXTS["bridge"]) - 3, None, [HALF[-3:]]),
    ],
)
def test_expected_words_are_marked_in_the_passages_that_hold_them(
    start: int, end: int | None, marked: list[str]
) -> None:
    fact = {"fact": "Half by the harbour", "source": "bridge", "words": HALF}
    turn = a_turn(a_case(facts=[FACT, fact]), a_record(None, a_hit("bridge", start, end)))
    (passage,) = turn.findall(".//ol[@class='retrieved']/li/details")
    assert "open" in passage.attrib
    assert texts_of(passage, ".//mark") == marked
    (words,) = passage.findall("*[@class='words']")
    assert "".join(words.itertext()) == TEXTS["bridge"][start:end]


@given(st.lists(st.tuples(st.integers(-5, 90), st.integers(-5, 90))), st.integers(0, 80))
def test_just_the_characters_of_some_stretch_are_marked_whatever_stretches_overlap(
    spans: list[tuple[int, int]], start: int
) -> None:
    text = "".join(chr(0x4E00 + n) for n in range(80))
    kept = {BRIDGE: replace(KEPT[BRIDGE], text=text)}
    words = read(passage_words(kept, *BRIDGE, start, 70, spans))[0]
    within = {n for first, last in spans for n in range(first, last)} & set(range(start, 70))
    assert "".join(words.itertext()) == text[start:70]
    assert {ord(c) - 0x4E00 for mark in words for c in mark.text or ""} == within


@pytest.mark.parametrize(
    ("kind", "tag"), [("note", "p"), ("excerpt", "blockquote"), ("full", "blockquote")]
)
def test_a_passage_is_quoted_only_where_its_words_are_the_publications(kind: str, tag: str) -> None:
    kept = {BRIDGE: replace(KEPT[BRIDGE], text_kind=kind)}
    (words,) = read(passage_words(kept, *BRIDGE, 0, 10, [(0, 3)]))
    assert (words.tag, text_of(words)) == (tag, OPENED[:10].strip())


def test_a_text_that_the_run_does_not_hold_is_said_to_be_missing() -> None:
    (words,) = read(passage_words({}, "a", "1", 0, 10, [(0, 3)]))
    assert (words.tag, text_of(words)) == ("p", "The run does not hold this text.")
    assert text_of(read(source_line({}, "<b>a&b</b>", "1"))) == "<b>a&b</b>"


def test_a_passage_without_expected_words_stands_on_the_page_once_and_is_linked() -> None:
    shelf = Shelf(KEPT)
    hits = [a_hit("bridge"), a_hit("ferry"), a_hit("ferry", name="again"), a_hit("ferry", 4)]
    outcome = an_outcome(a_case(facts=[FACT]), a_record(an_answer(says(OPENED)), *hits))
    turn = read(turn_html(outcome, (), shelf, 1))
    links = [link.get("href") for link in turn.findall(".//ol//a[@class='text']")]
    assert links == ["#p0", "#p0", "#p1"]
    texts = read(shelf.as_html())
    assert [text.get("id") for text in texts] == ["p0", "p1"]
    assert texts_of(texts, "section/*[@class='words']") == [TEXTS["ferry"], TEXTS["ferry"][4:]]


def test_expected_sources_caveats_and_silence_are_told() -> None:
    case = a_case(type="NA", nearest=["ferry", "tunnel"], caveats=["date"], expected="No.")
    _, *told = texts_of(a_turn(case, a_record(an_answer())), "p")
    assert told[:4] == [
        "No answer: the sources do not hold one.", "No.",
        "Sources that come near and do not answer: ferry, tunnel.", "Caveats: date.",
    ]  # fmt: skip
    assert "Nothing is labelled." in text_of(a_turn(a_case(), None))


def test_scored_unscored_and_not_applicable_are_told_apart_with_the_reason() -> None:
    scores = [
        a_score("c1", 0.5, "fact_recall"),
        a_score("c1", 1.0, "answered"),
        replace(a_score("c1", None, "source_recall"), reason="not labelled"),
        replace(a_score("c1", None, "mrr"), reason="not labelled"),
        replace(a_score("c1", None, "support"), reason="verbatim", state="not_applicable"),
    ]
    page = read(scores_html(scores))
    assert texts_of(page, "ul/li") == ["fact_recall 0.5", "answered 1"]
    assert texts_of(page, "p") == [
        "Unscored, not labelled: source_recall, mrr.", "Not applicable, verbatim: support."
    ]  # fmt: skip
    assert text_of(read(scores_html([]))) == "None."


def test_cases_stand_by_type_and_the_worst_of_each_type_first() -> None:
    def wrong(id: str, measure: str, type: str = "SF") -> tuple[Case, list[Score]]:
        best = {"serious_error": 1.0, "repetition": 0.5}.get(measure, 0.0)
        return a_case(id, type), [a_score(id, best, measure, type=type)]

    page = a_list(
        (a_case("odd", "ZZ"), []),
        wrong("small", "repetition"),
        (a_case("right"), []),
        wrong("grave", "serious_error"),
        wrong("middle", "fact_recall"),
        wrong("none", "abstained_rightly", "NA"),
        (a_case("early"), []),
    )
    assert texts_of(page, "section/h3") == ["SF single fact (5)", "NA not answerable (1)", "ZZ (1)"]
    assert texts_of(page, ".//summary/code") == [
        "grave", "middle", "small", "early", "right", "none", "odd"
    ]  # fmt: skip
    tags = [
        texts_of(case, "summary/span[@class]") for case in page.findall(".//details[@data-type]")
    ]
    assert tags[:5] == [
        ["serious error"], ["fact missing"], ["repeats itself"], ["nothing wrong"],
        ["nothing wrong"],
    ]  # fmt: skip


def test_the_filter_offers_what_occurs_and_says_how_often() -> None:
    page = a_list(
        (a_case("a"), [a_score("a", 0.0, "fact_recall"), a_score("a", 0.5, "repetition")]),
        (a_case("b", "NA"), [a_score("b", 0.0, "fact_recall")]),
        (a_case("c"), []),
    )
    assert "hidden" in page[0].attrib
    types, flaws = page[0].findall(".//select")
    assert texts_of(types, "option") == ["all (3)", "SF single fact (2)", "NA not answerable (1)"]
    assert texts_of(flaws, "option") == [
        "anything or nothing (3)", "nothing (1)", "fact missing (2)", "repeats itself (1)"
    ]  # fmt: skip
    offered = {option.get("value") for option in flaws} - {"", "none"}
    held = {
        flaw
        for case in page.findall("section/details")
        for flaw in case.attrib["data-flaws"].split("|")
    }
    assert offered == held - {""}


def test_a_conversation_is_one_case_with_the_flaws_of_all_its_questions() -> None:
    case = a_case(
        turns=[{"question": "When?", "history": ["Which bridge?"]}, {"question": "And lorries?"}]
    )
    came = [a_record(an_answer(says(words))) for words in (OPENED, LORRIES)]
    outcomes: list[Outcome] = [an_outcome(case, record, turn) for turn, record in enumerate(came)]
    page = read(
        cases_html(tell(outcomes, [a_score("c1", 0.0, "fact_recall", turn=1)]), Shelf(KEPT))
    )
    (found,) = page.findall(".//details[@class='case']")
    assert text_of(found[0]) == "c1 When? and 1 further question fact missing"
    assert texts_of(found, ".//h4") == ["Question 1 of 2", "Question 2 of 2"]
    assert texts_of(found, ".//p[@class='asked']") == ["When?", "And lorries?"]
    first, second = found.findall("section[@class='turn']")
    assert texts_of(first, "ul/li")[:1] == ["Which bridge?"]
    assert LORRIES in text_of(second)
    assert LORRIES not in text_of(first)
