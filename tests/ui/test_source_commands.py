"""Sources from proposal to retirement, as a curator meets them on the command line."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.settings import load_settings
from corpus.changes import Entry
from corpus.shelf import Shelf
from corpus.shelf_checking import flaws
from ui.cli import main

RESOLUTION = """City of Springfield

Resolution No. 2023-14

Adopted on June 7, 2023

Be it resolved that the partnership between Springfield and Shelbyville is suspended.

The clerk shall inform the mayor of Shelbyville of this resolution within thirty days.
"""
ID = "resolution-no-2023-14"
QUESTION = "Is the partnership between Springfield and Shelbyville suspended?"
NOTE = "Rotterdam and Shanghai have been sister cities since 1979, says the city's archive.\n"


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the index of one note, made once."""
    folder = tmp_path_factory.mktemp("indexed")
    (folder / "notes").mkdir()
    (folder / "notes" / "rotterdam.md").write_text(NOTE)
    with pytest.MonkeyPatch.context() as patch:
        settle(patch, folder)
        assert main(["index", str(folder / "notes")]) == 0
    return folder


def settle(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("ATTACHE_HOME", str(folder / "home"))
    monkeypatch.setenv("ATTACHE_STARTER", "false")
    monkeypatch.setenv("ATTACHE_EMBEDDER", "hashing:384")


@pytest.fixture(autouse=True)
def work(tmp_path: Path, indexed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a copy of that index and a document to add."""
    shutil.copytree(indexed / "home", tmp_path / "home")
    settle(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "res.txt").write_text(RESOLUTION)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What a command prints."""
    capsys.readouterr()
    assert main(["sources", *arguments]) == code
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    """The object that a command ends with."""
    value = json.loads(run(capsys, *arguments, "--json", code=code).splitlines()[-1])
    assert isinstance(value, dict)
    return value


def entry(source_id: str = ID) -> Entry:
    with Shelf(load_settings().home) as shelf:
        return shelf.entry(source_id)


def ask(question: str) -> int:
    return main(["ask", question])


def test_a_document_is_proposed_reviewed_approved_and_cited(
    capsys: pytest.CaptureFixture[str],
) -> None:
    added = run(capsys, "add", "res.txt", "--collection", "city-records", "--by", "Ann")
    assert ID in added
    assert "attache sources review" in added
    assert ask(QUESTION) == 3, "what is proposed is not cited"
    assert ID in run(capsys, "review")
    shown = run(capsys, "review", ID)
    assert "publisher: City of Springfield   (guessed: “City of Springfield”)" in shown
    assert "SHA-256" in shown
    approved = run(capsys, "review", ID, "--approve", "--by", "Bob", "--why", "read it")
    assert "approved" in approved
    assert "2 sources may be cited" in approved
    assert ask(QUESTION) == 0
    assert "City of Springfield" in capsys.readouterr().out
    assert run(capsys, "review").strip() == "No source is waiting for review."


def test_the_head_is_set_while_it_is_approved(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "add", "res.txt")
    values = ["--set", "cities=Springfield; Shelbyville", "--set", "title=Resolution: 14=14"]
    told(capsys, "review", ID, "--approve", "--no-index", *values)
    head = entry().head
    assert (head.status, head.title) == ("current", "Resolution: 14=14")
    assert head.cities == ("Springfield", "Shelbyville")
    run(capsys, "edit", ID, "--set", "published=", "--why", "not known", "--no-index")
    assert entry().head.published is None


def test_without_the_index_the_answers_stay_as_they_were(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(capsys, "add", "res.txt")
    assert main(["sources", "review", ID, "--approve", "--no-index"]) == 0
    assert "`attache index` has it follow" in capsys.readouterr().err
    assert ask(QUESTION) == 3
    assert main(["index"]) == 0
    assert ask(QUESTION) == 0


def test_a_rejected_source_leaves_the_queue_with_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(capsys, "add", "res.txt")
    decided = told(capsys, "review", ID, "--reject", "not ours", "--by", "Bob")
    assert decided["changes"][0]["why"] == "not ours"
    assert "index" not in decided, "nothing that may be cited has changed"
    assert told(capsys, "review")["proposed"] == []
    again = told(capsys, "add", "res.txt")
    assert [(one["id"], one["status"]) for one in again["unchanged"]] == [(ID, "rejected")]


def test_several_are_decided_at_once_and_one_that_cannot_be_does_not_stop_the_others(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "two.txt").write_text("# Two\n\nA second document about a bridge in Delft.\n")
    run(capsys, "add", "res.txt", "two.txt")
    capsys.readouterr()
    assert main(["sources", "review", "nowhere", "two", ID, "--approve"]) == 1
    shown = capsys.readouterr()
    assert "no filed source 'nowhere'" in shown.err
    assert "3 sources may be cited" in shown.out
    assert {entry("two").status, entry(ID).status} == {"current"}


def test_a_retired_source_is_not_cited_any_more_and_a_restored_one_waits_for_review(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(capsys, "add", "res.txt")
    run(capsys, "review", ID, "--approve")
    run(capsys, "retire", ID, "--why", "repealed")
    assert ask(QUESTION) == 3
    run(capsys, "restore", ID)
    assert entry().status == "proposed"
    assert ask(QUESTION) == 3


def test_a_file_elsewhere_is_retired_and_used_again(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "add", "res.txt")
    run(capsys, "review", ID, "--approve")
    run(capsys, "retire", "notes-rotterdam", "--why", "wrong figures", "--by", "Bob")
    assert ask("Since when have Rotterdam and Shanghai been sister cities?") == 3
    rows = {row["id"]: row["status"] for row in told(capsys, "list")["sources"]}
    assert rows == {ID: "current", "notes-rotterdam": "retired"}
    shown = run(capsys, "show", "notes-rotterdam")
    assert shown.splitlines()[0].endswith(": retired")
    assert "title: " in shown
    assert "A file elsewhere: " in shown
    assert "wrong figures" in shown
    run(capsys, "restore", "notes-rotterdam")
    assert ask("Since when have Rotterdam and Shanghai been sister cities?") == 0


def test_a_source_takes_the_place_of_a_file_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "add", "res.txt")
    run(capsys, "review", ID, "--approve")
    made = told(capsys, "supersede", "notes-rotterdam", ID, "--why", "the text itself")
    assert made["index"]["sources"] == 1
    assert entry().head.supersedes == ("notes-rotterdam",)
    rows = told(capsys, "list", "--status", "retired")["sources"]
    assert [(row["id"], row["superseded_by"]) for row in rows] == [("notes-rotterdam", ID)]


def test_a_new_edition_takes_the_place_of_the_old_one_when_it_is_approved(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "add", "res.txt")
    run(capsys, "review", ID, "--approve")
    (work / "res2.txt").write_text(RESOLUTION.replace("thirty", "sixty"))
    added = told(capsys, "add", "res2.txt", "--replaces", ID)
    edition = added["proposed"][0]["id"]
    assert edition == f"{ID}-2"
    assert added["proposed"][0]["likes"] == []
    assert f"replaces {ID}" in run(capsys, "review")
    decided = told(capsys, "review", edition, "--approve")
    assert [(c["id"], c["what"]) for c in decided["changes"]] == [
        (edition, "approved"), (ID, "superseded"),
    ]  # fmt: skip
    assert decided["index"]["sources"] == 2
    main(["sources", "add", "res.txt", "res2.txt", "--replaces", ID])
    assert "--replaces is for one document" in capsys.readouterr().err


def test_near_duplicates_are_shown_where_they_are_added_and_reviewed(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "again.md").write_text(NOTE)
    assert "the same text as notes-rotterdam" in run(capsys, "add", "again.md")
    made = told(capsys, "review")["proposed"][0]
    assert [like["id"] for like in made["likes"]] == ["notes-rotterdam"]
    assert "the same text as notes-rotterdam" in run(capsys, "review", made["id"])


def test_the_log_says_who_did_what_when_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "add", "res.txt", "--by", "Ann")
    run(capsys, "edit", ID, "--set", "publisher=Springfield", "--why", "short", "--by", "Bob")
    run(capsys, "review", ID, "--reject", "not ours", "--by", "Cleo")
    lines = run(capsys, "log", ID).splitlines()
    assert [line.split("  ")[2:] for line in lines] == [
        [ID, "added by Ann"],
        [ID, "edited by Bob; publisher: City of Springfield → Springfield — short"],
        [ID, "rejected by Cleo — not ours"],
    ]
    changes = told(capsys, "log")["changes"]
    assert [c["what"] for c in changes] == ["added", "edited", "rejected"]
    assert changes[1]["set"] == {"publisher": ["City of Springfield", "Springfield"]}
    assert changes[0]["at"].endswith("+00:00")


def test_sources_are_listed_and_counted_by_collection_status_and_kind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(capsys, "add", "res.txt", "--collection", "city-records")
    assert told(capsys, "collections")["collections"] == {
        "city-records": {"proposed": 1},
        "notes": {"current": 1},
    }
    assert len(told(capsys, "list")["sources"]) == 2
    for option in (
        ("--collection", "city-records"), ("--status", "proposed"), ("--kind", "city-record"),
    ):  # fmt: skip
        assert [row["id"] for row in told(capsys, "list", *option)["sources"]] == [ID]
    run(capsys, "edit", ID, "--collection", "laws", "--why", "sorted")
    assert "laws: 1 proposed" in run(capsys, "collections")


def test_show_tells_everything_of_a_source(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "add", "res.txt")
    shown = told(capsys, "show", ID)
    assert shown["status"] == "proposed"
    assert {"title", "kind", "publisher", "published"} <= set(shown["guessed"])
    assert Path(shown["original_path"]).read_text() == RESOLUTION
    assert [change["what"] for change in shown["history"]] == ["added"]
    assert told(capsys, "show", "notes-rotterdam")["path"] == "rotterdam.md"
    assert main(["sources", "show", "nowhere"]) == 1
    assert "There is no source 'nowhere'" in capsys.readouterr().err


def test_a_pipe_is_refused_and_the_next_document_added(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(work / "pipe.txt")
    added = told(capsys, "add", "pipe.txt", "res.txt", "--by", "Ann", "--json")
    assert [one["id"] for one in added["proposed"]] == [ID]
    assert [one["message"] for one in added["refused"]] == ["This is not a regular file."]


def test_a_folder_is_added_and_what_cannot_be_read_is_named(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = work / "folder"
    folder.mkdir()
    (folder / "res.txt").write_text(RESOLUTION)
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    (folder / ".hidden.txt").write_text("not meant")
    made = told(capsys, "add", "folder")
    assert [one["id"] for one in made["proposed"]] == [ID]
    assert {Path(one["path"]).name for one in made["refused"]} == {"picture.png", "broken.pdf"}
    assert all(one["remedy"] for one in made["refused"])
    assert main(["sources", "add", "folder/broken.pdf"]) == 1
    assert main(["sources", "add", "nowhere.pdf"]) == 1
    assert "There is no file or folder nowhere.pdf" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["add"], 2),
        (["review", "x", "--approve", "--reject", "y"], 2),
        (["review", "x", "--set", "colour=red"], 2),
        (["review", "x", "--set", "title"], 2),
        (["review", "--approve"], 1),
        (["retire", "x"], 2),
        (["retire", "nowhere", "--why", "old"], 1),
        (["edit", "nowhere", "--set", "title=x", "--why", "y"], 1),
        (["supersede", "notes-rotterdam", "notes-rotterdam", "--why", "y"], 1),
        (["restore", "notes-rotterdam"], 1),
        (["list", "--status", "lost"], 2),
    ],
)
def test_wrong_use_ends_in_one_line(
    arguments: Sequence[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["sources", *arguments]) == code
    error = capsys.readouterr().err.strip()
    assert len(error.splitlines()) == 1
    assert "Traceback" not in error


def test_a_decision_is_kept_where_the_index_cannot_follow(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "add", "res.txt")
    monkeypatch.setenv("ATTACHE_EMBEDDER", f"sentence-transformers:{work / 'no-model'}")
    decided = told(capsys, "review", ID, "--approve", code=1)
    assert "index_error" in decided
    assert entry().status == "current"


def test_looking_at_the_sources_makes_no_shelf(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "list")
    run(capsys, "review")
    assert run(capsys, "log").strip() == "Nothing was changed yet."
    assert not (work / "home" / "shelf").exists()


def test_a_terminal_is_not_steered_by_what_a_document_says(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "evil.md").write_text("# Red \x1b[31m and \u202eback\n\nSome words of the document.\n")
    added = told(capsys, "add", "evil.md")["proposed"][0]["id"]
    for command in (("review",), ("show", added), ("list",), ("log",)):
        shown = run(capsys, *command)
        assert "\x1b" not in shown
        assert "\u202e" not in shown


@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_folder_whose_adding_was_interrupted_is_added_to_the_end_by_the_same_command(
    count: int, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = work / "many"
    many.mkdir()
    chance = random.Random(4)
    words = "council bridge visit school harbour partner trade student budget letter".split()
    for i in range(count):
        text = " ".join(f"Town {i} {' '.join(chance.choices(words, k=9))} {j}." for j in range(8))
        page = f"<!doctype html><html><body><h1>Report {i}</h1><p>{text}</p></body></html>"
        ending = ("md", "txt", "html")[i % 3]
        content = page if ending == "html" else f"# Report {i}\n\n{text}\n"
        (many / f"report-{i:04d}.{ending}").write_text(content)
    command = [sys.executable, "-m", "ui.cli", "sources", "add", "many"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ)
    while process.poll() is None and filed(work) < count // 4:
        try:
            process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    done = filed(work)
    assert count // 4 <= done < count
    assert f"of {count:,} documents are done; the same command goes on from there." in said
    made = told(capsys, "add", "many")
    assert (len(made["unchanged"]), len(made["proposed"])) == (done, count - done)
    assert made["refused"] == []
    with Shelf(load_settings().home) as shelf:
        assert len(shelf.entries()) == len(shelf.history()) == count
        assert list(flaws(shelf)) == []


def filed(work: Path) -> int:
    return len(list((work / "home" / "shelf").glob("own/*.source.json")))
