"""What a web page says of itself, as clues for a head: each with where it was seen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from corpus.formats.characters import visible
from corpus.types import Clue, Kind

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_MAX_VALUE = 400
_MAX_AUTHORS = 20
_TITLES = ("og:title", "citation_title", "dc.title", "dcterms.title", "twitter:title")
_PUBLISHERS = ("og:site_name", "citation_publisher", "dc.publisher", "dcterms.publisher")
_AUTHORS = ("author", "citation_author", "dc.creator", "dcterms.creator", "article:author")
_DATES = (
    "article:published_time", "citation_publication_date", "citation_date", "dc.date.issued",
    "dcterms.issued", "datepublished", "dc.date", "dcterms.date", "dcterms.created", "date",
    "pubdate", "publishdate", "publish-date",
)  # fmt: skip
# Only what a page can hardly say by mistake: almost every page calls itself an "article".
_KINDS = {
    "newsarticle": Kind.NEWS, "reportagenewsarticle": Kind.NEWS, "analysisnewsarticle": Kind.NEWS,
    "opinionnewsarticle": Kind.OPINION, "scholarlyarticle": Kind.ACADEMIC,
    "legislation": Kind.LEGISLATION,
}  # fmt: skip
_ISO_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T\s].*)?", re.DOTALL)
_WRITTEN_DATES = ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%A, %B %d, %Y",
                  "%a, %d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S GMT")  # fmt: skip
_WRITTEN_MONTHS = ("%B %Y", "%b %Y")


def clue(key: str, value: str, evidence: str) -> Iterator[Clue]:
    """A clue with its value in the form that a head takes, or nothing where it has none."""
    value = visible(value)[:_MAX_VALUE].strip()
    if key == "published":
        value = partial_date(value) or ""
    elif key == "language":
        tag = re.match(r"([A-Za-z]{2,3})(?:[-_]|$)", value)
        value = tag[1].lower() if tag else ""
    elif key == "url" and not re.fullmatch(r"https?://[^\s<>\"']+", value):
        value = ""
    elif key == "authors":
        value = "" if value.startswith(("http://", "https://")) else value
        value = re.sub(r"^by\s+", "", value, flags=re.IGNORECASE)
    if value:
        yield Clue(key, value, evidence)


def partial_date(text: str) -> str | None:
    """A date as ISO 8601, no more precise than it is given; none where it is not understood."""
    text = text.strip()
    iso = _ISO_DATE.fullmatch(text)
    parts = [int(p) for p in iso.groups() if p] if iso else []
    if re.fullmatch(r"\d{8}", text):
        parts = [int(text[:4]), int(text[4:6]), int(text[6:])]
    for form in () if parts else (*_WRITTEN_DATES, *_WRITTEN_MONTHS):
        try:
            day = datetime.strptime(text, form)
        except ValueError:
            continue
        parts = [day.year, day.month, *([] if form in _WRITTEN_MONTHS else [day.day])]
        break
    try:
        date(*[*parts, 1, 1][:3])
    except (ValueError, TypeError):
        return None
    return "-".join([f"{parts[0]:04}", *(f"{p:02}" for p in parts[1:])])


def page_clues(root: Element) -> tuple[Clue, ...]:
    """Clues from a page's head and its JSON-LD, best evidence first for each key."""
    return tuple(dict.fromkeys(_all_clues(root)))


def _all_clues(root: Element) -> Iterator[Clue]:
    metas = list(_metas(root))
    things = list(_things(root))
    yield from _from_metas(metas, "title", _TITLES)
    for title in root.iterfind(".//head/title"):
        yield from clue("title", title.text or "", "<title>")
    yield from _from_things(things, "title", "headline")
    yield from _from_metas(metas, "publisher", _PUBLISHERS)
    yield from _from_things(things, "publisher", "publisher")
    yield from _from_metas(metas, "authors", _AUTHORS)
    yield from _from_things(things, "authors", "author")
    yield from _from_metas(metas, "published", _DATES)
    yield from _from_things(things, "published", "datePublished")
    for time in root.iterfind(".//time[@itemprop='datePublished']"):
        yield from clue("published", time.get("datetime", ""), "itemprop datePublished")
    yield from clue("language", root.get("lang") or root.get("xml:lang") or "", "<html lang>")
    for link in root.iterfind(".//link[@rel='canonical']"):
        yield from clue("url", link.get("href", ""), "link rel=canonical")
    yield from _from_metas(metas, "url", ("og:url",))
    yield from _kinds(metas, things)


def _metas(root: Element) -> Iterator[tuple[str, str]]:
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        if meta.get("content"):
            yield name.strip().lower(), meta.get("content", "")


def _from_metas(
    metas: Iterable[tuple[str, str]], key: str, names: tuple[str, ...]
) -> Iterator[Clue]:
    found = [(name, content) for wanted in names for name, content in metas if name == wanted]
    for name, content in found[:_MAX_AUTHORS]:
        yield from clue(key, content, f"meta {name}")


def _things(root: Element) -> Iterator[dict[str, Any]]:
    """The objects of a page's JSON-LD, at the top and in its graph."""
    for script in root.iterfind(".//script[@type='application/ld+json']"):
        try:
            found = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        for thing in found if isinstance(found, list) else [found]:
            if isinstance(thing, dict):
                graph = thing.get("@graph")
                yield thing
                yield from (
                    (t for t in graph if isinstance(t, dict)) if isinstance(graph, list) else ()
                )


def _from_things(things: Iterable[dict[str, Any]], key: str, name: str) -> Iterator[Clue]:
    for thing in things:
        value = thing.get(name)
        for one in (value if isinstance(value, list) else [value])[:_MAX_AUTHORS]:
            said = one.get("name") if isinstance(one, dict) else one
            if isinstance(said, str):
                yield from clue(key, said, f"JSON-LD {name}")


def _kinds(metas: list[tuple[str, str]], things: list[dict[str, Any]]) -> Iterator[Clue]:
    for thing in things:
        types = thing.get("@type")
        for name in types if isinstance(types, list) else [types]:
            kind = _KINDS.get(name.lower()) if isinstance(name, str) else None
            if kind:
                yield Clue("kind", kind.value, f"JSON-LD @type {name}")
    if any(name == "citation_journal_title" for name, _ in metas):
        yield Clue("kind", Kind.ACADEMIC.value, "meta citation_journal_title")
