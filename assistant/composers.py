"""Hits -> Draft. `extractive` writes nothing of its own: it picks the sentences that answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from assistant.disagreeing import differing, otherwise
from assistant.evidence import (
    ASIDE,
    ASKS_LAW,
    Candidate,
    candidates,
    context_stems,
    name_met,
)
from assistant.judgements import judge, judges
from assistant.learned import Model
from assistant.premises import against
from assistant.qualifying import (
    DANGLING,
    LIMIT,
    RULE,
    RULE_KINDS,
    is_rule,
    limits_beside,
    limits_unasked,
    referent,
    reservations_beside,
)
from assistant.types import Draft, DraftSentence, Label, Question
from assistant.wording import content_stems, stems
from corpus.errors import SettingsError
from corpus.types import Authority, Passage, Span, Standpoint
from index.types import Found

MOST_SENTENCES = 10
MOST_LIMITS = 4
MOST_DIFFERING = 2
_REPEATS = 0.7
NO_VERDICT = (
    "The sources do not decide this, and Attaché gives no verdict; "
    "these are the considerations, by who holds them."
)
_JUDGES = re.compile(
    r"\b(?:argu\w+|warn\w*|recommend\w*|advis\w+|encourag\w+|conclud\w+|find|finds|found|says?|said|"
    r"believ\w+|consider\w*|benefit\w*|risks?|useful|valuable|harm\w*|worth|costs?|gains?|urg\w+|"
    r"call(?:s|ed)? for|describ\w+|claim\w*|critici\w+|defend\w*|support\w*)\b",
    re.IGNORECASE,
)
# Where several sides must find room, none takes it up with reservations about itself.
_SEVERAL_SIDES = {"should", "compare"}
_STEPS = {Authority.ENACTED_TEXT: 2, Authority.OFFICIAL_RECORD: 1}
_REMARK = re.compile(r"\bfor this (?:summary|note)\b", re.IGNORECASE)
_DIFFERING = re.compile(r"(?:other )?(?:sources|accounts|reports) differ\b", re.IGNORECASE)


class Composer(Protocol):
    """Writes a draft from what was found."""

    def compose(self, question: Question, found: Found) -> Draft: ...


@dataclass(frozen=True, slots=True)
class ExtractiveComposer:
    """Picks sentences word for word, relevant and not repeating each other.

    Maximal marginal relevance (Carbonell and Goldstein, 1998): each pick is the candidate with
    the highest relevance less `repetition` times its largest word overlap with a pick so far.
    Sentences below `share` of the best one's relevance are left out, and a caveat or an
    unasked limit opens an answer only if it is better by `aside`. A remark on how the text was
    made costs `remark` wherever it stands. Of sentences about as relevant, that of the enacted
    text comes before that of an official record, and both before reports: each step of authority
    counts `authority`, and `rule` times that where a rule of what the source tells of is asked for.
    """

    model: Model
    repetition: float = 0.6
    share: float = 0.5
    aside: float = 0.15
    remark: float = 0.4
    one_voice: float = 0.12
    authority: float = 0.02
    rule: float = 8.0

    def compose(self, question: Question, found: Found) -> Draft:
        ranked = candidates(question, found, self.model)
        picks = self._picked(question, ranked)
        opening = NO_VERDICT if picks and question.aim == "should" else ""
        premise = against(question, ranked)
        told = differing(question, ranked)
        builder = _Builder(found, question, frozenset((c.hit.passage.id, c.i) for c in told))
        if premise and premise.candidate:
            builder.add_premise(premise.candidate)
        for pick in picks:
            builder.add(pick)
            if pick is picks[0]:
                builder.add_beside([*told, *otherwise(pick, ranked)])
        return Draft(tuple(builder.sentences), opening, premise.text if premise else "")

    def _picked(self, question: Question, ranked: tuple[Candidate, ...]) -> list[Candidate]:
        if question.aim == "should":
            judging = [c for c in ranked if _JUDGES.search(c.text)]
            return _in_turn(_one_per_source(judging), self.share / 2, _standpoint)
        if question.aim == "compare" and len(question.names) > 1:
            return _in_turn(ranked, self.share / 2, lambda c: _compared(question, c))
        return self._relevant(question, ranked)

    def _relevant(self, question: Question, ranked: tuple[Candidate, ...]) -> list[Candidate]:
        picks: list[Candidate] = []
        pool = [c for c in ranked if c.relevance >= self.share * ranked[0].relevance]
        while pool and len(picks) < MOST_SENTENCES:
            best = max(pool, key=lambda c: self._gain(question, c, picks))
            pool.remove(best)
            if not picks or _overlap(best, picks) < _REPEATS:
                picks.append(best)
        return picks

    def _gain(self, question: Question, candidate: Candidate, picks: list[Candidate]) -> float:
        gain = candidate.relevance - self.repetition * _overlap(candidate, picks) ** 2
        gain += self._authority(question, candidate)
        if _REMARK.search(candidate.text):
            gain -= self.remark
        if not picks and _opens_ill(question, candidate):
            gain -= self.aside
        same = sum(p.hit.source.id == candidate.hit.source.id for p in picks)
        return gain - self.one_voice * max(0, same - 1)

    def _authority(self, question: Question, candidate: Candidate) -> float:
        steps = _STEPS.get(candidate.hit.source.authority, 0)
        if not steps or not ASKS_LAW.search(question.standalone):
            return self.authority * steps
        around = stems(candidate.hit.passage.text) | context_stems(candidate.hit)
        ruled = all(name_met(name, around) for name in question.names)
        return self.authority * steps * (self.rule if ruled else 1.0)


def _opens_ill(question: Question, candidate: Candidate) -> bool:
    """Whether a sentence had better not open an answer: a caveat, or a limit that nobody asked
    for."""
    if ASIDE.search(candidate.hit.passage.heading) or _DIFFERING.match(candidate.text):
        return True
    return limits_unasked(question, candidate.text)


def _overlap(candidate: Candidate, picks: Iterable[Candidate]) -> float:
    """Largest Jaccard overlap (0..1) of content stems with any pick."""
    own = content_stems(candidate.text)
    return max((_jaccard(own, content_stems(p.text)) for p in picks), default=0.0)


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0


def _in_turn(
    ranked: Sequence[Candidate], share: float, side: Callable[[Candidate], Hashable]
) -> list[Candidate]:
    """The best of each side in turn, so that none fills the answer; what repeats is left out."""
    sides: dict[Hashable, list[Candidate]] = {}
    for candidate in ranked:
        if candidate.relevance >= share * ranked[0].relevance:
            sides.setdefault(side(candidate), []).append(candidate)
    picks: list[Candidate] = []
    while any(sides.values()):
        for waiting in sides.values():
            if waiting and _overlap(next_one := waiting.pop(0), picks) < _REPEATS:
                picks.append(next_one)
    return picks[:MOST_SENTENCES]


def _one_per_source(ranked: Sequence[Candidate]) -> list[Candidate]:
    best: dict[str, Candidate] = {}
    for candidate in ranked:
        best.setdefault(candidate.hit.source.id, candidate)
    return list(best.values())


def _standpoint(candidate: Candidate) -> Standpoint:
    return candidate.hit.source.standpoint


def _compared(question: Question, candidate: Candidate) -> frozenset[str]:
    """Which of the things compared a sentence names, or else what surrounds it names."""
    for present in (stems(candidate.text), context_stems(candidate.hit)):
        named = frozenset(name for name in question.names if name_met(name, present))
        if named:
            return named
    return frozenset()


@dataclass(slots=True)
class _Builder:
    """Collects draft sentences with what must travel with them."""

    found: Found
    question: Question
    differing: frozenset[tuple[str, int]] = frozenset()
    sentences: list[DraftSentence] = field(default_factory=list)
    used: set[tuple[str, int]] = field(default_factory=set)
    groups: int = 0
    opened_on: frozenset[str] = frozenset()

    def add(self, pick: Candidate) -> None:
        """The pick with what it refers to, then the limits that stand beside a rule."""
        if pick.hit.source.kind in RULE_KINDS and limits_unasked(self.question, pick.text):
            pick = self._rule_of(pick)
        passage = pick.hit.passage
        first = referent(passage, pick.i)
        if any((passage.id, i) in self.used for i in range(first, pick.i + 1)):
            if (passage.id, pick.i) in self.used:
                return
            first = pick.i
        self.groups += 1
        label = self._label(pick)
        if first == 0 and DANGLING.match(passage.sentence(0)):
            self._append_before(passage)
        if not self.sentences:
            self.opened_on = _compared(self.question, pick)
        self._append(passage, first, pick.i, label)
        if is_rule(pick.hit, pick.text):
            for hit, first, last in limits_beside(pick, self.found, self.used)[:MOST_LIMITS]:
                self._append(hit.passage, first, last, "Limit")
        if self.question.aim not in _SEVERAL_SIDES:
            asked = content_stems(self.question.standalone)
            for hit, i in reservations_beside(pick, asked, self.found, self.used):
                self._append(hit.passage, i, i, "Limit")

    def add_premise(self, candidate: Candidate) -> None:
        """What speaks against what the question supposes, before anything else."""
        passage = candidate.hit.passage
        self.groups += 1
        self._append(passage, referent(passage, candidate.i), candidate.i, "Premise")

    def add_beside(self, others: Sequence[Candidate]) -> None:
        """What tells otherwise than the sentence before, or that accounts differ, in its group."""
        for other in others[:MOST_DIFFERING]:
            passage = other.hit.passage
            if (passage.id, other.i) not in self.used:
                self._append(passage, other.i, other.i, "Differs")

    def _rule_of(self, limit: Candidate) -> Candidate:
        """The first rule of the limit's section that was found, else the limit itself."""
        here = limit.hit.passage
        rules = [
            (passage.sentences[i].start, hit, i)
            for hit in (*self.found.hits, *self.found.beside)
            if (passage := hit.passage).source_id == here.source_id
            and passage.heading == here.heading
            for i in range(len(passage.sentences))
            if RULE.search(passage.sentence(i))
        ]
        if not rules:
            return limit
        _, hit, i = min(rules, key=lambda rule: rule[0])
        return Candidate(hit, i, limit.relevance)

    def _append_before(self, passage: Passage) -> None:
        """The sentence before a passage that begins with a reference, where it was found."""
        before = [
            h.passage
            for h in (*self.found.hits, *self.found.beside)
            if h.passage.source_id == passage.source_id
            and h.passage.heading == passage.heading
            and h.passage.end <= passage.start
        ]
        if before:
            nearest = max(before, key=lambda p: p.end)
            last = len(nearest.sentences) - 1
            if (nearest.id, last) not in self.used:
                self._append(nearest, referent(nearest, last), last, None)

    def _append(self, passage: Passage, first: int, last: int, label: Label | None) -> None:
        self.used |= {(passage.id, i) for i in range(first, last + 1)}
        span = Span(passage.sentences[first].start, passage.sentences[last].end)
        words = passage.text[span.start - passage.start : span.end - passage.start]
        self.sentences.append(DraftSentence(words, (passage.id,), label, self.groups))

    def _label(self, pick: Candidate) -> Label | None:
        if (pick.hit.passage.id, pick.i) in self.differing:
            return "Differs"
        source = pick.hit.source
        comparing = self.question.aim == "compare" and self.sentences
        if comparing and _compared(self.question, pick) - self.opened_on:
            return "Contrast"
        if self.question.aim == "should" or (judge(source) and judges(pick.text, source)):
            return "Who says what"
        if source.authority == Authority.ENACTED_TEXT:
            return "Law" if RULE.search(pick.text) else "Limit" if LIMIT.search(pick.text) else None
        return None


COMPOSERS: dict[str, Callable[[Model], Composer]] = {"extractive": ExtractiveComposer}


def make_composer(setting: str, model: Model) -> Composer:
    """The composer that a setting names.

    Raises:
        SettingsError: there is none of that kind.
    """
    kind = setting.partition(":")[0]
    if kind not in COMPOSERS:
        raise SettingsError(
            f"There is no composer {kind!r}.", f"Use one of: {', '.join(COMPOSERS)}."
        )
    return COMPOSERS[kind](model)
