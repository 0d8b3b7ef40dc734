"""Which ties a question is about: places, kinds, states and years that it names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from assistant.places import NATION_OF, places_in
from assistant.types import Question
from assistant.wording import content_stems, stem
from corpus.ties import Tie, TieKind, TieStatus

_TIE = re.compile(
    r"\b(?:sister|twin(?:s|ned|ning)?|friendship)[ -]?(?:cit(?:y|ies)|states?|provinces?|towns?|"
    r"ties|links?|relationships?|agreements?)?\b|\b(?:ties?|partner(?:s|ships?)?|links?|"
    r"relationships?|agreements?|partner cit(?:y|ies))\b",
    re.IGNORECASE,
)
_TIMELINE = re.compile(r"\b(?:timeline|chronolog\w+|in order of (?:date|time))\b", re.IGNORECASE)
_STATUS: tuple[tuple[str, frozenset[TieStatus], str], ...] = (
    ("ended", frozenset({TieStatus.ENDED, TieStatus.LAPSED}),
     r"\b(?:ended|ending|terminat\w+|cancel\w*|cut|dissol\w+|dropp?ed|broke\w*|withdr[ae]w\w*"
     r"|lapsed|discontinued|no longer|severed|let go)\b"),
    ("suspended", frozenset({TieStatus.SUSPENDED}), r"\b(?:suspen\w+|paused?|frozen?|freez\w+)\b"),
    ("relabelled", frozenset({TieStatus.RELABELLED}), r"\b(?:re-?labell?ed|renamed)\b"),
    ("said to be active", frozenset({TieStatus.ACTIVE}),
     r"\b(?:active|current(?:ly)?|kept|still)\b"),
)  # fmt: skip
_KINDS: tuple[tuple[TieKind, str], ...] = (
    (TieKind.SISTER_STATE,
     r"\b(?:sister|friendship)[ -](?:states?|provinces?|prefectures?|regions?)\b"),
    (TieKind.FRIENDSHIP_CITY, r"\bfriendship[ -]cit(?:y|ies)\b"),
)  # fmt: skip
_KIND_NAMES = {
    TieKind.SISTER_STATE: "ties between states",
    TieKind.FRIENDSHIP_CITY: "friendship cities",
}
_SPAN = re.compile(
    r"\b(?P<word>since|after|from|before|until|in|between|during)\s+(?:the\s+)?"
    r"(?P<first>(?:19|20)\d\d)(?P<decade>s)?(?:\s*(?:and|to|-|–)\s*(?P<last>(?:19|20)\d\d))?",
    re.IGNORECASE,
)
# Words of a question about ties that ask for nothing beyond what the register holds.
_ASKING = frozenset(
    stem(word)
    for word in """sister twin twins twinned friendship city cities town towns state states province
    provinces tie ties partner partners partnership partnerships link links relationship
    relationships agreement agreements list name number count many register registered timeline
    chronology start started begin began begun date dated year sign signed established establish
    become became formed form end ended ending terminate terminated cancel cancelled canceled cut
    dissolve dissolved drop dropped break broke broken withdraw withdrew withdrawn lapse lapsed
    sever severed suspend suspended pause paused freeze frozen relabel relabelled rename renamed
    active current currently kept keep still show give tell status know known collection sources
    pair paired place places long ago first have had their since after before until between
    during local government governments municipality municipalities us chinese china""".split()
)


_SHOWN = {"america": "the United States", "britain": "the United Kingdom", "korea": "South Korea"}
_ONE_NAME = {
    "us": "america", "usa": "america", "united states": "america", "united kingdom": "britain",
    "england": "britain", "scotland": "britain", "wales": "britain", "south korea": "korea",
    "czech republic": "czechia", "people's republic of china": "china",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which ties a question is about: names of their sides, where they are, and how they stand.

    `years` are inclusive. `several` tells whether a count, a list or a timeline is asked for,
    `only` whether the question asks for nothing beyond the register.
    """

    names: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    statuses: frozenset[TieStatus] = frozenset()
    status: str = ""
    kind: TieKind | None = None
    years: tuple[int, int] | None = None
    by_date: bool = False
    several: bool = False
    only: bool = False


