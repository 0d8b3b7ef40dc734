"""The stages of an answer, each a value that the next stage reads and none changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from corpus.types import Passage, Source, TextKind
from index.types import Filters, Found

Status = Literal["answered", "partly_answered", "not_in_sources"]
SupportKind = Literal["verbatim", "supported"]
Label = Literal["Law", "Limit", "Who says what", "Contrast", "Differs", "Premise"]
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
    """What a composer proposes; nothing in it has been checked. `opening` is ours, not a claim.

    `premise` says in words of ours what is to be held against what the question supposes; a first
    sentence labelled "Premise" is what it rests on.
    """

    sentences: tuple[DraftSentence, ...]
    opening: str = ""
    premise: str = ""


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
class TieValue:
    """What is said of a tie in one field, and the words that say so.

    `dates` belong to a status: since when it holds, several where sources differ.
    """

    value: str
    citations: tuple[Citation, ...]
    dates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TieRow:
    """A row of the register of ties; a disputed field holds every value with its citations."""

    id: str
    city: str
    partner: str
    kind: tuple[TieValue, ...]
    start: tuple[TieValue, ...]
    status: tuple[TieValue, ...]

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(c for v in (*self.kind, *self.start, *self.status) for c in v.citations)


@dataclass(frozen=True, slots=True)
class TieTable:
    """What the register of ties holds on a question, beside the text.

    `matched` counts the ties that match, of `total` in the register; `rows` are the first of
    them. `asked` says in words which were looked for. `leads` tells that it answers all that was
    asked, and so comes before the text.
    """

    asked: str
    rows: tuple[TieRow, ...]
    matched: int
    total: int
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer: `statements` in short (at most five or 120 words), `more` behind it.

    `ties` is the part of the register of ties that bears on the question. `withheld` counts draft
    sentences that their sources did not support. `opening` is a line of Attaché's own, such as the
    one that says that it gives no verdict.
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
    ties: TieTable | None = None

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Everything that is cited, once each, in the order of appearance."""
        rows = self.ties.rows if self.ties else ()
        cited = [c for s in self.everything for c in s.citations]
        return tuple(dict.fromkeys([*cited, *(c for row in rows for c in row.citations)]))

    @property
    def everything(self) -> tuple[Statement, ...]:
        """All statements, those behind "more" included."""
        return (*self.statements, *self.more)

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
    """What the question takes for granted and the sources contradict, or do not confirm; comes
    first. Without citations nothing found tells it."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one draft sentence: how far the cited words bear it, or why they do not."""

    support: Support | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Workings:
    """How an answer was made, for whoever keeps records; comes right before the Answer.

    `likelihood` (0..1) is that of the question being answerable from what was found; `checks`
    are in the order of the draft's sentences.
    """

    found: Found
    likelihood: float
    draft: Draft
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that follows has been written down under this id."""

    record: str


Event = Stage | Premise | Statement | Kept | Answer


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong and what to do about it; never an answer."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class RecordedHit:
    """A hit without its words, which are `text[start:end]` of that version of the source."""

    passage_id: str
    source_id: str
    version: str
    start: int
    end: int
    heading: str
    score: float
    dense: float
    keyword: float
    sentences: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """An event as it reached the reader, `ms` milliseconds after the question."""

    ms: float
    event: Literal["stage", "premise", "statement", "answer"]
    text: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What shaped an answer beside the question and the sources' text.

    `settings` are those that bear on answers; `models` name what chose and judged, by
    fingerprint; `prompts` the versions of the prompts used, none without a language model.
    """

    program: str
    settings: dict[str, str]
    models: dict[str, str]
    prompts: dict[str, str]
    generation: int
    collection: str


@dataclass(frozen=True, slots=True)
class Record:
    """Everything about one question that was asked, enough to show and to replay it.

    `partial` is what the reader saw of an answer that was not completed. `timings` are
    milliseconds of work by stage, without the time that showing took.
    """

    ask: Ask
    conversation: str
    who: str
    outcome: Literal["complete", "stopped", "failed"]
    answer: Answer | None
    premise: Premise | None
    partial: tuple[Statement, ...]
    failure: Failure | None
    likelihood: float
    hits: tuple[RecordedHit, ...]
    draft: Draft
    checks: tuple[Check, ...]
    shown: tuple[Shown, ...]
    timings: dict[str, float]
    circumstances: Circumstances

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What the reader saw: all statements of a complete answer, else those that had come."""
        return self.answer.everything if self.answer else self.partial

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Everything that was cited to the reader, the premise's citations first."""
        first = self.premise.citations if self.premise else ()
        partly = [c for statement in self.partial for c in statement.citations]
        return tuple(dict.fromkeys([*first, *(self.answer.citations if self.answer else partly)]))
