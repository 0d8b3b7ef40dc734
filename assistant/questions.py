"""History and new words -> a question that can be understood alone, without a model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from assistant.places import as_used, is_place, places_in
from assistant.types import Aim, Ask, Question, Turn
from assistant.wording import content_stems, figures, names, terms, words
from corpus.errors import QuestionError

MAX_CHARS = 2000
_OPENING = re.compile(
    r"^(?:and|but|so|also|ok(?:ay)?|then)\b[\s,]*(?:(?:in|for|of|with|what about|how about)\b)?\s*"
    r"|^(?:what|how) about\s+|^(?:in|for|of|with) (?=\S+(?: \S+){0,2}$)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|an?)\s+", re.IGNORECASE)
_ASKS = re.compile(
    r"^(?:what|who|whom|whose|which|when|where|why|how|did|do|does|is|are|was|were|has|have|had|can|"
    r"could|should|shall|will|would|may|might|must)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_REFERS = re.compile(
    r"\b(?:it|its|that|this|they|them|their|those|these|there|he|him|his|she|her|"
    r"such(?! as)|others?|the (?:former|latter|first|second|same))\b",
    re.IGNORECASE,
)
# "that" and "there" as conjunction or filler refer to nothing.
_NOT_REFERRING = re.compile(
    r"\b(?:is|are|was|were) there\b|\bthere (?:is|are|was|were)\b|\b(?:say|says|said|know|mean|"
    r"true|think|find|found|show|so|fact|claims?|agree|ensure|evidence) that\b|\bthat (?:the|a|an|"
    r"its?|is|are|has|have|was|were)\b|\bit (?:true|legal|possible|safe|wise|worth|necessary)\b",
    re.IGNORECASE,
)
_PAST_AUXILIARY = re.compile(r"\b(?:did|was|were|had|became|came)\b", re.IGNORECASE)
_PRESENT = re.compile(
    r"\b(?:is|are|do|does|can|could|may|must|shall|should|will|would|has|have|since)\b",
    re.IGNORECASE,
)
_PAST_VERB = re.compile(
    r"\b(?!united|indeed)[a-z]{3,}ed\b|\b(?:got|made|told|gave|took|sent|went|held|kept|left|led|met|"
    r"paid|said|sold|spoke|stood|won|wrote|chose|began|broke|cut)\b",
)
_AIMS: tuple[tuple[Aim, str], ...] = (
    ("should", r"\b(?:should|ought|shall) (?:we|i|our|the|a|my|cities|city|mayors?|councils?)\b"
               r"|\bis it (?:wise|worth|a good idea|advisable)\b|\bworth (?:it|keeping)\b"),
    ("compare", r"\bcompare[ds]?\b|\bcomparison\b|\bdiffer|\bdifference|\bversus\b|\bvs\b"),
    ("count", r"\bhow (?:many|much|old|big|large|long|often)\b"
              r"|\b(?:number|share|percentage|proportion|cost|amount|count) of\b|\bvote count\b"),
    ("when", r"^\W*(?:and )?when\b|\b(?:what|which) (?:year|month|date|day)\b|\bsince when\b"
             r"|\bby when\b"),
    ("who", r"^\W*(?:and )?(?:who|whom|whose)\b|\bby whom\b"),
    ("where", r"^\W*(?:and )?where\b"),
    ("list", r"^\W*(?:list|name|which|give)\b|\bwhat (?:are|were) the\b"),
)  # fmt: skip


def understand(ask: Ask, is_common: Callable[[str], bool] = lambda _: False) -> Question:
    """The question in full.

    `is_common` tells whether a place is spoken of all over the collection, as the country is in a
    collection about ties with that country: "And Sweden?" then varies another place.

    A follow-up ("And Sweden?", "When was that?") is completed from the last turn: a place takes
    the place of the earlier one; a reference brings the earlier question along.

    Raises:
        QuestionError: nothing was asked, or more than 2,000 characters.
    """
    text = tidy(ask.text)
    if not re.search(r"\w", text):
        raise QuestionError("Nothing was asked.", "Type a question in words.")
    if len(text) > MAX_CHARS:
        raise QuestionError(
            f"The question has {len(text):,} characters; the limit is {MAX_CHARS:,}.",
            "Shorten it, or ask one thing at a time.",
        )
    last = ask.history[-1] if ask.history else None
    standalone = _completed(text, last, is_common) if last else text
    own = names(text)
    kept = own if own or standalone == text else names(standalone)
    return Question(
        ask=ask,
        standalone=standalone,
        aim=_aim(text) or (_aim(standalone) or "fact"),
        names=kept,
        numbers=tuple(sorted(f for f in figures(text) if not f.startswith("month"))),
        parts=_parts(text) if standalone == text else (standalone,),
    )


def tidy(text: str) -> str:
    """The words without control and direction-changing characters, white space made single."""
    kept = "".join(
        " " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
        for c in text
        if unicodedata.category(c) not in {"Cf", "Cs", "Co"} or c == "\u200d"
    )
    return re.sub(r"\s+", " ", kept).strip()


def aim_of(text: str) -> Aim:
    """What sort of thing a question, or a part of one, asks for."""
    return _aim(text) or "fact"


def asks_of_past(question: Question) -> bool:
    """Whether a question asks what happened or was the case, rather than what holds; one that
    names a year asks of that time."""
    own, _, _ = question.standalone.partition(" (about: ")
    if _PAST_AUXILIARY.search(own) or _YEAR.search(own):
        return True
    return bool(_PAST_VERB.search(own)) and not _PRESENT.search(own)


def _aim(text: str) -> Aim | None:
    return next((aim for aim, pattern in _AIMS if re.search(pattern, text, re.IGNORECASE)), None)


def _parts(text: str) -> tuple[str, ...]:
    pieces = re.split(
        r"(?<=\?)\s+|,?\s+and\s+(?=(?:what|when|who|whose|which|where|why|how|did|does|is|are)\b)",
        text,
        flags=re.IGNORECASE,
    )
    return tuple(p for p in pieces if p and re.search(r"\w", p))


def _completed(text: str, last: Turn, is_common: Callable[[str], bool]) -> str:
    opening = _OPENING.match(text)
    rest = _ARTICLE.sub("", text[opening.end() :].strip("?!. ")) if opening else ""
    if terms(rest) and len(words(rest)) <= 5 and not (_ASKS.match(rest) or _aim(rest)):
        return _varied(rest, last.standalone, is_common)
    bare = _NOT_REFERRING.sub(" ", text)
    # One content word and no name ("Any sources?", "Which is stricter?") asks about nothing alone.
    unnamed = text.isascii() and len(terms(text)) <= 1 and not names(text)
    if opening or _refers(bare) or unnamed:
        return f"{text} (about: {_topic(last.standalone)})"
    return text


def _refers(text: str) -> bool:
    """Whether something outside the text is referred to; "its" and "their" may mean a name that
    stands before them."""
    return any(
        m[0].lower() not in {"its", "their", "his", "her"} or not names(text[: m.start()])
        for m in _REFERS.finditer(text)
    )


def _topic(standalone: str) -> str:
    """What a conversation is about: the question that its follow-ups were completed from."""
    before, mark, topic = standalone.partition(" (about: ")
    return topic.removesuffix(")") if mark else before


def _varied(new: str, earlier: str, is_common: Callable[[str], bool]) -> str:
    """The earlier question with its place exchanged for a new place, its year for a new year, its
    only name for another name; whatever has no counterpart is put behind it.
    """
    if _YEAR.fullmatch(new) and len(set(_YEAR.findall(earlier))) == 1:
        return _YEAR.sub(new, earlier)
    said = places_in(new)
    if len(said) == 1 and content_stems(new.replace(said[0], "")) <= content_stems(earlier):
        (new,) = said
    places = places_in(earlier)
    varied = [p for p in places if not is_common(p)] or places
    named = names(earlier)
    old = varied[-1] if varied and is_place(new) else named[0] if len(named) == 1 else ""
    same_sort = is_place(old) if is_place(new) else bool(names(f"about {new}"))
    where = re.compile(rf"\b{re.escape(old)}(?!\w)")
    if not (old and same_sort and where.search(earlier)):
        return f"{_topic(earlier).rstrip('?. ')} – {new}?"
    used = as_used(new, old)
    return where.sub(lambda _: used, earlier)
