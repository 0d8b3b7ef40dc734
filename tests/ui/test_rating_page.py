"""The page on which people rate answers: blind, safe, and nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.types import Record
from corpus.errors import CorpusError
from evals.rating import ratings_of
from evals.reading import read_case
from evals.runs import Run, RunInfo, Summary
from evals.types import Trial
from ui.cli import main
from ui.rating_page import build_app, work
from ui.serving import Served, start_app

MakeRecord = Callable[..., Record]


def a_run(path: Path, make_record: MakeRecord, words: str = "Opened in 1979.") -> Run:
    info = RunInfo(
        "secret-suite", "test", "2026-11-24", "2026-11-24", 0, "", "", {}, {}, {}, "", 1, 1, ""
    )
    cases = [
        read_case({"id": f"c{n}", "question": f"Question {n}?", "expected": "secret expectation"})
        for n in range(3)
    ]
    run = Run.begin(path, info, cases)
    for case in cases:
        run.add([Trial(case.id, 0, make_record(case.turns[0].question, words=words))])
    run.write_summary(Summary("secret-suite", "test", 3, 3, 0, {}, {}))
    return run


@pytest.fixture
def runs(tmp_path: Path, make_record: MakeRecord) -> list[Run]:
    return [
        a_run(tmp_path / "secret-a", make_record),
        a_run(tmp_path / "secret-b", make_record, "Opened in 1980."),
    ]


@pytest.fixture
def page(runs: list[Run]) -> Any:
    """The page of one rater, and a client at it."""
    served: Served = start_app(build_app(work(runs, "Ada", 0, None)))
    with httpx.Client(base_url=served.url, follow_redirects=True) as client:
        yield client
    served.stop()


def test_each_verdict_is_kept_at_once_and_the_next_answer_comes(
    page: httpx.Client, runs: list[Run]
) -> None:
    first = page.get("/").text
    assert "0 of 6 rated" in first
    second = page.post("/", data={"at": "0", "verdict": "misleading", "note": " a <b> & c "}).text
    assert "1 of 6 rated" in second
    assert "<h1" in second
    (rating,) = [r for run in runs for r in ratings_of(run).get("Ada", {}).values()]
    assert (rating.verdict, rating.note) == ("misleading", "a <b> & c")
    again = page.get("/?at=0").text
    assert "a &lt;b&gt; &amp; c" in again
    assert "aria-pressed=true" in again


def test_a_rater_goes_on_where_they_were_and_is_told_when_all_is_done(
    page: httpx.Client, runs: list[Run]
) -> None:
    for place in range(6):
        page.post("/", data={"at": str(place), "verdict": "right"})
    assert "All 6 answers are rated" in page.get("/").text
    assert [len(ratings_of(run)["Ada"]) for run in runs] == [3, 3]
    later = work(runs, "Ada", 0, None)
    assert None not in later.given()
    assert set(work(runs, "Bo", 0, None).given()) == {None}


def test_nothing_tells_the_run_the_expectation_or_other_peoples_verdicts(
    page: httpx.Client, runs: list[Run]
) -> None:
    other = work(runs, "Bo", 0, None)
    other.rate(0, "misleading", "Bo's own opinion")
    for place in range(6):
        text = page.get(f"/?at={place}").text
        assert not re.search(r"secret|Bo's own|likelihood|aria-pressed", text)
        assert "Opened in 19" in text


def test_what_sources_and_answers_hold_is_shown_as_text(
    tmp_path: Path, make_record: MakeRecord
) -> None:
    run = a_run(tmp_path / "run", make_record, "<script>alert(1)</script> opened.")
    served = start_app(build_app(work([run], "<i>Ada</i>", 0, None)))
    text = httpx.get(served.url).text
    served.stop()
    assert "<script>alert" not in text
    assert "<i>Ada" not in text
    assert "&lt;script&gt;alert" in text


@pytest.mark.parametrize("at", ["", "6", "-1", "1e9", "²", "9" * 30])
def test_a_place_that_is_none_leads_to_the_next_answer(page: httpx.Client, at: str) -> None:
    assert "Answer 1 of 6" in page.get("/", params={"at": at}).text
    assert "0 of 6 rated" in page.post("/", data={"at": at, "verdict": "right"}).text


def test_an_unknown_verdict_is_not_kept(page: httpx.Client, runs: list[Run]) -> None:
    assert "0 of 6 rated" in page.post("/", data={"at": "0", "verdict": "splendid"}).text
    assert [ratings_of(run) for run in runs] == [{}, {}]


def test_other_sites_and_other_host_names_are_refused(page: httpx.Client) -> None:
    data = {"at": "0", "verdict": "right"}
    assert page.post("/", data=data, headers={"Origin": "http://evil.example"}).status_code == 403
    assert page.post("/", data=data, headers={"Origin": "null"}).status_code == 403
    assert page.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_the_page_loads_nothing_from_elsewhere_and_sends_forms_only_to_itself(
    page: httpx.Client,
) -> None:
    answer = page.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert "default-src 'none'" in policy
    elsewhere = r'(?:src|href)="(?!#|/|data:|https://example\.org)([^"]+)'
    assert re.findall(elsewhere, answer.text) == []
    assert page.get("/page.css").status_code == 200


def test_a_sample_is_of_questions_with_every_runs_answer(runs: list[Run]) -> None:
    few = work(runs, "Ada", 0, 2)
    assert len(few.items) == 4
    assert len({key for _, key in few.items}) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [("unfinished", "is not finished"), ("missing", "is not a run folder")],
)
def test_a_run_that_cannot_be_rated_is_told_in_a_line(
    change: str, said: str, runs: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    if change == "unfinished":
        (runs[0].path / "summary.json").unlink()
    path = runs[0].path if change == "unfinished" else runs[0].path / "none"
    assert main(["eval", "rate", str(path), "--rater", "Ada"]) == 1
    assert said in capsys.readouterr().err


def test_a_rater_needs_a_name(runs: list[Run], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "rate", str(runs[0].path), "--rater", " "]) == 2
    assert "empty" in capsys.readouterr().err


def test_a_run_without_answers_has_nothing_to_rate(
    tmp_path: Path, make_record: MakeRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    run = a_run(tmp_path / "run", make_record)
    (run.path / "trials.jsonl").write_text("")
    assert main(["eval", "rate", str(run.path), "--rater", "Ada"]) == 1
    assert "no answer to rate" in capsys.readouterr().err


def test_ratings_are_told_with_agreement(
    runs: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", "ratings", str(runs[0].path)]) == 0
    assert "Nobody rated" in capsys.readouterr().out
    work(runs[:1], "Ada", 0, None).rate(0, "right", "")
    work(runs[:1], "Bo", 0, None).rate(0, "right", "")
    assert main(["eval", "ratings", str(runs[0].path), "--json"]) == 0
    assert '"raters": ["Ada", "Bo"]' in capsys.readouterr().out


def test_an_answer_that_left_its_run_is_said_to_be_gone(
    page: httpx.Client, runs: list[Run]
) -> None:
    for run in runs:
        (run.path / "trials.jsonl").write_text("")
    assert "no longer in its run" in page.get("/?at=0").text


def test_a_folder_that_cannot_be_written_is_named(runs: list[Run]) -> None:
    (runs[0].path / "ratings").write_text("in the way")
    of = replace(work(runs[:1], "Ada", 0, None))
    with pytest.raises(CorpusError, match="cannot be written"):
        of.rate(0, "right", "")
