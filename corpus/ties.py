"""The register of ties between places: one row per tie, each value with the sentence that says it.

A cell holds one value or several that sources dispute, each followed by the sources' sentences:
`1979 [source-a 3]; 1980-01-28 [source-b 2, source-c 7]`. Sentences are numbered from 1 in the
order of the note.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from corpus.errors import CorpusError
from corpus.heads import is_partial_date

STARTER = Path(str(files("corpus").joinpath("ties.csv")))
"""The register of the starter collection."""

NAMES = ("id", "city", "region", "country", "partner", "partner_region", "partner_country")
SAID = ("kind", "start", "status", "status_date")
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_CELL = re.compile(r"\s*([^;\[\]]+?)\s*\[([^\[\]]+)\]\s*(?:;|$)")
_PLACE = re.compile(r"([a-z0-9]+(?:-{1,2}[a-z0-9]+)*) ([1-9][0-9]*)")


class TieKind(StrEnum):
    """What a tie is called by those who have it."""

    SISTER_CITY = "sister-city"
    FRIENDSHIP_CITY = "friendship-city"
    SISTER_STATE = "sister-state"
    COOPERATION = "cooperation-agreement"
    OTHER = "other"


class TieStatus(StrEnum):
    """What a source says has become of a tie."""

    ACTIVE = "active"
    ENDED = "ended"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    RELABELLED = "relabelled"
    PROPOSED = "proposed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of a source, numbered from 1."""

    source: str
    sentence: int


@dataclass(frozen=True, slots=True)
class Said:
    """A value of a tie and the sentences that say it."""

    value: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie between two places; a disputed field holds every value with its sentences.

    `start` and `status_date` are ISO 8601 at the precision that is said. A status date belongs to
    the status that the same sentence says.
    """

    id: str
    city: str
    region: str
    country: str
    partner: str
    partner_region: str
    partner_country: str
    kind: tuple[Said, ...]
    start: tuple[Said, ...]
    status: tuple[Said, ...]
    status_date: tuple[Said, ...]

    @property
    def said(self) -> Iterator[tuple[str, Said]]:
        """Every value with the name of its field."""
        for name in SAID:
            for said in getattr(self, name):
                yield name, said


def read_ties(path: Path) -> tuple[Tie, ...]:
    """The ties of a register, in its order.

    Raises:
        CorpusError: a row is not as it should be; the message names its line.
        OSError: the file cannot be read.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        if tuple(rows.fieldnames or ()) != (*NAMES, *SAID):
            raise CorpusError(
                f"{path.name}: the columns are not those of a register of ties.",
                f"Write them as: {', '.join((*NAMES, *SAID))}.",
            )
        ties = [_tie(row, f"{path.name}, line {rows.line_num}") for row in rows]
    twice = {tie.id for tie in ties if sum(tie.id == other.id for other in ties) > 1}
    if twice:
        raise CorpusError(
            f"{path.name}: the id {min(twice)!r} is given twice.", "Give each tie an id of its own."
        )
    return tuple(ties)


def _tie(row: dict[str, str], where: str) -> Tie:
    if None in row:
        raise CorpusError(f"{where}: there are too many columns.", "Put a comma into quotes.")
    names = {name: (row[name] or "").strip() for name in NAMES}
    if not names["id"] or not names["city"] or not names["partner"]:
        raise CorpusError(f"{where}: id, city or partner is missing.", "Fill them in.")
    said = {name: tuple(read_cell(row[name] or "", f"{where}, {name}")) for name in SAID}
    for name, values in (("kind", TieKind), ("status", TieStatus)):
        for one in said[name]:
            if one.value not in set(values):
                raise CorpusError(
                    f"{where}, {name}: {one.value!r} is not known.",
                    f"Write one of: {', '.join(values)}.",
                )
    for name in ("start", "status_date"):
        for one in said[name]:
            if not is_partial_date(one.value):
                raise CorpusError(
                    f"{where}, {name}: {one.value!r} is not a date.",
                    "Write 2023, 2023-06 or 2023-06-07.",
                )
    return Tie(**names, **said)  # type: ignore[arg-type]


def read_cell(text: str, where: str) -> Iterator[Said]:
    """The values of a cell with their sentences; `where` is named in errors.

    Raises:
        CorpusError: the cell is not of that form.
    """
    at = 0
    while at < len(text.rstrip()):
        found = _CELL.match(text, at)
        places = [_PLACE.fullmatch(p.strip()) for p in found[2].split(",")] if found else []
        if found is None or not all(places):
            raise CorpusError(
                f"{where}: {text[at:]!r} is not a value with its sentences.",
                "Write it as: 1979 [source-id 3].",
            )
        yield Said(found[1], tuple(Place(p[1], int(p[2])) for p in places if p))
        at = found.end()


def bears(tie: Tie, field: str, said: Said, words: str) -> bool:
    """Whether a sentence can be what says a value: it names a side of the tie and, for a date, its
    year, month and day as far as given. What a register cites is checked so before it is shown."""
    sides = {tie.city, tie.partner}
    if tie.kind and tie.kind[0].value == TieKind.SISTER_STATE:
        sides |= {tie.region, tie.partner_region}
    if not any(re.search(rf"\b{re.escape(side)}\b", words) for side in sides if side):
        return False
    return field not in ("start", "status_date") or _dated(said.value, words)


def _dated(value: str, words: str) -> bool:
    """Whether a sentence holds the year, the month's name and the day of a partial date."""
    year, *rest = value.split("-")
    wanted = [
        year,
        *(_MONTHS[int(month) - 1] for month in rest[:1]),
        *(str(int(d)) for d in rest[1:]),
    ]
    return all(re.search(rf"\b{part}\b", words) for part in wanted)


def flaws(ties: tuple[Tie, ...], sentence: Callable[[Place], str | None]) -> Iterator[str]:
    """What is wrong with a register: sentences that are not there or do not bear what they are
    cited for. `sentence` gives the words of a place, None where there is none."""
    for tie in ties:
        for field, said in tie.said:
            for place in said.places:
                words = sentence(place)
                which = f"{tie.id}, {field}: sentence {place.sentence} of {place.source}"
                if words is None:
                    yield f"{which} is not there."
                elif not bears(tie, field, said, words):
                    yield f"{which} does not say {said.value} of this tie."
