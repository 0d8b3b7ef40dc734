"""Exports for public-records requests: all of it there, checkable, and nothing redacted left."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql

from assistant.assembly import KeptFiles
from assistant.records import Entry
from assistant.retention import Schedule
from assistant.types import Record, Silence, Turn
from assistant.verifying import verify
from corpus.errors import ExportError, RecordMissing
from ui.record_export import ExportReport, export_records
from ui.redacting import Redaction, Rule, fold, read_redactions, redact, redact_title

ONE, TWO = "a" * 24, "b" * 24


class Page(HTMLParser):
    """What a page holds: its text, elements, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def export(kept: KeptFiles, tmp_path: Path) -> Callable[..., tuple[Path, ExportReport]]:
    """`export(**options)` exports everything into a new folder, which is returned too."""

    def run(**options: Any) -> tuple[Path, ExportReport]:
        out = tmp_path / f"out-{len(list(tmp_path.iterdir()))}"
        report = export_records(kept, out, **({"since": None, "until": None} | options))
        return out, report

    return run


def manifest_of(out: Path) -> dict[str, Any]:
    value = json.loads((out / "manifest.json").read_text("utf-8"))
    assert isinstance(value, dict)
    return value


def entries_of(out: Path, name: str) -> list[dict[str, Any]]:
    value = json.loads((out / "conversations" / f"{name}.json").read_text("utf-8"))
    assert isinstance(value["entries"], list)
    return value["entries"]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def readable(out: Path) -> Iterator[str]:
    """Every text of an export as a reader or a program gets it, and its names and bytes."""
    for path in out.rglob("*"):
        yield path.name
        if path.suffix == ".json":
            yield from strings(json.loads(path.read_bytes()))
        if path.suffix == ".html":
            yield Page(path.read_text("utf-8")).text
        if path.is_file():
            yield path.read_text("utf-8")


def test_a_recipient_can_recompute_every_digest_and_every_files_hash(
    keep: Callable[..., Entry], kept: KeptFiles, export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    first = keep("Wann wurde die Brücke eröffnet?", ONE)
    keep("Who paid for it?", TWO)
    kept.corrections.feedback(first.id, False, "Naïve.")
    out, report = export()
    manifest = manifest_of(out)
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {file["path"] for file in manifest["files"]} == files - {"manifest.json"}
    for file in manifest["files"]:
        data = (out / file["path"]).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file["sha256"], file["size"])
    assert hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest() == report.manifest
    entries = {entry["id"]: entry for name in (ONE, TWO) for entry in entries_of(out, name)}
    assert len(entries) == 3
    for line in manifest["entries"]:
        entry = entries[line["id"]]
        hashed = hashlib.sha256(f"{entry['salt']}\n{entry['content_text']}".encode()).hexdigest()
        assert hashed == entry["digest"] == line["digest"] == kept.records.get(line["id"]).digest
        assert json.loads(entry["content_text"]) == entry["content"]
    head = kept.records.head()
    assert manifest["head"] == {"seq": head.seq, "link": head.link}


