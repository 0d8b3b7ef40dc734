"""Folders are listed and files read; whatever cannot be used is named and harms nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fpdf import FPDF

from corpus.catalogue import MAX_BYTES, list_files, read_document
from corpus.errors import CorpusError
from corpus.filed import ENDING, filed
from corpus.heads import Head
from corpus.types import Block, Extract, Kind, Span, TextKind


def test_a_document_without_a_head_is_titled_by_its_file_and_unclassified(tmp_path: Path) -> None:
    (tmp_path / "city-budget_2024.txt").write_text("Money was spent.")
    document = read_document(list_files([tmp_path]).entries[0])
    assert document.source.title == "city budget 2024"
    assert document.source.kind is Kind.UNCLASSIFIED
    assert document.source.text_kind is TextKind.FULL


def test_files_of_one_name_in_two_folders_have_ids_of_their_own(tmp_path: Path) -> None:
    for name in ("east", "west"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.md").write_text("Some words.")
    entries = list_files([tmp_path / "east", tmp_path / "west"]).entries
    assert [read_document(e).source.id for e in entries] == ["east-notes", "west-notes"]


def test_the_digest_changes_with_the_content_and_only_then(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("One.")
    first = list_files([tmp_path]).entries[0].digest
    os.utime(file, (1, 1))
    assert list_files([tmp_path]).entries[0].digest == first
    file.write_text("Two.")
    assert list_files([tmp_path]).entries[0].digest != first


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _binary(path: Path) -> None:
    path.write_bytes(b"\x7fELF\0\0\0")


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(200 * 2**20)


def _leads_out(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def _dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere.md")


def _leads_to_itself(path: Path) -> None:
    path.symlink_to(path)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_empty, "empty"),
        (_binary, "binary"),
        (_huge, "too large (200 MiB"),
        (_leads_out, "leads out"),
        (_dangling, "cannot be read"),
        (_leads_to_itself, "cannot be read"),
        (_pipe, "not a regular file"),
    ],
)
def test_a_bad_file_among_good_ones_is_named_and_the_others_stay(
    tmp_path: Path, make: object, says: str
) -> None:
    for i in range(3):
        (tmp_path / f"good-{i}.md").write_text(f"Sentence {i}.")
    assert callable(make)
    make(tmp_path / "bad.md")
    listing = list_files([tmp_path])
    assert len(listing.entries) == 3
    (problem,) = listing.problems
    assert problem.path.endswith("bad.md")
    assert says in problem.message
    assert problem.remedy


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("Größe".encode("latin-1"), "not UTF-8"),
        ("text in UTF-16 without a mark".encode("utf-16-le"), "binary"),
        (b"---\nid: a\ntitle: b\npublisher: c\nkind: news\ntext_kind: full\n---\n", "no text"),
        (b"# Only a heading\n", "no text"),
        (b"\xef\xbb\xbf  \n", "no text"),
    ],
)
def test_a_file_that_is_not_readable_text_is_refused(
    tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "bad.md").write_bytes(content)
    listing = list_files([tmp_path])
    if listing.problems:
        assert says in listing.problems[0].message
    else:
        with pytest.raises(CorpusError, match=says):
            read_document(listing.entries[0])


def test_a_file_at_the_size_limit_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a" * MAX_BYTES)
    assert not list_files([tmp_path]).problems


def test_other_kinds_of_file_are_named_and_hidden_ones_passed_over(tmp_path: Path) -> None:
    (tmp_path / "table.xlsx").write_bytes(b"PK")
    (tmp_path / ".hidden.md").write_text("Hidden.")
    listing = list_files([tmp_path])
    assert not listing.entries
    assert "'.xlsx'" in listing.problems[0].message


def test_a_folder_given_twice_is_listed_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("One.")
    assert len(list_files([tmp_path, tmp_path]).entries) == 1


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no folder"):
        list_files([tmp_path / "gone"])


def test_a_format_that_is_not_plain_text_is_read_with_its_pages_and_its_own_title(
    tmp_path: Path,
) -> None:
    pdf = FPDF()
    pdf.set_title("Harbour plan")
    pdf.set_font("helvetica", size=12)
    for words in ("The old bridge opened in 1931.", "The new bridge opened in 2011."):
        pdf.add_page()
        pdf.write(text=words)
    (tmp_path / "plan.pdf").write_bytes(bytes(pdf.output()))
    (entry,) = list_files([tmp_path]).entries
    document = read_document(entry)
    assert document.source.title == "Harbour plan"
    told = [(document.text[b.span.start : b.span.end], b.page) for b in document.blocks]
    assert told == [
        ("The old bridge opened in 1931.", 1),
        ("The new bridge opened in 2011.", 2),
    ]


def test_a_file_that_is_not_what_its_ending_says_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    (entry,) = list_files([tmp_path]).entries
    with pytest.raises(CorpusError):
        read_document(entry)


def test_sources_belong_to_the_collection_of_their_folder(tmp_path: Path) -> None:
    for name in ("City Papers", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text("One.", encoding="utf-8")
    folders = [tmp_path / "City Papers", tmp_path / "other"]
    entries = list_files(folders, {tmp_path / "other": "named"}).entries
    assert [read_document(e).source.collection for e in entries] == ["city-papers", "named"]


def test_a_filed_source_is_read_as_it_was_filed(tmp_path: Path) -> None:
    head = Head(
        id="plan", title="Plan", publisher="Port", kind=Kind.CITY_RECORD, text_kind=TextKind.FULL
    )
    extract = Extract("One. Two.", (Block(Span(0, 9), "Title", 4),))
    told = filed(head, extract, None)
    (tmp_path / f"plan{ENDING}").write_text(told.model_dump_json(), encoding="utf-8")
    (entry,) = list_files([tmp_path], {tmp_path: "papers"}).entries
    document = read_document(entry)
    assert document == told.document("papers")
    assert (document.source.id, document.source.version) == ("plan", told.version)
    assert document.blocks == extract.blocks


@pytest.mark.parametrize(
    "content", ["{}", "[]", '{"head": 1}', "not json"], ids=["empty", "list", "wrong", "text"]
)
def test_a_damaged_filed_source_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / f"plan{ENDING}").write_text(content, encoding="utf-8")
    (entry,) = list_files([tmp_path]).entries
    with pytest.raises(CorpusError, match=r"plan\.source\.json is not a filed source"):
        read_document(entry)
