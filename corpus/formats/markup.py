"""HTML and XML from strangers: parsed without network and entities, and told as blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.entities import html5
from typing import TYPE_CHECKING, Any

from corpus.errors import CorpusError
from corpus.formats.rows import guessed_headings, told
from corpus.formats.writing import Writer

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form head header hgroup hr html legend li main menu nav ol p pre"
    " search section summary table tbody td tfoot th thead tr ul".split()
) | HEADINGS.keys()  # fmt: skip
_MAX_CELL = 600  # characters; what is longer is no cell but a column of the page
_MAX_COLUMNS = 100
_SIMPLIFY = "Open it in a browser, print it to PDF, and add that; or save its text as plain text."
# What the parser of HTML lets through and its tree then refuses to hold.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*;)")
_XML_ENTITIES = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})


@dataclass(frozen=True, slots=True)
class Segment:
    """A heading with its level, or a block with none; line ends in `words` are those of the page.

    `pieces` are the texts that it is made of: elements, and whether the text is behind them.
    """

    words: str
    level: int | None
    pieces: tuple[tuple[Element, bool], ...]


def parse_html(text: str) -> Element | None:
    """The tree of a page, without comments; none where it has no elements at all.

    Raises:
        CorpusError: it is nested too deeply, or one of its parts is far too large.
    """
    from lxml import etree
    from lxml.html import HTMLParser

    parser = HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None
    # The parser stops without an error where it meets a limit, and leaves out what follows.
    fatal = parser.error_log.filter_from_fatals()
    if fatal:
        deep = "depth" in str(fatal[0].message).lower()
        raise CorpusError(
            f"The page is {'nested too deeply' if deep else 'made of parts too large'} to be read.",
            _SIMPLIFY,
        )
    for element in root.iter("*") if root is not None else ():
        if _NO_XML.search(element.text or ""):
            element.text = _NO_XML.sub(" ", element.text or "")
        if _NO_XML.search(element.tail or ""):
            element.tail = _NO_XML.sub(" ", element.tail or "")
    return root


def parse_xml(raw: bytes, what: str, encoding: str | None = None) -> Element:
    """The root of an XML document, without comments. Names of elements keep their namespaces.

    Raises:
        CorpusError: it is not well-formed, is nested too deeply, or declares entities.
    """
    from lxml import etree

    parser = etree.XMLParser(
        encoding=encoding, resolve_entities=False, no_network=True, load_dtd=False,
        dtd_validation=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(raw, parser)
    except (etree.LxmlError, ValueError) as error:
        if "entity" in str(error).lower() and b"ENTITY" in raw.replace(b"\0", b""):
            raise _entities(what) from error
        deep = "depth" in str(error).lower()
        raise CorpusError(
            f"{what} is {'nested too deeply' if deep else 'not well-formed XML'}.",
            "Get the file anew, or open it in the program it was made with and save it again.",
        ) from error
    refuse_entities(root, what)
    return root


def refuse_entities(root: Element, what: str) -> None:
    """Raises:
    CorpusError: the document declares XML entities.
    """
    declared: Any = root.getroottree().docinfo.internalDTD
    if declared is not None and declared.entities():
        raise _entities(what)


def _entities(what: str) -> CorpusError:
    return CorpusError(
        f"{what} declares XML entities, which can hide files or fill the memory.",
        "Documents have no need of them; get the file from somewhere else.",
    )


def parse_xhtml(text: str, what: str) -> Element | None:
    """The tree of a chapter: by the rules of XML, or where it breaks them by those of HTML.

    Raises:
        CorpusError: it is nested too deeply, or declares entities.
    """
    if "<!ENTITY" not in text:
        named = _ENTITY.sub(
            lambda m: m[0] if m[1] in _XML_ENTITIES else html5.get(m[1], m[0]), text
        )
        try:
            root = parse_xml(named.encode("utf-8", "replace"), what, "utf-8")
        except CorpusError:
            return parse_html(text)
    else:
        root = parse_xml(text.encode("utf-8", "replace"), what, "utf-8")
    for element in root.iter("*"):
        element.tag = str(element.tag).rpartition("}")[2].lower()
    return root


def words_of(element: Element) -> str:
    """The words within an element, in one line; blocks in it are parted by spaces."""
    from lxml import etree

    words: list[str] = []
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if inner.tag in BLOCKS or inner.tag == "br":
            words.append(" ")
        if event == "start":
            words.append(inner.text or "")
        elif inner is not element:
            words.append(inner.tail or "")
    return " ".join("".join(words).split())


def segments(root: Element) -> Iterator[Segment]:
    """All headings and blocks below an element, in the order of the page."""
    from lxml import etree

    words: list[str] = []
    pieces: list[tuple[Element, bool]] = []
    heading: Element | None = None
    verbatim = 0

    def hold(element: Element, is_tail: bool) -> None:
        text = (element.tail if is_tail else element.text) or ""
        words.append(text if verbatim else re.sub(r"\s+", " ", text))
        if text.strip():
            pieces.append((element, is_tail))

    def closed(level: int | None = None) -> Iterator[Segment]:
        if pieces:
            yield Segment("".join(words), level, tuple(pieces))
        words.clear()
        pieces.clear()

    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if heading is not None and element is not heading and (tag in BLOCKS or tag == "br"):
            words.append(" ")
        elif heading is None and tag in BLOCKS:
            yield from closed()
        elif tag == "br" and event == "start":
            words.append("\n")
        if event == "start":
            if heading is None and tag in HEADINGS:
                heading = element
            verbatim += tag == "pre"
            hold(element, is_tail=False)
        else:
            if element is heading:
                yield from closed(HEADINGS[str(tag)])
                heading = None
            verbatim -= tag == "pre"
            if element is not root:
                hold(element, is_tail=True)
    yield from closed()


def write(parts: Iterable[Segment], writer: Writer) -> None:
    """Writes headings and blocks, one after the other."""
    for part in parts:
        if part.level is None:
            writer.block(part.words)
        else:
            writer.heading(part.level, part.words)


def tell_tables(root: Element) -> None:
    """Puts in the place of each table of data its rows as sentences; tables of layout stay."""
    from lxml import etree

    for table in list(root.iter("table")):
        if table.get("role") in ("presentation", "none") or table.find(".//table") is not None:
            continue
        rows = list(table.iter("tr"))
        cells = [[c for c in row if c.tag in ("td", "th")] for row in rows]
        if not 2 <= max(map(len, cells), default=0) <= _MAX_COLUMNS:
            continue
        headings = _heading_rows(rows, cells)
        grid = _grid(cells, headings)
        if not headings and any(len(cell) > _MAX_CELL for row in grid for cell in row):
            continue
        _replace(table, told(grid, headings or guessed_headings(grid)))
    # Spans of what is left mean nothing here, and wrong ones take others minutes to lay out.
    etree.strip_attributes(root, "colspan", "rowspan")


def _replace(table: Element, sentences: list[str]) -> None:
    caption = table.find("caption")
    lines = [words_of(caption)] if caption is not None else []
    tail = table.tail
    table.clear()
    table.tag, table.tail = "div", tail
    for line in [*lines, *sentences]:
        paragraph = table.makeelement("p")
        paragraph.text = line
        table.append(paragraph)


def _heading_rows(rows: list[Element], cells: list[list[Element]]) -> int:
    """How many rows at the top hold headings: those of a thead, of th alone, or one in bold."""
    count = 0
    for row, inside in zip(rows, cells, strict=True):
        parent = row.getparent()
        if not inside or not (
            (parent is not None and parent.tag == "thead") or all(c.tag == "th" for c in inside)
        ):
            break
        count += 1
    if count or len(rows) < 2:
        return count if count < len(rows) else 0
    return int(all(map(_is_bold, cells[0])) and not all(map(_is_bold, cells[1])))


def _is_bold(cell: Element) -> bool:
    bold = [cell.find(f".//{tag}") for tag in ("b", "strong")]
    return any(b is not None and words_of(b) == words_of(cell) for b in bold)


def _grid(cells: list[list[Element]], headings: int) -> list[list[str]]:
    """The words of all cells by row and column.

    A cell over several rows is repeated in each; one over several columns only among headings.
    """
    grid: list[list[str]] = []
    reaching: dict[int, tuple[int, str]] = {}
    for number, inside in enumerate(cells):
        row: list[str] = []
        left = list(reversed(inside))
        while left or len(row) in reaching:
            at = len(row)
            if at in reaching:
                rest, words = reaching.pop(at)
                row.append(words)
                if rest > 1:
                    reaching[at] = (rest - 1, words)
                continue
            cell = left.pop()
            words = words_of(cell)
            for step in range(min(_span(cell, "colspan"), max(1, _MAX_COLUMNS - at))):
                shown = words if step == 0 or number < headings else ""
                row.append(shown)
                if _span(cell, "rowspan") > 1 and at + step < _MAX_COLUMNS:
                    reaching[at + step] = (_span(cell, "rowspan") - 1, shown)
        grid.append(row)
    return grid


def _span(cell: Element, name: str) -> int:
    value = cell.get(name, "1").strip()
    # A span of 0 means "to the end"; it is rare, and as much as one where it is met.
    return max(int(value), 1) if re.fullmatch(r"[0-9]{1,6}", value) else 1
