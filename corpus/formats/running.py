"""Headers, footers and page numbers: lines that return on most pages at the same place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from corpus.formats.lines import Line, Page

# How many lines from either end of a page, and how far from its edge, as a share of its height.
_OUTERMOST, _EDGE = 4, 0.17
# On how many pages, and on what share of them, a line returns. Left and right pages may differ.
_LEAST_PAGES, _LEAST_SHARE, _MOST_SHARE = 3, 0.3, 0.6
_NEAR = 8.0
_PAGE_OF = re.compile(r"\W*(?:page|p\.?|seite|página)?\s*#\s*(?:of|/|von|de)\s*#\W*", re.IGNORECASE)
_NUMBER = re.compile(r"\W*(?:page|p\.?|seite|página)?\s*(\d{1,4}|[ivxl]{1,7})\W*", re.IGNORECASE)


def without_running_lines(pages: Sequence[Page]) -> tuple[list[Page], dict[str, list[int]]]:
    """The pages without them, and each line that was left out with the numbers of its pages."""
    edges = {page.number: _edge_lines(page) for page in pages}
    doomed = _returning(edges, len(pages)) | _numbers(edges)
    if all(id(line) in doomed for page in pages for line in page.lines):
        doomed = set()
    left_out: dict[str, list[int]] = defaultdict(list)
    for page in pages:
        for line in edges[page.number]:
            if id(line) in doomed:
                left_out[folded(line.text)].append(page.number)
    kept = [
        replace(page, lines=tuple(line for line in page.lines if id(line) not in doomed))
        for page in pages
    ]
    return kept, dict(left_out)


def folded(text: str) -> str:
    """The same for lines that differ in case, spacing and figures only."""
    return re.sub(r"\d+", "#", " ".join(text.casefold().split()))


def _edge_lines(page: Page) -> list[Line]:
    by_height = sorted(page.lines, key=lambda line: -line.top)
    above = [ln for ln in by_height[:_OUTERMOST] if ln.top > (1 - _EDGE) * page.height]
    below = [ln for ln in by_height[-_OUTERMOST:] if ln.bottom < _EDGE * page.height]
    return above + [line for line in below if all(line is not other for other in above)]


def _returning(edges: dict[int, list[Line]], pages: int) -> set[int]:
    """Lines with the same words at nearly the same height on enough pages."""
    places: dict[str, list[Line]] = defaultdict(list)
    for lines in edges.values():
        for line in lines:
            key = folded(line.text)
            if any(map(str.isalpha, key)) and not _is_row(line, lines):
                places[key].append(line)
    least = 2 if pages == 2 else max(_LEAST_PAGES, _LEAST_SHARE * pages)
    doomed: set[int] = set()
    for lines in places.values():
        for line in lines:
            near = {other.page for other in lines if abs(other.bottom - line.bottom) < _NEAR}
            if len(near) >= least:
                doomed.add(id(line))
    return doomed


def _is_row(line: Line, lines: Sequence[Line]) -> bool:
    """Whether a line is a row of a table, whose headings may well return on every page."""
    starts = [cell[0].left for cell in line.cells]
    if len(starts) < 3:
        return False
    others = [{round(cell[0].left) for cell in o.cells} for o in lines if o is not line]
    return any(sum(round(start) in other for start in starts) >= 3 for other in others)


def _numbers(edges: dict[int, list[Line]]) -> set[int]:
    """Page numbers: "Page 3 of 9" anywhere, and lines that begin or end in a number that counts
    along with the pages on most of them ("Chapter 2: Ties  17")."""
    doomed: set[int] = set()
    offsets: dict[int, list[Line]] = defaultdict(list)
    for number, lines in edges.items():
        for line in lines:
            if _PAGE_OF.fullmatch(folded(line.text)):
                doomed.add(id(line))
            for value in _values(line, lines):
                offsets[value - number].append(line)
    for lines in offsets.values():
        count = len({line.page for line in lines})
        lone = [line for line in lines if _NUMBER.fullmatch(line.text)]
        if count >= max(2, _MOST_SHARE * len(edges)):
            doomed |= {id(line) for line in lines}
        elif len({line.page for line in lone}) >= max(2, _LEAST_SHARE * len(edges)):
            doomed |= {id(line) for line in lone}
    return doomed


def _values(line: Line, lines: Sequence[Line]) -> Iterator[int]:
    """What may be the number of the page: a lone number, or at either end of an outermost line."""
    if found := _NUMBER.fullmatch(line.text):
        yield _value(found[1])
    elif line is lines[0] or line is lines[-1]:
        ends = (line.words[0].text.strip("|-–—"), line.words[-1].text.strip("|-–—"))
        yield from {int(end) for end in ends if re.fullmatch(r"[0-9]{1,4}", end)}


def _value(number: str) -> int:
    if number.isdecimal():
        return int(number)
    values = [{"i": 1, "v": 5, "x": 10, "l": 50}[letter] for letter in number.lower()]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)
