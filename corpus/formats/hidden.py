"""Text of a page that its readers cannot see: taken out of the tree, and reported.

This is where instructions to a language model hide. What cannot be known without fetching a style
sheet or running a script is taken as seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from corpus.formats.characters import shortened, visible
from corpus.formats.colours import (
    BLACK,
    WHITE,
    Colour,
    cannot_be_told,
    find_colour,
    is_clear,
    parse_colour,
)
from corpus.formats.styles import SCREEN_WIDTH, Declarations, Styles
from corpus.types import Notice

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# Never shown as text, so nothing is said of them.
SILENT = (
    "annotation", "annotation-xml", "applet", "audio", "button", "canvas", "datalist", "embed",
    "iframe", "input", "map", "noembed", "noframes", "noscript", "object", "option", "rp", "script",
    "select", "style", "svg", "template", "textarea", "video",
)  # fmt: skip
_STRUCK = frozenset({"del", "s", "strike"})
_TINY = 1.0  # pixels
_LEAST_SIZE = 8 / 3  # pixels, two points
_LEAST_SCALE = 0.1
_FAR = 500.0  # pixels
_FAR_FORWARD = 5000.0  # pixels: some pages are wide
_NORMAL_SIZE = 16.0  # pixels
_SAMPLES, _SAMPLE_LENGTH = 5, 90
_PIXELS = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "cm": 38, "mm": 3.8, "in": 96, "vh": 8,
           "vw": SCREEN_WIDTH / 100, "%": SCREEN_WIDTH / 100}  # fmt: skip
_LENGTH = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(px|pt|pc|cm|mm|in|vw|vh|r?em|ex|ch|%|)")
_FONT_SIZE = re.compile(r"(?:^|\s)(0|(?:\d+\.?\d*|\.\d+)(?:px|pt|r?em|%|vw))(?:\s*/|\s)")
_SIZES = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0}


@dataclass(frozen=True, slots=True)
class _Look:
    """How text looks, as far as an element hands it on to those within it. None is unknown."""

    visible: bool = True
    struck: bool = False
    colour: Colour | None = BLACK
    ground: Colour | None = WHITE
    clear: bool = False
    size: float = _NORMAL_SIZE  # pixels

    def within(self, element: Element, declared: Declarations) -> _Look:
        look = self
        if "visibility" in declared and declared["visibility"] != "inherit":
            look = replace(look, visible=declared["visibility"] not in ("hidden", "collapse"))
        lines = declared.get("text-decoration", "") + declared.get("text-decoration-line", "")
        if element.tag in _STRUCK or "line-through" in lines:
            look = replace(look, struck=True)
        size = declared.get("font-size") or _of_font(declared.get("font", ""))
        if size:
            look = replace(look, size=_font_size(size, look.size))
        return _coloured(look, declared)

    def reason(self) -> str | None:
        """Why text that looks so isn't seen, or none."""
        if not self.visible:
            return "not visible"
        if self.size < _LEAST_SIZE:
            return "letters of no size"
        if self.clear:
            return "transparent letters"
        if self.colour and self.ground and cannot_be_told(self.colour, self.ground):
            return "letters in the colour of their ground"
        return None


def drop_hidden(root: Element, sheets: Iterable[str]) -> tuple[Notice, ...]:
    """Takes what no reader sees, and what is struck out, out of a tree; says what it was.

    `sheets` are the page's own style sheets. Links to others are not followed.
    """
    styles = Styles(sheets)
    hidden: list[tuple[str, str]] = []
    struck: list[tuple[str, str]] = []
    pending = [(root, _Look())]
    while pending:
        element, look = pending.pop()
        declared = styles.of(element)
        gone = _gone(element, declared)
        if gone:
            hidden.append((visible(" ".join(map(str, element.itertext()))), gone))
            remove(element)
            continue
        look = look.within(element, declared)
        reason = look.reason()
        children = list(element)
        if reason or look.struck:
            words = _take_own_text(element, children)
            (hidden if reason else struck).append((visible(words), reason or "struck out"))
        pending += [(child, look) for child in reversed(children)]
    return unseen_notices(hidden, struck)


