"""Which sources count as alike, and what a new one is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.filed import Filed, Like, filed
from corpus.heads import Head
from corpus.likeness import Known, address, digests_of, normalised
from corpus.shelf import Shelf
from corpus.types import Block, Extract, Kind, Span, TextKind


def a_filed(source_id: str, sentences: list[str], url: str | None = None) -> Filed:
    text = " ".join(sentences)
    head = Head(
        id=source_id,
        title="T",
        publisher="P",
        kind=Kind.NEWS,
        text_kind=TextKind.FULL,
        status="proposed",
        url=url,
    )
    return filed(head, Extract(text, (Block(Span(0, len(text)), ""),)), None)


def town(name: str, first: int, last: int) -> list[str]:
    return [f"The council of {name} held its meeting number {i}." for i in range(first, last)]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with Shelf(tmp_path) as opened:
        yield opened


def test_the_same_text_is_found_whatever_its_head_says(shelf: Shelf) -> None:
    shelf.add(a_filed("first", town("Delft", 0, 5)), "own", "Ann")
    assert shelf.likes(a_filed("second", town("Delft", 0, 5))) == (
        Like(id="first", what="same-text", share=1.0),
    )


def test_the_same_address_is_found_in_any_of_its_spellings(shelf: Shelf) -> None:
    shelf.add(a_filed("first", town("Delft", 0, 5), "http://www.example.org/a/"), "own", "Ann")
    found = shelf.likes(a_filed("second", town("Ghent", 0, 5), "https://example.org/a#top"))
    assert found == (Like(id="first", what="same-address", share=0.0),)
    shelf.edit("first", {"url": "https://example.org/b"}, "Ann")
    assert shelf.likes(a_filed("second", town("Ghent", 0, 5), "https://example.org/a")) == ()
    assert shelf.likes(a_filed("second", town("Ghent", 0, 5), "https://example.org/b"))


@pytest.mark.parametrize(("common", "alike"), [(20, True), (18, True), (17, False), (0, False)])
def test_nine_tenths_of_the_sentences_make_two_sources_alike(
    shelf: Shelf, common: int, alike: bool
) -> None:
    shelf.add(a_filed("first", town("Delft", 0, 20)), "own", "Ann")
    second = a_filed("second", town("Delft", 0, common) + town("Ghent", common, 20) + ["End."])
    found = shelf.likes(second)
    assert bool(found) is alike
    assert all(like.what == "same-sentences" for like in found)


def test_a_part_is_like_the_whole_and_the_whole_like_its_part(shelf: Shelf) -> None:
    shelf.add(a_filed("whole", town("Delft", 0, 200)), "own", "Ann")
    shelf.add(a_filed("part", town("Ghent", 0, 10)), "own", "Ann")
    assert [like.id for like in shelf.likes(a_filed("x", town("Delft", 50, 60)))] == ["whole"]
    assert [like.id for like in shelf.likes(a_filed("x", town("Ghent", 0, 99)))] == ["part"]


def test_case_marks_and_spacing_do_not_hide_a_copy(shelf: Shelf) -> None:
    shelf.add(a_filed("first", town("Delft", 0, 5)), "own", "Ann")
    dressed = [s.replace("council", "  “Council”,") for s in town("Delft", 0, 5)]
    assert [like.share for like in shelf.likes(a_filed("second", dressed))] == [1.0]


def test_a_sentence_or_two_that_everybody_uses_make_nobody_alike(shelf: Shelf) -> None:
    everybody = ["All rights reserved.", "Contact the press office."]
    shelf.add(a_filed("first", everybody), "own", "Ann")
    assert shelf.likes(a_filed("second", [*everybody, *town("Delft", 0, 5)])) == ()


def test_a_source_is_not_like_itself(shelf: Shelf) -> None:
    made = a_filed("first", town("Delft", 0, 5), "https://example.org/a")
    shelf.add(made, "own", "Ann")
    assert shelf.likes(made) == ()


def test_sources_elsewhere_are_read_once_and_forgotten_when_they_go(shelf: Shelf) -> None:
    asked: list[str] = []

    def sentences_of(source_id: str) -> list[str]:
        asked.append(source_id)
        return town(source_id, 0, 10)

    known = {"Delft": Known("1", None), "Ghent": Known("1", None)}
    shelf.compare_with(known, sentences_of)
    shelf.compare_with(known, sentences_of)
    assert asked == ["Delft", "Ghent"]
    near = a_filed("new", town("Delft", 0, 10))
    assert [like.id for like in shelf.likes(near)] == ["Delft"], "an id elsewhere may be any"
    shelf.compare_with({"Ghent": Known("2", None)}, sentences_of)
    assert asked == ["Delft", "Ghent", "Ghent"]
    assert shelf.likes(near) == ()


def test_refreshing_what_is_elsewhere_forgets_nothing_of_the_shelf(shelf: Shelf) -> None:
    shelf.add(a_filed("first", town("Delft", 0, 5)), "own", "Ann")
    shelf.compare_with({}, lambda _: [])
    assert [like.id for like in shelf.likes(a_filed("x", town("Delft", 0, 5)))] == ["first"]


@given(st.text())
def test_what_is_normalised_stays_so(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    assert normalised(f"  {text}!\n") == normalised(text)


@given(st.lists(st.text()))
def test_digests_fit_a_column_of_whole_numbers_and_ignore_order(sentences: list[str]) -> None:
    found = digests_of(sentences)
    assert found == digests_of(reversed(sentences))
    assert all(-(2**63) <= digest < 2**63 for digest in found)


@pytest.mark.parametrize("url", [None, "", "http://[", "mailto:"])
def test_what_is_no_address_equals_no_other(url: str | None) -> None:
    assert address(url) == ""
