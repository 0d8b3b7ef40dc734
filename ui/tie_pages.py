"""The register of ties as a table with filters; every value leads to the words that say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from assistant.attribution import spoken_date
from assistant.types import Citation, TieRow, TieValue
from corpus.ties import Tie, TieKind, TieStatus
from ui import phrases
from ui.collection import FIND_TIES_ALL, FindTies
from ui.collection_table import FIND, clear_html
from ui.fields import NEW_TAB, any_of, digest, input_html, scrolled, select_html
from ui.panel import text_address
from ui.rendering import esc
from ui.sent import MAX_WORDS
from ui.tie_tables import HEADINGS, INCOMPLETE, status_text


def ties_html(ties: Sequence[Tie], rows: Sequence[TieRow], find: FindTies) -> str:
    """What the register is, the filters, and the ties that fit.

    `rows` are those of the ties whose values today's sources bear.
    """
    by_id = {tie.id: tie for tie in ties}
    some = [row for row in rows if fits(by_id[row.id], row, find)]
    if not ties:
        return '<h2 tabindex="-1">Ties</h2><p class="hint">This collection has no register.</p>'
    shown = f"{len(some):,} of " if len(some) != len(rows) else ""
    return (
        f'<h2 tabindex="-1">Ties</h2><p class="note">{INCOMPLETE} Where sources differ, each '
        f"value stands with those that say it.</p>{_form_html(ties, find)}"
        f'<p class="count">{shown}{phrases.count(len(rows), "tie")}.</p>'
        f"{_table_html(some) if some else ''}"
    )


def fits(tie: Tie, row: TieRow, find: FindTies) -> bool:
    """Whether a tie is looked for; years count from its start to what became of it."""
    words = find.words.casefold().split()
    text = "\n".join((row.city, row.partner, tie.id)).casefold()
    return (
        find.place in ("", tie.country, tie.region)
        and find.partner in ("", tie.partner)
        and (not find.kind or find.kind in [value.value for value in row.kind])
        and (not find.status or find.status in [value.value for value in row.status])
        and all(word in text for word in words)
        and _dated(row, find.first, find.last)
    )


def _dated(row: TieRow, first: str, last: str) -> bool:
    """Whether a start or a change of status falls into the years."""
    if not first and not last:
        return True
    first, last = (last, first) if first and last and first > last else (first, last)
    years = [v.value[:4] for v in row.start] + [d[:4] for v in row.status for d in v.dates]
    return any((first or "0") <= year <= (last or "9999") for year in years)


def _form_html(ties: Sequence[Tie], find: FindTies) -> str:
    places = sorted({name for tie in ties for name in (tie.country, tie.region) if name})
    partners = sorted({tie.partner for tie in ties})
    kinds = [("", "Any"), *((kind.value, phrases.TIE_KIND[kind]) for kind in TieKind)]
    states = [("", "Any"), *((state.value, phrases.TIE_STATUS[state]) for state in TieStatus)]
    return (
        f'<form class="finding" data-do="find-ties" data-count="{digest(find)}" role="search">'
        f"{input_html('words', 'Search places', find.words, MAX_WORDS)}"
        f"{select_html('place', 'Country or state', any_of(places), find.place)}"
        f"{select_html('partner', 'Partner', any_of(partners), find.partner)}"
        f"{select_html('kind', 'Kind', kinds, find.kind)}"
        f"{select_html('status', 'Status', states, find.status)}"
        f"{_year_html('first', 'From year', find.first)}{_year_html('last', 'To year', find.last)}"
        f"{FIND}</form>{clear_html('find-ties') if find != FIND_TIES_ALL else ''}"
    )


def _year_html(name: str, label: str, value: str) -> str:
    return (
        f'<label class="field year">{label}<input type="text" inputmode="numeric" name="{name}" '
        f'value="{esc(value)}" pattern="[0-9]{{4}}" maxlength="4" title="Four digits"></label>'
    )


def _table_html(rows: Iterable[TieRow]) -> str:
    head = "".join(f'<th scope="col">{heading}</th>' for heading in HEADINGS)
    body = "".join(
        f'<tr><th scope="row" dir="auto">{esc(row.city)}</th><td dir="auto">{esc(row.partner)}</td>'
        f"<td>{_values_html(row.kind, lambda v: phrases.TIE_KIND[v.value])}</td>"
        f"<td>{_values_html(row.start, lambda v: spoken_date(v.value))}</td>"
        f"<td>{_values_html(row.status, status_text)}</td></tr>"
        for row in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return scrolled("Register of ties", table)


def _values_html(values: Sequence[TieValue], shown: Callable[[TieValue], str]) -> str:
    """The values of a field, each with who says it; several are in dispute."""
    items = "".join(
        f"<li>{esc(shown(value))} {_citations_html(value.citations)}</li>" for value in values
    )
    note = '<span class="disputed">Sources differ:</span>' if len(values) > 1 else ""
    return f"{note}<ul>{items}</ul>" if items else ""


def _citations_html(citations: Iterable[Citation]) -> str:
    """Links to the words in their texts, called by who says them."""
    links = ", ".join(
        f'<a href="{esc(text_address(c.source_id, c.version, [(c.start, c.end)]))}" '
        f'target="_blank" rel="noopener noreferrer" dir="auto">{esc(c.source.cite_as)}{NEW_TAB}</a>'
        for c in citations
    )
    return f'<span class="day">({links})</span>'
