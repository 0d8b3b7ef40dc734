"""Which ties a question is about: places, kinds, states and years that it names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
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
_PLURAL = re.compile(
    r"\bwhat\b.{0,40}?\b(?:cities|towns|states|provinces|ties|partners|partnerships|links|"
    r"relationships|agreements|twinnings)\b",
    re.IGNORECASE,
)
_STATUS: tuple[tuple[str, frozenset[TieStatus], str], ...] = (
    ("declined", frozenset({TieStatus.DECLINED}),
     r"\b(?:declin\w+|refus\w+|reject\w+|turned down)\b"),
    ("proposed", frozenset({TieStatus.PROPOSED}), r"\bpropos\w+\b"),
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
    pair paired place places long ago first decline declined refuse refused reject rejected turned
    propose proposed scrap scrapped abandon abandoned twinning twinnings relation relations council
    councils vote voted decide decided formally officially recently today now total name named
    have had their since after before until between
    during local government governments municipality municipalities us chinese china""".split()
)


# What asks for a reason, a way, or a number of anything but ties and their sides.
_BEYOND = re.compile(
    r"\bwhy\b|\bhow (?!many|long)\w+|\bhow many (?!(?:\S+ ){0,3}"
    r"(?:ties|cities|towns|states|provinces|partners\w*|twinnings|links|agreements|relationships)\b)",
    re.IGNORECASE,
)
_OVER = frozenset({TieStatus.ENDED, TieStatus.LAPSED})
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
        forms = [(form, side) for side in sides for form in _forms(side)]
        # Longer names first, so that none is found within another.
        self._forms = sorted(forms, key=lambda one: (-len(one[0]), one))
        self._pairs = {frozenset((tie.city, tie.partner)) for tie in some}
        self._countries = {name for t in some for name in (t.country, t.partner_country)}
        self._within: dict[str, set[str]] = {}
        for tie in some:
            self._within.setdefault(tie.city, set()).add(tie.region)
            self._within.setdefault(tie.partner, set()).add(tie.partner_region)
        self._regions = set().union(*self._within.values())
        self._places = {
            stem(word)
            for name in self._regions | self._countries
            for word in (*_plain(name).lower().split(), nation(name))
        }

    def wanted(self, question: Question) -> Wanted | None:
        """Which ties are asked about; None where the question is not about ties.

        A question that names a side of a tie is about that tie, however it stands. One that names
        none must ask for a count, a list or a timeline, and for nothing beyond the register.
        """
        text = _plain(question.standalone)
        if text[1:] == text[1:].lower() or text.isupper():
            text = text.lower()  # its capitals tell nothing
        named = self._named(text)
        timeline = bool(_TIMELINE.search(text))
        paired = any(pair <= named.keys() for pair in self._pairs)
        if not (_TIE.search(text) or paired or (timeline and named)):
            return None
        several = timeline or question.aim in ("count", "list") or bool(_PLURAL.search(text))
        regions = [side for side in named if self._is_place(text, side, named)]
        names = tuple(side for side in named if side not in regions)
        own = {nation(name) for name in names}
        places = (nation(place) for place in (*places_in(text), *regions))
        years = years_in(text) if several else None
        only = self._only(text, named.values(), bool(years))
        if not names and not (several and only):
            return None
        wanted = Wanted(
            names=names,
            places=tuple(dict.fromkeys(place for place in places if place not in own)),
            by_date=timeline or question.aim == "when",
            several=several,
            only=only,
        )
        if not several:
            return wanted
        status, statuses = next(
            ((word, values) for word, values, pattern in _STATUS if re.search(pattern, text, re.I)),
            ("", frozenset[TieStatus]()),
        )
        kind = next((kind for kind, pattern in _KINDS if re.search(pattern, text, re.I)), None)
        return replace(wanted, statuses=statuses, status=status, kind=kind, years=years)

    def _named(self, text: str) -> dict[str, str]:
        """Sides of ties that the text names, in its order, each with how it is written there; case
        counts where it has any."""
        found: dict[str, tuple[int, str]] = {}
        taken: dict[str, int] = {}
        left = text
        for form, side in self._forms:
            written = form.lower() if text.islower() else form
            if written in taken:
                found.setdefault(side, (taken[written], written))
                continue
            pattern = re.compile(rf"\b{re.escape(written)}(?!\w)".replace("'", "'?"))
            if match := pattern.search(left):
                taken[written] = match.start()
                found.setdefault(side, (match.start(), match[0]))
                left = pattern.sub(lambda m: " " * len(m[0]), left)
        return {side: found[side][1] for side in sorted(found, key=lambda side: found[side][0])}

    def _is_place(self, text: str, side: str, named: Collection[str]) -> bool:
        """Whether a side is named as the place where ties are: a country, "Columbus, Indiana",
        "Ohio cities", "cities in Ohio"."""
        if side in self._countries or side not in self._regions:
            return side in self._countries
        around = any(side in self._within[other] for other in named if other != side)
        name = re.escape(_plain(side))
        where = (
            rf"\b(?:in|within|across) {name}\b|\b{name}(?:'s)? (?:cities|towns|municipalities)\b"
        )
        return around or bool(re.search(where, text, re.IGNORECASE))

    def _only(self, text: str, named: Iterable[str], dated: bool) -> bool:
        """Whether every content word asks for what the register holds, or names a place in it.

        A year does where it was `dated`: looked for. Reasons, ways and votes are not in it.
        """
        if _BEYOND.search(text):
            return False
        places = {stem(word) for name in named for word in name.lower().split()}
        rest = content_stems(text) - _ASKING - self._places - places
        return all(dated and re.fullmatch(r"(?:19|20)\d\ds?", word) for word in rest)


