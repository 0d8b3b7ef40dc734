"""A file's text -> blocks with headings: Markdown by its grammar, plain text by blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.sentences import trimmed
from corpus.types import Block

# Underlined headings, indented code and link definitions are switched off: in text that was not
# written as Markdown they swallow paragraphs.
_MARKDOWN = MarkdownIt("commonmark").enable("table").disable(["lheading", "code", "reference"])
_MARKER = re.compile(r"\s*(?:>\s*)*(?:[-*+]\s+|\d{1,9}[.)]\s+)?(?:>\s*)*")
_BULLET = re.compile(r"\s*(?:[-*+•–]\s+|\d{1,3}[.)]\s+)")
_RULE = re.compile(r"[\s|:\-]+$")
_COMMENT = re.compile(r"\s*<!--.*?(?:-->\s*|\Z)", re.DOTALL)

MAX_HEADING = 300


def clean(raw: str) -> str:
    """One form of line end, no byte-order mark, no control characters (tabs and lines stay)."""
    text = raw.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", " ", text)


def read_markdown(text: str) -> Iterator[Block]:
    """Blocks of a Markdown text, in order; headings are not blocks but name those below them."""
    starts = _line_starts(text)
    headings: list[tuple[int, str]] = []
    tokens = _MARKDOWN.parse(text)
    for at, token in enumerate(tokens):
        if token.map is None:
            continue
        if token.type == "heading_open":
            level = int(token.tag[1])
            headings = [h for h in headings if h[0] < level]
            headings.append((level, _shown(tokens[at + 1])))
        elif _is_leaf(tokens, at):
            first, last = token.map
            yield from _lines_block(
                text, starts[first], starts[last], " › ".join(h[1] for h in headings), token
            )


def read_plain(text: str) -> Iterator[Block]:
    """Blocks of plain text: separated by blank lines, and each bullet on its own."""
    start: int | None = None
    at = 0
    for line in [*text.splitlines(keepends=True), "\n"]:
        opens = bool(_BULLET.match(line))
        if start is not None and (not line.strip() or opens):
            yield Block(trimmed(text, start, at), "")
            start = None
        if start is None and line.strip():
            start = at + (_BULLET.match(line).end() if opens else 0)  # type: ignore[union-attr]
        at += len(line)


def _is_leaf(tokens: list[Token], at: int) -> bool:
    """Whether a token is a block of its own: a paragraph, a table's row, code, HTML that is seen.

    The words of a heading name blocks, and those of a cell belong to its row.
    """
    token = tokens[at]
    if token.type == "inline":
        return tokens[at - 1].type not in {"heading_open", "th_open", "td_open"}
    if token.type == "html_block":
        return not _COMMENT.fullmatch(token.content)
    return token.type in {"tr_open", "fence"}


def _shown(inline: Token) -> str:
    """The words of a heading without its marks: `**Duty** [to act](x)` is "Duty to act"."""
    parts = [t.content for t in inline.children or () if t.content and t.type != "html_inline"]
    return " ".join("".join(parts).split())[:MAX_HEADING]


def _lines_block(text: str, start: int, end: int, heading: str, token: Token) -> Iterator[Block]:
    if token.type == "fence":
        start = text.find("\n", start, end) + 1 or end
        last = text.rfind("\n", start, max(start, end - 1))
        if text[last + 1 : end].strip().startswith(("```", "~~~")):
            end = max(start, last)
    marker = _MARKER.match(text, start, end)
    span = trimmed(text, marker.end() if marker else start, end)
    if span.start < span.end and not _RULE.fullmatch(text, span.start, span.end):
        yield Block(span, heading)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    starts[-1] = len(text)
    return [min(s, len(text)) for s in starts] + [len(text)]
