"""Which kind of silence it is when the sources do not answer, and what came nearest."""

from __future__ import annotations

from assistant.attribution import attribution
from assistant.evidence import context_stems, lawless_places, name_met
from assistant.places import NATION_OF, is_place
from assistant.types import Nearest, Question, Silence
from assistant.wording import stems, words
from corpus.types import ReadExtent
from index.terms import STOP_WORDS
from index.types import Found

FAR = 0.35
_IN_PART = {ReadExtent.PART, ReadExtent.ABSTRACT, ReadExtent.SECONDARY}
_HOW_READ = {
    ReadExtent.PART: "in part",
    ReadExtent.ABSTRACT: "in its abstract only",
    ReadExtent.SECONDARY: "through other reports only",
}


def silence(question: Question, found: Found) -> Silence:
    """Nothing on the place or subject; read only in part; or spoken of without an answer.

    A question is far from the whole collection when its best passage has a cosine below 0.35.
    """
    if not found.hits:
        return Silence(
            "nothing_on_subject",
            "Nothing in this collection was found for this question with these filters.",
        )
    missing = missing_names(question, found)
    if missing:
        what = " and ".join(
            NATION_OF.get(n.lower(), n).title() if is_place(n) else n for n in missing
        )
        kind = "place" if any(is_place(name) for name in missing) else "name"
        return Silence(
            "nothing_on_subject",
            f"This collection holds nothing about {what} that answers this. That no source here "
            f"speaks of this {kind} does not mean that there is nothing to know.",
        )
    lawless = lawless_places(question, found)
    if lawless:
        where = " and ".join(NATION_OF.get(n.lower(), n).title() for n in lawless)
        return Silence(
            "nothing_on_subject",
            f"This collection holds no law or rule of {where} that answers this. That no source "
            "here speaks of one does not mean that there is nothing to know.",
        )
    best = found.hits[0]
    if max(h.dense for h in found.hits) < FAR:
        return Silence(
            "nothing_on_subject",
            "This collection holds nothing on this subject." + _language_note(question),
        )
    if best.source.read_extent in _IN_PART:
        return Silence(
            "read_in_part",
            f"The nearest source ({attribution(best.source)}) was read "
            f"{_HOW_READ[best.source.read_extent]}, and what was read does not answer this; "
            "the publication itself may.",
        )
    return Silence(
        "not_answered",
        "Sources in this collection speak of this but do not answer the question."
        + _language_note(question),
    )


def missing_names(question: Question, found: Found, best: int = 5) -> tuple[str, ...]:
    """Names in the question that no passage among the best, nor what surrounds it, holds."""
    around = [stems(h.passage.text) | context_stems(h) for h in found.hits[:best]]
    return tuple(n for n in question.names if not any(name_met(n, a) for a in around))


def nearest(found: Found, most: int = 3) -> tuple[Nearest, ...]:
    """The best passages of different sources."""
    by_source = {h.source.id: h for h in reversed(found.hits)}
    best = sorted(by_source.values(), key=lambda h: -h.score)[:most]
    return tuple(Nearest(h.source, h.passage.heading) for h in best)


def _language_note(question: Question) -> str:
    """Said when a question holds no common English word at all."""
    asked = words(question.standalone)
    if len(asked) >= 3 and not STOP_WORDS & set(asked):
        return (
            " The question does not look English; the search model is English-centred, "
            "so asking in English finds more."
        )
    return ""
