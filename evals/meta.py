"""Are the measures any good? Each is set beside what people judged, with its 95 % interval.

Single answers are compared, which is harder than whole systems; the bootstrap draws what answers
share (a question, a conversation).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from assistant.settings import Settings
from assistant.verifiers import Verifier
from evals.agreeing import Comparison, Line, Meta, agreement, belief, published
from evals.measures import texts
from evals.suites import attribution, faithfulness, ragchecker
from evals.suites.suite import Plan, Room
from evals.suites.supporting import Judged, verifier_scores
from evals.types import Score

RAGCHECKER_PAPER = "Ru et al., RAGChecker (2024), table 2, over all 280 pairs"
# Pearson and Spearman in the order of `ragchecker.ASPECTS`.
RAGCHECKER_PUBLISHED = {
    "BLEU": ((0.3889, 0.3532), (0.3213, 0.2185), (0.3514, 0.2942)),
    "ROUGE-L": ((0.3175, 0.3172), (0.4788, 0.4567), (0.4310, 0.4321)),
    "BERTScore": ((0.3034, 0.2705), (0.3793, 0.4005), (0.3351, 0.3557)),
    "RAGAS answer similarity": ((0.4107, 0.4321), (0.5316, 0.6135), (0.4831, 0.5723)),
    "RAGChecker": ((0.4966, 0.4695), (0.6067, 0.5811), (0.6193, 0.6090)),
    "one person and the other": ((0.6367, 0.5919), (0.7191, 0.6836), (0.7009, 0.6889)),
}
ATTRIBUTION_PAPER = "Li et al., AttributionBench (2024), abstract: around 0.80"
_CORRELATIONS = ("pearson", "spearman")


def meta(
    data: Path, settings: Settings, progress: Callable[[str], None] = lambda _: None, seed: int = 0
) -> Meta:
    """Compares with the sets in the folders `ragchecker`, `mtrag` and `attribution-bench`.

    Raises:
        CorpusError: a file is absent or not as published; names it.
        SettingsError, ModelError: the verifier or the embedder cannot be used.
    """
    # All is read first, so that what is missing is said before anything slow begins.
    pairs = ragchecker.read_pairs(data / ragchecker.NAME)
    answers = faithfulness.read_rated(data / faithfulness.NAME)
    claims = attribution.read_claims(data / attribution.NAME)
    room = Room(settings, None, data, Plan(date.today(), seed), progress)
    progress("Preferences")
    preferences = tuple(_preferences(pairs, room))
    progress("Faithfulness")
    return Meta((*preferences, _faithfulness(answers, room), _attribution(claims, room)))


def _preferences(pairs: Sequence[ragchecker.Pair], room: Room) -> Iterator[Comparison]:
    """Of each aspect."""
    ours = ragchecker.told(pairs, ragchecker.ours(pairs, room.settings))
    plain = ragchecker.told(pairs, ragchecker.plain(pairs))
    labels = sum(len(pair.preferences) for pair in pairs)
    for at, aspect in enumerate(ragchecker.ASPECTS):
        seed, what = room.plan.seed, "overall quality" if aspect == "overall" else aspect
        people = agreement(
            list(_each_other(pairs, aspect)), dict.fromkeys(_CORRELATIONS, "people"), seed
        )
        lines = []
        for name in ragchecker.OURS:
            read = dict.fromkeys(_CORRELATIONS, f"{aspect}_by_{name}")
            told = agreement(ours, read, seed)
            lines.append(Line(name, "ours", told, belief(told, people, what)))
        for name, shown in ragchecker.PLAIN.items():
            read = dict.fromkeys(_CORRELATIONS, f"{aspect}_by_{name}")
            lines.append(Line(shown, "beside", agreement(plain, read, seed)))
        lines.append(Line("one person and the other", "people", people))
        for name, values in RAGCHECKER_PUBLISHED.items():
            both = dict(zip(_CORRELATIONS, values[at], strict=True))
            lines.append(published(RAGCHECKER_PAPER, name, both))
        yield Comparison(
            f"Preferred answer: {what}",
            f"ragchecker, {labels} labels of {len(pairs)} pairs",
            tuple(lines),
        )


def _each_other(pairs: Sequence[ragchecker.Pair], aspect: str) -> Iterator[Score]:
    for pair in pairs:
        labels = [preference[aspect] for preference in pair.preferences]
        if len(labels) == 2:
            yield Score(pair.id, 0, "", pair.id, "people", labels[0], "scored", truth=labels[1])
        else:
            yield Score(pair.id, 0, "", pair.id, "people", None, "unscored", "not two labels")


def _faithfulness(answers: Sequence[faithfulness.Rated], room: Room) -> Comparison:
    verifier = room.verifier()
    ours = [s for a in answers for s in a.scores(_measured(a, verifier))]
    theirs = [s for a in answers for s in a.scores(a.measures)]
    each = [s for answer in answers for s in answer.each_other("people")]
    people = agreement(each, {"spearman": "people"}, room.plan.seed)
    lines = []
    for name in dict.fromkeys(score.measure for score in ours):
        told = agreement(ours, {"spearman": name}, room.plan.seed)
        lines.append(Line(name, "ours", told, belief(told, people, "faithfulness")))
    for name in dict.fromkeys(score.measure for score in theirs):
        told = agreement(theirs, {"spearman": name}, room.plan.seed)
        lines.append(Line(f"{name} (in the file)", "beside", told))
    lines.append(Line("one person and the mean of the others", "people", people))
    conversations = len({answer.conversation for answer in answers})
    return Comparison(
        "Faithfulness to the passages given",
        f"mtrag, {len(answers)} answers in {conversations} conversations",
        tuple(lines),
    )


def _measured(answer: faithfulness.Rated, verifier: Verifier) -> Mapping[str, float | None]:
    """What our measures make of an answer; an empty one has no support to speak of."""
    supported, support = texts.supported(
        answer.answer, answer.contexts, verifier, answer.conversation
    ) or (None, None)
    return {
        "words_found": texts.words_found(answer.answer, answer.contexts),
        "support": support,
        "supported": supported,
        "details_found": texts.details_found(answer.answer, answer.contexts),
    }


def _attribution(claims: Sequence[Judged], room: Room) -> Comparison:
    room.progress("Attribution")
    name = attribution.MEASURE
    read = {"auroc": f"{name}_score", "macro_f1": name}
    ours = agreement(verifier_scores(claims, name, room), read, room.plan.seed)
    lines = [Line("verifier", "ours", ours, belief(ours, {}, "attribution"))]
    for system, scores in attribution.baselines(claims, room).items():
        lines.append(Line(system, "beside", agreement(scores, read, room.plan.seed)))
    fine_tuned = published(ATTRIBUTION_PAPER, "GPT-3.5, fine-tuned", {"macro_f1": 0.80})
    return Comparison(
        "A claim follows from its references",
        f"attribution-bench, {len(claims)} claims",
        (*lines, fine_tuned),
    )
