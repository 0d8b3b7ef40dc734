"""What must stand beside a sentence: the limits of a rule, and what a reference refers to."""

from __future__ import annotations

import re
from collections.abc import Collection

from assistant.evidence import Candidate
from assistant.types import Question
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
