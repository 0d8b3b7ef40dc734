"""A library of an older schema: upgraded when opened, with a copy kept, whatever interrupts it."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus.errors import IndexBusy, IndexUnusable
from index.copying import sound
from index.database import SCHEMA
from index.library import Library
from index.types import Query

COPY = "library.sqlite3.schema-1-copy"


@pytest.fixture
def old(collection, age_library):
    """A collection whose index was made before schema 2."""
    collection.fill(5)
    collection.build()
    age_library(collection.home)
    return collection


def asked(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def schema(path: Path) -> int:
    return asked(path, "PRAGMA user_version")[0][0]


def texts(path: Path) -> list[tuple]:
    return asked(path, "SELECT source_id, version, text FROM texts ORDER BY source_id, version")


def test_an_older_library_is_upgraded_when_a_reader_opens_it(old):
    before = texts(old.home / "library.sqlite3")
    retriever = old.retriever()
    assert retriever.search(Query("bridge of town3")).hits[0].source.id == "s3"
    retriever.close()
    assert schema(old.home / "library.sqlite3") == SCHEMA
    assert texts(old.home / "library.sqlite3") == before
    assert old.state() == "current"


def test_an_upgraded_library_has_the_schema_of_a_new_one(old, tmp_path):
    (tmp_path / "new").mkdir()
    with Library(tmp_path / "new").created() as new, Library(old.home).created() as upgraded:
        sql = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
        assert asked(upgraded.path, sql) == asked(new.path, sql)


def test_the_copy_kept_is_the_older_library_and_can_be_put_back(old):
    before = texts(old.home / "library.sqlite3")
    old.write("late", "The zeppelin landed.", published="1930")
    old.build()
    copy = old.home / COPY
    assert sound(copy)
    assert (schema(copy), texts(copy)) == (1, before)
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        asked(copy, "SELECT seen FROM texts")
    for path in old.home.glob("library.sqlite3*"):
        if path != copy:
            path.unlink()
    copy.rename(old.home / "library.sqlite3")
    assert old.build().unchanged == 5


def test_versions_from_before_have_no_time_and_later_ones_do(old):
    old.write("late", "The zeppelin landed.", published="1930")
    began = datetime.now(UTC).replace(microsecond=0)
    old.build()
    retriever = old.retriever()
    versions = [(source.id, source.version) for source in retriever.sources()]
    seen = retriever.seen([*versions, ("late", "never"), ("nobody", "at all")])
    retriever.close()
    assert set(seen) == set(versions)
    assert {id_ for (id_, _), when in seen.items() if when is None} == {f"s{i}" for i in range(5)}
    (late,) = (when for (id_, _), when in seen.items() if id_ == "late")
    assert began <= late <= datetime.now(UTC)


def test_while_another_writes_the_older_library_stays_and_is_busy(old, monkeypatch):
    monkeypatch.setattr("index.library.Library.__init__.__defaults__", (0.2,))
    with closing(sqlite3.connect(old.home / "library.sqlite3", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(IndexBusy, match="locked by another process"):
            old.retriever()
    assert schema(old.home / "library.sqlite3") == 1
    assert not (old.home / COPY).exists()
    old.retriever().close()


def test_where_the_copy_cannot_be_written_nothing_is_upgraded(old):
    (old.home / f"{COPY}.new").mkdir()
    with pytest.raises(IndexUnusable, match=r"library\.sqlite3"):
        old.retriever()
    assert schema(old.home / "library.sqlite3") == 1


class Opener:
    """A process that opens libraries in processes of its own; see upgrading_child.py."""

    def __init__(self) -> None:
        child = Path(__file__).with_name("upgrading_child.py")
        self._process = subprocess.Popen(
            [sys.executable, str(child)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout.readline() == "ready\n"

    def begin(self, home: Path, count: int = 0) -> None:
        self._process.stdin.write(f"{home} {count}\n")
        self._process.stdin.flush()

    def end(self) -> int:
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture
def openers():
    both = Opener(), Opener()
    yield both
    for opener in both:
        opener.close()


def test_of_two_processes_that_open_at_once_one_upgrades_and_both_go_on(old, openers, tmp_path):
    before = texts(old.home / "library.sqlite3")
    for trial in range(10):
        home = tmp_path / f"home{trial}"
        shutil.copytree(old.home, home)
        for opener in openers:
            opener.begin(home)
        assert [opener.end() for opener in openers] == [0, 0]
        assert schema(home / "library.sqlite3") == SCHEMA
        assert (schema(home / COPY), texts(home / COPY)) == (1, before)
        assert sorted(p.name for p in home.glob("library*")) == ["library.sqlite3", COPY]


def test_killed_at_any_line_of_the_upgrade_nothing_is_lost_and_the_next_opening_ends_it(
    old, openers, tmp_path
):
    before = texts(old.home / "library.sqlite3")
    seen = {"old": 0, "half": 0, "new": 0}
    count = 0
    while True:
        count += 3
        home = tmp_path / f"home{count}"
        shutil.copytree(old.home, home)
        openers[0].begin(home, count)
        status = openers[0].end()
        library = home / "library.sqlite3"
        assert texts(library) == before
        assert sound(library)
        if schema(library) == SCHEMA:
            assert (schema(home / COPY), texts(home / COPY)) == (1, before)
            seen["new"] += 1
        else:
            assert schema(library) == 1
            seen["half" if list(home.glob(f"{COPY}*")) else "old"] += 1
        openers[0].begin(home)
        assert openers[0].end() == 0
        assert (schema(library), texts(library)) == (SCHEMA, before)
        assert (schema(home / COPY), texts(home / COPY)) == (1, before)
        assert sorted(p.name for p in home.glob("library*")) == ["library.sqlite3", COPY]
        if status == 0:
            break
        assert status == -signal.SIGKILL
    assert sum(seen.values()) >= 20
    assert min(seen.values()) >= 1
