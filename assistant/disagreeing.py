"""Where sources tell the same point differently: figures and dates side by side, nothing chosen.

Precision comes first: what is not plainly about the same thing is no disagreement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from assistant.attribution import spoken_date
from assistant.evidence import Candidate
from assistant.judgements import SIDES, judges
from assistant.types import Question, Statement
from assistant.wording import content_stems, figures, names, stem, stems, words
from corpus.types import Authority, Source, Standpoint
from index.terms import STOP_WORDS

# A text that says outright that accounts differ, and one that tells two of them.
_SAID = re.compile(
    r"^(?:other |later |earlier |the |some )?(?:sources|accounts|reports|versions|news|counts|"
    r"estimates|figures|media|observers|experts|scholars|studies)(?: \w+){0,2} (?:differs?|"
    r"disagrees?|conflicts?|diverges?|contradicts?|pull in opposite)\b",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\b(?:is|are|was|were|remains?) (?:disputed|contested|in dispute)\b"
    r"|\bpull in opposite directions\b|\b(?:do|does) not (?:bear (?:\w+ )?out|fit|agree|match)\b"
    r"|\bnot borne out by\b|\b(?:contradicts?|contradicted|disputes|at odds with)\b"
    r"|\baccording to\b[^.;]{3,120}(?:,? (?:and|or|but|while|whereas) )[^.;]{3,120}\baccording to\b"
    r"|\b(?:counts?|gives?|says?|speaks? of|reports?)\b[^.;]{3,120}, (?:while|whereas|but|where)\b"
    r"[^.;]{2,120}\b(?:counts?|gives?|says?|speaks? of|reports?)\b",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_DATE = re.compile(
    rf"\b(?:(?:\d{{1,2}} )?{_MONTH} )?(?:1[5-9]|20)\d\d\b|\b\d{{1,2}} {_MONTH}\b|"
    rf"\b{_MONTH} \d{{1,2}},? (?:1[5-9]|20)\d\d\b"
)
_QUANTITY = re.compile(
    r"(?P<bound>\b(?:(?:more|fewer|less) than|over|under|at least|at most|up to|nearly|almost|"
    r"about|around|some|roughly|approximately|an estimated) )?(?P<value>[$€£¥]?\d[\d,]*(?:\.\d+)?)"
    r"(?P<scale> (?:hundred|thousand|million|billion))?"
    r"(?P<unit>(?:%| per ?cent)|(?: [a-z'-]+){0,3})",
    re.IGNORECASE,
)
# Who tells it, at either end of a sentence.
_TELLER = re.compile(
    r"^[^,;:]{2,80}? (?:finds?|found|says?|said|reports?|reported|writes?|wrote|claims?|claimed|"
    r"estimates?|estimated|states?|stated) that |^According to [^,]{2,80}, "
    r"|,? (?:according to|as reported by|as told by) [^.;]{2,120}(?=[.;]|$)"
    r"|, [^,.;]{2,60} (?:reports|reported|says|said|writes|wrote|finds?|found)"
    r"(?: in [^.;]{3,30})?(?=\.|$)"
)
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_OPEN = {"more than", "over", "at least"}
_ROUGH = {"nearly", "almost", "about", "around", "some", "roughly", "approximately", "an estimated"}
_YES_NO = re.compile(
    r"^(?:and |but |so )?(?:did|was|were|is|are|do|does|can|has|have|had|could|will|would)\b", re.I
)
_WHY = re.compile(r"^\W*why\b", re.IGNORECASE)
_ONE_ANSWER = {"when", "count", "who", "where"}
_SAID_MEETS, _TELLS_MEETS, _POINT = 0.5, 0.6, 0.5
_RELEVANT, _HALF = 0.7, 0.5
_ROUGHLY = 0.1
_SAME = 0.5
_SHARED = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """A disagreement among an answer's statements, at `positions` from 0, told in `text`."""

    text: str
    positions: tuple[int, ...]


def differences(question: Question, statements: Sequence[Statement]) -> Iterator[Difference]:
    """What the statements tell differently, or say that accounts of what is asked differ."""
    for (i, one), (j, other) in combinations(enumerate(statements), 2):
        first, second = one.citations[0].source, other.citations[0].source
        if alike(first, second) and differ(one.text, other.text):
            yield Difference(
                "Sources of like weight tell this differently; both stand here: "
                f"{_dated(first)}, and {_dated(second)}.",
                (i, j),
            )
    told = [i for i, s in enumerate(statements) if s.label == "Differs" and _told(s.text)]
    if told:
        sources = dict.fromkeys(_dated(statements[i].citations[0].source) for i in told)
        verb = "say" if len(sources) > 1 else "says"
        yield Difference(
            f"Accounts of this differ, as {' and '.join(sources)} {verb}.", tuple(told)
        )
    yield from _opposed(question, statements)


