"""RAGChecker's human labels: of two systems' answers to a question, which one people prefer.

Ru et al., "RAGChecker: A Fine-grained Framework for Diagnosing Retrieval-Augmented Generation"
(2024), section 4.2: what a measure makes of the second answer less what it makes of the first is
correlated with the preference of each person (-2..2, above 0 for the second).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import BaseModel, TypeAdapter

from assistant.settings import Settings
from assistant.verifiers import make_verifier
from evals.measures import texts
from evals.statistics import Floats
from evals.suites.files import read_file
from evals.suites.suite import Room, Suite
from evals.types import Measure, Score
from index.embedders import make_embedder

NAME = "ragchecker"
FILE = "human_labels.json"
ASPECTS = ("correctness", "completeness", "overall")
OURS = {
    "word_f1": "content words in common with the reference, F1",
    "word_recall": "share of the reference's content words",
    "fact_recall": "share of the reference's sentences that are said",
    "support": "the verifier's mean score of the answer's sentences beside the reference",
    "similarity": "cosine of the vectors of answer and reference",
    "length": "words of the answer",
}
PLAIN = {"rouge_l": "ROUGE-L", "tfidf": "TF-IDF cosine"}
MEASURES = tuple(
    Measure(
        f"{aspect}_by_{name}", f"people's preference in {aspect}, told by: {what}",
        share=False, statistic="spearman",
    )
    for aspect in ASPECTS
    for name, what in (OURS | PLAIN).items()
)  # fmt: skip


class _Answer(BaseModel):
    response: str


class _Row(BaseModel):
    instance_id: int
    dataset: str
    query_id: str
    query: str
    gt_answer: str
    model1: _Answer
    model2: _Answer
    correctness_label: float
    completeness_label: float
    overall_label: float


_ROWS = TypeAdapter(list[_Row])


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to a question, the reference, and what each person prefers in each aspect."""

    id: str
    dataset: str
    reference: str
    first: str
    second: str
    preferences: tuple[Mapping[str, float], ...]

    def scores(self, name: str, difference: float) -> list[Score]:
        """One score for each aspect and person: the difference, with their preference as truth."""
        return [
            Score(self.id, person, self.dataset, self.id, f"{aspect}_by_{name}",
                  difference, "scored", truth=preference[aspect])
            for person, preference in enumerate(self.preferences)
            for aspect in ASPECTS
        ]  # fmt: skip


def ragchecker(folder: Path) -> Suite:
    """The pairs of `human_labels.json`.

    Raises:
        CorpusError: the file is absent or not as published.
    """
    pairs = read_pairs(folder)
    return Suite(
        NAME,
        "the makers of RAGChecker; preferred by people",
        documents=None,
        scores=partial(_scores, pairs),
        baselines=partial(baselines, pairs),
    )


def read_pairs(folder: Path) -> tuple[Pair, ...]:
    """The pairs with all labels of each; the file has a row for each person's."""
    rows: dict[tuple[int, str, str], list[_Row]] = {}
    for row in read_file(folder / FILE, _ROWS):
        rows.setdefault((row.instance_id, row.dataset, row.query_id), []).append(row)
    return tuple(
        Pair(
            f"{dataset}/{query}/{instance}", dataset.partition("/")[0], labels[0].gt_answer,
            labels[0].model1.response, labels[0].model2.response,
            tuple({aspect: getattr(r, f"{aspect}_label") for aspect in ASPECTS} for r in labels),
        )
        for (instance, dataset, query), labels in rows.items()
    )  # fmt: skip


def _scores(pairs: Sequence[Pair], room: Room) -> list[Score]:
    room.progress("Measuring both answers")
    return told(pairs, ours(pairs, room.settings))


def baselines(pairs: Sequence[Pair], _: Room) -> Mapping[str, Sequence[Score]]:
    return {PLAIN[name]: told(pairs, {name: by}) for name, by in plain(pairs).items()}


def told(pairs: Sequence[Pair], differences: Mapping[str, Floats]) -> list[Score]:
    """The scores of every measure, of which `differences` holds (n,) for n pairs."""
    return [
        score
        for name, values in differences.items()
        for pair, value in zip(pairs, values, strict=True)
        for score in pair.scores(name, float(value))
    ]


def ours(pairs: Sequence[Pair], settings: Settings) -> dict[str, Floats]:
    """What each of our measures makes of the second answer less what it makes of the first."""
    embedder = make_embedder(settings.embedder, settings.number_type)
    verifier = make_verifier(settings.verifier, embedder)
    references = texts.vectors([pair.reference for pair in pairs], embedder)

    def similarity(answers: list[str]) -> Floats:
        likeness: Floats = (texts.vectors(answers, embedder) * references).sum(axis=1)
        return likeness

    def support(answer: str, reference: str) -> float:
        borne = texts.supported(answer, [reference], verifier)
        return borne[1] if borne else 0.0

    first, second = [pair.first for pair in pairs], [pair.second for pair in pairs]
    return {
        "word_f1": _differences(pairs, texts.word_f1),
        "word_recall": _differences(pairs, texts.word_recall),
        "fact_recall": _differences(pairs, texts.fact_recall),
        "support": _differences(pairs, support),
        "similarity": similarity(second) - similarity(first),
        "length": _differences(pairs, lambda answer, _: texts.length(answer)),
    }


def plain(pairs: Sequence[Pair]) -> dict[str, Floats]:
    """The same of overlap as it is usually measured; TF-IDF learns from all texts of the data."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    every = [[pair.first, pair.second, pair.reference] for pair in pairs]
    weigh = TfidfVectorizer().fit([text for three in every for text in three])

    def cosine(answer: str, reference: str) -> float:
        one, other = weigh.transform([answer, reference])
        return float((one @ other.T).sum())

    return {
        "rouge_l": _differences(pairs, texts.rouge_l),
        "tfidf": _differences(pairs, cosine),
    }


def _differences(pairs: Sequence[Pair], by: texts.AgainstReference) -> Floats:
    return np.asarray([by(p.second, p.reference) - by(p.first, p.reference) for p in pairs])
