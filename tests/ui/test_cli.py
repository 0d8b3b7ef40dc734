"""The command line as a person or a script meets it: exit codes, one line for each failure."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from assistant.assembly import circumstances, open_desk, open_records
from assistant.recording import Recording
from assistant.records import Records
from assistant.settings import load_settings
from assistant.types import Ask
from assistant.verifying import verify
from index.embedders import make_embedder
from ui.cli import main

NOTE = "Rotterdam and Shanghai have been sister cities since 1979, says the city's archive.\n"
QUESTION = "Which countries are foreign adversaries under Texas HB 128?"
MEGABYTE = 2**20


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with nothing in it, no starter collection, and an embedder without model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ATTACHE_STARTER", "false")
    monkeypatch.setenv("ATTACHE_EMBEDDER", "hashing:384")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good file."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "rotterdam.md").write_text(NOTE, encoding="utf-8")
    return folder


@pytest.fixture
def starter(starter_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the starter collection's index, with the packaged model."""
    monkeypatch.setenv("ATTACHE_HOME", str(starter_home))
    monkeypatch.delenv("ATTACHE_STARTER")
    monkeypatch.delenv("ATTACHE_EMBEDDER")


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `attache` as a process of its own, which is ended with the test at the latest."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, **options: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "ui.cli", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True, **pipes)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def failure(capsys: pytest.CaptureFixture[str]) -> str:
    """What standard error holds, which must be one line of prose and all there is."""
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert err.count("\n") == 1
    return err


def last_object(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    value = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert isinstance(value, dict)
    return value


def test_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("attache 0.")


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "nonsense",
        "ask",
        "ask x --kind novel",
        "ask x --from soon",
        "ask x --today tomorrow",
        "serve --port 70000",
        "eval",
        "eval speed --data nowhere",
        "eval speed --passages 0",
        "eval fit",
    ],
)
def test_wrong_use_is_told_in_one_line_with_exit_code_2(
    arguments: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments.split()) == 2
    assert "--help" in failure(capsys)


@pytest.mark.parametrize("question", ["", " \t\n", "?!", "\u200b", "a" * 10_000])
def test_what_is_no_question_is_wrong_use(
    question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", question]) == 2
    failure(capsys)


def test_an_unknown_setting_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "attache.toml").write_text('hoem = "here"\n', encoding="utf-8")
    assert main(["ask", "When?"]) == 2
    assert "hoem" in failure(capsys)


def test_a_settings_file_that_is_no_toml_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "attache.toml").write_text("home = [", encoding="utf-8")
    assert main(["index"]) == 2
    assert "attache.toml" in failure(capsys)


def test_an_unknown_embedder_is_named_with_those_there_are(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTACHE_EMBEDDER", "guesswork:3")
    assert main(["index", str(folder)]) == 2
    assert "sentence-transformers:" in failure(capsys)


def test_asking_without_an_index_names_the_command_that_makes_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ask", "When did they become sister cities?"]) == 1
    assert "attache index" in failure(capsys)


def test_a_folder_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["index", "nowhere"]) == 1
    assert str(tmp_path / "nowhere") in failure(capsys)


