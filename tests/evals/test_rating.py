"""What people think of answers: kept at once, blind to each other, and compared by hand."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import a_case, a_record, an_answer, says

from corpus.errors import CorpusError
from evals.rating import (
    FOLDER,
    VERDICTS,
    file_name,
    order,
    rate,
    ratings_of,
    summarise,
    verdicts,
)
from evals.runs import Run, RunInfo
from evals.types import Trial

OPENED = "The bridge was opened in 1979."


def a_run(path: Path, cases: int = 6) -> Run:
    """A run of small answers; the last case has none."""
    info = RunInfo(
        "small", "this test", "2026-11-24T12:00:00+00:00", date(2026, 11, 24).isoformat(), 0,
        "0.1.0", "", {}, {}, {}, "", 3, 3, "",
    )  # fmt: skip
    asked = [a_case(f"c{n}") for n in range(cases)]
    run = Run.begin(path, info, asked)
    for case in asked[:-1]:
        run.add([Trial(case.id, 0, a_record(an_answer(says(OPENED))))])
    run.add([Trial(asked[-1].id, 0, None, "no model")])
    return run


def test_a_verdict_is_kept_at_once_and_a_later_one_counts_instead(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run")
    rate(run, "c1", 0, "Ada", "right")
    rate(run, "c1", 0, "Ada", "misleading", "It leaves out the toll.")
    rate(run, "c1", 0, "Bo", "right")
    assert verdicts(run) == {("c1", 0): ["misleading", "right"]}
    assert ratings_of(run)["Ada"]["c1", 0].note == "It leaves out the toll."


def test_a_line_that_a_stop_cut_off_is_not_counted_and_a_broken_one_is_named(
    tmp_path: Path,
) -> None:
    run = a_run(tmp_path / "run")
    rate(run, "c1", 0, "Ada", "right")
    path = run.path / FOLDER / file_name("Ada")
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    assert len(ratings_of(run)["Ada"]) == 1
    path.write_bytes(b'{"case": 1}\n')
    with pytest.raises(CorpusError, match="cannot be read as ratings"):
        ratings_of(run)


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_two_raters_share_a_file_and_its_name_is_safe(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) == (one == other)
    assert set(file_name(one)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")


def test_agreement_is_counted_over_what_both_rated_and_disagreements_are_listed(
    tmp_path: Path,
) -> None:
    run = a_run(tmp_path / "run", 9)
    ada = [0, 0, 0, 0, 3, 3, 3, 3]
    bo = [0, 0, 0, 3, 3, 3, 3, 0]
    for n, (one, other) in enumerate(zip(ada, bo, strict=True)):
        rate(run, f"c{n}", 0, "Ada", VERDICTS[one])
        rate(run, f"c{n}", 0, "Bo", VERDICTS[other])
    rate(run, "c8", 0, "Ada", "right")
    told = summarise(run)
    (agreement,) = told.agreements
    # Six of eight the same, and half by chance: (0.75 - 0.5) / (1 - 0.5).
    assert (agreement.both, agreement.same, agreement.kappa) == (8, 0.75, 0.5)
    assert agreement.low is not None
    assert agreement.high is not None
    assert agreement.low < 0.5 < agreement.high <= 1
    assert agreement.weighted == pytest.approx(0.5)
    assert [(d.case, len(d.ratings)) for d in told.disagreements] == [("c3", 2), ("c7", 2)]
    tally = told.tallies[0]
    assert (tally.rater, tally.rated, tally.verdicts["right"], tally.right) == ("Ada", 9, 5, 5 / 9)
    assert tally.low < 5 / 9 < tally.high
    assert "2 disagreements:" in told.as_text()


def test_near_verdicts_count_as_partly_the_same_however_few_of_them_occur(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 5)
    for n, (one, other) in enumerate([(0, 0), (0, 1), (3, 3), (3, 3)]):
        rate(run, f"c{n}", 0, "Ada", VERDICTS[one])
        rate(run, f"c{n}", 0, "Bo", VERDICTS[other])
    (agreement,) = summarise(run).agreements
    # Weighted disagreement seen: 1 of 4 turns, a third of the way. By chance: 8 + 3 * (1/4 of the
    # way between 0..3 and 1..3) over all 16 pairings of the margins.
    seen = (1 / 3) / 4
    margins = [(0, 2, {0: 1, 1: 1, 3: 2}), (3, 2, {0: 1, 1: 1, 3: 2})]
    chance = sum(m * k * abs(v - w) / 3 for v, m, ws in margins for w, k in ws.items()) / 16
    assert agreement.weighted == pytest.approx(1 - seen / chance)
    assert agreement.weighted is not None
    assert agreement.kappa is not None
    assert agreement.weighted > agreement.kappa


def test_raters_who_share_nothing_have_no_agreement_to_tell(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run")
    rate(run, "c1", 0, "Ada", "right")
    rate(run, "c2", 0, "Bo", "right")
    (agreement,) = summarise(run).agreements
    assert (agreement.both, agreement.same, agreement.kappa) == (0, None, None)
    assert summarise(a_run(tmp_path / "other")).as_text() == ""


def test_each_rater_has_an_order_of_their_own_that_stays(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run", 30)
    ada, bo = order([run], "Ada", 0, None), order([run], "Bo", 0, None)
    assert ada == order([run], "Ada", 0, None)
    assert ada != bo
    assert sorted(ada) == sorted(bo) == sorted((0, (f"c{n}", 0)) for n in range(29))
    assert order([run], "Ada", 0, 5) == ada[:5]


def test_two_answers_to_one_question_never_follow_each_other(tmp_path: Path) -> None:
    runs = [a_run(tmp_path / "a", 10), a_run(tmp_path / "b", 10)]
    items = order(runs, "Ada", 0, None)
    assert len(items) == 18
    assert len(set(items)) == 18
    assert all(one[1] != other[1] for one, other in itertools.pairwise(items))
    # Neither run always comes first.
    assert {number for number, _ in items[:9]} == {0, 1}
