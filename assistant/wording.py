"""Words, names and figures of a text, in forms that can be compared.

English-centred: stop words, number words and stems (Porter2, by snowballstemmer) are English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import snowballstemmer

from assistant.places import NATION_OF, is_place
from corpus.sentences import sentence_spans
from corpus.types import Span
from index.terms import STOP_WORDS

_STEMMER = snowballstemmer.stemmer("english")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_AMERICA = re.compile(r"\b(?:United States(?: of America)?|U\.S\.(?:A\.)?|USA?)(?!\w)")
_NAME_RUN = re.compile(r"[A-Z][\w'’-]+(?: (?:(?:of|for|and|the|on|with) )*[A-Z][\w'’-]+)+")
_DOTTED = re.compile(r"(?:[A-Z]\.){2,}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

# Words that open a question or command and so are capitalised without being names.
_OPENERS = frozenset(
    """what when where which who whom whose why how is are was were did does do can could should
    shall will would has have had may might must give tell list name compare describe explain
    summarise summarize trace show and but so since now if in on at of for about the a an our we
    does any there please according after before between under during ok okay thanks""".split()
)
_NOT_NAMES = (_OPENERS | STOP_WORDS) - {"us"}
_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen""".split()
_TENS = dict(
    zip(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),
        range(20, 100, 10),
        strict=True,
    )
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}
_WORD_VALUES = {w: i for i, w in enumerate(_ONES)} | _TENS | _ORDINALS | {"dozen": 12}
_MONTHS = {
    name: f"month-{i + 1}"
    for i, names in enumerate(
        "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug "
        "september/sep/sept october/oct november/nov december/dec".split()
    )
    for name in names.split("/")
}
NEGATIONS = frozenset(
    """not no never none neither nor without cannot nothing nobody isn't aren't wasn't weren't
    don't doesn't didn't won't wouldn't can't couldn't shouldn't hasn't haven't hadn't
    deny denies denied denying""".split()
)
HEDGES = frozenset(
    """may might could reportedly allegedly apparently possibly perhaps likely probably claims
    claimed alleges alleged argues argued suggests suggested proposed would""".split()
)


def word_spans(text: str) -> list[Span]:
    """Where the words of a text stand, in order."""
    return [Span(*found.span()) for found in _WORD.finditer(text)]


def words(text: str) -> list[str]:
    """Words in lower case, in order; the United States under any of its names are "america"."""
    return [m.lower().replace("’", "'") for m in _WORD.findall(_AMERICA.sub("America", text))]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of one lower-case word; the adjective of a nation counts as its name."""
    word = word.removesuffix("'s")
    return str(_STEMMER.stemWord(NATION_OF.get(word, word)))


@lru_cache(maxsize=16384)
def stems(text: str) -> frozenset[str]:
    """Stems of all words of a text, and the initials of names in it ("ap" of Associated Press)."""
    initials = (re.sub(r"[^A-Z]", "", run[0]).lower() for run in _NAME_RUN.finditer(text))
    return frozenset((*(stem(w) for w in words(text)), *(i for i in initials if len(i) > 1)))


@lru_cache(maxsize=16384)
def content_stems(text: str) -> frozenset[str]:
    """Stems of the words that carry meaning."""
    return frozenset(stem(w) for w in words(text) if w not in STOP_WORDS)


def longest_in_order(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both have in one order at most: their longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for at, another in enumerate(other, start=1):
            above = row[at]
            row[at] = before + 1 if word == another else max(above, row[at - 1])
            before = above
    return row[-1]


def terms(text: str) -> tuple[str, ...]:
    """Content words in lower case, each once, in order."""
    return tuple(dict.fromkeys(w for w in words(text) if w not in STOP_WORDS))


@lru_cache(maxsize=16384)
def figures(text: str) -> frozenset[str]:
    """Numbers, number words and months, normalised: `2,600`, `two` and `June` become
    `2600`, `2` and `month-6`. A `%` stays with its number.
    """
    found: set[str] = set()
    for m in _NUMBER.finditer(text):
        number = re.sub(r",(?=\d{3}\b)", "", m[0]).rstrip(".,")
        if re.fullmatch(r"0\d", number):
            number = number[1:]
        found.add(number)
    for iso in re.finditer(r"\b\d{4}-(\d{2})(?:-\d{2})?\b", text):
        found.add(f"month-{int(iso[1])}")
        found.discard(iso[1])
        found.discard(str(int(iso[1])))
        found.update(str(int(part)) for part in iso[0].split("-")[::2])
    tokens = words(text.replace("-", " "))
    for at, word in enumerate(tokens):
        if word in _MONTHS and (word != "may" or re.search(r"\bMay\b", text)):
            found.add(_MONTHS[word])
        elif word in _WORD_VALUES and word not in _ORDINALS:
            value = _WORD_VALUES[word]
            follows = _WORD_VALUES.get(tokens[at + 1], 0) if at + 1 < len(tokens) else 0
            if word in _TENS and 0 < follows < 10:
                found.add(str(value + follows))
            elif not (at and tokens[at - 1] in _TENS and value < 10) and word != "one":
                found.add(str(value))
    return frozenset(found)


def names(text: str) -> tuple[str, ...]:
    """Proper names: runs of capitalised words, without a question's or sentence's opening word."""
    found: list[str] = []
    sentences = (text[slice(*span)] for span in sentence_spans(text))
    for clause in (c for s in sentences for c in re.split(r"(?<=:)\s+", s)):
        run: list[str] = []
        tokens = re.findall(r"[^\W_][\w'’.&-]*|[^\w\s]", re.sub(r"^\W+", "", clause))
        for at, token in enumerate(tokens):
            word = _bare(token)
            capital = word[:1].isupper() and (at > 0 or _opens_as_name(token, tokens[1:2]))
            if capital and word.lower() not in _NOT_NAMES and not figures(word):
                run.append(word)
                if not token.endswith(("'s", "’s")):
                    continue
            if run:
                found.append(" ".join(run))
            run = []
        if run:
            found.append(" ".join(run))
    return tuple(dict.fromkeys(found))


def without(text: str, names: tuple[str, ...]) -> str:
    """A text with some names taken out."""
    for name in names:
        text = text.replace(name, " ")
    return " ".join(text.split())


def _opens_as_name(token: str, following: list[str]) -> bool:
    """Whether the first word of a sentence is a name: an acronym, a place, a possessive, or the
    first of several capitalised words."""
    bare = _bare(token)
    acronym = len(bare) > 1 and bare.isupper()
    return acronym or bare != token or is_place(bare) or bool(following and following[0].istitle())


def _bare(token: str) -> str:
    """A token without possessive and closing marks; "U.S." keeps its dots."""
    if _DOTTED.fullmatch(token):
        return token
    return token.rstrip(".,'’").removesuffix("'s").removesuffix("’s")
