"""What must stand beside a sentence: the limits of a rule, and what a reference refers to."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from assistant.evidence import Candidate
from assistant.types import Question
from assistant.wording import content_stems, figures
from corpus.types import Kind, Passage
from index.types import Found, Hit

DANGLING = re.compile(
    r"^(?:however,? |but |and |yet |also,? |in addition,? |instead,? |then,? |as a result,? "
    r"|(?:in|on|by|since|until|from) (?:\d{1,2} )?(?:[a-z]+ )?\d{4},? "
    r"|(?:under|in|after|before|with|without|despite|because of) (?=(?:it|this|that|them|these)\b)"
    r"|(?:in|on|at|by|since|under|during|for|from|within|after|before)\b[^,.;:]{1,60}, )?"
    r"(?:it|its|they|their|them|this|that|these|those|he|his|she|her|such|both|the (?:act|law|bill|"
    r"rule|city|council|report|agreement|survey|study|notice|former|latter|same|other|measure|"
    r"order|ban|text|authors?|company|mayor|minister|ministry|province|region))\b",
    re.IGNORECASE,
)
LIMIT = re.compile(
    r"\b(?:only|except(?:ion|ions|s)?|unless|exempt\w*|excludes?|excluding|limited to|"
    r"(?:do|does|did) not (?:apply|cover|require|ban|name|end|extend|affect|oblige|prohibit|bind)|"
    r"appl(?:y|ies|ied) (?:only )?to|takes? effect|took effect|effective (?:date|on|from)|"
    r"in force|into (?:force|operation|effect)|commence[sd]?|commencement|expires?|expiry|lapses?|"
    r"sunset\w*|until|retroactiv\w*|no later than|ceases? to|other than|save (?:for|that)|"
    r"need not|(?:shall|will|is|are) not (?:be )?(?:apply|cover(?:ed)?|required|affect(?:ed)?|"
    r"subject|bound|extend)|nothing in th(?:is|e|at)|notwithstanding|provided that|waive[sdr]?|"
    r"not (?:itself )?(?:enacted|a ban|binding|in force))\b",
    re.IGNORECASE,
)
# The last heading above a section that holds the limits of a whole text.
LIMITS_HEADING = re.compile(
    r"(?:^|› )[^›]*\b(?:scope|exceptions?|exemptions?|commencement|entry into force|effective date|"
    r"expiry|transition\w*)\b[^›]*$",
    re.IGNORECASE,
)
RULE = re.compile(
    r"\b(?:must|shall|may not|must not|cannot|required?|requires|requiring|obliges?|obliged|"
    r"prohibit\w*|forbid\w*|bans|banned|bars|barred|allows?|permits?|entitles?|needs? to|"
    r"has to|have to|authori[sz]e[sd]?)\b",
    re.IGNORECASE,
)
RULE_KINDS = {Kind.LEGISLATION, Kind.GOVERNMENT_NOTICE}
# How a text restricts what it tells: what was not seen, checked or counted, who only claims it,
# what it cannot be compared with.
RESERVATION = re.compile(
    r"\b(?:(?:not|never) (?:been )?(?:\w+ly )?(?:found|shown|read|seen|tested|verified|confirmed|"
    r"checked|established|enacted|adopted|passed|enforced|known|clear|stated|given|named|reported|"
    r"recorded|comparable|broken out|binding|independent|net|laws?)"
    r"|(?:does|do|did|would|could|can) not (?:\w+ly |itself |alone )?(?:say|show|tell|give|state|"
    r"mention|report|establish|prove|support|bind|override|mean|allow|count|include|name|specify|"
    r"appear|follow|cover)"
    r"|no (?:evidence|proof|data|figures?|amounts?|charges|public|independent|notice|record)"
    r"|(?:gives?|offers?) no|says? nothing|alleg(?:ed|ations?)|estimates?|self-reported|advisory|"
    r"observational|proxy|out of date|outdated|preliminary|unverified|unconfirmed|uncertain|"
    r"rebuttal|gross|own (?:account|count|claim|figures?|reading|estimate|description|view)"
    r"|(?:is|are) (?:\w+['’]s|(?:the|its) \w+['’]s|their|his|her|its) own"
    r"|classification|only (?:an? )?(?:abstract|part|some|proposals?|claims?|excerpts?)"
    r"|(?:must be|should be|needs?|need to be) check\w*|commissioned by|come from the"
    r"|rests? (?:only )?on (?:explainers?|surveys?|secondary|press|an abstract|interviews))\b"
    r"|['’]s own\b(?=[,.])",
    re.IGNORECASE,
)
MOST_RESERVATIONS = 2
_ABOUT = 0.3


def is_rule(hit: Hit, text: str) -> bool:
    """Whether a sentence states what must, may or may not be done, or comes from a legal text."""
    return hit.source.kind in RULE_KINDS or bool(RULE.search(text))


def limits_beside(
    pick: Candidate, found: Found, used: Collection[tuple[str, int]]
) -> list[tuple[Hit, int, int]]:
    """Runs of sentences (first, last) in the rule's own section, or one headed as limits (Scope,
    Exceptions, Commencement) of the same source, that limit it, nearest first.

    Scope, exceptions, effective dates and expiry are recognised by their wording. A run joins
    limits that stand next to each other, so that all of them fit beside the rule.
    """
    here = pick.hit.passage
    place = here.sentences[pick.i].start
    runs: list[tuple[int, Hit, int, int]] = []
    for hit in (*found.hits, *found.beside):
        passage = hit.passage
        beside = passage.heading == here.heading or LIMITS_HEADING.search(passage.heading)
        if passage.source_id != here.source_id or not beside:
            continue
        limits = [
            i
            for i in range(len(passage.sentences))
            if (passage.id, i) not in used and LIMIT.search(passage.sentence(i))
        ]
        for run in _runs(limits):
            first = referent(passage, run[0])
            if (passage.id, first) in used:
                first = run[0]
            runs.append((abs(passage.sentences[first].start - place), hit, first, run[-1]))
    return [(hit, first, last) for _, hit, first, last in sorted(runs, key=lambda r: r[0])]


@lru_cache(maxsize=16384)
def reserves(text: str) -> bool:
    """Whether a sentence restricts what is told: see RESERVATION."""
    return bool(RESERVATION.search(text))


def reservations_beside(
    pick: Candidate, asked: frozenset[str], found: Found, used: Collection[tuple[str, int]]
) -> list[tuple[Hit, int]]:
    """Sentences of the pick's own source, nearest in matter first, that restrict what it tells:
    not verified, an estimate, one side's own count, not comparable, not enacted.

    They are about the pick where at least 0.3 of their content stems stand in it or in the
    question (`asked`), or where they take up one of its figures.
    """
    here = pick.hit.passage
    matter = content_stems(pick.text) | asked
    said = figures(pick.text) - {str(pick.hit.source.year)}
    ranked: list[tuple[float, Hit, int]] = []
    for hit in (*found.hits, *found.beside):
        passage = hit.passage
        if passage.source_id != here.source_id:
            continue
        for i in range(len(passage.sentences)):
            text = passage.sentence(i)
            if (passage.id, i) in used or not reserves(text):
                continue
            own = content_stems(text)
            about = len(own & matter) / len(own) if own else 0.0
            about += 0.5 * bool({f for f in said & figures(text) if len(f) > 1})
            if about >= _ABOUT:
                ranked.append((about, hit, i))
    ranked.sort(key=lambda r: -r[0])
    return [(hit, i) for _, hit, i in ranked[:MOST_RESERVATIONS]]


def _runs(numbers: list[int]) -> list[list[int]]:
    """Consecutive numbers together: [1, 2, 5] gives [[1, 2], [5]]."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def referent(passage: Passage, i: int) -> int:
    """Where to begin so that the sentence can be read alone: the nearest one that names things."""
    first = i
    while first > 0 and DANGLING.match(passage.sentence(first)):
        first -= 1
    return first


def limits_unasked(question: Question, text: str) -> bool:
    """Whether a sentence limits a rule without stating one, and no limit was asked for."""
    wanted = question.aim == "when" or LIMIT.search(question.standalone)
    return not wanted and bool(LIMIT.search(text)) and not RULE.search(text)
