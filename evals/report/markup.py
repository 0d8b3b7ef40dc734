"""Text and figures as HTML. Text of sources, cases and answers reaches it only through `esc`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from evals.types import Figure, Measure

# Controls, lone surrogates, and the marks that make a reader see characters in another order than
# they stand.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def esc(text: str) -> str:
    """The text as HTML that shows exactly it, in an element or a quoted attribute."""
    return html.escape(printable(text), quote=True)


def printable(text: str) -> str:
    """The text without what is no character to be read."""
    return _UNSAFE.sub("", text)


def table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], look: str = "numbers"
) -> str:
    """A table whose first column names the rows; heads and cells are HTML already."""
    head = "".join(f'<th scope="col">{cell}</th>' for cell in heads)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{esc(caption)}">'
        f'<table class="{look}"><caption>{esc(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def number(value: float | None, share: bool = True) -> str:
    """A figure for a table: three digits of a share, else one; a dash for what is not known."""
    if value is None:
        return '<span title="cannot be told">–</span>'
    return f"{value:.3f}" if share else f"{value:,.1f}"


def figure_html(figure: Figure | None, measure: Measure) -> str:
    """Value and 95 % interval."""
    if figure is None:
        return ""
    value = number(figure.value, measure.share)
    return f"<b>{value}</b> {interval(figure.low, figure.high, measure.share)}".rstrip()


def interval(low: float | None, high: float | None, share: bool = True) -> str:
    """`[0.100, 0.200]`, or nothing where it is not known."""
    if low is None or high is None:
        return ""
    return f'<span class="range">[{number(low, share)}, {number(high, share)}]</span>'


def count(n: int, noun: str) -> str:
    """`1 case`, `30 cases`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
