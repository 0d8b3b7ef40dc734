"""Labelled questions with all that could be found for them: what the models are fitted on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assistant.assembly import embedder_of
from assistant.questions import understand
from assistant.settings import Settings
from assistant.types import Ask, Question, Turn
from evals.locating import evidence
from evals.reading import matches
from evals.running import indexed
from evals.runs import KeptText
from evals.suites.choosing import choose
from evals.suites.suite import Documents, Suite, learned_group
from evals.types import Case, Evidence, Expected
from index.retriever import Retriever
from index.types import Found, Hit, Query

TODAY = date(2026, 1, 1)
LEARNED, TEST, VARIANTS = "starter", "starter, test", "starter, variants"
HELD_OUT = {TEST, VARIANTS}
"""The project's own cases that nothing may be learned from."""
# A stretch of which this share is in a passage counts as found there: splitting may cut it.
HELD = 0.3


@dataclass(frozen=True, slots=True)
class Asked:
    """A labelled question with all candidates that were found for it.

    `group` is what it shares with others, so that none of them may judge it; `evidence` is where
    the words stand that answer it, `sources` which texts they are in.
    """

    suite: str
    group: str
    question: Question
    candidates: Found
    answerable: bool
    sources: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()

    def bears(self, hit: Hit) -> bool:
        """Whether a passage answers: it holds the words that do, or, where none are known, is of a
        right source.
        """
        if self.evidence:
            return any(self._share(e, hit, hit.passage.start, hit.passage.end) >= HELD
                       for e in self.evidence)  # fmt: skip
        return self.answerable and matches(hit.source.id, self.sources)

    def answers(self, hit: Hit, i: int) -> bool:
        """Whether the `i`th sentence of a passage answers: half of it, or of the words that do, is
        in the other.
        """
        span = hit.passage.sentences[i]
        length = max(1, span.end - span.start)
        return any(
            max(share, share * (e.end - e.start) / length) >= 0.5
            for e in self.evidence
            if (share := self._share(e, hit, span.start, span.end))
        )

    @staticmethod
    def _share(e: Evidence, hit: Hit, start: int, end: int) -> float:
        """Share (0..1) of the words that a stretch holds."""
        if (e.source_id, e.version) != (hit.source.id, hit.source.version):
            return 0.0
        return max(0, min(end, e.end) - max(start, e.start)) / max(1, e.end - e.start)


@contextmanager
def collection(documents: Documents, settings: Settings, scratch: Path) -> Iterator[Retriever]:
    """What searches documents that are indexed in `scratch` as any others are; no weights are
    read.
    """
    scratch.mkdir()
    settings = indexed(documents, settings, scratch)
    retriever = Retriever(settings.home, embedder_of(settings))
    try:
        yield retriever
    finally:
        retriever.close()


def public(data: Path) -> tuple[Suite, ...]:
    """The public suites that are learned from.

    Raises:
        CorpusError: one is not below `data`.
    """
    return tuple(choose(name, data, None) for name in ("clapnq", "chunking-evaluation", "mtrag"))


def ask(suite: Suite, retriever: Retriever) -> Iterator[Asked]:
    """The questions of a suite with a label, each with its candidates."""
    texts: dict[str, KeptText] = {}
    for source in retriever.sources():
        text = retriever.source_text(source.id, source.version)
        texts[source.id] = KeptText(source.id, source.version, "", "", None, "", "", "", text)
    ids = tuple(texts) + tuple({id_.split("--")[0] for id_ in texts})
    for case in suite.cases:
        single, *more = case.turns
        if more or not _inside(single, ids):
            continue
        question = _understood(single)
        located = evidence(single, texts.values())
        yield Asked(
            suite=_part(case) if suite.name == LEARNED else suite.name,
            group=learned_group(suite.name, case),
            question=question,
            candidates=retriever.candidates(Query(question.standalone)),
            answerable=bool(single.answerable),
            sources=single.sources or (),
            evidence=located[0] if located and single.answerable else (),
        )


def _understood(expected: Expected) -> Question:
    history: tuple[Turn, ...] = ()
    for earlier in expected.history:
        history += (Turn(earlier, understand(Ask(earlier, TODAY, history)).standalone),)
    return understand(Ask(expected.question, TODAY, history))


def _part(case: Case) -> str:
    """Which of the project's own cases this is one of. What words another anew, or is put to
    mislead, would count a question twice; it tells how what was learned carries over.
    """
    if case.wording_of or case.type == "AT":
        return VARIANTS
    return LEARNED if case.split == "tune" else TEST


def _inside(case: Expected, ids: tuple[str, ...]) -> bool:
    """Whether it is labelled, and the collection holds what it needs: all sources of an answerable
    one.
    """
    if not case.answerable:
        return case.answerable is False
    return all(matches(wanted, ids) for wanted in case.sources or ())
