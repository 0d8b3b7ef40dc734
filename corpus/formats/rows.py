"""Rows of a table told as sentences: `Rotterdam: Partner Shanghai; Since 1979.`"""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"[-+±(~<>≈$€£¥]*\s*\d[\d\s.,:/%–-]*[%)]?\s*")
_MAX_COLUMN_HEADING = 80

Row = Sequence[str]


def told(rows: Sequence[Row], headings: int) -> list[str]:
    """One sentence for each row below the first `headings` rows, with their words beside its own.

    The first cell of a row names it. A row with nothing else is told as it stands, and so is a
    table with headings alone. A heading over all columns is a line of its own.
    """
    if headings >= len(rows):
        headings = 0
    width = max((len(row) for row in rows), default=0)
    over_all = [row[0] for row in rows[:headings] if len(row) > 1 and len(set(row)) == 1]
    naming = [row for row in rows[:headings] if len(set(row)) > 1]
    columns = [_column_heading(naming, at) for at in range(width)]
    lines = [*over_all, *(_sentence(row, columns) for row in rows[headings:])]
    return [line for line in lines if line]


def guessed_headings(rows: Sequence[Row]) -> int:
    """1 where a column of numbers begins with words, else 0: wrong headings would tell lies."""
    if len(rows) < 2 or not all(len(cell) <= _MAX_COLUMN_HEADING for cell in rows[0]):
        return 0
    if any(_NUMBER.fullmatch(cell) for cell in rows[0]):
        return 0
    for at in range(1, len(rows[0])):
        below = [row[at] for row in rows[1:] if at < len(row) and row[at]]
        if rows[0][at] and below and all(_NUMBER.fullmatch(cell) for cell in below):
            return 1
    return 0


def _column_heading(rows: Sequence[Row], at: int) -> str:
    words = dict.fromkeys(row[at] for row in rows if at < len(row) and row[at])
    return " ".join(words).rstrip(":. ")


def _sentence(row: Row, columns: Sequence[str]) -> str:
    label = row[0].rstrip(":; ") if row else ""
    told = [
        f"{columns[at]} {cell}" if columns[at] and columns[at] != cell else cell
        for at, cell in enumerate(row)
        if at and cell
    ]
    if not told:
        return row[0] if row else ""
    line = "; ".join(part.rstrip(";. ") for part in told)
    return f"{label}: {line}." if label else f"{line}."
