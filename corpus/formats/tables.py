"""Lines that stand in columns -> rows that read as sentences.

A table is known by cells that begin at the same places in several lines. A row reads "Label:
value; Label: value." where cells are labels that end in a colon, "First cell: Heading value;
Heading value." where the first row holds headings, and else as its cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from corpus.formats.lines import CELL_GAP, Line, Page, Word, split_at_gaps

# Places that differ by less, in points, are the same column.
_SAME = 3.0
# Two columns of at least so many lines, each filled to such a share, are text, not a table.
_COLUMN_LINES, _COLUMN_FILL = 6, 0.3
_LEADERS = re.compile(r"(?:\. ?){4,}|…{2,}|_{4,}")
_FIGURE = re.compile(r"[\s$€£¥%().,+\-–—/:]*\d[\d\s$€£¥%().,+\-–—/:]*[A-Za-z%]{0,3}$|[-–—]$")

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one table, each as a sentence, on the page with that number."""

    rows: tuple[str, ...]
    page: int


def find_tables(page: Page) -> list[Line | Table]:
    """The lines of a page in order, with those that form tables put together."""
    found: list[Line | Table] = []
    lines = page.lines
    at = 0
    while at < len(lines):
        end = _end_of_table(lines, at)
        if end > at:
            found += _read_table(lines[at:end], page)
            at = end
        else:
            found.append(lines[at])
            at += 1
    return found


def _end_of_table(lines: Sequence[Line], start: int) -> int:
    """The line behind the table that begins here; `start` where none does."""
    if len(lines[start].cells) < 2 or _LEADERS.search(lines[start].text):
        return start
    end = start + 1
    while end < len(lines) and _belongs(lines[end], lines[start:end]):
        end += 1
    while end > start and not _closes(lines, start, end - 1):
        end -= 1
    apart = [line for line in lines[start:end] if len(line.cells) > 1]
    return end if len(apart) > 1 and len(_columns(apart)) > 1 else start


def _belongs(line: Line, table: Sequence[Line]) -> bool:
    """Whether a line goes on with a table: near, of the same size, and in columns or a fragment."""
    last = table[-1]
    if abs(line.size - table[0].size) > 0.15 * table[0].size or _LEADERS.search(line.text):
        return False
    if not -4 * line.size < last.bottom - line.bottom < 3.2 * line.size:
        return False
    if len(line.cells) > 1:
        return True
    # A line of one cell is what was too long for its cell, unless it stands below all of it.
    near = (2.2 if line.text.endswith(":") else 1.3) * line.size
    return line.left > table[0].left + _SAME or last.bottom - line.bottom < near


def _closes(lines: Sequence[Line], start: int, at: int) -> bool:
    """Whether a line can be the last of a table: prose that follows it closely cannot."""
    line = lines[at]
    return len(line.cells) > 1 or line.left > lines[start].left + _SAME


def _columns(lines: Sequence[Line]) -> list[float]:
    """Where columns begin: places at which cells begin in at least two lines and a fifth of all."""
    starts = sorted(cell[0].left for line in lines for cell in line.cells)
    groups: list[list[float]] = []
    for start in starts:
        if groups and start - groups[-1][-1] < _SAME:
            groups[-1].append(start)
        else:
            groups.append([start])
    least = max(2, len(lines) / 5)
    return [median(group) for group in groups if len(group) >= least]


def _read_table(lines: Sequence[Line], page: Page) -> list[Line | Table]:
    columns = _columns([line for line in lines if len(line.cells) > 1])
    if _is_text_in_columns(lines, columns, page):
        return list(_down_the_columns(lines, columns))
    rows = [_row(group, columns) for group in _rows(lines, columns, page.rules)]
    return [Table(tuple(_sentences([row for row in rows if any(row)])), page.number)]


def _is_text_in_columns(lines: Sequence[Line], columns: Sequence[float], page: Page) -> bool:
    if len(columns) != 2 or len(lines) < _COLUMN_LINES:
        return False
    full = 0
    for line in lines:
        wide = [cell[-1].right - cell[0].left > _COLUMN_FILL * page.width for cell in line.cells]
        full += len(wide) == 2 and all(wide)
    return full > 0.6 * len(lines)


def _down_the_columns(lines: Sequence[Line], columns: Sequence[float]) -> list[Line]:
    down: list[Line] = []
    for column in range(len(columns)):
        for line in lines:
            words = [w for w in line.words if _column_of(w.left, columns) == column]
            if words:
                down.append(Line(tuple(words), line.page))
    return down