class TieQuestions:
    """Reads questions about the ties of a register."""

    def __init__(self, ties: Iterable[Tie]) -> None:
        some = tuple(ties)
        sides = dict.fromkeys(side for tie in some for side in (tie.city, tie.partner))
        # Longer names first, so that none is found within another.
        self._sides = sorted(sides, key=lambda side: (-len(side), side))
        self._places = {
            stem(word)
            for tie in some
            for name in (tie.region, tie.country, tie.partner_country)
            for word in (*name.lower().split(), nation(name))
        }

    def wanted(self, question: Question) -> Wanted | None:
        """Which ties are asked about; None where the question is not about ties.

        A question that names a side of a tie is about that tie, however it stands. One that names
        none must ask for a count, a list or a timeline.
        """
        text = question.standalone
        if not _TIE.search(text):
            return None
        names = self._named(text)
        timeline = bool(_TIMELINE.search(text))
        several = timeline or question.aim in ("count", "list")
        if not names and not several:
            return None
        by_date = timeline or question.aim == "when"
        years = years_in(text) if several else None
        only = self._only(text, names, bool(years))
        wanted = Wanted(names=names, by_date=by_date, several=several, only=only)
        if not several:
            return wanted
        status, statuses = next(
            ((word, values) for word, values, pattern in _STATUS if re.search(pattern, text, re.I)),
            ("", frozenset[TieStatus]()),
        )
        return replace(
            wanted,
            places=() if names else tuple(dict.fromkeys(nation(p) for p in places_in(text))),
            statuses=statuses,
            status=status,
            kind=next((kind for kind, pattern in _KINDS if re.search(pattern, text, re.I)), None),
            years=years,
        )

    def _named(self, text: str) -> tuple[str, ...]:
        """Sides of ties that the text names, in its order; case counts where it has any."""
        found: dict[str, int] = {}
        left = text
        for side in self._sides:
            flags = re.IGNORECASE if text.islower() else 0
            pattern = re.compile(rf"\b{re.escape(side)}(?!\w)", flags)
            if match := pattern.search(left):
                found[side] = match.start()
                left = pattern.sub(lambda m: " " * len(m[0]), left)
        return tuple(sorted(found, key=lambda side: found[side]))

    def _only(self, text: str, names: tuple[str, ...], dated: bool) -> bool:
        """Whether every content word asks for what the register holds, or names a place in it.

        A year does where it was `dated`: looked for.
        """
        named = {stem(word) for name in names for word in name.lower().split()}
        rest = content_stems(text) - _ASKING - self._places - named
        return all(dated and re.fullmatch(r"(?:19|20)\d\ds?", word) for word in rest)


def fits(tie: Tie, wanted: Wanted) -> bool:
    """Whether a tie is one of those wanted."""
    if wanted.names and not {tie.city, tie.partner} & set(wanted.names):
        return False
    where = {nation(x) for x in (tie.region, tie.country, tie.partner_region, tie.partner_country)}
    if not set(wanted.places) <= where:
        return False
    if wanted.statuses and not any(s.value in wanted.statuses for s in tie.status):
        return False
    if wanted.kind and not any(k.value == wanted.kind for k in tie.kind):
        return False
    if wanted.years:
        dates = tie.status_date if wanted.statuses else tie.start
        first, last = wanted.years
        return any(first <= int(d.value[:4]) <= last for d in dates)
    return True


def described(wanted: Wanted) -> str:
    """Which ties were looked for, in words: "ties of Fort Worth, ended"."""
    parts = [_KIND_NAMES[wanted.kind] if wanted.kind else "ties"]
    if wanted.names:
        parts[0] += f" of {' and '.join(wanted.names)}"
    elif wanted.places:
        shown = (_SHOWN.get(place, place.title()) for place in wanted.places)
        parts[0] += f" in {' and '.join(shown)}"
    if wanted.status:
        parts.append(wanted.status)
    if wanted.years:
        first, last = wanted.years
        end = last if last < 9999 else "now"
        span = str(first) if first == last else f"{first or 'any year'} to {end}"
        parts.append(("" if wanted.status else "begun ") + span)
    return ", ".join(parts)


def nation(name: str) -> str:
    """A country or state in one form, whatever it is called: "Dutch" is "netherlands"."""
    lower = name.lower().replace(".", "")
    return _ONE_NAME.get(lower) or NATION_OF.get(lower, lower)


def years_in(text: str) -> tuple[int, int] | None:
    """The first stretch of years that a text names, both inclusive: "since 2019" has no end."""
    found = _SPAN.search(text)
    if not found:
        return None
    first = int(found["first"])
    last = int(found["last"]) if found["last"] else first + 9 if found["decade"] else first
    match found["word"].lower():
        case "since" | "from" if not found["last"]:
            return first, 9999
        case "after":
            return first + 1, 9999
        case "before":
            return 0, first - 1
        case "until":
            return 0, first
    return min(first, last), max(first, last)