def remove(element: Element) -> None:
    """Takes an element out and leaves the text behind it in its place."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        element.clear()
        return
    # A space keeps the words on both sides apart.
    tail = f" {element.tail or ''}"
    if before is None:
        parent.text = (parent.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    element.tail = None
    parent.remove(element)


def unseen_notices(
    hidden: list[tuple[str, str]], struck: list[tuple[str, str]]
) -> tuple[Notice, ...]:
    """What is said of words that were left out: those that nobody sees, those that are struck out.

    Each comes with the reason why.
    """
    hidden, struck = [h for h in hidden if h[0]], [s for s in struck if s[0]]
    notices: list[Notice] = []
    if hidden:
        places = "one place" if len(hidden) == 1 else f"{len(hidden):,} places"
        notices.append(
            Notice(
                "hidden-text",
                f"Text that a reader cannot see was left out in {places}: {_samples(hidden)}."
                " Hidden text may hold instructions to a language model; ask why it is there.",
            )
        )
    if struck:
        notices.append(
            Notice(
                "struck-out",
                f"Words that are struck out were left out: {_samples(struck, reasons=False)}.",
            )
        )
    return tuple(notices)


def _samples(found: list[tuple[str, str]], reasons: bool = True) -> str:
    shown = [
        f"“{shortened(words, _SAMPLE_LENGTH)}”" + (f" ({reason})" if reasons else "")
        for words, reason in sorted(dict.fromkeys(found), key=lambda f: -len(f[0]))
    ]
    more = len(shown) - _SAMPLES
    return ", ".join(shown[:_SAMPLES]) + (f" and {more:,} more" if more > 0 else "")


def _take_own_text(element: Element, children: list[Element]) -> str:
    """The text between an element's children, which a space takes the place of."""
    words = [element.text or "", *(child.tail or "" for child in children)]
    element.text = " "
    for child in children:
        child.tail = " "
    return " ".join(words)


def _gone(element: Element, declared: Declarations) -> str | None:
    """Why an element isn't seen with all that is in it, or none."""
    if (
        "hidden" in element.attrib
        or "popover" in element.attrib
        or (element.tag == "dialog" and "open" not in element.attrib)
    ):
        return "marked as hidden"
    if element.get("aria-hidden", "").strip().lower() == "true":
        return "hidden from screen readers"
    if declared.get("display") == "none" or declared.get("content-visibility") == "hidden":
        return "not displayed"
    opacity = _LENGTH.match(declared.get("opacity", "1"))
    filtered = re.search(r"opacity\(\s*0*\.?0*%?\s*\)", declared.get("filter", ""))
    if filtered or (opacity and is_clear(float(opacity[1]) / (100 if opacity[2] == "%" else 1))):
        return "transparent"
    if _is_off_screen(declared):
        return "off the screen"
    return "clipped to nothing" if _is_clipped(declared) else None


def _is_off_screen(declared: Declarations) -> bool:
    names = ["text-indent", "margin-left", "margin-top", "translate"]
    if declared.get("position") in ("absolute", "fixed", "relative"):
        names += ["left", "top", "right", "bottom", "inset"]
    moved = [length for name in names for length in declared.get(name, "").split()]
    # Alike on both sides, or below, margins are for grounds and columns that text stays in.
    margins = declared.get("margin", "").split()
    moved += margins[:1] + margins[3:4]
    for lengths in re.findall(r"translate\w*\(([^()]*)\)", declared.get("transform", "")):
        moved += lengths.split(",")
    places = [_pixels(value) for value in moved]
    return any(at is not None and (at <= -_FAR or at >= _FAR_FORWARD) for at in places)


