"""Replaying, backing up and restoring as an operator meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.assembly import open_records
from assistant.settings import load_settings
from assistant.verifying import verify
from ui.cli import main

QUESTION = "Since when have Rotterdam and Shanghai been sister cities?"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with an index of one source, an embedder without a model, and one question asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ATTACHE_STARTER", "false")
    monkeypatch.setenv("ATTACHE_EMBEDDER", "hashing:384")
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "rotterdam.md").write_text(
        "Rotterdam and Shanghai have been sister cities since 1979, says the city's archive.\n"
    )
    assert main(["index", str(folder)]) == 0
    return tmp_path / "home"


@pytest.fixture
def asked(capsys: pytest.CaptureFixture[str]) -> str:
    """The id of a question's record."""
    main(["ask", QUESTION, "--json"])
    return str(last_object(capsys)["record"])


def last_object(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    value = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert isinstance(value, dict)
    return value


def entries() -> int:
    kept = open_records(load_settings())
    try:
        found = verify(kept.archive)
        assert found.flaws == ()
        return found.entries
    finally:
        kept.close()


def test_a_replay_names_the_source_that_changed_and_keeps_no_record(
    asked: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", asked[:8]]) == 0
    assert QUESTION in capsys.readouterr().out
    (tmp_path / "files" / "rotterdam.md").write_text(
        "Rotterdam and Shanghai have been sister cities since 1980, says the city's archive.\n"
    )
    assert main(["index"]) == 0
    capsys.readouterr()
    assert main(["replay", asked, "--today", "2030-01-01", "--json"]) == 0
    told = last_object(capsys)
    assert "rotterdam" in json.dumps(told["why"])
    assert "text-changed" in json.dumps(told["why"])
    assert entries() == 1


def test_a_record_that_is_not_there_cannot_be_replayed(
    asked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = "0" * 16 if asked[0] != "0" else "f" * 16
    assert main(["replay", wrong]) == 1
    assert "There is no record" in capsys.readouterr().err


def test_replaying_makes_no_file_where_nothing_was_asked(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "abc"]) == 1
    assert "There are no records" in capsys.readouterr().err.splitlines()[-1]
    assert not (home / "records.sqlite3").exists()


def test_what_was_backed_up_is_restored_on_a_fresh_machine(
    asked: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["backup", "all.backup", "--json"]) == 0
    told = last_object(capsys)
    assert (told["sources"], told["entries"]) == (1, 1)
    monkeypatch.setenv("ATTACHE_HOME", str(tmp_path / "elsewhere"))
    assert main(["restore", "all.backup"]) == 0
    assert "records up to entry 1" in capsys.readouterr().out
    assert main(["record", "show", asked]) == 0
    assert QUESTION in capsys.readouterr().out
    assert main(["ask", QUESTION]) in (0, 3)
    assert entries() == 2


def test_records_that_a_backup_lacks_are_given_up_only_on_demand_and_kept_beside(
    asked: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup", "all.backup"]) == 0
    main(["ask", "And what does the archive say?"])
    capsys.readouterr()
    assert main(["restore", "all.backup"]) == 1
    assert "--replace" in capsys.readouterr().err.splitlines()[-1]
    assert entries() == 2
    assert main(["restore", "all.backup", "--replace"]) == 0
    assert "Kept what was there before" in capsys.readouterr().out
    assert entries() == 1
    assert len(list(home.glob("records.sqlite3.before-restore-*"))) == 1
    assert asked


def test_a_backup_is_never_written_over_and_what_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "precious").write_text("mine")
    for command in ("backup", "restore"):
        assert main([command, "precious"]) == 1
        assert "Traceback" not in capsys.readouterr().err
    assert (tmp_path / "precious").read_text() == "mine"
    assert main(["restore", "nowhere"]) == 1
    assert main(["backup", "no/such/folder/file"]) == 1
