"""The shelf: what may be done with a filed source, its history, and what survives a kill."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from corpus.catalogue import list_files, read_document
from corpus.errors import CorpusError, ShelfBusy, ShelfProblem, ShelfUnusable, SourceMissing
from corpus.filed import Filed, Original, filed
from corpus.heads import Head
from corpus.shelf import FILE, FOLDER, Shelf, has_shelf
from corpus.shelf_checking import flaws
from corpus.types import Block, Clue, Extract, Kind, Span, TextKind

CHILD = Path(__file__).with_name("shelf_child.py")
PLACE = ("/notes", "rotterdam.md")


class Clock:
    """A clock on which a second passes at every look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def a_filed(source_id: str = "bridge", text: str = "", **changes: object) -> Filed:
    """A proposed source of one block, with its text as the original, and a guessed title."""
    text = text or f"The bridge of {source_id} was opened in 1979."
    head = Head.model_validate(
        {
            "id": source_id,
            "title": "The bridge",
            "publisher": "City archive",
            "kind": Kind.CITY_RECORD,
            "text_kind": TextKind.FULL,
            "status": "proposed",
        }
        | changes
    )
    extract = Extract(
        text, (Block(Span(0, len(text)), "Opening", 3),), (Clue("title", "The bridge", "line 1"),)
    )
    return filed(head, extract, an_original(text))


def an_original(text: str) -> Original:
    raw = text.encode()
    return Original(name="Bridge.TXT", sha256=hashlib.sha256(raw).hexdigest(), size=len(raw))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with Shelf(tmp_path, clock=Clock()) as opened:
        yield opened


def add(shelf: Shelf, source_id: str = "bridge", collection: str = "own", **head: object) -> Filed:
    made = a_filed(source_id, **head)
    shelf.add(made, collection, "Ann", "it was asked for", raw=made.text.encode())
    return made


def current(shelf: Shelf, source_id: str) -> None:
    add(shelf, source_id)
    shelf.approve(source_id, "Bob")


def status_on_disk(shelf: Shelf, source_id: str) -> str:
    path = shelf.file(shelf.entry(source_id))
    return str(json.loads(path.read_text("utf-8"))["head"]["status"])


