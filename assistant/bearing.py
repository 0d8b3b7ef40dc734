"""How far texts bear a claim in free wording, as numbers that can be explained.

A claim's content words are looked for in the sentences of the texts twice: as the same stem, and
softly, as the word in context whose vector is closest (Zhang et al., "BERTScore", 2020).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from assistant.free_text import passages_of
from assistant.wording import (
    HEDGES,
    NEGATIONS,
    figures,
    longest_in_order,
    names,
    stem,
    word_spans,
    words,
)
from corpus.types import Span
from index.embedders import Embedder, PassageInput
from index.terms import STOP_WORDS

Floats = NDArray[np.float64]

STRETCH = 3
"""So many sentences in a row, of one text, are looked at together at most."""

SOFT = (0.5, 0.6, 0.7)
"""Cosines below which a word of the claim counts as not to be found."""

APART = 5
"""Words that stand at most so many content words on are near."""

RISES = (
    "words", "words_in_one", "words_in_two", "words_in_three", "words_of_weakest",
    "soft", "soft_in_one", "soft_in_two", "soft_in_three", "soft_of_weakest", "soft_least",
    "soft_quarter", "soft_fourth_power", "soft_of_missing", "soft_least_in_one",
    "soft_quarter_in_one", "soft_beginning", "soft_end", "pairs", "triples", "content_pairs",
    "near_pairs", "pairs_in_one", "soft_pairs", "soft_pairs_least", "together",
    "anchored", "anchored_least", "soft_anchored", "figures_anchored", "figures_anchored_least",
    "in_order", "in_order_in_one", "run", "figures", "figures_near", "names", "names_near",
    "cosine", "cosine_of_words", "cosine_of_stretch", "cosine_of_any_stretch", "cosine_of_three",
    "cosine_of_all", "cosine_of_weakest",
)  # fmt: skip
"""Features of which more never speaks against a claim."""

FALLS = ("missing", "soft_below_5", "soft_below_6", "soft_below_7", "figures_missing",
         "names_missing")  # fmt: skip
"""Features of which more never speaks for a claim."""

OTHERS = (
    "turned_pairs", "run_words", "precision", "precision_near", "soft_precision",
    "soft_precision_least", "soft_lead", "soft_spread", "place", "has_figures", "has_names",
    "negation_differs", "negation_differs_in_one", "negates", "hedge_dropped", "hedge_added",
    "hedges", "cosine_mean", "length", "texts_length", "texts_sentences", "texts_count",
)  # fmt: skip

FEATURES = (*RISES, *FALLS, *OTHERS)
PLAIN = (*RISES, *FALLS)
"""Features that mean the same wherever a sentence is from, the first of `FEATURES`."""


@dataclass(frozen=True)
class Sentence:
    """A sentence with its words in order: lower case, stems, which carry meaning, and vectors
    (words, dim) in context; and its own vector (dim,), all of unit length.
    """

    text: str
    words: tuple[str, ...]
    vectors: Floats
    vector: Floats

    @cached_property
    def stems(self) -> tuple[str, ...]:
        return tuple(map(stem, self.words))

    @cached_property
    def content(self) -> NDArray[np.intp]:
        """Places of the words that carry meaning; of all words where none does."""
        found = [at for at, word in enumerate(self.words) if word not in STOP_WORDS]
        return np.asarray(found or range(len(self.words)), dtype=np.intp)

    @cached_property
    def content_stems(self) -> tuple[str, ...]:
        return tuple(self.stems[at] for at in self.content)

    @cached_property
    def figures(self) -> frozenset[str]:
        return figures(self.text)

    @property
    def negates(self) -> bool:
        return not NEGATIONS.isdisjoint(self.words)

    @property
    def hedges(self) -> bool:
        return not HEDGES.isdisjoint(self.words)


def read(texts: Sequence[str], embedder: Embedder) -> list[tuple[Sentence, ...]]:
    """The sentences of each text, embedded together."""
    parts = [passages_of(text, embedder.count_tokens, embedder.max_tokens) for text in texts]
    inputs, spoken = [], []
    for passage in chain.from_iterable(parts):
        start = passage.start
        spans = [Span(s.start - start, s.end - start) for s in passage.sentences]
        own = [[w for w in word_spans(passage.text) if s.start <= w.start < s.end] for s in spans]
        inputs.append(PassageInput(passage.text, (*spans, *chain.from_iterable(own))))
        spoken.append((spans, own))
    made = iter(
        _sentences(given.text, *parts_of, vectors.sentences.astype(np.float64))
        for given, parts_of, vectors in zip(
            inputs, spoken, embedder.embed_passages(inputs), strict=True
        )
    )
    return [tuple(chain.from_iterable(next(made) for _ in part)) for part in parts]


def _sentences(
    text: str, spans: Sequence[Span], own: Sequence[Sequence[Span]], vectors: Floats
) -> Iterator[Sentence]:
    """`vectors` (sentences and then words, dim)."""
    at = len(spans)
    for row, (span, found) in enumerate(zip(spans, own, strict=True)):
        said = tuple(text[w.start : w.end].lower().replace("’", "'") for w in found)
        if said:
            whole = text[span.start : span.end]
            yield Sentence(whole, said, vectors[at : at + len(said)], vectors[row])
        at += len(found)


def features(claim: Sequence[Sentence], texts: Sequence[Sequence[Sentence]]) -> Floats:
    """What there is to say of a claim beside texts, (k,), in the order of `FEATURES`; neither may
    be empty.
    """
    told = _Found(claim, [text for text in texts if text]).told()
    return np.asarray([told[name] for name in FEATURES], dtype=np.float64)


class _Found:
    """Where the words of a claim are found."""

    def __init__(self, claim: Sequence[Sentence], texts: Sequence[Sequence[Sentence]]) -> None:
        self.claim, self.texts = claim, texts
        self.all = [sentence for text in texts for sentence in text]
        self.stems = [s for sentence in claim for s in sentence.content_stems]
        self.owner = np.repeat(np.arange(len(claim)), [len(s.content) for s in claim])
        vectors = np.concatenate([s.vectors[s.content] for s in claim])
        self.likeness = [vectors @ s.vectors[s.content].T for s in self.all]
        there = [frozenset(s.stems) for s in self.all]
        # Of each sentence (rows) and word of the claim (columns).
        self.hard = np.asarray([[s in found for s in self.stems] for found in there], np.float64)
        self.soft = np.stack([likeness.max(axis=1) for likeness in self.likeness])
        self.best = int(np.argmax(self.hard.mean(axis=1)))
        self.softest = int(np.argmax(self.soft.mean(axis=1)))
        self.stretches = {n: list(self._stretches(n)) for n in range(1, STRETCH + 1)}
        widest = self.stretches[STRETCH]
        self.near = widest[int(np.argmax([self.hard[s].max(axis=0).mean() for s in widest]))]

    def told(self) -> Mapping[str, float]:
        parts: tuple[Callable[[], Mapping[str, float]], ...] = (
            self._words, self._softly, self._pairs, self._anchored, self._order, self._details,
            self._sense, self._cosines, self._lengths,
        )  # fmt: skip
        return {name: float(value) for part in parts for name, value in part().items()}

    def _stretches(self, most: int) -> Iterator[slice]:
        start = 0
        for text in self.texts:
            end = start + len(text)
            yield from (slice(at, min(at + most, end)) for at in range(start, end))
            start = end

    def _most(self, found: Floats, most: int) -> float:
        """The largest mean over the claim's words of what a stretch holds of them."""
        return max(float(found[s].max(axis=0).mean()) for s in self.stretches[most])

    def _weakest(self, found: Floats) -> float:
        """The same, of the sentence of the claim that fares worst."""
        own = [found[:, self.owner == at] for at in range(len(self.claim))]
        return min(self._most(part, STRETCH) for part in own if part.size)

    def _words(self) -> Mapping[str, float]:
        any_, one = self.hard.max(axis=0), self.all[self.best].content_stems
        near = {s for sentence in self.all[self.near] for s in sentence.content_stems}
        said = set(self.stems)
        return {
            "words": any_.mean(),
            "missing": np.log1p((any_ == 0).sum()),
            "words_in_one": self._most(self.hard, 1),
            "words_in_two": self._most(self.hard, 2),
            "words_in_three": self._most(self.hard, 3),
            "words_of_weakest": self._weakest(self.hard),
            "precision": len(said & set(one)) / len(set(one)),
            "precision_near": len(said & near) / len(near),
        }

    def _softly(self) -> Mapping[str, float]:
        any_, missing = self.soft.max(axis=0), self.hard.max(axis=0) == 0
        by_sentence = self.soft.mean(axis=1)
        one, back = self.soft[self.softest], self.likeness[self.softest].max(axis=0)
        below = {f"soft_below_{limit * 10:.0f}": (any_ < limit).mean() for limit in SOFT}
        return below | {
            "soft": any_.mean(),
            "soft_least": any_.min(),
            "soft_quarter": np.quantile(any_, 0.25),
            "soft_fourth_power": (any_**4).mean(),
            "soft_of_missing": any_[missing].mean() if missing.any() else 1.0,
            "soft_in_one": self._most(self.soft, 1),
            "soft_in_two": self._most(self.soft, 2),
            "soft_in_three": self._most(self.soft, 3),
            "soft_of_weakest": self._weakest(self.soft),
            "soft_least_in_one": one.min(),
            "soft_quarter_in_one": np.quantile(one, 0.25),
            "soft_beginning": any_[:2].mean(),
            "soft_end": any_[-3:].mean(),
            "soft_precision": back.mean(),
            "soft_precision_least": back.min(),
            "soft_lead": by_sentence.max() - by_sentence.mean(),
            "soft_spread": by_sentence.std(),
            "place": self.softest / max(1, len(self.all) - 1),
        }

    def _pairs(self) -> Mapping[str, float]:
        """Words that stand together: next to each other, near, in one sentence."""
        own = [pair for s in self.claim for pair in _runs(s.stems, 2)]
        triples = [three for s in self.claim for three in _runs(s.stems, 3)]
        content = _runs(self.stems, 2)
        there = {pair for s in self.all for pair in _runs(s.stems, 2)}
        in_threes = {three for s in self.all for three in _runs(s.stems, 3)}
        close = {pair for s in self.all for pair in _runs(s.content_stems, 2)}
        near = {
            run[::apart]
            for s in self.all
            for apart in range(1, APART + 1)
            for run in _runs(s.content_stems, apart + 1)
        }
        turned = [(b, a) in near and (a, b) not in near for a, b in content]
        if content:
            soft = np.minimum(self.soft[:, :-1], self.soft[:, 1:]).max(axis=0)
            in_one = np.minimum(self.hard[:, :-1], self.hard[:, 1:]).max(axis=0).mean()
            both = (self.hard.T @ self.hard > 0)[np.triu_indices(len(self.stems), 1)].mean()
        else:
            soft, in_one = self.soft.max(axis=0), self.hard.max()
            both = in_one
        return {
            "pairs": _share(own, there),
            "triples": _share(triples, in_threes),
            "content_pairs": _share(content, close),
            "near_pairs": _share(content, near),
            "turned_pairs": sum(turned) / len(turned) if turned else 0.0,
            "soft_pairs": soft.mean(),
            "soft_pairs_least": soft.min(),
            "pairs_in_one": in_one,
            "together": both,
        }

    def _anchored(self) -> Mapping[str, float]:
        """How much of the claim stands in the sentences that hold one of its words or figures."""
        hard, soft = self.hard.mean(axis=1), self.soft.mean(axis=1)
        by_word = (self.hard * hard[:, None]).max(axis=0)
        by_figure = [
            max((soft[at] for at, s in enumerate(self.all) if number in s.figures), default=0.0)
            for number in sorted(frozenset[str]().union(*(s.figures for s in self.claim)))
        ] or [self._most(self.soft, 1)]
        return {
            "anchored": by_word.mean(),
            "anchored_least": by_word.min(),
            "soft_anchored": (self.hard * soft[:, None]).max(axis=0).mean(),
            "figures_anchored": sum(by_figure) / len(by_figure),
            "figures_anchored_least": min(by_figure),
        }

    def _order(self) -> Mapping[str, float]:
        near = [s for sentence in self.all[self.near] for s in sentence.content_stems]
        said = [s for sentence in self.claim for s in sentence.stems]
        run = max(_longest_run(said, sentence.stems) for sentence in self.all)
        one = self.all[self.best].content_stems
        return {
            "in_order": longest_in_order(self.stems, near) / len(self.stems),
            "in_order_in_one": longest_in_order(self.stems, one) / len(self.stems),
            "run": run / len(said),
            "run_words": np.log1p(run),
        }

    def _details(self) -> Mapping[str, float]:
        """Figures and names."""
        said = frozenset[str]().union(*(s.figures for s in self.claim))
        there = frozenset[str]().union(*(s.figures for s in self.all))
        near = frozenset[str]().union(*(s.figures for s in self.all[self.near]))
        named = [name for sentence in self.claim for name in names(sentence.text)]
        stems = {s for sentence in self.all for s in sentence.stems}
        near_stems = {s for sentence in self.all[self.near] for s in sentence.stems}
        met = [_named(name, stems) for name in named]
        met_near = [_named(name, near_stems) for name in named]
        return {
            "figures": len(said & there) / len(said) if said else 1.0,
            "figures_near": len(said & near) / len(said) if said else 1.0,
            "figures_missing": np.log1p(len(said - there)),
            "has_figures": bool(said),
            "names": sum(met) / len(met) if met else 1.0,
            "names_near": sum(met_near) / len(met) if met else 1.0,
            "names_missing": np.log1p(met.count(False)),
            "has_names": bool(named),
        }

    def _sense(self) -> Mapping[str, float]:
        """Negation and hedges."""
        near = self.all[self.near]
        negates, hedges = (any(s.negates for s in self.claim), any(s.hedges for s in self.claim))
        hedged = any(s.hedges for s in near)
        return {
            "negates": negates,
            "negation_differs": negates != any(s.negates for s in near),
            "negation_differs_in_one": negates != self.all[self.best].negates,
            "hedges": hedges,
            "hedge_dropped": hedged and not hedges,
            "hedge_added": hedges and not hedged,
        }

    def _cosines(self) -> Mapping[str, float]:
        own = _unit(np.sum([s.vector for s in self.claim], axis=0))
        vectors = np.stack([s.vector for s in self.all])
        cosines = vectors @ own
        stretches = [_unit(vectors[s].sum(axis=0)) @ own for s in self.stretches[STRETCH]]
        return {
            "cosine": cosines.max(),
            "cosine_of_words": cosines[self.best],
            "cosine_of_stretch": _unit(vectors[self.near].sum(axis=0)) @ own,
            "cosine_of_any_stretch": max(stretches),
            "cosine_of_three": np.sort(cosines)[-3:].mean(),
            "cosine_of_all": _unit(vectors.sum(axis=0)) @ own,
            "cosine_of_weakest": min(float((vectors @ s.vector).max()) for s in self.claim),
            "cosine_mean": cosines.mean(),
        }

    def _lengths(self) -> Mapping[str, float]:
        return {
            "length": np.log1p(len(self.stems)),
            "texts_length": np.log1p(sum(len(s.words) for s in self.all)),
            "texts_sentences": np.log1p(len(self.all)),
            "texts_count": np.log1p(len(self.texts)),
        }


def _named(name: str, there: set[str]) -> bool:
    return all(stem(word) in there for word in words(name) if word not in STOP_WORDS)


def _runs(stems: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return [tuple(stems[at : at + length]) for at in range(len(stems) - length + 1)]


def _share(wanted: Sequence[tuple[str, ...]], there: set[tuple[str, ...]]) -> float:
    return sum(one in there for one in wanted) / len(wanted) if wanted else 1.0


def _longest_run(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words in a row both have at most."""
    longest, row = 0, [0] * (len(other) + 1)
    for word in one:
        row = [0, *(before + 1 if word == o else 0 for before, o in zip(row, other, strict=False))]
        longest = max(longest, *row)
    return longest


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector
