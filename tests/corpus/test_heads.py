"""The head of a source file is validated, and what is wrong is named with its line."""

from __future__ import annotations

import pytest

from corpus.errors import CorpusError
from corpus.heads import Head, parse
from corpus.types import Authority, Kind

GOOD = """---
id: a-note--part
title: A title
publisher: A publisher
kind: legislation
text_kind: note
published: 2023-06
---
Text.
"""


def test_reads_a_head_and_leaves_the_text_below_it() -> None:
    head, body = parse(GOOD)
    assert head is not None
    assert (head.id, head.kind, head.published) == ("a-note--part", Kind.LEGISLATION, "2023-06")
    assert body == "Text.\n"
    assert head.source("v", "a.md").authority == Authority.ENACTED_TEXT


def test_a_text_without_a_head_is_all_body() -> None:
    assert parse("Just text.\n\n---\n\nMore.") == (None, "Just text.\n\n---\n\nMore.")


@pytest.mark.parametrize("date", ["2023", "2023-06", "2023-06-07", "'2023'"])
def test_keeps_the_precision_of_a_date_with_or_without_quotes(date: str) -> None:
    head, _ = parse(GOOD.replace("2023-06", date))
    assert head is not None
    assert head.published == date.strip("'")


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("publisher: A publisher", "publisher: A publisher\ncolour: red"), 5, "'colour'"),
        (("kind: legislation", "kind: rumour"), 5, "'kind'"),
        (("published: 2023-06", "published: last June"), 7, "'published'"),
        (("published: 2023-06", "published: 2023-13"), 7, "'published'"),
        (("published: 2023-06", "published: 2023-W23-3"), 7, "'published'"),
        (("published: 2023-06", "authors: " + "[" * 60_000), 7, "nested"),
        (("published: 2023-06", "cities: &a [x]\ntopics: [*a, *a]"), 8, "another part of itself"),
        (("published: 2023-06", "topics: [" + "a, " * 40_000 + "]"), 1, "65,536 characters"),
        (("title: A title", "title: A: title: x"), 3, "not YAML"),
        (("title: A title", 'title: "A \\u202Etitle"'), 3, "direction-changing"),
        (("title: A title", 'title: "A \\e[2Jtitle"'), 3, "control"),
        (("id: a-note--part", "id: A Note"), 2, "'id'"),
        (("published: 2023-06", "url: javascript:alert(1)"), 7, "'url'"),
        (("publisher: A publisher\n", ""), 1, "'publisher'"),
    ],
)
def test_names_what_is_wrong_with_its_line(change: tuple[str, str], line: int, says: str) -> None:
    with pytest.raises(CorpusError) as error:
        parse(GOOD.replace(*change))
    assert error.value.message.startswith(f"Line {line}:")
    assert says in error.value.message
    assert error.value.remedy


def test_a_head_cannot_name_more_sentences_than_memory_holds() -> None:
    ranges = ", ".join(["1-99999"] * 3_000)
    with pytest.raises(CorpusError, match="'read_at'"):
        parse(
            GOOD.replace("---\nText", f"read_at: [{{what: x, sentences: '{ranges}'}}]\n---\nText")
        )


def test_a_head_that_is_not_closed_is_named() -> None:
    with pytest.raises(CorpusError, match="not closed"):
        parse("---\nid: x\ntitle: y\n\nText.")


def test_every_field_is_described() -> None:
    assert all(field.description for field in Head.model_fields.values())
