"""The figures of a run in words, tables and plots, each as sure as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from made import a_score
from made_report import read, text_of, texts_of

from evals.report.figures import in_words, measures_html, plots_html, types_html
from evals.runs import Summary
from evals.scoring import MEASURES, OWN_MEASURES, figures
from evals.types import Figure, Score

ALL = (*MEASURES, *OWN_MEASURES)


def a_summary(
    scores: Sequence[Score] = (),
    baselines: Mapping[str, Sequence[Score]] | None = None,
    errors: int = 0,
    **measures: Figure,
) -> Summary:
    """The summary of scores; single figures can be given by hand."""
    beside = {name: figures(theirs, ALL, 0) for name, theirs in (baselines or {}).items()}
    ours = {**figures(scores, ALL, 0), **measures} if scores or measures else {}
    return Summary("small", "this test", 3, 3, errors, ours, beside)


def by_first(page: str, path: str = ".//tbody/tr") -> dict[str, list[str]]:
    """The cells of each row by the name of the row."""
    rows = [[text_of(cell) for cell in row] for row in read(page).findall(path)]
    return {first: rest for first, *rest in rows}


def test_the_main_figures_are_sentences_with_their_interval() -> None:
    rightly, recall = Figure(0.655, 0.6, 0.72, 1200, 0, 0), Figure(1.0, None, None, 3, 0, 0)
    page = read(in_words(a_summary(answered_rightly=rightly, fact_recall=recall), ALL))
    assert texts_of(page, "ul/li") == [
        "Of 1,200 questions that the sources answer, 66 % (60 to 72 %) were answered from a right "
        "source.",
        "Answers held 100 % of the facts that a question should bring up, on average over 3 "
        "questions.",
    ]


def test_a_suite_of_another_kind_tells_its_own_measures() -> None:
    scores = [a_score(f"c{n}", n % 2, "attribution", truth=n % 2) for n in range(4)]
    (said, *_) = texts_of(read(in_words(a_summary(scores), ALL)), "ul/li")
    assert "1.000" in said
    assert said.endswith(".")


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        (0, []),
        (1, ["1 question was met by an error: unscored, not counted as wrong."]),
        (3, ["3 questions were met by an error: unscored, not counted as wrong."]),
    ],
)
def test_where_nothing_could_be_scored_that_is_said_and_errors_are_counted(
    errors: int, said: list[str]
) -> None:
    unscored = [a_score("a", None, "answered_rightly"), a_score("a", None, "time")]
    told = texts_of(read(in_words(a_summary(unscored, errors=errors), ALL)), "ul/li")
    assert told == ["Nothing could be scored.", *said]


def test_every_measure_is_told_with_its_counts_and_baselines_beside() -> None:
    scores = [a_score(f"c{n}", 1.0 - n / 2, "source_recall") for n in range(3)]
    scores += [a_score("c3", None, "source_recall"), a_score("c0", None, "mrr")]
    theirs = [a_score(f"c{n}", 0.25, "source_recall") for n in range(3)]
    page = measures_html(a_summary(scores, {"plain <b>": theirs}), ALL)
    assert texts_of(read(page), ".//thead//th")[-1] == "plain <b>"
    rows = {name.split("share")[0]: cells for name, cells in by_first(page).items()}
    value, scored, unscored, not_applicable, tokens, beside = rows["source_recall"]
    assert value.startswith("0.500 [")
    assert [scored, unscored, not_applicable, tokens] == ["3", "1", "0", ""]
    assert beside.startswith("0.250")
    (mrr,) = (cells for name, cells in rows.items() if name.startswith("mrr"))
    assert mrr[:3] == ["–", "0", "1"]


def test_what_applies_to_no_question_is_named_and_has_no_row() -> None:
    not_asked = Figure(None, None, None, 0, 0, 3)
    page = read(measures_html(a_summary([a_score("a", 1.0, "mrr")], support=not_asked), ALL))
    (left,) = texts_of(page, "p")
    assert left.startswith("Not applicable to any question here: ")
    assert "support" in left.removesuffix(".").split(": ")[1].split(", ")
    assert not any(row.startswith("support") for row in texts_of(page, ".//tbody/tr/th"))


def test_types_stand_apart_with_the_number_of_questions_that_were_scored() -> None:
    scores = [a_score(f"a{n}", 1.0, "answered_rightly", type="SF") for n in range(3)]
    scores += [a_score("b", 0.0, "abstained_rightly", type="NA")]
    page = types_html(a_summary(scores), ALL)
    rows = by_first(page)
    assert rows["SF single fact"][0].startswith("1.000 [")
    assert rows["SF single fact"][0].endswith("of 3")
    assert rows["SF single fact"][1] == ""
    assert rows["NA not answerable"][0] == ""
    (figure,) = read(page).findall("figure")
    assert text_of(figure).endswith("the numbers are in the table.")


def test_the_numbers_of_each_plot_stand_beside_it() -> None:
    told = [(0.95, 1.0), (0.9, 1.0), (0.9, 0.0), (0.1, 0.0)]
    scores = [a_score(f"c{n}", v, "answerability", truth=t) for n, (v, t) in enumerate(told)]
    scores += [a_score("c0", 12.5, "time_retrieve"), a_score("c0", 3.0, "time_compose")]
    page = plots_html(a_summary(scores), scores)
    assert texts_of(read(page), ".//caption") == [
        "Risk at a coverage", "Reliability by bin", "Time by stage"
    ]  # fmt: skip
    assert len(read(page).findall(".//svg")) == 3
    # Both of 0.9 are answered together, so that half of the questions cannot be answered alone.
    assert by_first(page) == {
        "25.0%": ["0.0%"], "75.0%": ["33.3%"], "100.0%": ["50.0%"],
        "0.100": ["0.000", "1"], "0.917": ["0.667", "3"],
        "retrieve": ["12.50"], "compose": ["3.00"],
    }  # fmt: skip


def test_without_scores_each_part_says_that_there_is_nothing() -> None:
    assert text_of(read(measures_html(a_summary(), ALL))) == "Nothing was scored."
    assert text_of(read(types_html(a_summary(), ALL))) == "Nothing was scored."
    assert text_of(read(plots_html(a_summary(), ()))) == "Nothing to plot."
