"""MTRAG: turns of conversations with the passages that bear on them.

Katsis et al., "MTRAG: A Multi-Turn Conversational Benchmark for Evaluating Retrieval-Augmented
Generation Systems" (2025). What people found of its answers is read in `faithfulness.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, TypeAdapter

from evals.reading import split_of
from evals.suites.documents import write_source
from evals.suites.faithfulness import (
    FILE,
    NAME,
    faithful_baselines,
    faithful_scores,
    read_rated,
)
from evals.suites.files import read_file
from evals.suites.plain import rank_baselines, whole_documents
from evals.suites.suite import Room, Suite
from evals.types import Case, Expected, Score

SHARED = "<::>"
"""Between the conversation and the turn, in the id of a task."""


class _Document(BaseModel):
    document_id: str
    text: str
    title: str | None = None


class _Context(BaseModel):
    document_id: str


class _Said(BaseModel):
    speaker: Literal["user", "agent"]
    text: str


class _Task(BaseModel):
    task_id: str
    input: tuple[_Said, ...]
    contexts: tuple[_Context, ...]
    targets: tuple[_Said, ...] = ()
    answerability: tuple[str, ...] = Field(alias="Answerability")

    @property
    def questions(self) -> list[str]:
        return [s.text for s in self.input if s.speaker == "user" and s.text.strip()]


class _File(BaseModel):
    documents: tuple[_Document, ...]
    tasks: tuple[_Task, ...]


_FILE = TypeAdapter(_File)


def mtrag(folder: Path) -> Suite:
    """The last turns of its tasks over all of its passages, with what the user asked before.

    A task that is answerable in part counts as answerable; one that only makes conversation asks
    nothing and is left out.

    Raises:
        CorpusError: the file is absent or not as published.
    """
    file = read_file(folder / FILE, _FILE)
    ids = {document.document_id: f"d{n}" for n, document in enumerate(file.documents)}
    tasks = [t for t in file.tasks if "CONVERSATIONAL" not in t.answerability and t.questions]
    cases = tuple(_case(task, ids) for task in tasks)
    texts = {ids[d.document_id]: (d.title or d.text.split("\n")[0], d.text) for d in file.documents}

    def write(into: Path) -> None:
        for id_, (title, text) in texts.items():
            write_source(into, id_, title, text, "MTRAG")

    plain = {id_: text for id_, (_, text) in texts.items()}
    answers = read_rated(folder)
    return Suite(
        NAME,
        "the makers of MTRAG; people wrote the questions",
        cases,
        write,
        scores=partial(faithful_scores, answers),
        baselines=lambda room: _baselines(tasks, cases, plain, room) | faithful_baselines(answers),
    )


def _case(task: _Task, ids: Mapping[str, str]) -> Case:
    answerable = "UNANSWERABLE" not in task.answerability
    bearing = tuple(ids.get(c.document_id, f"missing-{c.document_id}") for c in task.contexts)
    *history, question = task.questions
    turn = Expected(
        question=question,
        history=tuple(history),
        sources=bearing if answerable else None,
        nearest=() if answerable else bearing,
        expected=task.targets[0].text if task.targets else "",
        answerable=answerable,
    )
    kind = "NA" if not answerable else "FU" if history else "SF"
    return Case(task.task_id, kind, (turn,), task.task_id.split(SHARED)[0], split_of(task.task_id))


def _baselines(
    tasks: Sequence[_Task], cases: Sequence[Case], texts: Mapping[str, str], room: Room
) -> dict[str, Sequence[Score]]:
    assert room.bench is not None
    room.progress("Embedding passages plainly")
    both = list(zip(tasks, cases, strict=True))
    asked = {
        ", last turn": [(case, task.questions[-1]) for task, case in both],
        ", last two turns": [(case, "\n".join(task.questions[-2:])) for task, case in both],
    }
    return dict(rank_baselines(whole_documents(texts), asked, room.bench.embedder))
