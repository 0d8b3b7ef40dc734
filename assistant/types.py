"""The stages of an answer, each a value that the next stage reads and none changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from corpus.types import Passage, Source, TextKind
from index.types import Filters

Status = Literal["answered", "partly_answered", "not_in_sources"]
SupportKind = Literal["verbatim", "supported"]
Label = Literal["Law", "Limit", "Who says what", "Contrast"]
CaveatKind = Literal[
    "opinion", "disagreement", "date", "single_standpoint", "false_premise", "uncovered"
]
SilenceKind = Literal["nothing_on_subject", "read_in_part", "not_answered"]
Aim = Literal["fact", "when", "who", "where", "count", "list", "compare", "should"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange: what was asked, and how it was understood."""

    question: str
    standalone: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person hands in. `today` is given, so that answers can be tested and replayed."""

    text: str
    today: date
    history: tuple[Turn, ...] = ()
    filters: Filters = field(default_factory=Filters)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that can be understood alone, and what it asks for.

    `names` are the proper names in it and `numbers` its figures and years; `parts` are the
    questions it consists of (itself, where it is one).
    """

    ask: Ask
    standalone: str
    aim: Aim
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """An unverified sentence with the ids of the passages it claims to rest on.

    `group` ties sentences that must be shown together (a rule and its limit).
    """

    text: str
    passage_ids: tuple[str, ...]
    label: Label | None = None
    group: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What a composer proposes; nothing in it has been checked. `opening` is ours, not a claim."""

    sentences: tuple[DraftSentence, ...]
    opening: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """How well the cited words bear the sentence: word for word, or judged so (score 0..1)."""

    kind: SupportKind
    score: float


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words a statement rests on: `document.text[start:end] == words`.

    `words` may be set in quotation marks only when `text_kind` is not note.
    """

    number: int
    source: Source
    passage: Passage
    words: str
    start: int
    end: int

    @property
    def source_id(self) -> str:
        return self.source.id

    @property
    def version(self) -> str:
        return self.source.version

    @property
    def title(self) -> str:
        return self.source.title

    @property
    def page(self) -> int | None:
        return self.passage.page

    @property
    def text_kind(self) -> TextKind:
        return self.source.text_kind


@dataclass(frozen=True, slots=True)
class Statement:
    """A checked sentence. Only grounding makes one.

    `attribution` says who and when ("Summary of KERA News, 2025"), rendered from metadata.
    """

    text: str
    attribution: str
    citations: tuple[Citation, ...]
    support: Support
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Caveat:
    """What an honest colleague would add; `statements` are positions in the answer, from 0."""

    kind: CaveatKind
    text: str
    statements: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """Which kind of silence an unanswered question met, said in full sentences."""

    kind: SilenceKind
    text: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """Something the collection does cover that came near the question."""

    source: Source
    heading: str


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched: how much, how the question was understood, and with which filters."""

    question: str
    sources: int
    passages: int
    generation: int
    filters: Filters


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer: `statements` in short (at most five or 120 words), `more` behind it.

    `withheld` counts draft sentences that their sources did not support. `opening` is a line of
    Attaché's own, such as the one that says that it gives no verdict.
    """

    question: Question
    status: Status
    statements: tuple[Statement, ...]
    more: tuple[Statement, ...]
    caveats: tuple[Caveat, ...]
    uncovered: tuple[str, ...]
    searched: Searched
    opening: str = ""
    silence: Silence | None = None
    nearest: tuple[Nearest, ...] = ()
    withheld: int = 0

    @property
    def turn(self) -> Turn:
        """What the next question of the conversation may refer back to."""
        return Turn(self.question.ask.text, self.question.standalone)


@dataclass(frozen=True, slots=True)
class Stage:
    """Progress, as an event: which step begins, and a line to show meanwhile."""

    name: Literal["understand", "retrieve", "compose", "ground", "caveat"]
    text: str


@dataclass(frozen=True, slots=True)
class Premise:
    """What the question takes for granted and the sources contradict; comes first."""

    text: str
    citations: tuple[Citation, ...]


Event = Stage | Premise | Statement | Answer
