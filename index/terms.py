"""The words of a question: which of them carry content, and how FTS5 is asked for them."""

from __future__ import annotations

import re

# Longer questions are cut here: every further word costs time and tells little.
MAX_TERMS = 64

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:[.,]\d+)*")
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)

STOP_WORDS = frozenset(
    """
    a about above after again against all also am an and any are aren as at be because been before
    being below between both but by can could couldn did didn do does doesn doing don down during
    each either else ever every few for from further get gets give given gives had hadn has hasn
    have haven having he her here hers herself him himself his how i if in into is isn it its itself
    just let ll many may me might mine more most much must my myself neither no nor not now of off
    on once one only or other our ours ourselves out over own please re s same say says shall she
    should shouldn so some something such t tell than that the their theirs them themselves then
    there these they this those through to too under until up upon us ve very was wasn we were
    weren what whatever when where whether which while who whom whose why will with within without
    won would wouldn you your yours yourself yourselves
    """.split()
)


def words(text: str) -> tuple[str, ...]:
    """All distinct words, lower-cased, in order; "U.S." and "3.5" stay whole."""
    # "US" in capitals is a country; lower-cased it would pass for the pronoun.
    named = re.sub(r"\bUS\b", "U.S.", text)
    found = (match[0].lower() for match in _WORD.finditer(_POSSESSIVE.sub("", named)))
    return tuple(dict.fromkeys(found))


def content_words(text: str) -> tuple[str, ...]:
    """The distinct words without stop words, in the order of the question."""
    return tuple(word for word in words(text) if word not in STOP_WORDS)


def match_expression(terms: tuple[str, ...]) -> str:
    """An FTS5 expression for any of the terms. Each is quoted, so that no input is an operator."""
    return " OR ".join(f'"{term}"' for term in terms[:MAX_TERMS])
