"""Filed sources in a backup: whole, with originals and history, and never lost to a restore."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import Home, rewrite

from assistant.assembly import build_index
from corpus.acquiring import Acquiring
from corpus.errors import BackupError
from corpus.isolating import Reader
from corpus.shelf import Shelf
from corpus.shelf_checking import flaws
from index.embedders import make_embedder
from index.retriever import Retriever
from index.types import Query

CANAL = "The canal of Springfield was dug in 1820.\n"
LOCK = "The lock of Springfield was built in 1831.\n"


@pytest.fixture
def reader() -> Reader:
    return Reader()


def file_source(home: Home, reader: Reader, text: str) -> str:
    """Files and approves a source; its id."""
    with reader, Shelf(home.folder) as shelf:
        taken = Acquiring(shelf, reader, "papers", "curator").take(text.encode(), "paper.txt")
        shelf.approve(taken.entry.id, "curator")
    build_index(home.settings)
    return taken.entry.id


def first_words(home: Home, text: str) -> str:
    retriever = Retriever(home.folder, make_embedder("hashing:384"))
    found = retriever.search(Query(text))
    retriever.close()
    return found.hits[0].passage.text


def test_filed_sources_come_back_with_their_originals_and_history(
    home: Home, other: Home, reader: Reader
) -> None:
    id_ = file_source(home, reader, CANAL)
    assert other.restore(home.backup().path).kept == ()
    with Shelf(other.folder) as shelf:
        assert [change.what for change in shelf.history(id_)] == ["added", "approved"]
        path, _ = shelf.original(id_)
        assert path.read_bytes() == CANAL.encode()
        assert list(flaws(shelf)) == []
    assert first_words(other, "When was the canal of Springfield dug?") == CANAL.strip()


def test_what_others_left_on_the_shelf_keeps_no_backup_from_being_restored(
    home: Home, other: Home, reader: Reader, tmp_path: Path
) -> None:
    id_ = file_source(home, reader, CANAL)
    secret = tmp_path / "secret.txt"
    secret.write_text("not for the backup")
    shelf = home.folder / "shelf"
    (shelf / "originals" / ".0a1b.json-4711").write_bytes(b"half of a file")
    (shelf / "originals" / "my copy (2).txt").write_bytes(b"put there by hand")
    (shelf / "originals" / "link.txt").symlink_to(secret)
    (shelf / "originals" / "nowhere.txt").symlink_to(shelf / "nothing")
    (shelf / "my notes").mkdir()
    (shelf / "my notes" / "note.txt").write_bytes(b"put there by hand")
    other.restore(home.backup().path)
    with Shelf(other.folder) as restored:
        path, _ = restored.original(id_)
    assert list(path.parent.iterdir()) == [path]
    assert not (other.folder / "shelf" / "my notes").exists()


def test_filed_sources_that_the_backup_lacks_are_kept_beside(home: Home) -> None:
    without = home.backup("without.zip").path
    first = file_source(home, Reader(), CANAL)
    with_one = home.backup("with.zip").path
    second = file_source(home, Reader(), LOCK)
    (kept,) = (path for path in home.restore(with_one).kept if path.is_dir())
    with Shelf(home.folder) as shelf:
        assert [entry.id for entry in shelf.entries()] == [first]
    assert (kept / "papers" / f"{second}.source.json").exists()
    assert not any(path.is_dir() for path in home.restore(without).kept)
    with Shelf(home.folder) as shelf:
        assert [entry.id for entry in shelf.entries()] == [first]


@pytest.mark.parametrize(
    "name", ["shelf/../escaped", "shelf//escaped", "/shelf/escaped", "shelf/.hidden", "shelf\\x"]
)
def test_a_member_that_would_lie_outside_the_shelf_is_refused(
    home: Home, reader: Reader, name: str
) -> None:
    file_source(home, reader, CANAL)
    backup = home.backup().path
    before = home.state()
    wrong = home.place / "wrong.zip"
    rewrite(backup, wrong, lambda members, _: members.update({name: b""}))
    with pytest.raises(BackupError, match="other files than a backup"):
        home.restore(wrong)
    assert home.state() == before


def test_a_damaged_shelf_in_a_backup_is_refused_before_anything_is_touched(
    home: Home, other: Home, reader: Reader
) -> None:
    file_source(home, reader, CANAL)

    def spoil(members: dict[str, bytes], _: dict[str, object]) -> None:
        members["shelf/shelf.sqlite3"] = b"no database"

    wrong = rewrite(home.backup().path, home.place / "wrong.zip", spoil)
    with pytest.raises(BackupError, match=r"shelf/shelf\.sqlite3 .* is a damaged database"):
        other.restore(wrong)
    assert set(other.state()) == {"build.lock"}
