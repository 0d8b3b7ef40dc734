"""The file of records: made, upgraded with a copy kept, refused, killed."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import assistant.archive
from assistant.archive import FILE, HEAD_REVISION, Archive
from assistant.conversations import Conversations
from assistant.records import Entry, EntryKind, Records
from assistant.tables import metadata
from assistant.verifying import verify
from corpus.errors import RecordsBusy, RecordsUnusable

CHILD = Path(__file__).with_name("upgrading_child.py")
KILLS = 20


@pytest.fixture
def older(records: Records, keep: Callable[..., Entry]) -> Path:
    """A file as the first schema had it, before there were words to search in."""
    for number in range(200):
        keep(f"What of bridge {number}?", conversation=f"{number % 10:024x}")
    records.archive.close()
    with closing(sqlite3.connect(records.archive.path)) as connection:
        connection.execute("DROP TABLE said")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
        connection.execute("VACUUM")
    return records.archive.path


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_the_newest_migration_is_the_one_that_the_program_asks_for() -> None:
    config = Config()
    folder = Path(assistant.archive.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD_REVISION]


def test_the_migrations_make_the_tables_that_the_program_knows(records: Records) -> None:
    with records.archive.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_only_the_owner_may_read_what_people_asked(records: Records) -> None:
    assert stat.S_IMODE(records.archive.path.stat().st_mode) == 0o600


def test_an_older_file_is_upgraded_and_a_copy_is_kept(older: Path) -> None:
    archive = Archive(older)
    try:
        assert len(Conversations(Records(archive)).listed("bridge")) == 10
        assert len(Conversations(Records(archive)).listed("BRIDGE opened 199")) == 1
        assert verify(archive).flaws == ()
    finally:
        archive.close()
    copy = older.with_name(f"{FILE}.0001-copy")
    assert revision(copy) == "0001"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM records").fetchone() == (200,)


def test_two_that_open_an_older_file_at_once_upgrade_it_once(older: Path) -> None:
    opened: list[Archive] = []
    threads = [threading.Thread(target=lambda: opened.append(Archive(older))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 2
    for archive in opened:
        assert len(Conversations(Records(archive)).listed("bridge")) == 10
        archive.close()


def test_a_newer_file_is_refused_and_stays_as_it_is(records: Records) -> None:
    path = records.archive.path
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(RecordsUnusable, match="newer version"):
        Archive(path)
    assert revision(path) == "9999"
    assert list(path.parent.glob("*-copy")) == []


def test_a_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    other = tmp_path / FILE
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    with pytest.raises(RecordsUnusable, match="not one of records"):
        Archive(other)


@pytest.mark.parametrize("content", [b"this is no database at all" * 100, b"\x00" * 5000])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(RecordsUnusable, match="damaged"):
        Archive(tmp_path / FILE)
    assert (tmp_path / FILE).read_bytes() == content


def test_a_file_that_another_process_holds_is_busy(records: Records) -> None:
    impatient = Archive(records.archive.path, patience=0.05)
    with closing(sqlite3.connect(records.archive.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordsBusy, match="locked by another process"):
            Records(impatient).append(EntryKind.HOLD, {})
        assert list(Records(impatient).entries()) == []
    impatient.close()


def test_entries_that_many_threads_write_form_one_chain(
    records: Records, keep: Callable[..., Entry]
) -> None:
    second = Records(Archive(records.archive.path))

    def write(kept: Records) -> None:
        for _ in range(10):
            kept.append(EntryKind.RELEASE, {"hold": "x", "by": "y"})

    threads = [threading.Thread(target=write, args=(r,)) for r in (records, second) * 3]
    for thread in threads:
        thread.start()
    keep()
    for thread in threads:
        thread.join()
    found = verify(records.archive)
    assert (found.entries, found.flaws) == (61, ())
    second.archive.close()


def test_a_kill_in_the_middle_of_upgrading_leaves_the_old_file_or_the_new_one(
    older: Path, tmp_path: Path
) -> None:
    chance = random.Random(1)
    ended = {"0001": 0, HEAD_REVISION: 0}
    for trial in range(KILLS):
        path = tmp_path / f"trial-{trial}" / FILE
        path.parent.mkdir()
        shutil.copy(older, path)
        with subprocess.Popen(
            [sys.executable, str(CHILD), str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as child:  # fmt: skip
            assert child.stdout is not None
            assert child.stdin is not None
            assert child.stdout.readline() == "ready\n"
            child.stdin.write("go\n")
            child.stdin.flush()
            try:
                child.wait(chance.uniform(0.001, 0.09))
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
        ended[revision(path)] += 1
        archive = Archive(path)
        try:
            assert verify(archive).flaws == ()
            assert len(Conversations(Records(archive)).listed("bridge")) == 10
        finally:
            archive.close()
    assert ended["0001"]
