"""`attache eval …` as an evaluator or a script meets it, over a small collection of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ui.cli import main

KEYS = "publisher: The Harbour Office\nkind: news\ntext_kind: full\njurisdictions: [SE]"
BRIDGE = "The bridge over the river was opened in 1979 by the mayor. It may not carry lorries."
FERRY = "The ferry leaves from the old pier. It has run every hour since 12 May 2004."
TOLL = "The toll for crossing is four crowns. It was raised in 2015 after a long debate."
CASES: list[dict[str, Any]] = [
    {
        "id": "opened", "type": "SF", "question": "When was the bridge over the river opened?",
        "sources": ["bridge"], "caveats": [],
        "facts": [{"fact": "Opened in 1979", "source": "bridge", "words": "opened in 1979"}],
    },
    {"id": "zebra", "type": "NA", "question": "How much do zebras weigh?", "nearest": ["ferry"]},
    {"id": "toll", "type": "SF", "question": "How high is the toll?", "sources": ["toll"]},
    {"id": "waits", "type": "SF", "question": "Who waits?", "proposed": True},
]  # fmt: skip
Told = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three small sources, indexed without a model; the working folder is the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ATTACHE_STARTER", "false")
    monkeypatch.setenv("ATTACHE_EMBEDDER", "hashing:384")
    (tmp_path / "files").mkdir()
    for id_, text in (("bridge", BRIDGE), ("ferry", FERRY), ("toll", TOLL)):
        head = f"---\nid: {id_}\ntitle: On the {id_}\n{KEYS}\n---\n"
        body = f"# How it came about\n\n{text}\n"
        (tmp_path / "files" / f"{id_}.md").write_text(head + body, encoding="utf-8")
    assert main(["index", "files"]) == 0


@pytest.fixture
def cases() -> Path:
    return write_cases("cases.jsonl", CASES)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """`told(command)` runs it with --json and returns its object."""

    def run(command: str, code: int = 0) -> dict[str, Any]:
        assert main([*command.split(), "--json"]) == code
        value = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert isinstance(value, dict)
        return value

    return run


def write_cases(name: str, rows: list[dict[str, Any]]) -> Path:
    path = Path(name)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def failure(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error that says what went wrong."""
    err = capsys.readouterr().err
    assert "Traceback" not in err
    return err.strip().splitlines()[-1]


def test_a_run_of_cases_tells_each_measure_with_its_interval_and_counts(
    told: Told, cases: Path
) -> None:
    result = told(f"eval run --cases {cases} --out run --today 2026-11-24")
    assert (result["suite"], result["cases"], result["errors"]) == ("cases", 3, 0)
    for name in (
        "source_recall", "citation_precision", "fact_recall", "answered_rightly",
        "abstained_rightly", "caveats_found",
    ):  # fmt: skip
        figure = result["measures"][name]
        assert {"value", "low", "high", "scored", "unscored", "types"} <= set(figure)
        assert set(figure["types"]) <= {"SF", "NA"}
    assert result["measures"]["abstained_rightly"]["scored"] == 1
    assert result["measures"]["fact_recall"]["unscored"] == 1
    assert Path(result["run"]).is_dir()


def test_a_run_without_a_folder_goes_into_the_home(told: Told, cases: Path) -> None:
    result = told(f"eval run --cases {cases}")
    assert Path(result["run"]).parent == Path("home").resolve() / "runs"


def test_the_same_command_again_scores_again_and_asks_nothing(told: Told, cases: Path) -> None:
    first = told(f"eval run --cases {cases} --out run --today 2026-11-24")
    trials = Path("run/trials.jsonl").read_bytes()
    assert told(f"eval run --cases {cases} --out run --today 2026-11-24") == first
    assert told("eval score run") == first
    assert Path("run/trials.jsonl").read_bytes() == trials