def test_an_empty_home_has_no_shelf_and_looking_makes_none(tmp_path: Path) -> None:
    with Shelf(tmp_path) as shelf:
        assert shelf.entries() == ()
        assert shelf.history() == ()
        assert shelf.roots() == {}
        assert shelf.withdrawn() == frozenset()
        assert shelf.ids() == frozenset()
        assert list(flaws(shelf)) == []
        with pytest.raises(SourceMissing):
            shelf.get("bridge")
    assert not has_shelf(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_proposed_source_is_filed_with_its_original(shelf: Shelf, tmp_path: Path) -> None:
    made = add(shelf, collection="city-records")
    assert shelf.get("bridge") == made
    entry = shelf.entry("bridge")
    assert (entry.collection, entry.status, entry.version) == (
        "city-records", "proposed", made.version,
    )  # fmt: skip
    path, original = shelf.original("bridge")
    assert path == tmp_path / "shelf" / "originals" / f"{original.sha256}.txt"
    assert path.read_text("utf-8") == made.text
    assert shelf.roots() == {tmp_path / "shelf" / "city-records": "city-records"}
    assert has_shelf(tmp_path)


def test_the_catalogue_reads_what_was_filed_with_pages_and_collection(shelf: Shelf) -> None:
    add(shelf, collection="city-records")
    listing = list_files(list(shelf.roots()), shelf.roots())
    document = read_document(listing.entries[0])
    assert listing.problems == ()
    assert document.source.status == "proposed"
    assert document.source.collection == "city-records"
    assert document.blocks == (Block(Span(0, len(document.text)), "Opening", 3),)


def test_approving_makes_a_source_current_and_confirms_what_was_guessed(shelf: Shelf) -> None:
    add(shelf)
    assert shelf.entry("bridge").card.clues
    shelf.approve("bridge", "Bob", "read it")
    assert shelf.entry("bridge").status == status_on_disk(shelf, "bridge") == "current"
    assert shelf.entry("bridge").card.clues == ()
    with pytest.raises(ShelfProblem, match="only a proposed source can be approved"):
        shelf.approve("bridge", "Bob")


def test_every_change_says_who_when_what_and_why(shelf: Shelf) -> None:
    add(shelf)
    shelf.approve("bridge", "Bob", "read it")
    shelf.retire("bridge", "Cleo", "out of date")
    told = [(c.number, c.at.second, c.who, c.what, c.why) for c in shelf.history("bridge")]
    assert told == [
        (1, 1, "Ann", "added", "it was asked for"),
        (2, 2, "Bob", "approved", "read it"),
        (3, 3, "Cleo", "retired", "out of date"),
    ]
    statuses = [change.head and change.head.status for change in shelf.history()]
    assert statuses == ["proposed", "current", "retired"]
    assert shelf.history("nothing") == ()


def test_a_rejection_and_a_retirement_need_a_reason_and_every_change_a_name(shelf: Shelf) -> None:
    add(shelf)
    with pytest.raises(ShelfProblem, match="not said why"):
        shelf.reject("bridge", "Bob", "  ")
    with pytest.raises(ShelfProblem, match="not said who"):
        shelf.reject("bridge", " ", "wrong")
    shelf.reject("bridge", "Bob", "wrong")
    assert shelf.entry("bridge").status == "rejected"
    with pytest.raises(ShelfProblem, match="only a current source can be retired"):
        shelf.retire("bridge", "Bob", "wrong")
    assert len(shelf.history()) == 2


def test_an_edit_sets_keys_of_the_head_and_leaves_the_text(shelf: Shelf) -> None:
    before = add(shelf)
    shelf.edit("bridge", {"title": "The new bridge", "cities": ["Rotterdam"]}, "Bob", "typo")
    after = shelf.get("bridge")
    assert (after.head.title, after.head.cities) == ("The new bridge", ("Rotterdam",))
    assert (after.text, after.blocks, after.original) == (
        before.text, before.blocks, before.original,
    )  # fmt: skip
    assert after.clues == (), "a title that a person set is no guess any more"
    assert shelf.after(1) == before


def test_setting_a_guess_to_itself_confirms_it_and_a_second_time_is_refused(shelf: Shelf) -> None:
    add(shelf)
    shelf.edit("bridge", {"title": "The bridge"}, "Bob")
    assert shelf.entry("bridge").card.clues == ()
    with pytest.raises(ShelfProblem, match="Nothing of bridge would change"):
        shelf.edit("bridge", {"title": "The bridge"}, "Bob")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"colour": "red"}, "'colour' is not known"),
        ({"published": "soon"}, "'published'"),
        ({"kind": "gossip"}, "'kind'"),
        ({"title": ""}, "'title'"),
        ({"status": "current"}, "approve"),
        ({"id": "other"}, "for ever"),
        ({"superseded_by": "x"}, "supersede"),
    ],
)
def test_refuses_an_edit_that_is_no_head_or_has_a_command_of_its_own(
    shelf: Shelf, values: dict[str, object], message: str
) -> None:
    made = add(shelf)
    with pytest.raises(ShelfProblem, match=message):
        shelf.edit("bridge", values, "Bob")
    assert shelf.get("bridge") == made


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"published": "x"}, "The key 'published' cannot be 'x': write a date as 2023, 2023-06 or"),
        ({"as_of": "2023-13"}, "The key 'as_of' cannot be '2023-13': write a date as"),
        ({"kind": "gossip"}, "The key 'kind' cannot be 'gossip': use 'legislation', "),
        ({"title": ""}, "The key 'title' cannot be '': write something."),
        ({"authors": ("A", "b" * 500)}, "…': write at most 400 characters."),
        ({"language": "English"}, "cannot be 'English': write its code of two or three small"),
        ({"url": "ftp:x"}, "The key 'url' cannot be 'ftp:x': write an address that begins with"),
        ({"cities": 5}, "The key 'cities' cannot be '5': give a list of values."),
        ({"licence": 5}, "The key 'licence' cannot be '5': give it as text."),
        ({"read_at": ({},)}, "cannot be '{}': give an address (url) or say in words"),
        ({"read_at": ({"url": "x"},)}, "cannot be 'x': write an address that begins with"),
        ({"read_at": ({"what": "x", "sentences": ("y",)},)}, "cannot be 'y': it is of another"),
        ({"read_at": ({"what": "x", "who": "y"},)}, "cannot be 'y': there is no such key"),
        ({"read_at": (5,)}, "cannot be '5': give keys with their values."),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(
    shelf: Shelf, values: dict[str, object], message: str
) -> None:
    add(shelf)
    with pytest.raises(ShelfProblem) as refused:
        shelf.edit("bridge", values, "Bob")
    assert message in refused.value.message
    assert refused.value.remedy.startswith("Correct it: ")
    for leak in ("Value", "Input", "String", "pattern", "in quotes"):
        assert leak not in str(refused.value)


