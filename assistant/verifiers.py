"""Does this evidence support this sentence? Figures, names and negation first, likeness last."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from assistant.wording import (
    HEDGES,
    NEGATIONS,
    figures,
    names,
    stem,
    stems,
    words,
)
from corpus.errors import SettingsError
from index.terms import STOP_WORDS


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether evidence bears a sentence, how surely (0..1), and what speaks against it."""

    supported: bool
    score: float
    reason: str = ""


class Verifier(Protocol):
    """Judges a sentence against the words it cites."""

    def judge(self, sentence: str, evidence: str) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class LexicalVerifier:
    """Supported where the same words stand there, or where nothing checkable differs and at least
    `threshold` of the sentence's content words do.

    A figure, date, name or negation that the evidence lacks, or a hedge that the sentence drops,
    fails it however alike the rest.
    """

    threshold: float = 0.75

    def judge(self, sentence: str, evidence: str) -> Verdict:
        if plain(sentence) and plain(sentence) == plain(evidence):
            return Verdict(True, 1.0)
        if missing := sorted(figures(sentence) - figures(evidence)):
            return Verdict(False, 0.0, f"figure not in the cited words: {', '.join(missing)}")
        there = stems(evidence)
        for name in names(sentence):
            if not all(stem(w) in there for w in words(name) if w not in STOP_WORDS):
                return Verdict(False, 0.0, f"name not in the cited words: {name}")
        said, cited = set(words(sentence)), set(words(evidence))
        if bool(said & NEGATIONS) != bool(cited & NEGATIONS):
            return Verdict(False, 0.0, "negation differs from the cited words")
        if cited & HEDGES and not said & HEDGES:
            return Verdict(False, 0.0, "hedge of the cited words is dropped")
        wanted = {stem(w) for w in words(sentence) if w not in STOP_WORDS and not figures(w)}
        score = len(wanted & there) / len(wanted) if wanted else 0.0
        supported = score >= self.threshold
        return Verdict(supported, score, "" if supported else "too few of its words are cited")


def plain(text: str) -> str:
    """A text's words in lower case with single spaces, without punctuation."""
    return " ".join(re.findall(r"\w+", text.lower()))


VERIFIERS: dict[str, Callable[[], Verifier]] = {"lexical": LexicalVerifier}


def make_verifier(setting: str) -> Verifier:
    """The verifier that a setting names.

    Raises:
        SettingsError: there is none of that kind.
    """
    kind = setting.partition(":")[0]
    if kind not in VERIFIERS:
        raise SettingsError(
            f"There is no verifier {kind!r}.", f"Use one of: {', '.join(VERIFIERS)}."
        )
    return VERIFIERS[kind]()
