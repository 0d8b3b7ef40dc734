"""What a reader sees of a page of a PDF: drawn objects, colours, and words that do not show.

Words that may be hidden (by colour, by what is drawn over them, by layers) are put to the proof:
the page is drawn with and without them, and where nothing changes, nothing was to be seen.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]

_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_INVISIBLE, _CLIPPING = 3, 7
# Objects within objects within objects: deeper ones are not looked at.
_DEEPEST = 8
# Pixels per point of the proof, and how far a grey must change (of 255) to be seen to change.
_SCALE, _CHANGE = 1.5, 20
_MOST_PIXELS = 4_000_000
_NEAR_WHITE, _ALIKE, _FAINT = 215, 24, 40
# Thinner areas are lines, and shorter lines separate no rows; in points.
_THIN, _SHORT = 2.0, 20
# A box is drawn from its first point round to it again.
_BOX_POINTS = 5


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a page that is shown, and how it is turned; sizes in points as it is seen."""

    left: float
    bottom: float
    right: float
    top: float
    turns: int

    @classmethod
    def of(cls, page: Any) -> Frame:
        """The frame of a page of pypdfium2."""
        left, bottom, right, top = page.get_bbox()
        return cls(left, bottom, right, top, (page.get_rotation() // 90) % 4)

    @property
    def width(self) -> float:
        """From left to right, as it is seen."""
        return (self.top - self.bottom) if self.turns % 2 else (self.right - self.left)

    @property
    def height(self) -> float:
        """From bottom to top, as it is seen."""
        return (self.right - self.left) if self.turns % 2 else (self.top - self.bottom)

    def upright(self, left: float, bottom: float, right: float, top: float) -> Box:
        """A box of the page's own coordinates (left, bottom, right, top) as it is seen."""
        x0, x1, y0, y1 = (
            left - self.left,
            right - self.left,
            bottom - self.bottom,
            top - self.bottom,
        )
        wide, high = self.right - self.left, self.top - self.bottom
        if self.turns == 1:
            return (y0, wide - x1, y1, wide - x0)
        if self.turns == 2:
            return (wide - x1, high - y1, wide - x0, high - y0)
        if self.turns == 3:
            return (high - y1, x0, high - y0, x1)
        return (x0, y0, x1, y1)

    def holds(self, box: Box) -> bool:
        """Whether the middle of an upright box lies on the page."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return 0 <= x <= self.width and 0 <= y <= self.height


@dataclass(frozen=True, slots=True)
class Style:
    """How a text object is drawn. `order` counts what is drawn before it.

    `odd` is whether layers, masks or a font of drawings may keep it from being seen; `within` are
    the boxes that it is clipped to, None where that is no box.
    """

    pointer: Any
    order: int
    bold: bool
    mode: int
    fill: tuple[int, int, int, int] | None
    odd: bool
    within: tuple[Box, ...] | None


@dataclass(slots=True)
class Survey:
    """What is drawn on a page: text objects by address, covering areas, heights of rules.

    `drawn` is whether there is anything but text.
    """

    styles: dict[int, Style] = field(default_factory=dict)
    covers: list[tuple[int, Box]] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    fills: set[tuple[int, int, int]] = field(default_factory=set)
    rules: set[float] = field(default_factory=set)
    drawn: bool = False


def survey(page: Any, frame: Frame) -> Survey:
    """Everything that is drawn on a page of pypdfium2, also inside of forms."""
    from pypdfium2 import raw

    found = Survey()
    bold: dict[int, bool] = {}
    for order, (pointer, matrix) in enumerate(_objects(page.raw)):
        kind = raw.FPDFPageObj_GetType(pointer)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            found.styles[address(pointer)] = _style(pointer, order, bold, matrix, frame)
            continue
        found.drawn = True
        box = _box(pointer, matrix, frame)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            _add_path(found, pointer, order, box)
        elif kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING):
            found.covers.append((order, box))
            if kind == raw.FPDF_PAGEOBJ_IMAGE:
                found.pictures.append(box)
    return found


def address(pointer: Any) -> int:
    """The address of an object of PDFium; 0 for none."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


def unseen(page: Any, frame: Frame, found: Survey, words: Iterable[tuple[int, Box]]) -> set[int]:
    """Positions in `words` (address of the text object, upright box) of those that do not show."""
    doubtful: dict[int, Box] = {}
    pointers: dict[int, Any] = {}
    hidden: set[int] = set()
    for at, (source, box) in enumerate(words):
        style = found.styles.get(source)
        if style is None:
            # What PDFium made up itself comes from no object; other ones lie too deep to be known.
            hidden |= {at} if source else set()
        elif style.mode in (_INVISIBLE, _CLIPPING):
            hidden.add(at)
        elif _is_doubtful(style, box, found):
            doubtful[at] = box
            pointers[source] = style.pointer
    if doubtful:
        hidden |= _unchanged(page, frame, list(pointers.values()), doubtful)
    return hidden


def _is_doubtful(style: Style, box: Box, found: Survey) -> bool:
    if style.odd or style.fill is None or style.fill[3] < _FAINT:
        return True
    if style.within is None or not all(_holds(clip, box) for clip in style.within):
        return True
    colour = style.fill[:3]
    if min(colour) > _NEAR_WHITE:
        return True
    if any(all(abs(a - b) < _ALIKE for a, b in zip(colour, f, strict=True)) for f in found.fills):
        return True
    return any(order > style.order and _overlap(box, cover) for order, cover in found.covers)


def _holds(outer: Box, box: Box) -> bool:
    """Whether a box lies inside of another, but for a part of a letter's height."""
    slack = 0.3 * (box[3] - box[1]) + 1
    return (
        outer[0] - slack <= box[0]
        and outer[1] - slack <= box[1]
        and box[2] <= outer[2] + slack
        and box[3] <= outer[3] + slack
    )


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _unchanged(page: Any, frame: Frame, texts: list[Any], boxes: dict[int, Box]) -> set[int]:
    """Which boxes look the same when these texts are taken from the page."""
    import numpy as np
    from pypdfium2 import raw

    scale = min(_SCALE, math.sqrt(_MOST_PIXELS / (frame.width * frame.height + 1)))

    def drawn() -> Any:
        return page.render(scale=scale, grayscale=True).to_numpy().astype(np.int16)

    before = drawn()
    for pointer in texts:
        raw.FPDFPageObj_SetIsActive(pointer, False)
    change = np.abs(before - drawn()) > _CHANGE
    for pointer in texts:
        raw.FPDFPageObj_SetIsActive(pointer, True)
    high, wide = change.shape

    def seen(box: Box) -> bool:
        x0, x1 = max(0, int(box[0] * scale)), min(wide, int(box[2] * scale) + 1)
        y0 = max(0, int((frame.height - box[3]) * scale))
        y1 = min(high, int((frame.height - box[1]) * scale) + 1)
        return bool(change[y0:y1, x0:x1].any())

    return {at for at, box in boxes.items() if not seen(box)}


def _style(pointer: Any, order: int, bold: dict[int, bool], matrix: Matrix, frame: Frame) -> Style:
    from pypdfium2 import raw

    font = raw.FPDFTextObj_GetFont(pointer)
    key = address(font)
    if key not in bold:
        bold[key] = _is_bold(font)
    odd = (
        (raw.FPDFPageObj_CountMarks(pointer) > 0 and _has_layer(pointer))
        or bool(raw.FPDFPageObj_HasTransparency(pointer))
        # Only fonts whose letters are drawings have no name.
        or raw.FPDFFont_GetBaseFontName(font, None, 0) <= 1
    )
    mode = raw.FPDFTextObj_GetTextRenderMode(pointer)
    within = _clips(pointer, matrix, frame)
    return Style(pointer, order, bold[key], mode, _colour(pointer), odd, within)


def _clips(pointer: Any, matrix: Matrix, frame: Frame) -> tuple[Box, ...] | None:
    from pypdfium2 import raw

    clip = raw.FPDFPageObj_GetClipPath(pointer)
    boxes: list[Box] = []
    for path in range(max(0, raw.FPDFClipPath_CountPaths(clip))):
        points: list[tuple[float, float]] = []
        for at in range(max(0, raw.FPDFClipPath_CountPathSegments(clip, path))):
            x, y = ctypes.c_float(), ctypes.c_float()
            segment = raw.FPDFClipPath_GetPathSegment(clip, path, at)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            points.append((x.value, y.value))
        xs, ys = {x for x, _ in points}, {y for _, y in points}
        if len(points) > _BOX_POINTS or not (0 < len(xs) <= 2 and 0 < len(ys) <= 2):
            return None
        boxes.append(_moved((min(xs), min(ys), max(xs), max(ys)), matrix, frame))
    return tuple(boxes)


def _is_bold(font: Any) -> bool:
    from pypdfium2 import raw

    if raw.FPDFFont_GetWeight(font) >= 600:
        return True
    name = ctypes.create_string_buffer(200)
    raw.FPDFFont_GetBaseFontName(font, name, 200)
    return any(word in name.value.lower() for word in (b"bold", b"black", b"heavy", b"demi"))


def _has_layer(pointer: Any) -> bool:
    from pypdfium2 import raw

    name = (ctypes.c_ushort * 8)()
    size = ctypes.c_ulong()
    for at in range(raw.FPDFPageObj_CountMarks(pointer)):
        mark = raw.FPDFPageObj_GetMark(pointer, at)
        told = raw.FPDFPageObjMark_GetName(mark, name, ctypes.sizeof(name), size)
        if told and bytes(name).decode("utf-16-le").split("\0")[0] == "OC":
            return True
    return False


def _add_path(found: Survey, pointer: Any, order: int, box: Box) -> None:
    from pypdfium2 import raw

    left, bottom, right, top = box
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(pointer, fill, stroke)
    colour = _colour(pointer) if fill.value else None
    white = colour is not None and min(colour[:3]) > _NEAR_WHITE
    if right - left > _SHORT and (stroke.value or (fill.value and not white)):
        found.rules |= {round(bottom, 1), round(top, 1)}
    if fill.value and min(right - left, top - bottom) >= _THIN:
        found.covers.append((order, box))
        if colour is not None and not white:
            found.fills.add(colour[:3])


def _colour(pointer: Any) -> tuple[int, int, int, int] | None:
    from pypdfium2 import raw

    parts = [ctypes.c_uint() for _ in range(4)]
    if not raw.FPDFPageObj_GetFillColor(pointer, *parts):
        return None
    red, green, blue, alpha = (part.value for part in parts)
    return red, green, blue, alpha


def _objects(page: Any) -> Iterator[tuple[Any, Matrix]]:
    """All objects that are drawn, in order, with the matrix of the forms that they lie in."""
    from pypdfium2 import raw

    def below(
        count: int, get: Callable[[int], Any], outer: Matrix, depth: int
    ) -> Iterator[tuple[Any, Matrix]]:
        for at in range(count):
            pointer = get(at)
            if raw.FPDFPageObj_GetType(pointer) != raw.FPDF_PAGEOBJ_FORM:
                yield pointer, outer
            elif depth < _DEEPEST:
                own = raw.FS_MATRIX()
                raw.FPDFPageObj_GetMatrix(pointer, own)
                inner = _times((own.a, own.b, own.c, own.d, own.e, own.f), outer)
                parts = raw.FPDFFormObj_CountObjects(pointer)

                def part(i: int, form: Any = pointer) -> Any:
                    return raw.FPDFFormObj_GetObject(form, i)

                yield from below(parts, part, inner, depth + 1)

    def top(i: int) -> Any:
        return raw.FPDFPage_GetObject(page, i)

    return below(raw.FPDFPage_CountObjects(page), top, _IDENTITY, 0)


def _times(a: Matrix, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _box(pointer: Any, matrix: Matrix, frame: Frame) -> Box:
    from pypdfium2 import raw

    edges = [ctypes.c_float() for _ in range(4)]
    raw.FPDFPageObj_GetBounds(pointer, *edges)
    left, bottom, right, top = (edge.value for edge in edges)
    return _moved((left, bottom, right, top), matrix, frame)


def _moved(box: Box, matrix: Matrix, frame: Frame) -> Box:
    """A box within forms, upright as it is seen."""
    left, bottom, right, top = box
    a, b, c, d, e, f = matrix
    corners = [(x * a + y * c + e, x * b + y * d + f) for x in (left, right) for y in (bottom, top)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return frame.upright(min(xs), min(ys), max(xs), max(ys))
