"""What a sentence says otherwise than the words it cites: no likeness outweighs it."""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.wording import HEDGES, NEGATIONS, figures, names, stem, stems, words
from index.terms import STOP_WORDS

_MAGNITUDES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_LARGE = re.compile(
    rf"\b(\d+(?:,\d{{3}})*(?:\.\d+)?|[a-z]+(?:-[a-z]+)?)[ -]({'|'.join(_MAGNITUDES)})s?\b",
    re.IGNORECASE,
)


def difference(sentence: str, evidence: str) -> str:
    """What of a sentence the evidence says otherwise, in words; "" where nothing is found.

    Figures and dates, names, negation, hedges, who does it to whom.
    """
    said, cited = set(words(sentence)), set(words(evidence))
    if missing := sorted(_figures(sentence) - _figures(evidence)):
        return f"figure not in the cited words: {', '.join(missing)}"
    there = stems(evidence)
    for name in names(sentence):
        if not all(stem(w) in there for w in words(name) if w not in STOP_WORDS):
            return f"name not in the cited words: {name}"
    if bool(said & NEGATIONS) != bool(cited & NEGATIONS):
        return "negation differs from the cited words"
    if cited & HEDGES and not said & HEDGES:
        return "hedge of the cited words is dropped"
    if turned := _turned(sentence, evidence):
        return f"who does it to whom differs from the cited words: {turned}"
    return ""


def _figures(text: str) -> frozenset[str]:
    """Figures with their magnitude: "1.5 million" is 1500000, as is "1,500,000"."""
    return figures(_LARGE.sub(_written_out, text))


def _written_out(found: re.Match[str]) -> str:
    told = figures("1" if found[1].lower() in {"a", "one"} else found[1])
    if len(told) != 1 or not re.fullmatch(r"\d+(?:\.\d+)?", number := next(iter(told))):
        return found[0]
    whole, _, part = number.partition(".")
    zeros = _MAGNITUDES[found[2].lower()]
    if len(part) > zeros:
        return found[0]
    return str(int(whole + part.ljust(zeros, "0")))


def _turned(sentence: str, evidence: str) -> str:
    """Two names in a row, of which the evidence has the other first with the same word between.

    A passive ("by") turns the order without turning the sense, so that nothing is said of it.
    """
    said, cited = ([stem(w) for w in words(text)] for text in (sentence, evidence))
    if "by" in said or "by" in cited:
        return ""
    named = [[stem(w) for w in words(name) if w not in STOP_WORDS] for name in names(sentence)]
    for one, other in pairwise(named):
        if not one or not other or set(one) & set(other):
            continue
        between = _between(said, one[-1], other[0])
        if between & _between(cited, other[-1], one[0]) and not _between(cited, one[-1], other[0]):
            return f"{one[-1]}, {other[0]}"
    return ""


def _between(found: list[str], first: str, then: str) -> set[str]:
    """The content words that stand between two words, in that order; none where they do not."""
    if first not in found or then not in found[found.index(first) :]:
        return set()
    start = found.index(first)
    return {w for w in found[start + 1 : found.index(then, start)] if w not in STOP_WORDS}
