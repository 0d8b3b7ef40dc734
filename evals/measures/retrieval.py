"""Whether the right sources and the right words were found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.types import RecordedHit
from evals.reading import matches
from evals.types import Evidence, Measure, Outcome, Score, State

PASSAGES = 5
_AT = {"at_5_passages": None, "at_1000": 1000, "at_2000": 2000}
"""Where retrieval is measured: at so many tokens of returned text, or at the first passages."""

SPANS = tuple(f"span_{what}_{at}" for at in _AT for what in ("recall", "precision", "iou"))
"""The scores of stretches."""

_UNIT = {True: "tokens retrieved", False: "passages retrieved"}
RANKED = {
    "source_first": "Success@1", "recall_at_5": "R@5", "precision_at_5": "P@5",
    "ndcg_at_10": "nDCG@10", "mrr": "RR",
}  # fmt: skip
"""The scores of an order of sources, with what ir-measures calls them."""
_READS = {"source_first": 1, "recall_at_5": 5, "precision_at_5": 5, "ndcg_at_10": 10}
"""How many sources, each where it first stands, a score reads; one that is not here reads all."""

MEASURES = (
    Measure("source_recall", "share of the right sources among those retrieved"),
    Measure("first", "a right source is retrieved first", reads="source_first"),
    Measure("recall_at_5", "share of the right sources among the first five retrieved"),
    Measure("precision_at_5", "share of the first five places that right sources fill"),
    Measure("ndcg_at_10", "normalised discounted cumulative gain of the first ten sources"),
    Measure("mrr", "one over the rank of the first right source"),
    *(
        Measure(
            f"recall_{cut}" if cut and name == "recall" else f"span_{name}_{at}",
            f"{what}, in the first {cut or 'five'} {_UNIT[bool(cut)]}",
            reads=f"span_{name}_{at}",
        )
        for at, cut in _AT.items()
        for name, what in (
            ("recall", "share of the labelled words' characters that is returned"),
            ("precision", "share of the returned characters that is labelled"),
            ("iou", "labelled and returned characters: intersection over union"),
        )
    ),
    Measure("tokens_retrieved", "tokens of all passages retrieved", "neither", share=False),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one version of a source, in characters, and its length in tokens."""

    source: tuple[str, str]
    start: int
    end: int
    tokens: float = 0.0


def score_retrieval(outcomes: Sequence[Outcome]) -> Iterator[Score]:
    """Scores of all retrieval measures.

    A question that cannot be answered has nothing to be found, so they do not apply to it.
    """
    yield from _ranked(outcomes)
    for outcome in outcomes:
        yield from _sources(outcome)
        yield from _spans(outcome)


def within(stretches: Iterable[Stretch], budget: float) -> list[Stretch]:
    """The first stretches of `budget` tokens; the last one is cut in proportion to its length."""
    kept, left = [], float(budget)
    for stretch in stretches:
        if left <= 0:
            break
        share = min(1.0, left / stretch.tokens) if stretch.tokens else 1.0
        end = stretch.start + round(share * (stretch.end - stretch.start))
        kept.append(Stretch(stretch.source, stretch.start, end, share * stretch.tokens))
        left -= stretch.tokens
    return kept


def overlap(wanted: Iterable[Stretch], returned: Iterable[Stretch]) -> tuple[int, int, int]:
    """Characters in both, in what is wanted and in what is returned; none is counted twice."""
    a, b = _characters(wanted), _characters(returned)
    return len(a & b), len(a), len(b)


def _characters(stretches: Iterable[Stretch]) -> set[tuple[tuple[str, str], int]]:
    return {(s.source, i) for s in stretches for i in range(s.start, s.end)}


def unlabelled(outcome: Outcome, labelled: object) -> tuple[State, str] | None:
    """Why nothing could be said of whatever is retrieved, or None where something can."""
    if outcome.expected.answerable is False:
        return "not_applicable", "not answerable"
    if labelled is None:
        return "unscored", "not labelled"
    if not labelled:
        return "not_applicable", "nothing to be found"
    return None


def unlocated(outcome: Outcome) -> tuple[State, str] | None:
    """Why nothing could be said of whatever stretches are retrieved, or None."""
    facts = outcome.expected.facts
    missing = unlabelled(outcome, facts)
    if not missing and len(outcome.evidence or ()) < len(facts or ()):
        return "unscored", "the words of a fact are not in its source"
    return missing


def _unrecorded(outcome: Outcome) -> tuple[State, str] | None:
    if outcome.record is None or outcome.record.failure:
        return "unscored", outcome.problem or "no record"
    return None


def _sources(outcome: Outcome) -> Iterator[Score]:
    wanted = outcome.expected.sources
    if missing := unlabelled(outcome, wanted) or _unrecorded(outcome):
        yield outcome.without("source_recall", *missing)
    else:
        found = _named(outcome)
        tokens = _tokens(outcome)
        share = len(set(wanted or ()) & set(found)) / len(set(wanted or ()))
        yield outcome.score("source_recall", share, tokens=tokens)
    if missing := _unrecorded(outcome):
        yield outcome.without("tokens_retrieved", *missing)
    else:
        yield outcome.score("tokens_retrieved", _tokens(outcome))


