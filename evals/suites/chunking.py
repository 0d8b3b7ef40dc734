"""Chroma's chunking study: long documents, questions, and the excerpts that answer them.

Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval" (2024).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import BaseModel, TypeAdapter

from assistant.assembly import Bench
from assistant.evidence import candidates
from assistant.types import Ask
from corpus.errors import CorpusError
from corpus.types import Passage, Source
from evals.locating import evidence
from evals.measures import spans
from evals.measures.retrieval import SPANS, Stretch, all_span_scores, stretch_of, unlocated
from evals.reading import split_of
from evals.runs import KeptText
from evals.suites.documents import write_source
from evals.suites.files import Said, read_file
from evals.suites.plain import Chunk, PlainIndex
from evals.suites.suite import Room, Suite, learned_group
from evals.types import Case, Expected, Fact, Outcome, Score

NAME = "chunking-evaluation"
QUESTIONS, CORPORA = "questions.jsonl", "corpora"
SPLITS = {"1000/200": (1000, 200), "800/0": (800, 0)}
"""Characters of a chunk and of its overlap with the next."""
MEASURES = spans.MEASURES
SHARES = (*np.linspace(1.0, 0.1, 901), *np.geomspace(0.1, 0.001, 100))
"""Sentences are shown that are worth at least such a share of what the best one is; finely, as many
are worth nearly as much."""
COUNTS = range(1, 201)
"""So many sentences are shown of a plain order."""


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
        scores=partial(_scores, cases),
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


def _scores(cases: Sequence[Case], room: Room) -> list[Score]:
    """Which sentences are shown as evidence, by how relevant the assistant holds them to be."""
    assert room.bench is not None
    bench = room.bench
    room.progress("Choosing sentences")

    def choose(outcome: Outcome, wanted: Sequence[Stretch]) -> spans.Shown:
        steps = bench.without(learned_group(NAME, outcome.case)).steps
        question = steps.understand(Ask(outcome.expected.question, room.plan.today))
        ranked = candidates(question, steps.retrieve(question), steps.fitted.sentence)
        worth = np.asarray([candidate.relevance for candidate in ranked])
        counts = [int((worth >= share * worth[0]).sum()) for share in SHARES]
        sentences = [_sentence(c.hit.source, c.hit.passage, c.i) for c in ranked]
        return spans.shown(outcome, wanted, sentences, counts)

    return _curve(cases, bench, choose)


def _plain_sentences(cases: Sequence[Case], bench: Bench) -> list[Score]:
    """The same of all sentences by their cosines, so many for every question."""
    sources = bench.retriever.passages_of([source.id for source in bench.retriever.sources()])
    index = PlainIndex(
        [
            Chunk(passage.sentence(i), _sentence(source, passage, i))
            for passages in sources.values()
            for passage, source in passages
            for i in range(len(passage.sentences))
        ]
    )

    def choose(outcome: Outcome, wanted: Sequence[Stretch]) -> spans.Shown:
        best = index.best(index.dense(outcome.expected.question), max(COUNTS))
        return spans.shown(outcome, wanted, [chunk.place for chunk in best], COUNTS)

    return _curve(cases, bench, choose)


def _curve(
    cases: Sequence[Case],
    bench: Bench,
    choose: Callable[[Outcome, Sequence[Stretch]], spans.Shown],
) -> list[Score]:
    """The curve over the questions all of whose words stand in their document."""
    texts = [
        KeptText(s.id, s.version, "", "", None, "", "", "",
                 bench.retriever.source_text(s.id, s.version))
        for s in bench.retriever.sources()
    ]  # fmt: skip
    questions, scores = [], []
    for case in cases:
        found = evidence(case.turns[0], texts)
        outcome = Outcome(case, 0, None, found[0] if found else None)
        if missing := unlocated(outcome):
            scores += [outcome.without(measure.name, *missing) for measure in MEASURES]
        else:
            questions.append(choose(outcome, [stretch_of(e) for e in outcome.evidence or ()]))
    return scores + list(spans.precision_scores(questions))


def _sentence(source: Source, passage: Passage, i: int) -> Stretch:
    span = passage.sentences[i]
    return Stretch((source.id, source.version), span.start, span.end)


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
    room.progress("Embedding sentences")
    scores["sentences by cosine"] = _plain_sentences(cases, room.bench)
    return scores


def _spans(outcome: Outcome, found: Sequence[Chunk]) -> Iterator[Score]:
    if missing := unlocated(outcome):
        yield from (outcome.without(name, *missing) for name in SPANS)
    else:
        wanted = [stretch_of(e) for e in outcome.evidence or ()]
        yield from all_span_scores(outcome, wanted, [chunk.place for chunk in found])
