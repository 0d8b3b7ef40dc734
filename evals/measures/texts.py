"""What an answer is worth that is given as plain text, beside a reference or what it rests on.

The same rules as for the assistant's own answers: how a text is cut into sentences, when one says
another, how the words closest to a sentence are found, and who judges whether they bear it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from assistant.free_text import UNKNOWN, passages_of
from assistant.grounding import closest_words
from assistant.verifiers import LearnedVerifier, Verdict, Verifier
from assistant.wording import content_stems, figures, longest_in_order, names, stem, stems, words
from corpus.splitting import MAX_CHARS
from corpus.types import Passage
from evals.measures.answers import states
from evals.statistics import Floats
from index.embedders import Embedder, PassageInput
from index.terms import STOP_WORDS
from index.types import Hit

# So many of the stretches closest to a sentence are judged, each of another passage; an answer's
# sentence, too, may cite a few passages and is shown where one of them bears it.
CLOSEST = 3

AgainstReference = Callable[[str, str], float]
"""What an answer (first) is worth beside a reference (second)."""


@lru_cache(maxsize=4096)
def passages(text: str) -> tuple[Passage, ...]:
    """The text cut as a source's is, without citation numbers and marks of Markdown."""
    return passages_of(text, len, MAX_CHARS)


def sentences(text: str) -> tuple[str, ...]:
    """Its sentences as the program finds them, without what `passages` leaves out."""
    return tuple(p.sentence(i) for p in passages(text) for i in range(len(p.sentences)))


def closest(sentence: str, texts: Sequence[str]) -> tuple[str, ...]:
    """The words of at most three passages that are closest to a sentence, the closest first."""
    hits = [Hit(p, UNKNOWN, 0.0, 0.0, 0.0, ()) for text in texts for p in passages(text)]
    found = []
    for hit in hits:
        span = closest_words(sentence, hit)
        start = hit.passage.start
        found.append(hit.passage.text[span.start - start : span.end - start])
    return tuple(sorted(found, key=lambda near: -stem_f1(sentence, near))[:CLOSEST])


def judge(sentence: str, texts: Sequence[str], verifier: Verifier, group: str = "") -> Verdict:
    """What a verifier says of a sentence beside texts: one that reads them whole does so, of any
    other it is the best that it says beside the words closest to the sentence. The `group` is the
    question or conversation that the sentence is from.
    """
    if isinstance(verifier, LearnedVerifier):
        return verifier.judge_sentence(sentence, texts, group)
    verdicts = [verifier.judge(sentence, near) for near in closest(sentence, texts)]
    nothing = Verdict(False, 0.0, "there is no text to bear it")
    return max(verdicts, key=lambda v: (v.supported, v.score), default=nothing)


def supported(
    answer: str, texts: Sequence[str], verifier: Verifier, group: str = ""
) -> tuple[float, float] | None:
    """The share of an answer's sentences that texts bear, and the mean of how surely, each 0..1;
    None of an answer without a sentence.
    """
    verdicts = [judge(sentence, texts, verifier, group) for sentence in sentences(answer)]
    if not verdicts:
        return None
    count = len(verdicts)
    return sum(v.supported for v in verdicts) / count, sum(v.score for v in verdicts) / count


def borne(text: str, texts: Sequence[str], verifier: Verifier, group: str = "") -> Verdict | None:
    """Whether texts bear all of a text; of a verifier that does not judge it whole, how surely is
    the mean over its sentences. None without one.
    """
    if not sentences(text):
        return None
    if isinstance(verifier, LearnedVerifier):
        return verifier.judge_claim(text, texts, group)
    verdicts = [judge(sentence, texts, verifier) for sentence in sentences(text)]
    sure = sum(verdict.score for verdict in verdicts) / len(verdicts)
    return Verdict(all(verdict.supported for verdict in verdicts), sure)


def details_found(answer: str, texts: Sequence[str]) -> float:
    """Share (0..1) of an answer's figures and names that stand in texts; 1 where it has none."""
    there, numbers = frozenset[str](), frozenset[str]()
    for text in texts:
        there |= stems(text)
        numbers |= figures(text)
    found = [number in numbers for sentence in sentences(answer) for number in figures(sentence)]
    for name in (name for sentence in sentences(answer) for name in names(sentence)):
        found.append(all(stem(w) in there for w in words(name) if w not in STOP_WORDS))
    return sum(found) / len(found) if found else 1.0


def words_found(answer: str, texts: Sequence[str]) -> float:
    """Share (0..1) of an answer's content words that stand in texts; 1 where it has none."""
    said = content_stems(answer)
    there = frozenset[str]().union(*(content_stems(text) for text in texts))
    return len(said & there) / len(said) if said else 1.0


def fact_recall(answer: str, reference: str) -> float:
    """Share (0..1) of the sentences of a reference that a sentence of the answer says."""
    facts, said = sentences(reference), sentences(answer)
    return sum(any(states(s, fact) for s in said) for fact in facts) / len(facts) if facts else 0.0


def length(answer: str) -> float:
    """Words."""
    return float(len(answer.split()))


def word_recall(answer: str, reference: str) -> float:
    """Share (0..1) of the content words of a reference that the answer has."""
    wanted = content_stems(reference)
    return len(wanted & content_stems(answer)) / len(wanted) if wanted else 0.0


def word_f1(answer: str, reference: str) -> float:
    """F1 (0..1) of the content words, each as often as it occurs (Rajpurkar et al., 2016)."""
    said, wanted = (
        Counter(stem(w) for w in words(text) if w not in STOP_WORDS) for text in (answer, reference)
    )
    both = sum((said & wanted).values())
    return 2 * both / (said.total() + wanted.total()) if both else 0.0


def stem_f1(a: str, b: str) -> float:
    """F1 (0..1) of the content words, each once."""
    one, other = content_stems(a), content_stems(b)
    both = len(one & other)
    return 2 * both / (len(one) + len(other)) if both else 0.0


def rouge_l(answer: str, reference: str) -> float:
    """F1 (0..1) of the longest words in common in one order (Lin, 2004)."""
    a, b = words(answer), words(reference)
    both = longest_in_order(a, b)
    return 2 * both / (len(a) + len(b)) if both else 0.0


def vectors(texts: Sequence[str], embedder: Embedder) -> Floats:
    """The direction (n, dim) of each text: the mean of its passages' vectors, of unit length;
    zero of a text without words.
    """
    parts = [passages_of(text, embedder.count_tokens, embedder.max_tokens) for text in texts]
    made = embedder.embed_passages([PassageInput(p.text) for part in parts for p in part])
    rows = np.zeros((len(texts), embedder.dimension))
    owners = [at for at, part in enumerate(parts) for _ in part]
    for at, vector in zip(owners, made, strict=True):
        rows[at] += vector.passage
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = rows / np.where(lengths > 0, lengths, 1.0)
    return unit
