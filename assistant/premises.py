"""What a question takes for granted, and the sentence of the sources that speaks against it.

Rules in the open, precision first. "Now that …", "…, right?" say outright what is supposed; a
question for the when, who, which or how of an event supposes that it happened. A sentence speaks
against that where the word for the event, or one that means the same, stands within the reach of a
negation, or where it says that what the question speaks of is gone; and where the names of the
question stand in or around it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evidence import Candidate, context_stems, name_met
from assistant.questions import asks_of_past
from assistant.types import Question
from assistant.wording import content_stems, names, stem, stems, words

# "Now that Congress has passed it, …": the clause up to the comma is taken for granted.
_OPENS = re.compile(
    r"^(?:and |but |so )?(?:now that|since(?! (?:when|then|\d))|given that|considering that|"
    r"seeing that|because|as|(?:as )?we (?:all )?know(?: that)?,?|everyone knows that|"
    r"it is (?:well )?known that)\s+"
    r"(?P<clause>.{8,}?\w)(?:,|\.|\?| [-–—] )",
    re.IGNORECASE,
)
_TAGGED = re.compile(
    r"^(?P<clause>.{8,}?), ?(?:right|correct|true|isn['’]t that so|"
    r"(?:did|does|do|is|are|was|were|has|have|had)n['’]t (?:it|they|he|she|we|there))\?$",
    re.IGNORECASE,
)
_LED = re.compile(r"^(?P<clause>.{8,}?) [-–—] (?:so )?(?:how|why|when|what|which|who)\b", re.I)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|must|did|does|will|made|took|became|broke|\w{3,}ed)\b",
    re.IGNORECASE,
)
# A question for the circumstances of an event, which it supposes to have happened or to be due.
_EVENT = re.compile(
    r"^\W*(?:(?:and|so|but) )?(?:(?:in|on|from|by|for|to|under) )?"
    r"(?:when|where|why|how|who|whom|whose|what|which)\b.*\b(?:did|has|have|had|was|were|must)\b",
    re.IGNORECASE,
)
_SUPPOSES_NOTHING = re.compile(r"\b(?:if|would|whether|want(?:s|ed)? to|planned|against|should)\b")
# Events whose denial answers a question about them; each line, words that mean the same.
_EVENTS = tuple(
    frozenset(stem(word) for word in group.split())
    for group in (
        "ban bans banned outlaw outlaws forbid forbids forbidden prohibit prohibits prohibition",
        "end ends terminate termination cancel drop dropped cut sever broke broken dissolve "
        "dissolved abandon abandoned quit",
        "enact enacted enactment pass passed adopted ratified law effect",
        "sanction sanctions punish punishment penalty penalties retaliate retaliation",
        "conclude concluded conclusion verdict finding findings report",
        "name names named accuse accused identify identified",
        "threat danger dangerous rated",
        "prove proved proof proven",
        "promise promised pledge pledged commit committed vow",
        "designate designated designation",
        "admit admitted confess confessed",
        "succeed succeeded win won victory",
        "elect elected appoint appointed",
        "arrest arrested charge charged convict convicted jailed",
        "turn turned change changed",
        "resign resigned fire fired dismiss dismissed",
        "merge merged buy bought acquire acquired sell sold",
    )
)
# Words that tell too little in a question to stand for the event, though they do when denied.
_VAGUE = frozenset(stem(word) for word in "report law effect charge change turn".split())
_LAW = re.compile(
    r"\b(?:become|became|made|signed) (?:into |a )?law\b|\bin(?:to)? (?:force|effect)\b"
)
_NOT = r"(?:not|never|no|neither|nor|nothing|none|without|cannot|\w+n['’]t)"
_DENIED = re.compile(rf"\b{_NOT}\b(?P<reach>[^,;:.]*)", re.IGNORECASE)
_UNSEEN = re.compile(
    r"\b(?:is|are|was|were) (?:not|nowhere|never) (?:shown|found|said|reported|"
    r"mentioned|seen|stated|confirmed|verified|known)\b(?P<behind>[^,;:.]*)",
    re.IGNORECASE,
)
_CLAUSE_ENDS = re.compile(r"[,;:.]")
_UNNAMED = re.compile(
    r"\b(?:not (?:mention|name|contain|identify|list)|(?:mentions?|names?|contains?) "
    r"(?:neither|no))\b(?P<reach>[^,;:.]*)",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"\b(?:closed|abolished|dissolved|repealed|deleted|disbanded|shut down|rescinded|"
    r"no longer exists?|ceased to exist)\b",
    re.IGNORECASE,
)
# What a source does not show may be so all the same.
_UNCONFIRMED = re.compile(
    r"\bnot (?:\w+ )?(?:shown?|found|find|said|say|mention(?:ed)?|verified|confirm(?:ed)?|stated?|"
    r"name|known?|support(?:ed)?|contain)\b|\bno (?:page|report|source|evidence|notice|record)\b"
    r"|\bno version\b|\b(?:mentions?|names?|shows?|says?) (?:neither|no|nothing)\b|\bunsupported\b",
    re.IGNORECASE,
)
_RELEVANT, _RELEVANT_TO_CLAUSE = 0.7, 0.5
_REACH = 18
_NAMES = 0.5
_TOLD = 0.75


@dataclass(frozen=True, slots=True)
class Against:
    """That a question supposes what the sources contradict or do not confirm, in words of ours, and
    the sentence that says so, where one does."""

    text: str
    candidate: Candidate | None


def supposed(text: str) -> str:
    """The clause that a question says outright to be so; "" where it says none."""
    for pattern in (_OPENS, _TAGGED, _LED):
        found = pattern.match(text)
        if found and _VERB.search(found["clause"]) and not _EVENT.match(found["clause"]):
            return found["clause"]
    return ""


def against(question: Question, ranked: Sequence[Candidate]) -> Against | None:
    """What the sources hold against what a question supposes: the most relevant sentence that
    denies it or says that it is not shown; for a clause said outright, also that nothing found
    tells it."""
    asked, _, _ = question.standalone.partition(" (about: ")
    clause = supposed(asked)
    event = bool(_EVENT.match(asked)) and not _SUPPOSES_NOTHING.search(asked)
    if not ranked or not (clause or event):
        return None
    candidate = _denying(question, ranked, asked, clause)
    if candidate is None:
        if not clause or any(affirms(c.text, clause, _around(c)) for c in ranked):
            return None
        return Against(f"“{clause}”: no source found confirms that.", None)
    unconfirmed = _UNCONFIRMED.search(candidate.text)
    verb = "do not confirm" if unconfirmed else "contradict"
    see = f"see {candidate.hit.source.cite_as}."
    if clause:
        return Against(f"“{clause}”: the sources {verb} that; {see}", candidate)
    return Against(f"The sources {verb} what it supposes; {see}", candidate)


def _denying(
    question: Question, ranked: Sequence[Candidate], asked: str, clause: str
) -> Candidate | None:
    named = names(clause) if clause else question.names
    share = _RELEVANT_TO_CLAUSE if clause else _RELEVANT
    present = bool(clause) or not asks_of_past(question)
    for candidate in ranked:
        if candidate.relevance < share * ranked[0].relevance:
            return None
        around = _around(candidate)
        if sum(name_met(name, around) for name in named) < _NAMES * len(named):
            continue
        denied = denies(candidate.text, clause or asked, outright=bool(clause))
        if denied or (present and is_gone(candidate.text, asked)):
            return candidate
    return None


def affirms(text: str, clause: str, around: frozenset[str]) -> bool:
    """Whether a sentence tells what a clause says: its event, and three quarters of its words in or
    around the sentence."""
    wanted, there = content_stems(clause), stems(text)
    events = [group for group in _EVENTS if group & wanted]
    if events and not any(group & there for group in events):
        return False
    met = sum(bool(({s}.union(*(g for g in events if s in g))) & around) for s in wanted)
    return met >= _TOLD * len(wanted)


def denies(text: str, supposed: str, outright: bool = False) -> bool:
    """Whether a sentence denies the event that is supposed, or says that it is not shown.

    What is said `outright` is denied by any of its own words within a negation as well.
    """
    there = content_stems(_LAW.sub("enacted", supposed))
    if not outright:
        there -= _VAGUE
    events = frozenset().union(*(group for group in _EVENTS if group & there))
    named = stems(" ".join(names(supposed)))
    meant = events | (there - named if outright else frozenset())
    reaches = [m["reach"] for m in _DENIED.finditer(text)]
    reaches += [
        _CLAUSE_ENDS.split(text[: m.start()])[-1] + m["behind"] for m in _UNSEEN.finditer(text)
    ]
    if any(meant & stems(" ".join(words(reach)[:_REACH])) for reach in reaches):
        return True
    return any(there & stems(m["reach"]) for m in _UNNAMED.finditer(text))


def is_gone(text: str, asked: str) -> bool:
    """Whether a sentence says that something is closed or repealed, which the question does not."""
    return bool(_GONE.search(text)) and not _GONE.search(asked)


def _around(candidate: Candidate) -> frozenset[str]:
    return stems(candidate.text) | context_stems(candidate.hit)
