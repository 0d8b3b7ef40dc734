"""The formats that are read: how each is recognised by its content, and which module reads it."""

from __future__ import annotations

import importlib
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import PurePath

from corpus.errors import CorpusError
from corpus.formats.language import language_clue
from corpus.types import Extract, Notice

_HEAD = 64 * 1024
_PDF = re.compile(rb"%PDF-\d")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html)\b", re.I)
_TAG = re.compile(rb"<(?:html|head|body|div|p|article|section|table|h[1-6]|span|br|a|ul)\b", re.I)


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, its endings in lower case, and `module:function` that reads it."""

    name: str
    endings: tuple[str, ...]
    reader: str

    def read(self, raw: bytes) -> Extract:
        """The text of a file of this format.

        Raises:
            CorpusError: it is refused; the message says why.
        """
        module, function = self.reader.split(":")
        found: Callable[[bytes], Extract] = getattr(importlib.import_module(module), function)
        return found(raw)


PDF = Format("PDF", (".pdf",), "corpus.formats.pdf:read")
DOCX = Format("DOCX", (".docx",), "corpus.formats.docx:read")
EPUB = Format("EPUB", (".epub",), "corpus.formats.epub:read")
HTML = Format("HTML", (".html", ".htm", ".xhtml"), "corpus.formats.html:read")
MARKDOWN = Format("Markdown", (".md", ".markdown"), "corpus.formats.text:read_markdown")
TEXT = Format("plain text", (".txt",), "corpus.formats.text:read")

FORMATS = (PDF, DOCX, EPUB, HTML, MARKDOWN, TEXT)
# Endings of what is read in isolation; Markdown and plain text need no foreign library.
FOREIGN = frozenset(ending for known in (PDF, DOCX, EPUB, HTML) for ending in known.endings)
_LIBRARIES = (
    "encodings.cp1252",
    "encodings.utf_16",
    "encodings.utf_32",
    "pypdfium2",
    "lxml.html",
    "trafilatura",
    "docx",
    "corpus.readers",
    "corpus.sentences",
)

_OTHERS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an older or password-protected Office file"),
    (b"{\\rtf", "RTF"),
    (b"%!PS", "PostScript"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
)


def prepare() -> None:
    """Load all that reading needs, so that children of this process load nothing more."""
    for module in (*_LIBRARIES, *(known.reader.split(":")[0] for known in FORMATS)):
        importlib.import_module(module)
    language_clue("the model of languages is loaded with the first text " * 5)


def read(raw: bytes, name: str) -> Extract:
    """The text of a file, read as what its content is, whatever its ending says.

    Raises:
        CorpusError: its content is of no format that is read, or its reader refuses it.
    """
    ending = PurePath(name).suffix.lower()
    found = recognise(raw, ending)
    if found is None:
        raise _unknown(raw, name)
    extract = found.read(raw)
    if all(clue.key != "language" for clue in extract.clues):
        extract = replace(extract, clues=extract.clues + language_clue(extract.text))
    if ending in found.endings or not ending:
        return extract
    notice = Notice(
        "wrong-ending",
        f"The name ends in {ending}, but the content is {found.name} and was read as that."
        f" Check that this is the file you meant.",
    )
    return replace(extract, notices=(notice, *extract.notices))


def recognise(raw: bytes, ending: str) -> Format | None:
    """The format of a file by its content; the ending decides only between kinds of text."""
    textual = ending in MARKDOWN.endings + TEXT.endings
    if _PDF.match(raw.lstrip()) or (not textual and _PDF.search(raw, 0, 1024)):
        return PDF
    if raw.startswith(b"PK"):
        return _zipped(raw)
    if any(raw.startswith(magic) for magic, _ in _OTHERS):
        return None
    head = raw[:_HEAD]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.replace(b"\0", b"")[2:]
    elif b"\0" in raw:
        return None
    if _PAGE.match(_after_comments(head.removeprefix(b"\xef\xbb\xbf"))):
        return HTML
    if ending in HTML.endings and _TAG.search(head):
        return HTML
    return MARKDOWN if ending in MARKDOWN.endings else TEXT


def _after_comments(head: bytes) -> bytes:
    """What follows white space, an XML declaration and comments."""
    at = 0
    while True:
        at = len(head) - len(head[at:].lstrip())
        closing = b"?>" if head.startswith(b"<?xml", at) else b"-->"
        if not head.startswith((b"<?xml", b"<!--"), at) or (end := head.find(closing, at)) < 0:
            return head[at:]
        at = end + len(closing)


def _zipped(raw: bytes) -> Format | None:
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            names = archive.namelist()
            if "mimetype" in names:
                with archive.open("mimetype") as file:
                    if file.read(64).strip() == b"application/epub+zip":
                        return EPUB
            if "[Content_Types].xml" in names and any(n.startswith("word/") for n in names):
                return DOCX
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError):
        return None
    return None


def _unknown(raw: bytes, name: str) -> CorpusError:
    what = next((said for magic, said in _OTHERS if raw.startswith(magic)), "binary data")
    return CorpusError(
        f"{PurePath(name).name} is not what is read here: its content is {what}.",
        "Save it as PDF, DOCX, HTML, EPUB, Markdown or plain text, without a password.",
    )
