"""Draft -> Statements. Nothing else makes a Statement, and nothing unverified becomes one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.attribution import attribution
from assistant.judgements import judge, judges
from assistant.types import Citation, Draft, DraftSentence, Statement, Support, SupportKind
from assistant.verifiers import Verifier
from assistant.wording import content_stems
from corpus.types import Span
from index.types import Found, Hit


@dataclass(frozen=True, slots=True)
class Grounded:
    """A draft sentence after checking: the statement, or why there is none; and its group."""

    statement: Statement | None
    group: int
    reason: str = ""


def ground(draft: Draft, found: Found, verifier: Verifier) -> Iterator[Grounded]:
    """Checks one draft sentence after another against the exact words of the passages it claims.

    Citations are numbered from 1 in the order of first use; the same words keep their number.
    """
    hits = {hit.passage.id: hit for hit in (*found.hits, *found.beside)}
    numbers: dict[tuple[str, int, int], int] = {}
    for sentence in draft.sentences:
        claimed = [hits[i] for i in dict.fromkeys(sentence.passage_ids) if i in hits]
        yield _checked(sentence, claimed, verifier, numbers)


def _checked(
    sentence: DraftSentence,
    claimed: list[Hit],
    verifier: Verifier,
    numbers: dict[tuple[str, int, int], int],
) -> Grounded:
    if not claimed:
        return Grounded(None, sentence.group, "it cites no passage that was found")
    reason = ""
    for hit in claimed:
        kind: SupportKind
        whole = _whole_sentences(sentence.text, hit)
        if whole:
            span, kind, score = whole, "verbatim", 1.0
        else:
            span = closest_words(sentence.text, hit)
            verdict = verifier.judge(sentence.text, _words(hit, span))
            if not verdict.supported:
                reason = verdict.reason
                continue
            kind, score = "supported", verdict.score
        citation = Citation(
            number=numbers.setdefault((hit.passage.id, *span), len(numbers) + 1),
            source=hit.source,
            passage=hit.passage,
            words=_words(hit, span),
            start=span.start,
            end=span.end,
        )
        judged_by = judge(hit.source) if judges(sentence.text, hit.source) else ""
        said_by = attribution(hit.source, judged_by)
        support = Support(kind, score)
        return Grounded(
            Statement(
                " ".join(sentence.text.split()), said_by, (citation,), support, sentence.label
            ),
            sentence.group,
        )
    return Grounded(None, sentence.group, reason)


def _whole_sentences(text: str, hit: Hit) -> Span | None:
    """Where the text stands word for word, from a sentence's beginning to a sentence's end.

    Part of a sentence is not enough: "the ban failed" also stands in "she denied that the ban
    failed".
    """
    starts = {span.start for span in hit.passage.sentences}
    ends = {span.end for span in hit.passage.sentences}
    at = hit.passage.text.find(text) if text else -1
    while at >= 0:
        span = Span(hit.passage.start + at, hit.passage.start + at + len(text))
        if span.start in starts and span.end in ends:
            return span
        at = hit.passage.text.find(text, at + 1)
    return None


def closest_words(text: str, hit: Hit) -> Span:
    """The one, two or three sentences in a row of a passage that share most with a text.

    Share is the F1 of content stems, so that a longer stretch must earn its length.
    """
    wanted = content_stems(text)
    spans = hit.passage.sentences

    def f1(span: Span) -> float:
        there = content_stems(_words(hit, span))
        return 2 * len(wanted & there) / (len(wanted) + len(there)) if wanted and there else 0.0

    stretches = [
        Span(spans[i].start, spans[j].end)
        for i in range(len(spans))
        for j in range(i, min(i + 3, len(spans)))
    ]
    return max(stretches, key=f1)


def _words(hit: Hit, span: Span) -> str:
    start = hit.passage.start
    return hit.passage.text[span.start - start : span.end - start]