def test_an_empty_folder_is_refused_and_the_index_stays(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["index", str(tmp_path / "empty")]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert main(["index", str(folder), "--json"]) == 0
    assert last_object(capsys)["sources"] == 1


def bad_files(folder: Path) -> list[Path]:
    """A zero-byte, a binary, a wrongly encoded and a 200 MB file, written into the folder."""
    contents = {
        "empty.md": b"",
        "binary.md": bytes(range(256)),
        "latin.txt": "Malmö".encode("latin-1"),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(200 * MEGABYTE)
    return [folder / name for name in [*contents, "huge.txt"]]


def test_bad_files_are_named_and_the_good_one_is_indexed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = bad_files(folder)
    assert main(["index", str(folder), "--json"]) == 0
    out, err = capsys.readouterr()
    report = json.loads(out.splitlines()[-1])
    assert (report["sources"], report["added"]) == (1, 1)
    assert {refused["path"] for refused in report["refused"]} == set(map(str, bad))
    assert all(refused["message"] and refused["remedy"] for refused in report["refused"])
    for path in bad:
        assert sum(line.startswith(f"{path}: ") for line in err.splitlines()) == 1


def test_a_folder_of_nothing_but_bad_files_fails_in_prose(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad_files(folder)
    (folder / "rotterdam.md").unlink()
    assert main(["index", str(folder)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err


def test_a_control_character_in_a_name_does_not_reach_the_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a\x1b[31m\nb.md").write_bytes(b"")
    assert main(["index", str(folder)]) == 0
    assert "\x1b" not in capsys.readouterr().err


def test_a_folder_given_once_is_remembered(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["index", str(folder)])
    capsys.readouterr()
    assert main(["index", "--json"]) == 0
    report = last_object(capsys)
    assert (report["unchanged"], report["embedded"]) == (1, 0)


def test_a_folder_that_went_away_can_be_forgotten(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "basel.md").write_text("Basel joined in 2007.", encoding="utf-8")
    main(["index", str(folder), str(other)])
    (other / "basel.md").unlink()
    other.rmdir()
    capsys.readouterr()
    assert main(["index"]) == 1
    assert "--forget" in failure(capsys)
    assert main(["index", "--forget", str(other), "--json"]) == 0
    assert last_object(capsys)["removed"] == 1
    assert main(["index", "--json"]) == 0


def test_an_index_of_another_embedder_names_the_command_that_mends_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["index", str(folder)])
    capsys.readouterr()
    monkeypatch.setenv("ATTACHE_EMBEDDER", "hashing:256")
    assert main(["ask", "When did they become sister cities?"]) == 1
    assert "attache index" in failure(capsys)


def test_an_unexpected_failure_is_one_line(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").write_text("a file where a folder should be", encoding="utf-8")
    assert main(["index", str(folder)]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_a_traceback_is_shown_to_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from corpus.errors import IndexMissing

    monkeypatch.setenv("ATTACHE_DEBUG", "1")
    with pytest.raises(IndexMissing):
        main(["ask", "When did they become sister cities?"])


@pytest.mark.usefixtures("starter")
def test_an_answered_question_has_exit_code_0_and_numbered_citations(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ask", QUESTION]) == 0
    assert "[1]" in capsys.readouterr().out


@pytest.mark.usefixtures("starter")
def test_json_is_one_object_on_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", QUESTION, "--json"]) == 0
    answer = last_object(capsys)
    assert answer["status"] in ("answered", "partly_answered")
    assert answer["statements"][0]["citations"][0].keys() >= {
        "number", "source_id", "version", "title", "words", "start", "end", "page", "text_kind",
    }  # fmt: skip
    assert answer.keys() >= {"status", "statements", "caveats", "uncovered", "searched"}


@pytest.mark.usefixtures("starter")
def test_a_question_outside_the_sources_has_exit_code_3(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ask", "How do I bake sourdough bread at high altitude?", "--json"]) == 3
    answer = last_object(capsys)
    assert (answer["status"], answer["statements"]) == ("not_in_sources", [])


@pytest.mark.usefixtures("starter")
def test_filters_narrow_what_is_searched(capsys: pytest.CaptureFixture[str]) -> None:
    main(["ask", QUESTION, "--kind", "opinion", "--json"])
    narrow = last_object(capsys)["searched"]
    assert narrow["filters"]["kinds"] == ["opinion"]
    main(["ask", QUESTION, "--json"])
    assert narrow["sources"] < last_object(capsys)["searched"]["sources"]


def test_refuses_to_listen_beyond_this_machine(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["index", str(folder)])
    capsys.readouterr()
    assert main(["serve", "--host", "0.0.0.0", "--port", "0"]) == 1
    assert "0.0.0.0" in failure(capsys)


def test_a_port_in_use_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["index", str(folder)])
    capsys.readouterr()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 1
    assert str(port) in failure(capsys)


def test_doctor_finds_what_is_missing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 1
    before = {f["name"]: f["ok"] for f in last_object(capsys)["findings"]}
    assert before == {
        "Python": True, "Sources": False, "Embedding model": True, "Index": False,
        "Records": True, "Port": before["Port"],
    }  # fmt: skip
    main(["index", str(folder)])
    capsys.readouterr()
    main(["doctor", "--json"])
    after = {f["name"]: f["ok"] for f in last_object(capsys)["findings"]}
    assert after["Sources"]
    assert after["Index"]


def test_serve_builds_the_index_says_when_it_is_ready_and_ends_when_told(
    folder: Path, start: Callable[..., subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTACHE_SOURCES", json.dumps([str(folder)]))
    # Its progress goes to a file: a pipe that nobody empties would stop it.
    with (folder.parent / "progress.txt").open("w") as progress:
        server = start("serve", "--port", "0", stderr=progress)
        assert server.stdout is not None
        serving, ready = server.stdout.readline(), server.stdout.readline()
        assert serving.startswith("Serving on http://127.0.0.1:")
        assert ready.startswith("Ready")
        with urllib.request.urlopen(serving.removeprefix("Serving on ").strip()) as page:
            assert page.status == 200
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0


def test_serving_disposes_of_what_the_schedule_says_is_due(
    folder: Path, start: Callable[..., subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["index", str(folder)]) == 0
    desk = open_desk(load_settings())
    long_ago = Records(desk.kept.archive, lambda: datetime(2020, 1, 1, tzinfo=UTC))
    shaped = circumstances(load_settings(), make_embedder("hashing:384"))
    recording = Recording(desk.assistant, long_ago, shaped, desk.retriever.source_text)
    record, _ = recording.invoke(Ask("Since when?", date(2020, 1, 1)), "a" * 24)
    desk.close()
    monkeypatch.setenv("ATTACHE_KEEP_ANSWERS_DAYS", "365")
    monkeypatch.setenv("ATTACHE_DISPOSAL_AUTHORISED_BY", "the clerk")
    serving = start("serve", "--port", "0")
    assert serving.stderr is not None
    assert any("Disposed of by the schedule: answer, 1." in line for line in serving.stderr)
    assert serving.stdout is not None
    assert serving.stdout.readline().startswith("Serving on")
    serving.send_signal(signal.SIGTERM)
    assert serving.wait() == 0
    kept = open_records(load_settings())
    assert kept.records.get(record).content is None
    assert verify(kept.archive).flaws == ()
    kept.close()


def test_an_interrupted_build_says_so_and_can_be_repeated(
    folder: Path,
    start: Callable[..., subprocess.Popen[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for i in range(2000):
        (folder / f"{i}.md").write_text(f"Paper {i}. {NOTE}", encoding="utf-8")
    build = start("index", str(folder))
    assert build.stderr is not None
    build.stderr.readline()
    build.send_signal(signal.SIGINT)
    _, err = build.communicate(timeout=60)
    assert build.returncode == 130
    assert err.splitlines()[-1] == "Stopped."
    assert "Traceback" not in err
    for path in folder.glob("[1-9]*.md"):
        path.unlink()
    assert main(["index", str(folder), "--json"]) == 0
    assert last_object(capsys)["sources"] == 2


def test_a_reader_that_goes_away_is_no_failure_to_complain_of(
    start: Callable[..., subprocess.Popen[str]],
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    shown = start("doctor", "--json", stdout=writing)
    os.close(writing)
    _, err = shown.communicate(timeout=60)
    assert (err, shown.returncode) == ("", 141)
