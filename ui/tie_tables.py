"""The part of the register of ties that belongs to an answer, as HTML, text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from assistant.attribution import spoken_date
from assistant.types import Citation, TieRow, TieTable, TieValue
from ui import phrases

HEADINGS = ("Place", "Partner", "Kind", "Since", "Status")

Shown = Callable[[str], str]
Marked = Callable[[Iterable[Citation]], str]


def ties_html(table: TieTable, esc: Shown, markers: Marked) -> str:
    """A heading, how many ties match, and a table with a citation at every value."""
    head = "".join(f'<th scope="col">{heading}</th>' for heading in HEADINGS)
    rows = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in _cells(row, esc, markers)) + "</tr>"
        for row in table.rows
    )
    return (
        f'<section class="ties"><h4>From the register of ties</h4><p>{esc(counted(table))}</p>'
        f'<div class="scrolled" tabindex="0" role="region" aria-label="Register of ties"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def ties_text(table: TieTable) -> str:
    """The same for a terminal, a line for each tie."""
    lines = [f"From the register of ties\n{counted(table)}"]
    for row in table.rows:
        place, partner, *said = _cells(row, str, numbers)
        lines.append("- " + "; ".join(filter(None, (f"{place} and {partner}", *said))))
    return "\n".join(lines)


def ties_markdown(table: TieTable, esc: Shown, markers: Marked) -> str:
    """The same as a Markdown table."""
    lines = [f"**From the register of ties.** {esc(counted(table))}", ""]
    lines += [f"| {' | '.join(HEADINGS)} |", "|" + " --- |" * len(HEADINGS)]
    for row in table.rows:
        cells = (cell.replace("|", "\\|") for cell in _cells(row, esc, markers))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def ties_json(table: TieTable, citation_json: Callable[[Citation], dict[str, Any]]) -> Any:
    """The same as an object that `json.dumps` takes."""

    def values(some: tuple[TieValue, ...]) -> list[dict[str, Any]]:
        return [
            {
                "value": one.value,
                "dates": list(one.dates),
                "citations": [citation_json(c) for c in one.citations],
            }
            for one in some
        ]

    return {
        "asked": table.asked,
        "matched": table.matched,
        "total": table.total,
        "rows": [
            {
                "id": row.id,
                "city": row.city,
                "partner": row.partner,
                "kind": values(row.kind),
                "start": values(row.start),
                "status": values(row.status),
            }
            for row in table.rows
        ],
    }


def counted(table: TieTable) -> str:
    """How many ties match, of how many, and what that does not mean."""
    more = table.matched - len(table.rows)
    left = f" The first {len(table.rows)} are shown; the Sources tab has all." if more else ""
    return (
        f"{phrases.count(table.matched, 'tie')} of {table.total} in the register match "
        f"({table.asked}).{left} {INCOMPLETE}"
    )


INCOMPLETE = (
    "The register holds only ties that sources of this collection name, as of the day of each "
    "source. It is far from complete, so this is no count of all ties that there are."
)


def numbers(citations: Iterable[Citation]) -> str:
    """The numbers of citations as a terminal shows them."""
    return "".join(f" [{n}]" for n in dict.fromkeys(c.number for c in citations))


def _cells(row: TieRow, esc: Shown, markers: Marked) -> tuple[str, ...]:
    """What a row shows under each heading; several values of a field are disputed ones."""

    def cell(
        values: tuple[TieValue, ...], shown: Callable[[TieValue], str], between: str = " or "
    ) -> str:
        said = [f"{esc(shown(value))}{markers(value.citations)}" for value in values]
        return between.join(said)

    return (
        esc(row.city),
        esc(row.partner),
        cell(row.kind, lambda v: phrases.TIE_KIND[v.value]),
        cell(row.start, lambda v: spoken_date(v.value)),
        cell(row.status, status_text, "; "),
    )


def status_text(value: TieValue) -> str:
    """The status with its date; where none is said, with the day of the source that says it."""
    said = phrases.TIE_STATUS[value.value]
    if value.dates:
        return f"{said} ({' or '.join(map(spoken_date, value.dates))})"
    source = value.citations[0].source
    day = source.as_of or source.published
    return f"{said} (as of {spoken_date(day)})" if day else f"{said} (no date given)"
