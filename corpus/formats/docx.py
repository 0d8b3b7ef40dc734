"""Word documents (.docx): paragraphs, lists, tables and notes in their order. No page numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from corpus.errors import CorpusError
from corpus.formats.archives import Archive
from corpus.formats.characters import shortened
from corpus.formats.clues import clue
from corpus.formats.hidden import unseen_notices
from corpus.formats.markup import parse_xml, refuse_entities
from corpus.formats.rows import guessed_headings, told
from corpus.formats.word import TEXT_BOX, W, Words, WordStyles, at, simplify, value
from corpus.formats.writing import Writer
from corpus.types import Clue, Extract, Notice

if TYPE_CHECKING:
    from docx.document import Document
    from lxml.etree import _Element as Element

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_MAX_CELL = 600  # characters; what is longer is no cell but a column of the page
_MAX_SPAN = 60  # Word's own limit of columns is 63
_MAX_NAMED = 12
_LISTED = re.compile(r"toc \d|table of figures")
_FETCHING = re.compile(r"\s*(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|LINK|IMPORT|DATABASE)\b")
_ACTIVE = {
    "macros": re.compile(r"vbaProject\.bin$", re.IGNORECASE),
    "embedded objects": re.compile(r"/embeddings/"),
    "controls": re.compile(r"/activeX/"),
}
_CORE = {"title": "title", "creator": "authors", "created": "published", "language": "language"}


def read(raw: bytes) -> Extract:
    """The text of a Word document with its headings, clues from its properties, and notices.

    Raises:
        CorpusError: it is encrypted, damaged, unpacks to too much, or holds no text.
    """
    if raw.startswith(_OLE):
        raise CorpusError(
            "The document is protected with a password, or in Word's old format (.doc).",
            "Open it in Word and save it as .docx without a password.",
        )
    archive = Archive(raw)
    _check(archive)
    document = _opened(raw)
    refuse_entities(document.element, "The document")
    body = document.element.body
    notices = [*_active(archive, body), *_tracked(archive, body)]
    simplify(body)
    words = Words(WordStyles(document.styles.element))
    writer = Writer()
    _write(document, words, writer)
    _write_notes(document, words, writer)
    notices += unseen_notices(words.hidden, words.struck)
    return writer.extract(
        _clues(archive, body, words.styles), notices, "The document",
        "If its pages are pictures, run text recognition on them and add the result.",
    )  # fmt: skip


def _check(archive: Archive) -> None:
    """Unpacks and parses everything once within bounds, before python-docx does so without."""
    for name in archive.names:
        part = archive.read(name)
        if name.endswith((".xml", ".rels")) and not name.startswith("customXml/"):
            parse_xml(part, f"The document's part {shortened(name, 60)}")


def _opened(raw: bytes) -> Document:
    import docx

    try:
        return docx.Document(BytesIO(raw))
    # A file made to do harm, or merely broken, fails in any way that python-docx did not foresee.
    except Exception as error:
        raise CorpusError(
            "The file is not a Word document that can be read.",
            "Open it in Word, save it as an ordinary .docx without macros, and add that.",
        ) from error


def _write(story: Any, words: Words, writer: Writer) -> None:
    """Writes the paragraphs and tables of a document, or of a cell."""
    from docx.table import Table

    for item in story.iter_inner_content():
        if isinstance(item, Table):
            _write_table(item, words, writer)
        else:
            _write_paragraph(item._p, words, writer)


def _write_paragraph(paragraph: Element, words: Words, writer: Writer) -> None:
    if _LISTED.match(words.styles.name(paragraph)):
        return
    level = words.styles.heading_level(paragraph)
    text = words.of(paragraph)
    if level is None:
        writer.block(text)
    else:
        writer.heading(level, text)
    for box in paragraph.iter(TEXT_BOX):
        for inner in box.iter(f"{W}p"):
            if next(inner.iterancestors(TEXT_BOX), None) is box:
                writer.block(words.of(inner))


def _write_table(table: Any, words: Words, writer: Writer) -> None:
    rows = [row for row in table._tbl if row.tag == f"{W}tr"]
    cells = [[cell for cell in row if cell.tag == f"{W}tc"] for row in rows]
    grid = _grid(cells, words)
    one_column = max(map(len, cells), default=0) < 2
    nested = next(table._tbl.iterdescendants(f"{W}tbl"), None) is not None
    if not (one_column or nested or any(len(c) > _MAX_CELL for row in grid for c in row)):
        headings = _heading_rows(table._tbl, rows, words.styles) or guessed_headings(grid)
        for line in told(grid, headings):
            writer.block(line)
        return
    from docx.table import _Cell

    for cell in (cell for row in cells for cell in row):
        _write(_Cell(cell, table), words, writer)


def _grid(cells: list[list[Element]], words: Words) -> list[list[str]]:
    """The words of all cells; one over several rows is repeated, one over several columns not."""
    grid: list[list[str]] = []
    for row in cells:
        line: list[str] = []
        for cell in row:
            merged = at(cell, "tcPr", "vMerge")
            above = grid[-1] if grid else []
            if merged is not None and value(merged) != "restart" and len(line) < len(above):
                line.append(above[len(line)])
            else:
                found = [words.of(p) for p in cell.iter(f"{W}p")]
                line.append(" ".join(" ".join(found).split()))
            span = value(at(cell, "tcPr", "gridSpan"))
            line += [""] * (min(int(span[:6]), _MAX_SPAN) - 1 if span.isdecimal() else 0)
        grid.append(line)
    return grid


def _heading_rows(table: Element, rows: list[Element], styles: WordStyles) -> int:
    """How many rows at the top are marked as headings, set in bold, or set apart by a style."""
    marked = 0
    for row in rows:
        mark = at(row, "trPr", "tblHeader")
        if mark is None or value(mark) in ("0", "false", "off"):
            break
        marked += 1
    if marked or len(rows) < 2:
        return marked
    bold = _is_bold(rows[0]) and not _is_bold(rows[1])
    return int(bold or styles.heads_first_row(table))


def _is_bold(row: Element) -> bool:
    runs = [r for r in row.iter(f"{W}r") if any(t.text for t in r.iter(f"{W}t"))]
    return bool(runs) and all(at(run, "rPr", "b") is not None for run in runs)


def _write_notes(document: Document, words: Words, writer: Writer) -> None:
    """Footnotes, then endnotes, without the lines that Word draws between them and the text."""
    opened = False
    for kind in ("footnote", "endnote"):
        parts = [
            relation.target_part.blob
            for relation in document.part.rels.values()
            if not relation.is_external and relation.reltype.endswith(f"/{kind}s")
        ]
        for root in [parse_xml(part, f"The document's {kind}s") for part in parts]:
            simplify(root)
            for note in root.iter(f"{W}{kind}"):
                texts = [words.of(p) for p in note.iter(f"{W}p")]
                if note.get(f"{W}type", "normal") == "normal" and any(t.strip() for t in texts):
                    if not opened:
                        writer.close_sections()
                        writer.heading(1, "Notes")
                        opened = True
                    for text in texts:
                        writer.block(text)


def _active(archive: Archive, body: Element) -> Iterator[Notice]:
    found = [
        what
        for what, pattern in _ACTIVE.items()
        if any(pattern.search(name) for name in archive.names)
    ]
    for name in archive.names:
        if name.endswith(".rels"):
            links = parse_xml(archive.read(name), "A list of links")
            found += [
                f"a link to an outside {_kind_of_link(link)}"
                for link in links.iter("{*}Relationship")
                if link.get("TargetMode") == "External"
                and not str(link.get("Type", "")).endswith("/hyperlink")
            ]
    if any(_FETCHING.match(field.text or "") for field in body.iter(f"{W}instrText")) or any(
        _FETCHING.match(field.get(f"{W}instr", "")) for field in body.iter(f"{W}fldSimple")
    ):
        found.append("fields that fetch something")
    if next(body.iter(f"{W}altChunk"), None) is not None:
        found.append("whole files put in as parts")
    if found:
        yield Notice(
            "active-content",
            f"The document holds {', '.join(list(dict.fromkeys(found))[:_MAX_NAMED])}."
            " None of it was run, opened or followed, and no text in it was read.",
        )


def _kind_of_link(link: Element) -> str:
    name = str(link.get("Type", "")).rpartition("/")[2]
    return name if re.fullmatch("[A-Za-z]{1,30}", name) else "file"


def _tracked(archive: Archive, body: Element) -> Iterator[Notice]:
    inserted = sum(1 for e in body.iter(f"{W}ins", f"{W}moveTo") if len(e))
    deleted = sum(1 for e in body.iter(f"{W}del", f"{W}moveFrom") if len(e))
    deleted += sum(1 for e in body.iter(f"{W}trPr") if at(e, "del") is not None)
    comments = sum(1 for _ in body.iter(f"{W}commentReference"))
    if "word/comments.xml" in archive.names and not comments:
        root = parse_xml(archive.read("word/comments.xml"), "The document's comments")
        comments = sum(1 for _ in root.iter(f"{W}comment"))
    said = [
        f"{count:,} {what}"
        for count, what in (
            (inserted, "insertions, which were read"),
            (deleted, "deletions, which were left out"),
            (comments, "comments, which were left out"),
        )
        if count
    ]
    if said:
        yield Notice(
            "tracked-changes",
            f"The document is under revision: it holds {'; '.join(said)}."
            " Ask whether there is a final version.",
        )


def _clues(archive: Archive, body: Element, styles: WordStyles) -> Iterator[Clue]:
    titles = (p for p in body.iter(f"{W}p") if styles.heading_level(p) == 0)
    for title in titles:
        yield from clue("title", Words(styles).of(title), "the paragraph in the style Title")
        break
    for path, names in (
        ("docProps/core.xml", _CORE),
        ("docProps/app.xml", {"Company": "publisher"}),
    ):
        if path not in archive.names:
            continue
        for element in parse_xml(archive.read(path), "The document's properties"):
            name = str(element.tag).rpartition("}")[2]
            if name in names:
                said = re.split(r"\s*;\s*", element.text or "") if name == "creator" else None
                for one in said or [element.text or ""]:
                    yield from clue(names[name], one, f"the document's property {name}")
