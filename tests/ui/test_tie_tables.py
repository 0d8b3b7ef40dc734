"""The register's rows in an answer: cited value by value, escaped, never said to be complete."""

from __future__ import annotations

import json
from dataclasses import replace
from html import escape

from assistant.types import Citation, TieRow, TieTable, TieValue
from corpus.types import Kind, Passage, Source, Span, TextKind
from ui.rendering import citation_json
from ui.tie_tables import (
    counted,
    numbers,
    status_text,
    ties_html,
    ties_json,
    ties_markdown,
    ties_text,
)

WORDS = "Prague ended its tie with Beijing."
SOURCE = Source(
    id="radio", version="v", title="T", publisher="P", cite_as="P", kind=Kind.NEWS,
    text_kind=TextKind.NOTE, path="radio.md", published="2020-01",
)  # fmt: skip
PASSAGE = Passage("p", "radio", "v", WORDS, 0, len(WORDS), "", None, (Span(0, len(WORDS)),))


def cite(number: int) -> Citation:
    return Citation(number, SOURCE, PASSAGE, WORDS, 0, len(WORDS))


def table(city: str = "Prague, Czechia", matched: int = 1) -> TieTable:
    row = TieRow(
        "prague-beijing",
        city,
        "Beijing, China",
        (TieValue("sister-city", (cite(1),)),),
        (TieValue("2016", (cite(1),)), TieValue("2016-03-29", (cite(2), cite(2)))),
        (
            TieValue("ended", (cite(3),), ("2019-10-07", "2019-10-09")),
            TieValue("active", (cite(4),)),
        ),
    )
    return TieTable("ties of Prague", (row,), matched, 191)


def test_every_value_carries_its_citations_and_disputed_ones_stand_together() -> None:
    text = ties_text(table())
    assert text.endswith(
        "- Prague, Czechia and Beijing, China; sister city [1]; 2016 [1] or 29 March 2016 [2]; "
        "ended (7 October 2019 or 9 October 2019) [3]; said to be active (as of January 2020) [4]"
    )


def test_says_so_where_neither_status_nor_source_has_a_date() -> None:
    undated = replace(cite(1), source=replace(SOURCE, published=None))
    assert status_text(TieValue("ended", (undated,))) == "ended (no date given)"


def test_says_how_many_match_of_how_many_and_that_this_is_no_count_of_all() -> None:
    assert counted(table()).startswith("1 tie of 191 in the register match (ties of Prague).")
    assert "far from complete" in counted(table())
    assert "The first 1 are shown" in counted(table(matched=40))


def test_what_a_register_holds_is_escaped_wherever_it_is_shown() -> None:
    hostile = "<script>alert(1)</script>|x"
    html = ties_html(table(hostile), escape, numbers)
    assert "<script>" not in html
    assert escape(hostile) in html
    markdown = ties_markdown(table(hostile), escape, numbers)
    assert markdown.splitlines()[-1].count("|") - markdown.splitlines()[-1].count("\\|") == 6


def test_the_json_holds_every_value_with_its_citations() -> None:
    told = json.loads(json.dumps(ties_json(table(), citation_json)))
    (row,) = told["rows"]
    assert [v["value"] for v in row["start"]] == ["2016", "2016-03-29"]
    assert row["status"][0]["dates"] == ["2019-10-07", "2019-10-09"]
    assert row["status"][0]["citations"][0]["words"] == WORDS
    assert (told["matched"], told["total"]) == (1, 191)
