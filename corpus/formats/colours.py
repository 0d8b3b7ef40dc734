"""Colours, and whether letters of one can be told from a ground of another."""

from __future__ import annotations

import colorsys
import re

Colour = tuple[float, float, float]  # red, green, blue, each 0..1

WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
# As WCAG measures it, from 1 (the same) to 21; readable text has 4.5, pale grey on white 1.2.
LEAST_CONTRAST = 1.15
_MOSTLY_CLEAR = 0.1

_NAMED = {
    "white": "ffffff", "snow": "fffafa", "ivory": "fffff0", "floralwhite": "fffaf0",
    "ghostwhite": "f8f8ff", "whitesmoke": "f5f5f5", "seashell": "fff5ee", "mintcream": "f5fffa",
    "azure": "f0ffff", "aliceblue": "f0f8ff", "honeydew": "f0fff0", "lavenderblush": "fff0f5",
    "oldlace": "fdf5e6", "linen": "faf0e6", "lightyellow": "ffffe0", "beige": "f5f5dc",
    "black": "000000", "silver": "c0c0c0", "gray": "808080", "grey": "808080", "red": "ff0000",
    "maroon": "800000", "yellow": "ffff00", "olive": "808000", "lime": "00ff00",
    "green": "008000", "aqua": "00ffff", "cyan": "00ffff", "teal": "008080", "blue": "0000ff",
    "navy": "000080", "fuchsia": "ff00ff", "magenta": "ff00ff", "purple": "800080",
    "orange": "ffa500", "darkgray": "a9a9a9", "darkgrey": "a9a9a9", "lightgray": "d3d3d3",
    "lightgrey": "d3d3d3", "gainsboro": "dcdcdc", "darkblue": "00008b", "darkred": "8b0000",
    "darkgreen": "006400", "midnightblue": "191970", "brown": "a52a2a",
}  # fmt: skip
_FUNCTION = re.compile(r"(rgb|hsl)a?\(([^()]*)\)")
_NUMBER = re.compile(r"([+-]?\d*\.?\d+)(%|deg)?")


def parse_colour(value: str) -> tuple[Colour, float] | None:
    """A colour of a style sheet and its opacity (0..1); none where it isn't understood."""
    value = value.strip().lower()
    if value == "transparent":
        return WHITE, 0.0
    value = f"#{_NAMED[value]}" if value in _NAMED else value
    if re.fullmatch(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", value):
        digits = value[1:] if len(value) > 5 else "".join(d * 2 for d in value[1:])
        parts = [int(digits[i : i + 2], 16) / 255 for i in range(0, len(digits), 2)]
        return (parts[0], parts[1], parts[2]), parts[3] if len(parts) > 3 else 1.0
    function = _FUNCTION.fullmatch(value)
    numbers = _NUMBER.findall(function[2]) if function else []
    if function is None or len(numbers) < 3:
        return None
    opacity = _share(numbers[3], 1) if len(numbers) > 3 else 1.0
    if function[1] == "rgb":
        red, green, blue = (_share(n, 255) for n in numbers[:3])
        return (red, green, blue), opacity
    hue = float(numbers[0][0]) % 360 / 360
    return colorsys.hls_to_rgb(hue, _share(numbers[2], 100), _share(numbers[1], 100)), opacity


def find_colour(value: str) -> tuple[Colour, float] | None:
    """The first colour in a shorthand such as `#fff url(x) no-repeat`."""
    for word in re.findall(r"(?:rgb|hsl)a?\([^()]*\)|[#\w-]+", value.lower()):
        found = parse_colour(word)
        if found is not None:
            return found
    return None


def is_clear(opacity: float) -> bool:
    """Whether next to nothing is seen of something with that opacity."""
    return opacity < _MOSTLY_CLEAR


def cannot_be_told(text: Colour, ground: Colour) -> bool:
    """Whether letters of a colour disappear on a ground."""
    light, dark = sorted((_luminance(text), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05) < LEAST_CONTRAST and all(
        abs(a - b) < 0.2 for a, b in zip(text, ground, strict=True)
    )


def _share(given: tuple[str, str], whole: int) -> float:
    number, unit = given
    return min(1.0, max(0.0, float(number) / (100 if unit == "%" else whole)))


def _luminance(colour: Colour) -> float:
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