def test_the_text_shows_the_main_figures_and_who_wrote_the_cases(
    cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", "run", "--cases", str(cases), "--out", "run"]) == 0
    out = capsys.readouterr().out
    assert "Cases by the authors of cases.jsonl." in out
    assert re.search(r"answered_rightly +\d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\] +2 scored", out)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("eval run --cases none.jsonl", 1, "none.jsonl cannot be read"),
        ("eval run --suite nonsense", 2, "nonsense"),
        ("eval run --suite clapnq", 1, "--data"),
        ("eval run --cases cases.jsonl --suite starter", 2, "not allowed with"),
        ("eval run --cases cases.jsonl --set hoem=x", 2, "hoem"),
        ("eval run --cases cases.jsonl --set nothing", 2, "KEY=VALUE"),
        ("eval run --cases cases.jsonl --out files", 1, "is not empty"),
        ("eval run --cases cases.jsonl --seed -1", 2, "seed"),
        ("eval run --cases cases.jsonl --split train", 2, "split"),
        ("eval score files", 1, "is not a run folder"),
        ("eval run --cases cases.jsonl --out cases.jsonl", 1, "cases.jsonl cannot be written"),
        ("eval check --cases none.jsonl", 1, "none.jsonl cannot be read"),
        ("eval check --cases empty.jsonl", 1, "empty.jsonl has no case to check"),
        ("eval fit --data files --out none/fitted.json", 1, "fitted.json cannot be written"),
        ("eval compare files files", 1, "is not a run folder"),
        ("eval accept --cases cases.jsonl --limits none.toml", 1, "none.toml cannot be read"),
        ("eval accept --limits none.toml", 2, "required"),
        ("eval gate --baseline none.json", 1, "There is no baseline"),
        ("eval gate --baseline none.json --allow much", 2, "is no allowance"),
        ("eval baseline files --out b.json", 1, "is not a run folder"),
        ("eval generate --out new.jsonl", 2, "required"),
        ("eval generate --from-feedback --out new.jsonl", 1, "record"),
        ("eval adopt none.jsonl", 1, "none.jsonl cannot be read"),
        ("eval feedback", 1, "record"),
        ("eval feedback --propose new.jsonl", 1, "belong together"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    arguments: str, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_cases("cases.jsonl", CASES)
    write_cases("empty.jsonl", [])
    assert main(arguments.split()) == code
    assert said in failure(capsys)


def test_a_file_of_proposals_alone_has_nothing_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    write_cases("waiting.jsonl", CASES[3:])
    assert main(["eval", "run", "--cases", "waiting.jsonl"]) == 1
    assert "has no case to ask" in failure(capsys)


def test_check_finds_a_missing_source_and_words_that_are_not_there(told: Told, cases: Path) -> None:
    assert told(f"eval check --cases {cases}")["errors"] == 0
    bad = CASES[0] | {"sources": ["gone"], "facts": [CASES[0]["facts"][0] | {"words": "red paint"}]}
    write_cases("bad.jsonl", [bad])
    result = told("eval check --cases bad.jsonl", code=1)
    assert [flaw["text"] for flaw in result["flaws"]] == [
        "there is no source 'gone'", "these words are not in bridge: 'red paint'"
    ]  # fmt: skip


def test_check_names_a_key_that_nothing_reads_and_does_not_fail_for_it(
    told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    write_cases("odd.jsonl", [CASES[2] | {"answerble": False}])
    assert told("eval check --cases odd.jsonl") == {
        "cases": 1,
        "errors": 0,
        "flaws": [
            {"case": "toll", "turn": 0, "error": False, "text": "nothing reads the key 'answerble'"}
        ],
    }
    assert main(["eval", "check", "--cases", "odd.jsonl"]) == 0
    assert "toll, question 1: note: nothing reads the key 'answerble'" in capsys.readouterr().out


def test_a_run_that_was_stopped_is_not_scored_before_it_went_on(
    told: Told, cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = f"eval run --cases {cases} --out run --today 2026-11-24"
    whole = told(command)
    trials = Path("run/trials.jsonl")
    trials.write_bytes(trials.read_bytes().splitlines(keepends=True)[0])
    for made in ("scores.jsonl", "summary.json"):
        (Path("run") / made).unlink()
    assert main(["eval", "score", "run"]) == 1
    assert "is not finished. Give the same command again" in failure(capsys)
    assert not Path("run/summary.json").exists()
    assert told(command)["cases"] == whole["cases"]
    assert told("eval score run")["cases"] == whole["cases"]


def test_two_runs_are_compared_and_few_cases_are_called_few(told: Told, cases: Path) -> None:
    told(f"eval run --cases {cases} --out a")
    told(f"eval run --cases {cases} --out b --set old_after_years=2")
    result = told("eval compare a b")
    assert "Too few cases" in result["verdict"]
    assert result["measures"]["source_recall"]["verdict"] == "too few"
    assert told("eval compare a b --swaps 20") == {"swaps": 20, "false_alarms": 0.0}


def test_limits_that_few_cases_cannot_show_to_be_kept_are_not_accepted(
    told: Told, cases: Path
) -> None:
    head = 'stated_by = "E"\nstated_on = "2026-11-01"\n'
    Path("limits.toml").write_text(head + "[serious_error]\nat_most = 0.05\n")
    command = f"eval accept --cases {cases} --limits limits.toml --out page.html"
    result = told(command, code=1)
    assert not result["passed"]
    assert result["limits"]["serious_error"]["needed"] == 59
    page = Path("page.html").read_text("utf-8")
    assert "Not accepted" in page
    assert "http" not in page


def test_limits_that_many_cases_keep_are_accepted(told: Told) -> None:
    rows = [
        {"id": f"z{n}", "type": "NA", "question": f"How much do {n} zebras weigh?"}
        for n in range(20)
    ]
    write_cases("many.jsonl", rows)
    Path("limits.toml").write_text(
        'stated_by = "E"\nstated_on = "2026-11-01"\n[serious_error]\nat_most = 0.15\n'
    )
    told("eval run --cases many.jsonl --out run")
    assert told("eval accept --run run --limits limits.toml")["passed"]


def test_a_run_passes_the_gate_of_its_own_baseline_and_a_worse_one_does_not(
    told: Told, cases: Path
) -> None:
    told(f"eval run --cases {cases} --out run")
    assert main(["eval", "baseline", "run", "--out", "baseline.json"]) == 0
    assert told("eval gate --baseline baseline.json --run run")["passed"]
    assert told("eval gate --baseline run --run run")["passed"]
    many = [CASES[0] | {"id": f"o{n}", "group": f"g{n}"} for n in range(12)]
    write_cases("many.jsonl", many)
    told("eval run --cases many.jsonl --out good")
    write_cases("many.jsonl", [row | {"sources": ["toll"]} for row in many])
    told("eval run --cases many.jsonl --out bad")
    worse = told("eval gate --baseline good --run bad", code=1)
    assert worse["measures"]["answered_rightly"]["fell"]
    assert told("eval gate --baseline good --run bad --allow 1")["passed"]


def test_only_the_projects_own_cases_are_asked_anew_by_the_gate(
    told: Told, cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(f"eval run --cases {cases} --out run")
    assert main(["eval", "gate", "--baseline", "run"]) == 1
    assert "name the run with --run" in failure(capsys)


def test_what_is_proposed_counts_once_a_person_accepted_it(
    told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    proposed = told("eval generate --from-sources --count 3 --out new.jsonl")["proposed"]
    assert len(proposed) == 3
    assert main(["eval", "run", "--cases", "new.jsonl"]) == 1
    capsys.readouterr()
    waiting = told("eval adopt new.jsonl")["waiting"]
    assert [row["id"] for row in waiting] == [row["id"] for row in proposed]
    first, second, third = (row["id"] for row in proposed)
    assert told(f"eval adopt new.jsonl --id {first} --to mine.jsonl --by Ada") == {"accepted": 1}
    command = ["eval", "adopt", "new.jsonl", "--id", second, "--reject", "nobody asks", "--by", "B"]
    assert main(command) == 0
    assert [row["id"] for row in told("eval adopt new.jsonl")["waiting"]] == [third]
    (row,) = map(json.loads, Path("mine.jsonl").read_text("utf-8").splitlines())
    assert row["accepted_by"] == "Ada"
    assert "proposed" not in row
    assert told("eval run --cases mine.jsonl --out run")["cases"] == 1
    for decided in ("mine.jsonl", "new.jsonl"):
        checked = told(f"eval check --cases {decided}")
        assert checked["errors"] == 0
        assert not [flaw for flaw in checked["flaws"] if "nothing reads" in flaw["text"]]


def test_proposals_are_listed_with_what_is_asked_and_expected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    turns = [{"question": "Where?", "expected": "Here."}, {"question": "Why?"}]
    write_cases(
        "new.jsonl",
        [
            {"id": "plain", "question": "Who waits?", "proposed": True},
            {"id": "talk", "type": "fu", "turns": turns, "proposed": True},
        ],
    )
    assert main(["eval", "adopt", "new.jsonl"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "plain  [SF] Who waits?", "talk  [FU] Where? / Why?", "    Here.", "2 wait."
    ]  # fmt: skip


def test_the_same_seed_proposes_the_same_and_never_over_what_is_there(
    told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    told("eval generate --from-sources --seed 3 --out a.jsonl")
    told("eval generate --from-sources --seed 3 --out b.jsonl")
    assert Path("a.jsonl").read_bytes() == Path("b.jsonl").read_bytes()
    assert main("eval generate --from-sources --out a.jsonl".split()) == 1
    assert "is there already" in failure(capsys)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--id nonsense --to mine.jsonl --by Ada", "has no proposal 'nonsense'"),
        ("--id waits --by Ada", "Accepting needs --to"),
        ("--id waits --to mine.jsonl", "and both --by"),
        ("--id waits --to cases.jsonl --by Ada", "has a case 'waits' already"),
    ],
)
def test_a_decision_that_cannot_be_carried_out_changes_no_file(
    arguments: str, said: str, cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = cases.read_bytes()
    assert main(["eval", "adopt", str(cases), *arguments.split()]) == 1
    assert said in failure(capsys)
    assert cases.read_bytes() == before
    assert not Path("mine.jsonl").exists()


def test_a_proposal_with_words_that_are_not_there_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fact = {"fact": "Red", "source": "bridge", "words": "red paint"}
    write_cases("new.jsonl", [CASES[3] | {"sources": ["bridge"], "facts": [fact]}])
    assert main("eval adopt new.jsonl --all --to mine.jsonl --by Ada".split()) == 1
    assert "waits cannot be accepted: these words are not in bridge" in failure(capsys)


def test_both_answers_to_what_differs_stand_side_by_side(
    told: Told, cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(f"eval run --cases {cases} --out a")
    rows = [row | {"sources": ["ferry"]} if "sources" in row else row for row in CASES]
    write_cases("cases.jsonl", rows)
    told("eval run --cases cases.jsonl --out b")
    changes = told("eval compare a b")["changes"]
    assert {change["question"] for change in changes} <= {row["question"] for row in CASES}
    assert "opened in 1979" in changes[0]["a"]
    assert main(["eval", "compare", "a", "b", "--answers"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^A: The bridge .+ \| B: The bridge ", out, re.MULTILINE)
