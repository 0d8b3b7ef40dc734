"""Documents become proposed sources, read by the isolated reader."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.acquiring import Acquired, Acquiring, propose
from corpus.errors import CorpusError, ShelfProblem, SourceMissing
from corpus.filed import Like
from corpus.isolating import Reader
from corpus.likeness import Known
from corpus.shelf import Shelf
from corpus.shelf_checking import flaws
from corpus.types import Extract, Kind, ReadExtent, TextKind

RESOLUTION = b"""City of Springfield

Resolution No. 2023-14

Adopted on June 7, 2023

Be it resolved that the partnership between Springfield and Shelbyville is suspended.

The clerk shall inform the mayor of Shelbyville of this resolution within thirty days.
"""
NOTE = b"""---
id: springfield-note
title: "Springfield suspends its partnership"
publisher: "Example News"
kind: news
text_kind: note
read_extent: part
standpoint: cautionary
status: current
---

## What happened

Springfield suspended its partnership with Shelbyville in June 2023.
"""
PAGE = """<!doctype html><html lang="en"><head><title>Towns: a review | Example News</title></head>
<body><article><h1>Towns: a review</h1>{}</article></body></html>"""


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as opened:
        yield opened


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with Shelf(tmp_path) as opened:
        yield opened


@pytest.fixture
def acquiring(shelf: Shelf, reader: Reader) -> Acquiring:
    return Acquiring(shelf, reader, "own", "Ann", {"note-elsewhere"})


class Overtaken:
    """A reader during whose work another process adds a file."""

    def __init__(self, reader: Reader, home: Path, other: bytes) -> None:
        self._reader, self._home, self._other = reader, home, other

    def read(self, raw: bytes, name: str) -> Extract:
        with Shelf(self._home) as shelf:
            Acquiring(shelf, self._reader, "own", "Bob").take(self._other, name)
        return self._reader.read(raw, name)


def test_who_is_overtaken_with_the_same_file_finds_it_filed(
    shelf: Shelf, reader: Reader, tmp_path: Path
) -> None:
    overtaken = Acquiring(shelf, Overtaken(reader, tmp_path, RESOLUTION), "own", "Ann")
    acquired = overtaken.take(RESOLUTION, "res.txt")
    assert (acquired.outcome, acquired.entry.id) == ("unchanged", "resolution-no-2023-14")


def test_who_is_overtaken_with_another_file_of_that_title_gets_the_next_id(
    shelf: Shelf, reader: Reader, tmp_path: Path
) -> None:
    other = RESOLUTION + b"\nCarried by seven votes to two.\n"
    overtaken = Acquiring(shelf, Overtaken(reader, tmp_path, other), "own", "Ann")
    acquired = overtaken.take(RESOLUTION, "res.txt")
    assert (acquired.outcome, acquired.entry.id) == ("proposed", "resolution-no-2023-14-2")


def test_a_name_that_is_no_utf_8_is_kept_as_far_as_it_is(acquiring: Acquiring) -> None:
    entry = acquiring.take(RESOLUTION, "bad\udcffname.txt").entry
    assert entry.card.original is not None
    assert entry.card.original.name == "bad?name.txt"


def test_a_document_is_filed_as_proposed_with_a_head_of_marked_guesses(
    acquiring: Acquiring, shelf: Shelf
) -> None:
    acquired = acquiring.take(RESOLUTION, "scans/res.txt")
    head = acquired.entry.head
    assert (acquired.outcome, head.status) == ("proposed", "proposed")
    assert head.id == "resolution-no-2023-14"
    assert (head.title, head.publisher, head.published, head.kind) == (
        "Resolution No. 2023-14", "City of Springfield", "2023-06-07", Kind.CITY_RECORD,
    )  # fmt: skip
    assert (head.text_kind, head.read_extent) == (TextKind.FULL, ReadExtent.WHOLE)
    marked = {clue.key for clue in acquired.entry.card.clues}
    assert marked >= {"title", "publisher", "published", "kind"}
    assert "clerk shall inform" in shelf.get(head.id).text


def test_the_original_is_kept_as_it_was_received(acquiring: Acquiring, shelf: Shelf) -> None:
    entry = acquiring.take(RESOLUTION, "scans/res.txt", url="https://example.org/res").entry
    path, original = shelf.original(entry.id)
    assert path.read_bytes() == RESOLUTION
    assert (original.name, original.size, original.url) == (
        "res.txt", len(RESOLUTION), "https://example.org/res",
    )  # fmt: skip
    assert original.sha256 == hashlib.sha256(RESOLUTION).hexdigest()
    assert entry.head.url == "https://example.org/res"


def test_the_same_bytes_are_filed_once_whatever_became_of_them(
    acquiring: Acquiring, shelf: Shelf
) -> None:
    first = acquiring.take(RESOLUTION, "res.txt").entry
    shelf.reject(first.id, "Bob", "not ours")
    again = acquiring.take(RESOLUTION, "other-name.md")
    assert again == Acquired("unchanged", shelf.entry(first.id))
    assert again.entry.status == "rejected"
    assert len(shelf.history()) == 2


def test_a_head_of_its_own_is_kept_but_for_its_status(acquiring: Acquiring, shelf: Shelf) -> None:
    entry = acquiring.take(NOTE, "note.md").entry
    assert (entry.id, entry.status) == ("springfield-note", "proposed")
    assert (entry.head.standpoint, entry.head.text_kind) == ("cautionary", TextKind.NOTE)
    assert entry.card.clues == ()
    filed = shelf.get(entry.id)
    assert "standpoint:" not in filed.text
    block = filed.blocks[0]
    assert filed.text[block.start : block.end].startswith("Springfield suspended")
    assert block.heading == "What happened"


def test_a_text_file_may_have_a_head_of_its_own_too(acquiring: Acquiring, shelf: Shelf) -> None:
    entry = acquiring.take(NOTE, "note.txt").entry
    assert entry.id == "springfield-note"
    assert "standpoint:" not in shelf.get(entry.id).text


def test_a_head_with_a_mistake_counts_as_none_and_is_named(acquiring: Acquiring) -> None:
    entry = acquiring.take(NOTE.replace(b"kind: news", b"kind: gossip"), "note.md").entry
    assert entry.id != "springfield-note"
    assert "kind" in " ".join(notice.text for notice in entry.card.notices)
    assert entry.card.clues


def test_an_id_that_is_in_use_is_refused_unless_it_is_replaced(
    acquiring: Acquiring, shelf: Shelf
) -> None:
    acquiring.take(NOTE, "note.md")
    shelf.approve("springfield-note", "Bob")
    later = NOTE.replace(b"in June 2023", b"on 7 June 2023")
    with pytest.raises(ShelfProblem, match="There is a source 'springfield-note' already"):
        acquiring.take(later, "note.md")
    edition = acquiring.take(later, "note.md", replaces="springfield-note").entry
    assert edition.id == "springfield-note-2"
    assert edition.head.supersedes == ("springfield-note",)
    assert shelf.entry("springfield-note").status == "current", "until the new one is approved"
    shelf.approve(edition.id, "Bob")
    assert shelf.entry("springfield-note").head.superseded_by == "springfield-note-2"


def test_a_guessed_id_never_meets_one_in_use(shelf: Shelf, reader: Reader) -> None:
    acquiring = Acquiring(shelf, reader, "own", "Ann", {"resolution-no-2023-14"})
    ids = [acquiring.take(RESOLUTION + end, "res.txt").entry.id for end in (b"1", b"2")]
    assert ids == ["resolution-no-2023-14-2", "resolution-no-2023-14-3"]


def test_only_what_is_there_can_be_replaced(acquiring: Acquiring, shelf: Shelf) -> None:
    with pytest.raises(SourceMissing, match="no source 'nowhere' to replace"):
        acquiring.take(RESOLUTION, "res.txt", replaces="nowhere")
    assert shelf.entries() == ()
    entry = acquiring.take(RESOLUTION, "res.txt", replaces="note-elsewhere").entry
    assert entry.head.supersedes == ("note-elsewhere",)


def test_a_near_duplicate_is_filed_and_says_of_what(acquiring: Acquiring) -> None:
    first = acquiring.take(RESOLUTION, "res.txt").entry
    paragraphs = RESOLUTION.decode().split("\n\n")
    page = PAGE.format("".join(f"<p>{paragraph}</p>" for paragraph in paragraphs))
    second = acquiring.take(page.encode(), "res.html").entry
    assert [(like.id, like.what) for like in second.card.likes] == [(first.id, "same-sentences")]


def test_a_near_duplicate_of_a_source_elsewhere_is_found(
    acquiring: Acquiring, shelf: Shelf
) -> None:
    paragraphs = RESOLUTION.decode().split("\n\n")
    shelf.compare_with({"note-elsewhere": Known("0", None)}, lambda _: paragraphs)
    entry = acquiring.take(RESOLUTION, "res.txt").entry
    assert entry.card.likes == (Like(id="note-elsewhere", what="same-sentences", share=1.0),)


def test_a_web_page_is_filed_with_what_it_says_of_itself(acquiring: Acquiring) -> None:
    words = "<p>Springfield ended its partnership after a long and loud vote of the council.</p>"
    entry = acquiring.take(PAGE.format(words).encode(), "page.html").entry
    assert (entry.head.title, entry.head.publisher) == ("Towns: a review", "Example News")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"", "empty.txt"),
        (b"   \n", "blank.md"),
        (b"\x89PNG\r\n\x1a\n", "picture.png"),
        (b"\x00\x01\x02", "what.txt"),
        (b"{}", "bridge.source.json"),
    ],
)
def test_what_holds_no_text_is_refused_and_leaves_nothing(
    acquiring: Acquiring, shelf: Shelf, raw: bytes, name: str
) -> None:
    with pytest.raises(CorpusError):
        acquiring.take(raw, name)
    assert shelf.entries() == ()
    assert not (shelf.folder / "originals").exists()


def test_a_proposal_alone_files_nothing(shelf: Shelf, reader: Reader) -> None:
    proposal = propose(RESOLUTION, "res.txt", reader, shelf, ())
    assert proposal.filed.head.status == "proposed"
    assert (proposal.raw, proposal.likes) == (RESOLUTION, ())
    assert shelf.entries() == ()


def test_documents_that_were_added_before_are_passed_over(
    acquiring: Acquiring, shelf: Shelf
) -> None:
    many = [(f"# Report {i}\n\nTown {i} has a bridge.\n".encode(), f"{i}.md") for i in range(12)]
    for raw, name in many[:7]:
        assert acquiring.take(raw, name).outcome == "proposed"
    outcomes = [acquiring.take(raw, name).outcome for raw, name in many]
    assert outcomes == ["unchanged"] * 7 + ["proposed"] * 5
    assert len(shelf.history()) == 12
    assert list(flaws(shelf)) == []