def _ranked(outcomes: Sequence[Outcome]) -> Iterator[Score]:
    """The order in which sources were first retrieved."""
    found = []
    for outcome in outcomes:
        if missing := unlabelled(outcome, outcome.expected.sources) or _unrecorded(outcome):
            yield from (outcome.without(name, *missing) for name in RANKED)
        else:
            lengths = [outcome.lengths.get(hit.passage_id, 0) for hit in _hits(outcome)]
            found.append((outcome, _named(outcome), lengths))
    yield from rank_scores(found)


def rank_scores(
    found: Iterable[tuple[Outcome, Sequence[str], Sequence[float]]],
) -> Iterator[Score]:
    """What ir-measures computes from an order of sources, each of which counts where it first
    stands, with the tokens that a reader of so many sources gets. `found` has with each outcome
    the ids in their order, and the tokens of the text found under each.
    """
    import ir_measures

    qrels, runs, judged = {}, {}, {}
    for outcome, names, lengths in found:
        key = f"{outcome.case.id}\t{outcome.turn}"
        judged[key] = outcome, names, lengths
        qrels[key] = dict.fromkeys(outcome.expected.sources or (), 1)
        order = dict.fromkeys(names)
        # A question for which nothing was found must stay in, or it would not count as missed.
        runs[key] = {name: -float(rank) for rank, name in enumerate(order)} or {"": 0.0}
    if not judged:
        return
    by_name = {ir_measures.parse_measure(ours): name for name, ours in RANKED.items()}
    for metric in ir_measures.iter_calc(list(by_name), qrels, runs):
        outcome, names, lengths = judged[metric.query_id]
        name = by_name[metric.measure]
        tokens = _read(names, lengths, _READS.get(name, len(names)))
        yield outcome.score(name, metric.value, tokens=tokens)


def _read(names: Sequence[str], lengths: Sequence[float], sources: int) -> float:
    """The tokens of everything in an order up to the last of so many sources."""
    seen: set[str] = set()
    total = 0.0
    for name, tokens in zip(names, lengths, strict=True):
        if name not in seen and len(seen) == sources:
            break
        seen.add(name)
        total += tokens
    return total


def _spans(outcome: Outcome) -> Iterator[Score]:
    if missing := unlocated(outcome) or _unrecorded(outcome):
        yield from (outcome.without(name, *missing) for name in SPANS)
        return
    wanted = [stretch_of(e) for e in outcome.evidence or ()]
    hits = [_stretch(hit, outcome) for hit in _hits(outcome)]
    yield from all_span_scores(outcome, wanted, hits)


def all_span_scores(
    outcome: Outcome, wanted: Sequence[Stretch], returned: Sequence[Stretch]
) -> Iterator[Score]:
    """Span scores of the first passages, and of what each budget of tokens holds of them."""
    for at, cut in _AT.items():
        kept = returned[:PASSAGES] if cut is None else within(returned, cut)
        yield from span_scores(outcome, at, wanted, kept, sum(stretch.tokens for stretch in kept))


def span_scores(
    outcome: Outcome,
    at: str,
    wanted: Sequence[Stretch],
    returned: Sequence[Stretch],
    tokens: float,
) -> Iterator[Score]:
    """Recall, precision and intersection over union of characters, as in Chroma's study of
    chunking (Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval", 2024); what is
    returned twice counts once.
    """
    both, labelled, shown = overlap(wanted, returned)
    union = labelled + shown - both
    yield outcome.score(f"span_recall_{at}", both / labelled, tokens=tokens)
    yield outcome.score(f"span_precision_{at}", both / shown if shown else 0.0, tokens=tokens)
    yield outcome.score(f"span_iou_{at}", both / union, tokens=tokens)


def stretch_of(evidence: Evidence) -> Stretch:
    return Stretch((evidence.source_id, evidence.version), evidence.start, evidence.end)


def _stretch(hit: RecordedHit, outcome: Outcome) -> Stretch:
    tokens = outcome.lengths.get(hit.passage_id, 0)
    return Stretch((hit.source_id, hit.version), hit.start, hit.end, tokens)


def _tokens(outcome: Outcome) -> float:
    return float(sum(outcome.lengths.get(hit.passage_id, 0) for hit in _hits(outcome)))


def _named(outcome: Outcome) -> list[str]:
    """The sources of the hits, each by the expected id that it matches, else by its own."""
    wanted = outcome.expected.sources or ()
    return [
        next((w for w in wanted if matches(hit.source_id, (w,))), hit.source_id)
        for hit in _hits(outcome)
    ]


def _hits(outcome: Outcome) -> Sequence[RecordedHit]:
    return outcome.record.hits if outcome.record else ()
