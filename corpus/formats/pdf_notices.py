"""What a curator must know about a PDF that was read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from corpus.formats.lines import Page
from corpus.formats.pdf_page import Seen
from corpus.types import Notice

_ACTIVE = (
    (re.compile(rb"/S\s*/JavaScript|/JavaScript\b"), "JavaScript"),
    (re.compile(rb"/S\s*/Launch\b"), "actions that start programs"),
    (re.compile(rb"/EmbeddedFiles?\b"), "embedded files"),
    (re.compile(rb"/RichMedia\b"), "embedded media"),
)
# The bit of a PDF's permissions that lets text be copied.
_MAY_COPY = 1 << 4
_QUOTED = 160
# The share of letters without a meaning above which a page is not to be trusted.
_UNMAPPED = 0.05


def file_notices(document: Any, raw: bytes, lost: Sequence[int]) -> Iterator[Notice]:
    """Notices about the file as a whole; `lost` are the pages that could not be read."""
    active = _active(document, raw)
    if active:
        yield Notice(
            "active-content",
            f"The PDF holds {', '.join(active)}; none of it was run or opened. Text that only"
            " they would show is missing. Do not open the original outside of a safe viewer.",
        )
    if _is_restricted(document):
        yield Notice(
            "restricted",
            "The PDF asks programs not to let its text be copied. Check that it may be used.",
        )
    if _has_form(document):
        yield Notice(
            "form",
            "The PDF is a form; what was filled in may be missing. Print it into a new PDF and add"
            " that if it matters.",
        )
    if lost or b"%%EOF" not in raw[-2048:]:
        yield Notice(
            "damaged",
            "The PDF is damaged or breaks off; text may be missing. Get the file again if you can.",
            tuple(lost),
        )


def page_notices(
    seen: Sequence[Seen], pages: Sequence[Page], running: Mapping[str, Sequence[int]]
) -> Iterator[Notice]:
    """Notices about pages; `pages` are those of `seen` without the lines in `running`."""
    read = zip(seen, pages, strict=True)
    empty = tuple(s.page.number for s, p in read if s.drawn and not p.lines and not s.hidden)
    if empty:
        yield Notice(
            "no-text",
            "These pages have pictures or drawings but no text: scans, most likely. To have their"
            " text, run text recognition (for example: ocrmypdf in.pdf out.pdf) and add what"
            " comes out.",
            empty,
        )
    hidden = [one for one in seen if one.hidden]
    if hidden:
        yield Notice(
            "hidden-text",
            "Text that no reader would see was left out (its colour, its size, what covers it, or"
            f" its place off the page). It begins: “{_begin(hidden[0].hidden)}”.",
            tuple(one.page.number for one in hidden),
        )
    recognised = tuple(one.page.number for one in seen if one.recognised)
    if recognised:
        yield Notice(
            "ocr-layer",
            "The text of these pages was recognised from a scan by a program. Compare what you"
            " cite with the picture.",
            recognised,
        )
    unmapped = tuple(one.page.number for one in seen if _is_garbled(one))
    if unmapped:
        yield Notice(
            "unreadable-letters",
            "The PDF does not say which letters stand on these pages, so words are missing or"
            " garbled. Run text recognition on it (ocrmypdf --force-ocr) and add what comes out.",
            unmapped,
        )
    if running:
        shown = "; ".join(f"“{line[:80]}”" for line in list(running)[:6])
        more = f" and {len(running) - 6} more" if len(running) > 6 else ""
        yield Notice(
            "running-lines",
            f"Lines that return on many pages were left out (# is a number): {shown}{more}.",
            tuple(sorted({number for numbers in running.values() for number in numbers})),
        )


def _active(document: Any, raw: bytes) -> list[str]:
    from pypdfium2 import raw as pdfium

    found = [name for pattern, name in _ACTIVE if pattern.search(raw)]
    if pdfium.FPDFDoc_GetJavaScriptActionCount(document.raw) > 0:
        found.append("JavaScript")
    if pdfium.FPDFDoc_GetAttachmentCount(document.raw) > 0:
        found.append("embedded files")
    return list(dict.fromkeys(found))


def _is_restricted(document: Any) -> bool:
    from pypdfium2 import raw as pdfium

    encrypted = pdfium.FPDF_GetSecurityHandlerRevision(document.raw) >= 0
    return encrypted and not pdfium.FPDF_GetDocPermissions(document.raw) & _MAY_COPY


def _has_form(document: Any) -> bool:
    from pypdfium2 import raw as pdfium

    return bool(pdfium.FPDF_GetFormType(document.raw) != pdfium.FORMTYPE_NONE)


def _is_garbled(one: Seen) -> bool:
    letters = sum(len(line.text) for line in one.page.lines)
    return one.unmapped > _UNMAPPED * (letters + one.unmapped)


def _begin(text: str) -> str:
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"
