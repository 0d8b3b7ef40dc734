"""Does this evidence support this sentence? Figures, names and negation first, likeness last."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from assistant.bearing import Sentence, features, read
from assistant.differing import difference
from assistant.learned import Learned
from assistant.wording import figures, stem, stems, words
from corpus.errors import SettingsError
from index.embedders import Embedder, make_embedder
from index.model_folders import PACKAGED
from index.terms import STOP_WORDS

WEIGHTS = Path(str(files("assistant").joinpath("verifier.json")))
MOST_WORDS = 0.75
"""So large a share of a sentence's content words, in the words that it cites, repeats them."""

LIKELY = 0.5
"""From here on a claim counts as borne by the texts that it is set beside."""

_KEPT = 256


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

    A figure, date, name or negation that the evidence lacks, a hedge that the sentence drops, or
    another who did it to whom fails it however alike the rest.
    """

    threshold: float = MOST_WORDS

    def judge(self, sentence: str, evidence: str) -> Verdict:
        if plain(sentence) and plain(sentence) == plain(evidence):
            return Verdict(True, 1.0)
        if differs := difference(sentence, evidence):
            return Verdict(False, 0.0, differs)
        score = _share_of_words(sentence, evidence)
        supported = score >= self.threshold
        return Verdict(supported, score, "" if supported else "too few of its words are cited")


@dataclass(frozen=True, slots=True)
class LearnedVerifier:
    """Supported where nothing checkable differs and what was learned from people's judgements
    (`attache eval fit-verifier`) finds it likely.

    A sentence beside the words it cites fails on the same differences as with `LexicalVerifier`,
    and where it uses other words than those, it must reach `floor`, from which on few lie that
    people called unsupported. In free wording a sentence, or a whole claim, is set beside whole
    texts, and fails on a figure that stands in none. The `group` is the question or conversation
    that it is from.
    """

    embedder: Embedder
    sentences: Learned
    claims: Learned
    floor: float
    _read: dict[str, tuple[Sentence, ...]] = field(default_factory=dict, compare=False)

    def judge(self, sentence: str, evidence: str) -> Verdict:
        if plain(sentence) and plain(sentence) == plain(evidence):
            return Verdict(True, 1.0)
        if differs := difference(sentence, evidence):
            return Verdict(False, 0.0, differs)
        if (share := _share_of_words(sentence, evidence)) >= MOST_WORDS:
            return Verdict(True, share)
        likely = self._likely(self.sentences, sentence, [evidence], "")
        supported = likely >= self.floor
        return Verdict(supported, likely, "" if supported else "the cited words hardly bear it")

    def judge_sentence(self, sentence: str, texts: Sequence[str], group: str = "") -> Verdict:
        own = plain(sentence)
        if own and any(plain(s.text) == own for read in self._sentences(texts) for s in read):
            return Verdict(True, 1.0)
        return self._weighed(self.sentences, sentence, texts, group)

    def judge_claim(self, claim: str, texts: Sequence[str], group: str = "") -> Verdict:
        return self._weighed(self.claims, claim, texts, group)

    def _weighed(self, by: Learned, said: str, texts: Sequence[str], group: str) -> Verdict:
        there = frozenset[str]().union(*map(figures, texts))
        if missing := sorted(figures(said) - there):
            return Verdict(False, 0.0, f"figure not in the texts: {', '.join(missing)}")
        likely = self._likely(by, said, texts, group)
        supported = likely >= LIKELY
        return Verdict(supported, likely, "" if supported else "the texts hardly bear it")

    def _likely(self, by: Learned, said: str, texts: Sequence[str], group: str) -> float:
        own, *there = self._sentences([said, *texts])
        if not own or not any(there):
            return 0.0
        row = features(own, there)[None, : len(by.features)]
        return float(by.for_group(group)(row)[0])

    def _sentences(self, texts: Sequence[str]) -> list[tuple[Sentence, ...]]:
        """Of each text; those read last are kept, as several sentences are held against them."""
        new = [text for text in dict.fromkeys(texts) if text not in self._read]
        found = {text: self._read[text] for text in texts if text in self._read}
        found |= dict(zip(new, read(new, self.embedder), strict=True))
        self._read.update(found)
        for text in list(self._read)[: max(0, len(self._read) - _KEPT)]:
            self._read.pop(text, None)
        return [found[text] for text in texts]


def _share_of_words(sentence: str, evidence: str) -> float:
    wanted = {stem(w) for w in words(sentence) if w not in STOP_WORDS and not figures(w)}
    return len(wanted & stems(evidence)) / len(wanted) if wanted else 0.0


def plain(text: str) -> str:
    """A text's words in lower case with single spaces, without punctuation."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _learned(embedder: Embedder | None) -> LearnedVerifier:
    """With the committed weights. They were learned from vectors of one model: it is loaded where
    the embedder that is in use is another.
    """
    raw = json.loads(WEIGHTS.read_text("utf-8"))
    if embedder is None or not embedder.fingerprint.startswith(raw["embedder"]):
        embedder = make_embedder(f"sentence-transformers:{PACKAGED}")
    sentences, claims = Learned.from_json(raw["sentences"]), Learned.from_json(raw["claims"])
    return LearnedVerifier(embedder, sentences, claims, raw["floor"])


VERIFIERS: dict[str, Callable[[Embedder | None], Verifier]] = {
    "learned": _learned,
    "lexical": lambda _: LexicalVerifier(),
}


def make_verifier(setting: str, embedder: Embedder | None = None) -> Verifier:
    """The verifier that a setting names; one that needs vectors uses `embedder` where it can.

    Raises:
        SettingsError: there is none of that kind.
        ModelError: the model that it needs cannot be used.
    """
    kind = setting.partition(":")[0]
    if kind not in VERIFIERS:
        raise SettingsError(
            f"There is no verifier {kind!r}.", f"Use one of: {', '.join(VERIFIERS)}."
        )
    return VERIFIERS[kind](embedder)