def test_ids_are_unique_over_all_collections_and_beside_sources_elsewhere(shelf: Shelf) -> None:
    add(shelf, "bridge", "one")
    with pytest.raises(ShelfProblem, match="There is a source 'bridge' already"):
        add(shelf, "bridge", "two")
    with pytest.raises(ShelfProblem, match="already"):
        shelf.add(a_filed("note"), "one", "Ann", taken={"note"})
    shelf.withdraw(PLACE, "rotterdam", "Bob", "wrong")
    with pytest.raises(ShelfProblem, match="already"):
        add(shelf, "rotterdam")
    assert shelf.ids() == {"bridge", "rotterdam"}


@pytest.mark.parametrize("name", ["", "originals", "..", "a/b", "City", "x" * 61, "a--b"])
def test_refuses_a_collection_whose_name_could_be_something_else(shelf: Shelf, name: str) -> None:
    with pytest.raises(ShelfProblem, match="cannot be the name of a collection"):
        add(shelf, collection=name)
    assert shelf.entries() == ()


def test_only_a_proposed_source_is_filed_and_only_with_the_bytes_it_was_read_from(
    shelf: Shelf,
) -> None:
    with pytest.raises(ShelfProblem, match="filed as current"):
        add(shelf, status="current")
    with pytest.raises(ShelfProblem, match="not those that were read"):
        shelf.add(a_filed(), "own", "Ann", raw=b"something else")
    assert shelf.entries() == ()


def test_a_restored_source_is_proposed_anew(shelf: Shelf) -> None:
    current(shelf, "bridge")
    with pytest.raises(ShelfProblem, match="only a rejected or retired source"):
        shelf.restore("bridge", "Bob")
    shelf.retire("bridge", "Bob", "old")
    shelf.restore("bridge", "Bob")
    assert shelf.entry("bridge").status == status_on_disk(shelf, "bridge") == "proposed"


def test_a_source_that_takes_the_place_of_another_retires_it_and_both_keep_their_history(
    shelf: Shelf,
) -> None:
    current(shelf, "old")
    current(shelf, "new")
    shelf.supersede("old", "new", "Bob", "a new edition")
    old, new = shelf.entry("old"), shelf.entry("new")
    assert (old.status, old.head.superseded_by) == ("retired", "new")
    assert (new.status, new.head.supersedes) == ("current", ("old",))
    assert status_on_disk(shelf, "old") == "retired"
    assert [c.what for c in shelf.history("old")] == ["added", "approved", "superseded"]
    assert [c.what for c in shelf.history("new")] == ["added", "approved", "edited"]
    assert [e.id for e in shelf.versions("new")] == ["old", "new"] == [
        e.id for e in shelf.versions("old")
    ]  # fmt: skip


def test_restoring_a_superseded_source_takes_the_link_back_on_both_sides(shelf: Shelf) -> None:
    current(shelf, "old")
    current(shelf, "new")
    shelf.supersede("old", "new", "Bob", "a new edition")
    shelf.restore("old", "Bob", "the new one is wrong")
    assert shelf.entry("old").head.superseded_by is None
    assert shelf.entry("new").head.supersedes == ()


def test_nothing_takes_its_own_place_or_that_of_what_is_not_there(shelf: Shelf) -> None:
    current(shelf, "old")
    add(shelf, "draft")
    with pytest.raises(ShelfProblem, match="its own place"):
        shelf.supersede("old", "old", "Bob", "why not")
    with pytest.raises(SourceMissing, match="'nowhere'"):
        shelf.supersede("nowhere", "old", "Bob", "why not")
    with pytest.raises(SourceMissing, match="'nowhere'"):
        shelf.supersede("old", "nowhere", "Bob", "why not")
    with pytest.raises(ShelfProblem, match="draft is proposed"):
        shelf.supersede("old", "draft", "Bob", "why not")
    assert shelf.entry("old").status == "current"
    assert shelf.entry("old").head.supersedes == (), "the half of a refused change is undone"


