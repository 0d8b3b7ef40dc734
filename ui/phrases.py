"""The words in which every surface says what a source is and what was checked.

One place for them, so that page, command line and copied text never differ.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.types import CaveatKind, SupportKind
from corpus.types import Kind, ReadExtent, Source, Standpoint, TextKind
from index.types import Filters

if TYPE_CHECKING:
    from assistant.corrections import Change, Outcome

SUPPORT: dict[SupportKind, str] = {
    "verbatim": "matches the cited text",
    "supported": "supported by the cited text",
}
CAVEAT: dict[CaveatKind, str] = {
    "opinion": "Opinion",
    "disagreement": "Sources disagree",
    "date": "Date",
    "single_standpoint": "One standpoint only",
    "false_premise": "The question takes something for granted",
    "uncovered": "Not covered",
}
CHANGE: dict[Change, str] = {
    "text-changed": "Earlier version of this text; the source has changed since.",
    "gone": "This source is no longer in the collection.",
    "superseded": "This source has been superseded: a later one has taken its place.",
    "withdrawn": "This source has been withdrawn: it is no longer marked as current.",
}
OUTCOME: dict[Outcome, str] = {
    "source-corrected": "Source corrected",
    "source-retired": "Source retired",
    "nothing-wrong": "Nothing wrong",
}
_TEXT = {
    TextKind.FULL: "Original text",
    TextKind.EXCERPT: "Excerpt of the original text",
    TextKind.NOTE: "Our summary (note)",
}
_READ = {
    ReadExtent.WHOLE: "read: the whole publication",
    ReadExtent.PART: "read: part of the publication",
    ReadExtent.ABSTRACT: "read: the abstract only",
    ReadExtent.SECONDARY: "read: secondary reports only",
    ReadExtent.UNSTATED: "how much was read is not stated",
}
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
# C0 and C1 controls (terminal escapes among them), lone surrogates, and the marks that make a
# reader see characters in another order than they stand.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """The text without characters that steer a screen or terminal instead of being read."""
    return _UNSAFE.sub("", text)


def kind_name(kind: Kind) -> str:
    """`government-report` as a reader would say it."""
    return kind.value.replace("-", " ").capitalize()


def text_kind(source: Source) -> str:
    """Whose words the text is made of and how much of the publication was read."""
    if source.text_kind is TextKind.FULL and source.read_extent is ReadExtent.UNSTATED:
        return _TEXT[TextKind.FULL]
    return f"{_TEXT[source.text_kind]}; {_READ[source.read_extent]}"


def introduction(source: Source) -> str:
    """What stands before the words of a source: only a note is introduced as a summary."""
    name = source.cite_as or source.publisher
    return f"Summary of {name}" if source.text_kind is TextKind.NOTE else name


def quoted(words: str, source: Source) -> str:
    """The words, in quotation marks only where they are the publication's own."""
    return words if source.text_kind is TextKind.NOTE else f"“{words}”"


def day(iso: str | None) -> str:
    """`2023-06-07`, `2023-06` or `2023` in words; anything else as it stands."""
    match = re.fullmatch(r"(\d{4})(?:-(0[1-9]|1[0-2]))?(?:-(\d{2}))?", iso or "")
    if match is None:
        return iso or "no date"
    year, month, number = match.groups()
    parts = (str(int(number)) if number else "", _MONTHS[int(month) - 1] if month else "", year)
    return " ".join(part for part in parts if part)


def moment(when: datetime) -> str:
    """A time to the second, in UTC."""
    utc = when.astimezone(UTC)
    return f"{day(utc.date().isoformat())}, {utc:%H:%M:%S} UTC"


def local_day(when: datetime) -> str:
    """The day, where this program runs, in words."""
    return day(when.astimezone().date().isoformat())


def web_address(url: str | None) -> str | None:
    """The address, where it is one that a browser may safely open; else nothing."""
    if not url or re.search(r"[\s\x00-\x1f\x7f\"'<>\\`]", url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host else None


def facts(source: Source) -> list[tuple[str, str]]:
    """What a reader should know of a source beside its words: label and value."""
    standpoint = "" if source.standpoint is Standpoint.UNSTATED else source.standpoint.value
    rows = [
        ("Kind", kind_name(source.kind)),
        ("Authors", ", ".join(source.authors)),
        ("Standpoint", standpoint.capitalize() or "Not stated"),
        ("Perspective", source.perspective),
        ("Jurisdiction", ", ".join(source.jurisdictions)),
        ("As of", day(source.as_of) if source.as_of else ""),
        ("Status", "" if source.status == "current" else source.status),
        ("Replaced by", source.superseded_by or ""),
        ("What was read", source.read_note),
    ]
    return [(label, value) for label, value in rows if value]


def filters(chosen: Filters) -> str:
    """The filters in words; empty where none is set."""
    years = ""
    if chosen.year_from or chosen.year_to:
        years = f"years {chosen.year_from or 'any'} to {chosen.year_to or 'any'}"
    kinds = ", ".join(kind_name(Kind(kind)).lower() for kind in chosen.kinds)
    only = ", ".join(chosen.collections)
    collections = f"collection {only}" if only else ""
    parts = (
        kinds,
        ", ".join(chosen.publishers),
        ", ".join(chosen.jurisdictions),
        years,
        collections,
    )
    return "; ".join(part for part in parts if part)


def change(kind: Change, cited: date | None = None) -> str:
    """What became of a source since an answer cited it, where it is not what it was."""
    if kind == "text-changed" and cited:
        when = day(cited.isoformat())
        return f"Earlier version of this text, cited on {when}; the source has changed since."
    return CHANGE[kind]


def kept_for(days: int) -> str:
    """That questions and answers are kept, and for how long; 0 days: no limit."""
    if not days:
        return "Questions and answers are kept; no time limit is set."
    for length, noun in ((365, "year"), (30, "month"), (1, "day")):
        if days % length == 0:
            return f"Questions and answers are kept for {count(days // length, noun)}."
    raise ValueError(f"{days} is no number of days")


def count(number: int, noun: str) -> str:
    """`1 source`, `30 sources`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


TIE_KIND = {
    "sister-city": "sister city",
    "friendship-city": "friendship city",
    "sister-state": "sister state or province",
    "cooperation-agreement": "cooperation agreement",
    "other": "other tie",
}
TIE_STATUS = {
    "active": "said to be active",
    "ended": "ended",
    "lapsed": "lapsed, not renewed",
    "suspended": "suspended",
    "relabelled": "relabelled",
    "proposed": "proposed",
    "declined": "declined",
}


def package_missing(error: ModuleNotFoundError) -> str:
    """That a package of the extra is not installed, and what to do."""
    return f"This needs {error.name}, which is not installed: pip install attache[evals]."