def _is_clipped(declared: Declarations) -> bool:
    scales = [*declared.get("scale", "").split(), *declared.get("zoom", "").split()]
    for factors in re.findall(r"(?:scale\w*|matrix)\(([^()]*)\)", declared.get("transform", "")):
        scales += factors.split(",")[:2]
    if any(_is_small(scale) for scale in scales[:1]) or _clips_all(declared.get("clip-path", "")):
        return True
    rectangle = re.fullmatch(r"rect\(([^()]*)\)", declared.get("clip", ""))
    if rectangle and declared.get("position") in ("absolute", "fixed"):
        sides = [_pixels(side) for side in re.split(r"[\s,]+", rectangle[1].strip())]
        if len(sides) == 4 and all(side is not None and abs(side) <= _TINY for side in sides):
            return True
    cut = {declared.get(name, "") for name in ("overflow", "overflow-x", "overflow-y")}
    names = ("width", "height", "max-width", "max-height", "block-size", "inline-size")
    sizes = [_pixels(declared.get(name, "")) for name in names]
    return bool(cut & {"hidden", "clip", "auto", "scroll"}) and any(
        size is not None and size <= _TINY for size in sizes
    )


def _is_small(scale: str) -> bool:
    found = re.fullmatch(r"\s*[+-]?(\d*\.?\d+)(%?)\s*", scale)
    return found is not None and float(found[1]) / (100 if found[2] else 1) < _LEAST_SCALE


def _clips_all(path: str) -> bool:
    """Whether a shape that clips leaves nothing: none has a width, or its edges meet."""
    shape, _, given = path.rstrip(")").partition("(")
    if shape == "polygon":
        return len({point.strip() for point in given.split(",")}) < 3
    if shape in ("circle", "ellipse"):
        return bool(re.match(r"\s*0(?![.\d])", given))
    if shape != "inset":
        return False
    sides = [re.fullmatch(r"(\d+\.?\d*)%", side) for side in given.partition("round")[0].split()]
    shares = [float(side[1]) if side else 0.0 for side in sides] or [0.0]
    top, right, bottom, left = [
        shares[at if at < len(shares) else at % 2 % len(shares)] for at in range(4)
    ]
    return top + bottom >= 100 or left + right >= 100


def _coloured(look: _Look, declared: Declarations) -> _Look:
    shorthand = declared.get("background", "")
    ground = find_colour(declared.get("background-color") or shorthand)
    if ground and ground[1] >= 0.5:
        look = replace(look, ground=ground[0])
    elif any(mark in shorthand + declared.get("background-image", "") for mark in ("url(", "grad")):
        look = replace(look, ground=None)
    if declared.get("background-clip") == "text" or "var(" in declared.get(
        "background-color", shorthand
    ):
        look = replace(look, ground=None)
    value = declared.get("-webkit-text-fill-color") or declared.get("color", "inherit")
    if value in ("inherit", "currentcolor"):
        return look
    colour = parse_colour(value)
    if colour is None:
        return replace(look, colour=None, clear=False)
    clear = is_clear(colour[1]) and declared.get("background-clip") != "text"
    return replace(look, colour=None if clear else colour[0], clear=clear)


def _of_font(shorthand: str) -> str:
    found = _FONT_SIZE.search(shorthand)
    return found[1] if found else ""


def _font_size(value: str, above: float) -> float:
    found = _LENGTH.fullmatch(value)
    if found is None:
        return _SIZES.get(value, above)
    if found[2] in ("em", "%"):
        return above * float(found[1]) / (100 if found[2] == "%" else 1)
    pixels = _pixels(value)
    return above if pixels is None else pixels


def _pixels(value: str) -> float | None:
    """A length in pixels; a share is taken of the screen's width, a font's size as the normal."""
    found = _LENGTH.fullmatch(value.strip())
    if found is None:
        return None
    return float(found[1]) * _PIXELS.get(found[2], _NORMAL_SIZE)
