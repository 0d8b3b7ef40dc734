"""The collection as a table: search, filters, order and pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from corpus.types import Confidence, Source
from ui import phrases
from ui.collection import At, Column, Find
from ui.fields import (
    any_of,
    digest,
    input_html,
    named,
    open_html,
    pages_html,
    review_html,
    scrolled,
    select_html,
)
from ui.rendering import esc
from ui.sent import MAX_WORDS

PAGE = 50
COLUMNS: dict[Column, str] = {
    "title": "Title",
    "cite_as": "Cited as",
    "published": "Published",
    "kind": "Kind",
    "standpoint": "Standpoint",
    "jurisdictions": "Jurisdictions",
    "confidence": "Confidence",
    "text_kind": "Whose words",
    "collection": "Collection",
    "review_by": "Review by",
}
_RANKS = {value: rank for rank, value in enumerate(Confidence)}
_NOTHING = (None, "", (), "unstated")


def found(sources: Iterable[Source], find: Find) -> list[Source]:
    """The sources that are looked for: all words occur, and every filter fits."""
    words = find.words.casefold().split()
    return [
        s
        for s in sources
        if find.collection in ("", s.collection)
        and find.kind in ("", s.kind)
        and find.standpoint in ("", s.standpoint)
        and (not find.jurisdiction or find.jurisdiction in s.jurisdictions)
        and all(word in _searched(s) for word in words)
    ]


def _searched(source: Source) -> str:
    one = (source.id, source.title, source.publisher, source.cite_as)
    return "\n".join((*one, *source.authors, *source.cities, *source.topics)).casefold()


def ordered(sources: Iterable[Source], by: Column, down: bool) -> list[Source]:
    """The sources in the order of a column; those without a value last, either way."""
    some = sorted(sources, key=lambda source: (source.title.casefold(), source.id))
    with_value = [source for source in some if getattr(source, by) not in _NOTHING]
    without = [source for source in some if getattr(source, by) in _NOTHING]
    return sorted(with_value, key=lambda source: _key(source, by), reverse=down) + without


def _key(source: Source, by: Column) -> str:
    if by == "confidence":
        return str(_RANKS[source.confidence])
    value = getattr(source, by)
    return ", ".join(value).casefold() if isinstance(value, tuple) else str(value or "").casefold()


def collection_html(sources: Sequence[Source], at: At, today: str) -> str:
    """The form of search and filters, how many there are, and one page of the table."""
    some = ordered(found(sources, at.find), at.by, at.down)
    last = max(1, -(-len(some) // PAGE))
    page = min(at.page, last)
    shown = some[(page - 1) * PAGE : page * PAGE]
    return (
        f'<h2 tabindex="-1">Collection</h2>{_form_html(sources, at.find)}'
        f"<p class='count'>{_counted(len(some), len(sources), page, last)}</p>"
        f"{_table_html(shown, at, today) if shown else ''}{pages_html(page, last)}"
    )


def _counted(some: int, total: int, page: int, last: int) -> str:
    if not some:
        return "No source of the collection fits."
    shown = "All" if some == total else f"{some:,} of"
    where = f" Page {page:,} of {last:,}." if last > 1 else ""
    return f"{shown} {phrases.count(total, 'source')}.{where}"


def _form_html(sources: Sequence[Source], find: Find) -> str:
    kinds = sorted({s.kind.value for s in sources})
    standpoints = sorted({s.standpoint.value for s in sources})
    places = sorted({place for s in sources for place in s.jurisdictions}, key=str.casefold)
    collections = sorted({s.collection for s in sources})
    filters = [
        select_html("collection", "Collection", any_of(collections), find.collection),
        select_html("kind", "Kind", [("", "Any"), *((k, named(k)) for k in kinds)], find.kind),
        select_html(
            "standpoint",
            "Standpoint",
            [("", "Any"), *((s, named(s)) for s in standpoints)],
            find.standpoint,
        ),
        select_html("jurisdiction", "Jurisdiction", any_of(places), find.jurisdiction),
    ]
    return (
        f'<form class="finding" data-do="find" data-count="{digest(find)}" role="search">'
        f"{input_html('words', SEARCH, find.words, MAX_WORDS)}{''.join(filters)}"
        f"{FIND}</form>{clear_html('find') if find != Find() else ''}"
    )


SEARCH = "Search title, publisher, id, city, topic"
FIND = '<button type="submit" class="plainbutton">Show</button>'


def clear_html(what: str) -> str:
    """A way back from a search to everything."""
    return (
        f'<p class="clear"><button type="button" class="plainbutton" data-do="{what}">'
        "Show all again</button></p>"
    )


def _table_html(sources: Iterable[Source], at: At, today: str) -> str:
    head = "".join(_heading_html(column, at) for column in COLUMNS)
    rows = "".join(_row_html(source, today) for source in sources)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return scrolled("Sources of the collection", table)


def _heading_html(column: Column, at: At) -> str:
    sort = ("descending" if at.down else "ascending") if column == at.by else "none"
    return (
        f'<th scope="col" aria-sort="{sort}"><button type="button" data-do="sort" '
        f'data-by="{column}">{COLUMNS[column]}</button></th>'
    )


def _row_html(source: Source, today: str) -> str:
    cells = (
        esc(source.cite_as),
        esc(phrases.day(source.published) if source.published else ""),
        esc(phrases.kind_name(source.kind)),
        esc(named(source.standpoint)),
        esc(", ".join(source.jurisdictions)),
        esc(named(source.confidence)),
        esc(named(source.text_kind)),
        esc(source.collection),
        review_html(source, today),
    )
    rest = "".join(f'<td dir="auto">{cell}</td>' for cell in cells)
    title = open_html(source.id, source.title, source.version)
    return f'<tr><th scope="row">{title}</th>{rest}</tr>'
