"""Whether a collection keeps its own rules: links, places of reading, and notes' sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus.sentences import sentence_spans
from corpus.ties import Place, Tie, flaws
from corpus.types import Document, Source, Span, TextKind

MAX_WORDS = 45
# What points outside the sentence it opens; "The report of RUSI" names what it speaks of.
_LEANING = re.compile(
    r"(?:It|Its|They|Their|Them|This|That|These|Those|He|His|She|Her|We|Our|There|Here|Such|Also"
    r"|However|But|And|Or|Another|The (?:same|former|latter))\b"
    r"|(?:The|An?) (?:acts?|law|statute|bill|ban|city|council|mayor|country|report|study|survey"
    r"|note|notice|circular|article|authors?|source|agreement|tie|statement|summary)\b"
    r"(?! (?:of|by|on|for|under|in|between) (?:the )?[A-Z])"
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a source, or with the register of ties, in a sentence."""

    source_id: str
    text: str


def check_collection(documents: Sequence[Document], ties: tuple[Tie, ...] = ()) -> Iterator[Flaw]:
    """Everything that breaks the rules, source by source and then tie by tie.

    Links must lead to sources of the collection and agree on both sides. Each sentence of a note
    must have a place where it was read, stand alone, and be short. What a register cites must be
    said by the sentence it names.
    """
    by_id = {document.source.id: document for document in documents}
    sources = {id_: document.source for id_, document in by_id.items()}
    for document in documents:
        for text in (*_links(document.source, sources), *_note(document)):
            yield Flaw(document.source.id, text)
    for text in flaws(ties, finder(by_id)):
        yield Flaw("register of ties", text)


def spans(document: Document) -> tuple[Span, ...]:
    """Where the sentences of a document are; a register and `read_at` count them from 1."""
    return tuple(
        span
        for block in document.blocks
        for span in sentence_spans(
            document.text[block.span.start : block.span.end], block.span.start
        )
    )


def sentences(document: Document) -> list[str]:
    """The sentences of a document, in the same order."""
    return [document.text[span.start : span.end] for span in spans(document)]


def finder(documents: Mapping[str, Document]) -> Callable[[Place], str | None]:
    """What gives the words of a place, or None where there is no such sentence."""
    known: dict[str, list[str]] = {}

    def find(place: Place) -> str | None:
        if place.source not in documents:
            return None
        if place.source not in known:
            known[place.source] = sentences(documents[place.source])
        there = known[place.source]
        return there[place.sentence - 1] if place.sentence <= len(there) else None

    return find


def leans(sentence: str) -> bool:
    """Whether a sentence opens with a word that only what stands before it would explain."""
    return bool(_LEANING.match(sentence))


def _links(source: Source, sources: Mapping[str, Source]) -> Iterator[str]:
    for other in (*source.supersedes, *filter(None, (source.superseded_by,))):
        if other not in sources or other == source.id:
            yield f"It is linked with {other}, which is not in the collection."
    for older in source.supersedes:
        if older in sources and sources[older].superseded_by != source.id:
            yield f"It supersedes {older}, which does not say so."
    newer = source.superseded_by
    if newer and newer in sources and source.id not in sources[newer].supersedes:
        yield f"It is superseded by {newer}, which does not say so."


def _note(document: Document) -> Iterator[str]:
    if document.source.text_kind != TextKind.NOTE:
        return
    told = sentences(document)
    places = document.source.read_at
    everywhere = any(not place.sentences for place in places)
    covered = {number for place in places for number in place.sentences}
    if covered and max(covered) > len(told):
        yield f"It has {len(told)} sentences, but read_at speaks of sentence {max(covered)}."
    for number, sentence in enumerate(told, 1):
        if not everywhere and number not in covered:
            yield f"Sentence {number} does not say where it was read (read_at)."
        if leans(sentence):
            yield f"Sentence {number} cannot stand alone: {sentence[:60]!r}."
        if len(sentence.split()) > MAX_WORDS:
            yield f"Sentence {number} has more than {MAX_WORDS} words."
