"""EPUB books: the chapters in the order of the spine, told as web pages are."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from corpus.errors import CorpusError
from corpus.formats.archives import Archive
from corpus.formats.characters import shortened
from corpus.formats.clues import clue
from corpus.formats.decoding import decode
from corpus.formats.html import see
from corpus.formats.markup import (
    HEADINGS,
    parse_xhtml,
    parse_xml,
    segments,
    tell_tables,
    words_of,
    write,
)
from corpus.formats.writing import Writer
from corpus.types import Clue, Extract, Notice

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_CONTAINER = "META-INF/container.xml"
_CHAPTERS = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
# Scrambled fonts are no encryption of the text.
_FONT_SCRAMBLING = frozenset(
    {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
)
_REMEDY = "If its pages are pictures, run text recognition on them and add the result."
_METADATA = {
    "title": "title", "creator": "authors", "publisher": "publisher", "date": "published",
    "language": "language", "source": "url",
}  # fmt: skip


def read(raw: bytes) -> Extract:
    """The text of a book with its chapters as headings, clues from its package, and notices.

    Raises:
        CorpusError: it is encrypted, damaged, unpacks to too much, or holds no text.
    """
    archive = Archive(raw)
    _refuse_encrypted(archive)
    path, package = _package(archive)
    folder = posixpath.dirname(path)
    writer = Writer()
    notices: list[Notice] = []
    missing: list[str] = []
    sheets: dict[str, str] = {}
    labels = _labels(archive, package, folder)
    for part in dict.fromkeys(_spine(package, folder)):
        if part not in archive.names:
            missing.append(shortened(posixpath.basename(part), 60))
            continue
        notices += _write_chapter(archive, part, labels.get(part, ""), sheets, writer)
    if missing:
        named = ", ".join(missing[:5])
        notices.append(
            Notice(
                "missing-part",
                f"The book lacks {len(missing)} of the chapters it lists ({named})."
                " Get the file anew, or add it as it is.",
            )
        )
    return writer.extract(_clues(package), _merged(notices), "The book", _REMEDY)


def _refuse_encrypted(archive: Archive) -> None:
    encrypted = {"META-INF/rights.xml", "META-INF/sinf.xml"} & set(archive.names)
    if "META-INF/encryption.xml" in archive.names:
        root = parse_xml(archive.read("META-INF/encryption.xml"), "The book's encryption.xml")
        methods = {e.get("Algorithm", "") for e in root.iter("{*}EncryptionMethod")}
        if methods - _FONT_SCRAMBLING:
            encrypted.add("META-INF/encryption.xml")
    if encrypted:
        raise CorpusError(
            f"The book is encrypted (it holds {min(encrypted)}).",
            "Add a copy without copy protection, where you may have one.",
        )


def _package(archive: Archive) -> tuple[str, Element]:
    container = parse_xml(archive.read(_CONTAINER), "The book's container.xml")
    for rootfile in container.iter("{*}rootfile"):
        path = posixpath.normpath(unquote(rootfile.get("full-path", "")))
        return path, parse_xml(archive.read(path), "The book's package file")
    raise CorpusError("The book names no package file.", "Get the file anew.")


def _items(package: Element) -> Iterator[Element]:
    yield from package.iter("{*}item")


def _spine(package: Element, folder: str) -> Iterator[str]:
    """The chapters in their order, without the page that holds the table of contents."""
    items = {item.get("id", ""): item for item in _items(package)}
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref", ""))
        if item is None or "nav" in item.get("properties", "").split():
            continue
        if item.get("media-type", "") in _CHAPTERS:
            yield _target(folder, item.get("href", ""))


def _labels(archive: Archive, package: Element, folder: str) -> Mapping[str, str]:
    """What the table of contents calls each chapter: the first label that leads to it."""
    labels: dict[str, str] = {}
    for item in _items(package):
        path = _target(folder, item.get("href", ""))
        is_ncx = item.get("media-type") == "application/x-dtbncx+xml"
        if path not in archive.names or not (is_ncx or "nav" in item.get("properties", "").split()):
            continue
        root = parse_xhtml(decode(archive.read(path))[0], "The book's table of contents")
        if root is None:
            continue
        for name, link in _contents(root, is_ncx):
            labels.setdefault(_target(posixpath.dirname(path), link), name)
    return labels


def _contents(root: Element, is_ncx: bool) -> Iterator[tuple[str, str]]:
    if not is_ncx:
        for a in root.iter("a"):
            yield words_of(a), a.get("href", "")
        return
    for point in root.iter("navpoint"):
        label, content = point.find("navlabel"), point.find("content")
        if label is not None and content is not None:
            yield words_of(label), content.get("src", "")


def _write_chapter(
    archive: Archive, part: str, label: str, sheets: dict[str, str], writer: Writer
) -> list[Notice]:
    text, encoding = decode(archive.read(part))
    root = parse_xhtml(text, f"The chapter {shortened(posixpath.basename(part), 60)}")
    body = root.find(".//body") if root is not None else None
    if root is None or body is None:
        return []
    notices = [*encoding, *see(root, list(_sheets(archive, root, part, sheets)))]
    tell_tables(body)
    if any(body.find(f".//{tag}") is not None for tag in HEADINGS):
        writer.close_sections()
    elif label:
        writer.heading(0, label)
    write(segments(body), writer)
    return notices


def _sheets(archive: Archive, root: Element, part: str, known: dict[str, str]) -> Iterator[str]:
    """The style sheets of a chapter, those that lie in the book among them."""
    for element in root.iter("style", "link"):
        if element.tag == "style":
            yield element.text or ""
        elif "stylesheet" in element.get("rel", "").lower().split():
            path = _target(posixpath.dirname(part), element.get("href", ""))
            if path in archive.names and path not in known:
                known[path] = decode(archive.read(path))[0]
            yield known.get(path, "")


def _target(folder: str, href: str) -> str:
    """The name of the member that a link within the book leads to."""
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))


def _merged(notices: list[Notice]) -> list[Notice]:
    """Notices of all chapters, those of one kind put together."""
    texts: dict[str, list[str]] = {}
    for notice in notices:
        texts.setdefault(notice.kind, []).append(notice.text)
    return [Notice(kind, _joined(list(dict.fromkeys(said)))) for kind, said in texts.items()]


def _joined(said: list[str], most: int = 5) -> str:
    more = f" And so in {len(said) - most:,} further chapters." if len(said) > most else ""
    return " ".join(said[:most]) + more


def _clues(package: Element) -> Iterator[Clue]:
    metadata = package.find("{*}metadata")
    for element in metadata.iter("*") if metadata is not None else ():
        namespace, _, name = str(element.tag).rpartition("}")
        if name in _METADATA and namespace.startswith("{http://purl.org/dc/"):
            event = next((str(v) for k, v in element.items() if str(k).endswith("event")), "")
            evidence = f"the book's dc:{name}" + (f" ({shortened(event, 20)})" if event else "")
            if event not in ("modification", "conversion"):
                yield from clue(_METADATA[name], "".join(map(str, element.itertext())), evidence)
