"""Two runs side by side: what differs between them, and between their answers."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from made import FACT, HALF, OPENED, a_case, a_record, an_answer, says
from made_report import Came, a_run, read, text_of, texts_of

from evals.comparing import compare_runs
from evals.report.differences import differences_html
from evals.runs import Run

FLOODS = "It floods in spring."
RIGHT = a_record(an_answer(says(OPENED), more=[says(HALF)]))
WRONG = a_record(an_answer(says(FLOODS, "tunnel--north")))
CASE = a_case(sources=["bridge"])
UNLIKE = "The two runs did not ask the same: only what both asked is compared."


def beside(folder: Path, ours: Came, theirs: Came, **info: object) -> Element:
    """What differs between two runs of one case, the second of them made otherwise."""
    return differences(
        a_run(folder / "a", (CASE, ours)), a_run(folder / "b", (CASE, theirs), **info)
    )


def differences(a: Run, b: Run) -> Element:
    sides = (a.info, b.info), (a.trials(), b.trials())
    return read(differences_html(compare_runs(a, b), *sides))


@pytest.mark.parametrize(("cases", "said"), [("c" * 64, []), ("d" * 64, [UNLIKE])])
def test_that_two_runs_asked_other_cases_is_said(
    cases: str, said: list[str], tmp_path: Path
) -> None:
    assert texts_of(beside(tmp_path, RIGHT, WRONG, cases=cases), "p[@class='note']") == said


def test_only_the_circumstances_that_differ_are_listed(tmp_path: Path) -> None:
    page = beside(
        tmp_path, RIGHT, RIGHT, settings={"composer": "<b>", "rows": "5"}, models={"judge": "abc"}
    )
    rows = page.findall(".//table[@class='plain']/tbody/tr")
    assert [[text_of(cell) for cell in row] for row in rows] == [
        ["Setting composer", "extractive", "<b>"],
        ["Setting rows", "", "5"],
        ["Model: judge", "", "abc"],
    ]


def test_runs_that_were_made_alike_are_said_to_be(tmp_path: Path) -> None:
    page = beside(tmp_path, RIGHT, RIGHT)
    assert "Both were asked under the same circumstances." in texts_of(page, "p")
    assert "0 questions differ in what is tested." in texts_of(page, "p")
    assert not page.findall("details[@class='group']")


def test_differences_are_told_by_type_and_said_to_be_untested(tmp_path: Path) -> None:
    page = beside(tmp_path, RIGHT, WRONG)
    (types,) = page.findall("details[@class='types']")
    assert "None of these is tested" in text_of(types)
    heads = texts_of(types, ".//thead//th")
    (row,) = types.findall(".//tbody/tr")
    assert text_of(row[0]) == "SF single fact"
    assert text_of(row[heads.index("answered_rightly")]).startswith("1.000")


@pytest.mark.parametrize("ours", [RIGHT, WRONG])
def test_both_answers_to_what_differs_stand_side_by_side(ours: Came, tmp_path: Path) -> None:
    better = ours is RIGHT
    page = beside(tmp_path, ours, WRONG if better else RIGHT)
    (group,) = page.findall("details[@class='group']")
    assert text_of(group[0]) == f"A is {'better' if better else 'worse'} (1)"
    (case,) = group.findall("details")
    assert text_of(case[0]) == "c1:1 SF When was the bridge opened?"
    moved = texts_of(case, "ul/li")
    error = "A 0.00, B 1.00, better" if better else "A 1.00, B 0.00, worse"
    rightly = "A 1.00, B 0.00, better" if better else "A 0.00, B 1.00, worse"
    assert moved[:2] == [f"answered_rightly: {rightly}", f"serious_error: {error}"]
    sides = texts_of(case, "div[@class='two']/div")
    assert [(side[0], OPENED in side) for side in sides] == [("A", better), ("B", not better)]
    # The short answers alone.
    assert not any(HALF in side for side in sides)


def test_what_is_better_by_one_measure_and_worse_by_another_stands_apart(tmp_path: Path) -> None:
    half = {"fact": "Half by the harbour", "source": "bridge", "words": HALF}
    case = a_case(sources=["bridge"], facts=[FACT, half])
    more = a_record(an_answer(says(OPENED), says(HALF), says(FLOODS, "tunnel--north")))
    a = a_run(tmp_path / "a", (case, more))
    b = a_run(tmp_path / "b", (case, a_record(an_answer(says(OPENED)))))
    page = differences(a, b)
    assert texts_of(page, "details[@class='group']/summary") == ["Better and worse (1)"]
    words = {
        line.split(":")[0]: line.split()[-1] for line in texts_of(page, ".//ul/li") if ":" in line
    }
    assert (words["fact_recall"], words["citation_precision"]) == ("better", "worse")


@pytest.mark.parametrize("theirs", ["no model", a_record(failure="The disk broke."), None])
def test_a_question_that_one_run_did_not_answer_is_neither_won_nor_lost(
    theirs: Came, tmp_path: Path
) -> None:
    page = beside(tmp_path, RIGHT, theirs)
    assert "Nothing can be compared" in text_of(page)
    assert not page.findall("details")


def test_a_single_question_that_differs_is_counted_in_the_singular(tmp_path: Path) -> None:
    assert "1 question differs in what is tested." in texts_of(beside(tmp_path, RIGHT, WRONG), "p")
