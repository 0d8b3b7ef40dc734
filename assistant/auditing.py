"""Setting the sentences of notes beside the publications that they were read in.

What comes of it helps a person to look in the right place. It is no verdict: the comparison knows
words, figures and names, not what is meant, and was tuned on sentences about subnational ties.
A note's remark about other sources is rightly not found in the publication that it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from assistant.originals import Original, Quote, Stretch
from assistant.verifiers import Verifier
from assistant.wording import NEGATIONS, content_stems, figures, names, stem, stems, words
from corpus.checking import spans
from corpus.publications import Publication, Publications
from corpus.types import Document, Reading, Source
from index.embedders import Embedder, PassageInput, Vector
from index.terms import STOP_WORDS

Outcome = Literal["agrees", "differs", "not-found", "not-reachable"]

# Why there was nothing to compare with, as reasons say it.
NOT_FETCHED = "not fetched yet: run `attache sources originals`"
NOT_REACHED = "not reachable when it was last asked"
NOT_READ = "fetched, but no text could be read in it"
NO_ADDRESS = "there is no address to fetch"

METHOD = "closest-words 1"

# Likeness is the mean of cosine and of the share of words that are there too. Paraphrases of one
# fact reached 0.4 to 0.8, the closest sentences of notes on other matters 0.3 to 0.6.
_CLOSE = 0.5
_ALIKE = 0.6
_BY_WORDS = 32
_TRIED = 8
_MONTHS = (
    "January February March April May June July August September October November December"
).split()


@dataclass(frozen=True, slots=True)
class Finding:
    """What one comparison found of one sentence of one version of a note.

    `sentence` counts from 1; `start` and `end` are offsets into the note's text. `quote` is the
    closest that was found, also where that is not close; None where there was nothing to look in.
    `checker` names the method, `at` is UTC.
    """

    source_id: str
    version: str
    sentence: int
    start: int
    end: int
    words: str
    outcome: Outcome
    reason: str
    quote: Quote | None
    checker: str
    at: datetime


class Auditor:
    """Compares sentences by word overlap, by vectors and by the verifier of answers."""

    def __init__(
        self, embedder: Embedder, verifier: Verifier, publications: Publications, checker: str
    ) -> None:
        self._embedder = embedder
        self._verifier = verifier
        self._publications = publications
        self._checker = checker
        self._opened: dict[str, Original] = {}
        self._vectors: dict[str, Vector] = {}

    def audit(self, document: Document, number: int) -> Finding:
        """What the originals say on a sentence of a note; sentences count from 1.

        Raises:
            ShelfUnusable: the fetched publications cannot be read.
        """
        span = spans(document)[number - 1]
        sentence = document.text[span.start : span.end]
        found = partial(
            Finding, document.source.id, document.source.version, number, *span, sentence,
            checker=self._checker, at=datetime.now(UTC),
        )  # fmt: skip
        originals, troubles = self._originals(places_of(document.source, number))
        if not originals:
            why = (
                " ".join(troubles) or f"The note names no place where this was read: {NO_ADDRESS}."
            )
            return found("not-reachable", why, None)
        outcome, reason, quote = self._compared(sentence, document.source, originals)
        if outcome == "not-found" and troubles:
            reason = f"{reason} Not looked in: {' '.join(troubles)}"
        return found(outcome, reason, quote)

    def _originals(self, places: Sequence[Reading]) -> tuple[list[Original], list[str]]:
        found, troubles = [], []
        for place in places:
            if place.url is None:
                troubles.append(f"{place.what}: {NO_ADDRESS}.")
                continue
            publication = self._publications.get(place.url)
            original = None if publication.trouble else self._original(publication)
            if original is None:
                troubles.append(f"{place.url}: {_trouble(publication)}.")
            else:
                found.append(original)
        return found, troubles

    def _original(self, publication: Publication) -> Original | None:
        if publication.url not in self._opened and publication.received:
            extract = self._publications.extract(publication.received.sha256)
            if extract is not None:
                self._opened[publication.url] = Original(publication, extract)
        return self._opened.get(publication.url)

    def _compared(
        self, sentence: str, source: Source, originals: Sequence[Original]
    ) -> tuple[Outcome, str, Quote | None]:
        known = _known(source)
        near = self._nearest(sentence, known, originals)
        if not near:
            return "not-found", "The original has no sentences to compare with.", None
        for one in near[:_TRIED]:
            if self._verifier.judge(sentence, one.words).supported:
                return "agrees", "Its words support the sentence.", one.quote
        for one in near[:_TRIED]:
            if one.likeness >= _ALIKE and not differences(sentence, one.words, known):
                return "agrees", "It is alike, and every figure, date and name agrees.", one.quote
        best = near[0]
        told = differences(sentence, best.words, known)
        if best.likeness >= _CLOSE and told:
            return "differs", f"{'; '.join(told)}.", best.quote
        return (
            "not-found",
            "Nothing that is close enough stands in the original; a remark of ours about other"
            " sources never does.",
            best.quote,
        )

    def _nearest(
        self, sentence: str, known: str, originals: Sequence[Original]
    ) -> list[_Candidate]:
        """The stretches of the originals that are closest to a sentence, closest first.

        Words of its head, which attributions are made of, tell nothing of a source's sentences
        apart; they count only where a sentence has no others.
        """
        aside = content_stems(known)
        if content_stems(sentence) <= aside:
            aside = frozenset()
        wanted = content_stems(sentence) - aside
        there = [
            (_f1(wanted, stretch.stems - aside), original, stretch)
            for original in originals
            for stretch in original.stretches
        ]
        there.sort(key=lambda one: -one[0])
        closest = there[:_BY_WORDS]
        told = [original.words(stretch.span) for _, original, stretch in closest]
        vector, *vectors = self._embedded([sentence, *told])
        near = []
        for (f1, original, stretch), its_vector in zip(closest, vectors, strict=True):
            cosine = float(vector @ its_vector)
            share = len(wanted & stretch.stems) / len(wanted) if wanted else 0.0
            near.append(_Candidate(original, stretch, cosine + f1, (max(cosine, 0.0) + share) / 2))
        return sorted(near, key=lambda one: -one.rank)

    def _embedded(self, texts: Sequence[str]) -> list[Vector]:
        """Unit vectors of texts; of one that is too long for the model, only its beginning."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        most = self._embedder.max_tokens
        short = [text for text in fresh if self._embedder.count_tokens(text) <= most]
        found = self._embedder.embed_passages([PassageInput(text) for text in short])
        self._vectors |= {text: one.passage for text, one in zip(short, found, strict=True)}
        long = [text for text in fresh if text not in self._vectors]
        self._vectors |= {text: self._embedder.embed_query(text) for text in long}
        return [self._vectors[text] for text in texts]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A stretch with its closeness: `rank` orders candidates, `likeness` is 0..1."""

    original: Original
    stretch: Stretch
    rank: float
    likeness: float

    @property
    def words(self) -> str:
        return self.original.words(self.stretch.span)

    @property
    def quote(self) -> Quote:
        return self.original.quote(self.stretch)


def places_of(source: Source, number: int) -> tuple[Reading, ...]:
    """Where a sentence of a note was read; without a word on it, where its source was published."""
    places = tuple(p for p in source.read_at if not p.sentences or number in p.sentences)
    return places or ((Reading(source.url),) if source.url else ())


def differences(sentence: str, original: str, known: str = "") -> list[str]:
    """Figures, dates, names and negation of a sentence that words of an original don't bear.

    `known` is what both take for granted, such as who published the original.
    """
    told = []
    theirs = figures(original)
    missing = figures(sentence) - theirs - figures(known)
    if missing:
        instead = theirs - figures(sentence)
        other = f" but has {_listed(instead)}" if instead else ""
        told.append(f"The original does not have {_listed(missing)} here{other}")
    there = stems(original) | stems(known)
    for name in names(sentence):
        if not all(stem(word) in there for word in words(name) if word not in STOP_WORDS):
            told.append(f"The original does not name {name} here")
    if bool(set(words(sentence)) & NEGATIONS) != bool(set(words(original)) & NEGATIONS):
        told.append("One of the two denies something, the other does not")
    return told


def _trouble(publication: Publication) -> str:
    if publication.received:
        why = publication.trouble or "the text that was read in it is gone"
        return f"{NOT_READ} ({why.rstrip('.')})"
    if publication.failure:
        return f"{NOT_REACHED} ({publication.failure.why.rstrip('.')})"
    return NOT_FETCHED


def _listed(found: frozenset[str]) -> str:
    def said(figure: str) -> str:
        return _MONTHS[int(figure[6:]) - 1] if figure.startswith("month-") else figure

    return ", ".join(said(figure) for figure in sorted(found))


def _known(source: Source) -> str:
    """What stands about a source in its head, with which its sentences may open or close."""
    parts = (source.title, source.publisher, source.cite_as, source.published or "")
    return " ".join((*parts, *source.authors, *source.jurisdictions))


def _f1(wanted: frozenset[str], there: frozenset[str]) -> float:
    total = len(wanted) + len(there)
    return 2 * len(wanted & there) / total if total else 0.0
