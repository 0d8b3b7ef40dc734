"""Limits that were stated beforehand: kept by their bound, never by the rate that was seen."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from made import DAY, a_score

from corpus.errors import CorpusError
from evals.accepting import Acceptance, accept, read_limits, with_people
from evals.types import Score

HEAD = 'stated_by = "A. Evaluator"\nstated_on = "2026-11-01"\n'


def limits(folder: Path, text: str) -> Path:
    path = folder / "limits.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def accepted(folder: Path, text: str, scores: list[Score]) -> Acceptance:
    return accept(scores, read_limits(limits(folder, text)), DAY)


def errors(n: int, wrong: int, unscored: int = 0) -> list[Score]:
    values = [1.0] * wrong + [0.0] * (n - wrong) + [None] * unscored
    return [a_score(f"c{k}", value, "serious_error") for k, value in enumerate(values)]


FIVE = "[serious_error]\nat_most = 0.05\n"


def test_fifty_nine_cases_without_a_serious_error_keep_five_per_cent_and_58_do_not(
    tmp_path: Path,
) -> None:
    (kept,) = accepted(tmp_path, FIVE, errors(59, 0)).tested
    assert kept.passed
    assert (kept.n, kept.events, kept.needed) == (59, 0, 59)
    (few,) = accepted(tmp_path, FIVE, errors(58, 0)).tested
    assert not few.passed
    assert few.reason == "too few: 58 independent cases, and 59 without any would do"


def test_a_rate_below_the_limit_fails_where_its_bound_lies_above_it(tmp_path: Path) -> None:
    acceptance = accepted(tmp_path, FIVE, errors(100, 3))
    (told,) = acceptance.tested
    assert told.seen == 0.03
    assert told.bound is not None
    assert told.bound > 0.05
    assert told.needed_as_seen is not None
    assert told.needed_as_seen > 100
    assert not acceptance.passed
    said = f"at the rate seen {told.needed_as_seen} independent cases would do"
    assert f"FAIL: the bound exceeds it; {said}" in acceptance.as_text()


def test_questions_of_one_group_that_turn_out_alike_count_as_one(tmp_path: Path) -> None:
    scores = [
        a_score(f"c{k}", float(k % 10 == 0), "serious_error", group=str(k % 10)) for k in range(60)
    ]
    (told,) = accepted(tmp_path, FIVE, scores).tested
    # Ten groups that are wrong or right as a whole, and what so few groups tell is uncertain.
    assert (told.questions, told.n, told.events) == (60, 7, 6)
    assert told.seen == 0.1
    assert not told.passed


def test_too_many_unscored_questions_fail_what_else_would_pass(tmp_path: Path) -> None:
    assert accepted(tmp_path, FIVE, errors(100, 0, unscored=5)).passed
    (told,) = accepted(tmp_path, FIVE, errors(100, 0, unscored=6)).tested
    assert told.reason == "6 of 106 questions could not be scored"


def test_nothing_scored_passes_no_limit(tmp_path: Path) -> None:
    both = FIVE + "[balance]\nat_least = 0.5\n"
    acceptance = accepted(tmp_path, both, [])
    assert [told.passed for told in acceptance.tested] == [False, False]
    assert [told.bound for told in acceptance.tested] == [None, None]


def test_a_share_is_kept_by_its_lower_bound_over_twenty_cases(tmp_path: Path) -> None:
    balance = "[balance]\nat_least = 0.6\n"
    good = [a_score(f"c{k}", 0.9 if k % 2 else 0.8, "mirror_balance") for k in range(20)]
    assert accepted(tmp_path, balance, good).passed
    (few,) = accepted(tmp_path, balance, good[:19]).tested
    assert few.reason == "too few: 19 independent cases, and 20 would do were all shares whole"
    poor = [a_score(f"c{k}", float(k % 3 > 0), "mirror_balance") for k in range(40)]
    (told,) = accepted(tmp_path, balance, [*poor, a_score("x", 0.0, "mirror_balance")]).tested
    assert told.needed_as_seen is not None
    assert told.needed_as_seen > 41
    would = f"at the mean seen {told.needed_as_seen} independent cases would do"
    assert told.reason == f"the bound does not reach it; {would}"


def test_limits_that_were_stated_after_the_cases_were_asked_are_refused(tmp_path: Path) -> None:
    stated = read_limits(limits(tmp_path, FIVE))
    accept(errors(59, 0), stated, stated.limits.stated_on)
    with pytest.raises(CorpusError, match="after the cases were asked on 2026-10-31"):
        accept(errors(59, 0), stated, date(2026, 10, 31))


def test_one_error_does_not_pass_where_none_fails(tmp_path: Path) -> None:
    two = "[serious_error]\nat_most = 0.02\n"

    def grouped(wrong: int) -> list[Score]:
        return [
            a_score(f"c{k}", float(k < wrong), "serious_error", group=str(k % 60))
            for k in range(300)
        ]

    bounds = [accepted(tmp_path, two, grouped(wrong)).tested[0].bound or 0 for wrong in range(8)]
    assert bounds == sorted(bounds)
    assert not accepted(tmp_path, two, grouped(0)).passed
    assert not accepted(tmp_path, two, grouped(1)).passed


def test_the_cases_that_a_share_needs_grow_with_its_limit(tmp_path: Path) -> None:
    whole = [a_score(f"c{k}", 1.0, "mirror_balance") for k in range(40)]
    for limit, least in ((0.6, 20), (0.9, 29), (0.95, 59)):
        (told,) = accepted(tmp_path, f"[balance]\nat_least = {limit}\n", whole).tested
        assert told.needed == least
        assert told.passed == (least <= 40)


def test_every_limit_reads_the_measure_that_it_is_about(tmp_path: Path) -> None:
    stated = "".join(
        f"[{name}]\nat_most = 0.5\n" for name in ("serious_error", "omission", "false_abstention")
    ) + "".join(f"[{name}]\nat_least = 0.5\n" for name in ("balance", "consistency"))
    measures = {
        "serious_error": 10, "omitted_limits": 20, "false_abstention": 30, "mirror_balance": 40,
        "wording_agreement": 50,
    }  # fmt: skip
    scores = [a_score(f"c{k}", 0.5, m) for m, n in measures.items() for k in range(n)]
    tested = accepted(tmp_path, stated, scores).tested
    assert {told.name: told.n for told in tested} == {
        "serious_error": 10, "omission": 20, "false_abstention": 30, "balance": 40,
        "consistency": 50,
    }  # fmt: skip


def test_the_page_to_sign_holds_limits_results_and_the_digest_of_the_file(tmp_path: Path) -> None:
    acceptance = accepted(tmp_path, FIVE, errors(59, 0))
    page = acceptance.as_html({"Cases": "<script>alert(1)</script>"})
    assert "<h1>Acceptance test: Accepted</h1>" in page
    assert acceptance.stated.digest in page
    assert "A. Evaluator" in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "at most 5.0%" in page
    assert "Signature" in page


def test_what_people_said_of_an_answer_takes_the_place_of_the_rule(tmp_path: Path) -> None:
    said = {("c0", 0): ["right", "right"], ("c1", 0): ["right", "misleading"], ("c2", 0): []}
    scores = [*errors(59, 1), a_score("c1", None, "fact_recall")]
    changed = with_people(scores, said)
    assert [score.value for score in changed[:3]] == [0, 1, 0]
    assert changed[-1].value is None
    assert accept(changed, read_limits(limits(tmp_path, FIVE)), DAY).tested[0].events == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "states no limit"),
        ("[serious_error]\nat_most = 1.5\n", "serious_error.at_most"),
        ("[serious_error]\nat_least = 0.5\n", "serious_error.at_most"),
        ("[speed]\nat_most = 0.5\n", "speed"),
        ("[serious_error\n", "is no TOML"),
    ],
)
def test_a_file_of_limits_that_is_none_is_refused_with_what_is_wrong(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(CorpusError, match=said):
        read_limits(limits(tmp_path, text))


def test_a_missing_file_of_limits_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"limits\.toml cannot be read"):
        read_limits(tmp_path / "limits.toml")
