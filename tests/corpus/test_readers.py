"""Markdown is read by its grammar: what a reader sees becomes a block, once."""

from __future__ import annotations

from corpus.readers import MAX_HEADING, read_markdown


def blocks(text: str) -> list[tuple[str, str]]:
    return [(block.heading, text[slice(*block.span)]) for block in read_markdown(text)]


def test_a_table_row_is_one_block_however_many_cells_it_has() -> None:
    table = "| Year | Ties | Cost |\n|---|---|---|\n| 2012 | 10 | |\n| 2013 | 12 | 5 |\n"
    assert blocks(table) == [
        ("", "| Year | Ties | Cost |"), ("", "| 2012 | 10 | |"), ("", "| 2013 | 12 | 5 |"),
    ]  # fmt: skip


def test_a_comment_is_not_read_and_other_html_is_shown_as_it_stands() -> None:
    text = "<!-- not\n\nfor readers -->\n\nSeen.\n\n<div>\nHello.\n</div>\n"
    assert blocks(text) == [("", "Seen."), ("", "<div>\nHello.\n</div>")]


def test_a_heading_gives_its_words_without_marks() -> None:
    text = "# The **duty** to [report](https://example.org) `x` <b>now</b>\n\nText.\n"
    assert blocks(text) == [("The duty to report x now", "Text.")]


def test_headings_form_a_path_and_an_overlong_one_is_cut() -> None:
    ((heading, _),) = blocks(f"# A\n\n## {'long ' * 500}\n\nText.\n")
    assert heading.startswith("A › long long")
    assert len(heading) <= len("A › ") + MAX_HEADING


def test_items_and_their_paragraphs_are_blocks_without_their_markers() -> None:
    text = "- one\n  goes on\n  1. nested\n\n     with more\n- [ ] open\n"
    assert [words for _, words in blocks(text)] == [
        "one\n  goes on", "nested", "with more", "[ ] open",
    ]  # fmt: skip
