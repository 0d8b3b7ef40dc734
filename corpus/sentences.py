"""Where sentences begin and end.

Boundaries come from sentencex (Wikimedia); it breaks after some abbreviations that it doesn't
list, so boundaries behind those are taken back here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sentencex

from corpus.types import Span

_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'“‘])(?:vol|approx|no|nos|art|arts|sec|secs|ch|chap|para|paras|pp|p|fig|cf|est"
    r"|ca|c|e\.g|i\.e|a\.k\.a|u\.s|u\.k|u\.n|u\.s\.c|p\.r|d\.c|st|mt|mr|mrs|ms|dr|prof|gov|sen|rep"
    r"|gen|col|hon|jr|sr|vs|v|inc|ltd|co|corp|dept|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
    r"|(?-i:[A-Z]))\.$",
    re.IGNORECASE,
)
# Abbreviations that often close a sentence: the next word decides.
_MAY_CLOSE = re.compile(
    r"(?:inc|ltd|co|corp|jr|sr|u\.s|u\.k|u\.n|d\.c|a\.m|p\.m|(?-i:\b[A-Z]))\.$", re.IGNORECASE
)
_NEW_SENTENCE = re.compile(
    r"(?:The|A|An|In|On|At|It|He|She|They|We|This|That|These|Those|But|And|For|As|If|When|While|"
    r"After|Before|Its|His|Her|Their|Our|No|Not|There|However|By|To|With|From|Under)\b"
)


def sentence_spans(text: str, start: int = 0, language: str = "en") -> Iterator[Span]:
    """Offsets of the sentences of one block, shifted by `start`; without surrounding white space.

    Spans are in order and do not overlap; what they leave out is white space only.
    """
    held: int | None = None
    for boundary in sentencex.get_sentence_boundaries(language, text):
        begin = boundary["start_index"] if held is None else held
        end = boundary["end_index"]
        if end < len(text) and _continues(text[begin:end].rstrip(), text[end:].lstrip()):
            held = begin
            continue
        held = None
        span = trimmed(text, begin, end)
        if span.start < span.end:
            yield Span(span.start + start, span.end + start)
    if held is not None:
        span = trimmed(text, held, len(text))
        if span.start < span.end:
            yield Span(span.start + start, span.end + start)


def trimmed(text: str, start: int, end: int) -> Span:
    """The same stretch without white space at either end."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _continues(sentence: str, rest: str) -> bool:
    if not _ABBREVIATION.search(sentence):
        return False
    return not (_MAY_CLOSE.search(sentence) and _NEW_SENTENCE.match(rest))
