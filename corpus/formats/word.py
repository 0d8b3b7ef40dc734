"""WordprocessingML: the words of a paragraph as its reader sees them, and what its styles say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from corpus.formats.characters import visible
from corpus.formats.colours import BLACK, WHITE, Colour, cannot_be_told, parse_colour

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
TEXT_BOX = f"{W}txbxContent"
_DELETED = (f"{W}del", f"{W}moveFrom")
_NO_WORDS = frozenset({TEXT_BOX, f"{W}pPr", f"{W}rPr", f"{W}rt", *_DELETED})
_WRITTEN = {f"{W}tab": " ", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_OFF = frozenset({"0", "false", "off", "none"})
_TINY = 4  # half-points
_LOW = 80  # twentieths of a point: lines and rows no higher than this show no letters
_NARROW = 10  # percent of a letter's width
_FAR = -5 * 1440  # twentieths of a point: left of every page
# What themes call the ground of a page and the letters on it; Word goes by this, not by `w:val`.
_THEMED = {"background1": WHITE, "light1": WHITE, "text1": BLACK, "dark1": BLACK}
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_MAX_BASES = 20


def value(element: Element | None) -> str:
    """What an element's `w:val` says, `""` where there is none."""
    return element.get(f"{W}val", "") if element is not None else ""


def at(element: Element, *path: str) -> Element | None:
    """The element at the end of a path of names, from an element downwards."""
    return element.find("/".join(f"{W}{name}" for name in path))


class WordStyles:
    """The styles of a document, each with those that it is based on."""

    def __init__(self, root: Element) -> None:
        """`root` is the `w:styles` element."""
        styles = [e for e in root if e.tag == f"{W}style"]
        self._styles = {style.get(f"{W}styleId", ""): style for style in styles}
        self._default = next(
            (
                s.get(f"{W}styleId", "")
                for s in styles
                if s.get(f"{W}type") == "paragraph" and s.get(f"{W}default") in ("1", "true", "on")
            ),
            "",
        )
        self._basics = at(root, "docDefaults", "rPrDefault")
        self.of_style = cache(self._of_style)

    def paragraph_style(self, paragraph: Element) -> str:
        """The id of a paragraph's style."""
        return value(at(paragraph, "pPr", "pStyle")) or self._default

    def name(self, paragraph: Element) -> str:
        """The name of a paragraph's style in lower case; built-in ones are English everywhere."""
        style = self._styles.get(self.paragraph_style(paragraph))
        return value(at(style, "name")).lower() if style is not None else ""

    def heading_level(self, paragraph: Element) -> int | None:
        """0 for a title, 1 to 9 for headings; none for what is no heading."""
        given = at(paragraph, "pPr", "outlineLvl")
        if given is None:
            for style in self._bases(self.paragraph_style(paragraph)):
                name = value(at(style, "name")).lower()
                if name == "title":
                    return 0
                if re.fullmatch(r"heading [1-9]", name):
                    return int(name[-1])
                given = at(style, "pPr", "outlineLvl")
                if given is not None:
                    break
        return int(value(given)) + 1 if value(given) in set("012345678") else None

    def of_run(self, run: Element, paragraph: Element, name: str) -> Element | None:
        """The property of a run: its own, else that of its style or of its paragraph's."""
        own = at(run, "rPr", name)
        if own is not None:
            return own
        style = value(at(run, "rPr", "rStyle"))
        found = self.of_style(style, "rPr", name) if style else None
        if found is None:
            found = self.of_style(self.paragraph_style(paragraph), "rPr", name)
        if found is None and self._basics is not None:
            found = at(self._basics, "rPr", name)
        return found

    def heads_first_row(self, table: Element) -> bool:
        """Whether the style of a table sets its first row apart."""
        look = at(table, "tblPr", "tblLook")
        wanted = look is None or look.get(f"{W}firstRow", "1") not in _OFF
        return wanted and any(
            part.get(f"{W}type") == "firstRow"
            for style in self._bases(value(at(table, "tblPr", "tblStyle")))
            for part in style.iter(f"{W}tblStylePr")
        )

    def shades(self, table: Element) -> bool:
        """Whether the style of a table gives any of its cells a ground."""
        return any(
            next(style.iter(f"{W}shd"), None) is not None
            for style in self._bases(value(at(table, "tblPr", "tblStyle")))
        )

    def _of_style(self, style: str, part: str, name: str) -> Element | None:
        found = (at(base, part, name) for base in self._bases(style))
        return next((f for f in found if f is not None), None)

    def _bases(self, style: str) -> Iterator[Element]:
        for _ in range(_MAX_BASES):
            element = self._styles.get(style)
            if element is None:
                return
            yield element
            style = value(at(element, "basedOn"))


