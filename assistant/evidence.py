"""How much each sentence found bears on the question, and whether anything answers it.

Both are logistic models over a few explainable features. Their weights are fitted by
`attache eval fit` (see `evals/fitting.py`) and lie in `fitted.json` with the figures they reached.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.learned import Model
from assistant.places import is_place
from assistant.types import Question
from assistant.wording import content_stems, figures, names, stem, stems, words
from index.types import Found, Hit

SENTENCE_FEATURES = (
    "cosine", "passage_cosine", "coverage", "coverage_in_context", "aim_met", "names_met",
    "numbers_met", "rank", "opens_passage", "aside", "behind_best",
)  # fmt: skip
ANSWER_FEATURES = (
    "cosine", "fitting_cosine", "spread", "passage_cosine", "coverage", "coverage_in_context",
    "names_met", "numbers_met", "unknown_terms", "lead", "aim_met", "asks_advice", "compares",
    "law_missing",
)  # fmt: skip
# Headings over what qualifies a text rather than says it.
ASIDE = re.compile(r"\b(?:caveat|limitation|note on|not known|uncertain|background)", re.IGNORECASE)
# What asks for a rule, and what a passage that states or reports one speaks of.
ASKS_LAW = re.compile(
    r"\b(?:laws?|statutes?|legislation|legal(?:ly)?|illegal|bans?|banned|forbid\w*|forbade|prohibit\w*|"
    r"outlaw\w*|allow(?:s|ed)?|require[sd]?|restrict\w*)\b",
    re.IGNORECASE,
)
LAW = re.compile(
    r"\b(?:laws?|statutes?|legislat\w+|bills?|acts?|code|resolution|circular|regulations?|rules?|bans?|"
    r"banned|forbid\w*|forbade|prohibit\w*|outlaw\w*|restrict\w*)\b",
    re.IGNORECASE,
)
_YEAR_OR_MONTH = re.compile(r"month-\d+|(?:1[5-9]|20)\d\d")
_DATE = re.compile(
    r"\b(?:1[5-9]|20)\d\d\b|\b\d{1,2} (?:January|February|March|April|May|June|July|August|"
    r"September|October|November|December)\b"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be used: the `i`th of the hit's passage, with its relevance (0..1)."""

    hit: Hit
    i: int
    relevance: float

    @property
    def text(self) -> str:
        return self.hit.passage.sentence(self.i)


def candidates(question: Question, found: Found, model: Model) -> tuple[Candidate, ...]:
    """Every sentence of every hit with its relevance, most relevant first."""
    features, places = sentence_features(question, found)
    if not places:
        return ()
    scores = model(features)
    ranked = [Candidate(hit, i, float(p)) for (hit, i), p in zip(places, scores, strict=True)]
    return tuple(sorted(ranked, key=lambda c: -c.relevance))


def sentence_features(
    question: Question, found: Found
) -> tuple[NDArray[np.float64], list[tuple[Hit, int]]]:
    """Features (n, 11) of all n sentences found, in the order of SENTENCE_FEATURES; `behind_best`
    is how far the passage's score lies below the best one's.
    """
    weights = term_weights(question, found)
    top = max((hit.score for hit in found.hits), default=0.0)
    rows: list[list[float]] = []
    places: list[tuple[Hit, int]] = []
    for rank, hit in enumerate(found.hits):
        context = context_stems(hit)
        for i, cosine in enumerate(hit.sentences):
            text = hit.passage.sentence(i)
            around = stems(text) | context
            rows.append(
                [
                    cosine,
                    hit.dense,
                    covered(weights, stems(text)),
                    covered(weights, around),
                    float(meets_aim(question, text)),
                    names_met(question, weights, around),
                    numbers_met(question, figures(text) | figures(hit.source.published or "")),
                    1.0 / (1 + rank),
                    float(i == 0),
                    float(bool(ASIDE.search(hit.passage.heading))),
                    top - hit.score,
                ]
            )
            places.append((hit, i))
    return np.asarray(rows, dtype=np.float64).reshape(len(places), len(SENTENCE_FEATURES)), places


