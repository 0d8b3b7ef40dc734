"""`attache eval report` as an evaluator or a script meets it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ui.cli import main

CASES = [
    {"id": "opened", "question": "When was the bridge opened?", "sources": ["bridge"]},
    {"id": "zebra", "type": "NA", "question": "How much do zebras weigh?"},
]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two finished runs over one small source: `run` and `other`."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "files").mkdir()
    head = "id: bridge\ntitle: Bridge\npublisher: Harbour\nkind: news\ntext_kind: full"
    text = f"---\n{head}\n---\n\nThe bridge was opened in 1979.\n"
    (folder / "files" / "bridge.md").write_text(text, "utf-8")
    (folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in CASES), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in (("HOME", "home"), ("STARTER", "false"), ("EMBEDDER", "hashing:64")):
            patch.setenv(f"ATTACHE_{name}", value)
        assert main(["index", "files"]) == 0
        for name, seed in (("run", "0"), ("other", "1")):
            command = ["eval", "run", "--cases", "cases.jsonl", "--out", name, "--seed", seed]
            assert main(command) == 0
    return folder


@pytest.fixture(autouse=True)
def run(asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the first run; the working folder is the test's own."""
    shutil.copytree(asked, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return Path("run")


def test_the_report_lies_in_the_run_folder_unless_another_place_is_named(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("eval report run".split()) == 0
    assert capsys.readouterr().out == "Wrote run/report.html.\n"
    assert main("eval report run --out page.html".split()) == 0
    assert capsys.readouterr().out == "Wrote page.html.\n"
    page = Path("page.html").read_text("utf-8")
    assert page == (run / "report.html").read_text("utf-8")
    assert all(str(case["question"]) in page for case in CASES)
    assert "Beside another run" not in page


def test_another_run_stands_beside_with_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("eval report run --against other --out page.html".split()) == 0
    assert capsys.readouterr().out == "Wrote page.html.\n"
    page = Path("page.html").read_text("utf-8")
    assert "Beside another run" in page
    assert '<th scope="row">Seed</th><td>0</td><td>1</td>' in page


def test_a_script_is_told_where_the_report_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("eval report run --json".split()) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert Path(json.loads(line)["report"]).is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("files", 1, "files is not a run folder"),
        ("none", 1, "none is not a run folder"),
        ("run --against files", 1, "files is not a run folder"),
        ("run --out none/page.html", 1, "none/page.html cannot be written"),
        ("run --out files", 1, "files cannot be written"),
        ("", 2, "required: RUN"),
        ("run --against", 2, "expected one argument"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    arguments: str, code: int, said: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", "report", *arguments.split()]) == code
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert said in line
    assert not (run / "report.html").exists()


def test_a_run_that_was_stopped_is_refused_with_the_remedy(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "summary.json").unlink()
    assert main("eval report run".split()) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "The run run is not finished. Give the same command again to go on." in line
    assert not (run / "report.html").exists()