def differing(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Sentences that say that accounts of just what is asked differ, best first.

    Only a question with one right answer (when, how many, who, where, yes or no, this or that) can
    meet two. A sentence that says outright that accounts differ has at least half of its content
    words; one that tells two accounts has 0.6, and half of those beside names and figures. Both
    have 0.7 of the best one's relevance.
    """
    asked = question.standalone
    closed = question.aim in _ONE_ANSWER or _YES_NO.match(asked) or " or " in asked
    if not closed or not ranked:
        return []
    wanted = content_stems(asked)
    point = wanted - stems(" ".join((*question.names, *question.numbers)))
    near = (c for c in ranked if c.relevance >= _RELEVANT * ranked[0].relevance)
    return [
        c
        for c in near
        if (_SAID.search(c.text) and _met(wanted, c.text) >= _SAID_MEETS)
        or (
            _TELLS.search(c.text)
            and _met(wanted, c.text) >= _TELLS_MEETS
            and _met(point, c.text) >= _POINT
        )
    ]


def _told(text: str) -> bool:
    return bool(_SAID.search(text) or _TELLS.search(text))


def _met(wanted: frozenset[str], text: str) -> float:
    return len(wanted & stems(text)) / len(wanted) if wanted else 1.0


def otherwise(pick: Candidate, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Sentences of sources of like weight that tell the pick's point differently, best first; of
    half the pick's relevance at least."""
    return [
        c
        for c in ranked
        if c.relevance >= _HALF * pick.relevance
        and alike(pick.hit.source, c.hit.source)
        and differ(pick.text, c.text)
    ]


def _opposed(question: Question, statements: Sequence[Statement]) -> Iterator[Difference]:
    """Judgements from both sides, where a judgement is asked for."""
    if question.aim != "should" or _WHY.match(question.standalone):
        return
    sides: dict[Standpoint, list[int]] = {side: [] for side in SIDES}
    for i, statement in enumerate(statements):
        source = statement.citations[0].source
        if source.standpoint in sides and judges(statement.text, source):
            sides[source.standpoint].append(i)
    if all(sides.values()):
        one, other = (_dated(statements[at[0]].citations[0].source) for at in sides.values())
        yield Difference(
            f"Sources judge this differently: {one}, in favour, and {other}, cautionary.",
            tuple(sorted(i for at in sides.values() for i in at)),
        )


def alike(one: Source, other: Source) -> bool:
    """Whether two different sources are of like weight: neither is the law itself, which comes
    before what is reported of it, unless both are; and neither has replaced the other."""
    law = Authority.ENACTED_TEXT
    replaced = one.superseded_by == other.id or other.superseded_by == one.id
    like = (one.authority == law) == (other.authority == law)
    return one.id != other.id and like and not replaced


def differ(one: str, other: str) -> bool:
    """Whether two sentences say the same but for a figure or a date.

    Without who tells it, at least half of the content words that either has beside figures stand
    in both, three or more, and every name does; and they hold quantities of one unit, or one date
    each, that cannot both be right.
    """
    claims = _claim(one), _claim(other)
    a, b = map(_matter, claims)
    shared = a & b
    if len(shared) < _SHARED or len(shared) < _SAME * len(a | b):
        return False
    if not _named(claims[0]) <= b or not _named(claims[1]) <= a:
        return False
    quantities = [[q for q in _quantities(claim) if q.unit] for claim in claims]
    if all(quantities):
        clash = any(
            x.unit == y.unit and (x.high < y.low or y.high < x.low)
            for x in quantities[0]
            for y in quantities[1]
        )
        return clash and _same_time(one, other)
    return not any(quantities) and _apart_in_time(*claims)


@dataclass(frozen=True, slots=True)
class _Quantity:
    low: float
    high: float
    unit: str


def _quantities(text: str) -> list[_Quantity]:
    """Each figure that counts something, as the range that it may mean, with its noun's stem."""
    found = []
    undated = _DATE.sub(" ", text)
    for m in _QUANTITY.finditer(undated):
        value = float(re.sub(r"[^\d.]", "", m["value"]).rstrip(".") or 0)
        value *= _SCALES.get((m["scale"] or "").strip().lower(), 1)
        bound = (m["bound"] or "").strip().lower()
        low, high = value, value
        if bound in _OPEN:
            high = float("inf")
        elif bound in _ROUGH:
            low, high = value * (1 - _ROUGHLY), value * (1 + _ROUGHLY)
        elif bound:
            low = 0.0
        found.append(_Quantity(low, high, _unit(m["value"], m["unit"])))
    return found


def _unit(value: str, behind: str) -> str:
    if value[0] in "$€£¥":
        return value[0]
    if "%" in behind or "cent" in behind:
        return "%"
    nouns = [w for w in words(behind) if w not in STOP_WORDS]
    return stem(nouns[0]) if nouns else ""


def _apart_in_time(one: str, other: str) -> bool:
    """Whether both sentences give one date, and these differ where both are told."""
    first, second = _DATE.findall(one), _DATE.findall(other)
    if len(first) != 1 or len(second) != 1:
        return False
    a, b = figures(first[0]), figures(second[0])
    return not (a <= b or b <= a)


def _same_time(one: str, other: str) -> bool:
    """Whether the years that both name, if both do, are the same: a count of another year is a
    change and no disagreement."""
    a, b = (frozenset(re.findall(r"\b(?:1[5-9]|20)\d\d\b", text)) for text in (one, other))
    return not a or not b or bool(a & b)


@lru_cache(maxsize=4096)
def _matter(text: str) -> frozenset[str]:
    """Content stems without figures: what a sentence is about."""
    return frozenset(s for s in content_stems(text) if not figures(s) and not s.isdigit())


@lru_cache(maxsize=4096)
def _claim(text: str) -> str:
    return _TELLER.sub("", text)


def _named(claim: str) -> frozenset[str]:
    return frozenset(stem(w) for name in names(f"of {claim}") for w in words(name)) & _matter(claim)


def _dated(source: Source) -> str:
    return f"{source.cite_as} ({spoken_date(source.published)})"