def test_the_pages_tell_all_that_was_asked_answered_and_said_of_it(
    keep: Callable[..., Entry], kept: KeptFiles, export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    first = keep(conversation=ONE)
    keep("Stopped?", ONE, outcome="stopped")
    keep("Failed?", ONE, outcome="failed")
    kept.corrections.feedback(first.id, False, "Too old.")
    report = kept.corrections.report(first.id, 0, "It was 1980.")
    kept.corrections.decide(report.id, "source-corrected", "Mended.", "Kim")
    kept.conversations.hide(ONE)
    out, _ = export()
    page = Page((out / "conversations" / f"{ONE}.html").read_text("utf-8"))
    for wanted in (
        "When was the bridge opened?", "City archive, 2025 (matches the cited text):",
        "[1] The bridge. City archive, 1 March 2025.", "“The bridge was opened in 1979.”",
        "Date. This was long ago.", "Who paid for it?", "1 sentence was withheld",
        "Searched: 30 sources, 90 passages.", "4 May 2026, 12:00:01 UTC", "Too old.",
        "It was 1980.", "Decision: Source corrected", "Mended.", "by Kim",
        "Stopped before the answer was complete.", "Failed, which is no answer. The disk broke.",
        first.digest,
    ):  # fmt: skip
        assert wanted in page.text
    index = Page((out / "index.html").read_text("utf-8"))
    assert "When was the bridge opened?" in index.text
    assert [link for link in index.links if not (out / link).is_file()] == []


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title><b>&amp;"]
)
def test_the_pages_hold_no_script_and_nothing_of_a_text_becomes_markup(
    words: str, keep: Callable[..., Entry], export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    keep(f"Why {words}?", ONE, words, title=words, publisher=words, url=words)
    out, _ = export()
    for path in out.rglob("*.html"):
        html = path.read_text("utf-8")
        page = Page(html)
        assert page.elements <= set(
            "html head meta title style body h1 h2 h3 p strong table thead tbody tr th td a code "
            "ol ul li article br".split()
        )
        assert page.attributes <= set(
            "lang charset http-equiv content name dir class id href scope".split()
        )
        assert "default-src 'none'" in html
        assert words in page.text


def test_only_entries_of_those_days_and_of_that_conversation_are_exported(
    keep: Callable[..., Entry],
    clock: Any,
    export: Callable[..., tuple[Path, ExportReport]],
) -> None:
    keep("On the first day?", ONE)
    clock.now += timedelta(days=1)
    wanted = keep("On the second day?", ONE)
    keep("Elsewhere?", TWO)
    clock.now += timedelta(days=1)
    keep("On the third day?", ONE)
    second = date(2026, 5, 5)
    out, report = export(since=second, until=second)
    assert (report.entries, report.conversations) == (2, 2)
    out, report = export(since=second, until=second, conversation=ONE)
    assert [entry["id"] for entry in entries_of(out, ONE)] == [wanted.id]
    assert {entry["id"] for entry in manifest_of(out)["entries"]} == {wanted.id}
    assert "Elsewhere?" not in "".join(readable(out))


def test_what_was_disposed_of_leaves_its_rule_who_authorised_it_and_the_digest(
    keep: Callable[..., Entry],
    kept: KeptFiles,
    clock: Any,
    export: Callable[..., tuple[Path, ExportReport]],
) -> None:
    gone = keep("Vanishing?", ONE)
    clock.now += timedelta(days=40)
    keep("Staying?", ONE)
    kept.conversations.rename(ONE, "Bridges")
    kept.retention.dispose(Schedule(answers=30), "The clerk")
    out, report = export()
    assert report.disposed == 1
    index = Page((out / "index.html").read_text("utf-8")).text
    for wanted in (gone.id, gone.digest, "answer after 30 days", "The clerk"):
        assert wanted in index
    (line,) = [line for line in manifest_of(out)["entries"] if line["id"] == gone.id]
    assert line["disposed"] == {"rule": "answer after 30 days", "authorised_by": "The clerk"}
    entry = entries_of(out, ONE)[0]
    assert entry["content"] is None
    assert "salt" not in entry
    assert "Vanishing" not in "".join(readable(out))


def test_who_authorised_a_disposal_is_left_out_where_that_is_redacted(
    keep: Callable[..., Entry],
    kept: KeptFiles,
    clock: Any,
    export: Callable[..., tuple[Path, ExportReport]],
) -> None:
    gone = keep("Vanishing?", ONE)
    clock.now += timedelta(days=40)
    kept.retention.dispose(Schedule(answers=30), "Jane Roe")
    out, report = export(redactions=[Redaction(text="Jane Roe", reason="Staff")])
    assert (report.redactions, report.warnings) == (1, ())
    assert "Jane Roe" not in "".join(readable(out))
    (line,) = [line for line in manifest_of(out)["entries"] if line["id"] == gone.id]
    assert line["disposed"]["authorised_by"] == "[redacted: Staff]"
    assert line["redactions"] == [{"reason": "Staff", "count": 1}]


@pytest.mark.parametrize("word", ["5e884898da280471", "5e884898da28047151d0e56f"])
def test_words_that_look_like_an_id_are_left_out_all_the_same(
    word: str, keep: Callable[..., Entry], export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    keep(word, ONE)
    out, _ = export(redactions=[Redaction(text=word, reason="Account")])
    assert word not in "".join(readable(out))


def test_holds_and_disposals_are_listed_in_the_manifest_without_their_words(
    keep: Callable[..., Entry], kept: KeptFiles, export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    keep(conversation=ONE)
    hold = kept.retention.hold("A secret lawsuit", "Counsel")
    out, report = export()
    assert report.entries == 2
    assert hold.id in {line["id"] for line in manifest_of(out)["entries"]}
    assert "lawsuit" not in "".join(readable(out))


words = st.one_of(
    st.sampled_from(
        ["Zoë Ångström", "O'Quill & Wyngx <zq>", "STRAẞE qx", "İqbal Qzx", "e\u0301zqx", "qzx\\w"]
    ),
    st.text("qzxj éÉßıÅ'\"&<>\\/", min_size=5, max_size=12).filter(
        lambda word: len(fold(word).strip()) > 4
    ),
)  # fmt: skip


@given(word=words)
@settings(max_examples=40)
@example(word="Qézqx Jzzq")
def test_no_redacted_word_is_left_anywhere_however_it_is_written(
    word: str,
    make_record: Callable[..., Record],
    kept: KeptFiles,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    forms = [word, word.upper(), word.casefold(), unicodedata.normalize("NFD", word)]
    forms += [word.replace(" ", "\n  "), word[:2] + "\u202e\u200b" + word[2:]]
    conversation = hashlib.sha256(word.encode()).hexdigest()[:24]
    record = make_record(f"Who is {forms[0]}?", conversation, f"Said {forms[1]}.", id=f"s-{word}")
    ask = replace(record.ask, history=(Turn(f"And {forms[2]}?", f"And {forms[3]}?"),))
    answer = replace(record.answer, opening=forms[4], uncovered=(forms[5],))  # type: ignore[type-var]
    record = replace(record, ask=ask, answer=answer, who=word)
    entry = kept.records.keep(record, lambda *_: record.statements[0].text)
    kept.corrections.feedback(entry.id, True, f"Thanks, {forms[2]}.")
    kept.corrections.report(entry.id, 0, f"Not {forms[3]}.")
    kept.conversations.rename(conversation, f"About {forms[1]}")
    out = tmp_path_factory.mktemp("out")
    export_records(
        kept, out, since=None, until=None, conversation=conversation,
        redactions=[Redaction(text=word, reason="Privacy")],
    )  # fmt: skip
    found = [text for text in readable(out) if fold(word).strip() in fold(text)]
    assert found == []
    content = "".join(path.read_text("utf-8") for path in out.rglob("*.*")).casefold()
    for form in forms:
        assert form.casefold() not in content
        assert json.dumps(form)[1:-1].casefold() not in content
    assert "[redacted: Privacy]" in (out / "index.html").read_text("utf-8")


def test_redactions_are_counted_with_their_reasons_and_their_entries_salt_is_left_out(
    keep: Callable[..., Entry], export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    hit = keep("Where does Jane Roe live?", ONE)
    other = keep("When?", TWO)
    out, report = export(redactions=[Redaction(text="jane roe", reason="Private person")])
    lines = {line["id"]: line for line in manifest_of(out)["entries"]}
    (told,) = lines[hit.id]["redactions"]
    assert told["reason"] == "Private person"
    assert told["count"] >= 2
    assert report.redactions == told["count"]
    assert lines[other.id]["redactions"] == []
    (entry,) = entries_of(out, ONE)
    assert {"salt", "content_text"}.isdisjoint(entry)
    assert entry["content"]["ask"]["text"] == "Where does [redacted: Private person] live?"
    index = Page((out / "index.html").read_text("utf-8")).text
    assert hit.id in index
    assert "Private person" in index


def test_a_redaction_of_a_record_holds_in_what_follows_and_nowhere_else(
    keep: Callable[..., Entry], export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    keep("Qzx before?", ONE)
    named = keep("Qzx here?", ONE)
    keep("Qzx after?", ONE)
    keep("Qzx elsewhere?", TWO)
    redaction = Redaction(text="Qzx", reason="Privacy", record=named.id[:10])
    out, _ = export(redactions=[redaction])
    asked = [e["content"]["ask"]["text"] for n in (ONE, TWO) for e in entries_of(out, n)]
    assert asked == [
        "Qzx before?",
        "[redacted: Privacy] here?",
        "[redacted: Privacy] after?",
        "Qzx elsewhere?",
    ]


def test_a_redaction_that_matches_nothing_is_reported(
    keep: Callable[..., Entry], export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    keep("Where does Jane Roe live?")
    given = [Redaction(text="Jane Roe", reason="A"), Redaction(text="John Doe", reason="B")]
    _, report = export(redactions=given)
    assert report.warnings == ("Redaction 2 (B) matched nothing.",)


def test_what_was_made_of_a_redacted_question_does_not_tell_it_after_all(
    make_record: Callable[..., Record],
    kept: KeptFiles,
    export: Callable[..., tuple[Path, ExportReport]],
) -> None:
    question = (
        "Was Jane Roe of 12 Elm Street, as her neighbours told the mayor last week, paid in 1987 "
        "and does she drink?"
    )
    first = make_record(question, ONE)
    later = make_record("And in Ohio?", ONE)
    made = f"Was Jane Roe of Ohio paid and does she drink? (about: {question})"
    answer = later.answer
    assert answer
    later = replace(
        later,
        ask=replace(later.ask, history=(Turn(question, question),)),
        answer=replace(
            answer,
            question=replace(answer.question, standalone=made, parts=("does she drink?",)),
            searched=replace(answer.searched, question="Was Roe paid?"),
            silence=Silence("nothing_on_subject", "There is nothing about Jane Roe."),
            uncovered=("does she drink?",),
        ),
    )
    for record in (first, later):
        kept.records.keep(record, lambda *_: first.statements[0].text)
    out, _ = export(redactions=[Redaction(text=question, reason="Privacy")])
    for text in readable(out):
        for word in ("Jane", "Roe", "Elm", "1987", "drink", "neighbours"):
            assert word not in text
    contents = [entry["content"] for entry in entries_of(out, ONE)]
    assert contents[1]["ask"]["text"] == "And in Ohio?"
    assert contents[1]["answer"]["searched"]["filters"]["kinds"] == []
    assert contents[0]["answer"]["statements"][0]["text"] == "The bridge was opened in 1979."


def test_a_shortened_title_does_not_show_the_beginning_of_redacted_words() -> None:
    rules = [Rule(1, "jane roe of elm street", "A")]
    assert redact_title("Where, after all this time, is Jane Roe of…", rules) == (
        "Where, after all this time, is [redacted: A]"
    )
    assert redact_title("Jane Roe…", rules) == "[redacted: A]"
    assert redact_title("Where is Jane Roe of", rules) == "Where is Jane Roe of"
    assert redact_title("Jane Roe  of Elm Street, then…", rules) == "[redacted: A], then…"


def test_overlapping_redactions_leave_nothing_of_either() -> None:
    rules = [Rule(1, "jane roe", "A"), Rule(2, "roe street", "B"), Rule(3, "aa", "C")]
    assert redact("At Jane Roe Street 5", rules) == "At [redacted: A; B] 5"
    assert redact("baaab", rules) == "b[redacted: C]b"


@pytest.mark.parametrize(
    ("redaction", "said"),
    [
        (Redaction(text=" ", reason="A"), "no words"),
        (Redaction(text="Roe", reason=" "), "no reason"),
        (Redaction(text="Roe", reason="about Roe"), "mark"),
        (Redaction(text="Redacted", reason="A"), "mark"),
        (Redaction(text="Roe", reason="A", record="ffffffff"), "Redaction 1"),
        (Redaction(text="Roe", reason="A", conversation="nowhere"), "nowhere"),
    ],
)
def test_a_redaction_that_cannot_hold_is_refused_and_nothing_is_written(
    redaction: Redaction,
    said: str,
    keep: Callable[..., Entry],
    kept: KeptFiles,
    tmp_path: Path,
) -> None:
    keep()
    before = set(tmp_path.iterdir())
    with pytest.raises(ExportError, match=said):
        export_records(
            kept, tmp_path / "out", since=None, until=None, redactions=[redaction]
        )  # fmt: skip
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "line",
    [
        "{", '"Roe"', "{}", '{"text": "Roe"}', '{"text": 5, "reason": "A"}',
        '{"text": "Roe", "reason": "A", "why": "B"}',
    ],
)  # fmt: skip
def test_a_broken_line_of_redactions_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "redactions.jsonl"
    path.write_text('{"text": "Doe", "reason": "A"}\n\n' + line, encoding="utf-8")
    with pytest.raises(ExportError, match="line 3"):
        read_redactions(path)


def test_redactions_are_read_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "redactions.jsonl"
    path.write_text('\ufeff{"text": "Doe\u2028x", "reason": "A", "record": "ab"}\r\n', "utf-8")
    assert read_redactions(path) == (Redaction(text="Doe\u2028x", reason="A", record="ab"),)


def test_a_conversation_named_unlike_a_file_cannot_write_elsewhere(
    keep: Callable[..., Entry], export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    keep(conversation="../../evil")
    out, _ = export()
    assert {path.name for path in (out / "conversations").iterdir()} == {
        "conversation-1.html",
        "conversation-1.json",
    }


def test_an_answer_of_no_conversation_is_exported_too(
    keep: Callable[..., Entry], kept: KeptFiles, export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    entry = keep(conversation="")
    kept.retention.hold("A lawsuit", "Counsel")
    out, report = export()
    assert (report.entries, report.conversations) == (2, 1)
    assert [told["id"] for told in entries_of(out, "conversation-1")] == [entry.id]


def test_an_entry_that_was_changed_is_exported_with_a_warning(
    keep: Callable[..., Entry], kept: KeptFiles, export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    changed = keep(conversation=ONE)
    with kept.archive.writing() as connection:
        connection.execute(sql("DROP TRIGGER records_change_only_by_erasing"))
        connection.execute(sql("UPDATE records SET content = '{}'"))
    out, report = export()
    assert f"entry {changed.seq}: the content" in report.warnings[0]
    page = Page((out / "conversations" / f"{ONE}.html").read_text("utf-8"))
    assert "cannot be read" in page.text


def test_an_entry_of_no_known_kind_is_not_left_out_in_silence(
    keep: Callable[..., Entry], kept: KeptFiles, export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    keep(conversation=ONE)
    keep(conversation=ONE)
    with kept.archive.writing() as connection:
        connection.execute(sql("DROP TRIGGER records_change_only_by_erasing"))
        connection.execute(sql("UPDATE records SET kind = 'other' WHERE seq = 2"))
    folder, report = export()
    assert report.entries == 1
    assert "entry 2: the entry does not link" in report.warnings[0]
    flaws = json.loads((folder / "manifest.json").read_text("utf-8"))["flaws"]
    assert flaws[0]["seq"] == 2


def test_an_entry_that_was_moved_to_another_day_is_warned_of(
    keep: Callable[..., Entry], kept: KeptFiles, export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    keep(conversation=ONE)
    keep(conversation=ONE)
    with kept.archive.writing() as connection:
        connection.execute(sql("DROP TRIGGER records_change_only_by_erasing"))
        connection.execute(
            sql("UPDATE records SET created = '1999' || substr(created, 5) WHERE seq = 1")
        )
    _, report = export(since=date(2026, 1, 1))
    assert report.entries == 1
    assert "entry 1: the entry does not link" in report.warnings[0]


def test_an_unknown_conversation_is_refused(export: Callable[..., object]) -> None:
    with pytest.raises(RecordMissing):
        export(conversation="nowhere")


def test_a_folder_that_holds_something_is_refused_and_left_alone(
    keep: Callable[..., Entry], kept: KeptFiles, tmp_path: Path
) -> None:
    keep()
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    for place in (out, out / "mine.txt"):
        with pytest.raises(ExportError, match="there already"):
            export_records(kept, place, since=None, until=None)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_only_the_owner_may_read_an_export(
    keep: Callable[..., Entry], export: Callable[..., tuple[Path, ExportReport]]
) -> None:
    keep()
    out, _ = export()
    for path in (out, *out.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_an_export_that_is_broken_off_leaves_nothing(
    keep: Callable[..., Entry], kept: KeptFiles, tmp_path: Path
) -> None:
    keep()
    keep()

    def stop(stage: str, done: int, total: int) -> None:  # noqa: ARG001
        if done == 1:
            raise KeyboardInterrupt

    before = set(tmp_path.iterdir())
    with pytest.raises(KeyboardInterrupt):
        export_records(kept, tmp_path / "out", since=None, until=None, progress=stop)
    assert set(tmp_path.iterdir()) == before


def test_an_export_that_is_killed_leaves_no_half_set_under_its_name(
    keep: Callable[..., Entry], kept: KeptFiles, tmp_path: Path
) -> None:
    for _ in range(3):
        keep()
    code = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from assistant.assembly import open_records\n"
        "from assistant.settings import load_settings\n"
        "from ui.record_export import export_records\n"
        "def die(stage, done, total):\n"
        "    if done == 2: os.kill(os.getpid(), signal.SIGKILL)\n"
        "kept = open_records(load_settings(home=Path(sys.argv[1])))\n"
        "export_records(kept, Path(sys.argv[2]), since=None, until=None, progress=die)\n"
    )
    out = tmp_path / "out"
    ended = subprocess.run(
        [sys.executable, "-c", code, str(kept.archive.path.parent), str(out)], env=os.environ
    )
    assert ended.returncode == -signal.SIGKILL
    assert not out.exists()
    export_records(kept, out, since=None, until=None)
    assert (out / "manifest.json").is_file()


def many(kept: KeptFiles, record: Record, count: int, conversations: int) -> None:
    text = record.statements[0].text
    for number in range(count):
        name = f"{number % conversations:024x}"
        kept.records.keep(replace(record, conversation=name), lambda *_: text)


def check_all(kept: KeptFiles, out: Path, count: int) -> list[tuple[str, int, int]]:
    """Exports, recomputes every digest from the files alone, verifies the chain."""
    heard: list[tuple[str, int, int]] = []

    def hear(stage: str, done: int, total: int) -> None:
        heard.append((stage, done, total))

    export_records(kept, out, since=None, until=None, progress=hear)
    manifest = manifest_of(out)
    wanted = {line["id"]: line["digest"] for line in manifest["entries"]}
    assert len(wanted) == count
    for file in manifest["files"]:
        path = out / file["path"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
        if path.suffix == ".json":
            for entry in json.loads(path.read_text("utf-8"))["entries"]:
                hashed = hashlib.sha256(f"{entry['salt']}\n{entry['content_text']}".encode())
                assert hashed.hexdigest() == wanted.pop(entry["id"])
    assert wanted == {}
    assert verify(kept.archive, hear).flaws == ()
    return heard


def test_fifty_records_are_exported_and_verified_with_progress(
    kept: KeptFiles, make_record: Callable[..., Record], tmp_path: Path
) -> None:
    many(kept, make_record(), 50, 7)
    heard = check_all(kept, tmp_path / "out", 50)
    assert [done for stage, done, total in heard if stage == "export"] == list(range(51))
    assert ("verify", 50, 50) in heard
    assert {total for _, _, total in heard} == {50}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_records_are_exported_and_verified_with_progress(
    kept: KeptFiles, make_record: Callable[..., Record], tmp_path: Path
) -> None:
    many(kept, make_record(), 10_000, 2500)
    heard = check_all(kept, tmp_path / "out", 10_000)
    assert heard[-1] == ("verify", 10_000, 10_000)
    assert sum(stage == "export" for stage, _, _ in heard) == 10_001


def test_a_word_is_found_whatever_its_case_spacing_and_composition() -> None:
    rule = [Rule(1, fold("Zoë Straße"), "A")]
    for text in ("ZOË STRASSE", "zoe\u0308  strasse", "Zoë\nStra\u00adße", "Zo\u202eë\u00a0Straße"):
        assert redact(f"at {text}.", rule) == "at [redacted: A]."
    assert re.fullmatch("at Zoe Straße", redact("at Zoe Straße", rule))
