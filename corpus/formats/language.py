"""Which language a text is written in."""

from __future__ import annotations

from corpus.types import Clue

# Shorter texts are guessed wrongly too often, and more than some pages adds nothing.
_LEAST, _MOST = 200, 20_000


def language_clue(text: str) -> tuple[Clue, ...]:
    """A clue with the ISO 639-1 code of the language; none for a short text."""
    from py3langid.langid import classify

    if len(text) < _LEAST:
        return ()
    middle = max(0, len(text) - _MOST) // 2
    code, _ = classify(text[middle : middle + _MOST])
    return (Clue("language", str(code), "what the words look like"),)
