"""The notes of the starter collection: their heads hold, and each sentence can stand alone."""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from corpus.catalogue import list_files, read_document
from corpus.splitting import split
from corpus.types import Document, ReadExtent, TextKind

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "corpus" / "sources"
CASES = ROOT / "evals" / "cases"

RECORDS = frozenset(
    {
        "ap-240-anti-china-proposals-2025",
        "arkansas-14-1-116-little-rock-2025",
        "au-darwin-yuexiu-smart-city-2018-2019",
        "au-foreign-relations-act-2020",
        "au-rockhampton-2018",
        "au-victoria-bri-cancellation-2021",
        "carmel-columbus-xiangyang-2024",
        "china-us-sister-cities-conference-2025",
        "columbia-md-liyang-2018",
        "cpaffc-history-friendship-cities-2016",
        "federal-register-prc-contacts-notice-2020",
        "florida-288-860",
        "indiana-hea1120-2024",
        "jaros-newland-get-china-right-city-hall-2025",
        "ncsc-safeguarding-our-future-2022",
        "ned-risks-china-sister-cities-2023",
        "nl-arnhem-wuhan-2021",
        "nl-nrc-survey-2023",
        "palo-alto-yangpu-2012-2018",
        "ph-dilg-mc-2026-004",
        "prague-beijing-2019-diplomat",
        "prague-beijing-2019-radio",
        "prc-shanghai-statement-prague-2020",
        "sci-keep-ties-policy",
        "sci-measures-that-matter-2015",
        "sf-shanghai-mou-2024",
        "state-governors-forum-withdrawal-2020",
        "sweden-lokal-frost-2022",
        "texas-gov-code-795-hb128-2025",
        "uk-rusi-subnational-2025",
        "us-city-policies-california",
        "us-s1351-sister-city-transparency-act-2025",
        "vng-nl-china-2022",
        "xi-message-sister-cities-2023",
    }
)

MAX_WORDS = 45
# What points outside the sentence it opens; "The report of RUSI" names what it speaks of.
_LEANING = re.compile(
    r"(?:It|Its|They|Their|Them|This|That|These|Those|He|His|She|Her|We|Our|There|Here|Such|Also"
    r"|However|But|And|Or|Another|The (?:same|former|latter))\b"
    r"|(?:The|An?) (?:acts?|law|statute|bill|ban|city|council|mayor|country|report|study|survey"
    r"|note|notice|circular|article|authors?|source|agreement|tie|statement|summary)\b"
    r"(?! (?:of|by|on|for|under|in|between) (?:the )?[A-Z])"
)


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    listing = list_files([SOURCES])
    assert listing.problems == ()
    return {Path(e.relative).stem: read_document(e) for e in listing.entries}


def sentences(document: Document) -> list[str]:
    passages = split(document, lambda text: len(text.split()), 256)
    return [p.sentence(i) for p in passages for i in range(len(p.sentences))]


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
    rows = {line for line in readme.splitlines() if line.startswith("| `")}
    assert rows == {
        f"| `{s.id}` | {s.cite_as} | {s.published or 'undated'} | {s.kind} | {s.standpoint} |"
        for s in (document.source for document in documents.values())
    }


def test_links_between_notes_lead_to_notes(documents: dict[str, Document]) -> None:
    for stem, document in documents.items():
        later = document.source.superseded_by
        linked = (*document.source.supersedes, *((later,) if later else ()))
        assert set(linked) <= set(documents) - {stem}, stem


def test_each_line_of_a_note_is_one_sentence(documents: dict[str, Document]) -> None:
    for stem, document in documents.items():
        lines = [line for line in document.text.splitlines() if line and not line.startswith("#")]
        assert sentences(document) == lines, stem


def test_a_sentence_can_stand_alone(documents: dict[str, Document]) -> None:
    for stem, document in documents.items():
        for sentence in sentences(document):
            assert not _LEANING.match(sentence), (stem, sentence)
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


@pytest.mark.parametrize("name", ["starter.jsonl", "near-misses.jsonl"])
def test_a_case_names_notes_that_exist_and_falls_to_its_half_by_the_fixed_rule(
    name: str, documents: dict[str, Document]
) -> None:
    ids = Counter(case["id"] for case in cases(name))
    assert max(ids.values()) == 1
    for case in cases(name):
        turns = case.get("turns", [case])
        linked = [s for t in turns for s in t.get("sources", [])] + case.get("nearest", [])
        assert set(linked) <= set(documents), case["id"]
        assert all(turn["question"].strip() for turn in turns), case["id"]
        third = zlib.crc32(case["id"].encode()) % 3 == 0
        assert case["split"] == ("test" if third else "tune"), case["id"]


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