@dataclass
class Words:
    """Reads the words of paragraphs and remembers what it left out."""

    styles: WordStyles
    hidden: list[tuple[str, str]] = field(default_factory=list)
    struck: list[tuple[str, str]] = field(default_factory=list)

    def of(self, paragraph: Element) -> str:
        """What a reader sees of a paragraph, without its text boxes; line breaks as `\\n`."""
        from lxml import etree

        words: list[str] = []
        unseen: dict[str, list[str]] = {}
        walk = etree.iterwalk(paragraph, events=("start",))
        for _, element in walk:
            if element.tag in _NO_WORDS:
                walk.skip_subtree()
            elif element.tag == f"{W}r" and (reason := self._unseen(element, paragraph)):
                unseen.setdefault(reason, []).append("".join(_letters(element)))
                walk.skip_subtree()
            else:
                words.append(_letter(element))
        for reason, parts in unseen.items():
            found = self.struck if reason == "struck out" else self.hidden
            found.append((visible("".join(parts)), reason))
        return "".join(words)

    def _unseen(self, run: Element, paragraph: Element) -> str | None:
        """Why a run is not to be read, or none."""

        def on(name: str) -> bool:
            found = self.styles.of_run(run, paragraph, name)
            return found is not None and value(found) not in _OFF

        if on("vanish"):
            return "formatted as hidden"
        size = value(self.styles.of_run(run, paragraph, "sz"))
        width = value(self.styles.of_run(run, paragraph, "w"))
        if (size.isdecimal() and int(size[:6]) < _TINY) or (
            width.isdecimal() and int(width[:6]) < _NARROW
        ):
            return "letters of no size"
        if _is_clear(run):
            return "transparent letters"
        if reason := _out_of_sight(paragraph):
            return reason
        colour = _letters_colour(self.styles.of_run(run, paragraph, "color"))
        if colour is not None:
            ground = self._ground(run, paragraph)
            if ground is not None and cannot_be_told(colour, ground):
                return "letters in the colour of their ground"
        return "struck out" if on("strike") or on("dstrike") else None

    def _ground(self, run: Element, paragraph: Element) -> Colour | None:
        """The colour behind a run; none where it cannot be known."""
        highlight = parse_colour(value(self.styles.of_run(run, paragraph, "highlight")))
        if highlight is not None:
            return highlight[0]
        style = self.styles.paragraph_style(paragraph)
        for shading in (
            self.styles.of_run(run, paragraph, "shd"),
            at(paragraph, "pPr", "shd"),
            self.styles.of_style(style, "pPr", "shd"),
        ):
            if shading is not None and (fill := _colour(shading.get(f"{W}fill", ""))):
                return fill
        return self._ground_behind(paragraph)

    def _ground_behind(self, paragraph: Element) -> Colour | None:
        for above in paragraph.iterancestors(f"{W}tc", f"{W}tbl", TEXT_BOX):
            if above.tag == TEXT_BOX:
                return None
            shading = at(above, f"{above.tag[len(W) :]}Pr", "shd")
            if shading is not None and (fill := _colour(shading.get(f"{W}fill", ""))):
                return fill
            if above.tag == f"{W}tbl" and self.styles.shades(above):
                return None
        return WHITE


def simplify(root: Element) -> None:
    """Takes away what stands between blocks and their parents, and what was deleted as a whole.

    Content controls give way to what is in them, tables of contents vanish, and of two
    renderings of a drawing the first stays.
    """
    for fallback in list(root.iter(f"{COMPATIBILITY}Fallback")):
        beside = fallback.getparent()
        if beside is not None and beside.find(f"{COMPATIBILITY}Choice") is not None:
            beside.remove(fallback)
    for control in list(root.iter(f"{W}sdt")):
        parent, content = control.getparent(), at(control, "sdtContent")
        if parent is None:
            continue
        gallery = value(at(control, "sdtPr", "docPartObj", "docPartGallery"))
        if content is not None and gallery != "Table of Contents":
            for child in list(content):
                control.addprevious(child)
        parent.remove(control)
    for row in list(root.iter(f"{W}tr")):
        parent = row.getparent()
        if parent is not None and at(row, "trPr", "del") is not None:
            parent.remove(row)


def _letters(run: Element) -> Iterator[str]:
    return (_letter(element) for element in run.iter())


def _letter(element: Element) -> str:
    if element.tag in (f"{W}t", f"{MATH}t"):
        return element.text or ""
    return _WRITTEN.get(str(element.tag), "")


def _out_of_sight(paragraph: Element) -> str | None:
    """Why nothing of a paragraph is seen: by where it stands, or by how high its lines are."""
    spacing, indent = at(paragraph, "pPr", "spacing"), at(paragraph, "pPr", "ind")
    exact = spacing is not None and spacing.get(f"{W}lineRule") == "exact"
    if exact and _number(spacing, "line", _LOW + 1) <= _LOW:
        return "lines of no height"
    if indent is not None and min(_number(indent, n, 0) for n in ("left", "start")) <= _FAR:
        return "off the page"
    for row in paragraph.iterancestors(f"{W}tr"):
        height = at(row, "trPr", "trHeight")
        low = height is not None and height.get(f"{W}hRule") == "exact"
        if low and _number(height, "val", _LOW + 1) <= _LOW:
            return "a row of no height"
        hidden = at(row, "trPr", "hidden")
        if hidden is not None and value(hidden) not in _OFF:
            return "formatted as hidden"
    for shape in paragraph.iterancestors("{*}shape", "{*}rect"):
        if re.search(r"visibility:\s*hidden|mso-hide:\s*all", shape.get("style", "")):
            return "formatted as hidden"
    return None


def _number(element: Element | None, name: str, otherwise: int) -> int:
    given = element.get(f"{W}{name}", "") if element is not None else ""
    return int(given) if re.fullmatch(r"-?[0-9]{1,9}", given) else otherwise


def _is_clear(run: Element) -> bool:
    """Whether the letters of a run are filled with nothing, or with what is seen through."""
    fill = run.find(f"{W}rPr/{W14}textFill")
    if fill is None:
        return False
    shares = [alpha.get(f"{W14}val", "") for alpha in fill.iter(f"{W14}alpha")]
    through = any(share.isdecimal() and int(share[:9]) >= 90_000 for share in shares)
    return through or fill.find(f"{W14}noFill") is not None


def _letters_colour(element: Element | None) -> Colour | None:
    theme = element.get(f"{W}themeColor", "") if element is not None else ""
    return _THEMED.get(theme) or _colour(value(element))


def _colour(code: str) -> Colour | None:
    found = parse_colour(f"#{code}") if re.fullmatch(r"[0-9A-Fa-f]{6}", code) else None
    return found[0] if found else None
