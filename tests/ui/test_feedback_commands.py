"""`attache eval feedback` and what becomes of answers that readers found bad."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.assembly import KeptFiles
from assistant.records import Entry
from ui.cli import main

Told = Callable[..., dict[str, Any]]
Keep = Callable[..., Entry]


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with nothing in it, and the home of `kept`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ATTACHE_STARTER", "false")
    monkeypatch.setenv("ATTACHE_EMBEDDER", "hashing:384")


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """`told(command)` runs it with --json and returns its object."""

    def run(command: str) -> dict[str, Any]:
        assert main([*command.split(), "--json"]) == 0
        value = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert isinstance(value, dict)
        return value

    return run


def test_answers_are_counted_with_what_readers_last_thought_of_them(
    told: Told, kept: KeptFiles, keep: Keep
) -> None:
    good, bad, reported, _ = (keep(f"Question {n}?").id for n in range(4))
    kept.corrections.feedback(bad, True)
    kept.corrections.feedback(bad, False, "It is beside the point.")
    kept.corrections.feedback(good, False)
    kept.corrections.feedback(good, True)
    kept.corrections.report(reported, 0, "The year is wrong.")
    result = told("eval feedback")
    assert (result["answers"], result["good"], result["bad"]) == (4, 1, 2)
    (source,) = result["by_source"]
    assert (source["name"], source["answers"], source["bad"], source["share"]) == (
        "bridge", 4, 2, 0.5,
    )  # fmt: skip
    assert source["low"] < 0.1 < 0.9 < source["high"]
    assert [row["name"] for row in result["by_type"]] == ["answered"]
    assert "program 0.1.0, collection abc" in result["by_version"][0]["name"]
    assert {row["record"] for row in result["newest"]} == {bad, reported}


def test_the_text_names_what_readers_said(
    kept: KeptFiles, keep: Keep, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.corrections.feedback(keep("Who paid?").id, False, "It is beside the point.")
    assert main(["eval", "feedback"]) == 0
    out = capsys.readouterr().out
    assert "1 answers (0 disposed of): 1 found bad or reported, 0 found good." in out
    assert "Who paid?: It is beside the point." in out


def test_answers_before_a_day_are_left_out(told: Told, keep: Keep) -> None:
    keep("Who paid?")
    assert told("eval feedback --since 2026-05-04")["answers"] == 1
    assert told("eval feedback --since 2026-05-05")["answers"] == 0


def test_answers_found_bad_are_proposed_without_claiming_what_is_right(
    told: Told, kept: KeptFiles, keep: Keep
) -> None:
    bad, _ = keep("Who paid?").id, keep("Who asked?").id
    kept.corrections.feedback(bad, False, "It is beside the point.")
    (proposed,) = told("eval generate --from-feedback --out new.jsonl")["proposed"]
    assert proposed["question"] == "Who paid?"
    (row,) = map(json.loads, Path("new.jsonl").read_text("utf-8").splitlines())
    assert row["proposed"] is True
    assert row["nearest"] == ["bridge"]
    assert "It is beside the point." in row["notes"]
    assert "facts" not in row
    assert "sources" not in row


def test_any_answer_can_be_chosen_and_what_is_none_is_refused(
    told: Told, keep: Keep, capsys: pytest.CaptureFixture[str]
) -> None:
    id_ = keep("Who paid?").id
    assert len(told(f"eval feedback --propose new.jsonl --record {id_}")["proposed"]) == 1
    assert main("eval feedback --propose other.jsonl --record nonsense".split()) == 1
    assert "nonsense" in capsys.readouterr().err
    assert not Path("other.jsonl").exists()


def test_without_a_complaint_there_is_nothing_to_propose(
    keep: Keep, capsys: pytest.CaptureFixture[str]
) -> None:
    keep("Who paid?")
    assert main("eval generate --from-feedback --out new.jsonl".split()) == 1
    assert "There is nothing to propose" in capsys.readouterr().err
    assert not Path("new.jsonl").exists()
