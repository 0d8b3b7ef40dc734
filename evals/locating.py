"""Where the words of a fact stand in a source."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from corpus.types import Span
from evals.reading import matches
from evals.runs import KeptText
from evals.types import Evidence, Expected


def holders(source_id: str, known: Collection[str]) -> list[str]:
    """The sources that an id stands for: itself where there is one of that id, else its parts."""
    if source_id in known:
        return [source_id]
    return sorted(id_ for id_ in known if matches(id_, (source_id,)))


def locate(words: str, text: str) -> Span | None:
    """Where the words stand, whatever white space lies between them; None where they don't."""
    start = text.find(words)
    if start >= 0:
        return Span(start, start + len(words))
    found = _loosely(words).search(text)
    return Span(*found.span()) if found else None


def evidence(
    expected: Expected, texts: Iterable[KeptText]
) -> tuple[tuple[Evidence, ...], tuple[str, ...]] | None:
    """The facts that can be located, and those that cannot; None where no facts are labelled."""
    if expected.facts is None:
        return None
    by_id: Mapping[str, KeptText] = {text.id: text for text in texts}
    found, lost = [], []
    for fact in expected.facts:
        places = [
            (by_id[id_], span)
            for id_ in holders(fact.source, by_id)
            if (span := locate(fact.words, by_id[id_].text))
        ]
        if not places:
            lost.append(fact.fact)
            continue
        text, span = places[0]
        found.append(Evidence(fact.fact, text.id, text.version, *span, fact.limit))
    return tuple(found), tuple(lost)


@lru_cache(maxsize=4096)
def _loosely(words: str) -> re.Pattern[str]:
    return re.compile(r"\s+".join(map(re.escape, words.split())) or r"(?!)")