def answer_features(question: Question, found: Found, best: tuple[Candidate, ...]) -> list[float]:
    """Features of the whole find, in the order of ANSWER_FEATURES; `best` are its candidates.

    `fitting_cosine` looks only at sentences that have the sort of thing asked for, discounted by
    the names that are missing around them. Names and words are looked for in the three closest
    passages by meaning: the first ones were put there because they have them.
    """
    if not found.hits or not best:
        return [0.0] * len(ANSWER_FEATURES)
    weights = term_weights(question, found)
    around = {h.passage.id: stems(h.passage.text) | context_stems(h) for h in found.hits}
    closest = sorted(found.hits, key=lambda h: -h.dense)[:3]
    top = [around[h.passage.id] for h in closest]
    if question.aim == "compare":
        top = [frozenset().union(*around.values())]
    near = [c for c in best if meets_aim(question, c.text)]
    cosines = sorted((c.hit.sentences[c.i] for c in best), reverse=True)
    dense = [h.dense for h in found.hits]
    return [
        cosines[0],
        max(
            (
                c.hit.sentences[c.i] * names_met(question, weights, around[c.hit.passage.id])
                for c in near
            ),
            default=0.0,
        ),
        cosines[0] - float(np.mean(cosines[1:8] or [0.0])),
        max(dense),
        max(covered(weights, stems(c.text)) for c in best[:3]),
        max(covered(weights, a) for a in top),
        max(names_met(question, weights, a) for a in top),
        max(numbers_met(question, figures(h.passage.text) | _dated(h)) for h in closest),
        sum(weights[stem(w)] for w, n in found.frequency if n == 0 and stem(w) in weights)
        / (sum(weights.values()) or 1.0),
        max(dense) - float(np.mean(dense)),
        float(any(meets_aim(question, c.text) for c in best[:2])),
        float(question.aim == "should"),
        float(question.aim == "compare"),
        float(law_missing(question, found)),
    ]


def term_weights(question: Question, found: Found) -> dict[str, float]:
    """Inverse document frequency of the question's content stems, log(1 + N / (1 + n))."""
    frequency = {stem(word): count for word, count in found.frequency}
    size = max(found.passages, 1)
    return {
        s: math.log(1 + size / (1 + frequency.get(s, 0)))
        for s in content_stems(question.standalone)
    }


def covered(weights: dict[str, float], present: frozenset[str]) -> float:
    """Share (0..1) of the question's term weight that `present` holds."""
    total = sum(weights.values())
    return sum(w for s, w in weights.items() if s in present) / total if total else 0.0


def context_stems(hit: Hit) -> frozenset[str]:
    """Stems of what stands around a passage: title, heading, places, publisher."""
    source = hit.source
    parts = (source.title, hit.passage.heading, source.publisher, source.cite_as)
    return stems(" ".join((*parts, *source.jurisdictions, *source.cities)))


def names_met(question: Question, weights: dict[str, float], present: frozenset[str]) -> float:
    """Share (0..1) of the question's names that stand there, rare ones weighing more; 1 if none."""
    if not question.names:
        return 1.0
    weighed = {n: max(weights.get(stem(w), 0.1) for w in words(n)) for n in question.names}
    met = sum(weight for name, weight in weighed.items() if name_met(name, present))
    return met / sum(weighed.values())


def name_met(name: str, present: frozenset[str]) -> bool:
    """Whether at least two thirds of a name's words stand there."""
    wanted = [stem(w) for w in words(name)]
    return sum(w in present for w in wanted) * 3 >= len(wanted) * 2


def numbers_met(question: Question, present: frozenset[str]) -> float:
    """Share (0..1) of the question's figures and years that stand there; 1 if it has none.

    A rounded figure is met by one that begins with it: 525 by 525.7.
    """
    wanted = question.numbers
    if not wanted:
        return 1.0
    return sum(any(p == w or p.startswith(f"{w}.") for p in present) for w in wanted) / len(wanted)


def meets_aim(question: Question, text: str) -> bool:
    """Whether a sentence has the sort of thing asked for: a date, a figure, a name."""
    match question.aim:
        case "when":
            return bool(_DATE.search(text))
        case "count":
            return any(not _YEAR_OR_MONTH.fullmatch(f) for f in figures(text))
        case "who" | "where":
            return bool(set(names(text)) - set(question.names))
        case _:
            return True


def law_missing(question: Question, found: Found) -> bool:
    """Whether a place's law is asked for, and no passage found speaks of a rule of that place."""
    places = [name for name in question.names if is_place(name)]
    if not places or not ASKS_LAW.search(question.standalone):
        return False
    return not any(all(name_met(place, text) for place in places) for text in _ruled(found))


def lawless_places(question: Question, found: Found) -> tuple[str, ...]:
    """The places whose law is asked for and missing, as the question names them."""
    if not law_missing(question, found):
        return ()
    places = tuple(name for name in question.names if is_place(name))
    ruled = _ruled(found)
    return tuple(p for p in places if not any(name_met(p, text) for text in ruled)) or places


def _ruled(found: Found) -> list[frozenset[str]]:
    """Stems of each passage found that speaks of a rule."""
    return [stems(h.passage.text) for h in found.hits if LAW.search(h.passage.text)]


def _dated(hit: Hit) -> frozenset[str]:
    return figures(hit.source.published or "")
