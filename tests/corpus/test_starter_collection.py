"""The notes of the starter collection: their heads hold, and each sentence can stand alone."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from corpus.catalogue import list_files, read_document
from corpus.checking import MAX_WORDS, check_collection, leans, sentences
from corpus.splitting import split
from corpus.ties import STARTER, read_ties
from corpus.types import Document, ReadExtent, TextKind

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "corpus" / "sources"
CASES = ROOT / "evals" / "cases"

RECORDS = frozenset((Path(__file__).parent / "records.txt").read_text("utf-8").split())


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    listing = list_files([SOURCES])
    assert listing.problems == ()
    return {Path(e.relative).stem: read_document(e) for e in listing.entries}


def cases(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / name).read_text("utf-8").splitlines()]


def test_every_note_is_named_after_its_id_and_belongs_to_a_listed_record(
    documents: dict[str, Document],
) -> None:
    assert {stem: d.source.id for stem, d in documents.items()} == {s: s for s in documents}
    assert {stem.partition("--")[0] for stem in documents} == RECORDS
    assert set(documents) >= RECORDS


def test_every_note_says_that_it_is_a_note_and_what_was_read(
    documents: dict[str, Document],
) -> None:
    for stem, document in documents.items():
        source = document.source
        assert source.text_kind is TextKind.NOTE, stem
        assert source.read_note, stem
        assert source.perspective, stem
        assert source.jurisdictions, stem
        if source.read_extent is ReadExtent.WHOLE:
            assert "whole" in source.read_note, stem


def test_every_note_is_to_be_reviewed_on_a_full_date_after_what_it_describes(
    documents: dict[str, Document],
) -> None:
    for stem, document in documents.items():
        review = date.fromisoformat(document.source.review_by or "")
        assert (document.source.as_of or "") < review.isoformat(), stem
        assert (document.source.published or "") < review.isoformat(), stem


def test_the_readme_lists_every_note_as_it_is(documents: dict[str, Document]) -> None:
    readme = (ROOT / "corpus" / "README.md").read_text("utf-8")
    listed = readme.partition("## What is in it")[2]
    rows = {line for line in listed.splitlines() if line.startswith("| `")}
    assert rows == {
        f"| `{s.id}` | {s.cite_as} | {s.published or 'undated'} | {s.kind} | {s.standpoint} |"
        for s in (document.source for document in documents.values())
    }


def test_the_collection_and_its_register_of_ties_keep_the_rules(
    documents: dict[str, Document],
) -> None:
    ties = read_ties(STARTER)
    assert len(ties) > 100
    assert list(check_collection(list(documents.values()), ties)) == []


def test_the_register_calls_each_place_and_country_by_one_name() -> None:
    ties = read_ties(STARTER)
    countries = {c for tie in ties for c in (tie.country, tie.partner_country)}
    assert {"PRC", "USA", "UK", "England", "Scotland", "Czech Republic", ""}.isdisjoint(countries)
    pairs = [frozenset({(t.city, t.country), (t.partner, t.partner_country)}) for t in ties]
    assert [pair for pair, times in Counter(pairs).items() if times > 1] == []


def test_each_line_of_a_note_is_one_sentence_and_a_passage_keeps_it_whole(
    documents: dict[str, Document],
) -> None:
    for stem, document in documents.items():
        lines = [line for line in document.text.splitlines() if line and not line.startswith("#")]
        passages = split(document, lambda text: len(text.split()), 256)
        assert sentences(document) == lines, stem
        assert [p.sentence(i) for p in passages for i in range(len(p.sentences))] == lines, stem


def test_a_sentence_can_stand_alone(documents: dict[str, Document]) -> None:
    for stem, document in documents.items():
        for sentence in sentences(document):
            assert not leans(sentence), (stem, sentence)
            assert len(sentence.split()) <= MAX_WORDS, (stem, sentence)
            assert sentence[0].isupper() or sentence[0].isdigit(), (stem, sentence)
            assert re.search(r"[.?!]\"?$", sentence), (stem, sentence)


def test_no_sentence_is_said_twice(documents: dict[str, Document]) -> None:
    said = Counter(s for d in documents.values() for s in sentences(d))
    assert [s for s, times in said.items() if times > 1] == []


def test_no_sentence_reports_what_came_after_its_publication(
    documents: dict[str, Document],
) -> None:
    for stem, document in documents.items():
        for sentence in sentences(document):
            years = [int(y) for y in re.findall(r"\b(?:19|20)\d\d\b", sentence)]
            foretold = "expire" in sentence or "expiring" in sentence
            known = document.source.year or 9999
            assert foretold or max(years, default=0) <= known, (stem, sentence)


def test_a_note_is_plain_text_with_straight_quotes_and_no_links(
    documents: dict[str, Document],
) -> None:
    for stem, document in documents.items():
        found = re.search(r"https?:|[<>“”‘’`*_\[\]]|&\w+;", document.text)
        assert found is None, (stem, found)
        assert document.text.count('"') % 2 == 0, stem


def test_every_note_is_asked_about_at_least_twice(documents: dict[str, Document]) -> None:
    asked: Counter[str] = Counter()
    for case in cases("starter.jsonl"):
        assert case["answerable"] is True
        turns = case.get("turns", [case])
        assert all(turn["sources"] and turn["expected"] for turn in turns), case["id"]
        asked.update({source for turn in turns for source in turn["sources"]})
    assert {stem for stem in documents if asked[stem] < 2} == set()


def test_a_near_miss_is_marked_as_unanswerable_and_says_how_it_misses() -> None:
    kinds = Counter(case["near"] for case in cases("near-misses.jsonl"))
    assert set(kinds) == {"place", "year", "person", "detail", "subject", "far"}
    assert sum(kinds.values()) - kinds["far"] >= 60
    for case in cases("near-misses.jsonl"):
        assert case["answerable"] is False
        assert case["type"] == "NA"
        assert bool(case["nearest"]) == (case["near"] != "far"), case["id"]