def test_a_new_edition_takes_the_place_of_the_old_one_when_it_is_approved(shelf: Shelf) -> None:
    current(shelf, "old")
    add(shelf, "new", supersedes=("old", "note", "unknown"))
    assert shelf.entry("old").status == "current"
    shelf.approve("new", "Bob", elsewhere={"note": PLACE})
    assert shelf.entry("old").head.superseded_by == "new"
    assert shelf.entry("old").status == "retired"
    assert shelf.withdrawn() == {PLACE}
    assert shelf.withdrawals()[0].change.successor == "new"


def test_a_file_elsewhere_is_withdrawn_and_used_again(shelf: Shelf) -> None:
    shelf.withdraw(PLACE, "rotterdam", "Bob", "wrong figures")
    assert shelf.withdrawn() == {PLACE}
    with pytest.raises(ShelfProblem, match="withdrawn already"):
        shelf.withdraw(PLACE, "rotterdam", "Bob", "wrong figures")
    shelf.restore("rotterdam", "Cleo", "they were right")
    assert shelf.withdrawn() == frozenset()
    assert [(c.what, c.place) for c in shelf.history("rotterdam")] == [
        ("retired", PLACE), ("restored", PLACE),
    ]  # fmt: skip
    with pytest.raises(SourceMissing):
        shelf.restore("rotterdam", "Cleo")


def test_files_elsewhere_take_places_and_lose_them(shelf: Shelf) -> None:
    current(shelf, "filed")
    elsewhere = {"note": PLACE, "other": ("/notes", "other.md")}
    shelf.supersede("note", "filed", "Bob", "the original is here now", elsewhere)
    shelf.supersede("filed", "other", "Bob", "the other is better", elsewhere)
    assert shelf.withdrawn() == {PLACE}
    assert shelf.entry("filed").head.supersedes == ("note",)
    assert shelf.entry("filed").head.superseded_by == "other"
    shelf.restore("note", "Bob")
    assert shelf.entry("filed").head.supersedes == ()


def test_a_moved_source_has_one_file_in_its_new_collection(shelf: Shelf, tmp_path: Path) -> None:
    add(shelf, collection="one")
    shelf.move("bridge", "two", "Bob", "sorted")
    assert shelf.collections() == ("two",)
    assert [p.parent.name for p in (tmp_path / "shelf").glob("*/*.source.json")] == ["two"]
    with pytest.raises(ShelfProblem, match="in two already"):
        shelf.move("bridge", "two", "Bob")


def test_entries_are_found_by_collection_and_status(shelf: Shelf) -> None:
    add(shelf, "a", "one")
    add(shelf, "b", "two")
    shelf.approve("b", "Bob")
    assert [e.id for e in shelf.entries()] == ["a", "b"]
    assert [e.id for e in shelf.entries("one")] == ["a"]
    assert [e.id for e in shelf.entries(status="current")] == ["b"]
    assert shelf.entries("one", "current") == ()


def test_an_original_that_was_changed_is_never_given_out(shelf: Shelf) -> None:
    add(shelf)
    path, _ = shelf.original("bridge")
    path.write_text("forged")
    with pytest.raises(ShelfUnusable, match="is not what was received"):
        shelf.original("bridge")
    assert [flaw.path for flaw in flaws(shelf)] == [shelf.file(shelf.entry("bridge"))]
    path.unlink()
    with pytest.raises(ShelfUnusable, match="cannot be read"):
        shelf.original("bridge")


