"""Characters that a reader cannot see: taken out of visible text, and reported."""

from __future__ import annotations

import re
from collections import Counter

from corpus.types import Notice

# Joiners are letters' business in Arabic and Indic scripts and between emoji, so there they stay.
_JOINED = "[\u0600-\u1fff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]"
_ODD = re.compile(
    "(?P<zero>[\u200b\u2060-\u2064\u180e\ufeff\u034f\u115f\u1160\u3164\uffa0]"
    f"|(?<!{_JOINED})[\u200c\u200d]|[\u200c\u200d](?!{_JOINED}))"
    "|(?P<direction>[\u202a-\u202e\u2066-\u2069])"
    "|(?P<tag>[\U000e0000-\U000e007f])"
    "|(?P<variation>[\U000e0100-\U000e01ef]|[\ufe00-\ufe0f]{2,})"
    "|(?P<none>[\ud800-\udfff\ufffe\uffff\ufff9-\ufffb\u206a-\u206f])"
)
_NAMES = {
    "zero": "of no width",
    "direction": "that turn the direction of reading",
    "tag": "from the block of invisible tags",
    "variation": "that select variants",
    "none": "that stand for nothing",
}
# Soft hyphens and marks of direction are typesetting: they go without a word.
_SILENT = re.compile("[\u00ad\u200e\u200f\u061c]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class OddCharacters:
    """Takes invisible characters out of text and counts them."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._spelled: list[str] = []

    def take_out(self, text: str) -> str:
        """The text without them; control characters become spaces (tabs and line ends stay)."""

        def count(match: re.Match[str]) -> str:
            kind = match.lastgroup or ""
            self._counts[kind] += len(match[0])
            if kind == "tag" and len(self._spelled) < 200 and 0x20 <= ord(match[0]) & 0x7F < 0x7F:
                self._spelled.append(chr(ord(match[0]) & 0x7F))
            return ""

        return _CONTROL.sub(" ", _SILENT.sub("", _ODD.sub(count, text)))

    def notice(self) -> Notice | None:
        """What was taken out, if anything was."""
        if not self._counts:
            return None
        said = ", ".join(f"{n} {_NAMES[kind]}" for kind, n in self._counts.most_common())
        spelled = "".join(self._spelled).strip()
        secret = f" The tags spell “{spelled[:100]}”." if spelled else ""
        return Notice(
            "odd-characters",
            f"Characters that nobody sees were taken out of the text: {said}.{secret}"
            " Look whether the words around them read as they should.",
        )


def visible(text: str) -> str:
    """The text in one line, without invisible characters and doubled spaces."""
    return " ".join(OddCharacters().take_out(text).split())


def shortened(text: str, length: int) -> str:
    """The text as `visible` gives it, cut with an ellipsis where it is longer."""
    shown = visible(text[: 4 * length])
    return shown if len(shown) <= length else shown[: length - 1].rstrip() + "…"
