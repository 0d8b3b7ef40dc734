"""MTRAG's human evaluation: answers to turns of conversations, and how faithful people found them
to the passages that were given.

Katsis et al., "MTRAG: A Multi-Turn Conversational Benchmark for Evaluating Retrieval-Augmented
Generation Systems" (2025).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Field, TypeAdapter

from corpus.errors import CorpusError
from evals.measures.texts import supported
from evals.suites.files import read_file
from evals.suites.suite import Room
from evals.types import Measure, Score, State

NAME = "mtrag"
FILE = "reference_subset_with_human_evaluations.json"
ASPECT = "faithfulness"
MEASURES = (
    Measure("faithfulness_spearman", "share of an answer's sentences that its passages bear, with "
            "how faithful people found it", share=False, statistic="spearman", reads=ASPECT),
)  # fmt: skip


class _Named(BaseModel):
    name: str
    display_name: str = ""
    author: str = ""


class _Document(BaseModel):
    document_id: str
    text: str


class _Context(BaseModel):
    document_id: str


class _Task(BaseModel):
    task_id: str
    contexts: tuple[_Context, ...]


class _Value(BaseModel):
    value: float


class _Evaluation(BaseModel):
    task_id: str
    model_id: str
    model_response: str
    annotations: dict[str, dict[str, _Value]]


class _File(BaseModel):
    metrics: list[_Named] = Field(default_factory=list)
    documents: list[_Document]
    tasks: list[_Task]
    evaluations: list[_Evaluation] = Field(default_factory=list)


_FILE = TypeAdapter(_File)


@dataclass(frozen=True, slots=True)
class Rated:
    """An answer with the passages that were given for it, what each person found (1..4, 4 is
    faithful), and what the measures of the file make of it, by their name.
    """

    id: str
    conversation: str
    system: str
    answer: str
    contexts: tuple[str, ...]
    people: tuple[float, ...]
    measures: Mapping[str, float]

    def scores(self, measured: Mapping[str, float | None]) -> list[Score]:
        """A score of each measure, truth is the mean of what people found; None is unscored."""
        mean = sum(self.people) / len(self.people)
        return [self._score(name, value, mean) for name, value in measured.items()]

    def each_other(self, name: str) -> list[Score]:
        """A score of each person, with the mean of what the others found as truth."""
        rest = len(self.people) - 1
        return [
            self._score(name, one, (sum(self.people) - one) / rest, turn)
            for turn, one in enumerate(self.people)
            if rest
        ]

    def _score(self, name: str, value: float | None, truth: float, turn: int = 0) -> Score:
        state: State = "unscored" if value is None else "scored"
        return Score(self.id, turn, self.system, self.conversation, name, value, state, truth=truth)


def faithful_scores(answers: Sequence[Rated], room: Room) -> list[Score]:
    """The share of each answer's sentences that its passages bear, by the verifier of the settings,
    beside the mean of what people found; unscored where nobody was asked.
    """
    if not answers:
        return [Score("", 0, "", "", ASPECT, None, "unscored", "people judged no answer")]
    room.progress("Verifying answers")
    verifier, scores = room.verifier(), []
    for answer in answers:
        share, _ = supported(answer.answer, answer.contexts, verifier, answer.conversation) or (
            None,
            None,
        )
        scores += answer.scores({ASPECT: share})
    return scores


def faithful_baselines(answers: Sequence[Rated]) -> dict[str, list[Score]]:
    """What each measure of the file makes of the answers, by its name."""
    shown = dict.fromkeys(name for answer in answers for name in answer.measures)
    return {
        f"{name} (in the file)": [
            s for a in answers if name in a.measures for s in a.scores({ASPECT: a.measures[name]})
        ]
        for name in shown
    }


def read_rated(folder: Path) -> tuple[Rated, ...]:
    """The answers that people rated.

    Raises:
        CorpusError: the file is absent or not as published.
    """
    file = read_file(folder / FILE, _FILE)
    documents = {document.document_id: document.text for document in file.documents}
    contexts = {task.task_id: [c.document_id for c in task.contexts] for task in file.tasks}
    given = {id_ for found in file.evaluations for id_ in contexts.get(found.task_id, [""])}
    if given - documents.keys():
        raise CorpusError(
            f"{folder / FILE} lacks the task or a passage of an answer.", "Get the file anew."
        )
    shown = {m.name: m.display_name or m.name for m in file.metrics if m.author == "algorithm"}
    return tuple(
        Rated(
            f"{found.task_id}/{found.model_id}", found.task_id.partition("<::>")[0],
            found.model_id, found.model_response,
            tuple(documents[id_] for id_ in contexts[found.task_id]),
            tuple(label.value for label in found.annotations[ASPECT].values()),
            {
                shown[name]: next(iter(values.values())).value
                for name, values in found.annotations.items()
                if name in shown and values
            },
        )
        for found in file.evaluations
        if found.annotations.get(ASPECT)
    )  # fmt: skip
