"""Text that is no source: an answer in free wording, or what it is said to rest on."""

from __future__ import annotations

import re
from collections.abc import Callable

from corpus.readers import clean, read_plain
from corpus.splitting import split
from corpus.types import Document, Kind, Passage, Source, TextKind

UNKNOWN = Source("text", "", "", "", "", Kind.UNCLASSIFIED, TextKind.FULL, "")
"""Where such a text is from."""

_MARKS = re.compile(r"\s*\[\d{1,3}\]|\*\*|^#+ ", re.MULTILINE)


def passages_of(text: str, count_tokens: Callable[[str], int], most: int) -> tuple[Passage, ...]:
    """The text cut as a source's is, into passages of at most so many tokens, without citation
    numbers and marks of Markdown.
    """
    plain = clean(_MARKS.sub("", text))
    return split(Document(UNKNOWN, plain, tuple(read_plain(plain))), count_tokens, most)
