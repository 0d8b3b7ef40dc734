"""`attache sources check` and `report`, as a curator meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus.acquiring import Acquiring
from corpus.isolating import Reader
from corpus.shelf import Shelf
from ui.cli import main

HEAD = """---
id: {id}
title: "On {id}"
publisher: Port
kind: news
text_kind: note
published: "2020"
review_by: "{review}"
read_at:
  - url: "https://example.org/page"
---
"""


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ATTACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ATTACHE_STARTER", "false")
    monkeypatch.setenv("ATTACHE_EMBEDDER", "hashing:384")
    monkeypatch.setenv("ATTACHE_SOURCES", json.dumps([str(tmp_path / "notes")]))
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "kiel", "Kiel paused talks with Qingdao.\n")
    return tmp_path


def write(folder: Path, id: str, text: str, review: str = "2027") -> None:
    (folder / "notes").mkdir(exist_ok=True)
    path = folder / "notes" / f"{id}.md"
    path.write_text(HEAD.format(id=id, review=review) + text, encoding="utf-8")


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, object]:
    capsys.readouterr()
    assert main(["sources", *arguments, "--json"]) == code
    value = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert isinstance(value, dict)
    return value


def test_the_starter_collection_passes_the_check(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTACHE_STARTER", "true")
    monkeypatch.delenv("ATTACHE_SOURCES")
    found = told(capsys, "check")
    assert found["flaws"] == []
    assert found["sources"] == 202
    assert found["ties"] == 191


def test_the_check_names_each_flaw_with_its_source_and_fails(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(work, "oslo", "It began.\n")
    (work / "notes" / "wrong.md").write_text("---\nid: X\n---\nText.\n", encoding="utf-8")
    assert main(["sources", "check"]) == 1
    said = capsys.readouterr()
    assert "oslo: Sentence 1 cannot stand alone: 'It began.'." in said.err
    assert "wrong.md: " in said.err
    assert "2 sources and 0 ties checked; 2 flaws." in said.out


def test_the_check_finds_a_filed_source_that_other_hands_changed(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Shelf(work / "home") as shelf, Reader() as reader:
        acquiring = Acquiring(shelf, reader, "own", "curator")
        entry = acquiring.take(b"Oslo signed in 1991.", "o.txt").entry
        shelf.approve(entry.id, "curator")
        acquiring.take(b"Bergen signed in 1992.", "b.txt")
        path = shelf.file(shelf.entry(entry.id))
    assert told(capsys, "check")["flaws"] == []
    path.write_text(path.read_text("utf-8").replace("1991", "1990"), encoding="utf-8")
    (flaw,) = told(capsys, "check", code=1)["flaws"]  # type: ignore[misc]
    assert flaw == {"source_id": path.name, "text": "was changed by other hands"}


def test_the_report_counts_and_names_what_is_past_its_review_date(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(work, "bergen", "Bergen kept its tie.\n", review="2021-05")
    assert main(["index"]) == 0
    found = told(capsys, "report", "--today", "2026-11-24")
    assert found["total"] == 2
    assert found["kinds"] == [{"value": "news", "sources": 2}]
    assert found["collections"] == [{"value": "notes", "sources": 2}]
    assert found["overdue"] == [{"id": "bergen", "review_by": "2021-05"}]
    assert told(capsys, "report", "--collection", "none")["total"] == 0
    assert main(["sources", "report", "--today", "2021-05-31"]) == 0
    assert "Past its review date\n  none" in capsys.readouterr().out
