"""Whether the answer says what a right one does, rests on the right sources, and leaves nothing
out that would turn it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from assistant.types import Answer, CaveatKind, Citation, Record, Statement
from assistant.wording import content_stems, figures
from evals.measures.retrieval import Stretch, overlap, stretch_of
from evals.reading import matches
from evals.types import Evidence, Measure, Outcome, Score

# A fact is said where so much of the words that state it is cited, or so many of its content
# words, and every figure, stand in one statement.
CITED, SAID = 0.5, 0.75
# Two sentences of one answer that share so many of their content words say the same.
SAME = 0.7

KINDS: tuple[CaveatKind, ...] = get_args(CaveatKind)

MEASURES = (
    Measure("answered", "an answerable question is answered at all"),
    Measure("answered_rightly", "an answerable question is answered from a right source"),
    Measure("abstained_rightly", "a question that cannot be answered is not"),
    Measure("false_abstention", "an answerable question is not answered", "lower"),
    Measure("serious_error", "answered what cannot be, from no right source, or without the "
            "exception that turns it", "lower"),
    Measure("fact_recall", "share of the expected facts that the whole answer contains"),
    Measure("fact_recall_short", "the same, of the short answer that is shown first"),
    Measure("fact_precision", "share of the short answer's statements that say an expected fact"),
    Measure("evidence_recall", "share of the words that state the expected facts that is cited"),
    Measure("evidence_precision", "share of the words cited that state an expected fact"),
    Measure("citation_precision", "share of the citations that are of a right source"),
    Measure("citation_recall", "share of the right sources that are cited"),
    Measure("omitted_limits", "a fact is shown without the exception that limits it", "lower"),
    Measure("caveats_found", "share of the expected caveats that are shown"),
    Measure("caveats_false", "share of the shown caveats that are not expected", "lower"),
    *(
        Measure(f"{kind}_recall", f"of expected caveats of kind {kind}, share shown")
        for kind in KINDS
    ),
    *(
        Measure(f"{kind}_precision", f"of answers with a caveat of kind {kind}, right ones")
        for kind in KINDS
    ),
    Measure("support", "how well the cited words bear statements that are not verbatim"),
    Measure("repetition", "share of the statements that repeat an earlier one", "lower"),
    Measure("length", "words of the short answer", "neither", share=False),
)  # fmt: skip
_ANSWERABLE = ("answered", "answered_rightly", "false_abstention")
_FACTS = (
    "fact_recall", "fact_recall_short", "fact_precision", "evidence_recall", "evidence_precision",
    "omitted_limits",
)  # fmt: skip
_CITED = ("citation_precision", "citation_recall")
_OF_KINDS = tuple(f"{kind}_{side}" for side in ("recall", "precision") for kind in KINDS)
_CAVEATS = ("caveats_found", "caveats_false", *_OF_KINDS)
_SHAPE = ("support", "repetition", "length")


def score_answers(outcomes: Sequence[Outcome]) -> Iterator[Score]:
    """Scores of all answer measures, of every outcome; without an answer they are unscored."""
    for outcome in outcomes:
        answer = outcome.record.answer if outcome.record else None
        if outcome.record is None or answer is None:
            reason = outcome.problem or "no answer"
            names = (m.name for m in MEASURES)
            yield from (outcome.without(name, "unscored", reason) for name in names)
            continue
        yield from _decision(outcome, answer)
        yield from _facts(outcome, answer)
        yield from _citations(outcome, answer)
        yield from _caveats(outcome, outcome.record, answer)
        yield from _shape(outcome, answer)


def says(statements: Iterable[Statement], cited: Iterable[Citation], fact: Evidence) -> bool:
    """Whether statements, or what they cite, contain a fact."""
    both, wanted, _ = overlap([stretch_of(fact)], map(_stretch, cited))
    return both >= CITED * wanted or any(states(s.text, fact.fact) for s in statements)


def silent(answer: Answer) -> bool:
    return answer.status == "not_in_sources"


def _decision(outcome: Outcome, answer: Answer) -> Iterator[Score]:
    """To answer or not to."""
    quiet = silent(answer)
    if outcome.expected.answerable is None:
        reason = "answerable not labelled"
        names = (*_ANSWERABLE, "abstained_rightly", "serious_error")
        yield from (outcome.without(name, "unscored", reason) for name in names)
        return
    if not outcome.expected.answerable:
        reason = "not answerable"
        yield from (outcome.without(name, "not_applicable", reason) for name in _ANSWERABLE)
        yield outcome.score("abstained_rightly", quiet)
        yield outcome.score("serious_error", not quiet)
        return
    yield outcome.without("abstained_rightly", "not_applicable", "answerable")
    yield outcome.score("answered", not quiet)
    yield outcome.score("false_abstention", quiet)
    wanted = outcome.expected.sources
    if wanted is None:
        for name in ("answered_rightly", "serious_error"):
            yield outcome.without(name, "unscored", "sources not labelled")
        return
    right = any(matches(c.source_id, wanted) for c in answer.citations)
    yield outcome.score("answered_rightly", not quiet and right)
    turned = bool(_omitted(outcome, answer))
    yield outcome.score("serious_error", not quiet and (not right or turned))


def _facts(outcome: Outcome, answer: Answer) -> Iterator[Score]:
    if outcome.expected.answerable is False:
        yield from (outcome.without(n, "not_applicable", "not answerable") for n in _FACTS)
        return
    if outcome.expected.facts is None or outcome.evidence is None:
        yield from (outcome.without(n, "unscored", "facts not labelled") for n in _FACTS)
        return
    if len(outcome.evidence) < len(outcome.expected.facts):
        reason = "the words of a fact are not in its source"
        yield from (outcome.without(n, "unscored", reason) for n in _FACTS)
        return
    if not outcome.evidence:
        yield from (outcome.without(n, "not_applicable", "no fact expected") for n in _FACTS)
        return
    facts, shown = outcome.evidence, answer.statements
    whole = sum(says(answer.everything, answer.citations, fact) for fact in facts)
    yield outcome.score("fact_recall", whole / len(facts))
    yield outcome.score("fact_recall_short", sum(_shows(answer, f) for f in facts) / len(facts))
    if shown:
        good = sum(any(says([s], s.citations, f) for f in facts) for s in shown)
        yield outcome.score("fact_precision", good / len(shown))
    else:
        yield outcome.without("fact_precision", "not_applicable", "no statement shown")
    both, wanted, cited = overlap(map(stretch_of, facts), map(_stretch, answer.citations))
    yield outcome.score("evidence_recall", both / wanted)
    if cited:
        yield outcome.score("evidence_precision", both / cited)
    else:
        yield outcome.without("evidence_precision", "not_applicable", "nothing cited")
    omitted = _omitted(outcome, answer)
    if omitted is None:
        yield outcome.without("omitted_limits", "not_applicable", "nothing shown that is limited")
    else:
        yield outcome.score("omitted_limits", omitted)


def _omitted(outcome: Outcome, answer: Answer) -> bool | None:
    """Whether a limit is missing where what it limits is shown; None where nothing limited is."""
    facts = outcome.evidence or ()
    at_stake = [
        limit
        for limit in facts
        if limit.limit and any(_shows(answer, fact) for fact in _limited(limit, facts))
    ]
    return not all(_shows(answer, limit) for limit in at_stake) if at_stake else None


def _limited(limit: Evidence, facts: Iterable[Evidence]) -> list[Evidence]:
    """What a limit limits: the other facts of its source, or all where that has none."""
    others = [fact for fact in facts if not fact.limit]
    return [fact for fact in others if fact.source_id == limit.source_id] or others


def _shows(answer: Answer, fact: Evidence) -> bool:
    """Whether the short answer, or the rows of the register beside it, contain a fact."""
    rows = answer.ties.rows if answer.ties else ()
    cited = [c for s in answer.statements for c in s.citations]
    return says(answer.statements, [*cited, *(c for row in rows for c in row.citations)], fact)


def _citations(outcome: Outcome, answer: Answer) -> Iterator[Score]:
    wanted = outcome.expected.sources
    if outcome.expected.answerable is False:
        yield from (outcome.without(n, "not_applicable", "not answerable") for n in _CITED)
        return
    if wanted is None:
        yield from (outcome.without(n, "unscored", "sources not labelled") for n in _CITED)
        return
    if not wanted:
        yield from (outcome.without(n, "not_applicable", "no source expected") for n in _CITED)
        return
    shown = [c for s in answer.statements for c in s.citations] or list(answer.citations)
    if shown:
        right = sum(matches(c.source_id, wanted) for c in shown)
        yield outcome.score("citation_precision", right / len(shown))
    else:
        yield outcome.without("citation_precision", "not_applicable", "nothing cited")
    named = {w for w in wanted for c in answer.citations if matches(c.source_id, (w,))}
    yield outcome.score("citation_recall", len(named) / len(set(wanted)))


def _caveats(outcome: Outcome, record: Record, answer: Answer) -> Iterator[Score]:
    wanted = outcome.expected.caveats
    if wanted is None:
        yield from (outcome.without(n, "unscored", "caveats not labelled") for n in _CAVEATS)
        return
    if silent(answer):
        yield from (outcome.without(n, "not_applicable", "not answered") for n in _CAVEATS)
        return
    kinds = [caveat.kind for caveat in answer.caveats]
    kinds += ["false_premise"] if record.premise and "false_premise" not in kinds else []
    texts = [caveat.text.casefold() for caveat in answer.caveats]
    shown = list(zip(kinds, [*texts, ""], strict=False))
    yield from _by_kind(outcome, wanted, shown)
    found = [w for w in wanted if w in kinds or any(_in_words(w, text) for text in texts)]
    if wanted:
        yield outcome.score("caveats_found", len(found) / len(wanted))
    else:
        yield outcome.without("caveats_found", "not_applicable", "no caveat expected")
    if kinds:
        false = sum(
            kind not in wanted and not any(_in_words(w, text) for w in wanted)
            for kind, text in shown
        )
        yield outcome.score("caveats_false", false / len(kinds))
    else:
        yield outcome.without("caveats_false", "not_applicable", "no caveat shown")


def _by_kind(
    outcome: Outcome, wanted: Sequence[str], shown: Sequence[tuple[str, str]]
) -> Iterator[Score]:
    """Each kind of caveat on its own: the expected one is shown, the shown one is expected."""
    for kind in KINDS:
        texts = [text for shown_kind, text in shown if shown_kind == kind]
        expected = kind in wanted or any(_in_words(w, text) for w in wanted for text in texts)
        if expected:
            yield outcome.score(f"{kind}_recall", bool(texts))
        else:
            yield outcome.without(f"{kind}_recall", "not_applicable", "none expected")
        if texts:
            yield outcome.score(f"{kind}_precision", expected)
        else:
            yield outcome.without(f"{kind}_precision", "not_applicable", "none shown")


def _in_words(wanted: str, text: str) -> bool:
    """Whether a caveat contains the words that are expected, where these are not a kind's name."""
    return wanted not in get_args(CaveatKind) and wanted.casefold() in text