def _plain(text: str) -> str:
    """A text without accents, and with one form of the apostrophe."""
    parts = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(c for c in parts if not unicodedata.combining(c))


def _forms(side: str) -> tuple[str, ...]:
    """What a side is called: in full, and "Newcastle" for "Newcastle upon Tyne"."""
    full = _plain(side)
    short = re.split(r" (?:upon|and|City$|County$|District$|Province$)", full)[0].strip()
    return tuple(dict.fromkeys((full, short)))


def fits(tie: Tie, wanted: Wanted) -> bool:
    """Whether a tie is one of those wanted."""
    if wanted.names and not {tie.city, tie.partner} & set(wanted.names):
        return False
    if not set(wanted.places) <= _where(tie):
        return False
    if wanted.statuses and not _stands(tie, wanted.statuses):
        return False
    if wanted.kind and not any(k.value == wanted.kind for k in tie.kind):
        return False
    if wanted.years:
        first, last = wanted.years
        return any(first <= int(date[:4]) <= last for date in dates(tie, wanted))
    return True


def joins(tie: Tie, wanted: Wanted) -> bool:
    """Whether both sides of a tie are named."""
    return {tie.city, tie.partner} <= set(wanted.names)


def dates(tie: Tie, wanted: Wanted) -> tuple[str, ...]:
    """The dates by which a tie is looked for: those of the wanted status, else of its start."""
    if wanted.statuses:
        return _since(tie, wanted.statuses)
    return tuple(said.value for said in tie.start)


def _where(tie: Tie) -> set[str]:
    names = (tie.city, tie.region, tie.country, tie.partner, tie.partner_region)
    return {nation(name) for name in (*names, tie.partner_country)}


def _stands(tie: Tie, statuses: Collection[str]) -> bool:
    """Whether a source says so of a tie; an active one must not be said to have ended since."""
    if not any(said.value in statuses for said in tie.status):
        return False
    if TieStatus.ACTIVE not in statuses or not any(s.value in _OVER for s in tie.status):
        return True
    active, over = max(_since(tie, statuses), default=""), max(_since(tie, _OVER), default="")
    common = min(len(active), len(over))
    return bool(over) and active[:common] > over[:common]


def _since(tie: Tie, statuses: Collection[str]) -> tuple[str, ...]:
    """The dates of these statuses: those that the same sentences say."""
    places = {place for said in tie.status if said.value in statuses for place in said.places}
    return tuple(d.value for d in tie.status_date if places & set(d.places))


def described(wanted: Wanted) -> str:
    """Which ties were looked for, in words: "ties of Fort Worth, ended"."""
    parts = [_KIND_NAMES[wanted.kind] if wanted.kind else "ties"]
    if wanted.names:
        spelt = {_plain(name): name for name in wanted.names}
        parts[0] += f" of {' and '.join(spelt.values())}"
    if wanted.places:
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
