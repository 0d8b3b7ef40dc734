"""An answer as it was shown: whose words are whose, and what stands beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made import HALF, LORRIES, OPENED, a_record, a_source, an_answer, cites, says
from made_report import of_kind, read, resting_on, text_of, texts_of

from assistant.types import Citation, Nearest, Premise, Silence, TieValue
from corpus.types import TextKind
from evals.report.answers import answer_html, brief_html, outcome_html, sources_html, statement_html

OTHER_WORDS = says(OPENED, text="It opened in 1979.", score=0.875)


@pytest.mark.parametrize("kind", TextKind)
def test_only_the_words_of_a_publication_itself_stand_in_quotation_marks(kind: TextKind) -> None:
    citation = of_kind(kind, cites(OPENED))
    html = statement_html(resting_on(OTHER_WORDS, citation)) + sources_html([citation])
    (said, sources) = read(html)
    assert OPENED in text_of(said)
    assert texts_of(said, ".//q") == ([] if kind is TextKind.NOTE else [OPENED])
    assert ("Summary of Harbour Office" in texts_of(said, ".//p")[-1]) == (kind is TextKind.NOTE)
    told = {TextKind.NOTE: "our summary", TextKind.EXCERPT: "excerpt"}.get(kind, "original text")
    assert text_of(sources).endswith(f"standpoint unstated · {told}")


def test_words_that_the_statement_repeats_are_not_shown_twice() -> None:
    assert text_of(read(statement_html(says(OPENED)))).count(OPENED) == 1
    over_lines = replace(cites(OPENED), words=OPENED.replace(" was ", "\n  was "))
    assert not read(statement_html(resting_on(says(OPENED), over_lines))).findall(
        ".//*[@class='cited']"
    )


def test_how_well_the_words_bear_a_statement_is_told() -> None:
    assert "· word for word" in text_of(read(statement_html(says(OPENED))))
    assert "· judged to be supported, 0.88" in text_of(read(statement_html(OTHER_WORDS)))


@pytest.mark.parametrize("leads", [True, False])
def test_the_answer_stands_in_the_order_in_which_it_was_read(leads: bool) -> None:
    answer = an_answer(
        says(OPENED), more=[says(HALF)], caveats={"date": "Long ago."}, rows=[cites(OPENED)]
    )
    assert answer.ties is not None
    answer = replace(
        answer, ties=replace(answer.ties, leads=leads), opening="No verdict here.",
        uncovered=("Who paid?",), withheld=1,
    )  # fmt: skip
    record = replace(a_record(answer), premise=Premise("It never closed.", (cites(LORRIES),)))
    page = text_of(read(answer_html(record, answer)))
    order = [
        "Premise. It never closed. [1]", "No verdict here.", OPENED, "More (1)", HALF,
        "Register of ties: 1 of 1 match", "Date. Long ago.", "Not covered. Who paid?",
        "1 sentence withheld", "On the bridge · The Harbour Office",
    ]  # fmt: skip
    if leads:
        order.insert(2, order.pop(5))
    places = [page.index(part) for part in order]
    assert places == sorted(places)


def test_a_source_stands_once_with_the_numbers_of_all_its_citations() -> None:
    cited = [
        cites(OPENED),
        replace(cites(LORRIES), number=2),
        replace(cites("It floods", "tunnel--north"), number=3),
    ]
    items = texts_of(read(sources_html(cited)), "ul/li")
    assert [item.split(" · ")[0] for item in items] == [
        "[1] [2] On the bridge", "[3] On the tunnel--north"
    ]  # fmt: skip
    assert sources_html([]) == ""


def test_disputed_values_of_a_tie_stand_side_by_side_with_what_says_so() -> None:
    def value(year: str, citation: Citation) -> TieValue:
        return TieValue(year, (citation,), ("2004",))

    answer = an_answer(rows=[cites(OPENED)])
    assert answer.ties is not None
    (row,) = answer.ties.rows
    disputed = (value("1979", cites(OPENED)), value("1980", replace(cites(HALF), number=2)))
    answer = replace(answer, ties=replace(answer.ties, rows=(replace(row, start=disputed),)))
    cells = texts_of(read(answer_html(a_record(answer), answer)), ".//tbody/tr/*")
    assert cells[:2] == ["Rotterdam", "Shanghai"]
    assert cells[3] == "1979 (2004) [1] or 1980 (2004) [2]"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (None, "The sources do not answer this."),
        (Silence("nothing_on_subject", "Nothing on bridges."), "Nothing on bridges."),
    ],
)
def test_a_silence_says_so_and_what_came_near(said: Silence | None, shown: str) -> None:
    answer = replace(an_answer(), silence=said, nearest=(Nearest(a_source("ferry"), "Tolls"),))
    for html in (answer_html(a_record(answer), answer), brief_html(a_record(answer), "")):
        (silence,) = read(html).findall("div[@class='silence']")
        assert text_of(silence) == f"{shown}Nearest that the collection covers:On the ferry"


def test_a_failure_is_never_shown_as_a_silence() -> None:
    failed = replace(a_record(failure="The disk broke."), partial=(says(OPENED),))
    for html in (outcome_html(failed, "x"), brief_html(failed, "x")):
        page = read(html)
        assert text_of(page[0]) == "No answer. The disk broke. Try again."
        assert OPENED in text_of(page[1])
        assert not page.findall("div[@class='silence']")


@pytest.mark.parametrize(
    ("problem", "shown"), [("not asked", "not asked"), ("", "It was stopped.")]
)
def test_where_there_is_no_record_the_problem_is_shown(problem: str, shown: str) -> None:
    assert text_of(read(outcome_html(None, problem))) == f"No answer. {shown}"


def test_the_short_answer_is_shown_alone_where_two_stand_side_by_side() -> None:
    answer = an_answer(says(OPENED), more=[says(HALF)], rows=[cites(OPENED)])
    page = text_of(read(brief_html(a_record(answer), "")))
    assert OPENED in page
    assert HALF not in page
    assert "1 tie of the register." in page
