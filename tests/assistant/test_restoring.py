"""Restoring: all of it comes back while the home is in use, and no record is lost unasked."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from homes import LIBRARY, Home, altered, chain, rewrite

from assistant.archive import FILE, HEAD_REVISION, Archive
from assistant.records import EntryKind, Records
from assistant.retention import Retention
from assistant.verifying import verify
from corpus.errors import BackupError, IndexBusy, RecordsBusy
from index import copying, generations
from index.embedders import make_embedder
from index.retriever import Retriever

CHILD = Path(__file__).with_name("restoring_child.py")


def test_a_backup_brings_library_records_and_settings_to_an_empty_home(home, other, records, keep):
    for number in range(5):
        keep(f"What of bridge {number}?", conversation=f"{number:024x}")
    records.append(EntryKind.FEEDBACK, {"good": True})
    (home.folder / "folders.txt").write_text(f"{home.sources}\n", encoding="utf-8")
    written = home.backup()
    assert (written.sources, written.passages, written.entries) == (12, 12, 6)
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o600
    assert written.size == written.path.stat().st_size
    report = other.restore(written.path)
    assert (report.sources, report.passages, report.entries, report.kept) == (12, 12, 6, ())
    assert report.notes == ()
    assert other.told() == home.told()
    assert chain(other.folder / FILE) == chain(home.folder / FILE)
    assert stat.S_IMODE((other.folder / FILE).stat().st_mode) == 0o600
    assert (other.folder / "folders.txt").read_text("utf-8") == f"{home.sources}\n"
    again = Archive(other.folder / FILE)
    assert verify(again).flaws == ()
    assert Records(again).head() == records.head()
    again.close()
    assert sorted(path.name for path in other.folder.glob("restore-*")) == []


def test_records_that_a_newer_version_made_are_refused(home, other, keep, tmp_path):
    keep()

    def change(members: dict[str, bytes], manifest: dict) -> None:
        sql = "UPDATE alembic_version SET version_num = '9999'"
        members[FILE] = altered(members[FILE], tmp_path, sql)
        manifest["contents"]["revision"] = "9999"

    newer = rewrite(home.backup().path, tmp_path / "newer.zip", change)
    with pytest.raises(BackupError, match="records have revision 9999"):
        other.restore(newer)
    assert not (other.folder / LIBRARY).exists()
    assert not (other.folder / FILE).exists()


def test_an_older_library_and_older_records_are_upgraded_before_they_are_put_in_place(
    home, other, keep, tmp_path
):
    keep()

    def change(members: dict[str, bytes], manifest: dict) -> None:
        members[LIBRARY] = altered(
            members[LIBRARY], tmp_path,
            "ALTER TABLE texts DROP COLUMN seen", "PRAGMA user_version = 1",
        )  # fmt: skip
        members[FILE] = altered(
            members[FILE], tmp_path,
            "DROP TABLE said", "UPDATE alembic_version SET version_num = '0001'",
        )  # fmt: skip
        manifest["contents"].update(library_schema=1, revision="0001")

    older = rewrite(home.backup().path, tmp_path / "older.zip", change)
    other.restore(older)
    assert other.told() == home.told()
    with closing(sqlite3.connect(other.folder / FILE)) as connection:
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        assert revision == (HEAD_REVISION,)
        assert connection.execute("SELECT count(*) FROM said").fetchone() == (1,)
    retriever = Retriever(other.folder, make_embedder("hashing:384"))
    versions = [(source.id, source.version) for source in retriever.sources()]
    assert set(retriever.seen(versions).values()) == {None}
    retriever.close()


def test_records_written_after_the_backup_are_not_given_up_unasked(home, records, keep):
    keep("Before?")
    kept = home.backup().path
    keep("After?")
    later = records.append(EntryKind.FEEDBACK, {"good": False})
    before = home.told(), chain(home.folder / FILE)
    with pytest.raises(BackupError, match="hold 2 entries that the backup lacks") as caught:
        home.restore(kept)
    assert "--replace" in caught.value.remedy
    assert (home.told(), chain(home.folder / FILE)) == before
    report = home.restore(kept, replace=True)
    assert (report.entries, records.head().seq) == (1, 1)
    (copy,) = report.kept
    assert copy.name.startswith("records.sqlite3.before-restore-")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    archive = Archive(copy)
    assert Records(archive).get(later.id) == later
    assert verify(archive).flaws == ()
    archive.close()


def test_a_legal_hold_that_is_given_up_is_told(home, records, keep):
    keep("Before?")
    Retention(records).hold("An old case", "Counsel")
    kept = home.backup().path
    later = Retention(records).hold("A new case", "Counsel")
    report = home.restore(kept, replace=True)
    assert report.notes == (
        f"The legal hold {later.id} (A new case) was given up as well; place it anew.",
    )
    assert home.restore(kept).notes == ()
    assert [hold.reason for hold in Retention(records).holds()] == ["An old case"]


def test_other_records_as_long_as_those_of_the_backup_are_not_given_up_either(home, other, keep):
    keep("Here?")
    kept = home.backup().path
    other.folder.mkdir()
    archive = Archive(other.folder / FILE)
    Records(archive).append(EntryKind.FEEDBACK, {"good": True})
    archive.close()
    with pytest.raises(BackupError, match="hold 1 entry that the backup lacks"):
        other.restore(kept)
    assert other.restore(kept, replace=True).entries == 1


def test_an_entry_written_while_the_restore_was_under_way_is_not_lost(home, records, keep):
    """The records are compared once more when nobody can write any more."""
    keep("Before?")
    kept = home.backup().path
    home.fill("tunnel")
    before = home.told()

    def meddle(stage: str, *_: int) -> None:
        if stage == "graph" and records.head().seq == 1:
            keep("Meanwhile?")

    with pytest.raises(BackupError, match="hold 1 entry that the backup lacks"):
        home.restore(kept, progress=meddle)
    assert records.head().seq == 2
    assert home.told() == before
    assert [path.name for path in (home.folder / "chroma").glob("new-*")] == []


def test_records_that_only_lack_what_the_backup_has_are_brought_up_to_it(home, other, keep):
    keep("First?")
    early = home.backup("early.zip").path
    keep("Second?")
    late = home.backup("late.zip").path
    other.restore(early)
    assert other.restore(late).entries == 2
    assert chain(other.folder / FILE) == chain(home.folder / FILE)


def test_a_backup_without_records_leaves_those_that_are_here(home, other, keep):
    other.fill("bridge")
    kept = other.backup().path
    keep("Still here?")
    report = home.restore(kept)
    assert report.entries is None
    assert len(chain(home.folder / FILE)) == 1


def test_locked_records_are_busy_and_nothing_is_replaced(home, keep, monkeypatch):
    monkeypatch.setattr(copying, "PATIENCE", 0.2)
    keep("First?")
    kept = home.backup().path
    home.fill("tunnel")
    before = home.told()
    with closing(sqlite3.connect(home.folder / FILE, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordsBusy, match="locked by another process"):
            home.restore(kept)
    assert home.told() == before
    assert home.restore(kept).entries == 1
    assert "bridge" in home.told()[2]


def test_while_an_index_is_being_built_nothing_is_restored(home):
    kept = home.backup().path
    with generations.building(home.folder), pytest.raises(IndexBusy, match="building the index"):
        home.restore(kept)


def test_a_damaged_library_is_moved_aside_and_the_backup_takes_its_place(home):
    kept = home.backup().path
    (home.folder / LIBRARY).write_bytes(b"these are just words " * 500)
    report = home.restore(kept)
    (aside,) = (path for path in report.kept if LIBRARY in path.name)
    assert aside.read_bytes().startswith(b"these are")
    assert "start it again" in report.notes[0]
    assert "bridge" in home.told()[2]


def test_damaged_records_stay_where_they_are_when_the_backup_has_none(home, other, records):
    other.fill("bridge")
    kept = other.backup().path
    records.archive.close()
    (home.folder / FILE).write_bytes(b"these are just words " * 500)
    assert home.restore(kept, replace=True).kept == ()
    assert (home.folder / FILE).read_bytes().startswith(b"these are")


def test_damaged_records_are_moved_aside_only_when_asked(home, records, keep):
    keep("First?")
    kept = home.backup().path
    records.archive.close()
    (home.folder / FILE).write_bytes(b"these are just words " * 500)
    with pytest.raises(BackupError, match="damaged") as caught:
        home.restore(kept)
    assert "--replace" in caught.value.remedy
    assert (home.folder / FILE).read_bytes().startswith(b"these are")
    report = home.restore(kept, replace=True)
    assert [path.read_bytes()[:5] for path in report.kept] == [b"these"]
    assert len(chain(home.folder / FILE)) == 1


def test_settings_are_put_where_there_are_none_and_beside_where_they_differ(home, other):
    Path("attache.toml").write_text("old_after_years = 7\n", encoding="utf-8")
    (home.folder / "folders.txt").write_text("/no/such/folder\n", encoding="utf-8")
    kept = home.backup().path
    assert other.restore(kept).notes == (
        "The folder /no/such/folder was indexed into the backup but is not here; "
        "`attache index --forget` leaves it out from now on.",
    )
    Path("attache.toml").unlink()
    assert any("put into the working folder" in note for note in other.restore(kept).notes)
    assert Path("attache.toml").read_text("utf-8") == "old_after_years = 7\n"
    Path("attache.toml").write_text("old_after_years = 8\n", encoding="utf-8")
    assert any("differs" in note for note in other.restore(kept).notes)
    assert Path("attache.toml").read_text("utf-8") == "old_after_years = 8\n"
    assert Path("attache.toml.from-backup").read_text("utf-8") == "old_after_years = 7\n"


def test_an_embedder_that_the_settings_here_do_not_name_is_told(home, other, tmp_path):
    def change(members, _):
        named = json.loads(members["settings.json"]) | {"embedder": "hashing:128"}
        members["settings.json"] = json.dumps(named).encode()

    made = rewrite(home.backup().path, tmp_path / "made.zip", change)
    (note,) = other.restore(made).notes
    assert "hashing:128" in note
    assert "hashing:384" in note


def test_settings_that_name_another_home_are_put_beside(home, other):
    Path("attache.toml").write_text(f'home = "{home.folder}"\n', encoding="utf-8")
    kept = home.backup().path
    Path("attache.toml").unlink()
    assert any("names another home" in note for note in other.restore(kept).notes)
    assert not Path("attache.toml").exists()
    assert Path("attache.toml.from-backup").exists()


def test_another_list_of_folders_is_kept_when_it_is_replaced(home, other):
    (home.folder / "folders.txt").write_text(f"{home.sources}\n", encoding="utf-8")
    kept = home.backup().path
    other.folder.mkdir()
    (other.folder / "folders.txt").write_text("/mine\n", encoding="utf-8")
    (copy,) = other.restore(kept).kept
    assert copy.read_text("utf-8") == "/mine\n"
    assert (other.folder / "folders.txt").read_text("utf-8") == f"{home.sources}\n"


class Searcher:
    """Another process that goes on searching a home and reading its records."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(CHILD), "search", str(home)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout.readline() == "ready\n"

    def look(self) -> dict[str, Any]:
        self._process.stdin.write("look\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def look_until(self, generation: int) -> dict[str, Any]:
        """What it sees once it has opened that generation, which takes it a moment."""
        for _ in range(2000):
            seen = self.look()
            if seen["generation"] == generation or seen["problems"]:
                break
        return seen

    def close(self) -> int:
        self._process.communicate()
        return self._process.returncode


def test_a_server_that_goes_on_searching_takes_up_what_was_restored(home, records, keep):
    keep("Before?")
    kept = home.backup().path
    home.fill("tunnel")
    keep("After?")
    searcher = Searcher(home.folder)
    assert searcher.look() == {"generation": 2, "held": ["tunnel"], "entries": 2, "problems": []}
    home.restore(kept, replace=True)
    assert searcher.look_until(3) == {
        "generation": 3,
        "held": ["bridge"],
        "entries": 1,
        "problems": [],
    }
    keep("And on?")
    assert searcher.look() == {"generation": 3, "held": ["bridge"], "entries": 2, "problems": []}
    assert searcher.close() == 0
    assert verify(records.archive).flaws == ()


@dataclass
class Trial:
    """Restores that are killed, each into a copy of one home."""

    home: Home
    kept: Path
    old: tuple[str, list]
    new: tuple[str, list]
    number: int = 0

    def kill(self, stage: str, count: int = 1, after: float | None = None) -> tuple[bool, bool]:
        """Whether library and records are the new ones; a further restore has ended it then."""
        self.number += 1
        home = Home(self.home.place / f"trial{self.number}", self.home.place)
        home.folder.mkdir()
        for path in self.home.folder.glob("*.sqlite3"):
            copying.copy(path, home.folder / path.name)
        shutil.copytree(self.home.folder / "chroma", home.folder / "chroma")
        arguments = ["restore", str(home.folder), str(self.kept), stage, str(count)]
        process = subprocess.Popen(
            [sys.executable, str(CHILD), *arguments], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout.readline() == "ready\n"
        try:
            process.wait(timeout=after)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL or after
        now = home.told()[2], chain(home.folder / FILE)
        assert now[0] in (self.old[0], self.new[0])
        assert now[1] in (self.old[1], self.new[1])
        home.restore(self.kept, replace=True)
        assert (home.told()[2], chain(home.folder / FILE)) == self.new
        assert list(home.folder.glob("restore-*")) == []
        copies = home.folder.glob("records.sqlite3.before-restore-*[0-9Z]")
        assert self.old[1] in map(chain, copies)
        return now[0] == self.new[0], now[1] == self.new[1]


@pytest.fixture
def trial(home, records, keep) -> Trial:
    keep("Before?")
    kept = home.backup().path
    new = home.told()[2], chain(home.folder / FILE)
    home.fill("tunnel")
    keep("After?")
    records.archive.close()
    return Trial(home, kept, (home.told()[2], chain(home.folder / FILE)), new)


def test_killed_at_any_step_a_restore_leaves_old_or_new_and_the_next_one_finishes(trial):
    assert trial.kill("unpack") == (False, False)
    assert trial.kill("records", 1) == (False, False)
    assert trial.kill("records", 2) == (False, True)
    assert trial.kill("publish", 2) == (True, True)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_twenty_kills_at_random_instants_of_a_restore_lose_nothing(trial):
    chance = random.Random(20261123)
    for _ in range(20):
        trial.kill("none", after=chance.uniform(0.05, 3.0))
