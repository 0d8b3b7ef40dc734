"""CLAP NQ: questions with a Wikipedia passage that answers them, or does not.

Rosenthal, Sil, Florian and Roukos, "CLAPNQ: Cohesive Long-form Answers from Passages in Natural
Questions for RAG systems" (2024).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from pydantic import BaseModel, Field, TypeAdapter

from assistant.assembly import Bench
from assistant.evidence import candidates
from assistant.questions import understand
from assistant.ranking import rank_scores
from assistant.types import Ask
from assistant.weights import weights
from evals.locating import locate
from evals.measures.retrieval import Stretch
from evals.reading import split_of
from evals.suites.documents import write_source
from evals.suites.files import Said, read_file
from evals.suites.plain import Chunk, PlainIndex, rank_baselines, whole_documents
from evals.suites.suite import Plan, Room, Suite, learned_group
from evals.types import Case, Expected, Fact, Measure, Outcome, Score
from index.types import Query

NAME = "clapnq"
FILES = {"answerable.jsonl": True, "unanswerable.jsonl": False}
TOP = 3
MOST_PASSAGES = 10_000
MEASURES = (
    Measure(
        "sentence_f1",
        f"the {TOP} likeliest sentences of the right passage, F1 against a person's selection",
    ),
)


class _Passage(BaseModel):
    title: str
    sentences: tuple[str, ...] = Field(min_length=1)


class _Output(BaseModel):
    answer: str = ""
    selected_sentences: tuple[str, ...] = ()


class Row(BaseModel):
    """A question with its passage, as published."""

    id: str
    input: Said
    passages: tuple[_Passage, ...] = Field(min_length=1)
    output: tuple[_Output, ...] = ()

    @property
    def passage(self) -> _Passage:
        return self.passages[0]

    @property
    def selections(self) -> tuple[tuple[str, ...], ...]:
        """The sentences that each person chose as those that answer."""
        chosen = (tuple(filter(None, map(str.strip, o.selected_sentences))) for o in self.output)
        return tuple(filter(None, chosen))

    @property
    def selected(self) -> tuple[str, ...]:
        """Those that anyone chose."""
        return tuple(dict.fromkeys(chain.from_iterable(self.selections)))


_ROWS = TypeAdapter(list[Row])


def clapnq(folder: Path) -> Suite:
    """The questions of both files over all of their passages.

    Raises:
        CorpusError: a file is absent or not as published.
    """
    rows = read_rows(folder)
    ids = source_ids(rows)
    cases = tuple(
        _case(place, id_, *row) for place, (id_, row) in enumerate(zip(ids, rows, strict=True))
    )
    texts = {
        id_: f"{row.passage.title}\n{_text(row)}" for id_, (row, _) in zip(ids, rows, strict=True)
    }
    return Suite(
        NAME,
        "the makers of CLAP NQ; people chose the sentences that answer",
        cases,
        partial(write_passages, rows),
        scores=partial(_scores, rows, cases),
        baselines=partial(_baselines, rows, cases, texts),
    )


def read_rows(folder: Path) -> list[tuple[Row, bool]]:
    """The questions with whether their passage answers them.

    Raises:
        CorpusError: a file is absent or not as published.
    """
    return [
        (row, answerable)
        for name, answerable in FILES.items()
        for row in read_file(folder / name, _ROWS)
    ]


def write_passages(rows: Sequence[tuple[Row, bool]], folder: Path) -> None:
    """Writes every passage as a source, each of its sentences a paragraph."""
    for id_, (row, _) in zip(source_ids(rows), rows, strict=True):
        write_source(folder, id_, row.passage.title, _text(row), "Wikipedia")


def source_ids(rows: Sequence[tuple[Row, bool]]) -> list[str]:
    """The source of each question: a passage that is there for two questions is one source."""
    first: dict[str, str] = {}
    return [first.setdefault(_text(row), f"p{place}") for place, (row, _) in enumerate(rows)]


def _text(row: Row) -> str:
    return "\n\n".join(sentence.strip() for sentence in row.passage.sentences)


def _case(place: int, source_id: str, row: Row, answerable: bool) -> Case:
    id_ = f"p{place}-{row.id}"
    source = (source_id,)
    facts = tuple(Fact(fact=s, source=source[0], words=s) for s in row.selected)
    turn = Expected(
        question=row.input,
        sources=source if answerable else None,
        nearest=() if answerable else source,
        facts=facts if answerable else None,
        expected=row.output[0].answer if row.output else "",
        answerable=answerable,
    )
    return Case(id_, "SF" if answerable else "NA", (turn,), row.passage.title, split_of(id_))


def _scores(rows: Sequence[tuple[Row, bool]], cases: Sequence[Case], room: Room) -> list[Score]:
    """What the assistant's model of relevance ranks highest in the right passage, whether or not
    the assistant answers."""
    assert room.bench is not None
    room.progress("Choosing sentences")
    return [
        _f1(case, row, _ours(case, row, room.bench, room.plan))
        for (row, answerable), case in zip(rows, cases, strict=True)
        if answerable
    ]


def _ours(case: Case, row: Row, bench: Bench, plan: Plan) -> list[int]:
    """The likeliest sentences by a model that learned from no question on the passage's title."""
    fitted = weights().without(learned_group(NAME, case))
    question = understand(Ask(row.input, plan.today))
    rank = partial(rank_scores, question, model=fitted.ranking)
    found = bench.retriever.search(Query(question.standalone, limit=MOST_PASSAGES), rank)
    (source,) = case.turns[0].sources or ()
    right = tuple(hit for hit in found.hits if hit.source.id == source)
    if not right:
        return []
    text = bench.retriever.source_text(source, right[0].source.version)
    ends = [span.end for s in row.passage.sentences if (span := locate(s.strip(), text))]
    chosen: dict[int, None] = {}
    for candidate in candidates(question, replace(found, hits=right), fitted.sentence):
        passage = candidate.hit.passage
        start = passage.sentences[candidate.i].start
        chosen.setdefault(sum(end <= start for end in ends))
    return list(chosen)[:TOP]


def _f1(case: Case, row: Row, chosen: Sequence[int]) -> Score:
    outcome = Outcome(case, 0, None, None)
    sentences = [sentence.strip() for sentence in row.passage.sentences]
    if not row.selections:
        return outcome.without("sentence_f1", "unscored", "no sentence was selected")
    wanted = set(row.selections[0])
    right = len(wanted & {sentences[i] for i in chosen if i < len(sentences)})
    return outcome.score("sentence_f1", 2 * right / (len(wanted) + len(set(chosen))))


def _baselines(
    rows: Sequence[tuple[Row, bool]],
    cases: Sequence[Case],
    texts: Mapping[str, str],
    room: Room,
) -> Mapping[str, Sequence[Score]]:
    assert room.bench is not None
    room.progress("Embedding passages plainly")
    asked = {"": [(case, case.turns[0].question) for case in cases]}
    told = rank_baselines(whole_documents(texts), asked, room.bench.embedder)
    told["dense"] += [
        _f1(case, row, _closest(row))
        for (row, answerable), case in zip(rows, cases, strict=True)
        if answerable
    ]
    return told


def _closest(row: Row) -> list[int]:
    """The sentences of the passage with the highest cosines."""
    index = PlainIndex(
        [Chunk(s, Stretch(("", ""), i, i)) for i, s in enumerate(row.passage.sentences)]
    )
    return [int(i) for i in np.argsort(-index.dense(row.input), kind="stable")[:TOP]]
