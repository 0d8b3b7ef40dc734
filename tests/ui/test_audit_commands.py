"""Originals fetched from a server on loopback, and notes audited against them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import assistant.assembly
from assistant.assembly import open_desk
from assistant.settings import load_settings
from corpus.fetching import Policy
from ui.cli import main

STUDY = """<!doctype html><html><head><title>Local frost</title></head><body><article>
<h1>Local frost in relations</h1>
<p>The Alder Institute has studied local ties between the two countries for many years, and it
publishes what it finds here for everybody who wants to read it.</p>
<p>The number of local ties grew steadily from 1993 and reached a peak of 49 ties in 2016.</p>
<p>Since 2017 a total of 94 local ties have ended, all but one at the initiative of a council.</p>
<p>Words &lt;script&gt;alert(1)&lt;/script&gt; in an original are only words, as the institute says
of every page that it has ever put on display for its readers.</p>
</article></body></html>"""
NOTE = """---
id: frost
title: "Local frost in relations"
publisher: "Alder Institute"
published: "2022-04-25"
kind: think-tank
text_kind: note
url: "BASE/study"
read_at:
  - url: "BASE/study"
    sentences: "1-3, 5"
  - url: "BASE/gone"
    sentences: "4"
---

The number of local ties grew steadily from 1993 to a peak of 49 ties in 2016.
Since 2017 a total of 21 local ties have ended, all but one at the initiative of a council.
A website about Gothenburg claims that 116 towns once had partners, which contradicts this.
Fremantle's officers expected their arrangement to run for five years.
Words <script>alert(1)</script> in an original are only words, as the institute says.
"""


class Site:
    """A server on loopback with pages that a test may change."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {"/study": STUDY}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                page = site.pages.get(self.path)
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write((page or "").encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.base = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(autouse=True)
def work(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder whose only source is the note."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "frost.md").write_text(NOTE.replace("BASE", site.base))
    monkeypatch.setenv("ATTACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ATTACHE_STARTER", "false")
    monkeypatch.setenv("ATTACHE_EMBEDDER", "hashing:384")
    monkeypatch.setenv("ATTACHE_SOURCES", json.dumps([str(tmp_path / "notes")]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def allowed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fetching is on, and may reach the site."""
    monkeypatch.setenv("ATTACHE_FETCHING", "true")
    policy = Policy(enabled=True, allow_loopback_ports=frozenset({site.port}))
    monkeypatch.setattr(assistant.assembly, "fetching_policy", lambda _: policy)


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main(["sources", *arguments]) == code
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(run(capsys, *arguments, "--json").splitlines()[-1])
    return shown


def fetched_and_audited(capsys: pytest.CaptureFixture[str]) -> dict[int, dict[str, Any]]:
    run(capsys, "originals", "--pause", "0")
    return {one["sentence"]: one for one in told(capsys, "audit")["findings"]}


def test_fetches_nothing_where_the_setting_does_not_allow_it(
    site: Site, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sources", "originals"]) == 1
    error = capsys.readouterr().err
    assert error.strip().splitlines() == [
        "Fetching from the web is off. Set `fetching = true` in attache.toml, or save it as a file"
        " and add that."
    ]
    assert site.asked == []
    assert not (work / "home" / "shelf").exists()


def test_the_setting_allows_fetching_but_never_from_this_machine(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTACHE_FETCHING", "true")
    assert main(["sources", "originals", "--pause", "0", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert len(report["failed"]) == 2
    assert site.asked == []


@pytest.mark.usefixtures("allowed")
def test_fetches_what_a_note_names_once_and_again_when_told_to(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    report = told(capsys, "originals", "--pause", "0")
    assert report["fetched"] == [f"{site.base}/study"]
    assert [one["url"] for one in report["failed"]] == [f"{site.base}/gone"]
    assert "404" in report["failed"][0]["why"]
    told(capsys, "originals", "frost", "--pause", "0")
    assert site.asked.count("/study") == 1
    told(capsys, "originals", "frost", "--again", "--pause", "0")
    assert site.asked.count("/study") == 2


@pytest.mark.usefixtures("allowed")
def test_an_audit_tells_agreement_from_difference_and_from_what_is_not_there(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    found = fetched_and_audited(capsys)
    assert {n: one["outcome"] for n, one in found.items()} == {
        1: "agrees",
        2: "differs",
        3: "not-found",
        4: "not-reachable",
        5: "agrees",
    }
    assert "does not have 21 here but has 94" in found[2]["reason"]
    assert "peak of 49 ties in 2016" in found[1]["original"]["words"]
    assert found[1]["original"]["url"] == f"{site.base}/study"
    assert "404" in found[4]["reason"]
    assert found[4]["original"] is None
    assert "embedder hashing:384" in found[1]["checker"]


@pytest.mark.usefixtures("allowed")
def test_shows_in_words_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    fetched_and_audited(capsys)
    shown = run(capsys, "audit", "--list", "--outcome", "differs")
    assert "frost, sentence 2: Differs from the original" in shown
    assert "The original's words: “Since 2017 a total of 94 local ties have ended" in shown
    assert "\n1 sentence. " in shown
    assert "This is a help for people, no verdict." in shown
    assert "sentence 1:" not in shown


@pytest.mark.usefixtures("site")
def test_without_originals_an_audit_of_all_notes_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = run(capsys, "audit")
    assert "5 sentences have no original here that could be read." in shown
    assert "frost, sentence" not in shown
    one = run(capsys, "audit", "frost")
    assert "sentence 1: Original not fetched yet: run `attache sources originals`\n" in one
    assert "not reachable" not in one
    assert "Compared" not in one
    assert "frost, sentence 1:" in run(capsys, "audit", "--list", "--outcome", "not-reachable")


def test_where_a_sentence_was_read_at_no_address_its_words_say_so(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = work / "notes" / "frost.md"
    note = re.sub(r"- url: .*/gone\"", '- what: "our comparison of notes"', path.read_text())
    path.write_text(note)
    shown = run(capsys, "audit", "frost")
    assert "sentence 4: No address to fetch an original from\n" in shown
    assert "our comparison of notes: there is no address to fetch." in shown
    assert main(["index"]) == 0
    page, _ = shown_page(0)
    assert "<summary>No address to fetch an original from</summary>" in page
    assert page.count("<summary>Original not fetched yet: run `attache sources originals`<") == 4
    assert "not reachable" not in page


@pytest.mark.usefixtures("allowed")
def test_an_address_that_failed_is_called_not_reachable(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(capsys, "originals", "--pause", "0")
    shown = run(capsys, "audit", "frost")
    assert "sentence 4: Original not reachable\n" in shown
    assert "not fetched yet" not in shown


def test_the_help_of_mark_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    shown = run(capsys, "audit", "mark", "--help")
    assert "audit mark ID SENTENCE" in shown
    assert "--by NAME" in shown


@pytest.mark.usefixtures("allowed")
def test_a_sample_is_the_same_for_the_same_seed(capsys: pytest.CaptureFixture[str]) -> None:
    def drawn(seed: str) -> list[int]:
        report = told(capsys, "audit", "--sample", "2", "--seed", seed)
        return [one["sentence"] for one in report["findings"]]

    assert drawn("1") == drawn("1")
    assert len(drawn("1")) == 2
    assert len({tuple(drawn(seed)) for seed in "123456"}) > 1


@pytest.mark.usefixtures("allowed")
def test_a_person_marks_a_sentence_and_the_history_stays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fetched_and_audited(capsys)
    shown = run(capsys, "audit", "mark", "frost", "2", "agrees", "--by", "Jane", "--note", "p. 9")
    assert "sentence 2: Agrees with the original" in shown
    assert re.search(r"Jane marked it “Agrees with the original” on .+: p\. 9", shown)
    run(capsys, "audit", "mark", "frost", "2", "differs", "--by", "Ann")
    (one,) = told(capsys, "audit", "--list", "--outcome", "differs")["findings"]
    assert (one["outcome"], one["found"]) == ("differs", "differs")
    assert [(mark["by"], mark["outcome"]) for mark in one["marks"]] == [
        ("Jane", "agrees"),
        ("Ann", "differs"),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("mark", "frost", "2", "agrees"),
        ("mark", "frost", "2", "not-reachable", "--by", "Jane"),
        ("mark", "frost", "second", "agrees", "--by", "Jane"),
        ("mark", "frost", "--by", "Jane"),
        ("--sample", "0"),
        ("--seed", "-1"),
    ],
)
def test_wrong_use_is_said_and_nothing_is_marked(
    arguments: tuple[str, ...], work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sources", "audit", *arguments]) == 2
    assert capsys.readouterr().err
    assert not (work / "home" / "shelf").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", "nobody"),
        ("audit", "mark", "nobody", "1", "agrees", "--by", "Jane"),
        ("audit", "mark", "frost", "1", "agrees", "--by", "Jane"),
    ],
)
def test_says_which_note_or_sentence_is_not_there(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sources", *arguments]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.usefixtures("allowed")
def test_an_original_that_changes_is_found_anew_and_outlasts_no_mark(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    before = fetched_and_audited(capsys)
    run(capsys, "audit", "mark", "frost", "2", "not-found", "--by", "Jane")
    site.pages["/study"] = STUDY.replace("94", "21")
    run(capsys, "originals", "--again", "--pause", "0")
    after = {one["sentence"]: one for one in told(capsys, "audit")["findings"]}
    assert before[2]["original"]["sha256"] != after[2]["original"]["sha256"]
    assert (before[2]["outcome"], after[2]["outcome"]) == ("differs", "agrees")
    assert "(the original has changed since)" in run(capsys, "audit", "--list", "frost")


@pytest.mark.usefixtures("allowed")
def test_a_finding_stays_with_the_version_of_the_note_that_was_audited(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetched_and_audited(capsys)
    path = work / "notes" / "frost.md"
    path.write_text(path.read_text().replace("a total of 21", "a total of 22"))
    found = told(capsys, "audit", "--list")["findings"]
    assert len(found) == 5
    assert all(one["older_version"] for one in found)
    assert "(in an earlier version of this note)" in run(capsys, "audit", "--list")
    path.write_text("Another file without a head.")
    assert len(told(capsys, "audit", "--list", "frost")["findings"]) == 5
    assert told(capsys, "audit", "--list", "another")["findings"] == []
    assert told(capsys, "audit")["findings"] == []


@pytest.mark.usefixtures("allowed")
def test_the_page_of_a_text_opens_the_originals_words_beside_the_notes(
    work: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    fetched_and_audited(capsys)
    run(capsys, "audit", "mark", "frost", "2", "differs", "--by", "<b>Jane</b>", "--note", "p. 9")
    assert main(["index"]) == 0
    page, source = shown_page(20)
    assert page.count('<details class="audit') == 5
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;Jane&lt;/b&gt; marked it “Differs from the original”" in page
    assert "“The number of local ties grew steadily from 1993 and reached a peak of 49" in page
    assert f'<a href="{site.base}/study"' in page
    assert re.search(r"fetched \d+ \w+ \d{4}, [\d:]+ UTC", page)
    first, second = re.findall(r'<details class="audit (\S+)"( open)?>', page)[:2]
    assert first == ("agrees", " open")
    assert second == ("differs", "")
    assert source.id == "frost"
    path = work / "notes" / "frost.md"
    path.write_text(path.read_text().replace("a total of 21", "a total of 22"))
    assert main(["index"]) == 0
    changed, _ = shown_page(0)
    assert changed.count('<details class="audit') == 4
    assert changed.count("Compared in an earlier version of this note") == 3
    assert changed.count("Looked for in an earlier version of this note") == 1


def shown_page(mark: int) -> tuple[str, Any]:
    """The page of the note's text, as the server sends it, with one letter marked."""
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from ui.routes import add_routes

    desk = open_desk(load_settings())
    try:
        app = FastAPI()
        add_routes(app, desk)
        (source,) = desk.retriever.sources()
        reply = TestClient(app).get(
            f"/source/{source.id}/{source.version}?start={mark}&end={mark + 1}"
        )
        assert reply.status_code == 200
        return reply.text, source
    finally:
        desk.close()


@pytest.mark.usefixtures("allowed")
def test_a_web_address_is_added_as_a_proposed_source(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["index"]) == 0
    added = told(capsys, "add", f"{site.base}/study", f"{site.base}/gone", "--by", "Jane")
    (proposed,) = added["proposed"]
    assert proposed["path"] == f"{site.base}/study"
    assert "404" in added["refused"][0]["message"]
    shown = told(capsys, "show", proposed["id"])
    assert f"{site.base}/study" in json.dumps(shown)


def test_a_web_address_is_refused_in_one_line_where_fetching_is_off(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["index"]) == 0
    capsys.readouterr()
    assert main(["sources", "add", f"{site.base}/study"]) == 1
    assert "Fetching from the web is off." in capsys.readouterr().err
    assert site.asked == []
