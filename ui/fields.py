"""Pieces of HTML that the parts of the Sources tab share: fields, lists of facts, links."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from corpus.balance import latest
from corpus.types import Source
from ui import phrases
from ui.panel import text_address
from ui.rendering import esc

Options = Iterable[tuple[str, str]]

NEW_TAB = '<span class="unseen"> (opens in a new tab)</span>'


def named(value: str) -> str:
    """`government-report` as a reader would say it."""
    return value.replace("-", " ").capitalize()


def digest(*parts: object) -> str:
    """A short name for a state: a form that carries another one than before is begun anew."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def options_html(options: Options, chosen: str) -> str:
    """The options of a `select`, as (value, label)."""
    marks = {chosen: " selected"}
    return "".join(
        f'<option value="{esc(value)}"{marks.get(value, "")}>{esc(label)}</option>'
        for value, label in options
    )


def select_html(name: str, label: str, options: Options, chosen: str) -> str:
    """A labelled `select`."""
    return (
        f'<label class="field">{label}<select name="{name}">{options_html(options, chosen)}'
        "</select></label>"
    )


def any_of(values: Iterable[str], label: str = "Any") -> list[tuple[str, str]]:
    """Options for values as they stand, after one that leaves the choice open."""
    return [("", label), *((value, value) for value in values)]


def input_html(
    name: str, label: str, value: str = "", most: int = 200, *, required: bool = False
) -> str:
    """A labelled field for one line of at most `most` characters."""
    needed = " required" if required else ""
    return (
        f'<label class="field">{label}<input type="text" name="{name}" value="{esc(value)}" '
        f'maxlength="{most}" dir="auto" autocomplete="off"{needed}></label>'
    )


def facts_html(rows: Iterable[tuple[str, str]]) -> str:
    """A list of labels and values, which are HTML; a row without a value is left out."""
    shown = "".join(
        f'<div><dt>{esc(label)}</dt><dd dir="auto">{value}</dd></div>'
        for label, value in rows
        if value
    )
    return f'<dl class="facts">{shown}</dl>'


def open_html(source_id: str, title: str, version: str = "") -> str:
    """A link that opens a source in its place; with a version, in a new tab its text."""
    href = text_address(source_id, version) if version else "#"
    return (
        f'<a href="{esc(href)}" data-do="source" data-source="{esc(source_id)}" dir="auto">'
        f"{esc(title)}</a>"
    )


def sources_html(ids: Iterable[str], titles: Mapping[str, str]) -> str:
    """Links to sources by their titles; an id that is not known stands as it is."""
    return ", ".join(open_html(i, titles[i]) if i in titles else esc(i) for i in ids)


def review_html(source: Source, today: str) -> str:
    """When a source is to be looked at again, with a mark where that day is past."""
    if not source.review_by:
        return ""
    past = latest(source.review_by) < today
    mark = ' <strong class="past">past</strong>' if past else ""
    return f"{esc(phrases.day(source.review_by))}{mark}"


def scrolled(label: str, table: str) -> str:
    """A table that scrolls by itself where it is too wide, by key as well."""
    return (
        f'<div class="scrolled" tabindex="0" role="region" aria-label="{esc(label)}">{table}</div>'
    )


def pages_html(page: int, last: int) -> str:
    """Buttons to the pages of a list beside this one; nothing where there is only one."""
    page = min(page, last)
    buttons = "".join(
        f'<button type="button" class="plainbutton" data-do="page" data-page="{to}">{label} page'
        "</button>"
        for to, label in ((page - 1, "Previous"), (page + 1, "Next"))
        if 1 <= to <= last
    )
    return f'<p class="pages">{buttons}</p>' if buttons else ""
