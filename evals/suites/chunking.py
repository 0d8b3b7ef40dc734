"""Chroma's chunking study: long documents, questions, and the excerpts that answer them.

Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval" (2024).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from corpus.errors import CorpusError
from evals.locating import evidence
from evals.measures.retrieval import SPANS, Stretch, all_span_scores, stretch_of, unlocated
from evals.reading import split_of
from evals.runs import KeptText
from evals.suites.documents import write_source
from evals.suites.files import Said, read_file
from evals.suites.plain import Chunk, PlainIndex
from evals.suites.suite import Room, Suite
from evals.types import Case, Expected, Fact, Outcome, Score

NAME = "chunking-evaluation"
QUESTIONS, CORPORA = "questions.jsonl", "corpora"
SPLITS = {"1000/200": (1000, 200), "800/0": (800, 0)}
"""Characters of a chunk and of its overlap with the next."""


class _Reference(BaseModel):
    content: Said


class _Row(BaseModel):
    question: Said
    document: Said
    references: tuple[_Reference, ...]


_ROWS = TypeAdapter(list[_Row])


def chunking(folder: Path) -> Suite:
    """The questions over their documents; evidence are the excerpts.

    Raises:
        CorpusError: a file is absent or not as published.
    """
    rows = read_file(folder / QUESTIONS, _ROWS)
    texts = {name: _text(folder, name) for name in dict.fromkeys(row.document for row in rows)}
    cases = tuple(_case(number, row) for number, row in enumerate(rows))

    def write(into: Path) -> None:
        for name, text in texts.items():
            write_source(into, _id(name), name, text, "chunking evaluation", ".md")

    return Suite(
        NAME,
        "the makers of Chroma's chunking study; a language model wrote the questions",
        cases,
        write,
        baselines=partial(_baselines, cases, {_id(name): text for name, text in texts.items()}),
    )


def _case(number: int, row: _Row) -> Case:
    id_ = f"q{number}"
    source = _id(row.document)
    facts = tuple(
        Fact(fact=part.content, source=source, words=part.content) for part in row.references
    )
    turn = Expected(question=row.question, sources=(source,), facts=facts)
    return Case(id_, "SF", (turn,), row.document, split_of(id_))


def _id(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _text(folder: Path, name: str) -> str:
    path = folder / CORPORA / f"{name}.md"
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} cannot be read.", "Give the folder with --data.") from error


def _baselines(
    cases: Sequence[Case], texts: Mapping[str, str], room: Room
) -> Mapping[str, Sequence[Score]]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    assert room.bench is not None
    count = room.bench.embedder.count_tokens
    kept = [KeptText(id_, "", id_, "", None, "", "", "", text) for id_, text in texts.items()]
    asked = [
        Outcome(case, 0, None, found[0] if (found := evidence(case.turns[0], kept)) else None)
        for case in cases
    ]
    scores: dict[str, list[Score]] = {}
    for name, (size, overlap) in SPLITS.items():
        room.progress(f"Embedding chunks of {name}")
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=size, chunk_overlap=overlap, add_start_index=True
        )
        index = PlainIndex(
            [
                Chunk(c.page_content, Stretch((id_, ""), start, start + len(c.page_content),
                                              count(c.page_content)))
                for id_, text in texts.items()
                for c in splitter.create_documents([text])
                if (start := c.metadata["start_index"]) >= 0
            ]
        )  # fmt: skip
        for way, rank in (("dense", index.dense), ("hybrid", index.hybrid)):
            scores[f"{name} characters, {way}"] = [
                score
                for outcome in asked
                for score in _spans(outcome, index.best(rank(outcome.expected.question)))
            ]
    return scores


def _spans(outcome: Outcome, found: Sequence[Chunk]) -> Iterator[Score]:
    if missing := unlocated(outcome):
        yield from (outcome.without(name, *missing) for name in SPANS)
    else:
        wanted = [stretch_of(e) for e in outcome.evidence or ()]
        yield from all_span_scores(outcome, wanted, [chunk.place for chunk in found])
