"""Writing backups: whole, private, and refused when read again if anything about them is wrong."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing

import pytest
from homes import LIBRARY, Home, chain, rewrite, seal
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.archive import FILE, HEAD_REVISION, Archive
from assistant.records import EntryKind, Records
from corpus.errors import BackupError, IndexMissing, IndexUnusable
from index.database import SCHEMA


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, bytes]:
    """A home with records, and its backup; read only."""
    folder = tmp_path_factory.mktemp("intact")
    home = Home(folder / "home", folder)
    home.work.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home.work)
        home.fill("bridge")
        archive = Archive(home.folder / FILE)
        Records(archive).append(EntryKind.FEEDBACK, {"good": True})
        archive.close()
        data = home.backup().path.read_bytes()
    return home, data


def test_a_backup_says_what_it_was_made_of(home, keep):
    entry = keep()
    with zipfile.ZipFile(home.backup().path) as packed:
        manifest = json.loads(packed.read("manifest.json"))
        shown = json.loads(packed.read("settings.json"))
        for name, member in manifest["members"].items():
            data = packed.read(name)
            assert (member["size"], member["sha256"]) == (
                len(data), hashlib.sha256(data).hexdigest(),
            )  # fmt: skip
    contents = manifest["contents"]
    assert (contents["library_schema"], contents["revision"]) == (SCHEMA, HEAD_REVISION)
    assert contents["head"] == {"seq": 1, "link": entry.link}
    assert shown["embedder"] == "hashing:384"


def test_a_backup_is_written_whole_while_others_write_and_leaves_nothing_beside(home, keep):
    keep()
    with closing(sqlite3.connect(home.folder / FILE, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE chain_head SET seq = 99")
        report = home.backup("out.zip")
        writer.execute("ROLLBACK")
    assert report.entries == 1
    with zipfile.ZipFile(report.path) as packed:
        assert packed.testzip() is None
    assert [path.name for path in home.place.glob("*out.zip*")] == ["out.zip"]


def test_a_file_that_is_there_is_never_written_over(home):
    written = home.backup()
    before = written.path.read_bytes()
    with pytest.raises(BackupError, match="exists already"):
        home.backup()
    assert written.path.read_bytes() == before


def test_a_folder_that_is_missing_is_named(home):
    with pytest.raises(BackupError, match="cannot be written"):
        home.backup("nowhere/kept.zip")


def test_without_an_index_there_is_nothing_to_back_up(other):
    with pytest.raises(IndexMissing, match="attache index"):
        other.backup()


def test_a_damaged_library_is_not_backed_up(home):
    path = home.folder / LIBRARY
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(path.stat().st_size // 2))
    with pytest.raises(IndexUnusable, match="damaged"):
        home.backup()
    assert not (home.place / "kept.zip").exists()


@settings(max_examples=60)
@given(data=st.data())
def test_a_byte_changed_anywhere_is_found_before_anything_is_touched(intact, data):
    home, whole = intact
    place = data.draw(
        st.integers(0, len(whole) - 1) | st.integers(len(whole) - 2000, len(whole) - 1)
    )
    change = data.draw(st.integers(1, 255))
    path = home.work / "damaged.zip"
    path.write_bytes(whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :])
    before = home.state()
    with pytest.raises(BackupError):
        home.restore(path, replace=True)
    assert home.state() == before


@settings(max_examples=30)
@given(data=st.data())
def test_a_backup_that_is_cut_or_longer_is_refused(intact, data):
    home, whole = intact
    end = data.draw(st.integers(0, len(whole) - 1))
    path = home.work / "cut.zip"
    path.write_bytes(
        data.draw(st.sampled_from([whole[:end], whole + whole[end:], whole[end + 1 :]]))
    )
    before = home.state()
    with pytest.raises(BackupError):
        home.restore(path, replace=True)
    assert home.state() == before


def _without(name: str) -> Callable[[dict[str, bytes], dict], None]:
    return lambda members, _: members.pop(name)


def _with(name: str, data: bytes) -> Callable[[dict[str, bytes], dict], None]:
    return lambda members, _: members.update({name: data})


def _claiming(name: str, size: int) -> Callable[[dict[str, bytes], dict], None]:
    claim = {name: {"size": size, "sha256": "0" * 64}}
    return lambda _, manifest: manifest.update(claims=claim)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_without(LIBRARY), "other files"),
        (_without("settings.json"), "other files"),
        (_with("../evil", b"x"), "other files"),
        (_with("/etc/evil", b"x"), "other files"),
        (_with("library.sqlite3/../evil", b"x"), "other files"),
        (_claiming(LIBRARY, 10), "what its manifest says"),
        (_claiming("ghost", 10), "what its manifest says"),
        (lambda _, manifest: manifest.pop("contents"), "not a backup"),
        (lambda _, manifest: manifest.update(format=99), "newer version of Attaché"),
        (lambda _, manifest: manifest["contents"].update(library_schema=99), "newer version"),
        (_with(LIBRARY, b"these are just words " * 500), "damaged database"),
        (_with(FILE, b"these are just words " * 500), "damaged database"),
    ],
)  # fmt: skip
def test_a_backup_that_was_made_up_is_refused_and_nothing_is_restored(
    intact, tmp_path, change, what
):
    home, whole = intact
    (tmp_path / "whole.zip").write_bytes(whole)
    made = rewrite(tmp_path / "whole.zip", tmp_path / "made.zip", change)
    before = home.told(), chain(home.folder / FILE)
    with pytest.raises(BackupError, match=what):
        home.restore(made, replace=True)
    assert (home.told(), chain(home.folder / FILE)) == before
    assert list(home.folder.glob("restore-*")) == []
    assert not list(tmp_path.rglob("evil"))


def test_a_zip_of_something_else_and_a_file_that_is_missing_are_named(intact, tmp_path):
    home, _ = intact
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as packed:
        packed.writestr("letter.txt", "Dear Sir")
    sealed = tmp_path / "sealed.zip"
    with zipfile.ZipFile(sealed, "w") as packed:
        packed.writestr("letter.txt", "Dear Sir")
        packed.comment = b"0" * 64
    for path in (tmp_path / "foreign.zip", seal(sealed)):
        with pytest.raises(BackupError, match="not a backup of Attaché"):
            home.restore(path)
    for path in (tmp_path / "missing.zip", tmp_path):
        with pytest.raises(BackupError, match="There is no file"):
            home.restore(path)


def test_a_member_that_unpacks_to_more_than_it_says_is_stopped(intact, tmp_path):
    home, whole = intact
    (tmp_path / "whole.zip").write_bytes(whole)
    bomb = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(tmp_path / "whole.zip") as old,
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        manifest = json.loads(old.read("manifest.json"))
        manifest["members"]["settings.json"]["size"] = 10
        for name in manifest["members"]:
            new.writestr(name, bytes(50_000_000) if name == "settings.json" else old.read(name))
        new.writestr("manifest.json", json.dumps(manifest))
        new.getinfo("settings.json").file_size = 10
        new.comment = b"0" * 64
    with pytest.raises(BackupError):
        home.restore(seal(bomb), replace=True)
    assert list(home.folder.glob("restore-*")) == []


def test_what_the_disk_has_no_room_for_is_not_unpacked(intact, tmp_path, monkeypatch):
    home, whole = intact
    (tmp_path / "whole.zip").write_bytes(whole)
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(BackupError, match="no room"):
        home.restore(tmp_path / "whole.zip")