def test_files_that_other_hands_changed_are_found_and_mended(shelf: Shelf, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        add(shelf, name)
    paths = {name: shelf.file(shelf.entry(name)) for name in ("a", "b", "c")}
    paths["a"].unlink()
    paths["b"].write_text(paths["b"].read_text().replace("proposed", "current"))
    paths["c"].write_text("{")
    stranger = tmp_path / "shelf" / "own" / "stranger.source.json"
    shutil.copy(paths["b"], stranger)
    found = {flaw.path.name.split(".")[0]: flaw.text for flaw in flaws(shelf)}
    assert "No such file" in found["a"]
    assert found["b"] == "was changed by other hands"
    assert "is not a filed source" in found["c"]
    assert found["stranger"] == "is not known to the history"
    shelf.mend()
    stranger.unlink()
    assert list(flaws(shelf)) == []


def test_the_history_cannot_be_rewritten(shelf: Shelf) -> None:
    add(shelf)
    with closing(sqlite3.connect(shelf.folder / FILE)) as connection:
        for statement in (
            "UPDATE changes SET who = 'Mallory'",
            "DELETE FROM changes",
            "UPDATE bodies SET text = ''",
            "DELETE FROM bodies",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="only grows"):
                connection.execute(statement)
    assert shelf.history()[0].who == "Ann"


def test_one_text_is_kept_once_however_often_its_head_changes(shelf: Shelf) -> None:
    add(shelf)
    for year in range(2000, 2010):
        shelf.edit("bridge", {"published": str(year)}, "Bob")
    with closing(sqlite3.connect(shelf.folder / FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM bodies").fetchone() == (1,)
    assert shelf.after(5) != shelf.after(6)


def test_filed_sources_without_their_history_are_refused(tmp_path: Path) -> None:
    with Shelf(tmp_path) as shelf:
        add(shelf)
    for path in (tmp_path / FOLDER).glob(f"{FILE}*"):
        path.unlink()
    assert has_shelf(tmp_path)
    with pytest.raises(ShelfUnusable, match="history is gone"):
        Shelf(tmp_path)


def test_a_damaged_a_foreign_and_a_newer_file_are_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / FOLDER / FILE
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(ShelfUnusable, match="damaged"):
        Shelf(tmp_path)
    for statement, message in (
        ("PRAGMA user_version = 99", "newer version"),
        ("CREATE TABLE other (x)", "not the history of a shelf"),
    ):
        path.unlink()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)
        with pytest.raises(ShelfUnusable, match=message):
            Shelf(tmp_path)


def test_a_shelf_that_another_changes_is_busy_and_can_be_read_meanwhile(tmp_path: Path) -> None:
    with Shelf(tmp_path) as first, Shelf(tmp_path, patience=0.05) as second:
        add(first)
        with first._changing("Ann"):
            assert second.entry("bridge").status == "proposed"
            with pytest.raises(ShelfBusy, match="being changed by another process"):
                second.approve("bridge", "Bob")
        second.approve("bridge", "Bob")
        assert first.entry("bridge").status == "current"


def test_a_change_that_could_not_be_written_is_completed_when_the_shelf_is_opened_next(
    tmp_path: Path,
) -> None:
    with Shelf(tmp_path) as shelf:
        add(shelf, "first", "one")
        (tmp_path / FOLDER / "two").write_text("in the way")
        with pytest.raises(ShelfUnusable, match="cannot be written"):
            shelf.move("first", "two", "Bob")
        (tmp_path / FOLDER / "two").unlink()
    with Shelf(tmp_path) as again:
        assert again.entry("first").collection == "two"
        assert list(flaws(again)) == []


class Child:
    """A process that files sources, ready to begin."""

    def __init__(self, home: Path, prefix: str, count: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(CHILD), str(home), prefix, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def run(self, kill_after: float | None = None) -> tuple[int, list[str]]:
        """Its exit code, and the ids whose approval it reported."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        if kill_after is not None:
            try:
                self.process.wait(timeout=kill_after)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
        reported, _ = self.process.communicate()
        return self.process.returncode, reported.split()


def assert_whole(home: Path, approved: set[str]) -> None:
    """Nothing that was reported is lost, and nothing is there by half."""
    with Shelf(home) as shelf:
        assert list(flaws(shelf)) == []
        assert {e.id for e in shelf.entries(status="current")} >= approved
        last = {change.id: change.head for change in shelf.history()}
        assert {e.id: e.head for e in shelf.entries()} == last
        for entry in shelf.entries():
            shelf.original(entry.id)
            assert shelf.get(entry.id).text.startswith(f"The bridge {entry.id} ")


def test_killed_at_random_moments_no_approved_source_is_lost(tmp_path: Path) -> None:
    chance = random.Random(20261124)
    approved: set[str] = set()
    for trial in range(10):
        _, reported = Child(tmp_path, f"t{trial}", 0).run(chance.uniform(0.02, 0.5))
        approved.update(reported)
        assert_whole(tmp_path, approved)
    with Shelf(tmp_path) as shelf:
        add(shelf, "after")
        assert list(flaws(shelf)) == []


def test_killed_at_each_step_of_the_first_source_the_next_opening_completes_it(
    tmp_path: Path,
) -> None:
    for step in range(1, 13):
        home = tmp_path / str(step)
        code, reported = Child(home, "s", step).run()
        assert code == -signal.SIGKILL
        assert_whole(home, set(reported))


class Shelves(RuleBasedStateMachine):
    """Any sequence of changes; refused ones must leave everything as it was."""

    names = st.sampled_from(["a", "b", "c"])
    collections = st.sampled_from(["one", "two"])

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="attache-shelves-"))
        self.shelf = Shelf(self.folder)

    def teardown(self) -> None:
        self.shelf.close()
        shutil.rmtree(self.folder)

    def attempt(self, method: str, *arguments: object, **options: object) -> None:
        before = self.shelf.history(), self.shelf.entries(), self.shelf.withdrawn()
        try:
            getattr(self.shelf, method)(*arguments, **options)
        except ShelfProblem:
            assert (self.shelf.history(), self.shelf.entries(), self.shelf.withdrawn()) == before
        else:
            assert len(self.shelf.history()) > len(before[0])

    @rule(name=names, collection=collections, old=st.none() | names)
    def add(self, name: str, collection: str, old: str | None) -> None:
        made = a_filed(name, supersedes=(old,) if old and old != name else ())
        self.attempt("add", made, collection, "Ann", raw=made.text.encode())

    @rule(name=names)
    def approve(self, name: str) -> None:
        self.attempt("approve", name, "Bob", elsewhere={"d": PLACE})

    @rule(name=names, reason=st.sampled_from(["", "old"]))
    def end(self, name: str, reason: str) -> None:
        self.attempt("retire", name, "Bob", reason)
        self.attempt("reject", name, "Bob", reason)

    @rule(name=st.sampled_from(["a", "b", "c", "d"]))
    def restore(self, name: str) -> None:
        self.attempt("restore", name, "Bob")

    @rule(name=names, year=st.integers(1990, 2030))
    def edit(self, name: str, year: int) -> None:
        self.attempt("edit", name, {"published": str(year)}, "Bob")

    @rule(name=names, collection=collections)
    def move(self, name: str, collection: str) -> None:
        self.attempt("move", name, collection, "Bob")

    @rule(old=st.sampled_from(["a", "b", "d"]), new=names)
    def supersede(self, old: str, new: str) -> None:
        self.attempt("supersede", old, new, "Bob", "newer", {"d": PLACE})

    @rule()
    def reopen(self) -> None:
        self.shelf.close()
        self.shelf = Shelf(self.folder)

    @rule()
    def lose_all_files(self) -> None:
        for path in self.shelf.filed_files():
            path.unlink()
        self.shelf.mend()

    @invariant()
    def files_and_history_agree(self) -> None:
        assert list(flaws(self.shelf)) == []
        last: dict[str, tuple[str, Filed | None]] = {}
        withdrawn: set[tuple[str, str]] = set()
        for change in self.shelf.history():
            if change.place:
                (withdrawn.discard if change.what == "restored" else withdrawn.add)(change.place)
            else:
                last[change.id] = change.collection, self.shelf.after(change.number)
        assert self.shelf.withdrawn() == withdrawn
        assert {e.id: (e.collection, self.shelf.get(e.id)) for e in self.shelf.entries()} == last

    @invariant()
    def links_agree_on_both_sides(self) -> None:
        heads = {e.id: e.head for e in self.shelf.entries()}
        for head in heads.values():
            if head.superseded_by in heads:
                assert head.status in ("retired", "rejected")
                assert head.id in heads[head.superseded_by].supersedes


TestAnySequenceOfChanges = Shelves.TestCase
TestAnySequenceOfChanges.settings = settings(max_examples=15, stateful_step_count=12)


def test_a_problem_of_the_shelf_is_no_problem_of_a_document() -> None:
    assert not issubclass(ShelfProblem, CorpusError)
