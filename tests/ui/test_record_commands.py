"""`attache record …` and `attache corrections …` as an officer or a curator meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.assembly import KeptFiles
from assistant.records import Entry
from ui.cli import main

ONE, TWO = "a" * 24, "b" * 24
DAYS = "--from 2026-05-04 --to 2026-05-04"


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with nothing in it, and the home of `kept`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ATTACHE_STARTER", "false")
    monkeypatch.setenv("ATTACHE_EMBEDDER", "hashing:384")


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[str], dict[str, Any]]:
    """`told(command)` runs it with --json and returns its object."""

    def run(command: str) -> dict[str, Any]:
        assert main([*command.split(), "--json"]) == 0
        value = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert isinstance(value, dict)
        return value

    return run


def failure(capsys: pytest.CaptureFixture[str]) -> str:
    """What standard error holds, which must be one line of prose and all there is."""
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize(
    "arguments",
    [
        "record",
        "record show",
        "record list --from soon",
        "record list --from 2026-02-30",
        "record verify --against 5",
        "record verify --against 5:abc",
        "record export --out x",
        "record export --from 2026-01-01 --to 2026-01-02",
        "record hold --by me",
        "record release abc",
        "corrections decide abc",
        "corrections decide abc ignored",
        "corrections resting-on",
    ],
)
def test_wrong_use_is_told_in_one_line_with_exit_code_2(
    arguments: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments.split()) == 2
    assert "--help" in failure(capsys)


@pytest.mark.parametrize(
    "command", ["record list", "record verify", "record holds", "record show abc", "corrections"]
)
def test_where_nothing_was_ever_asked_that_is_said_and_no_file_is_made(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command.split()) == 1
    assert "There are no records" in failure(capsys)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "command", [f"record export {DAYS} --out out", "record list", "record hold --reason r --by b"]
)
def test_an_empty_conversation_does_not_mean_all_of_them(
    command: str, keep: Callable[..., Entry], capsys: pytest.CaptureFixture[str]
) -> None:
    keep()
    assert main([*command.split(), "--conversation", ""]) == 2
    assert "--conversation" in failure(capsys)


def test_a_range_may_reach_from_the_first_day_there_is_to_the_last(
    keep: Callable[..., Entry], told: Callable[[str], dict[str, Any]]
) -> None:
    kept_id = keep().id
    for days in ("--from 0001-01-01 --to 9999-12-31", "--from 2026-05-04 --to 2026-05-04"):
        assert [one["id"] for one in told(f"record list {days}")["records"]] == [kept_id]
    assert told("record list --to 2026-05-03") == {"records": []}


def test_the_root_of_all_folders_is_refused_as_an_exports_folder(
    keep: Callable[..., Entry], capsys: pytest.CaptureFixture[str]
) -> None:
    keep()
    assert main(f"record export {DAYS} --out /".split()) == 1
    assert "not empty" in capsys.readouterr().err


@pytest.mark.usefixtures("keep")
@pytest.mark.parametrize("command", ["list", "export --out out", "hold --reason r --by me"])
def test_a_range_that_ends_before_it_begins_is_refused(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = ["--from", "2026-05-05", "--to", "2026-05-04"]
    assert main(["record", *command.split(), *days]) == 2
    assert "2026-05-05" in failure(capsys)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("keep")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("record show ffff", "no record that begins"),
        ("record show nonsense", "not the id"),
        ("record release ffff --by me", "no hold"),
        ("record hold --reason r --by me --conversation nowhere", "nowhere"),
        (f"record export {DAYS} --out out --conversation nowhere", "nowhere"),
        ("corrections decide ffff nothing-wrong", "no record that begins"),
        ("corrections affected", "attache index"),
    ],
)
def test_what_is_not_there_is_named(
    arguments: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments.split()) == 1
    assert said in failure(capsys)


def test_an_id_that_more_than_one_record_begins_with_is_refused(
    keep: Callable[..., Entry], capsys: pytest.CaptureFixture[str]
) -> None:
    firsts = [keep().id[0] for _ in range(17)]
    assert main(["record", "show", max(firsts, key=firsts.count)]) == 1
    assert "More than one" in failure(capsys)


def test_records_are_listed_by_day_conversation_and_words(
    keep: Callable[..., Entry],
    told: Callable[[str], dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = keep("Who built\nthe bridge?\x1b[31m", ONE)
    second = keep("Where is the tower?", TWO, words="It stands in Rotterdam.")
    third = keep("Stopped?", TWO, outcome="stopped")

    def ids(options: str) -> list[str]:
        return [record["id"] for record in told(f"record list {options}")["records"]]

    assert ids("") == [first.id, second.id, third.id]
    assert ids(f"--conversation {TWO}") == [second.id, third.id]
    assert ids("--search ROTTERDAM") == [second.id]
    assert main(["record", "list", "--search", "rotterdam stopped"]) == 0
    assert capsys.readouterr().out == ""
    assert ids(DAYS) == [first.id, second.id, third.id]
    assert ids("--from 2026-05-05") == []
    assert main(["record", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{first.id}  2026-05-04 12:00  answered  Who built the bridge?[31m"
    assert len(lines) == 3


def test_a_record_is_shown_with_how_its_answer_was_made_and_what_was_said_of_it(
    keep: Callable[..., Entry],
    kept: KeptFiles,
    told: Callable[[str], dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    entry = keep(conversation=ONE)
    other = keep(conversation=ONE)
    kept.corrections.feedback(entry.id, False, "Too old.")
    kept.corrections.feedback(other.id, True, "Fine.")
    report = kept.corrections.report(entry.id, 0, "It was 1980.")
    kept.corrections.decide(report.id, "nothing-wrong", "Checked.", "Kim")
    assert main(["record", "show", entry.id[:12]]) == 0
    shown = capsys.readouterr().out
    for wanted in (
        "Question: When was the bridge opened?", "The bridge was opened in 1979. [1]",
        "4 May 2026, 12:00:01 UTC by local", "Outcome: complete", "setting composer: extractive",
        "retrieve 12.5", "1.000 0.500 2.000 bridge[0:30] Opening",
        "withheld (a figure differs): No.",
        "not helpful. Too old.", "sentence 1 reported as wrong. It was 1980.",
        "Kim: decided: nothing-wrong. Checked.", entry.digest,
    ):  # fmt: skip
        assert wanted in shown
    assert "Fine." not in shown
    value = told(f"record show {entry.id}")
    assert value["content"]["ask"]["text"] == "When was the bridge opened?"
    assert [one["kind"] for one in value["later"]] == ["feedback", "correction", "decision"]


@pytest.mark.parametrize(
    ("outcome", "said"), [("stopped", "Stopped before"), ("failed", "The disk broke. Mend it.")]
)
def test_a_question_without_an_answer_is_shown_as_such(
    outcome: str, said: str, keep: Callable[..., Entry], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", "show", keep(outcome=outcome).id]) == 0
    assert said in capsys.readouterr().out


def test_verifying_prints_the_head_which_later_proves_that_nothing_was_cut_off(
    keep: Callable[..., Entry],
    kept: KeptFiles,
    told: Callable[[str], dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    keep()
    assert main(["record", "verify"]) == 0
    head = capsys.readouterr().out.split()[-1]
    now = kept.records.head()
    assert head == f"{now.seq}:{now.link}"
    keep()
    value = told(f"record verify --against {head}")
    assert (value["entries"], value["disposed"], value["flaws"]) == (2, 0, [])
    assert main(["record", "verify", "--against", f"9:{'0' * 64}"]) == 1
    assert "Entry 9: the chain does not hold" in capsys.readouterr().err


def test_verifying_names_every_flaw_and_fails(
    keep: Callable[..., Entry], kept: KeptFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    keep()
    with kept.archive.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER records_change_only_by_erasing")
        connection.exec_driver_sql("UPDATE records SET created = '2020' || substr(created, 5)")
    assert main(["record", "verify", "--json"]) == 1
    out, err = capsys.readouterr()
    assert "Entry 1: the entry does not link" in err
    assert json.loads(out.splitlines()[-1])["flaws"][0]["seq"] == 1


def test_an_export_leaves_out_what_a_file_says_and_warns_of_what_was_not_found(
    keep: Callable[..., Entry], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep("Where does Jane Roe live?", ONE)
    lines = [{"text": "Jane Roe", "reason": "Privacy"}, {"text": "John Doe", "reason": "Privacy"}]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    command = f"record export {DAYS} --out out --redact r.jsonl --conversation {ONE} --json"
    assert main(command.split()) == 0
    out, err = capsys.readouterr()
    report = json.loads(out.splitlines()[-1])
    assert "Redaction 2 (Privacy) matched nothing." in err
    assert (report["entries"], report["conversations"], report["files"]) == (1, 1, 4)
    assert report["redactions"] >= 1
    page = (tmp_path / "out" / "conversations" / f"{ONE}.html").read_text("utf-8")
    assert "Where does [redacted: Privacy] live?" in page
    assert main(command.split()) == 1
    assert "not empty" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.usefixtures("keep")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--out file/out", "cannot be written"),
        ("--out /proc/out", "cannot be written"),
        ("--out out --redact nowhere.jsonl", "nowhere.jsonl"),
        ("--out out --redact file", "line 2"),
    ],
)
def test_an_export_that_cannot_be_made_says_why_and_leaves_nothing(
    options: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text('\n{"text": "a"}')
    before = set(tmp_path.iterdir())
    assert main(["record", "export", *DAYS.split(), *options.split()]) == 1
    assert said in failure(capsys)
    assert set(tmp_path.iterdir()) == before


def test_a_hold_is_placed_listed_and_lifted(
    keep: Callable[..., Entry],
    told: Callable[[str], dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    keep(conversation=ONE)
    hold = told(f"record hold --reason Lawsuit --by Counsel --conversation {ONE} {DAYS}")["id"]
    (listed,) = told("record holds")["holds"]
    assert (listed["id"], listed["conversation"], listed["since"]) == (hold, ONE, "2026-05-04")
    assert main(["record", "holds"]) == 0
    assert f"covers conversation {ONE}, from 2026-05-04, to 2026-05-04" in capsys.readouterr().out
    assert main(["record", "release", hold[:8], "--by", "Counsel"]) == 0
    capsys.readouterr()
    assert told("record holds") == {"holds": []}


def test_disposal_follows_the_schedule_spares_what_is_held_and_names_older_copies(
    keep: Callable[..., Entry],
    kept: KeptFiles,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: Callable[[str], dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    gone, spared = keep(conversation=ONE), keep(conversation=TWO)
    with kept.archive.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER records_change_only_by_erasing")
        connection.exec_driver_sql("UPDATE records SET created = '2020' || substr(created, 5)")
    kept.retention.hold("Lawsuit", "Counsel", conversation=TWO)
    monkeypatch.setenv("ATTACHE_KEEP_ANSWERS_DAYS", "30")
    monkeypatch.setenv("ATTACHE_DISPOSAL_AUTHORISED_BY", "The clerk")
    (tmp_path / "home" / "records.sqlite3.0001-copy").touch()
    (tmp_path / "home" / "records.sqlite3.before-restore-1").touch()
    (tmp_path / "home" / "records.sqlite3.damaged-1").touch()
    (tmp_path / "home" / "restore-1").mkdir()
    (tmp_path / "home" / "restore-1" / "records.sqlite3").touch()
    dry = told("record dispose --dry-run")
    assert (dry["counts"], dry["held"], dry["dry_run"]) == ({"answer": 1}, 1, True)
    assert len(dry["copies"]) == 4
    assert kept.records.get(gone.id).content is not None
    assert main(["record", "dispose"]) == 0
    out, err = capsys.readouterr()
    assert "Disposed of: answer 1; 1 held back." in out
    assert "0001-copy" in err
    assert "before-restore-1" in err
    assert kept.records.get(gone.id).content is None
    assert kept.records.get(spared.id).content is not None
    listed = {record["id"]: record for record in told("record list")["records"]}
    assert listed[gone.id]["outcome"] == "disposed"


def test_disposal_without_a_schedule_does_nothing(
    keep: Callable[..., Entry], capsys: pytest.CaptureFixture[str]
) -> None:
    keep()
    assert main(["record", "dispose"]) == 0
    assert "no schedule is set" in capsys.readouterr().out


def test_a_report_waits_until_it_is_decided(
    keep: Callable[..., Entry],
    kept: KeptFiles,
    told: Callable[[str], dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    entry = keep()
    report = kept.corrections.report(entry.id, 0, "It was 1980.")
    (waiting,) = told("corrections")["corrections"]
    assert (waiting["id"], waiting["record"]) == (report.id, entry.id)
    assert main(["corrections"]) == 0
    shown = capsys.readouterr().out
    for wanted in (report.id, "The bridge was opened in 1979.", "It was 1980.", "bridge ("):
        assert wanted in shown
    decided = told(f"corrections decide {report.id[:10]} source-corrected --note Mended. --by Kim")
    assert decided["content"]["outcome"] == "source-corrected"
    assert told("corrections") == {"corrections": []}
    (done,) = told("corrections --decided")["corrections"]
    assert (done["decision"]["who"], done["decision"]["note"]) == ("Kim", "Mended.")
    assert main(["corrections", "--decided"]) == 0
    assert "Decided: Source corrected, by Kim. Mended." in capsys.readouterr().out


def test_the_answers_that_rest_on_a_source_are_listed(
    keep: Callable[..., Entry],
    told: Callable[[str], dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    entry = keep()
    keep("Elsewhere?", words="Other.", id="other")
    (answer,) = told("corrections resting-on bridge")["answers"]
    assert answer["record"] == entry.id
    (same,) = told(f"corrections resting-on bridge --version {answer['version']}")["answers"]
    assert same == answer
    assert told("corrections resting-on bridge --version 0") == {"answers": []}
    assert main(["corrections", "resting-on", "other"]) == 0
    assert "Elsewhere?" in capsys.readouterr().out


def test_sources_that_changed_since_they_were_cited_are_listed_with_the_answers(
    keep: Callable[..., Entry],
    tmp_path: Path,
    told: Callable[[str], dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "tower.md").write_text("The tower was opened in 1985.\n", "utf-8")
    assert main(["index", "files"]) == 0
    entry = keep()
    (affected,) = told("corrections affected")["affected"]
    assert (affected["source_id"], affected["change"]) == ("bridge", "gone")
    assert [answer["record"] for answer in affected["answers"]] == [entry.id]
    assert main(["corrections", "affected"]) == 0
    assert "no longer in the collection" in capsys.readouterr().out


def test_the_commands_load_neither_models_nor_the_page(keep: Callable[..., Entry]) -> None:
    entry = keep()
    code = (
        "import sys; from ui.cli import main\n"
        f"for line in ('record list', 'record show {entry.id}', 'record verify', 'corrections',\n"
        "    'record dispose', 'record export --from 2020-01-01 --to 2030-01-01 --out o'):\n"
        "    assert main(line.split()) == 0, line\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "assistant.records" in loaded
    assert loaded.isdisjoint(
        {"torch", "transformers", "sentence_transformers", "chromadb", "gradio", "fastapi"}
    )
