"""Running a suite: real questions to a real collection, kept so that none is asked again."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.settings import Settings, load_settings
from corpus.errors import CorpusError
from evals.reading import read_case
from evals.running import revision, run_suite
from evals.runs import (
    BASELINES,
    CASES,
    OWN_SCORES,
    PASSAGES,
    SCORES,
    SOURCES,
    TRIALS,
    Run,
    list_runs,
)
from evals.scoring import MEASURES, SCORERS, outcomes, score_run
from evals.suites.suite import Plan, Suite
from evals.types import Case, Score

DAY = date(2026, 11, 24)
BRIDGE = "The bridge over the river was opened in 1979. It may not carry lorries."
TOO_LONG = "long " * 500
CASES_ASKED = [
    {
        "id": "opened", "type": "SF", "question": "When was the bridge over the river opened?",
        "sources": ["bridge"], "caveats": [],
        "facts": [{"fact": "Opened in 1979", "source": "bridge", "words": "opened in 1979"}],
    },
    {"id": "zebra", "type": "NA", "question": "How much do zebras weigh?", "nearest": ["ferry"]},
    {
        "id": "talk", "type": "FU",
        "turns": [
            {"question": "Where does the ferry leave?", "sources": ["ferry"]},
            {"question": "And how often?", "sources": ["ferry"]},
        ],
    },
]  # fmt: skip


def write_documents(folder: Path) -> None:
    ferry = "The ferry leaves from the old pier. It runs every hour."
    for id_, text in (("bridge", BRIDGE), ("ferry", ferry)):
        keys = f"id: {id_}\ntitle: On the {id_}\npublisher: The Harbour Office"
        head = f"---\n{keys}\nkind: news\ntext_kind: full\n---\n"
        (folder / f"{id_}.md").write_text(f"{head}{text}\n", encoding="utf-8")


def a_suite(cases: Sequence[Case] | None = None, **changes: object) -> Suite:
    asked = tuple(map(read_case, CASES_ASKED)) if cases is None else tuple(cases)
    return replace(Suite("small", "this test", asked, documents=write_documents), **changes)  # type: ignore[arg-type]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "home", embedder="hashing:384", starter=False)


@pytest.fixture
def ask(settings: Settings, tmp_path: Path) -> Callable[..., Run]:
    def asked(name: str = "run", suite: Suite | None = None, seed: int = 0) -> Run:
        return run_suite(suite or a_suite(), settings, tmp_path / name, Plan(DAY, seed))

    return asked


def files(run: Run) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.path.iterdir()}


def test_every_turn_is_asked_once_and_its_record_kept(ask: Callable[..., Run]) -> None:
    run = ask()
    assert list(run.trials()) == [("opened", 0), ("zebra", 0), ("talk", 0), ("talk", 1)]
    trial = run.trial("talk", 1)
    assert trial is not None
    assert trial.record is not None
    assert trial.record.ask.today == DAY
    assert [turn.question for turn in trial.record.ask.history] == ["Where does the ferry leave?"]
    assert run.trial("talk", 2) is None
    assert run.cases() == a_suite().cases


def test_a_run_says_under_which_circumstances_it_was_made(ask: Callable[..., Run]) -> None:
    info = ask(seed=7).info
    assert (info.suite, info.made_by, info.today, info.seed) == (
        "small",
        "this test",
        "2026-11-24",
        7,
    )
    assert info.sources == 2
    assert info.settings["embedder"] == "hashing:384"
    assert {"langchain-core", "chromadb", "numpy"} <= set(info.packages)
    assert len(info.collection) == len(info.cases) == 64


def test_the_texts_that_records_and_expectations_refer_to_are_kept_once(
    ask: Callable[..., Run],
) -> None:
    run = ask()
    texts = run.texts()
    assert {id_ for id_, _ in texts} == {"bridge", "ferry"}
    for trial in run.trials().values():
        assert trial.record is not None
        for cited in trial.record.citations:
            text = texts[cited.source_id, cited.version].text
            assert text[cited.start : cited.end] == cited.words
        assert all(hit.passage_id in run.passages() for hit in trial.record.hits)
    assert all(passage.tokens > 0 for passage in run.passages().values())


def test_scoring_again_gives_the_same_bytes_and_asks_nothing(ask: Callable[..., Run]) -> None:
    run = ask()
    summary = score_run(run)
    before = files(run)
    assert score_run(Run(run.path)) == summary
    assert files(run) == before
    assert run.summary() == summary
    assert (summary.cases, summary.turns, summary.errors) == (3, 4, 0)


def test_each_measure_has_one_score_of_each_turn(ask: Callable[..., Run]) -> None:
    summary = score_run(ask())
    for measure in MEASURES:
        told = summary.measures[measure.name]
        assert told.scored + told.unscored + told.not_applicable == 4, measure.name
        if measure.share and told.value is not None:
            assert 0 <= told.value <= 1, measure.name


def test_figures_of_a_small_run_are_those_of_its_answers(ask: Callable[..., Run]) -> None:
    run = ask()
    measures = score_run(run).measures
    assert measures["source_recall"].value == 1
    assert measures["abstained_rightly"].scored == 1
    assert measures["answered"].scored == 3
    assert measures["fact_recall"].scored == 1
    assert measures["fact_recall"].unscored == 2
    assert measures["time_p50"].scored == 4


def test_a_run_that_was_stopped_goes_on_and_ends_the_same(ask: Callable[..., Run]) -> None:
    def without_times(run: Run) -> list[tuple[object, ...]]:
        kept = run.scores()
        return [(s.key, s.measure, s.value) for s in kept if not s.measure.startswith("time")]

    whole = ask()
    score_run(whole)
    content = (whole.path / TRIALS).read_bytes()
    first = content.index(b"\n") + 1
    for cut in (0, 10, first, first + 1, len(content) - 2):
        (whole.path / TRIALS).write_bytes(content[:cut])
        again = ask()
        assert list(again.trials()) == [("opened", 0), ("zebra", 0), ("talk", 0), ("talk", 1)]
        before = without_times(whole)
        score_run(again)
        assert without_times(again) == before


def test_a_conversation_that_was_cut_in_the_middle_is_asked_again_as_a_whole(
    ask: Callable[..., Run],
) -> None:
    run = ask()
    lines = (run.path / TRIALS).read_bytes().splitlines(keepends=True)
    (run.path / TRIALS).write_bytes(b"".join(lines[:3]))
    assert Counter(case for case, _ in ask().trials()) == {"opened": 1, "zebra": 1, "talk": 2}


def test_a_finished_run_asks_nothing_again(ask: Callable[..., Run]) -> None:
    run = ask()
    before = (run.path / TRIALS).read_bytes()
    ask()
    assert (run.path / TRIALS).read_bytes() == before


def test_a_run_does_not_go_on_under_other_circumstances(
    ask: Callable[..., Run], tmp_path: Path
) -> None:
    ask()
    with pytest.raises(CorpusError, match="another seed"):
        ask(seed=1)
    with pytest.raises(CorpusError, match="another cases"):
        ask(suite=a_suite(a_suite().cases[:1]))
    other = load_settings(home=tmp_path / "home", embedder="hashing:256", starter=False)
    with pytest.raises(CorpusError, match="another settings"):
        run_suite(a_suite(), other, tmp_path / "run", Plan(DAY))


@pytest.mark.parametrize(
    "change",
    [{"type": "MS"}, {"group": "g"}, {"pair": "p"}, {"side": "risks"}, {"wording_of": "o"}],
)
def test_a_run_does_not_go_on_with_a_case_that_counts_otherwise(
    ask: Callable[..., Run], change: dict[str, str]
) -> None:
    first, *others = CASES_ASKED
    case = {**first, "split": "tune"}
    ask(suite=a_suite(tuple(map(read_case, [case, *others]))))
    with pytest.raises(CorpusError, match="another cases"):
        ask(suite=a_suite(tuple(map(read_case, [case | change, *others]))))


def test_two_changes_of_the_program_are_told_apart(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True)

    assert revision(tmp_path) == ""
    git("init", "--quiet")
    (tmp_path / "code.py").write_text("a")
    git("add", ".")
    git("commit", "--quiet", "--message", "x")
    head = revision(tmp_path)
    assert re.fullmatch("[0-9a-f]{40}", head)
    (tmp_path / "run.json").write_text("made by a run")
    assert revision(tmp_path) == head
    changed = []
    for content in (b"b", b"\xff"):
        (tmp_path / "code.py").write_bytes(content)
        changed.append(revision(tmp_path))
    assert len(set(changed)) == 2
    assert all(re.fullmatch(rf"{head}\+changes-[0-9a-f]{{8}}", it) for it in changed)


def test_a_file_is_no_place_for_a_run(ask: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(CorpusError, match=r"letter\.txt cannot be written: Not a directory"):
        ask("letter.txt")
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_a_folder_with_something_else_in_it_is_left_alone(
    ask: Callable[..., Run], tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(CorpusError, match="is not empty"):
        ask("mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_a_question_that_fails_is_a_problem_of_its_own_and_the_others_go_on(
    ask: Callable[..., Run],
) -> None:
    failing = read_case({"id": "long", "question": TOO_LONG, "sources": ["bridge"]})
    summary = score_run(ask(suite=a_suite((failing, *a_suite().cases))))
    assert summary.errors == 1
    assert summary.measures["answered"].unscored == 1
    assert summary.measures["answered"].scored == 3


def test_earlier_questions_are_given_and_not_asked(ask: Callable[..., Run]) -> None:
    case = read_case(
        {"id": "h", "question": "And how often?", "history": ["Where does the ferry leave?"]}
    )
    run = ask(suite=a_suite((case,)))
    (trial,) = run.trials().values()
    assert trial.record is not None
    assert [turn.question for turn in trial.record.ask.history] == ["Where does the ferry leave?"]


def test_a_suite_scores_itself_and_its_plain_pipelines_beside(ask: Callable[..., Run]) -> None:
    own = Score("opened", 0, "SF", "bridge", "mrr", 0.5, "scored", tokens=10.0)
    suite = a_suite(
        baselines=lambda room: {"plain": [own]} if room.bench else {},
    )
    run = ask(suite=suite)
    summary = score_run(run)
    assert run.baselines() == {"plain": (own,)}
    assert list(summary.baseline["plain"]) == ["mrr"]
    assert (summary.baseline["plain"]["mrr"].value, summary.baseline["plain"]["mrr"].tokens) == (
        0.5, 10,
    )  # fmt: skip


def test_without_baselines_none_are_run(settings: Settings, tmp_path: Path) -> None:
    def never(_: object) -> dict[str, list[Score]]:
        raise AssertionError("a baseline was run")

    run = run_suite(
        a_suite(baselines=never), settings, tmp_path / "run", Plan(DAY, baselines=False)
    )
    assert run.baselines() == {}


def test_a_suite_without_documents_asks_nothing_and_scores_its_labels(
    settings: Settings, tmp_path: Path
) -> None:
    scores = [Score("x", 0, "SF", "x", "mrr", None, "unscored", "no label")]
    suite = Suite("labels", "people", documents=None, scores=lambda _: scores)
    run = run_suite(suite, settings, tmp_path / "run", Plan(DAY))
    assert run.own_scores() == tuple(scores)
    summary = score_run(run)
    assert (summary.cases, summary.turns) == (1, 1)
    assert run.info.sources == 0


def test_what_was_never_asked_is_unscored_by_every_scorer(ask: Callable[..., Run]) -> None:
    run = ask()
    (run.path / TRIALS).write_text("")
    asked = outcomes(run)
    assert {outcome.problem for outcome in asked} == {"not asked"}
    scores = [score for scorer in SCORERS for score in scorer(asked)]
    assert {score.state for score in scores} <= {"unscored", "not_applicable"}


def test_runs_are_listed_newest_first(ask: Callable[..., Run], tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == ([], [])
    ask("b")
    ask("a")
    (tmp_path / "no-run").mkdir()
    listed, problems = list_runs(tmp_path)
    assert {run.name for run in listed} == {"a", "b"}
    assert listed == sorted(listed, key=lambda run: run.info.created, reverse=True)
    assert problems == []


def test_a_run_that_cannot_be_read_is_named_and_the_others_are_listed(
    ask: Callable[..., Run], tmp_path: Path
) -> None:
    ask("a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "run.json").write_text("{")
    listed, problems = list_runs(tmp_path)
    assert [run.name for run in listed] == ["a"]
    assert [problem.message for problem in problems] == [
        f"{tmp_path / 'b' / 'run.json'} cannot be read as part of a run."
    ]


def test_the_turns_of_one_case_are_read_alone(ask: Callable[..., Run]) -> None:
    run = ask()
    assert list(run.trials({"talk"})) == [("talk", 0), ("talk", 1)]
    assert [(o.case.id, o.turn) for o in outcomes(run, "talk")] == [("talk", 0), ("talk", 1)]


@pytest.mark.parametrize("content", ["", "{", '{"suite": "x"}', "[]"])
def test_a_folder_whose_facts_cannot_be_read_is_named_as_no_run(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(CorpusError, match=r"run\.json cannot be read as part of a run"):
        Run(tmp_path)


def test_a_folder_without_a_run_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="is not a run folder"):
        Run(tmp_path)


@pytest.mark.parametrize("name", [CASES, TRIALS])
def test_a_broken_line_of_a_run_is_named(ask: Callable[..., Run], name: str) -> None:
    run = ask()
    (run.path / name).write_text(json.dumps({"case": "x"}) + "\nbroken\n")
    with pytest.raises(CorpusError, match="cannot be read as part of a run"):
        score_run(Run(run.path))


READS = {
    CASES: Run.cases, SOURCES: Run.texts, PASSAGES: Run.passages, TRIALS: Run.trials,
    SCORES: Run.scores, OWN_SCORES: Run.own_scores, BASELINES: Run.baselines,
}  # fmt: skip


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("line", ["[]", "3", "null", '"x"', "{}", '{"record": {}, "problem": ""}'])
def test_a_line_that_is_something_else_is_named(
    ask: Callable[..., Run], name: str, line: str
) -> None:
    run = ask()
    (run.path / name).write_text(line + "\n")
    with pytest.raises(CorpusError, match=f"{name} cannot be read as part of a run"):
        READS[name](run)


@pytest.mark.parametrize("line", ["[]", "3", '{"record": {}, "problem": ""}'])
def test_a_run_with_a_line_that_is_something_else_does_not_go_on(
    ask: Callable[..., Run], line: str
) -> None:
    (ask().path / TRIALS).write_text(line + "\n")
    with pytest.raises(CorpusError, match="cannot be read as part of a run"):
        ask()


def test_a_record_that_is_none_is_named(ask: Callable[..., Run]) -> None:
    run = ask()
    record = {"sources": [], "passages": [], "statements": [{"source": "a"}]}
    row = {"case": "opened", "turn": 0, "record": record, "problem": ""}
    (run.path / TRIALS).write_text(json.dumps(row) + "\n")
    with pytest.raises(CorpusError, match="cannot be read as part of a run"):
        run.trials()


def test_a_trial_of_no_case_of_the_run_does_not_stay(ask: Callable[..., Run]) -> None:
    run = ask()
    before = (run.path / TRIALS).read_bytes()
    row = {"case": "foreign", "turn": 0, "record": None, "problem": "x"}
    (run.path / TRIALS).write_bytes(before + json.dumps(row).encode() + b"\n")
    assert (ask().path / TRIALS).read_bytes() == before


def test_a_run_is_whole_once_every_turn_was_asked_and_the_suite_has_scored_its_own(
    ask: Callable[..., Run],
) -> None:
    failing = read_case({"id": "long", "question": TOO_LONG})
    run = ask(suite=a_suite((*a_suite().cases, failing)))
    run.check_asked()
    own, trials = (run.path / OWN_SCORES), (run.path / TRIALS)
    own.rename(run.path / "elsewhere")
    with pytest.raises(CorpusError, match="is not finished"):
        run.check_asked()
    (run.path / "elsewhere").rename(own)
    trials.write_bytes(b"".join(trials.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(CorpusError, match="is not finished"):
        run.check_asked()


def test_an_unfinished_run_has_no_summary_yet(ask: Callable[..., Run]) -> None:
    with pytest.raises(CorpusError, match="is not finished"):
        ask().summary()