def _shape(outcome: Outcome, answer: Answer) -> Iterator[Score]:
    said = answer.everything
    if not said:
        yield from (outcome.without(n, "not_applicable", "no statement shown") for n in _SHAPE)
        return
    judged = [s.support.score for s in said if s.support.kind != "verbatim"]
    if judged:
        yield outcome.score("support", sum(judged) / len(judged))
    else:
        yield outcome.without("support", "not_applicable", "verbatim by construction")
    stems = [content_stems(statement.text) for statement in said]
    again = sum(any(_alike(stems[i], stems[j]) for j in range(i)) for i in range(len(stems)))
    yield outcome.score("repetition", again / len(said))
    yield outcome.score("length", sum(len(s.text.split()) for s in answer.statements))


def states(text: str, fact: str) -> bool:
    """Whether a statement says a fact in so many of its own words, every figure among them."""
    wanted = content_stems(fact)
    if not wanted or not figures(fact) <= figures(text):
        return False
    return len(wanted & content_stems(text)) >= SAID * len(wanted)


def _alike(a: frozenset[str], b: frozenset[str]) -> bool:
    return bool(a | b) and len(a & b) >= SAME * len(a | b)


def _stretch(citation: Citation) -> Stretch:
    return Stretch((citation.source_id, citation.version), citation.start, citation.end)