def _rows(
    lines: Sequence[Line], columns: Sequence[float], rules: Sequence[float]
) -> list[list[tuple[Word, ...]]]:
    """The cells of each row: parted by rules where they are drawn, else where the first column
    is filled anew."""
    cells = sorted(
        (cell for line in lines for cell in split_at_gaps(line.words, CELL_GAP, columns)),
        key=lambda cell: (-cell[0].bottom, cell[0].left),
    )
    size = median(line.size for line in lines)
    ruled = _ruled(cells, rules)
    rows: list[list[tuple[Word, ...]]] = []
    for cell in cells:
        bottom = cell[0].bottom
        above = rows[-1][-1][0].bottom if rows else bottom
        if not rows:
            new = True
        elif above - bottom < 0.5 * size:
            new = False
        elif ruled and above - bottom < 1.5 * size:
            new = any(bottom + size / 2 < rule <= above for rule in rules)
        else:
            new = above - bottom > 1.8 * size or _column_of(cell[0].left, columns) == 0
        if new:
            rows.append([])
        rows[-1].append(cell)
    return rows


def _ruled(cells: Sequence[tuple[Word, ...]], rules: Sequence[float]) -> bool:
    """Whether lines are drawn between rows: at least two within the table."""
    top, bottom = cells[0][0].top, cells[-1][0].bottom
    within = [rule for rule in rules if bottom < rule < top]
    heights = {round(cell[0].bottom) for cell in cells}
    return len(within) >= max(2, 0.4 * len(heights))


def _row(cells: Sequence[tuple[Word, ...]], columns: Sequence[float]) -> Row:
    """The text of each column; what was broken into several lines is joined."""
    texts = [""] * len(columns)
    for cell in cells:
        column = _column_of(cell[0].left, columns)
        texts[column] = f"{texts[column]} {' '.join(word.text for word in cell)}".strip()
    return tuple(texts)


def _column_of(left: float, columns: Sequence[float]) -> int:
    return max(0, sum(column <= left + _SAME for column in columns) - 1)


def _sentences(rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    labels = _label_columns(rows)
    if labels:
        return list(filter(None, (_labelled(row, labels) for row in rows)))
    head, *rest = rows
    if rest and _is_head(head, rest):
        return [_under_headings(head, row) for row in rest]
    return [_closed("; ".join(filter(None, row))) for row in rows]


def _label_columns(rows: Sequence[Row]) -> set[int]:
    """The columns of which most cells are labels that end in a colon."""
    columns: set[int] = set()
    for column, cells in enumerate(zip(*rows, strict=True)):
        filled = [cell for cell in cells if cell]
        if sum(cell.endswith(":") for cell in filled) > len(filled) / 2:
            columns.add(column)
    return columns


def _labelled(row: Row, labels: set[int]) -> str:
    """Labels with their values; a label without one says nothing and is left out."""
    parts: list[list[str]] = [[]]
    for column, cell in enumerate(row):
        if column in labels:
            parts.append([])
        if cell:
            parts[-1].append(cell)
        elif column in labels:
            parts.append([])
    said: list[str] = []
    for first, *values in filter(None, parts):
        if values:
            said.append(f"{first.rstrip(':')}: {' '.join(values)}")
        elif not first.endswith(":"):
            said.append(first)
    return _closed("; ".join(said)) if said else ""


def _is_head(head: Row, rest: Sequence[Row]) -> bool:
    """Whether a row holds headings: words in all columns but the first, above figures."""
    named = head[1:]
    if not all(named) or any(_FIGURE.match(cell) for cell in named if not _is_year(cell)):
        return False
    filled = [cell for row in rest for cell in row[1:] if cell]
    figures = sum(bool(_FIGURE.match(cell)) for cell in filled)
    short = max(map(len, named)) <= 60
    return short and len(filled) > 0 and (figures >= len(filled) / 3 or len(head) > 2)


def _is_year(cell: str) -> bool:
    return bool(re.fullmatch(r"(?:FY ?)?(?:1[89]|20)\d\d", cell))


def _under_headings(head: Row, row: Row) -> str:
    values = [f"{name} {cell}" for name, cell in zip(head[1:], row[1:], strict=True) if cell]
    if not row[0]:
        return _closed("; ".join(values))
    return _closed(f"{row[0]}: {'; '.join(values)}" if values else row[0])


def _closed(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", ":")) else sentence + "."
