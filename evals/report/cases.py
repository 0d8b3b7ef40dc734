"""Every case: what was asked, expected, found and said, and what that is worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.types import RecordedHit
from evals.measures.answers import says
from evals.report.answers import described, outcome_html
from evals.report.flaws import ALL, flaws_of, severity
from evals.report.markup import count, esc
from evals.runs import KeptText
from evals.types import TYPES, Case, Evidence, Fact, FilterNames, Outcome, Score

Texts = Mapping[tuple[str, str], KeptText]
_FILTER = """<form id="filter" hidden><p><label>Type <select name="type">{types}</select></label>
<label>What went wrong <select name="flaw">{flaws}</select></label>
<label>Words <input name="words" type="search"></label></p><p role="status"></p></form>"""


@dataclass(slots=True)
class Shelf:
    """Texts of passages: `shared`, each stands once on the page however often it was retrieved;
    else where it was.
    """

    texts: Texts
    shared: bool = True
    numbers: dict[tuple[str, str, int, int], int] = field(default_factory=dict)

    def words_html(self, hit: RecordedHit) -> str:
        """The words of a passage, or a link to where they stand."""
        key = (hit.source_id, hit.version, hit.start, hit.end)
        if not self.shared:
            return passage_words(self.texts, *key, ())
        number = self.numbers.setdefault(key, len(self.numbers))
        return f'<p><a class="text" href="#p{number}">Text of the passage</a></p>'

    def as_html(self) -> str:
        """All passages that were given a number."""
        return "".join(
            f'<section id="p{number}"><p class="meta">{source_line(self.texts, id_, version)}</p>'
            f"{passage_words(self.texts, id_, version, start, end, ())}</section>"
            for (id_, version, start, end), number in self.numbers.items()
        )


@dataclass(frozen=True, slots=True)
class Told:
    """A case with what came of its turns, their scores and what went wrong in them."""

    case: Case
    outcomes: tuple[Outcome, ...]
    scores: tuple[tuple[Score, ...], ...]
    flaws: tuple[str, ...]


def tell(outcomes: Iterable[Outcome], scores: Iterable[Score]) -> list[Told]:
    """The cases by type, the worst of each type first."""
    by_turn: dict[tuple[str, int], list[Score]] = {}
    for score in scores:
        by_turn.setdefault(score.key, []).append(score)
    by_case: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_case.setdefault(outcome.case.id, []).append(outcome)
    told = []
    for turns in by_case.values():
        worth = [tuple(by_turn.get((o.case.id, o.turn), ())) for o in turns]
        found = {f for o, s in zip(turns, worth, strict=True) for f in flaws_of(o, s)}
        flaws = tuple(flaw for flaw in ALL if flaw in found)
        told.append(Told(turns[0].case, tuple(turns), tuple(worth), flaws))
    order = {type_: place for place, type_ in enumerate(TYPES)}
    return sorted(
        told,
        key=lambda t: (
            order.get(t.case.type, len(order)),
            t.case.type,
            severity(t.flaws),
            t.case.id,
        ),
    )


def cases_html(told: Sequence[Told], shelf: Shelf) -> str:
    """A filter, and the cases in a section for each type."""
    types = list(dict.fromkeys(t.case.type for t in told))
    flaws = [(flaw, n) for flaw in ALL if (n := sum(flaw in t.flaws for t in told))]
    right = sum(not t.flaws for t in told)
    chosen = _options([("", "all", len(told)), *((t, type_name(t), _of(told, t)) for t in types)])
    wrong = [("", "anything or nothing", len(told)), ("none", "nothing", right)]
    wrong += [(flaw, flaw, n) for flaw, n in flaws]
    sections = []
    for type_ in types:
        cases = [case_html(t, shelf) for t in told if t.case.type == type_]
        sections.append(
            f'<section class="type"><h3>{esc(type_name(type_))} ({len(cases)})</h3>'
            f"{''.join(cases)}</section>"
        )
    return _FILTER.format(types=chosen, flaws=_options(wrong)) + "".join(sections)


def case_html(told: Told, shelf: Shelf) -> str:
    """A case to open: its first question and what went wrong, then each turn."""
    case, turns = told.case, len(told.outcomes)
    more = (
        f" <span class='meta'>and {count(turns - 1, 'further question')}</span>"
        if turns > 1
        else ""
    )
    body = "".join(
        turn_html(outcome, scores, shelf, turns)
        for outcome, scores in zip(told.outcomes, told.scores, strict=True)
    )
    notes = (
        f'<p class="meta" dir="auto">Note on the case: {esc(case.notes)}</p>' if case.notes else ""
    )
    return (
        f'<details class="case" data-type="{esc(case.type)}" data-flaws="{"|".join(told.flaws)}">'
        f"<summary><code>{esc(case.id)}</code> "
        f'<span dir="auto">{esc(case.turns[0].question)}</span>'
        f"{more} {tags_html(told.flaws)}</summary>{notes}{body}</details>"
    )


def tags_html(flaws: Iterable[str]) -> str:
    """What went wrong, or that nothing did."""
    tags = "".join(f'<span class="tag wrong">{flaw}</span> ' for flaw in flaws)
    return tags or '<span class="tag">nothing wrong</span>'


def turn_html(outcome: Outcome, scores: Sequence[Score], shelf: Shelf, turns: int) -> str:
    """One question: expected, answered, scored, retrieved."""
    expected = outcome.expected
    heading = f"<h4>Question {outcome.turn + 1} of {turns}</h4>" if turns > 1 else ""
    asked = f'<p class="asked" dir="auto">{esc(expected.question)}</p>{_filters(expected.filters)}'
    history = "".join(f'<li dir="auto">{esc(earlier)}</li>' for earlier in expected.history)
    before = f"<p>Asked before, in the same conversation:</p><ul>{history}</ul>" if history else ""
    record = outcome.record
    chance = f" (held to be answerable: {record.likelihood:.2f})" if record else ""
    return (
        f'<section class="turn">{heading}{before}{asked}'
        f"<h5>Expected</h5>{_expected(outcome, shelf.texts)}"
        f"<h5>Answered{chance}</h5>"
        f'<div class="answer">{outcome_html(record, outcome.problem)}</div>'
        f"<h5>Scores</h5>{scores_html(scores)}{_retrieved(outcome, shelf)}</section>"
    )


def _filters(chosen: FilterNames) -> str:
    """Which sources alone were asked; nothing where all were."""
    years = ""
    if chosen.year_from or chosen.year_to:
        years = f"{chosen.year_from or 'any year'} to {chosen.year_to or 'any year'}"
    told = {
        "kind of source": " or ".join(kind.value.replace("-", " ") for kind in chosen.kinds),
        "publisher": " or ".join(chosen.publishers),
        "jurisdiction": " or ".join(chosen.jurisdictions),
        "published": years,
        "collection": " or ".join(chosen.collections),
    }
    parts = "; ".join(f"{name} {esc(value)}" for name, value in told.items() if value)
    return f'<p class="meta" dir="auto">Asked with filters: {parts}.</p>' if parts else ""


def scores_html(scores: Iterable[Score]) -> str:
    """What was scored, then what was not, by reason."""
    scored, without = [], dict[tuple[str, str], list[str]]()
    for score in scores:
        if score.value is None:
            without.setdefault((score.state, score.reason), []).append(score.measure)
        else:
            scored.append(f"<li>{esc(score.measure)} <b>{_short(score.value)}</b></li>")
    told = "".join(
        f"<p class='meta'>{esc(_why(state, reason))}: {esc(', '.join(names))}.</p>"
        for (state, reason), names in without.items()
    )
    return f'<ul class="scores">{"".join(scored)}</ul>{told}' if scored or told else "<p>None.</p>"


def _why(state: str, reason: str) -> str:
    said = state.replace("_", " ").capitalize()
    return f"{said}, {reason}" if reason else said


def type_name(type_: str) -> str:
    """`SF` as "SF single fact"; a type of a public suite as it is."""
    return f"{type_} {TYPES[type_]}" if type_ in TYPES else type_


def source_line(texts: Texts, id_: str, version: str) -> str:
    """What a reader must know of the source of a passage."""
    text = texts.get((id_, version))
    if text is None:
        return esc(id_)
    return described(
        text.title, text.publisher, text.published, text.kind, text.standpoint, text.text_kind
    )


def passage_words(
    texts: Texts, id_: str, version: str, start: int, end: int, spans: Iterable[tuple[int, int]]
) -> str:
    """The words `text[start:end]` with stretches marked; quoted only where they are not ours."""
    kept = texts.get((id_, version))
    if kept is None:
        return '<p class="words">The run does not hold this text.</p>'
    parts, at = [], start
    for first, last in sorted((max(start, a), min(end, b)) for a, b in spans):
        first = max(first, at)
        if first < last:
            parts += [esc(kept.text[at:first]), f"<mark>{esc(kept.text[first:last])}</mark>"]
            at = last
    shown = "".join([*parts, esc(kept.text[at:end])])
    element = "p" if kept.text_kind == "note" else "blockquote"
    return f'<{element} class="words" dir="auto">{shown}</{element}>'


def _expected(outcome: Outcome, texts: Texts) -> str:
    """The answer, facts, sources and caveats that were expected."""
    expected = outcome.expected
    silent = expected.answerable is False
    parts = ["<p>No answer: the sources do not hold one.</p>"] if silent else []
    if expected.expected:
        parts.append(f'<p dir="auto">{esc(expected.expected)}</p>')
    if expected.facts:
        items = "".join(_fact(fact, outcome, texts) for fact in expected.facts)
        parts.append(f'<ul class="facts">{items}</ul>')
    for name, ids in (
        ("Sources that answer", expected.sources),
        ("Sources that come near and do not answer", expected.nearest),
        ("Caveats", expected.caveats),
    ):
        if ids:
            parts.append(f"<p class='meta'>{name}: {esc(', '.join(ids))}.</p>")
    return "".join(parts) or "<p>Nothing is labelled.</p>"


def _fact(fact: Fact, outcome: Outcome, texts: Texts) -> str:
    """An expected fact, whether the answer says it, and where its words were retrieved."""
    found = next((e for e in outcome.evidence or () if e.fact == fact.fact), None)
    answer = outcome.record.answer if outcome.record else None
    if found is None:
        mark, where = "cannot be located", ""
    else:
        said = answer is not None and says(answer.everything, answer.citations, found)
        mark = "found" if said else "missed"
        title = texts[found.source_id, found.version].title
        where = f'<span class="meta"><cite>{esc(title)}</cite>, {_rank(found, outcome)}</span>'
    limit = " <span class='tag'>exception</span>" if fact.limit else ""
    sign = {"found": "✓", "missed": "✗"}.get(mark, "?")
    return (
        f'<li class="{mark.split()[0]}"><span aria-hidden="true">{sign}</span> <b>{mark}</b>: '
        f'<span dir="auto">{esc(fact.fact)}</span>{limit} {where}</li>'
    )


def _rank(fact: Evidence, outcome: Outcome) -> str:
    hits = outcome.record.hits if outcome.record else ()
    for rank, hit in enumerate(hits, start=1):
        if _spans(hit, [fact]):
            return f"its words are in passage {rank}"
    return "its words were not retrieved"


def _retrieved(outcome: Outcome, shelf: Shelf) -> str:
    """The passages in the order in which they were found; those that hold expected words open."""
    hits = outcome.record.hits if outcome.record else ()
    items = []
    for hit in hits:
        spans = _spans(hit, outcome.evidence or ())
        line = source_line(shelf.texts, hit.source_id, hit.version)
        if spans:
            where = (hit.source_id, hit.version, hit.start, hit.end)
            words = passage_words(shelf.texts, *where, spans)
        else:
            words = shelf.words_html(hit)
        state, tag = (" open", '<span class="tag">expected words</span> ') if spans else ("", "")
        items.append(
            f"<li><details{state}><summary>{tag}{line} · {hit.score:.3f}</summary>"
            f"{words}</details></li>"
        )
    if not items:
        return ""
    return (
        f"<details><summary>Retrieved: {count(len(items), 'passage')}</summary>"
        f'<ol class="retrieved">{"".join(items)}</ol></details>'
    )


def _spans(hit: RecordedHit, facts: Iterable[Evidence]) -> list[tuple[int, int]]:
    """The stretches of facts that the passage holds a part of."""
    source = (hit.source_id, hit.version)
    return [
        (fact.start, fact.end)
        for fact in facts
        if (fact.source_id, fact.version) == source
        and fact.start < hit.end
        and hit.start < fact.end
    ]


def _short(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _of(told: Iterable[Told], type_: str) -> int:
    return sum(t.case.type == type_ for t in told)


def _options(options: Iterable[tuple[str, str, int]]) -> str:
    return "".join(
        f'<option value="{esc(value)}">{esc(text)} ({n})</option>' for value, text, n in options
    )
